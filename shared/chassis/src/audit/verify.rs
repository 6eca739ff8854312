//! Verifying a log: its entries against its leaves, its leaves against every checkpoint, its own and those that others kept.

use std::{collections::BTreeMap, fmt};

use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::{COLUMNS, Checkpoint, Entry, Verifier, read, tree::Edge};
use crate::{Database, database::statement};

/// How many leaves are read at once.
const PART: i64 = 5_000;

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// An entry is not what it was when it was sealed.
    Changed {
        /// The entry.
        seq: i64,
    },
    /// An entry that was sealed is not there.
    Missing {
        /// The entry.
        seq: i64,
    },
    /// A leaf is not there.
    NoLeaf {
        /// Its place.
        leaf: u64,
    },
    /// An entry has no leaf, and does not wait for one: it was put in by hand, or what was to seal it was taken away.
    Unsealed {
        /// The entry.
        seq: i64,
    },
    /// The leaves do not make the tree of a checkpoint: they were changed before that size.
    Rewritten {
        /// The checkpoint's size.
        size: u64,
    },
    /// A checkpoint says that there were more entries than there are.
    Shortened {
        /// The checkpoint's size.
        size: u64,
    },
    /// A checkpoint bears no signature of the log's key, or is of another log.
    Unsigned {
        /// Which, as it was given.
        note: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { seq } => write!(f, "entry {seq} was changed"),
            Self::Missing { seq } => write!(f, "entry {seq} was removed"),
            Self::NoLeaf { leaf } => write!(f, "leaf {leaf} was removed"),
            Self::Unsealed { seq } => write!(f, "entry {seq} was never sealed"),
            Self::Rewritten { size } => {
                write!(
                    f,
                    "the first {size} entries are not those of the checkpoint of that size"
                )
            }
            Self::Shortened { size } => write!(
                f,
                "a checkpoint tells of {size} entries, which are not there"
            ),
            Self::Unsigned { note } => {
                write!(f, "not a checkpoint of this log, by its key: {note:?}")
            }
        }
    }
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries in the tree.
    pub entries: u64,
    /// Entries that wait to be sealed.
    pub waiting: u64,
    /// Checkpoints that were compared.
    pub checkpoints: usize,
    /// What does not fit, in the order of the log.
    pub findings: Vec<Finding>,
}

/// Reads a whole log and compares it with its own checkpoints and with the notes `outside`, which others kept.
pub async fn verify(
    db: &Database,
    origin: &str,
    keys: &[Verifier],
    outside: &[String],
) -> Result<Verified, DbErr> {
    let reads = db.reads();
    let sql = "SELECT note FROM audit_checkpoints ORDER BY size";
    let own = reads.query_all_raw(statement(reads, sql, [])).await?;
    let own: Vec<String> = own
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    let mut findings = Vec::new();
    let mut expected: BTreeMap<u64, Vec<Checkpoint>> = BTreeMap::new();
    for note in own.iter().chain(outside) {
        match Checkpoint::signed(note, keys).filter(|read| read.origin == origin) {
            Some(read) => expected.entry(read.size).or_default().push(read),
            None => findings.push(Finding::Unsigned { note: note.clone() }),
        }
    }
    let mut edge = Edge::default();
    loop {
        let rows = leaves(db, &edge).await?;
        let Some(last) = rows.len().checked_sub(1) else {
            break;
        };
        for row in &rows[..=last] {
            follow(row, &mut edge, &mut findings)?;
            let here = expected
                .get(&edge.size())
                .map(Vec::as_slice)
                .unwrap_or_default();
            if here.iter().any(|checkpoint| checkpoint.root != edge.root()) {
                findings.push(Finding::Rewritten { size: edge.size() });
            }
        }
    }
    let beyond = expected.range(edge.size() + 1..);
    findings.extend(beyond.map(|(size, _)| Finding::Shortened { size: *size }));
    findings.extend(unsealed(db).await?);
    Ok(Verified {
        entries: edge.size(),
        waiting: count(db, "SELECT COUNT(*) FROM audit_unsealed").await?,
        checkpoints: expected.values().map(Vec::len).sum(),
        findings,
    })
}

/// The next leaves, with their entries where they are.
async fn leaves(db: &Database, edge: &Edge) -> Result<Vec<QueryResult>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS}, audit_leaves.leaf, audit_leaves.seq, audit_leaves.hash FROM audit_leaves \
         LEFT JOIN audit_log ON audit_log.seq = audit_leaves.seq \
         WHERE audit_leaves.leaf >= ? ORDER BY audit_leaves.leaf LIMIT ?"
    );
    let from = i64::try_from(edge.size()).unwrap_or(i64::MAX);
    let values = [from.into(), PART.into()];
    db.reads()
        .query_all_raw(statement(db.reads(), &sql, values))
        .await
}

/// Adds the leaf of a row. Where leaves are missing, the tree goes on as if they were nothing, and fits no checkpoint from there on.
fn follow(row: &QueryResult, edge: &mut Edge, findings: &mut Vec<Finding>) -> Result<(), DbErr> {
    let (leaf, seq): (i64, i64) = (row.try_get_by_index(7)?, row.try_get_by_index(8)?);
    let hash: Vec<u8> = row.try_get_by_index(9)?;
    let leaf = u64::try_from(leaf).unwrap_or_default();
    while edge.size() < leaf {
        findings.push(Finding::NoLeaf { leaf: edge.size() });
        edge.push([0; 32]);
    }
    let entry: Option<Entry> = match row.try_get_by_index::<Option<i64>>(0)? {
        Some(_) => Some(read(row)?),
        None => None,
    };
    match entry {
        None => findings.push(Finding::Missing { seq }),
        Some(entry) if entry.leaf().as_slice() != hash => findings.push(Finding::Changed { seq }),
        Some(_) => {}
    }
    edge.push(hash.try_into().unwrap_or_default());
    Ok(())
}

/// The notes of a text that holds one after the other, as `audit-log witnessed` prints them.
pub fn notes(text: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let mut signed = true;
    for line in text.lines() {
        let signature = line.starts_with("\u{2014} ");
        if signed && !signature {
            if line.is_empty() {
                continue;
            }
            notes.push(String::new());
        }
        signed = signature;
        if let Some(note) = notes.last_mut() {
            note.push_str(line);
            note.push('\n');
        }
    }
    notes
}

async fn unsealed(db: &Database) -> Result<Vec<Finding>, DbErr> {
    let sql = "SELECT seq FROM audit_log WHERE seq NOT IN (SELECT seq FROM audit_leaves) \
               AND seq NOT IN (SELECT seq FROM audit_unsealed) ORDER BY seq";
    let rows = db
        .reads()
        .query_all_raw(statement(db.reads(), sql, []))
        .await?;
    let each = |row: &QueryResult| {
        Ok(Finding::Unsealed {
            seq: row.try_get_by_index(0)?,
        })
    };
    rows.iter().map(each).collect()
}

async fn count(db: &Database, sql: &str) -> Result<u64, DbErr> {
    let row = db
        .reads()
        .query_one_raw(statement(db.reads(), sql, []))
        .await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_apart_by_their_signatures() {
        let one = "a\n1\nroot\n\n\u{2014} a x\n\u{2014} b y\n";
        let two = "a\n2\nroot\n\n\u{2014} a z\n";
        assert_eq!(notes(&format!("{one}\n{two}")), [one, two]);
        assert_eq!(notes(&format!("\n{one}{two}\n")), [one, two]);
        assert_eq!(notes(""), Vec::<String>::new());
    }
}
