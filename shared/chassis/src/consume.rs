//! The consume step: a batch of messages, one transaction, then the acknowledgement.
//!
//! The good case pays for no savepoints. When a handler fails, the batch rolls back and is done again one message a
//! transaction; what fails alone is deferred or parked in a commit of its own.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tracing::{Instrument, Span};

use crate::{
    Envelope, Failure, Tx,
    app::{App, Work},
    deferred, inbox,
    parked::{self, Direction},
    service::{Handle, Prepared},
    telemetry,
};

/// The service stops before its database came back: nothing is acknowledged.
#[derive(Debug)]
pub(crate) struct Stopped;

/// Brings a batch to its end: every message has taken effect, is deferred, or is parked. Then it may be acknowledged.
///
/// While the database is away it waits, however long, and uses up no attempts.
pub(crate) async fn batch(app: &App, envelopes: Vec<Envelope>) -> Result<(), Stopped> {
    // Slow work is never redone for a neighbour's failure: such a message has a transaction of its own.
    let slow = |envelope: &Envelope| {
        let hearing = app.hearing(&envelope.wire);
        hearing.is_some_and(|hearing| matches!(hearing.handle, Handle::Slow(..)))
    };
    let (alone, together): (Vec<_>, Vec<_>) = envelopes
        .into_iter()
        .map(Arc::new)
        .partition(|envelope| slow(envelope));
    if !together.is_empty() {
        with_neighbours(app, together).await?;
    }
    for envelope in alone {
        by_itself(app, &envelope).await?;
    }
    Ok(())
}

async fn with_neighbours(app: &App, envelopes: Vec<Arc<Envelope>>) -> Result<(), Stopped> {
    match attempt(app, &envelopes).await? {
        Ok(()) => return Ok(()),
        Err(failure) if envelopes.len() == 1 => {
            return set_aside(app, &envelopes[0], &failure).await;
        }
        Err(_) => {}
    }
    for envelope in &envelopes {
        by_itself(app, envelope).await?;
    }
    Ok(())
}

async fn by_itself(app: &App, envelope: &Arc<Envelope>) -> Result<(), Stopped> {
    match attempt(app, std::slice::from_ref(envelope)).await? {
        Ok(()) => Ok(()),
        Err(failure) => set_aside(app, envelope, &failure).await,
    }
}

async fn set_aside(app: &App, envelope: &Envelope, failure: &Failure) -> Result<(), Stopped> {
    outlasting(app, || {
        deferred::after_failure(app, Direction::In, envelope, 0, failure)
    })
    .await
}

/// Tries once, waiting for as long as the database is away.
async fn attempt(app: &App, envelopes: &[Arc<Envelope>]) -> Result<Result<(), Failure>, Stopped> {
    let mut pause = Pause::default();
    loop {
        match transaction(app, envelopes, None).await {
            Err(failure) if failure.is_database_away() => pause.wait(app, &failure).await?,
            outcome => return Ok(outcome),
        }
    }
}

/// Repeats `work` for as long as the database is away.
pub(crate) async fn outlasting<F, Fut>(app: &App, work: F) -> Result<(), Stopped>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let mut pause = Pause::default();
    loop {
        match work().await {
            Ok(()) => return Ok(()),
            // Writing down a failure has no other way out than being tried again.
            Err(failure) => pause.wait(app, &failure).await?,
        }
    }
}

#[derive(Default)]
struct Pause {
    times: u32,
}

