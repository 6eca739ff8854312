//! Who did what with a parked message, when and why: rows that are added and never changed.

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Value};
use serde::Serialize;
use uuid::Uuid;

use super::{Act, Direction, Error, Parked};
use crate::{Clock, Database, Migration, auth::Claims, database::statement, inbox, outbox::uuid};

/// Nobody changes or removes a row of the audit, not even this service; and who acted is kept with their name.
pub(crate) const APPEND_ONLY: Migration = Migration::new(
    "m0002_parked_audit_append_only",
    "ALTER TABLE parked_audit ADD COLUMN actor_name TEXT; \
     CREATE INDEX parked_audit_of ON parked_audit (message_id, at);",
)
.on_postgres(include_str!("append_only.postgres.sql"))
.on_sqlite(include_str!("append_only.sqlite.sql"));

/// What was done with a parked message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Looked at, with what may be about a person hidden.
    Inspect,
    /// Looked at whole.
    Show,
    /// Tried again.
    Replay,
    /// Given up.
    Discard,
}

impl Action {
    const ALL: [Self; 4] = [Self::Inspect, Self::Show, Self::Replay, Self::Discard];

    /// As rows keep it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inspect => "inspect",
            Self::Show => "show",
            Self::Replay => "replay",
            Self::Discard => "discard",
        }
    }

    fn read(text: &str) -> Result<Self, DbErr> {
        let named = Self::ALL.into_iter().find(|action| action.as_str() == text);
        named.ok_or_else(|| DbErr::Type(format!("parked_audit has an action {text}")))
    }
}

impl From<Act> for Action {
    fn from(act: Act) -> Self {
        match act {
            Act::Replay => Self::Replay,
            Act::Discard => Self::Discard,
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Actor {
    /// The operator's account; on the command line the user of the machine.
    #[serde(rename = "actor")]
    pub account: String,
    /// The operator's name at that time.
    #[serde(rename = "actor_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl From<&str> for Actor {
    fn from(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            name: None,
        }
    }
}

impl From<AccountId> for Actor {
    fn from(account: AccountId) -> Self {
        account.to_string().as_str().into()
    }
}

impl From<&Claims> for Actor {
    fn from(claims: &Claims) -> Self {
        Self {
            account: claims.sub.to_string(),
            name: Some(claims.name.to_string()),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.account),
            None => f.write_str(&self.account),
        }
    }
}

/// One row of the audit.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Audited {
    /// The row.
    pub id: Uuid,
    /// The message.
    pub message: Uuid,
    /// Heard or said.
    pub direction: Direction,
    /// The wire name.
    pub wire: String,
    /// What was done.
    pub action: Action,
    /// Who did it.
    #[serde(flatten)]
    pub actor: Actor,
    /// Why; empty for looking.
    pub note: String,
    /// SHA-256 of the message's body, lower hex.
    pub body_sha256: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Audited {
    pub(super) fn new(
        clock: &Clock,
        parked: &Parked,
        action: Action,
        actor: Actor,
        note: &str,
    ) -> Self {
        Self {
            id: clock.new_id(),
            message: parked.id,
            direction: parked.direction,
            wire: parked.wire.clone(),
            action,
            actor,
            note: note.to_owned(),
            body_sha256: parked.body_sha256.clone(),
            at: clock.now(),
        }
    }
}

const COLUMNS: &str =
    "id, message_id, direction, wire, action, actor, actor_name, note, body_sha256, at";

/// Adds a row, in the transaction of what it tells of.
pub(super) async fn write(rows: &DatabaseTransaction, entry: &Audited) -> Result<(), DbErr> {
    let sql = format!("INSERT INTO parked_audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let values: [Value; 10] = [
        inbox::key(rows, entry.id),
        inbox::key(rows, entry.message),
        entry.direction.as_str().into(),
        entry.wire.as_str().into(),
        entry.action.as_str().into(),
        entry.actor.account.as_str().into(),
        entry.actor.name.clone().into(),
        entry.note.as_str().into(),
        entry.body_sha256.as_str().into(),
        entry.at.timestamp_micros().into(),
    ];
    rows.execute_raw(statement(rows, &sql, values)).await?;
    Ok(())
}

/// What was done, newest first, with the message `of`, or with all: at most `limit` rows after the first `skip`.
pub async fn trail(
    db: &Database,
    of: Option<Uuid>,
    skip: u32,
    limit: u32,
) -> Result<Vec<Audited>, Error> {
    let reads = db.reads();
    let mut values: Vec<Value> = Vec::new();
    let of_message = of.map_or("", |id| {
        values.push(inbox::key(reads, id));
        "WHERE message_id = ?"
    });
    values.extend([i64::from(limit).into(), i64::from(skip).into()]);
    let sql = format!(
        "SELECT {COLUMNS} FROM parked_audit {of_message} ORDER BY at DESC, id DESC LIMIT ? OFFSET ?"
    );
    let rows = reads.query_all_raw(statement(reads, &sql, values)).await?;
    rows.iter().map(|row| Ok(read(row)?)).collect()
}

fn read(row: &QueryResult) -> Result<Audited, DbErr> {
    let id =
        |place| uuid(row, place)?.ok_or_else(|| DbErr::Type("parked_audit lacks an id".to_owned()));
    let (direction, action): (String, String) =
        (row.try_get_by_index(2)?, row.try_get_by_index(4)?);
    let at: i64 = row.try_get_by_index(9)?;
    Ok(Audited {
        id: id(0)?,
        message: id(1)?,
        direction: Direction::read(&direction),
        wire: row.try_get_by_index(3)?,
        action: Action::read(&action)?,
        actor: Actor {
            account: row.try_get_by_index(5)?,
            name: row.try_get_by_index(6)?,
        },
        note: row.try_get_by_index(7)?,
        body_sha256: row.try_get_by_index(8)?,
        at: DateTime::from_timestamp_micros(at).unwrap_or_default(),
    })
}
