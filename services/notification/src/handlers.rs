//! What notification hears: each event of a dossier becomes one message, and a message becomes a mail when there is an address.

use chassis::{Failure, Tx, Work};
use chrono::{DateTime, Utc};
use contracts::{
    DossierId,
    delivery::{ResultHandedOver, ResultIssued},
    desk::{
        DossierDecided, DossierReceived, DossierRejected, ResultAwaitsFee, SupplementRequested,
    },
    intake::DossierSubmitted,
    notification::SendMessage,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded},
};
use procedure::{Bilingual, Catalogue};

use crate::{
    domain::{Fate, State, TAKEN},
    smtp::{self, Mailer, Untaken},
    store::{self, Contact, Message, mails},
    words::{self, Letter},
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
    store::learn(tx.db(), event.dossier, &event.applicant, &name).await?;
    let contact = known(&tx, event.dossier).await?;
    tell::<DossierSubmitted>(&tx, contact, event.submitted_at, |contact| {
        words::submitted(&event, contact)
    })
    .await
}

/// The desk took a dossier in.
pub async fn received(event: DossierReceived, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    store::learn_code(tx.db(), event.dossier, &event.code).await?;
    tell::<DossierReceived>(&tx, contact, event.received_at, |contact| {
        words::received(&event, contact)
    })
    .await
}

/// The desk did not take a dossier in.
pub async fn rejected(event: DossierRejected, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<DossierRejected>(&tx, contact, event.rejected_at, |contact| {
        words::rejected(&event, contact)
    })
    .await
}

/// Something is to be added.
pub async fn supplement_requested(event: SupplementRequested, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |contact: &_| words::supplement_requested(&event, contact);
    tell::<SupplementRequested>(&tx, contact, event.requested_at, words).await
}

/// A fee is to be paid.
pub async fn fee_ordered(event: FeeOrdered, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeOrdered>(&tx, contact, event.ordered_at, |contact| {
        words::fee_ordered(&event, contact)
    })
    .await
}

/// A fee is paid.
pub async fn fee_paid(event: FeePaid, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeePaid>(&tx, contact, event.paid_at, |contact| {
        words::fee_paid(&event, contact)
    })
    .await
}

/// A fee was not paid in time.
pub async fn fee_expired(event: FeeExpired, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeExpired>(&tx, contact, event.expired_at, |contact| {
        words::fee_expired(&event, contact)
    })
    .await
}

/// A result waits for its fee.
pub async fn result_awaits_fee(event: ResultAwaitsFee, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<ResultAwaitsFee>(&tx, contact, event.decided_at, |contact| {
        words::result_awaits_fee(&event, contact)
    })
    .await
}

/// A fee is not owed any more.
pub async fn fee_cancelled(event: FeeCancelled, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeCancelled>(&tx, contact, event.cancelled_at, |contact| {
        words::fee_cancelled(&event, contact)
    })
    .await
}

/// Money is back with the payer.
pub async fn fee_refunded(event: FeeRefunded, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<FeeRefunded>(&tx, contact, event.refunded_at, |contact| {
        words::fee_refunded(&event, contact)
    })
    .await
}

/// A dossier is decided.
pub async fn decided(event: DossierDecided, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    store::learn_code(tx.db(), event.dossier, &event.code).await?;
    tell::<DossierDecided>(&tx, contact, event.decided_at, |contact| {
        words::decided(&event, contact)
    })
    .await
}

/// A result is there.
pub async fn result_issued(event: ResultIssued, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    tell::<ResultIssued>(&tx, contact, event.issued_at, |contact| {
        words::result_issued(&event, contact)
    })
    .await
}

/// A result is in the citizen's hands.
pub async fn result_handed_over(event: ResultHandedOver, tx: Tx) -> Result<(), Failure> {
    let contact = known(&tx, event.dossier).await?;
    let words = |contact: &_| words::result_handed_over(&event, contact);
    tell::<ResultHandedOver>(&tx, contact, event.handed_over_at, words).await
}

