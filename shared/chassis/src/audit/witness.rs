//! Witnessing: a service keeps the checkpoints of others' logs, and believes none that does not continue what it has seen.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Utc};
use contracts::audit::CheckpointSealed;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;

use super::{
    Actor, Checkpoint, Deed, append,
    seal::{hold, keep, number},
    tree::{Edge, Hash},
};
use crate::{Database, Failure, Tx, database::statement};

fn decoded(hashes: &[String]) -> Option<Vec<Hash>> {
    let each = |hash: &String| BASE64.decode(hash).ok()?.try_into().ok();
    hashes.iter().map(each).collect()
}

/// Keeps a checkpoint of another service's log.
///
/// The first that is heard of a log is taken as it is. From then on each must begin where the last one ended, and its leaves must
/// lead from that tree to the root that it claims.
pub(crate) async fn witness(heard: CheckpointSealed, tx: Tx) -> Result<(), Failure> {
    if heard.log == tx.service() || heard.log.is_empty() {
        return Ok(());
    }
    let unreadable = || Failure::park("a checkpoint that cannot be read");
    let claimed = Checkpoint::claimed(&heard.note).ok_or_else(unreadable)?;
    let (edge, leaves) = decoded(&heard.edge)
        .zip(decoded(&heard.leaves))
        .ok_or_else(unreadable)?;
    let told = Edge::new(heard.from, edge).ok_or_else(unreadable)?;
    let known = hold(tx.db(), &heard.log).await?;
    let mut tree = match known {
        Some(known) if claimed.size <= known.size() => {
            return seen_before(&heard, &claimed, &tx).await;
        }
        Some(known) if heard.from > known.size() => {
            return Err(Failure::too_early(
                "a checkpoint before it has not been heard yet",
            ));
        }
        Some(known) if known != told => return Err(forked(&heard.log, known.size())),
        Some(known) => known,
        None => {
            tracing::info!(
                log = heard.log,
                from = heard.from,
                "witnessing an audit log from here on"
            );
            told
        }
    };
    for leaf in leaves {
        tree.push(leaf);
    }
    if (tree.size(), tree.root()) != (claimed.size, claimed.root) {
        return Err(forked(&heard.log, claimed.size));
    }
    keep(tx.db(), &heard.log, &tree).await?;
    let sql = "INSERT INTO audit_witnessed (log, size, note, witnessed_at) VALUES (?, ?, ?, ?)";
    let values = [
        heard.log.as_str().into(),
        number(claimed.size)?,
        heard.note.as_str().into(),
        tx.now().timestamp_micros().into(),
    ];
    tx.db().execute_raw(statement(tx.db(), sql, values)).await?;
    Ok(())
}

fn forked(log: &str, size: u64) -> Failure {
    tracing::error!(
        log,
        size,
        "an audit log does not continue what was witnessed of it"
    );
    Failure::park(format!(
        "the audit log of {log} does not continue what was witnessed of it, at {size} entries: it was changed, or its database restored"
    ))
}

/// One that comes again, or late. Another root at the same size is another log.
async fn seen_before(
    heard: &CheckpointSealed,
    claimed: &Checkpoint,
    tx: &Tx,
) -> Result<(), Failure> {
    let sql = "SELECT note FROM audit_witnessed WHERE log = ? AND size = ?";
    let values = [heard.log.as_str().into(), number(claimed.size)?];
    for row in tx
        .db()
        .query_all_raw(statement(tx.db(), sql, values))
        .await?
    {
        let kept: String = row.try_get_by_index(0)?;
        if Checkpoint::claimed(&kept).is_some_and(|kept| kept.root == claimed.root) {
            return Ok(());
        }
    }
    Err(forked(&heard.log, claimed.size))
}

/// A checkpoint of another service's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witnessed {
    /// The service.
    pub log: String,
    /// How many entries its log had.
    pub size: i64,
    /// The signed note.
    pub note: String,
    /// When it was heard.
    pub witnessed_at: DateTime<Utc>,
}

/// The checkpoints that are kept here of the log of `service`, or of all; the oldest first.
pub async fn witnessed(db: &Database, service: Option<&str>) -> Result<Vec<Witnessed>, DbErr> {
    let sql = "SELECT log, size, note, witnessed_at FROM audit_witnessed WHERE log = ? OR ? = '' ORDER BY log, size";
    let service = service.unwrap_or_default();
    let rows = db
        .reads()
        .query_all_raw(statement(db.reads(), sql, [service.into(), service.into()]))
        .await?;
    let read = |row: &sea_orm::QueryResult| {
        let at: i64 = row.try_get_by_index(3)?;
        Ok(Witnessed {
            log: row.try_get_by_index(0)?,
            size: row.try_get_by_index(1)?,
            note: row.try_get_by_index(2)?,
            witnessed_at: DateTime::from_timestamp_micros(at).unwrap_or_default(),
        })
    };
    rows.iter().map(read).collect()
}

/// Takes the next checkpoint of a log as it is, after its database was restored; what was witnessed before stays. `false` when
/// nothing is witnessed of such a log.
pub async fn readmit(
    db: &Database,
    log: &str,
    actor: Actor,
    why: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let writing = db.begin().await?;
    let rows = &writing.transaction;
    let sql = "DELETE FROM audit_trees WHERE log = ? AND log <> ''";
    let done = rows.execute_raw(statement(rows, sql, [log.into()])).await?;
    if done.rows_affected() > 0 {
        let deed = Deed::of(actor, "audit.log-readmitted");
        let deed = deed.with(serde_json::json!({ "log": log, "why": why }));
        append(rows, &[deed], at).await?;
    }
    writing.commit().await?;
    Ok(done.rows_affected() > 0)
}
