//! Looking again at what was found clean: signatures change, and what nobody knew last month is known today.

use chassis::{Failure, Tx, Work};
use chrono::TimeDelta;
use files::Files;

use crate::{
    clamd::{self, Clamd, Opinion},
    domain::infected,
    keeping,
    own::ScanAgain,
    said,
    store::{self, Document, safety},
};

/// Documents looked at in one go.
const BATCH: u64 = 20;

/// The virus scanner, where there is one, and how often what it has seen is looked at again.
#[derive(Debug, Clone)]
pub struct Scanner {
    /// The scanner.
    pub clamd: Option<Clamd>,
    /// Time from one round to the next.
    pub every: TimeDelta,
}

/// What a go brought to light.
#[derive(Debug, Default)]
pub struct Seen {
    version: String,
    opinions: Vec<(Document, Opinion)>,
    /// Where the next go goes on; none where this round is over.
    after: Option<contracts::DocumentId>,
}

impl Scanner {
    /// Begins to look again at what is accepted here, unless that has begun.
    pub async fn begin_rescans(&self, tx: &Tx) -> Result<(), Failure> {
        if self.clamd.is_some() && safety::begin_rescans(tx.db(), tx.now()).await? {
            tx.send_at(tx.now() + self.every, &ScanAgain { after: None });
        }
        Ok(())
    }
}

/// Has some documents looked through that an older version found clean, outside any transaction.
pub async fn look(command: ScanAgain, work: Work) -> Result<Seen, Failure> {
    let Some(clamd) = &work.part::<Scanner>().clamd else {
        return Ok(Seen::default());
    };
    let version = clamd.version().await.map_err(down)?;
    let batch = safety::scanned_otherwise(work.reads(), &version, command.after, BATCH).await?;
    let is_full = u64::try_from(batch.len()).unwrap_or(BATCH) == BATCH;
    let after = batch.last().map(|document| document.id).filter(|_| is_full);
    let mut opinions = Vec::new();
    for document in batch {
        // One that cannot be looked at holds up none of the others, and is looked at again in the next round.
        let held = |error: &dyn std::error::Error| {
            tracing::warn!(document = %document.id, error = %error, "a document could not be scanned again");
        };
        match work.part::<Files>().load(&document.hash).await {
            Ok(bytes) => match clamd.scan(&bytes).await {
                Ok(opinion) => opinions.push((document, opinion)),
                Err(error @ clamd::Error::Limit(_)) => held(&error),
                Err(error) => return Err(down(error)),
            },
            Err(error) => held(&error),
        }
    }
    Ok(Seen {
        version,
        opinions,
        after,
    })
}

/// Notes what was found, takes back what is infected and says so, and goes on.
pub async fn conclude(_: ScanAgain, seen: Seen, tx: Tx) -> Result<(), Failure> {
    for (document, opinion) in seen.opinions {
        match opinion {
            Opinion::Clean => safety::still_clean(tx.db(), document.id, &seen.version).await?,
            Opinion::Found(threat) => withdraw(&tx, document, &threat).await?,
        }
    }
    if seen.after.is_some() {
        tx.say(&ScanAgain { after: seen.after });
    } else {
        let every = tx.part::<Scanner>().every;
        tx.send_at(tx.now() + every, &ScanAgain { after: None });
    }
    Ok(())
}

async fn withdraw(tx: &Tx, document: Document, threat: &str) -> Result<(), Failure> {
    let reason = infected();
    let Ok(_) = document.state.withdraw() else {
        return Ok(());
    };
    if !safety::withdraw(tx.db(), document.id, &reason, threat, tx.now()).await? {
        return Ok(());
    }
    tracing::warn!(document = %document.id, threat, "an accepted document is infected and is taken back");
    keeping::take_back(tx, &document).await?;
    let pages = store::page_count(tx.db(), document.id).await?;
    tx.say(&said::withdrawn(&document, pages, reason, tx.now()));
    Ok(())
}

/// Whatever ails the scanner ails it for all documents: the round waits.
fn down(error: clamd::Error) -> Failure {
    Failure::down("virus scanner", error.to_string())
}
