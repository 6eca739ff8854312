//! What payment's API takes and gives, as JSON.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{
    DossierId, OrderId, RefundId, Text, Vnd,
    payment::{FeeLine, Method, ReceiptNumber, RefundCause},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::refund::Standing,
    statement::Direction,
    store::{Attempt, Order, lines::Kept, receipts::Receipt, refunds::Refund, tills::Till},
};

/// An order as its payer and the officers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// The order.
    pub order: OrderId,
    /// Its dossier.
    pub dossier: DossierId,
    /// The dossier's code.
    pub code: String,
    /// `open`, `paid`, `expired` or `cancelled`.
    pub state: &'static str,
    /// What for, line by line.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
    /// What came beyond that and is owed back.
    pub surplus: Vnd,
    /// How it was paid.
    pub method: Option<Method>,
    /// When it was opened.
    pub ordered_at: DateTime<Utc>,
    /// Until when it can be paid online.
    pub expires_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// The visits to the gateway, oldest first.
    pub attempts: Vec<AttemptView>,
    /// The receipts, oldest first; at most the last one is valid.
    pub receipts: Vec<ReceiptView>,
    /// What goes back, oldest first.
    pub refunds: Vec<RefundView>,
}

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// Its number.
    pub receipt: ReceiptNumber,
    /// Whose name stands on it.
    pub payer_name: String,
    /// The one that it stands for instead.
    pub replaces: Option<ReceiptNumber>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
    /// What the provider of electronic invoices calls it, once it has it.
    pub invoice: Option<String>,
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        let (cancelled_at, reason) = receipt.cancelled.unzip();
        Self {
            receipt: receipt.number,
            payer_name: receipt.payer_name,
            replaces: receipt.replaces,
            issued_at: receipt.issued_at,
            cancelled_at,
            reason,
            invoice: receipt.invoice,
        }
    }
}

/// A refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    /// The refund.
    pub refund: RefundId,
    /// Its order.
    pub order: OrderId,
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Vnd,
    /// `asked`, `rejected`, `approved`, `sent`, `failed` or `done`.
    pub standing: &'static str,
    /// Why, in words; or why not.
    pub note: String,
    /// Whether the gateway gives it back, and not an officer by hand.
    pub by_gateway: bool,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When the payer had it.
    pub done_at: Option<DateTime<Utc>>,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        let rules = refund.rules;
        Self {
            refund: rules.id,
            order: refund.order,
            cause: rules.cause,
            amount: rules.amount,
            standing: rules.standing.name(),
            note: refund.note,
            by_gateway: rules.txn_ref.is_some() && rules.standing != Standing::Failed,
            asked_at: refund.asked_at,
            done_at: refund.done_at,
        }
    }
}

/// One visit to the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// What it is called at the gateway.
    pub txn_ref: String,
    /// `vnpay` or `platform`.
    pub gateway: &'static str,
    /// `pending`, `suspected`, `declined` or `taken`.
    pub progress: &'static str,
    /// The bank's last code; empty while it has not told.
    pub bank_code: String,
    /// Until when the gateway lets it be paid.
    pub expires_at: DateTime<Utc>,
}

impl OrderView {
    /// The order with all that hangs on it.
    pub fn new(
        order: Order,
        attempts: Vec<Attempt>,
        receipts: Vec<Receipt>,
        refunds: Vec<Refund>,
    ) -> Self {
        let attempt = |attempt: Attempt| AttemptView {
            txn_ref: attempt.rules.txn_ref,
            gateway: attempt.rules.through.name(),
            progress: attempt.rules.progress.name(),
            bank_code: attempt.bank_code,
            expires_at: attempt.rules.expires_at,
        };
        Self {
            order: order.rules.id,
            dossier: order.dossier,
            code: order.code.to_string(),
            state: order.rules.state.name(),
            lines: order.lines,
            total: order.rules.total,
            surplus: order.surplus,
            method: order.method,
            ordered_at: order.ordered_at,
            expires_at: order.expires_at,
            paid_at: order.paid_at,
            attempts: attempts.into_iter().map(attempt).collect(),
            receipts: receipts.into_iter().map(ReceiptView::from).collect(),
            refunds: refunds.into_iter().map(RefundView::from).collect(),
        }
    }
}

