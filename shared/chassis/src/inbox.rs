//! Ids of messages that have taken effect: in the transaction of the effect, one statement a batch.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::json;
use uuid::Uuid;

use crate::{
    database::statement,
    outbox::{uuid, uuids},
};

/// Marks `ids` and returns those that were new; the others have taken effect before.
pub(crate) async fn mark(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    // In one order everywhere, so that two replicas with the same duplicates wait for each other instead of deadlocking.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let rows = if db.get_database_backend() == DbBackend::Postgres {
        let sql = "INSERT INTO inbox (message_id) SELECT unnest(?::uuid[]) ON CONFLICT DO NOTHING RETURNING message_id";
        db.query_all_raw(statement(db, sql, [uuids(ids.iter().copied())]))
            .await?
    } else {
        let sql = "INSERT INTO inbox (message_id) SELECT value FROM json_each(?) WHERE true \
                   ON CONFLICT DO NOTHING RETURNING message_id";
        db.query_all_raw(statement(db, sql, [json!(ids).to_string().into()]))
            .await?
    };
    let mut new = HashSet::with_capacity(rows.len());
    for row in &rows {
        new.extend(uuid(row, 0)?);
    }
    Ok(new)
}

/// Whether `id` has taken effect already.
pub(crate) async fn knows(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT 1 FROM inbox WHERE message_id = ?";
    Ok(db
        .query_one_raw(statement(db, sql, [key(db, id)]))
        .await?
        .is_some())
}

/// A UUID as a parameter: native on PostgreSQL, text on SQLite.
pub(crate) fn key(db: &impl ConnectionTrait, id: Uuid) -> sea_orm::Value {
    if db.get_database_backend() == DbBackend::Postgres {
        id.into()
    } else {
        id.to_string().into()
    }
}
