//! What intake does with each message it hears: it adds to what is known of a dossier, in whatever order it comes.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use contracts::{
    DossierId, Refused,
    delivery::{ResultHandedOver, ResultIssued, ResultOpened, ResultRevoked},
    desk::{
        DossierDecided, DossierOpened, DossierReceived, DossierRejected, Outcome, ResultAwaitsFee,
        SupplementRequested,
    },
    notification::{MessageDelivered, MessageUndeliverable},
    payment::{
        FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded, ReceiptCancelled, ReceiptIssued,
    },
    scan::{DocumentChecked, PaperKept, PaperReleased, Verdict},
};

use crate::{
    domain::{Event, Fact, draft::Document, kept::Kept},
    store::{self, kept::Word},
};

async fn learn(tx: &Tx, id: DossierId, at: DateTime<Utc>, fact: Fact) -> Result<(), Failure> {
    let dossier = store::hold(tx.db(), id).await?;
    let before = dossier.ok_or_else(|| Failure::too_early("there is no such dossier here yet"))?;
    let life = store::learn(tx.db(), id, &Event { at, fact }).await?;
    let (from, to) = (before.state, life.state());
    if from != to && !from.followers().contains(&to) {
        // Received and rejected, granted and refused: the page shows one of them, a person must ask the desk.
        tracing::warn!(dossier = %id, ?from, ?to, "what is said of a dossier contradicts itself");
    }
    Ok(())
}

/// A document may be used, or may not.
pub async fn document_checked(heard: DocumentChecked, tx: Tx) -> Result<(), Failure> {
    let document = Document {
        owner: heard.owner,
        sha256: heard.sha256,
        bytes: heard.bytes,
        rejected: match heard.verdict {
            Verdict::Accepted => None,
            Verdict::Rejected {
                reason_vi,
                reason_en,
            } => Some(Refused::because(reason_vi, reason_en)),
        },
        flaws: heard.flaws,
        kind: heard.kind,
        fields: heard.fields,
    };
    if store::documents::check(tx.db(), heard.document, &document, heard.checked_at).await? {
        return Ok(());
    }
    Err(Failure::too_early(
        "another word about this document is being written",
    ))
}

/// A citizen keeps a paper, or something about a kept one has changed.
pub async fn paper_kept(heard: PaperKept, tx: Tx) -> Result<(), Failure> {
    let kept = Kept {
        document: heard.document,
        owner: heard.owner,
        kind: heard.kind,
        name: heard.name,
        given_at: heard.given_at,
        valid_until: heard.valid_until,
        first_dossier: heard.first_dossier,
    };
    let word = Word {
        document: heard.document,
        owner: heard.owner,
        revision: heard.revision,
    };
    keep(&tx, word, Some(kept)).await
}

/// A paper is kept no more.
pub async fn paper_released(heard: PaperReleased, tx: Tx) -> Result<(), Failure> {
    let word = Word {
        document: heard.document,
        owner: heard.owner,
        revision: heard.revision,
    };
    keep(&tx, word, None).await
}

async fn keep(tx: &Tx, word: Word, kept: Option<Kept>) -> Result<(), Failure> {
    if store::kept::learn(tx.db(), word, kept).await? {
        return Ok(());
    }
    Err(Failure::too_early(
        "another word about this paper is being written",
    ))
}

/// An officer opened a dossier at the desk.
pub async fn dossier_opened(heard: DossierOpened, tx: Tx) -> Result<(), Failure> {
    store::openings::learn(tx.db(), &heard, None).await?;
    Ok(())
}

/// An officer opened a dossier's result. Whoever has opened the dossier on the same day is listed already.
pub async fn result_opened(heard: ResultOpened, tx: Tx) -> Result<(), Failure> {
    let opened = DossierOpened {
        dossier: heard.dossier,
        officer: heard.officer,
        name: heard.name,
        title: heard.title,
        opened_at: heard.opened_at,
    };
    dossier_opened(opened, tx).await
}

/// The desk took a dossier in.
pub async fn dossier_received(heard: DossierReceived, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::Received {
        code: heard.code,
        organisation: heard.organisation,
        due_at: heard.due_at,
    };
    learn(&tx, heard.dossier, heard.received_at, fact).await
}

/// The desk did not take a dossier in.
pub async fn dossier_rejected(heard: DossierRejected, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::Rejected {
        reason: heard.reason,
    };
    learn(&tx, heard.dossier, heard.rejected_at, fact).await
}