/// An officer's till.
#[derive(Debug, Serialize, ToSchema)]
pub struct TillView {
    /// The till.
    pub till: Uuid,
    /// Whose it is.
    pub officer: String,
    /// The change it was opened with.
    pub opened_with: Vnd,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The cash taken in.
    pub taken: Vnd,
    /// The cash paid out as refunds.
    pub paid_out: Vnd,
    /// What was taken by card.
    pub card: Vnd,
    /// The cash that the books expect, in đồng.
    pub expected: i64,
    /// The cash that was counted; nothing while it is open.
    pub counted: Option<Vnd>,
    /// The total on the card terminal's end-of-day slip.
    pub card_counted: Option<Vnd>,
    /// Why the count differs.
    pub note: Option<String>,
    /// When it was counted.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who received it.
    pub received_by: Option<String>,
    /// When.
    pub received_at: Option<DateTime<Utc>>,
}

impl From<Till> for TillView {
    fn from(till: Till) -> Self {
        let (rules, closing) = (till.rules, till.closing);
        let (received_by, received_at) = till.received.unzip();
        Self {
            till: rules.id,
            officer: till.officer_name,
            opened_with: rules.opened_with,
            opened_at: till.opened_at,
            taken: rules.taken,
            paid_out: rules.paid_out,
            card: rules.card,
            expected: closing
                .as_ref()
                .map_or(rules.expected(), |closing| closing.expected),
            counted: closing.as_ref().map(|closing| closing.counted.cash),
            card_counted: closing.as_ref().map(|closing| closing.counted.card),
            note: closing.as_ref().map(|closing| closing.note.clone()),
            closed_at: closing.map(|closing| closing.closed_at),
            received_by,
            received_at,
        }
    }
}

/// Where to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayHere {
    /// The gateway's page for this attempt.
    pub pay_url: String,
    /// The attempt.
    pub txn_ref: String,
    /// Until when it can be paid there.
    pub expires_at: DateTime<Utc>,
}

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// `paid` or `cancelled`.
    pub state: &'static str,
}

/// Why an order is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// A sentence, kept with the order.
    pub note: Text,
}

/// The answer to a notification.
#[derive(Debug, Serialize, ToSchema)]
pub struct IpnAnswer {
    /// 00, 01, 02, 04, 97 or 99.
    #[serde(rename = "RspCode")]
    pub code: &'static str,
    /// The same in words.
    #[serde(rename = "Message")]
    pub message: &'static str,
}

/// The books at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Books {
    /// Whether all entries sum to zero and every account says what the orders, attempts and lines say.
    pub balanced: bool,
    /// The sum of all entries, in đồng.
    pub sum: i64,
    /// Account by account.
    pub accounts: Vec<AccountView>,
}

/// One account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its name.
    pub account: String,
    /// Debit less credit in the ledger, in đồng.
    pub books: i64,
    /// The same from orders, attempts and the bank's lines, in đồng.
    pub records: i64,
}

/// A line of the bank's that waits for an officer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// Its id here.
    pub id: Uuid,
    /// The bank's own reference.
    pub reference: String,
    /// The booking day.
    pub booked_on: NaiveDate,
    /// Whether money came or went.
    pub direction: Direction,
    /// How much.
    pub amount: Vnd,
    /// Who sent it, or got it.
    pub remitter: String,
    /// What for.
    pub purpose: String,
    /// Why it waits: `no_reference`, `unknown_reference`, `several_orders`, `too_little`, `too_much`, `outgoing` or `returned`.
    pub found: &'static str,
    /// The order that it names.
    pub order: Option<OrderId>,
    /// When it came.
    pub taken_at: DateTime<Utc>,
}

impl From<Kept> for LineView {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id,
            reference: kept.line.reference,
            booked_on: kept.line.booked_on,
            direction: kept.line.direction,
            amount: kept.line.amount,
            remitter: kept.line.remitter,
            purpose: kept.line.purpose,
            found: kept.found.name(),
            order: kept.order,
            taken_at: kept.taken_at,
        }
    }
}

/// How to pay by transfer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// The payload of the VietQR code, to be drawn.
    pub payload: String,
    /// The bank's six digits at Napas.
    pub bank: String,
    /// The bank's name.
    pub bank_name: String,
    /// The account.
    pub account: String,
    /// Whose it is.
    pub holder: String,
    /// How much, to the đồng.
    pub amount: Vnd,
    /// What for, word by word.
    pub purpose: String,
}
