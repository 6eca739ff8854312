//! The five services of the chain, on the chassis as it is.

use chassis::{Failure, Migration, Service, StartError, Tx};
use contracts::{DossierId, Kind, Message};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};

/// How many services a message passes.
pub const HOPS: usize = 5;
const NAMES: [&str; HOPS] = ["bench-1", "bench-2", "bench-3", "bench-4", "bench-5"];
/// The queue after the last hop, where the driver counts.
pub(crate) const SINK: &str = "bench-sink";

/// How often each message was seen here.
const PASSED: &str = "CREATE TABLE passed (dossier VARCHAR(36) PRIMARY KEY, times BIGINT NOT NULL)";

/// What passes from service to service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hop {
    /// Who hears it.
    pub to: String,
    /// Which message of the run.
    pub dossier: DossierId,
    /// When it was sent, microseconds since 1970.
    pub sent_at: i64,
    /// Fills it up to its size.
    pub filler: String,
}

impl Message for Hop {
    const TYPE: &'static str = "bench.hop.v1";
    const KIND: Kind = Kind::Command;
    const ADDRESSED: bool = true;

    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }

    fn addressee(&self) -> Option<&str> {
        Some(&self.to)
    }
}

/// The name of a worker.
pub(crate) fn name(number: usize) -> Result<&'static str, StartError> {
    let index = number.checked_sub(1).filter(|index| *index < HOPS);
    index
        .map(|index| NAMES[index])
        .ok_or_else(|| StartError::new(format!("--service is a number from 1 to {HOPS}")))
}

/// One of the five services.
pub fn service(number: usize) -> Result<Service, StartError> {
    let next = NAMES.get(number).copied().unwrap_or(SINK);
    Ok(Service::new(name(number)?)
        .migrations(|| vec![Migration::new("m0001_passed", PASSED)])
        .hears_many(move |hops: Vec<Hop>, tx: Tx| async move { pass_on(hops, next, tx).await })
        .says::<Hop>())
}

async fn pass_on(hops: Vec<Hop>, next: &str, tx: Tx) -> Result<(), Failure> {
    save(tx.db(), &hops).await?;
    for hop in hops {
        tx.say(&Hop {
            to: next.to_owned(),
            ..hop
        });
    }
    Ok(())
}

/// One row a message: how often it was seen here. Exactly once means that every row says 1.
async fn save(db: &impl ConnectionTrait, hops: &[Hop]) -> Result<(), DbErr> {
    let ids: Vec<uuid::Uuid> = hops.iter().map(|hop| hop.dossier.0).collect();
    let list = serde_json::json!(ids).to_string();
    let backend = db.get_database_backend();
    let source = match backend {
        sea_orm::DbBackend::Postgres => {
            "SELECT value, 1 FROM json_array_elements_text($1::json) AS value"
        }
        _ => "SELECT value, 1 FROM json_each($1) WHERE true",
    };
    let sql = format!(
        "INSERT INTO passed (dossier, times) {source} ON CONFLICT (dossier) DO UPDATE SET times = passed.times + 1"
    );
    db.execute_raw(Statement::from_sql_and_values(backend, sql, [list.into()]))
        .await
        .map(|_| ())
}