/// The citizen is asked to add something.
pub async fn supplement_requested(heard: SupplementRequested, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::SupplementRequested { items: heard.items };
    learn(&tx, heard.dossier, heard.requested_at, fact).await
}

/// A fee is to be paid.
pub async fn fee_ordered(heard: FeeOrdered, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::FeeOrdered {
        order: heard.order,
        total: heard.total,
    };
    learn(&tx, heard.dossier, heard.ordered_at, fact).await
}

/// A fee is paid.
pub async fn fee_paid(heard: FeePaid, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::FeePaid {
        order: heard.order,
        total: heard.total,
        method: heard.method,
    };
    learn(&tx, heard.dossier, heard.paid_at, fact).await
}

/// A fee was not paid in time.
pub async fn fee_expired(heard: FeeExpired, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::FeeExpired { order: heard.order };
    learn(&tx, heard.dossier, heard.expired_at, fact).await
}

/// A fee is not owed any more.
pub async fn fee_cancelled(heard: FeeCancelled, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::FeeCancelled {
        order: heard.order,
        reason: heard.reason,
    };
    learn(&tx, heard.dossier, heard.cancelled_at, fact).await
}

/// Money is back with the payer.
pub async fn fee_refunded(heard: FeeRefunded, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::FeeRefunded {
        order: heard.order,
        amount: heard.amount,
    };
    learn(&tx, heard.dossier, heard.refunded_at, fact).await
}

/// There is a receipt for a fee.
pub async fn receipt_issued(heard: ReceiptIssued, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ReceiptIssued {
        order: heard.order,
        receipt: heard.receipt,
    };
    learn(&tx, heard.dossier, heard.issued_at, fact).await
}

/// A receipt is not valid any more.
pub async fn receipt_cancelled(heard: ReceiptCancelled, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ReceiptCancelled {
        order: heard.order,
        receipt: heard.receipt,
        reason: heard.reason,
    };
    learn(&tx, heard.dossier, heard.cancelled_at, fact).await
}

/// A result waits for its fee.
pub async fn result_awaits_fee(heard: ResultAwaitsFee, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ResultAwaitsFee {
        order: heard.order,
        total: heard.total,
    };
    learn(&tx, heard.dossier, heard.decided_at, fact).await
}

/// A dossier is decided.
pub async fn dossier_decided(heard: DossierDecided, tx: Tx) -> Result<(), Failure> {
    let fact = match heard.outcome {
        Outcome::Granted { .. } => Fact::Granted,
        Outcome::Refused { reason } => Fact::Refused { reason },
    };
    learn(&tx, heard.dossier, heard.decided_at, fact).await
}

/// The result is there.
pub async fn result_issued(heard: ResultIssued, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ResultIssued {
        result: heard.result,
        number: heard.number,
        check_code: heard.check_code,
        delivery: heard.delivery,
    };
    learn(&tx, heard.dossier, heard.issued_at, fact).await
}

/// A result counts no more.
pub async fn result_revoked(heard: ResultRevoked, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ResultRevoked {
        result: heard.result,
        number: heard.number,
        reason: heard.reason,
        replaced_by: heard.replaced_by,
    };
    learn(&tx, heard.dossier, heard.revoked_at, fact).await
}

/// The result is in the citizen's hands.
pub async fn result_handed_over(heard: ResultHandedOver, tx: Tx) -> Result<(), Failure> {
    let fact = Fact::ResultHandedOver {
        result: heard.result,
        delivery: heard.delivery,
    };
    learn(&tx, heard.dossier, heard.handed_over_at, fact).await
}

/// A message reached the citizen. What is only believed to, for want of receipts, is not news.
pub async fn message_delivered(heard: MessageDelivered, tx: Tx) -> Result<(), Failure> {
    if !heard.confirmed {
        return Ok(());
    }
    let (tells, way) = (heard.tells, heard.way);
    let fact = Fact::Told { tells, way };
    learn(&tx, heard.dossier, heard.delivered_at, fact).await
}

/// No channel could bring a message to the citizen.
pub async fn message_undeliverable(heard: MessageUndeliverable, tx: Tx) -> Result<(), Failure> {
    let (tells, call) = (heard.tells, heard.call);
    let fact = Fact::NotReached { tells, call };
    learn(&tx, heard.dossier, heard.given_up_at, fact).await
}
