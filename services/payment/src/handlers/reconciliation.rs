//! The hourly look at the books, and the nightly comparison of orders, gateways, bank, tills and books.

use chassis::{App, Failure, StartError, Tx};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::{
    config::Config,
    domain::{
        ON_DEMAND,
        reconciliation::{Change, changes},
    },
    own::{CheckAttempt, CheckBooks, FollowRefund, Reconcile},
    store::{
        self, ledger,
        reconciliation::{self as rows, BookCheck, Comparison, Since},
    },
    vnpay::GMT_7,
};

const BOOKS: &str = "books";
const COMPARISON: &str = "comparison";
/// When the nightly comparison is made, in Vietnam.
const NIGHT: NaiveTime = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
/// How long the gateways have to answer before what they said is compared.
const ANSWERED_AFTER: TimeDelta = TimeDelta::minutes(1);
/// The most attempts that one comparison has the gateway asked about.
const ASKED: u64 = 500;

/// Begins the rounds, at the very first start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let begun: Result<(), Failure> = app
        .transact(async |tx| {
            let now = tx.now();
            if rows::begin(tx.db(), BOOKS, now).await? {
                tx.send_at(now + TimeDelta::hours(1), &CheckBooks {});
            }
            if rows::begin(tx.db(), COMPARISON, now).await? {
                tx.send_at(next_night(now), &Reconcile::nightly());
            }
            Ok(())
        })
        .await;
    begun.map_err(|failure| StartError::because("payment: its rounds", &failure).passing())
}

/// The next time that the comparison is made by itself.
fn next_night(now: DateTime<Utc>) -> DateTime<Utc> {
    let local = now.with_timezone(&GMT_7);
    let tonight = local.date_naive().and_time(NIGHT);
    let next = if local.naive_local() < tonight {
        tonight
    } else {
        tonight + TimeDelta::days(1)
    };
    next.and_local_timezone(GMT_7)
        .single()
        .map_or(now + TimeDelta::days(1), |next| next.to_utc())
}

/// Looks whether the books are in balance and say what orders, attempts, tills and the bank's lines say.
pub async fn check_books(_: CheckBooks, tx: Tx) -> Result<(), Failure> {
    rows::hold(tx.db(), BOOKS).await?;
    if !look(&tx).await?.is_balanced() {
        tx.say(&Reconcile::again(""));
    }
    tx.send_at(tx.now() + TimeDelta::hours(1), &CheckBooks {});
    Ok(())
}

async fn look(tx: &Tx) -> Result<BookCheck, Failure> {
    let db = tx.db();
    let balances = ledger::balances(db).await?.into_iter();
    let check = BookCheck {
        checked_at: tx.now(),
        sum: ledger::balance_of_all(db).await?,
        differing: balances
            .filter(|balance| balance.books != balance.records)
            .collect(),
    };
    if !check.is_balanced() {
        let accounts: Vec<_> = check
            .differing
            .iter()
            .map(|balance| balance.account.as_str())
            .collect();
        tracing::error!(
            sum = check.sum,
            ?accounts,
            "the books do not agree with what they stand for"
        );
    }
    rows::checked(db, tx.new_id(), &check).await?;
    Ok(check)
}

/// Compares everything with everything. The first time the gateway is asked about all that it has not told; a minute later,
/// with its answers, it is compared again.
pub async fn reconcile(command: Reconcile, tx: Tx) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    rows::hold(db, COMPARISON).await?;
    let check = look(&tx).await?;
    let config = tx.config::<Config>();
    let late = &config.reconciliation;
    let days = |days: u32| now - TimeDelta::days(i64::from(days));
    let today = now.with_timezone(&GMT_7).date_naive();
    let today = today.and_time(NaiveTime::MIN).and_local_timezone(GMT_7);
    let since = Since {
        attempts: days(late.attempt_days),
        payouts: days(late.payout_days),
        lines: days(late.line_days),
        refunds: days(late.refund_days),
        today: today.single().map_or(now, |today| today.to_utc()),
        tills: days(late.till_days),
    };
    let (found, cut) = rows::find(db, &since, &check.differing, now).await?;
    let standing = rows::standing(db).await?;
    let mut comparison = Comparison {
        run_at: now,
        run_by: command.by.clone(),
        asked: 0,
        found: 0,
        gone: 0,
        open: 0,
    };
    for change in changes(found, &standing, &cut) {
        match change {
            Change::Open(_) => comparison.found += 1,
            Change::Gone { .. } => comparison.gone += 1,
            Change::Seen(_) => {}
        }
        rows::change(db, tx.new_id(), &change, now).await?;
    }
    let before = standing.iter().filter(|item| !item.is_explained).count();
    comparison.open = before + comparison.found - comparison.gone;
    if !command.is_second {
        comparison.asked = ask_all(&tx).await?;
        tx.send_at(now + ANSWERED_AFTER, &Reconcile::again(&command.by));
    }
    rows::keep(db, tx.new_id(), &comparison).await?;
    if command.is_nightly {
        tx.send_at(next_night(now), &Reconcile::nightly());
    }
    Ok(())
}

/// Has the gateway asked about every attempt that it has not told about, or that its file tells otherwise, and about every
/// refund that it has in hand.
async fn ask_all(tx: &Tx) -> Result<usize, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let attempts = store::to_ask_about(db, now, ASKED).await?;
    for (txn_ref, dossier) in &attempts {
        tx.say(&CheckAttempt {
            txn_ref: txn_ref.clone(),
            dossier: *dossier,
            round: ON_DEMAND,
        });
    }
    let refunds = store::refunds::in_hand(db, ASKED).await?;
    for (refund, dossier) in &refunds {
        tx.say(&FollowRefund {
            refund: *refund,
            dossier: *dossier,
            round: ON_DEMAND,
        });
    }
    Ok(attempts.len() + refunds.len())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_night_is_vietnams() {
        let at = |day, hour, minute| {
            Utc.with_ymd_and_hms(2026, 10, day, hour, minute, 0)
                .unwrap()
        };
        assert_eq!(next_night(at(7, 19, 29)), at(7, 19, 30));
        assert_eq!(next_night(at(7, 19, 30)), at(8, 19, 30));
        assert_eq!(next_night(at(8, 2, 15)), at(8, 19, 30));
    }
}
