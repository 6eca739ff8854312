//! Parcels: ordered of the post office, taken back, and followed until they are with the citizen or back at the desk.

use chassis::{App, Failure, StartError, Tx, Work};
use chrono::TimeDelta;
use contracts::{Delivery, ResultId};
use procedure::Catalogue;

use super::hand_over;
use crate::{
    domain::{
        Step,
        evidence::Evidence,
        parcel::{News, State},
    },
    outside::{Away, cut},
    own::{CancelOrder, PlaceOrder, TrackParcels},
    post::{Post, Taken, wire::Status},
    store::{
        self, Entry, Receipt,
        parcels::{self, Event, Parcel},
        recipients, rounds,
    },
};

const TRACKING: &str = "parcels";
/// The longest that a status is.
const LONGEST: usize = 300;

fn away(error: &Away) -> Failure {
    Failure::down("post office", error.to_string())
}

async fn found(work: &Work, number: &str) -> Result<(Parcel, Entry), Failure> {
    let parcel = parcels::parcel(work.reads(), number).await?;
    let parcel = parcel.ok_or_else(|| Failure::park("there is no such parcel"))?;
    let entry = store::entry(work.reads(), parcel.result).await?;
    let entry = entry.ok_or_else(super::unknown)?;
    Ok((parcel, entry))
}

/// Gives an order to the post office: a call to the outside world, perhaps made twice under one number.
pub async fn place(asked: PlaceOrder, work: Work) -> Result<Option<Taken>, Failure> {
    let (parcel, entry) = found(&work, &asked.parcel).await?;
    if parcel.state != State::Ordered {
        return Ok(None);
    }
    let recipients = recipients::of(work.reads(), [entry.dossier]).await?;
    let desk = recipients
        .first()
        .map_or(&entry.book.organisation, |recipient| &recipient.desk);
    let catalogue = work.part::<Catalogue>();
    let code = desk.parse()?;
    let desk = catalogue
        .organisation(&code)
        .ok_or_else(|| Failure::park(format!("the catalogue has no organisation {code}")))?;
    let post = work.part::<Post>();
    let taken = post
        .order(&parcel.number, &entry.code, desk, &parcel.receiver)
        .await;
    taken.map(Some).map_err(|error| away(&error))
}

/// Writes down what the post office made of an order. What was given up meanwhile is taken back there, too.
pub async fn placed(asked: PlaceOrder, taken: Option<Taken>, tx: Tx) -> Result<(), Failure> {
    let parcel = held(&tx, &asked.parcel).await?;
    match (parcel.state, taken) {
        (State::Cancelling | State::Cancelled, _) => tx.say(&CancelOrder {
            parcel: asked.parcel,
            dossier: asked.dossier,
        }),
        (State::Ordered, Some(Taken::Done(item))) => {
            parcels::change(tx.db(), &parcel.number, State::Accepted, None, tx.now()).await?;
            if let Some(item) = item {
                parcels::call(tx.db(), &parcel.number, &item).await?;
            }
        }
        (State::Ordered, Some(Taken::Refused(reason))) => {
            let reason = Some(reason);
            parcels::change(tx.db(), &parcel.number, State::Refused, reason, tx.now()).await?;
        }
        // What it said of the parcel was heard first.
        _ => {}
    }
    Ok(())
}

async fn held(tx: &Tx, number: &str) -> Result<Parcel, Failure> {
    let held = parcels::hold(tx.db(), number).await?;
    held.ok_or_else(|| Failure::park("there is no such parcel"))
}

/// Has every parcel of a result taken back that the post office has, or may have.
pub async fn give_up(tx: &Tx, entry: &Entry) -> Result<(), Failure> {
    for parcel in parcels::of(tx.db(), [entry.id]).await? {
        cancel(tx, entry, &parcel.number).await?;
    }
    Ok(())
}

/// Has a parcel taken back; `false` when there is nothing to take back.
pub async fn cancel(tx: &Tx, entry: &Entry, number: &str) -> Result<bool, Failure> {
    let parcel = held(tx, number).await?;
    if !matches!(parcel.state, State::Ordered | State::Accepted) {
        return Ok(false);
    }
    parcels::change(tx.db(), number, State::Cancelling, None, tx.now()).await?;
    tx.say(&CancelOrder {
        parcel: number.to_owned(),
        dossier: entry.dossier,
    });
    Ok(true)
}

/// Takes an order back from the post office: a call to the outside world, perhaps made twice.
pub async fn take_back(asked: CancelOrder, work: Work) -> Result<Taken, Failure> {
    let post = work.part::<Post>();
    let taken = post.cancel(&asked.parcel).await;
    taken.map_err(|error| away(&error))
}

