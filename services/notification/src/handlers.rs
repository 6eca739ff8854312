//! What notification hears: each event of a dossier becomes one message in the inbox, and a telling that climbs the ladder.

pub mod digest;
pub mod directs;
pub mod dispatch;
pub mod receipts;
mod standing;

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use contracts::{
    DossierId,
    delivery::{
        CollectionCodeMade, ResultHandedOver, ResultIssued, ResultRevoked, ResultUnclaimed,
    },
    desk::{
        DossierDecided, DossierReceived, DossierRejected, ResultAwaitsFee, SupplementRequested,
    },
    intake::{DossierSubmitted, DossierSupplemented},
    notification::SendMessage,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded},
};
use procedure::{Bilingual, Catalogue};

use crate::{
    domain::{
        news::{self, Urgency},
        preferences::next_at,
    },
    own::{Lapse, TellDigest},
    policies::Policies,
    store::{self, Contact, Message, tellings, wishes},
    webhooks,
    words::{self, Letter, To, Unwritable},
};

/// Learns whom a dossier's news goes to, and tells them that it is on its way.
pub async fn submitted(event: DossierSubmitted, tx: Tx) -> Result<(), Failure> {
    let described = tx
        .part::<Catalogue>()
        .version(&event.procedure, event.procedure_version)
        .cloned();
    let code = || Bilingual {
        vi: event.procedure.to_string(),
        en: event.procedure.to_string(),
    };
    let name = described.map_or_else(code, |described| described.name.clone());
    let known_by = (&event.procedure, event.procedure_version);
    store::learn(tx.db(), event.dossier, &event.applicant, &name, known_by).await?;
    let contact = known(&tx, event.dossier).await?;
    tell::<DossierSubmitted>(&tx, contact, event.submitted_at, |to| {
        words::submitted(&event, to)
    })
    .await
}

/// The citizen added what was asked for: nobody has to be told of that any more.
pub async fn supplemented(event: DossierSupplemented, tx: Tx) -> Result<(), Failure> {
    known(&tx, event.dossier).await?;
    let (dossier, at) = (event.dossier, event.supplemented_at);
    store::supplemented(tx.db(), dossier, at).await?;
    let wire = <DossierSupplemented as contracts::Message>::TYPE;
    store::make_moot(tx.db(), dossier, wire, at).await?;
    Ok(())
}

/// The desk took a dossier in.
pub async fn received(event: DossierReceived, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    store::learn_code(tx.db(), event.dossier, &event.code).await?;
    tell::<DossierReceived>(&tx, contact, event.received_at, |to| {
        words::received(&event, to)
    })
    .await
}

/// The desk did not take a dossier in.
pub async fn rejected(event: DossierRejected, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<DossierRejected>(&tx, contact, event.rejected_at, |to| {
        words::rejected(&event, to)
    })
    .await
}

/// Something is to be added.
pub async fn supplement_requested(event: SupplementRequested, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |to: To<'_>| words::supplement_requested(&event, to);
    tell::<SupplementRequested>(&tx, contact, event.requested_at, words).await
}

/// A fee is to be paid.
pub async fn fee_ordered(event: FeeOrdered, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeOrdered>(&tx, contact, event.ordered_at, |to| {
        words::fee_ordered(&event, to)
    })
    .await
}

/// A fee is paid.
pub async fn fee_paid(event: FeePaid, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeePaid>(&tx, contact, event.paid_at, |to| {
        words::fee_paid(&event, to)
    })
    .await
}

/// A fee was not paid in time.
pub async fn fee_expired(event: FeeExpired, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeExpired>(&tx, contact, event.expired_at, |to| {
        words::fee_expired(&event, to)
    })
    .await
}

/// A result waits for its fee.
pub async fn result_awaits_fee(event: ResultAwaitsFee, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<ResultAwaitsFee>(&tx, contact, event.decided_at, |to| {
        words::result_awaits_fee(&event, to)
    })
    .await
}

/// A fee is not owed any more.
pub async fn fee_cancelled(event: FeeCancelled, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeCancelled>(&tx, contact, event.cancelled_at, |to| {
        words::fee_cancelled(&event, to)
    })
    .await
}

/// Money is back with the payer.
pub async fn fee_refunded(event: FeeRefunded, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeRefunded>(&tx, contact, event.refunded_at, |to| {
        words::fee_refunded(&event, to)
    })
    .await
}

