//! The audit log: who did what, when and to what, in a way that shows if anybody has tampered with it.
//!
//! A deed is written in the transaction that does it. Soon after, entries become the leaves of a Merkle tree (RFC 6962), whose
//! root is signed and said to other services, which keep it in databases of their own. Whoever then changes, removes or adds
//! an entry, with whatever rights in this database, makes a tree that no checkpoint fits. See docs/decisions/0049.

mod checkpoint;
mod seal;
mod tree;
mod verify;
mod witness;

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Value};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{Database, Migration, auth::Claims, database::statement, inbox, outbox::uuid};

pub use crate::parked::Actor;

pub use checkpoint::{Checkpoint, Key, origin};
pub(crate) use seal::run;
pub use seal::{newest, seal};
pub use signed_note::StandardVerifier as Verifier;
pub use verify::{Finding, Verified, notes, verify};
pub(crate) use witness::witness;
pub use witness::{Witnessed, readmit, witnessed};

pub(crate) const TABLES: Migration = Migration::new("m0003_audit_log", "")
    .on_postgres(include_str!("audit/tables.postgres.sql"))
    .on_sqlite(include_str!("audit/tables.sqlite.sql"));

/// What somebody does, for [`crate::Tx::record`].
#[derive(Debug, Clone)]
pub struct Deed {
    actor: Actor,
    action: String,
    subject: Option<Uuid>,
    detail: serde_json::Value,
}

impl Deed {
    /// A deed of a person. `action` is `{service}.{what}`, what was done in the past: `desk.dossier-opened`.
    pub fn by(person: &Claims, action: impl Into<String>) -> Self {
        Self::of(Actor::from(person), action)
    }

    /// A deed of whoever is named: a service, or a user of the command line.
    pub fn of(actor: Actor, action: impl Into<String>) -> Self {
        Self {
            actor,
            action: action.into(),
            subject: None,
            detail: serde_json::Value::Null,
        }
    }

    /// What it was done to: a dossier, an account.
    #[must_use]
    pub fn to(self, subject: Uuid) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// More about it, with nothing personal: the log is kept for good.
    #[must_use]
    pub fn with(self, detail: serde_json::Value) -> Self {
        Self { detail, ..self }
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// Its number; one that is missing belongs to a transaction that came to nothing.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// What it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uuid>,
    /// More about it, as JSON.
    pub detail: String,
}

impl Entry {
    /// What the tree holds of it: the hash of its columns as a JSON array.
    fn leaf(&self) -> tree::Hash {
        let columns = json!([
            self.seq,
            self.at.timestamp_micros(),
            self.actor.account,
            self.actor.name,
            self.action,
            self.subject,
            self.detail
        ]);
        tree::leaf(columns.to_string().as_bytes())
    }
}

/// Writes deeds down, in the transaction that does them.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    deeds: &[Deed],
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    if deeds.is_empty() {
        return Ok(());
    }
    let rows = vec!["(?, ?, ?, ?, ?, ?)"; deeds.len()].join(", ");
    let sql = format!(
        "INSERT INTO audit_log (at, actor, actor_name, action, subject, detail) VALUES {rows}"
    );
    let values = deeds.iter().flat_map(|deed| -> [Value; 6] {
        [
            at.timestamp_micros().into(),
            deed.actor.account.as_str().into(),
            deed.actor.name.clone().into(),
            deed.action.as_str().into(),
            subject(db, deed.subject),
            deed.detail.to_string().into(),
        ]
    });
    let values: Vec<Value> = values.collect();
    db.execute_raw(statement(db, &sql, values)).await.map(drop)
}

fn subject(db: &impl ConnectionTrait, subject: Option<Uuid>) -> Value {
    match subject {
        Some(subject) => inbox::key(db, subject),
        None if db.get_database_backend() == DbBackend::Postgres => None::<Uuid>.into(),
        None => None::<String>.into(),
    }
}

const COLUMNS: &str = "audit_log.seq, audit_log.at, audit_log.actor, audit_log.actor_name, audit_log.action, audit_log.subject, audit_log.detail";

fn read(row: &QueryResult) -> Result<Entry, DbErr> {
    let at: i64 = row.try_get_by_index(1)?;
    Ok(Entry {
        seq: row.try_get_by_index(0)?,
        at: DateTime::from_timestamp_micros(at).unwrap_or_default(),
        actor: Actor {
            account: row.try_get_by_index(2)?,
            name: row.try_get_by_index(3)?,
        },
        action: row.try_get_by_index(4)?,
        subject: uuid(row, 5)?,
        detail: row.try_get_by_index(6)?,
    })
}

/// When `account` last did `action` to `subject`, if ever.
pub async fn last(
    db: &Database,
    account: AccountId,
    action: &str,
    subject: Uuid,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let reads = db.reads();
    let sql = "SELECT MAX(at) FROM audit_log WHERE subject = ? AND actor = ? AND action = ?";
    let values = [
        inbox::key(reads, subject),
        account.to_string().into(),
        action.into(),
    ];
    let row = reads.query_one_raw(statement(reads, sql, values)).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(at.and_then(DateTime::from_timestamp_micros))
}

/// What was done, newest first, to the subject `of`, or to all: at most `limit` entries after the first `skip`.
pub async fn entries(
    db: &Database,
    of: Option<Uuid>,
    skip: u32,
    limit: u32,
) -> Result<Vec<Entry>, DbErr> {
    let reads = db.reads();
    let mut values: Vec<Value> = of.map(|of| inbox::key(reads, of)).into_iter().collect();
    let of_subject = if of.is_some() {
        "WHERE subject = ?"
    } else {
        ""
    };
    values.extend([i64::from(limit).into(), i64::from(skip).into()]);
    let sql =
        format!("SELECT {COLUMNS} FROM audit_log {of_subject} ORDER BY seq DESC LIMIT ? OFFSET ?");
    let rows = reads.query_all_raw(statement(reads, &sql, values)).await?;
    rows.iter().map(read).collect()
}
