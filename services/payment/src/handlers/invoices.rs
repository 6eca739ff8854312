//! Each receipt is told to the provider of electronic invoices, where there is one, until it has taken it.

use chassis::{Failure, Tx, Work};

use crate::{
    invoices::{Document, Exporter, Untold, Word},
    own::ExportReceipt,
    store::{self, receipts},
};

/// Has the provider told of a receipt, where there is one.
pub fn export(tx: &Tx, told: &ExportReceipt) {
    if tx.part::<Exporter>().is_there() {
        tx.say(told);
    }
}

/// Tells the provider: a call to the outside world, alone and perhaps made twice.
pub async fn tell(message: ExportReceipt, work: Work) -> Result<Option<String>, Failure> {
    let db = work.reads();
    let found = receipts::receipt(db, &message.receipt).await?;
    let Some(receipt) = found else {
        return Err(Failure::park("there is no such receipt"));
    };
    let order = store::order(db, receipt.order).await?;
    let order = order.ok_or_else(|| Failure::park("the receipt's order is not there"))?;
    let cancelled = receipt
        .cancelled
        .filter(|_| message.word == Word::Cancelled)
        .unzip();
    let document = Document {
        word: message.word,
        receipt: receipt.number,
        replaces: receipt.replaces,
        dossier: order.code,
        payer_name: receipt.payer_name,
        lines: order.lines,
        total: order.rules.total,
        method: order.method,
        issued_at: receipt.issued_at,
        cancelled_at: cancelled.0,
        reason: cancelled.1,
    };
    match work.part::<Exporter>().tell(&document).await {
        Ok(reference) => Ok(reference),
        Err(away @ (Untold::Silent(_) | Untold::Busy(_))) => Err(Failure::retry(away)),
        Err(other) => Err(Failure::park(other.to_string())),
    }
}

/// Notes what the provider calls it.
pub async fn told(
    message: ExportReceipt,
    reference: Option<String>,
    tx: Tx,
) -> Result<(), Failure> {
    if let Some(reference) = reference {
        receipts::exported(tx.db(), &message.receipt, message.word, reference, tx.now()).await?;
    }
    Ok(())
}