/// A dossier is decided.
pub async fn decided(event: DossierDecided, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    store::learn_code(tx.db(), event.dossier, &event.code).await?;
    tell::<DossierDecided>(&tx, contact, event.decided_at, |to| {
        words::decided(&event, to)
    })
    .await
}

/// A result is there.
pub async fn result_issued(event: ResultIssued, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<ResultIssued>(&tx, contact, event.issued_at, |to| {
        words::result_issued(&event, to)
    })
    .await
}

/// A result counts no more.
pub async fn result_revoked(event: ResultRevoked, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |to: To<'_>| words::result_revoked(&event, to);
    tell::<ResultRevoked>(&tx, contact, event.revoked_at, words).await
}

/// A code to collect a result with. When it is good no more, nobody is told of it any more.
pub async fn collection_code_made(event: CollectionCodeMade, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let lapse = Lapse {
        dossier: event.dossier,
        event: <CollectionCodeMade as contracts::Message>::TYPE.to_owned(),
        happened_at: event.made_at,
    };
    tx.send_at(event.expires_at, &lapse);
    let words = |to: To<'_>| words::collection_code_made(&event, to);
    tell::<CollectionCodeMade>(&tx, contact, event.made_at, words).await
}

/// What a piece of news asks for can be done no more.
pub async fn lapse(asked: Lapse, tx: Tx) -> Result<(), Failure> {
    Ok(store::lapse(tx.db(), asked.dossier, &asked.event, asked.happened_at).await?)
}

/// A result waits, and nobody took it.
pub async fn result_unclaimed(event: ResultUnclaimed, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |to: To<'_>| words::result_unclaimed(&event, to);
    tell::<ResultUnclaimed>(&tx, contact, event.noticed_at, words).await
}

/// A result is in the citizen's hands.
pub async fn result_handed_over(event: ResultHandedOver, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |to: To<'_>| words::result_handed_over(&event, to);
    tell::<ResultHandedOver>(&tx, contact, event.handed_over_at, words).await
}

async fn known(tx: &Tx, dossier: DossierId) -> Result<Contact, Failure> {
    let contact = store::contact(tx.db(), dossier).await?;
    contact.ok_or_else(|| Failure::too_early("nobody said yet whom the dossier is for"))
}

/// Puts an event into the inbox, once, and has its person told: now, or in the day's digest.
async fn tell<M: contracts::Message>(
    tx: &Tx,
    contact: Contact,
    happened_at: DateTime<Utc>,
    words: impl Fn(To<'_>) -> Result<Letter, Unwritable>,
) -> Result<(), Failure> {
    let (db, now, account) = (tx.db(), tx.now(), contact.account);
    let policies = tx.part::<Policies>();
    let urgency = news::urgency(M::TYPE);
    let wants = wishes::find(db, account).await?;
    let wants = wants.unwrap_or_else(|| policies.usual());
    let can_wait = urgency != Urgency::Urgent && !news::is_mandatory(M::TYPE);
    let digest_at = (wants.is_digest && can_wait).then(|| next_at(policies.digest_at, now));
    let id = tx.new_id();
    let message = Message {
        id,
        dossier: contact.dossier,
        account,
        event: M::TYPE.to_owned(),
        letter: written(tx, &contact, words)?,
        happened_at,
        read_at: None,
        is_moot: store::is_done(db, contact.dossier, M::TYPE, happened_at).await?,
        telling: None,
        digest_at,
    };
    if !store::write(db, &message, now).await? {
        return Ok(());
    }
    store::make_moot(db, contact.dossier, M::TYPE, happened_at).await?;
    webhooks::handlers::post(tx, &message, &contact).await?;
    if let Some(digest_at) = digest_at {
        tx.send_at(digest_at, &TellDigest { account });
        return Ok(());
    }
    tellings::open(db, id, account, contact.dossier, urgency, now).await?;
    store::tell_by(db, [id], id).await?;
    tx.say(&SendMessage {
        message: id,
        dossier: contact.dossier,
    });
    Ok(())
}

fn written(
    tx: &Tx,
    contact: &Contact,
    words: impl Fn(To<'_>) -> Result<Letter, Unwritable>,
) -> Result<Letter, Failure> {
    let catalogue = tx.part::<Catalogue>();
    let described = contact.described.as_ref();
    let described = described.and_then(|(code, version)| catalogue.version(code, *version));
    let to = To {
        procedure: &contact.procedure,
        notices: described.map(|described| &described.notices),
    };
    words(to).map_err(|error| Failure::park(format!("it cannot be written: {error}")))
}