impl Pause {
    async fn wait(&mut self, app: &App, failure: &Failure) -> Result<(), Stopped> {
        self.times += 1;
        let reached = app.db().ping().await.is_ok();
        if self.times == 1 || self.times.is_multiple_of(30) {
            tracing::warn!(service = app.name(), error = %failure, database_answers = reached, "consuming pauses");
        }
        let wait = Duration::from_millis(100 * u64::from(self.times.min(10)));
        tokio::select! {
            () = app.stopping().cancelled() => Err(Stopped),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}

/// One transaction over some messages: inbox, handlers, outbox, commit.
///
/// `retried` names the row in `deferred` that goes with the effect. A handler that panics will do so again: that costs its
/// message, which is parked, and not the consumer, whose task it would end.
pub(crate) async fn transaction(
    app: &App,
    envelopes: &[Arc<Envelope>],
    retried: Option<&deferred::Claim>,
) -> Result<(), Failure> {
    let done = AssertUnwindSafe(take_effect(app, envelopes, retried));
    let panicked = |_| Err(Failure::park("its handler panicked: the log says where"));
    done.catch_unwind().await.unwrap_or_else(panicked)
}

async fn take_effect(
    app: &App,
    envelopes: &[Arc<Envelope>],
    retried: Option<&deferred::Claim>,
) -> Result<(), Failure> {
    let started = std::time::Instant::now();
    let mut prepared = prepare(app, envelopes).await?;
    let is_apart = envelopes
        .first()
        .and_then(|first| app.hearing(&first.wire))
        .is_some_and(|hearing| hearing.apart);
    let tx = if is_apart {
        Tx::begin(app).await?
    } else {
        Tx::begin_in_crowd(app).await?
    };
    let ids: Vec<_> = envelopes.iter().map(|envelope| envelope.id).collect();
    let mut new = inbox::mark(tx.db(), &ids).await?;
    let duplicates = envelopes.len() - new.len();
    // In the order of arrival, each id once, grouped by type.
    let mut groups: Vec<(&str, Vec<Arc<Envelope>>)> = Vec::new();
    for envelope in envelopes {
        if !new.remove(&envelope.id) {
            continue;
        }
        match groups.iter_mut().find(|(wire, _)| *wire == envelope.wire) {
            Some((_, group)) => group.push(envelope.clone()),
            None => groups.push((&envelope.wire, vec![envelope.clone()])),
        }
    }
    for (wire, group) in &groups {
        handle(app, wire, group, &mut prepared, &tx).await?;
    }
    if let Some(claim) = retried {
        deferred::settle(tx.db(), claim).await?;
    }
    tx.commit().await?;
    let queue = envelopes.first().map(|first| app.queue_of(&first.wire));
    app.meters().handled(
        &queue.unwrap_or_default(),
        &groups
            .iter()
            .map(|(wire, group)| (*wire, group.len()))
            .collect::<Vec<_>>(),
        duplicates,
        started.elapsed(),
    );
    Ok(())
}

async fn handle(
    app: &App,
    wire: &str,
    group: &[Arc<Envelope>],
    prepared: &mut HashMap<uuid::Uuid, Prepared>,
    tx: &Tx,
) -> Result<(), Failure> {
    let hearing = app
        .hearing(wire)
        .ok_or_else(|| Failure::park(format!("{} does not hear {wire}", app.name())))?;
    match &hearing.handle {
        Handle::Many(handle) => {
            let span = telemetry::process_span(app, wire, group);
            within(span, handle(group.to_vec(), tx.clone())).await
        }
        Handle::One(handle) | Handle::Slow(_, handle) => {
            for envelope in group {
                let span = telemetry::process_span(app, wire, std::slice::from_ref(envelope));
                let found = prepared.remove(&envelope.id);
                within(span, handle(envelope.clone(), found, tx.clone())).await?;
            }
            Ok(())
        }
    }
}

/// Handles in a span, and leaves a line there for who follows a message at the level of debugging.
async fn within<T>(
    span: Span,
    handling: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let handling = async {
        let outcome = handling.await;
        tracing::debug!(failed = outcome.is_err(), "handled");
        outcome
    };
    handling.instrument(span).await
}

/// Does the slow work of those messages that have any and have not taken effect yet.
async fn prepare(
    app: &App,
    envelopes: &[Arc<Envelope>],
) -> Result<HashMap<uuid::Uuid, Prepared>, Failure> {
    let mut prepared = HashMap::new();
    for envelope in envelopes {
        let Some(Handle::Slow(work, _)) =
            app.hearing(&envelope.wire).map(|hearing| &hearing.handle)
        else {
            continue;
        };
        if inbox::knows(app.db().reads(), envelope.id).await? {
            continue;
        }
        let span = telemetry::process_span(app, &envelope.wire, std::slice::from_ref(envelope));
        let work = work(envelope.clone(), Work::new(app.clone(), envelope.clone()));
        let found = within(span, work).await?;
        prepared.insert(envelope.id, found);
    }
    Ok(prepared)
}

/// Parks what the broker gave up on, or what cannot even be read as an envelope.
pub(crate) async fn park(app: &App, envelope: &Envelope, reason: &str) -> Result<(), Stopped> {
    outlasting(app, || {
        parked::park(app, Direction::In, envelope, 0, reason, &[])
    })
    .await
}
