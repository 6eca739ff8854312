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
    connection: Connection,
    channel: Channel,
}

impl Wire {
    /// Connects.
    pub async fn open(url: &str) -> lapin::Result<Self> {
        // A proxy before a broker that does not listen yet takes the line and drops it, of which lapin may never hear.
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = timeout(Duration::from_secs(5), connecting)
            .await
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(Self {
            connection,
            channel,
        })
    }

    /// Publishes messages in order and waits until the broker has each in some queue; those that nobody hears yet are
    /// published again.
    ///
    /// # Panics
    /// When the broker does not take one, or nobody ever hears it.
    pub async fn publish(&self, messages: impl IntoIterator<Item = Raw>) {
        let left = Mutex::new(messages.into_iter().collect());
        let unheard = async || {
            let mut left = left.lock().await;
            *left = self.publish_once(std::mem::take(&mut *left)).await;
            left.first().cloned()
        };
        eventually("somebody hears each message", None, unheard).await;
    }

    /// Returns those that nobody hears.
    async fn publish_once(&self, messages: Vec<Raw>) -> Vec<Raw> {
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
            let sent = self.channel.basic_publish(
                EXCHANGE.into(),
                key,
                options,
                &message.body,
                properties,
            );
            let fate = sent.await.expect("the broker takes messages");
            flying.push_back(async move { (message, fate.await.expect("the broker answers")) });
        }
        let mut unheard = Vec::new();
        while let Some((message, fate)) = flying.next().await {
            match fate {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(_)) => unheard.push(message),
                refused => panic!("the broker refuses: {refused:?}"),
            }
        }
        unheard
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
        let declared = self
            .channel
            .exchange_declare(EXCHANGE.into(), kind, durable, none())
            .await;
        declared.expect("the exchange is as the services declare it");
        let own = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        let declared = self.channel.queue_declare(queue.into(), own, none()).await;
        declared.expect("a queue of one's own");
        let bind = QueueBindOptions::default();
        let bound = self
            .channel
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
