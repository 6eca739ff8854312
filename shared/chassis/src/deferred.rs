//! Messages that wait for another attempt. Attempts are counted here, so they depend neither on the number of replicas
//! nor on the broker.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Envelope, Failure,
    app::App,
    bus, consume,
    database::statement,
    failure::wait_after,
    inbox,
    parked::{self, Direction},
};

/// How long a claimed message is left to the one who claimed it. A process that dies gives it back by then.
const LEASE: Duration = Duration::from_mins(30);
/// The wait for a dependency that is down as a whole.
const DOWN: Duration = Duration::from_secs(10);

/// One failed attempt, as operators see it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// Why it failed.
    pub reason: String,
}

/// A deferred message that this process is trying again.
pub(crate) struct Claim {
    direction: Direction,
    envelope: Arc<Envelope>,
    attempts: u32,
    history: Vec<Attempt>,
}

/// Writes down a failure: the message waits for its next attempt or is parked.
pub(crate) async fn after_failure(
    app: &App,
    direction: Direction,
    envelope: &Envelope,
    attempts_before: u32,
    failure: &Failure,
) -> Result<(), Failure> {
    write(
        app,
        direction,
        envelope,
        attempts_before,
        failure,
        Vec::new(),
    )
    .await
}

async fn write(
    app: &App,
    direction: Direction,
    envelope: &Envelope,
    attempts_before: u32,
    failure: &Failure,
    mut history: Vec<Attempt>,
) -> Result<(), Failure> {
    let now = app.clock().now();
    history.push(Attempt {
        at: now,
        reason: failure.to_string(),
    });
    let down = matches!(
        failure,
        Failure::Retry {
            dependency: Some(_),
            ..
        }
    );
    let attempts = if down {
        attempts_before
    } else {
        attempts_before + 1
    };
    let jitter = f64::from(crate::random::<1>()[0]) / 255.0;
    let wait = match failure {
        Failure::Park { .. } => None,
        Failure::Retry { .. } if down => Some(DOWN.mul_f64(1.0 + jitter)),
        Failure::Retry { .. } => wait_after(attempts, jitter),
    };
    let Some(wait) = wait else {
        let reason = match failure {
            Failure::Park { reason } => reason.clone(),
            Failure::Retry { reason, .. } => format!("the ladder is used up: {reason}"),
        };
        return parked::park(app, direction, envelope, attempts, &reason, &history).await;
    };
    // A dependency may be down for days: only the newest reasons are kept.
    let kept = history.split_off(history.len().saturating_sub(20));
    tracing::warn!(
        service = app.name(), wire = envelope.wire, message = %envelope.id, attempts, error = %failure,
        "deferred for {} ms", wait.as_millis()
    );
    app.meters().failed(&envelope.wire, "deferred");
    let due = now + wait;
    let db = app.db().begin_in_crowd().await?;
    let sql = "INSERT INTO deferred (message_id, direction, wire, envelope, attempts, due_at, history) \
               VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id, direction) DO UPDATE SET \
               attempts = CASE WHEN deferred.attempts > excluded.attempts THEN deferred.attempts ELSE excluded.attempts END, \
               due_at = excluded.due_at, history = excluded.history";
    let values = [
        inbox::key(&db.transaction, envelope.id),
        direction.as_str().into(),
        envelope.wire.clone().into(),
        json!(envelope).to_string().into(),
        i32::try_from(attempts).unwrap_or(i32::MAX).into(),
        due.timestamp_micros().into(),
        json!(kept).to_string().into(),
    ];
    db.transaction
        .execute_raw(statement(&db.transaction, sql, values))
        .await?;
    db.commit().await?;
    app.wake().deferred.notify_one();
    Ok(())
}

/// Removes a message that has taken effect.
pub(crate) async fn settle(db: &impl ConnectionTrait, claim: &Claim) -> Result<(), DbErr> {
    let sql = "DELETE FROM deferred WHERE message_id = ? AND direction = ?";
    let values = [
        inbox::key(db, claim.envelope.id),
        claim.direction.as_str().into(),
    ];
    db.execute_raw(statement(db, sql, values)).await.map(|_| ())
}

/// Tries again what is due; returns how many were tried.
pub(crate) async fn run_due(app: &App, bus: &bus::Publisher) -> Result<usize, Failure> {
    let due = claim_due(app).await?;
    let count = due.len();
    for claim in due {
        // While the database is away what is claimed stays in hand: let go, it would wait until its lease runs out.
        if consume::outlasting(app, || try_again(app, bus, &claim))
            .await
            .is_err()
        {
            break;
        }
    }
    Ok(count)
}

