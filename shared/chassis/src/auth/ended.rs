//! Sessions that were ended before their tokens ran out. Identity says which; each service keeps them for so long, and believes none of
//! their tokens.

use chrono::{DateTime, Utc};
use contracts::identity::SessionsEnded;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{Failure, Migration, Tx, database::statement};

/// Where they are kept. `believed_until` is in microseconds since 1970.
pub(crate) const TABLE: Migration = Migration::new(
    "m0004_ended_sessions",
    "CREATE TABLE ended_sessions (session varchar(36) NOT NULL PRIMARY KEY, believed_until bigint NOT NULL);
     CREATE INDEX ended_sessions_by_end ON ended_sessions (believed_until);",
);

/// Keeps which sessions are over.
pub(crate) async fn hear(heard: SessionsEnded, tx: Tx) -> Result<(), Failure> {
    let sql = "INSERT INTO ended_sessions (session, believed_until) VALUES (?, ?) ON CONFLICT (session) DO NOTHING";
    for ended in heard.sessions {
        let values = [
            ended.session.to_string().into(),
            ended.believed_until.timestamp_micros().into(),
        ];
        tx.db().execute_raw(statement(tx.db(), sql, values)).await?;
    }
    Ok(())
}

/// Whether a session was ended.
pub(crate) async fn is_over(db: &impl ConnectionTrait, session: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT 1 FROM ended_sessions WHERE session = ?";
    let found = statement(db, sql, [session.to_string().into()]);
    Ok(db.query_one_raw(found).await?.is_some())
}

/// Forgets those whose tokens have run out.
pub(crate) async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "DELETE FROM ended_sessions WHERE believed_until < ?";
    let values = [now.timestamp_micros().into()];
    db.execute_raw(statement(db, sql, values)).await.map(drop)
}
