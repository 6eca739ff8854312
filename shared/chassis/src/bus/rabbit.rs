//! RabbitMQ: supervised connections, one to publish and one to consume. Only this file and its room name lapin.
//!
//! lapin's own recovery stays off: connect, declare, consume, drain, rebuild. Every await has a limit of time, and a
//! stream that ends means that everything is built anew.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use lapin::{
    Channel, Confirmation, Connection, ConnectionProperties, Consumer, PublisherConfirm,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions,
    },
    types::{FieldTable, ShortString},
    uri::AMQPUri,
};
use tokio::{
    sync::{Mutex, Notify, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    Envelope, app::App, config::Hearer, consume, pace::Pace, service::Queue, telemetry::Meters,
};

pub(crate) mod headers;
mod topology;

pub(crate) use topology::EXCHANGE;
use topology::{DELIVERY_LIMIT, dead_queue, declare_exchanges, declare_queues};

/// The longest wait for any answer of the broker but a confirm.
const ANSWER: Duration = Duration::from_secs(15);
/// The longest wait for a confirm before the connection is given up.
const CONFIRM: Duration = Duration::from_secs(30);
/// Bytes of a frame, unless the address asks for others (`?frame_max=`). A connection keeps two buffers of 32 frames:
/// with RabbitMQ's own 128 KiB these are 8 MiB, and hardly a message fills one of 16.
const FRAME: u32 = 16 * 1024;

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Broker(#[from] lapin::Error),
    #[error("the broker did not answer within {} s", ANSWER.as_secs())]
    Silent(#[from] tokio::time::error::Elapsed),
    /// A quorum queue without a leader answers nobody.
    #[error("the queue {0} did not answer within {limit} s: it may have no leader (docs/runbooks/broker-away.md)", limit = ANSWER.as_secs())]
    SilentQueue(String),
    #[error("the stream of deliveries ended")]
    Ended,
    #[error("its address is not one")]
    Address,
}

async fn answered<T>(future: impl Future<Output = lapin::Result<T>>) -> Result<T, Trouble> {
    Ok(timeout(ANSWER, future).await??)
}

/// The broker's address, if it is one.
pub(crate) fn address(url: &str) -> Option<AMQPUri> {
    let mut uri: AMQPUri = url.parse().ok()?;
    uri.query.frame_max.get_or_insert(FRAME);
    Some(uri)
}

async fn connect(url: &str, name: &str) -> Result<Connection, Trouble> {
    let uri = address(url).ok_or(Trouble::Address)?;
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    answered(Connection::connect_uri(uri, properties)).await
}

/// A growing pause with jitter, so that many services do not return to a broker at once.
#[derive(Default)]
struct Backoff {
    times: u32,
}

impl Backoff {
    fn next(&mut self) -> Duration {
        let base = Duration::from_millis(100 * (1 << self.times.min(5)));
        self.times += 1;
        base.mul_f64(1.0 + f64::from(crate::random::<1>()[0]) / 255.0)
    }
}

#[derive(Clone)]
enum State {
    Down,
    Up(Channel),
    /// Connected, but the broker takes no messages (memory or disk alarm).
    Blocked,
}

/// What a publisher connects with.
pub(crate) struct Link {
    /// The broker.
    pub url: String,
    /// Who publishes.
    pub service: &'static str,
    /// Whose queues must be there before anything leaves.
    pub topology: Vec<Hearer>,
}

/// The publishing side of a service.
pub(crate) struct Publisher {
    state: watch::Receiver<State>,
    /// Told when a publish got no answer: the connection is built anew.
    broken: Arc<Notify>,
    meters: Arc<Meters>,
}

impl Publisher {
    /// Starts the supervisor; it ends with `stopping`.
    pub fn start(link: Link, stopping: CancellationToken) -> Self {
        let (sender, state) = watch::channel(State::Down);
        let broken = Arc::new(Notify::new());
        let meters = Arc::new(Meters::new(link.service));
        tokio::spawn(supervise(link, sender, broken.clone(), stopping));
        Self {
            state,
            broken,
            meters,
        }
    }

    pub async fn ready(&self) {
        let mut state = self.state.clone();
        // An error means that the supervisor has ended with the process; then there is nothing to wait for.
        let _ = state.wait_for(|state| matches!(state, State::Up(_))).await;
    }

    pub async fn send(&self, envelope: Envelope) -> BoxFuture<'static, Outcome> {
        let State::Up(channel) = self.state.borrow().clone() else {
            return Box::pin(async { Outcome::Failed });
        };
        let key = ShortString::from(envelope.routing_key.as_str());
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = headers::write(&envelope);
        let begun = Instant::now();
        let sent = timeout(
            ANSWER,
            channel.basic_publish(
                EXCHANGE.into(),
                key,
                mandatory,
                envelope.body.as_bytes(),
                properties,
            ),
        );
        let (broken, state) = (self.broken.clone(), self.state.clone());
        let sent = sent.await;
        let meters = self.meters.clone();
        Box::pin(async move {
            let outcome = if let Ok(Ok(confirm)) = sent {
                fate(confirm, broken, state).await
            } else {
                broken.notify_one();
                Outcome::Failed
            };
            meters.sent(&envelope.routing_key, outcome, begun.elapsed());
            outcome
        })
    }
}

async fn fate(
    confirm: PublisherConfirm,
    broken: Arc<Notify>,
    state: watch::Receiver<State>,
) -> Outcome {
    match timeout(CONFIRM, confirm).await {
        // An unroutable message comes back as an acknowledgement with the message in it.
        Ok(Ok(Confirmation::Ack(None))) => Outcome::Confirmed,
        Ok(Ok(Confirmation::Ack(Some(_)))) => Outcome::Unroutable,
        Ok(Ok(Confirmation::Nack(_) | Confirmation::NotRequested) | Err(_)) => Outcome::Failed,
        Err(_) => {
            if !matches!(*state.borrow(), State::Blocked) {
                broken.notify_one();
            }
            Outcome::Failed
        }
    }
}

async fn supervise(
    link: Link,
    state: watch::Sender<State>,
    broken: Arc<Notify>,
    stopping: CancellationToken,
) {
    let mut backoff = Backoff::default();
    let service = link.service;
    while !stopping.is_cancelled() {
        let outcome = tokio::select! {
            () = stopping.cancelled() => return,
            outcome = publish_until_trouble(&link, &state, &broken, &mut backoff) => outcome,
        };
        state.send_replace(State::Down);
        if let Err(trouble) = outcome {
            tracing::warn!(service, error = %trouble, "publishing: the broker (BUS_URL) is away, connecting again");
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(backoff.next()) => {}
        }
    }
}

async fn publish_until_trouble(
    link: &Link,
    state: &watch::Sender<State>,
    broken: &Notify,
    backoff: &mut Backoff,
) -> Result<(), Trouble> {
    let service = link.service;
    let connection = connect(&link.url, &format!("{service} publishes")).await?;
    let mut events = Box::pin(connection.events_listener());
    let channel = answered(connection.create_channel()).await?;
    answered(channel.confirm_select(ConfirmSelectOptions::default())).await?;
    declare_exchanges(&channel).await?;
    // Another hearer of the same event hides a missing one from `mandatory`: so nothing leaves before all are there.
    for hearer in &link.topology {
        declare_queues(&channel, hearer).await?;
    }
    tracing::info!(service, "publishing over RabbitMQ");
    *backoff = Backoff::default();
    state.send_replace(State::Up(channel.clone()));
    let mut check = tokio::time::interval(Duration::from_secs(1));
    let trouble = loop {
        tokio::select! {
            event = events.next() => match event {
                Some(lapin::Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(service, reason, "the broker takes no messages; the outbox holds them");
                    state.send_replace(State::Blocked);
                }
                Some(lapin::Event::ConnectionUnblocked) => {
                    tracing::info!(service, "the broker takes messages again");
                    state.send_replace(State::Up(channel.clone()));
                }
                Some(lapin::Event::Error(error)) => break Err(error.into()),
                Some(_) => {}
                None => break Err(Trouble::Ended),
            },
            () = broken.notified() => break Ok(()),
            _ = check.tick() => if !channel.status().connected() { break Err(Trouble::Ended) },
        }
    };
    // The broker may be gone: closing is a courtesy with a limit.
    let _ = timeout(Duration::from_secs(1), connection.close(200, "bye".into())).await;
    trouble
}

/// Consumes for a service until it stops, connecting again whenever the broker is away.
pub(crate) async fn consume(app: App, url: String, hearer: Hearer, queues: Vec<Queue>) {
    let mut backoff = Backoff::default();
    while !app.stopping().is_cancelled() {
        match consume_until_trouble(&app, &url, &hearer, &queues, &mut backoff).await {
            Ok(()) => return,
            Err(trouble) => {
                tracing::warn!(service = app.name(), error = %trouble, "consuming: the broker (BUS_URL) is away, connecting again");
            }
        }
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = tokio::time::sleep(backoff.next()) => {}
        }
    }
}

