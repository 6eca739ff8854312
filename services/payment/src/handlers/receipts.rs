//! Receipts: one for each paid order, replaced when an officer finds a mistake, cancelled when all the money went back.

use chassis::{Failure, Tx};
use contracts::{
    AccountId, PersonName, Text,
    payment::{ReceiptCancelled, ReceiptIssued, ReceiptNumber},
};

use super::invoices;
use crate::{
    domain::{
        State, receipt,
        refund::{self, Left},
    },
    invoices::Word,
    own::{ExportReceipt, IssueReceipt},
    store::{self, Order, receipts, refunds},
};

/// Gives a paid order its receipt, unless it has one or all its money is back already.
pub async fn issue(message: IssueReceipt, tx: Tx) -> Result<(), Failure> {
    let order = store::hold(tx.db(), message.order)
        .await?
        .ok_or_else(|| Failure::park("there is no such order"))?;
    if order.rules.state != State::Paid
        || !receipts::of_order(tx.db(), message.order).await?.is_empty()
        || is_all_back(&tx, &order).await?
    {
        return Ok(());
    }
    write(&tx, &order, &order.payer_name, None).await.map(drop)
}

/// What is left of an order's money that has not gone back and shall not.
pub async fn left(tx: &Tx, order: &Order) -> Result<Left, Failure> {
    Ok(order.left(&refunds::of_order(tx.db(), order.rules.id).await?))
}

/// Whether the payer has the whole fee back.
pub async fn is_all_back(tx: &Tx, order: &Order) -> Result<bool, Failure> {
    let all = refunds::of_order(tx.db(), order.rules.id).await?;
    let rules = all.iter().map(|refund| &refund.rules);
    Ok(refund::is_all_back(order.rules.total, rules))
}

async fn write(
    tx: &Tx,
    order: &Order,
    payer: &PersonName,
    replaces: Option<ReceiptNumber>,
) -> Result<ReceiptNumber, Failure> {
    let (id, now) = (order.rules.id, tx.now());
    let series = receipt::series(&order.code, now);
    let number = receipts::issue(tx.db(), &series, id, payer, replaces.as_ref(), now).await?;
    tx.say(&ReceiptIssued {
        order: id,
        dossier: order.dossier,
        receipt: number.clone(),
        payer_name: payer.clone(),
        lines: order.lines.clone(),
        total: order.rules.total,
        replaces,
        issued_at: now,
    });
    let told = ExportReceipt {
        receipt: number.clone(),
        dossier: order.dossier,
        word: Word::Issued,
    };
    invoices::export(tx, &told);
    Ok(number)
}

/// An officer found a mistake: the valid receipt is cancelled, and another stands for it. `None` when none is valid.
pub async fn replace(
    tx: &Tx,
    order: &Order,
    officer: AccountId,
    payer: &PersonName,
    reason: &Text,
) -> Result<Option<ReceiptNumber>, Failure> {
    let Some(old) = cancel(tx, order, Some(officer), reason.as_str()).await? else {
        return Ok(None);
    };
    write(tx, order, payer, Some(old)).await.map(Some)
}

/// Cancels the valid receipt and says so; `None` when none is valid.
pub async fn cancel(
    tx: &Tx,
    order: &Order,
    by: Option<AccountId>,
    reason: &str,
) -> Result<Option<ReceiptNumber>, Failure> {
    let (id, now) = (order.rules.id, tx.now());
    let all = receipts::of_order(tx.db(), id).await?;
    let Some(valid) = all.into_iter().find(|receipt| receipt.cancelled.is_none()) else {
        return Ok(None);
    };
    if !receipts::cancel(tx.db(), &valid.number, by, reason, now).await? {
        return Err(Failure::too_early("the receipt changed at the same time"));
    }
    tx.say(&ReceiptCancelled {
        order: id,
        dossier: order.dossier,
        receipt: valid.number.clone(),
        reason: reason.to_owned(),
        cancelled_at: now,
    });
    let told = ExportReceipt {
        receipt: valid.number.clone(),
        dossier: order.dossier,
        word: Word::Cancelled,
    };
    invoices::export(tx, &told);
    Ok(Some(valid.number))
}