/// Tries once. What fails is written down and is no error here: that is only what keeps it from being written down.
async fn try_again(app: &App, bus: &bus::Publisher, claim: &Claim) -> Result<(), Failure> {
    let outcome = match claim.direction {
        Direction::In => {
            consume::transaction(app, std::slice::from_ref(&claim.envelope), Some(claim)).await
        }
        Direction::Out => publish_again(app, bus, claim).await,
    };
    match outcome {
        Err(failure) if !failure.is_database_away() => {
            let (attempts, history) = (claim.attempts, claim.history.clone());
            write(
                app,
                claim.direction,
                &claim.envelope,
                attempts,
                &failure,
                history,
            )
            .await
        }
        outcome => outcome,
    }
}

async fn publish_again(app: &App, bus: &bus::Publisher, claim: &Claim) -> Result<(), Failure> {
    match bus.publish(claim.envelope.as_ref().clone()).await {
        bus::Outcome::Confirmed => {
            let db = app.db().begin().await?;
            settle(&db.transaction, claim).await?;
            Ok(db.commit().await?)
        }
        bus::Outcome::Unroutable => Err(Failure::too_early("nobody hears it")),
        bus::Outcome::Failed => Err(Failure::down("broker", "the broker did not confirm it")),
    }
}

/// Claims what is due by moving its due time to the end of a lease, guarded so that two replicas never claim one row.
async fn claim_due(app: &App) -> Result<Vec<Claim>, Failure> {
    let now = app.clock().now();
    let sql = "SELECT message_id, direction, envelope, attempts, due_at, history FROM deferred WHERE due_at <= ? ORDER BY due_at LIMIT ?";
    // A heavy service claims one at a time: the lease must outlast the work on all that is claimed.
    let most: i64 = if app.batch() == 1 { 1 } else { 50 };
    let reads = app.db().reads();
    let rows = reads
        .query_all_raw(statement(
            reads,
            sql,
            [now.timestamp_micros().into(), most.into()],
        ))
        .await?;
    let mut claims = Vec::new();
    for row in rows {
        let (direction, text): (String, String) =
            (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let (attempts, due_at): (i32, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        let history: String = row.try_get_by_index(5)?;
        let envelope: Envelope =
            serde_json::from_str(&text).map_err(|error| Failure::park(error.to_string()))?;
        let db = app.db().begin().await?;
        let sql =
            "UPDATE deferred SET due_at = ? WHERE message_id = ? AND direction = ? AND due_at = ?";
        let values = [
            (now + LEASE).timestamp_micros().into(),
            inbox::key(&db.transaction, envelope.id),
            direction.clone().into(),
            due_at.into(),
        ];
        let mine = db
            .transaction
            .execute_raw(statement(&db.transaction, sql, values))
            .await?
            .rows_affected()
            == 1;
        db.commit().await?;
        if mine {
            claims.push(Claim {
                direction: Direction::read(&direction),
                envelope: Arc::new(envelope),
                attempts: u32::try_from(attempts).unwrap_or_default(),
                history: serde_json::from_str(&history).unwrap_or_default(),
            });
        }
    }
    Ok(claims)
}

/// When the next message falls due, if any waits.
async fn next_due(app: &App) -> Result<Option<i64>, Failure> {
    let reads = app.db().reads();
    let row = reads
        .query_one_raw(statement(reads, "SELECT MIN(due_at) FROM deferred", []))
        .await?;
    Ok(match row {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    })
}

/// Tries again what falls due until the service stops.
pub(crate) async fn run(app: App, bus: Arc<bus::Publisher>) {
    loop {
        let wait = match step(&app, &bus).await {
            Ok(wait) => wait,
            Err(failure) => {
                tracing::warn!(service = app.name(), error = %failure, "deferred messages wait");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = app.wake().deferred.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn step(app: &App, bus: &bus::Publisher) -> Result<Duration, Failure> {
    while run_due(app, bus).await? > 0 {
        if app.stopping().is_cancelled() {
            break;
        }
    }
    let until = next_due(app)
        .await?
        .map(|due| due - app.clock().now().timestamp_micros());
    Ok(
        Duration::from_micros(u64::try_from(until.unwrap_or(i64::MAX).max(1)).unwrap_or(1))
            .min(Duration::from_secs(1)),
    )
}
