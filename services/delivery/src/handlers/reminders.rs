//! Results that wait and that nobody takes: their owner is reminded, and in the end an officer calls.

use chassis::{App, Failure, StartError, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::delivery::{ResultUnclaimed, WaitsFor};

use crate::{
    config::{Config, Unclaimed},
    domain::parcel,
    own::RemindOwners,
    store::{
        Entry,
        parcels::{self, Parcel},
        reminders::{self, Reminder, Waits},
        rounds,
    },
};

const ROUND: &str = "reminders";
/// How often it is looked.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How many results are looked at together.
const TOGETHER: u64 = 500;

/// Begins to look, at the very first start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let begun: Result<(), Failure> = app
        .transact(async |tx| {
            if rounds::begin(tx.db(), ROUND, tx.now()).await? {
                tx.send_at(tx.now() + EVERY, &RemindOwners {});
            }
            Ok(())
        })
        .await;
    begun.map_err(|failure| StartError::because("delivery: its rounds", &failure).passing())
}

/// Looks what waits and reminds its owners, of each number of days once.
pub async fn remind(_: RemindOwners, tx: Tx) -> Result<(), Failure> {
    rounds::hold(tx.db(), ROUND).await?;
    let unclaimed = &tx.config::<Config>().unclaimed;
    for waits in [Waits::OnPaper, Waits::InThePortal] {
        let mut after = None;
        loop {
            let some = reminders::waiting(tx.db(), waits, after, TOGETHER).await?;
            let Some(last) = some.last().map(|entry| entry.id) else {
                break;
            };
            after = Some(last);
            remind_of(&tx, unclaimed, &some).await?;
        }
    }
    tx.send_at(tx.now() + EVERY, &RemindOwners {});
    Ok(())
}

async fn remind_of(tx: &Tx, unclaimed: &Unclaimed, some: &[Entry]) -> Result<(), Failure> {
    let db = tx.db();
    let ids = || some.iter().map(|entry| entry.id);
    let parcels = parcels::of(db, ids()).await?;
    let said = reminders::of(db, ids()).await?;
    for entry in some {
        let own: Vec<_> = parcels
            .iter()
            .filter(|parcel| parcel.result == entry.id)
            .collect();
        let Some((waits_for, since)) = wait_of(entry, &own) else {
            continue;
        };
        let steps = unclaimed.days(waits_for);
        let is_said = |days: u32| {
            let mut own = said.iter().filter(|reminder| reminder.result == entry.id);
            own.any(|reminder| reminder.since == since && reminder.days == days)
        };
        let due = steps
            .iter()
            .filter(|days| tx.now() - since >= TimeDelta::days(i64::from(**days)));
        let due: Vec<u32> = due.copied().filter(|days| !is_said(*days)).collect();
        // Where several are due at once, because nobody looked for days, one is said.
        let Some(said_now) = due.iter().max().copied() else {
            continue;
        };
        let is_last = steps.iter().max() == Some(&said_now);
        let mut is_new = false;
        for days in due {
            let reminder = Reminder {
                result: entry.id,
                since,
                days,
                is_last: is_last && days == said_now,
            };
            let put = reminders::put(db, &reminder, tx.now()).await?;
            is_new |= put && days == said_now;
        }
        if is_new {
            tx.say(&ResultUnclaimed {
                result: entry.id,
                dossier: entry.dossier,
                number: entry.number.clone(),
                waits_for,
                days: u32::try_from((tx.now() - since).num_days()).unwrap_or(said_now),
                is_last,
                noticed_at: tx.now(),
            });
        }
    }
    Ok(())
}

/// What a result waits for that its owner has to do, and since when; nothing where it is the desk's or the post's turn.
fn wait_of(entry: &Entry, parcels: &[&Parcel]) -> Option<(WaitsFor, DateTime<Utc>)> {
    use contracts::Delivery;
    if let Some((by, at)) = &entry.handed_over {
        let is_unopened = *by == Delivery::Portal && entry.opened_at.is_none();
        return is_unopened.then_some((WaitsFor::Opening, *at));
    }
    if parcels.iter().any(|parcel| parcel.state.is_open()) {
        return None;
    }
    let last = parcels.iter().max_by_key(|parcel| parcel.ordered_at);
    if let Some(back) = last.filter(|parcel| parcel.state == parcel::State::Returned) {
        return Some((WaitsFor::AnotherWay, back.changed_at));
    }
    let (_, issued_at) = entry.issued.as_ref()?;
    (entry.delivery == Delivery::Counter).then_some((WaitsFor::Collection, *issued_at))
}
