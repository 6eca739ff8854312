//! Sealing: entries become leaves of the tree, and its new root is signed, kept, logged and said to the witnesses.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use contracts::audit::CheckpointSealed;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Value};

use super::{
    COLUMNS, Checkpoint, Entry, read,
    tree::{Edge, Hash},
};
use crate::{App, Failure, Tx, database::statement};

/// How many entries one checkpoint adds at most: its message carries the hash of each.
const MOST: i64 = 1_000;
/// How often entries are sealed: for so long at most one could still vanish unseen.
const EVERY: Duration = Duration::from_secs(10);
/// The name of this service's own tree among those it keeps the edge of.
pub(super) const OWN: &str = "";

/// Seals what is recorded, until the service stops.
pub(crate) async fn run(app: App) {
    loop {
        tokio::select! {
            () = app.stopping().cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = seal(&app).await {
            tracing::warn!(service = app.name(), %error, "the audit log will be sealed later");
        }
    }
}

/// Seals all entries that wait for it. Says how many there were.
pub async fn seal(app: &App) -> Result<usize, Failure> {
    let mut sealed = 0;
    loop {
        let some = app.transact(async |tx| seal_some(app, &tx).await).await?;
        sealed += some;
        if some < usize::try_from(MOST).unwrap_or(usize::MAX) {
            return Ok(sealed);
        }
    }
}

async fn seal_some(app: &App, tx: &Tx) -> Result<usize, Failure> {
    let db = tx.db();
    // Replicas seal one after the other.
    let mut edge = hold(db, OWN).await?.unwrap_or_default();
    let entries = unsealed(db).await?;
    if entries.is_empty() {
        return Ok(0);
    }
    let before = edge.clone();
    let mut leaves = Vec::with_capacity(entries.len());
    for entry in &entries {
        let leaf = entry.leaf();
        edge.push(leaf);
        leaves.push(leaf);
    }
    keep_leaves(db, before.size(), &entries, &leaves).await?;
    keep(db, OWN, &edge).await?;
    let key = app.audit_key()?;
    let checkpoint = Checkpoint::of(&super::origin(app.settings(), app.name()), &edge);
    let note = key
        .sign(&checkpoint)
        .map_err(|error| Failure::park(error.to_string()))?;
    let sql = "INSERT INTO audit_checkpoints (size, note, sealed_at) VALUES (?, ?, ?)";
    let values = [
        number(edge.size())?,
        note.as_str().into(),
        tx.now().timestamp_micros().into(),
    ];
    db.execute_raw(statement(db, sql, values)).await?;
    // For whoever collects the logs: one more place where it is kept.
    tracing::info!(service = app.name(), size = edge.size(), %note, "the audit log was sealed");
    let encoded = |hashes: &[Hash]| hashes.iter().map(|hash| BASE64.encode(hash)).collect();
    tx.say(&CheckpointSealed {
        log: app.name().to_owned(),
        from: before.size(),
        edge: encoded(before.peaks()),
        leaves: encoded(&leaves),
        note,
        sealed_at: tx.now(),
    });
    Ok(entries.len())
}

async fn unsealed(db: &DatabaseTransaction) -> Result<Vec<Entry>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_unsealed JOIN audit_log ON audit_log.seq = audit_unsealed.seq \
         ORDER BY audit_unsealed.seq LIMIT ?"
    );
    let rows = db.query_all_raw(statement(db, &sql, [MOST.into()])).await?;
    rows.iter().map(read).collect()
}

/// Appends leaves, and takes their entries from those that wait.
async fn keep_leaves(
    db: &DatabaseTransaction,
    from: u64,
    entries: &[Entry],
    leaves: &[Hash],
) -> Result<(), Failure> {
    let places = vec!["(?, ?, ?)"; entries.len()].join(", ");
    let sql = format!("INSERT INTO audit_leaves (leaf, seq, hash) VALUES {places}");
    let mut values: Vec<Value> = Vec::with_capacity(entries.len() * 3);
    for (place, (entry, leaf)) in (from..).zip(entries.iter().zip(leaves)) {
        values.extend([number(place)?, entry.seq.into(), leaf.to_vec().into()]);
    }
    db.execute_raw(statement(db, &sql, values)).await?;
    let places = vec!["?"; entries.len()].join(", ");
    let sql = format!("DELETE FROM audit_unsealed WHERE seq IN ({places})");
    let values = entries.iter().map(|entry| entry.seq.into());
    db.execute_raw(statement(db, &sql, values)).await?;
    Ok(())
}

pub(super) fn number(size: u64) -> Result<Value, Failure> {
    let number = i64::try_from(size).map_err(|_| Failure::park("a log beyond all sizes"))?;
    Ok(number.into())
}

/// The edge of a tree, held until the transaction ends. `None` where no such tree is kept.
pub(super) async fn hold(db: &DatabaseTransaction, log: &str) -> Result<Option<Edge>, Failure> {
    let lock = if db.get_database_backend() == DbBackend::Postgres {
        "FOR UPDATE"
    } else {
        ""
    };
    let sql = format!("SELECT size, peaks FROM audit_trees WHERE log = ? {lock}");
    let Some(row) = db.query_one_raw(statement(db, &sql, [log.into()])).await? else {
        return Ok(None);
    };
    let (size, peaks): (i64, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let (peaks, rest) = peaks.as_chunks::<32>();
    let edge = u64::try_from(size).ok().filter(|_| rest.is_empty());
    let edge = edge.and_then(|size| Edge::new(size, peaks.to_vec()));
    edge.map(Some)
        .ok_or_else(|| Failure::park("the edge of an audit log's tree cannot be read"))
}

/// Keeps the edge of a tree.
pub(super) async fn keep(db: &DatabaseTransaction, log: &str, edge: &Edge) -> Result<(), Failure> {
    let sql = "INSERT INTO audit_trees (log, size, peaks) VALUES (?, ?, ?) \
               ON CONFLICT (log) DO UPDATE SET size = excluded.size, peaks = excluded.peaks";
    let values = [
        log.into(),
        number(edge.size())?,
        edge.peaks().concat().into(),
    ];
    db.execute_raw(statement(db, sql, values)).await?;
    Ok(())
}

/// The newest checkpoint of this service's own log; none before anything was sealed.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let sql = "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1";
    let row = db.query_one_raw(statement(db, sql, [])).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}
