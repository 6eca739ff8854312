//! The bus inside one process: outbox rows go straight into the hearing services' consume step.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use futures::future::{BoxFuture, join_all};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::Outcome;
use crate::{Envelope, app::App, consume, service::Queue};

/// How many messages may wait in one queue before its senders wait.
const QUEUE: usize = 1024;

struct Delivery {
    envelope: Envelope,
    done: oneshot::Sender<()>,
}

/// The services of one process, by what they hear. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Bus {
    routes: Arc<RwLock<HashMap<String, Vec<mpsc::Sender<Delivery>>>>>,
}

impl Bus {
    /// Attaches a service: from now on it hears on its `queues`. Returns the loops that consume; they end with the service.
    pub fn attach(&self, app: &App, queues: &[Queue]) -> Vec<BoxFuture<'static, ()>> {
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let mut consuming = Vec::new();
        for queue in queues {
            let (sender, receiver) = mpsc::channel(QUEUE);
            for key in &queue.keys {
                routes.entry(key.clone()).or_default().push(sender.clone());
            }
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..queue.workers {
                let taking = consume_from(app.clone(), queue.name.clone(), receiver.clone());
                consuming.push(Box::pin(taking) as BoxFuture<'static, ()>);
            }
        }
        consuming
    }

    /// Detaches nothing that others hold: a stopped service's queue is closed and its messages stay with their senders.
    pub fn send(&self, envelope: Envelope) -> BoxFuture<'static, Outcome> {
        let hearers = {
            let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
            routes
                .get(&envelope.routing_key)
                .cloned()
                .unwrap_or_default()
        };
        if hearers.is_empty() {
            return Box::pin(async { Outcome::Unroutable });
        }
        Box::pin(async move {
            let deliveries = hearers.into_iter().map(|hearer| {
                let envelope = envelope.clone();
                async move {
                    let (done, taken) = oneshot::channel();
                    hearer.send(Delivery { envelope, done }).await.is_ok() && taken.await.is_ok()
                }
            });
            if join_all(deliveries).await.into_iter().all(|taken| taken) {
                Outcome::Confirmed
            } else {
                Outcome::Failed
            }
        })
    }
}

async fn consume_from(app: App, queue: String, receiver: Arc<Mutex<mpsc::Receiver<Delivery>>>) {
    loop {
        let mut batch = Vec::with_capacity(app.batch());
        {
            let mut receiver = receiver.lock().await;
            tokio::select! {
                () = app.stopping().cancelled() => return,
                taken = receiver.recv_many(&mut batch, app.batch()) => if taken == 0 { return },
            }
        }
        let (envelopes, done): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|delivery| (delivery.envelope, delivery.done))
            .unzip();
        app.meters().taken(&queue, &envelopes, app.clock().now());
        if consume::batch(&app, envelopes).await.is_err() {
            return;
        }
        for done in done {
            // The sender may have stopped waiting; it will send again and be recognised.
            let _ = done.send(());
        }
    }
}
