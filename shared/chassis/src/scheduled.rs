//! Messages to be said later: the only scheduler there is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value, sea_query::ArrayType};
use serde_json::json;

use crate::{Envelope, Failure, app::App, database::statement, outbox};

/// How many fall due in one transaction.
const BATCH: i64 = 200;

pub(crate) async fn append(
    db: &impl ConnectionTrait,
    later: &[(DateTime<Utc>, Envelope)],
) -> Result<(), DbErr> {
    for (when, envelope) in later {
        let sql = "INSERT INTO scheduled (message_id, due_at, envelope) VALUES (?, ?, ?)";
        let id = crate::inbox::key(db, envelope.id);
        db.execute_raw(statement(
            db,
            sql,
            [
                id,
                when.timestamp_micros().into(),
                json!(envelope).to_string().into(),
            ],
        ))
        .await?;
    }
    Ok(())
}

/// Moves what is due into the outbox; returns how many.
pub(crate) async fn fire_due(app: &App) -> Result<usize, Failure> {
    let writing = app.db().begin().await?;
    let db = &writing.transaction;
    let now = app.clock().now().timestamp_micros();
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let skip = if postgres {
        " FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "SELECT envelope FROM scheduled WHERE due_at <= ? ORDER BY due_at, message_id LIMIT {BATCH}{skip}"
    );
    let mut due = Vec::new();
    for row in db.query_all_raw(statement(db, &sql, [now.into()])).await? {
        let text: String = row.try_get_by_index(0)?;
        due.push(
            serde_json::from_str::<Envelope>(&text)
                .map_err(|error| Failure::park(error.to_string()))?,
        );
    }
    if due.is_empty() {
        return Ok(0);
    }
    outbox::append(db, &due).await?;
    let ids: Vec<_> = due.iter().map(|envelope| envelope.id).collect();
    if postgres {
        let ids = Value::Array(
            ArrayType::Uuid,
            Some(Box::new(ids.into_iter().map(Value::from).collect())),
        );
        db.execute_raw(statement(
            db,
            "DELETE FROM scheduled WHERE message_id = ANY(?)",
            [ids],
        ))
        .await?;
    } else {
        let sql = "DELETE FROM scheduled WHERE message_id IN (SELECT value FROM json_each(?))";
        db.execute_raw(statement(db, sql, [json!(ids).to_string().into()]))
            .await?;
    }
    writing.commit().await?;
    app.said(due.len());
    Ok(due.len())
}

/// Fires what falls due until the service stops.
pub(crate) async fn run(app: App) {
    loop {
        let pause = match fire_due(&app).await {
            Ok(0) => Duration::from_secs(1),
            Ok(_) => continue,
            Err(failure) => {
                tracing::warn!(service = app.name(), error = %failure, "scheduled messages wait");
                Duration::from_secs(2)
            }
        };
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = app.wake().scheduled.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
