//! What the desk does with each message it hears.

use chassis::{Failure, Tx};
use contracts::{
    DossierId,
    agency::{DossierAssessed, DossierExamined, Verdict},
    delivery::ResultHandedOver,
    desk::Outcome,
    intake::{DossierSubmitted, DossierSupplemented},
    payment::FeePaid,
};
use procedure::Quote;

use crate::{
    course::{Actor, Course},
    domain::{Step, hearing::Heard, item::WorkItem},
    office::Office,
    store,
};

/// The work item a message is about; submitted dossiers may still be on their way.
async fn hold(tx: &Tx, dossier: DossierId) -> Result<WorkItem, Failure> {
    let item = store::hold(tx.db(), dossier).await?;
    item.ok_or_else(|| Failure::too_early("its dossier hasn't come in yet"))
}

/// Whether a message takes effect now.
fn takes_effect(heard: Heard) -> Result<bool, Failure> {
    match heard {
        Heard::Now => Ok(true),
        Heard::Before => Ok(false),
        Heard::TooEarly(what) => Err(Failure::too_early(what)),
        Heard::Never(why) => Err(Failure::park(why)),
    }
}

/// Who said the message.
fn source(tx: &Tx) -> Actor {
    tx.cause()
        .map_or_else(Actor::rule, |cause| Actor::service(&cause.source))
}

/// A dossier comes in.
pub async fn submitted(message: DossierSubmitted, tx: Tx) -> Result<(), Failure> {
    let mut item = WorkItem::open(message, None);
    let office = tx.part::<Office>();
    item.handler
        .clone_from(&office.expects(&item.application)?.agency);
    if !store::add(tx.db(), &item).await? {
        return Ok(());
    }
    let mut course = Course::of(&tx, item);
    course.enter(&source(&tx), "submit", None, "").await?;
    course.assess().await?;
    course.end().await.map(drop)
}

/// The handler says what is missing and what it costs.
pub async fn assessed(message: DossierAssessed, tx: Tx) -> Result<(), Failure> {
    let item = hold(&tx, message.dossier).await?;
    if !takes_effect(item.hears_assessment(message.round))? {
        return Ok(());
    }
    let fee = Quote::of(message.fee).map_err(|error| Failure::park(error.to_string()))?;
    if fee.total != message.total {
        return Err(Failure::park(
            "the lines of the fee don't add up to its total",
        ));
    }
    let mut course = Course::of(&tx, item);
    course.assessed(&source(&tx), message.missing, fee).await?;
    course.end().await.map(drop)
}

/// The fee is in the ledger.
pub async fn fee_paid(message: FeePaid, tx: Tx) -> Result<(), Failure> {
    let mut item = hold(&tx, message.dossier).await?;
    if !takes_effect(item.hears_payment(&message))? {
        return Ok(());
    }
    item.fee_paid_at = Some(message.paid_at);
    let (who, total) = (source(&tx), message.total.to_string());
    let mut course = Course::of(&tx, item);
    course.paid(&who, &total).await?;
    course.end().await.map(drop)
}

/// The handler gives its verdict.
pub async fn examined(message: DossierExamined, tx: Tx) -> Result<(), Failure> {
    let item = hold(&tx, message.dossier).await?;
    if !takes_effect(item.hears_verdict(&message))? {
        return Ok(());
    }
    let who = Actor::service(&message.handler);
    let mut course = Course::of(&tx, item);
    let verdict = Step::HearVerdict;
    match message.verdict {
        Verdict::Grant { result } => {
            let outcome = Outcome::Granted { result };
            course.propose(&who, verdict, outcome).await?;
        }
        Verdict::Refuse { reason } => {
            let outcome = Outcome::Refused { reason };
            course.propose(&who, verdict, outcome).await?;
        }
        Verdict::Supplement { items } => course.ask_supplement(&who, items).await?,
        Verdict::Officer { note } => {
            course.step(&who, Step::AskOfficer, &note).await?;
            course.item.note = Some(note);
        }
    }
    course.end().await.map(drop)
}

/// The citizen added what was asked for.
pub async fn supplemented(message: DossierSupplemented, tx: Tx) -> Result<(), Failure> {
    let item = hold(&tx, message.dossier).await?;
    if !takes_effect(item.hears_supplement(&message))? {
        return Ok(());
    }
    let mut course = Course::of(&tx, item);
    course.supplemented(message).await?;
    course.end().await.map(drop)
}

/// The citizen has the result: the work is over.
pub async fn handed_over(message: ResultHandedOver, tx: Tx) -> Result<(), Failure> {
    let item = hold(&tx, message.dossier).await?;
    if !takes_effect(item.hears_hand_over())? {
        return Ok(());
    }
    let mut course = Course::of(&tx, item);
    course.item.closed_at = Some(message.handed_over_at);
    course.step(&source(&tx), Step::HandOver, "").await?;
    course.end().await.map(drop)
}
