//! Signals against forged dossiers: what a dossier has in common with others, and what its identity card says. All of it happens after
//! filing, by messages that intake says to itself: filing neither waits for it nor fails by it, and nobody is refused by it.
//! Decision 0053.

mod look;

use std::{collections::BTreeSet, sync::LazyLock};

use chassis::{App, Failure, StartError, Tx, auth::Claims};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    CitizenId, DossierId,
    intake::{Signal, SignalsFound},
};
use opentelemetry::{KeyValue, global, metrics::Counter};

use crate::{
    config::Config,
    digests::Digests,
    domain::signals::{self, Weighed},
    own::{Filing, ForgetMarks, MarkDossier, WeighDossier},
    store,
};

const ROUND: &str = "forget-marks";
/// How often it is looked what is to be forgotten.
const EVERY: TimeDelta = TimeDelta::hours(24);
/// The most other dossiers that are weighed anew because of one.
const ANEW: usize = 20;

/// Signals that were found, by code; of nobody.
static FOUND: LazyLock<Counter<u64>> = LazyLock::new(|| {
    let meter = global::meter("motcua");
    let counter = meter.u64_counter("motcua.signals.found");
    counter
        .with_unit("{signal}")
        .with_description("Signals against forged dossiers, by code")
        .build()
});

/// A dossier was filed.
pub fn filed(tx: &Tx, claims: &Claims, dossier: DossierId, number: &CitizenId) {
    let digests = tx.part::<Digests>();
    let filing = Filing {
        account: claims.sub,
        person: digests.person(number),
        name: digests.name(claims.name.as_str()),
        phone: claims.phone.as_ref().map(|phone| digests.phone(phone)),
        email: claims.email.as_ref().map(|email| digests.email(email)),
        assurance: claims.assurance,
        filed_at: tx.now(),
    };
    tx.say(&MarkDossier {
        dossier,
        filing: Some(filing),
    });
}

/// A dossier was supplemented.
pub fn supplemented(tx: &Tx, dossier: DossierId) {
    tx.say(&MarkDossier {
        dossier,
        filing: None,
    });
}

/// Makes a dossier one that is found again. It is weighed when that is committed, so that of two dossiers filed at once at least one
/// sees the other.
pub async fn mark(heard: MarkDossier, tx: Tx) -> Result<(), Failure> {
    let id = heard.dossier;
    if let Some(filing) = &heard.filing {
        store::signals::file(tx.db(), id, filing).await?;
    }
    let filed = store::signals::hold(tx.db(), id).await?;
    let dossier = store::dossier(tx.db(), id).await?;
    // Filed before signals were looked for, or forgotten since: then it is not looked at.
    let (Some(filed), Some(dossier)) = (filed, dossier) else {
        return Ok(());
    };
    let marks = look::marks(&tx, &dossier, &filed.filing).await?;
    store::signals::mark(tx.db(), id, &filed.filing, marks).await?;
    tx.say(&WeighDossier {
        dossier: id,
        again: false,
    });
    Ok(())
}

/// Weighs a dossier, tells officers what has changed, and has those weighed anew that share a file or a person with it.
pub async fn weigh(heard: WeighDossier, tx: Tx) -> Result<(), Failure> {
    let id = heard.dossier;
    let filed = store::signals::hold(tx.db(), id).await?;
    let dossier = store::dossier(tx.db(), id).await?;
    let (Some(filed), Some(dossier)) = (filed, dossier) else {
        return Ok(());
    };
    let seen = look::at(&tx, &dossier, &filed.filing).await?;
    let config = &tx.config::<Config>().signals;
    let weighed = signals::weigh(&seen, &config.rules, &config.weights);
    if weighed.signals != filed.said {
        tell(&tx, id, filed.revision + 1, &filed.said, weighed).await?;
    }
    if !heard.again {
        let sharing = seen.files.iter().flat_map(|file| &file.others.dossiers);
        let related: BTreeSet<_> = sharing.chain(&seen.elsewhere).copied().collect();
        for dossier in related.into_iter().rev().take(ANEW) {
            tx.say(&WeighDossier {
                dossier,
                again: true,
            });
        }
    }
    Ok(())
}

async fn tell(
    tx: &Tx,
    dossier: DossierId,
    revision: u32,
    before: &[Signal],
    weighed: Weighed,
) -> Result<(), Failure> {
    store::signals::say(tx.db(), dossier, revision, &weighed.signals).await?;
    let known = |signal: &&Signal| before.iter().all(|known| known.code != signal.code);
    for signal in weighed.signals.iter().filter(known) {
        FOUND.add(1, &[KeyValue::new("code", signal.code.clone())]);
    }
    tx.say(&SignalsFound {
        dossier,
        revision,
        score: weighed.score,
        level: weighed.level,
        signals: weighed.signals,
        found_at: tx.now(),
    });
    Ok(())
}

/// From when on what was filed is remembered.
fn remembered_since(tx: &Tx, until: DateTime<Utc>) -> DateTime<Utc> {
    let days = tx.config::<Config>().signals.days;
    until - TimeDelta::days(i64::from(days))
}

/// Begins to forget, at the very first start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let begun: Result<(), Failure> = app
        .transact(async |tx| {
            if store::signals::begin(tx.db(), ROUND, tx.now()).await? {
                tx.send_at(tx.now() + EVERY, &ForgetMarks {});
            }
            Ok(())
        })
        .await;
    begun.map_err(|failure| StartError::because("intake: its rounds", &failure).passing())
}

/// Forgets the marks whose time is over.
pub async fn forget(_: ForgetMarks, tx: Tx) -> Result<(), Failure> {
    store::signals::forget(tx.db(), remembered_since(&tx, tx.now())).await?;
    tx.send_at(tx.now() + EVERY, &ForgetMarks {});
    Ok(())
}