async fn consume_until_trouble(
    app: &App,
    url: &str,
    hearer: &Hearer,
    queues: &[Queue],
    backoff: &mut Backoff,
) -> Result<(), Trouble> {
    let service = app.name();
    let connection = connect(url, &format!("{service} consumes")).await?;
    let channel = answered(connection.create_channel()).await?;
    declare_exchanges(&channel).await?;
    declare_queues(&channel, hearer).await?;
    let dead_channel = answered(connection.create_channel()).await?;
    let dead = start(&dead_channel, &dead_queue(service), 50).await?;
    let mut loops: Vec<BoxFuture<'_, Result<(), Trouble>>> = vec![park_dead(app, dead).boxed()];
    let mut channels = Vec::with_capacity(queues.len());
    for queue in queues {
        // A heavy service takes no more than its workers can begin.
        let prefetch = if app.batch() == 1 {
            queue.workers
        } else {
            (app.batch() * queue.workers * 2).min(2000)
        };
        // A channel of its own, whose deliveries are acknowledged by themselves.
        let channel = answered(connection.create_channel()).await?;
        let prefetch = u16::try_from(prefetch).unwrap_or(2000);
        let live = start(&channel, &queue.name, prefetch).await?;
        channels.push(channel);
        let live = Arc::new(Mutex::new(live.ready_chunks(app.batch())));
        for _ in 0..queue.workers {
            loops.push(work(app, queue, live.clone()).boxed());
        }
    }
    tracing::info!(service, "consuming over RabbitMQ");
    *backoff = Backoff::default();

    // The first loop that ends takes the others with it; what they had not acknowledged comes again.
    let outcome = if app.stopping().is_cancelled() {
        Ok(())
    } else {
        let (outcome, _, rest) = futures::future::select_all(loops).await;
        if outcome.is_ok() {
            // Stopping: the others finish what they have begun.
            futures::future::join_all(rest).await;
        }
        outcome
    };
    let _ = timeout(Duration::from_secs(1), connection.close(200, "bye".into())).await;
    outcome
}

