//! What providers tell of messages that they took: it arrived, or it came back.

use std::time::Duration;

use chassis::{App, Failure, Tx};
use chrono::TimeDelta;

use super::{directs, standing};
use crate::{
    channel::{Outcome, Providers, Receipt},
    own::Dispatch,
    policies::Policies,
    store::{
        attempts::{self, Attempt, State},
        receipts::{self, Early},
        tellings,
    },
};

/// The pause before receipts are listened for again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a receipt waits for the answer that names what it is about.
const KEPT: TimeDelta = TimeDelta::days(3);

/// Takes a receipt. One that comes again changes nothing; one that comes before its message's answer is kept for it.
pub async fn take(tx: &Tx, receipt: &Receipt) -> Result<(), Failure> {
    let (state, code) = match &receipt.outcome {
        Outcome::Delivered => (State::Delivered, None),
        Outcome::Undeliverable { code, .. } => (State::Failed, Some(code.as_str())),
        Outcome::Unknown => return Ok(()),
    };
    let db = tx.db();
    let found = attempts::by_reference(db, &receipt.provider, &receipt.reference).await?;
    let Some(attempt) = found else {
        if directs::receipted(tx, receipt).await? {
            return Ok(());
        }
        let early = Early {
            provider: receipt.provider.clone(),
            reference: receipt.reference.clone(),
            state,
            code: code.map(str::to_owned),
            at: receipt.at,
        };
        receipts::keep(db, &early).await?;
        return Ok(receipts::forget(db, tx.now() - KEPT).await?);
    };
    if attempts::receipted(db, &attempt, state, code, receipt.at).await? {
        climb_on(tx, &attempt, state).await?;
    }
    Ok(())
}

/// What follows from a receipt for the telling.
async fn climb_on(tx: &Tx, attempt: &Attempt, to: State) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(telling) = tellings::find(db, [attempt.telling]).await?.pop() else {
        return Ok(());
    };
    // What was believed to be with the person came back: the next rung's turn, after all.
    let came_back = to == State::Failed
        && matches!(attempt.state, State::Taken | State::Accepted)
        && telling.state == tellings::State::Delivered;
    if came_back {
        tellings::reopen(db, telling.id, tellings::State::Delivered, now).await?;
        tx.say(&Dispatch {});
        return Ok(());
    }
    // It arrived after it was given up: that is told all the same, but for a call that somebody may be making.
    if to == State::Delivered && telling.state == tellings::State::Exhausted {
        tellings::reopen(db, telling.id, tellings::State::Exhausted, now).await?;
    }
    let (providers, policies) = (tx.part::<Providers>(), tx.part::<Policies>());
    for standing in standing::load(db, &providers, &policies, vec![telling]).await? {
        let step = standing.step(&policies, now);
        standing.settle(tx, step).await?;
    }
    tx.say(&Dispatch {});
    Ok(())
}

/// Takes the receipts that come over lines which are held open, for as long as the process runs. One that could not be written
/// down is not acknowledged: its line is asked anew, and says it again.
pub async fn listen(app: App) -> Result<(), chassis::StartError> {
    tokio::spawn(async move {
        loop {
            let receipts = app.part::<Providers>().receipts();
            futures::pin_mut!(receipts);
            loop {
                let Some(receipt) = futures::StreamExt::next(&mut receipts).await else {
                    return;
                };
                let taken = app.transact(async |tx| take(&tx, &receipt).await).await;
                if let Err(failure) = taken {
                    tracing::warn!(error = %failure, "a receipt is not written down");
                    break;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    Ok(())
}
