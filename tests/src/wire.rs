//! Raw AMQP, as a stranger speaks it: messages published by hand, queues looked at, envelopes read off the wire.

use std::{collections::BTreeMap, time::Duration};

use contracts::Message;
use futures::{StreamExt, stream::FuturesOrdered};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    message::Delivery,
    options::{
        BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use tokio::{sync::Mutex, time::timeout};
use uuid::Uuid;

use crate::eventually;

/// The exchange that everything goes through.
const EXCHANGE: &str = "motcua";

/// A message as bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The routing key.
    pub key: String,
    /// The headers, unread.
    pub headers: BTreeMap<String, Vec<u8>>,
    /// The body, unread.
    pub body: Vec<u8>,
}

impl Raw {
    /// A right message with the id `id`.
    ///
    /// # Panics
    /// When it does not serialise.
    pub fn of<M: Message>(id: Uuid, message: &M) -> Self {
        let mut raw = Self {
            key: M::TYPE.to_owned(),
            headers: BTreeMap::new(),
            body: serde_json::to_vec(message).expect("a message serialises"),
        };
        if let Some(addressee) = message.addressee() {
            raw.key = format!("{}.{addressee}", M::TYPE);
        }
        let dossier = message.dossier().map(|dossier| dossier.to_string());
        raw.with("cloudEvents_id", id.to_string())
            .with("cloudEvents_type", M::TYPE)
            .with("cloudEvents_source", "stranger")
            .with("cloudEvents_subject", dossier.unwrap_or_default())
    }

    /// With a header set.
    #[must_use]
    pub fn with(mut self, header: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.insert(header.to_owned(), value.into());
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, header: &str) -> Self {
        self.headers.remove(header);
        self
    }

    /// With another body.
    #[must_use]
    pub fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }
}

impl From<&Delivery> for Raw {
    fn from(delivery: &Delivery) -> Self {
        let table = delivery
            .properties
            .headers()
            .as_ref()
            .map(FieldTable::inner);
        let texts = table
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| match value {
                AMQPValue::LongString(text) => Some((name.to_string(), text.as_bytes().to_vec())),
                _ => None,
            });
        Self {
            key: delivery.routing_key.to_string(),
            headers: texts.collect(),
            body: delivery.data.clone(),
        }
    }
}

/// A connection of the story's own.
pub struct Wire {
    url: String,
    connection: Connection,
    /// What is published through: a connection of its own, since a broker may end one that publishes, with all that it
    /// carries (RabbitMQ 3.10 does so to who publishes to a queue that is just being declared).
    publishing: Mutex<Option<(Connection, Channel)>>,
}

impl Wire {
    /// Connects.
    pub async fn open(url: &str) -> lapin::Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            connection: connect(url).await?,
            publishing: Mutex::default(),
        })
    }

    /// Publishes messages in order and waits until the broker has each in some queue; those that it does not take, or
    /// that nobody hears yet, are published again.
    ///
    /// # Panics
    /// When the broker never takes one, or nobody ever hears it.
    pub async fn publish(&self, messages: impl IntoIterator<Item = Raw>) {
        let left: Mutex<Vec<Raw>> = Mutex::new(messages.into_iter().collect());
        let first_left = async || {
            let mut left = left.lock().await;
            let mut publishing = self.publishing.lock().await;
            if !matches!(&*publishing, Some((_, channel)) if channel.status().connected()) {
                *publishing = self.confirming().await.ok();
            }
            if let Some((_, channel)) = &*publishing {
                *left = publish_once(channel, &left).await;
            }
            left.first().cloned()
        };
        eventually("the broker has each message in a queue", None, first_left).await;
    }

    /// A connection with a channel whose messages the broker confirms.
    async fn confirming(&self) -> lapin::Result<(Connection, Channel)> {
        let connection = connect(&self.url).await?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok((connection, channel))
    }

    /// Hears what goes through the exchange by `key` from now on, in a queue that goes with this connection.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn listen(&self, queue: &str, key: &str) -> Consumer {
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let (kind, none) = (lapin::ExchangeKind::Topic, FieldTable::default);
        let channel = self.connection.create_channel().await.expect("a channel");
        let declared = channel
            .exchange_declare(EXCHANGE.into(), kind, durable, none())
            .await;
        declared.expect("the exchange is as the services declare it");
        let own = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        let declared = channel.queue_declare(queue.into(), own, none()).await;
        declared.expect("a queue of one's own");
        let bind = QueueBindOptions::default();
        let bound = channel
            .queue_bind(queue.into(), EXCHANGE.into(), key.into(), bind, none())
            .await;
        bound.expect("the queue hears");
        self.consume(queue, 0).await
    }

    /// Takes from a queue on a channel that lives as long as this connection, at most `unanswered` at once.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn consume(&self, queue: &str, unanswered: u16) -> Consumer {
        let channel = self.connection.create_channel().await.expect("a channel");
        let qos = channel
            .basic_qos(unanswered, BasicQosOptions::default())
            .await;
        qos.expect("a limit of unanswered messages");
        let options = BasicConsumeOptions {
            no_ack: unanswered == 0,
            ..BasicConsumeOptions::default()
        };
        let consumer = channel
            .basic_consume(queue.into(), "".into(), options, FieldTable::default())
            .await;
        consumer.expect("the queue can be consumed")
    }

    /// How many messages of a queue are ready; `None` when there is no such queue.
    pub async fn ready(&self, queue: &str) -> Option<u32> {
        // A queue that is not there closes the channel, so it is asked for on one of its own.
        let channel = self.connection.create_channel().await.ok()?;
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let queue = channel
            .queue_declare(queue.into(), passive, FieldTable::default())
            .await
            .ok()?;
        let count = queue.message_count();
        let _ = channel.close(200, "bye".into()).await;
        Some(count)
    }
}

async fn connect(url: &str) -> lapin::Result<Connection> {
    // A proxy before a broker that does not listen yet takes the line and drops it, of which lapin may never hear.
    let connecting = Connection::connect(url, ConnectionProperties::default());
    timeout(Duration::from_secs(5), connecting)
        .await
        .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

/// Returns those that no queue has.
async fn publish_once(channel: &Channel, messages: &[Raw]) -> Vec<Raw> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let mut flying = FuturesOrdered::new();
    for message in messages {
        let mut headers = FieldTable::default();
        for (name, value) in &message.headers {
            headers.insert(
                name.as_str().into(),
                AMQPValue::LongString(value.clone().into()),
            );
        }
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_headers(headers);
        let key = message.key.as_str().into();
        let sent = channel.basic_publish(EXCHANGE.into(), key, options, &message.body, properties);
        let sent = sent.await;
        flying.push_back(async move {
            let taken = match sent {
                Ok(fate) => matches!(fate.await, Ok(Confirmation::Ack(None))),
                Err(_) => false,
            };
            (!taken).then(|| message.clone())
        });
    }
    flying.filter_map(std::future::ready).collect().await
}