/// Writes down what the post office made of that.
pub async fn taken_back(asked: CancelOrder, taken: Taken, tx: Tx) -> Result<(), Failure> {
    let parcel = held(&tx, &asked.parcel).await?;
    let (to, reason) = match taken {
        Taken::Done(_) => (State::Cancelled, None),
        Taken::Refused(reason) => (State::Accepted, Some(reason)),
    };
    if matches!(parcel.state, State::Cancelling | State::Cancelled) && parcel.state != to {
        parcels::change(tx.db(), &parcel.number, to, reason, tx.now()).await?;
    }
    Ok(())
}

/// Begins to ask for statuses, at the very first start.
pub async fn begin(app: App) -> Result<(), StartError> {
    let begun: Result<(), Failure> = app
        .transact(async |tx| {
            if rounds::begin(tx.db(), TRACKING, tx.now()).await? {
                next(&tx);
            }
            Ok(())
        })
        .await;
    begun.map_err(|failure| StartError::because("delivery: its rounds", &failure).passing())
}

fn next(tx: &Tx) {
    let minutes = tx.part::<Post>().contract().track_minutes;
    let when = tx.now() + TimeDelta::minutes(minutes.into());
    tx.send_at(when, &TrackParcels {});
}

/// Reads what the post office says. When it says nothing, it is asked in the next round.
pub async fn track(_: TrackParcels, work: Work) -> Result<Vec<Status>, Failure> {
    let post = work.part::<Post>();
    if !post.is_there() {
        return Ok(Vec::new());
    }
    let known = rounds::reached(work.reads(), TRACKING).await?;
    Ok(post.track(known).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the post office does not say what became of its parcels");
        Vec::new()
    }))
}

/// Writes down what the post office said, each thing once, and what follows from it.
pub async fn tracked(_: TrackParcels, statuses: Vec<Status>, tx: Tx) -> Result<(), Failure> {
    let known = rounds::hold(tx.db(), TRACKING).await?;
    let last = statuses.iter().map(|status| status.id).max();
    for status in statuses {
        hear(&tx, status).await?;
    }
    if let Some(last) = last.filter(|last| *last > known) {
        rounds::reach(tx.db(), TRACKING, last).await?;
    }
    next(&tx);
    Ok(())
}

async fn hear(tx: &Tx, status: Status) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    // Another office's parcel, of the same customer.
    let Some(parcel) = parcels::parcel(db, &status.order_number).await? else {
        return Ok(());
    };
    let event = Event {
        id: status.id,
        parcel: parcel.number.clone(),
        code: cut(&status.status_code, 50),
        message: cut(&status.status_message, LONGEST),
        happened_at: status.status_time.map_or(now, |at| at.min(now)),
    };
    if !parcels::hear(db, &event).await? {
        return Ok(());
    }
    if let Some(item) = status.item_code().filter(|_| parcel.item_code.is_none()) {
        parcels::call(db, &parcel.number, &item).await?;
    }
    let news = tx.part::<Post>().contract().codes.meaning(&event.code);
    // A result is held before its parcels, here as elsewhere.
    let entry = store::hold(db, parcel.result).await?;
    let entry = entry.ok_or_else(super::unknown)?;
    let parcel = held(tx, &parcel.number).await?;
    let to = parcel.state.hearing(news);
    if to != parcel.state {
        let reason = to.has_failed().then(|| event.message.clone());
        parcels::change(db, &parcel.number, to, reason, now).await?;
    }
    if news == News::Delivered {
        delivered(tx, &entry, event).await?;
    }
    Ok(())
}

/// A parcel reached the citizen, and with it the result, unless it went another way meanwhile.
async fn delivered(tx: &Tx, entry: &Entry, event: Event) -> Result<(), Failure> {
    let Ok(handed_over) = entry.state.after(Step::HandOver) else {
        return Ok(());
    };
    let receipt = Receipt {
        evidence: Some(Evidence::Tracking {
            parcel: event.parcel,
            event: event.id,
            message: event.message,
            at: event.happened_at,
        }),
        ..Receipt::default()
    };
    hand_over(tx, entry, handed_over, Delivery::Post, receipt).await
}

/// The number of a result's next parcel. It begins with the dossier's code, by which the post office's own people look.
pub async fn number(tx: &Tx, entry: &Entry) -> Result<String, Failure> {
    let beginning = format!("{}-P", entry.code);
    let before = parcels::count(tx.db(), &beginning).await?;
    Ok(format!("{beginning}{}", before + 1))
}

/// Whether the paper is in the post office's hands, or may be.
pub async fn is_under_way(tx: &Tx, result: ResultId) -> Result<bool, Failure> {
    Ok(parcels::is_under_way(tx.db(), result).await?)
}
