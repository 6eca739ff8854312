//! The broker alone: confirmed publishing, a chain of five queues without a database, and the sink that counts.

use std::time::Duration;

use futures::{StreamExt, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
        QueuePurgeOptions,
    },
    types::{AMQPValue, FieldTable},
};

/// A result of the broker.
pub type Result<T> = std::result::Result<T, lapin::Error>;

/// How many publishes may wait for their confirm at once: as in the chassis.
const WINDOW: usize = 1000;

/// Connects.
pub async fn connect(url: &str) -> Result<Connection> {
    Connection::connect(url, ConnectionProperties::default()).await
}

/// A channel that confirms.
pub async fn confirming(connection: &Connection) -> Result<Channel> {
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    Ok(channel)
}

/// Declares an empty quorum queue.
pub async fn fresh_queue(channel: &Channel, name: &str) -> Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), durable, arguments)
        .await?;
    channel
        .queue_purge(name.into(), QueuePurgeOptions::default())
        .await?;
    Ok(())
}

/// Binds a queue to the chassis's exchange.
pub async fn bind(channel: &Channel, queue: &str, key: &str) -> Result<()> {
    channel
        .queue_bind(
            queue.into(),
            "motcua".into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
}

/// Removes a queue, if it is there.
pub async fn remove(connection: &Connection, name: &str) -> Result<()> {
    let channel = connection.create_channel().await?;
    // A queue that is not there closes the channel with an error; that is as good.
    let _ = channel
        .queue_delete(name.into(), QueueDeleteOptions::default())
        .await;
    Ok(())
}

/// Begins to consume.
pub async fn consume(channel: &Channel, queue: &str) -> Result<Consumer> {
    channel.basic_qos(1000, BasicQosOptions::default()).await?;
    channel
        .basic_consume(
            queue.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
}

/// Publishes messages in a pipelined confirm window; every one must be confirmed and routed.
pub async fn publish_all(
    channel: &Channel,
    exchange: &str,
    messages: impl Iterator<Item = (String, BasicProperties, Vec<u8>)>,
) -> Result<()> {
    let mut flying = FuturesUnordered::new();
    for (key, properties, body) in messages {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        flying.push(
            channel
                .basic_publish(
                    exchange.into(),
                    key.as_str().into(),
                    options,
                    &body,
                    properties,
                )
                .await?,
        );
        if flying.len() >= WINDOW {
            confirmed(flying.next().await)?;
        }
    }
    while let Some(confirm) = flying.next().await {
        confirmed(Some(confirm))?;
    }
    Ok(())
}

fn confirmed(confirm: Option<Result<Confirmation>>) -> Result<()> {
    match confirm {
        None | Some(Ok(Confirmation::Ack(None))) => Ok(()),
        Some(Ok(_)) => Err(std::io::Error::other("a message was refused or not routed").into()),
        Some(Err(error)) => Err(error),
    }
}

/// N messages through a chain of `hops` queues, each hop confirmed and acknowledged; returns how long it took.
pub async fn chain(url: &str, hops: usize, messages: usize, size: usize) -> Result<Duration> {
    let connection = connect(url).await?;
    let setup = confirming(&connection).await?;
    let queue = |number: usize| format!("bench-bare-{number}");
    for number in 1..=hops + 1 {
        fresh_queue(&setup, &queue(number)).await?;
    }
    let mut workers = tokio::task::JoinSet::new();
    for number in 1..=hops {
        let (connection, from, to) = (connect(url).await?, queue(number), queue(number + 1));
        workers.spawn(async move { forward(connection, &from, &to, messages).await });
    }
    let last = setup_sink(&connection, &queue(hops + 1)).await?;
    let started = std::time::Instant::now();
    let body = vec![b'x'; size];
    let properties = || BasicProperties::default().with_delivery_mode(2);
    let first = queue(1);
    let sending = publish_all(
        &setup,
        "",
        (0..messages).map(|_| (first.clone(), properties(), body.clone())),
    );
    let receiving = drain(last, messages);
    let (sent, received) = tokio::join!(sending, receiving);
    sent?;
    received?;
    let took = started.elapsed();
    workers.abort_all();
    for number in 1..=hops + 1 {
        remove(&connection, &queue(number)).await?;
    }
    Ok(took)
}

async fn setup_sink(connection: &Connection, queue: &str) -> Result<Consumer> {
    let channel = connection.create_channel().await?;
    consume(&channel, queue).await
}

async fn drain(consumer: Consumer, messages: usize) -> Result<()> {
    let mut chunks = consumer.ready_chunks(1000);
    let mut seen = 0;
    while seen < messages {
        let Some(chunk) = chunks.next().await else {
            break;
        };
        seen += chunk.len();
        acknowledge(chunk).await?;
    }
    Ok(())
}

/// Acknowledges a chunk by its last delivery.
pub async fn acknowledge(chunk: Vec<Result<lapin::message::Delivery>>) -> Result<()> {
    if let Some(last) = chunk.into_iter().next_back() {
        last?.acker.ack(BasicAckOptions { multiple: true }).await?;
    }
    Ok(())
}

async fn forward(connection: Connection, from: &str, to: &str, messages: usize) -> Result<()> {
    let (publishing, consuming) = (
        confirming(&connection).await?,
        connection.create_channel().await?,
    );
    let mut chunks = consume(&consuming, from).await?.ready_chunks(256);
    let mut seen = 0;
    while seen < messages {
        let Some(chunk) = chunks.next().await else {
            break;
        };
        let bodies: Vec<Vec<u8>> = chunk
            .iter()
            .flatten()
            .map(|delivery| delivery.data.clone())
            .collect();
        seen += bodies.len();
        let properties = || BasicProperties::default().with_delivery_mode(2);
        publish_all(
            &publishing,
            "",
            bodies
                .into_iter()
                .map(|body| (to.to_owned(), properties(), body)),
        )
        .await?;
        acknowledge(chunk).await?;
    }
    // Stays until it is aborted: closing would race with the last acknowledgement.
    std::future::pending().await
}
