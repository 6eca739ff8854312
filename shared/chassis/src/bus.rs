//! How messages travel: over RabbitMQ, or inside this process. The same rows, the same guarantees.

pub(crate) mod local;
pub(crate) mod rabbit;

use futures::future::BoxFuture;

use crate::Envelope;

/// What became of a published message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in the hearers' hands, durably.
    Confirmed,
    /// Nobody hears it.
    Unroutable,
    /// Unknown: publish it again.
    Failed,
}

/// Where a relay publishes.
pub(crate) enum Publisher {
    Rabbit(rabbit::Publisher),
    Local(local::Bus),
}

impl Publisher {
    /// Waits until publishing can succeed.
    pub async fn ready(&self) {
        match self {
            Self::Rabbit(publisher) => publisher.ready().await,
            Self::Local(_) => {}
        }
    }

    /// Sends a message; the future that comes back resolves when its fate is known. Messages leave in the order of calls.
    pub async fn send(&self, envelope: Envelope) -> BoxFuture<'static, Outcome> {
        match self {
            Self::Rabbit(publisher) => publisher.send(envelope).await,
            Self::Local(bus) => bus.send(envelope),
        }
    }

    /// Sends a message and waits for its fate.
    pub async fn publish(&self, envelope: Envelope) -> Outcome {
        self.send(envelope).await.await
    }
}
