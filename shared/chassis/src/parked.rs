//! Messages that wait for a person: list, inspect, replay, discard. Looking at one is an act too; each leaves an audit row.

mod audit;
mod mask;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Clock, Database, Envelope, Failure, app::App, database::statement, deferred::Attempt, inbox,
};

pub(crate) use audit::APPEND_ONLY;
pub use audit::{Action, Actor, Audited, trail};
pub(crate) use mask::indented;

/// Whether a message was heard or could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Heard.
    In,
    /// Said, but nobody hears it.
    Out,
}

impl Direction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    pub(crate) fn read(text: &str) -> Self {
        if text == "out" { Self::Out } else { Self::In }
    }
}

/// A parked message without its body, which may hold personal data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Parked {
    /// The message.
    pub id: Uuid,
    /// Heard or said.
    pub direction: Direction,
    /// The wire name.
    pub wire: String,
    /// The dossier it is about.
    pub dossier: Option<Uuid>,
    /// Who said it.
    pub source: String,
    /// Why it is parked.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Each failed attempt.
    pub history: Vec<Attempt>,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// When it was parked.
    pub parked_at: DateTime<Utc>,
    /// SHA-256 of its body, lower hex.
    pub body_sha256: String,
    /// Its body; only when one message is inspected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Why an act on a parked message was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such message is parked.
    #[error("no message {0} is parked here")]
    Unknown(Uuid),
    /// The database refused.
    #[error("the database refused")]
    Database(#[from] DbErr),
}

pub(crate) async fn park(
    app: &App,
    direction: Direction,
    envelope: &Envelope,
    attempts: u32,
    reason: &str,
    history: &[Attempt],
) -> Result<(), Failure> {
    let db = app.db().begin().await?;
    let rows = &db.transaction;
    let sql = "INSERT INTO parked (message_id, direction, wire, envelope, reason, attempts, history, parked_at) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id, direction) DO UPDATE SET \
               reason = excluded.reason, attempts = excluded.attempts, history = excluded.history, parked_at = excluded.parked_at";
    let values = [
        inbox::key(rows, envelope.id),
        direction.as_str().into(),
        envelope.wire.clone().into(),
        json!(envelope).to_string().into(),
        // PostgreSQL keeps no NUL: a reason that quotes one must not keep its message from being parked.
        reason.replace('\0', "\u{2400}").into(),
        i32::try_from(attempts).unwrap_or(i32::MAX).into(),
        json!(history).to_string().into(),
        app.clock().now().timestamp_micros().into(),
    ];
    rows.execute_raw(statement(rows, sql, values)).await?;
    let sql = "DELETE FROM deferred WHERE message_id = ? AND direction = ?";
    rows.execute_raw(statement(
        rows,
        sql,
        [inbox::key(rows, envelope.id), direction.as_str().into()],
    ))
    .await?;
    db.commit().await?;
    tracing::error!(
        service = app.name(), wire = envelope.wire, message = %envelope.id, attempts, reason,
        traceparent = envelope.traceparent.as_deref().unwrap_or_default(), "parked"
    );
    app.meters().failed(&envelope.wire, "parked");
    Ok(())
}

const COLUMNS: &str = "direction, wire, envelope, reason, attempts, history, parked_at";

/// The parked messages, oldest first, at most `limit`.
pub async fn list(db: &Database, limit: u32) -> Result<Vec<Parked>, Error> {
    find(db, None, 0, limit).await
}

/// The parked messages of the wire name `kind`, or all, oldest first: at most `limit` after the first `skip`.
pub async fn find(
    db: &Database,
    kind: Option<&str>,
    skip: u32,
    limit: u32,
) -> Result<Vec<Parked>, Error> {
    let reads = db.reads();
    let mut values: Vec<Value> = Vec::new();
    let of_kind = kind.map_or("", |kind| {
        values.push(kind.into());
        "WHERE wire = ?"
    });
    values.extend([i64::from(limit).into(), i64::from(skip).into()]);
    let sql = format!(
        "SELECT {COLUMNS} FROM parked {of_kind} ORDER BY parked_at, message_id LIMIT ? OFFSET ?"
    );
    let rows = reads.query_all_raw(statement(reads, &sql, values)).await?;
    let read = |row: &QueryResult| Ok(read(row, |_| None)?);
    rows.iter().map(read).collect()
}

/// The wire names of which messages are parked, each with how many.
pub async fn kinds(db: &Database) -> Result<Vec<(String, i64)>, Error> {
    let reads = db.reads();
    let sql = "SELECT wire, COUNT(*) FROM parked GROUP BY wire ORDER BY wire";
    let rows = reads.query_all_raw(statement(reads, sql, [])).await?;
    let kind = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    rows.iter().map(kind).collect()
}

/// How a body is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Its shape, with what may be about a person hidden.
    Masked,
    /// As it is.
    Whole,
}