async fn start(channel: &Channel, queue: &str, prefetch: u16) -> Result<Consumer, Trouble> {
    answered(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
    let options = BasicConsumeOptions::default();
    let consuming = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    let consumer = timeout(ANSWER, consuming).await;
    Ok(consumer.map_err(|_| Trouble::SilentQueue(queue.to_owned()))??)
}

type Chunks = futures::stream::ReadyChunks<Consumer>;

async fn work(app: &App, queue: &Queue, chunks: Arc<Mutex<Chunks>>) -> Result<(), Trouble> {
    let mut pace = Pace::new();
    loop {
        let chunk = {
            // Where messages go one at a time, nothing is won by waiting for more.
            if app.batch() > 1 {
                tokio::time::sleep(pace.wait()).await;
            }
            let mut chunks = chunks.lock().await;
            tokio::select! {
                biased;
                () = app.stopping().cancelled() => return Ok(()),
                chunk = chunks.next() => chunk.ok_or(Trouble::Ended)?,
            }
        };
        pace.took(chunk.len());
        let deliveries: Vec<Delivery> = chunk.into_iter().collect::<Result<_, _>>()?;
        let mut envelopes = Vec::with_capacity(deliveries.len());
        for delivery in &deliveries {
            match headers::read(delivery) {
                Ok(envelope) => envelopes.push(envelope),
                Err((envelope, reason)) => {
                    if consume::park(app, &envelope, &reason).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        app.meters()
            .taken(&queue.name, &envelopes, app.clock().now());
        if consume::batch(app, envelopes).await.is_err() {
            return Ok(());
        }
        acknowledge(queue, &deliveries).await?;
        pace.done();
    }
}

/// One worker acknowledges a whole batch by its last tag; several answer each for their own.
async fn acknowledge(queue: &Queue, deliveries: &[Delivery]) -> Result<(), Trouble> {
    let multiple = queue.workers == 1;
    let from = if multiple {
        deliveries.len().saturating_sub(1)
    } else {
        0
    };
    for delivery in &deliveries[from..] {
        answered(delivery.acker.ack(BasicAckOptions { multiple })).await?;
    }
    Ok(())
}

/// What the broker gave up on is parked, where people can see it.
async fn park_dead(app: &App, mut dead: Consumer) -> Result<(), Trouble> {
    loop {
        let delivery = tokio::select! {
            biased;
            () = app.stopping().cancelled() => return Ok(()),
            delivery = dead.next() => delivery.ok_or(Trouble::Ended)??,
        };
        let envelope = headers::read(&delivery).unwrap_or_else(|(envelope, _)| envelope);
        let reason =
            format!("the broker delivered it {DELIVERY_LIMIT} times without an acknowledgement");
        if consume::park(app, &envelope, &reason).await.is_err() {
            return Ok(());
        }
        answered(delivery.acker.ack(BasicAckOptions::default())).await?;
    }
}
