//! The exchanges and queues, declared by whoever comes first. Nothing relies on a default: they differ between RabbitMQ 3.10,
//! 4.0 and later.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use super::{Trouble, answered};
use crate::config::{Hearer, apart};

/// All messages go through one topic exchange; the routing key is the wire name, and the addressee after it.
pub(crate) const EXCHANGE: &str = "motcua";
/// What the broker gives up on comes back through this one.
const DEAD: &str = "motcua.dead";
/// How often the broker delivers a message before it gives it back as dead: crashes of the service, not failures.
pub(super) const DELIVERY_LIMIT: i32 = 20;
/// A queue is refused to publishers beyond this; their outboxes hold what comes after.
const QUEUE_LENGTH: i64 = 5_000_000;

pub(super) async fn declare_exchanges(channel: &Channel) -> Result<(), Trouble> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    answered(channel.exchange_declare(
        EXCHANGE.into(),
        ExchangeKind::Topic,
        durable,
        FieldTable::default(),
    ))
    .await?;
    answered(channel.exchange_declare(
        DEAD.into(),
        ExchangeKind::Direct,
        durable,
        FieldTable::default(),
    ))
    .await
}

pub(super) fn dead_queue(service: &str) -> String {
    format!("{service}.dead")
}

/// Declares a service's queues, its dead queue, and what it hears.
pub(super) async fn declare_queues(channel: &Channel, hearer: &Hearer) -> Result<(), Trouble> {
    let service = hearer.service.as_str();
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut dead = FieldTable::default();
    dead.insert("x-queue-type".into(), text("quorum"));
    // Nothing is ever dropped from here: without a limit of its own RabbitMQ 4 would take 20.
    dead.insert("x-delivery-limit".into(), AMQPValue::LongInt(i32::MAX));
    let dead_name = dead_queue(service);
    answered(channel.queue_declare(dead_name.as_str().into(), durable, dead)).await?;
    let bind = QueueBindOptions::default();
    answered(channel.queue_bind(
        dead_name.as_str().into(),
        DEAD.into(),
        service.into(),
        bind,
        FieldTable::default(),
    ))
    .await?;

    let mut live = FieldTable::default();
    live.insert("x-queue-type".into(), text("quorum"));
    live.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongInt(DELIVERY_LIMIT),
    );
    live.insert("x-dead-letter-exchange".into(), text(DEAD));
    live.insert("x-dead-letter-routing-key".into(), text(service));
    live.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    live.insert("x-overflow".into(), text("reject-publish"));
    live.insert("x-max-length".into(), AMQPValue::LongLongInt(QUEUE_LENGTH));
    answered(channel.queue_declare(service.into(), durable, live.clone())).await?;
    bind_all(channel, service, &hearer.hears).await?;
    if hearer.apart.is_empty() {
        return Ok(());
    }
    let apart = apart(service);
    answered(channel.queue_declare(apart.as_str().into(), durable, live)).await?;
    bind_all(channel, &apart, &hearer.apart).await?;
    // What was heard with the others before comes on one queue only from now on; what already waits there is heard there.
    for key in &hearer.apart {
        let unbound = channel.queue_unbind(
            service.into(),
            EXCHANGE.into(),
            key.as_str().into(),
            FieldTable::default(),
        );
        answered(unbound).await?;
    }
    Ok(())
}

async fn bind_all(channel: &Channel, queue: &str, keys: &[String]) -> Result<(), Trouble> {
    for key in keys {
        let bound = channel.queue_bind(
            queue.into(),
            EXCHANGE.into(),
            key.as_str().into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        answered(bound).await?;
    }
    Ok(())
}
