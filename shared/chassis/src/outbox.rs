//! What a service said, as rows: written in the transaction that it belongs to, read by the relay.

use chrono::DateTime;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value, sea_query::ArrayType};
use serde_json::json;
use uuid::Uuid;

use crate::{Envelope, database::statement};

/// A said message with its place in the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub seq: i64,
    pub envelope: Envelope,
}

// The transaction id is fetched before any sequence number is drawn: a number that is drawn but not yet visible then
// always belongs to a transaction that the relay can see running (see `relay`).
const INSERT_POSTGRES: &str = "WITH mine AS MATERIALIZED (SELECT pg_current_xact_id()) \
    INSERT INTO outbox (message_id, wire, routing_key, subject, said_at, traceparent, causation, body) \
    SELECT id, wire, routing_key, NULLIF(subject, '')::uuid, said_at, NULLIF(traceparent, ''), NULLIF(causation, '')::uuid, body \
    FROM mine, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[]) \
    AS said (id, wire, routing_key, subject, said_at, traceparent, causation, body)";

const INSERT_SQLITE: &str = "INSERT INTO outbox (message_id, wire, routing_key, subject, said_at, traceparent, causation, body) \
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?)";

/// Writes all that was said as one statement.
pub(crate) async fn append(db: &impl ConnectionTrait, said: &[Envelope]) -> Result<(), DbErr> {
    if said.is_empty() {
        return Ok(());
    }
    if db.get_database_backend() == sea_orm::DbBackend::Postgres {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let times = said
            .iter()
            .map(|m| m.time.timestamp_micros().into())
            .collect();
        // An array cannot carry a NULL through sea-query: an empty text stands for it.
        let values = [
            uuids(said.iter().map(|m| m.id)),
            texts(said.iter().map(|m| m.wire.clone())),
            texts(said.iter().map(|m| m.routing_key.clone())),
            texts(said.iter().map(|m| id(m.subject))),
            Value::Array(ArrayType::BigInt, Some(Box::new(times))),
            texts(
                said.iter()
                    .map(|m| m.traceparent.clone().unwrap_or_default()),
            ),
            texts(said.iter().map(|m| id(m.causation))),
            texts(said.iter().map(|m| m.body.clone())),
        ];
        db.execute_raw(statement(db, INSERT_POSTGRES, values))
            .await?;
    } else {
        let rows: Vec<_> = said
            .iter()
            .map(|m| {
                json!([
                    m.id,
                    m.wire,
                    m.routing_key,
                    m.subject,
                    m.time.timestamp_micros(),
                    m.traceparent,
                    m.causation,
                    m.body
                ])
            })
            .collect();
        db.execute_raw(statement(
            db,
            INSERT_SQLITE,
            [json!(rows).to_string().into()],
        ))
        .await?;
    }
    Ok(())
}

pub(crate) fn uuids(values: impl Iterator<Item = Uuid>) -> Value {
    let values = values.map(Value::from).collect();
    Value::Array(ArrayType::Uuid, Some(Box::new(values)))
}

fn texts(values: impl Iterator<Item = String>) -> Value {
    let values = values.map(Value::from).collect();
    Value::Array(ArrayType::String, Some(Box::new(values)))
}

const COLUMNS: &str =
    "seq, message_id, wire, routing_key, subject, said_at, traceparent, causation, body";

/// The visible rows after `high`, in order, at most `limit`.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    source: &str,
    high: i64,
    limit: usize,
) -> Result<Vec<Row>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db
        .query_all_raw(statement(db, &sql, [high.into(), limit.into()]))
        .await?;
    rows.iter().map(|row| read(row, source)).collect()
}

/// The visible rows after `high` with one of these routing keys, in order, at most `limit`; and up to where all were looked at.
pub(crate) async fn first(
    db: &impl ConnectionTrait,
    source: &str,
    high: i64,
    keys: &[String],
    limit: usize,
) -> Result<(Vec<Row>, i64), DbErr> {
    let sql = "SELECT COALESCE(MAX(seq), 0) FROM outbox";
    let newest = db.query_one_raw(statement(db, sql, [])).await?;
    let newest: i64 = match newest {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    let (named, keys) = if db.get_database_backend() == sea_orm::DbBackend::Postgres {
        ("= ANY(?)", texts(keys.iter().cloned()))
    } else {
        let keys = json!(keys).to_string().into();
        ("IN (SELECT value FROM json_each(?))", keys)
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE seq > ? AND routing_key {named} ORDER BY seq LIMIT ?"
    );
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db
        .query_all_raw(statement(db, &sql, [high.into(), keys, most.into()]))
        .await?;
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| read(row, source))
        .collect::<Result<_, _>>()?;
    let seen = match rows.last() {
        Some(last) if rows.len() == limit => last.seq,
        _ => newest.max(high),
    };
    Ok((rows, seen))
}

/// Those of the rows `seqs` that are visible.
pub(crate) async fn among(
    db: &impl ConnectionTrait,
    source: &str,
    seqs: &[i64],
) -> Result<Vec<Row>, DbErr> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let rows = if db.get_database_backend() == sea_orm::DbBackend::Postgres {
        let list = Value::Array(
            ArrayType::BigInt,
            Some(Box::new(seqs.iter().map(|seq| Value::from(*seq)).collect())),
        );
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE seq = ANY(?) ORDER BY seq");
        db.query_all_raw(statement(db, &sql, [list])).await?
    } else {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq"
        );
        db.query_all_raw(statement(db, &sql, [json!(seqs).to_string().into()]))
            .await?
    };
    rows.iter().map(|row| read(row, source)).collect()
}

fn read(row: &QueryResult, source: &str) -> Result<Row, DbErr> {
    let micros: i64 = row.try_get_by_index(5)?;
    Ok(Row {
        seq: row.try_get_by_index(0)?,
        envelope: Envelope {
            id: uuid(row, 1)?
                .ok_or_else(|| DbErr::Type("an outbox row without an id".to_owned()))?,
            wire: row.try_get_by_index(2)?,
            source: source.to_owned(),
            routing_key: row.try_get_by_index(3)?,
            subject: uuid(row, 4)?,
            time: DateTime::from_timestamp_micros(micros).unwrap_or_default(),
            traceparent: row.try_get_by_index(6)?,
            causation: uuid(row, 7)?,
            body: row.try_get_by_index(8)?,
        },
    })
}

/// A UUID column: native on PostgreSQL, text on SQLite.
pub(crate) fn uuid(row: &QueryResult, index: usize) -> Result<Option<Uuid>, DbErr> {
    match row.try_get_by_index::<Option<Uuid>>(index) {
        Ok(id) => Ok(id),
        Err(_) => row
            .try_get_by_index::<Option<String>>(index)?
            .map(|text| {
                text.parse()
                    .map_err(|_| DbErr::Type(format!("{text} is not a UUID")))
            })
            .transpose(),
    }
}