/// One parked message with its body. Who looked is written down, or nothing is shown.
pub async fn inspect(
    db: &Database,
    clock: &Clock,
    id: Uuid,
    sight: Sight,
    actor: impl Into<Actor>,
) -> Result<Parked, Error> {
    let writing = db.begin().await?;
    let rows = &writing.transaction;
    let sql = format!("SELECT {COLUMNS} FROM parked WHERE message_id = ?");
    let row = rows
        .query_one_raw(statement(rows, &sql, [inbox::key(rows, id)]))
        .await?;
    let parked = read(&row.ok_or(Error::Unknown(id))?, |body| {
        Some(match sight {
            Sight::Masked => mask::masked(&body),
            Sight::Whole => body,
        })
    })?;
    let action = match sight {
        Sight::Masked => Action::Inspect,
        Sight::Whole => Action::Show,
    };
    let entry = Audited::new(clock, &parked, action, actor.into(), "");
    audit::write(rows, &entry).await?;
    writing.commit().await?;
    Ok(parked)
}

fn read(row: &QueryResult, shown: impl FnOnce(String) -> Option<String>) -> Result<Parked, DbErr> {
    let (direction, text): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
    let envelope: Envelope =
        serde_json::from_str(&text).map_err(|error| DbErr::Type(error.to_string()))?;
    let attempts: i32 = row.try_get_by_index(4)?;
    let history: String = row.try_get_by_index(5)?;
    let parked_at: i64 = row.try_get_by_index(6)?;
    Ok(Parked {
        id: envelope.id,
        direction: Direction::read(&direction),
        wire: row.try_get_by_index(1)?,
        dossier: envelope.subject,
        source: envelope.source,
        reason: row.try_get_by_index(3)?,
        attempts: u32::try_from(attempts).unwrap_or_default(),
        history: serde_json::from_str(&history).unwrap_or_default(),
        traceparent: envelope.traceparent,
        parked_at: DateTime::from_timestamp_micros(parked_at).unwrap_or_default(),
        body_sha256: digest(&envelope.body),
        body: shown(envelope.body),
    })
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body.as_bytes()))
}

/// What an operator does with a parked message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Try it again from the first step of the ladder. It keeps its id: what has taken effect does not do so twice.
    Replay,
    /// Give it up for good.
    Discard,
}

/// Replays or discards the parked message `id` and writes who did it and why.
pub async fn act(
    db: &Database,
    clock: &Clock,
    id: Uuid,
    act: Act,
    actor: impl Into<Actor>,
    note: &str,
) -> Result<(), Error> {
    let writing = db.begin().await?;
    act_in(&writing.transaction, clock, id, act, actor.into(), note).await?;
    writing.commit().await?;
    Ok(())
}

/// The same in a transaction that is under way.
pub(crate) async fn act_in(
    rows: &DatabaseTransaction,
    clock: &Clock,
    id: Uuid,
    act: Act,
    actor: Actor,
    note: &str,
) -> Result<(), Error> {
    let sql = format!("SELECT {COLUMNS} FROM parked WHERE message_id = ?");
    let found = rows
        .query_all_raw(statement(rows, &sql, [inbox::key(rows, id)]))
        .await?;
    if found.is_empty() {
        return Err(Error::Unknown(id));
    }
    for row in found {
        let parked = read(&row, |_| None)?;
        if act == Act::Replay {
            let sql = "INSERT INTO deferred (message_id, direction, wire, envelope, attempts, due_at, history) \
                       VALUES (?, ?, ?, ?, 0, ?, '[]') ON CONFLICT (message_id, direction) DO UPDATE SET attempts = 0, due_at = excluded.due_at";
            let values = [
                inbox::key(rows, id),
                parked.direction.as_str().into(),
                parked.wire.clone().into(),
                row.try_get_by_index::<String>(2)?.into(),
                clock.now().timestamp_micros().into(),
            ];
            rows.execute_raw(statement(rows, sql, values)).await?;
        }
        let entry = Audited::new(clock, &parked, act.into(), actor.clone(), note);
        audit::write(rows, &entry).await?;
    }
    rows.execute_raw(statement(
        rows,
        "DELETE FROM parked WHERE message_id = ?",
        [inbox::key(rows, id)],
    ))
    .await?;
    Ok(())
}

/// How many messages are parked, how many wait for another attempt, and how many were said but not confirmed yet.
///
/// The last is an upper bound: numbers that were drawn by transactions which rolled back count for a moment.
pub(crate) async fn counts(db: &Database) -> Result<(i64, i64, i64), DbErr> {
    let reads = db.reads();
    let open = if db.is_postgres() {
        "json_array_length(open::json)"
    } else {
        "json_array_length(open)"
    };
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM parked), (SELECT COUNT(*) FROM deferred), \
         (SELECT COALESCE((SELECT MAX(seq) FROM outbox), high) - high + {open} FROM relay WHERE id = 1)"
    );
    let row = reads.query_one_raw(statement(reads, &sql, [])).await?;
    row.map_or(Ok((0, 0, 0)), |row| {
        Ok((
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        ))
    })
}