async fn known(tx: &Tx, dossier: DossierId) -> Result<Contact, Failure> {
    let contact = store::contact(tx.db(), dossier).await?;
    contact.ok_or_else(|| Failure::too_early("nobody said yet whom the dossier is for"))
}

/// Puts an event into the inbox, once, and has it sent by mail when there is an address.
async fn tell<M: contracts::Message>(
    tx: &Tx,
    contact: Contact,
    happened_at: DateTime<Utc>,
    words: impl Fn(&Contact) -> askama::Result<Letter>,
) -> Result<(), Failure> {
    let message = Message {
        id: tx.new_id(),
        dossier: contact.dossier,
        account: contact.account,
        event: M::TYPE.to_owned(),
        letter: words(&contact).map_err(unwritable)?,
        happened_at,
        read_at: None,
    };
    if !store::write(tx.db(), &message, tx.now()).await? {
        return Ok(());
    }
    if let Some(address) = &contact.email {
        mails::post(tx.db(), message.id, address).await?;
        tx.say(&SendMessage {
            message: message.id,
            dossier: message.dossier,
        });
    }
    Ok(())
}

fn unwritable(error: askama::Error) -> Failure {
    Failure::park(format!("its template fails: {error}"))
}

/// Sends a message by mail and writes down what the server answered as soon as it did: a message that is handled again
/// for another reason is not sent again.
pub async fn send(asked: SendMessage, work: Work) -> Result<Fate, Failure> {
    let unknown = || Failure::park("there is no such mail");
    let mail = mails::find(work.reads(), asked.message)
        .await?
        .ok_or_else(unknown)?;
    if let Some(fate) = mail.answer.map(Fate::of).filter(|fate| fate.is_final()) {
        return Ok(fate);
    }
    let message = store::message(work.reads(), asked.message)
        .await?
        .ok_or_else(unknown)?;
    let contact = store::contact(work.reads(), message.dossier)
        .await?
        .ok_or_else(unknown)?;
    let link = work.app().settings().public(&message.letter.link);
    let outgoing = smtp::Mail {
        id: message.id,
        name: contact.name.clone(),
        address: mail.address,
        subject: words::subject(&message, &contact).map_err(unwritable)?,
        text: words::mail(&message, &contact, &link).map_err(unwritable)?,
        written_at: message.happened_at,
    };
    let tried = work
        .part::<Mailer>()
        .send(outgoing, work.app().clock().now())
        .await;
    let answer = match &tried {
        Ok(()) => Some(TAKEN),
        Err(Untaken::Answered(code)) => Some(*code),
        Err(Untaken::Down(_)) => None,
        Err(resting @ Untaken::Resting) => return Err(Failure::down("smtp", resting.to_string())),
        Err(malformed @ Untaken::Malformed(_)) => return Err(Failure::park(malformed.to_string())),
    };
    let write_down =
        async |tx: Tx| Ok(mails::tried(tx.db(), asked.message, answer, tx.now()).await?);
    work.app().transact(write_down).await?;
    match (answer.map_or(Fate::Down, Fate::of), tried) {
        (fate @ (Fate::Sent | Fate::Refused), _) => Ok(fate),
        (_, Ok(())) => Ok(Fate::Sent),
        (Fate::Later, Err(untaken)) => Err(Failure::retry(untaken)),
        (Fate::Down, Err(untaken)) => Err(Failure::down("smtp", untaken.to_string())),
    }
}

/// Concludes a mail by the server's answer.
pub async fn sent(asked: SendMessage, fate: Fate, tx: Tx) -> Result<(), Failure> {
    let Some(mail) = mails::find(tx.db(), asked.message).await? else {
        return Ok(());
    };
    if let Some(to) = mail.state.after(fate) {
        let sent_at = (to == State::Sent).then(|| tx.now());
        mails::conclude(tx.db(), &mail, to, sent_at).await?;
    }
    Ok(())
}
