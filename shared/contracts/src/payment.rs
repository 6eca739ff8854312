//! What payment hears and says: orders and their settlement.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, DossierCode, DossierId, OrderId, PersonName, ProcedureCode, RefundId, Text, Vnd,
    message::messages,
};

/// One line of what is owed, explained to the citizen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeLine {
    /// What for.
    pub label: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub unit: Vnd,
    /// What is owed for it: quantity times unit, after caps, less the reduction.
    pub amount: Vnd,
    /// What was taken off, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduction: Option<Reduction>,
}

/// What is taken off a line of a fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Reduction {
    /// How much.
    pub by: Vnd,
    /// Why: who pays less.
    pub reason: String,
}

impl FeeLine {
    /// What it would be without the reduction; what is owed where the sum leaves the range of amounts.
    pub fn full(&self) -> Vnd {
        let by = self.reduction.as_ref().map(|reduction| reduction.by);
        let full = by.and_then(|by| self.amount.plus(by).ok());
        full.unwrap_or(self.amount)
    }
}

/// Desk asks for a fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct RequestFee {
    /// The order, minted by the asker so that asking twice is asking once.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its code, for the bank statement and the receipt.
    pub code: DossierCode,
    /// Its procedure, which the national payment platform wants to know. Senders from before it was there leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<ProcedureCode>,
    /// The version that the dossier keeps, which says how surely its payer must be known. Left out as the procedure is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure_version: Option<u32>,
    /// Whose account may pay.
    pub payer: AccountId,
    /// Whose name stands on the receipt.
    pub payer_name: PersonName,
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
}

/// An order is open for payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeOrdered {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// What is owed.
    pub total: Vnd,
    /// When the order was opened.
    pub ordered_at: DateTime<Utc>,
}

/// How a fee was paid.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Through VNPAY.
    Vnpay,
    /// By bank transfer, e.g. from a VietQR code.
    Transfer,
    /// Through the national payment platform.
    Platform,
    /// Cash at the counter.
    Cash,
    /// By card at the counter.
    Card,
}

/// A fee is paid: the money is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeePaid {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// What was paid.
    pub total: Vnd,
    /// How.
    pub method: Method,
    /// When the gateway or the officer took it.
    pub paid_at: DateTime<Utc>,
}

/// Nobody paid in time. The fee is still owed: money that comes late pays it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeExpired {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// What is owed.
    pub total: Vnd,
    /// When its time was over.
    pub expired_at: DateTime<Utc>,
}

/// A fee is not owed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeCancelled {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// What was owed.
    pub total: Vnd,
    /// Why, in the officer's words.
    pub reason: String,
    /// When.
    pub cancelled_at: DateTime<Utc>,
}

/// Why money goes back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RefundCause {
    /// The dossier was refused.
    Refused,
    /// The dossier was stopped or withdrawn.
    Stopped,
    /// It came beyond what was owed, e.g. paid twice.
    Surplus,
    /// The fee was worked out wrongly.
    Mistake,
}

/// Money is back with the payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeRefunded {
    /// The refund.
    pub refund: RefundId,
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Vnd,
    /// When whoever paid it out said so.
    pub refunded_at: DateTime<Utc>,
}

/// Desk says that a dossier ended so that its fee is not owed: an order that is not paid is cancelled, and what was paid goes
/// back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ReturnFee {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// How it ended.
    pub cause: RefundCause,
    /// Why, in words.
    pub reason: Text,
}

/// What a receipt is known by.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
pub struct ReceiptNumber {
    /// The series, e.g. `BL-26E-H15.50.05.13`.
    pub series: String,
    /// Its number there: 1, 2, 3 and so on, with no gap.
    pub number: u32,
}

impl std::fmt::Display for ReceiptNumber {
    /// Seven digits and the series, as receipts print it: `0000012 (BL-26E-H15.50.05.13)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:07} ({})", self.number, self.series)
    }
}

/// A receipt (biên lai) is issued for a paid fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ReceiptIssued {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its number.
    pub receipt: ReceiptNumber,
    /// Whose name stands on it.
    pub payer_name: PersonName,
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// The sum.
    pub total: Vnd,
    /// The receipt that it stands for instead, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ReceiptNumber>,
    /// When.
    pub issued_at: DateTime<Utc>,
}

/// A receipt is not valid any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ReceiptCancelled {
    /// The order.
    pub order: OrderId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its number.
    pub receipt: ReceiptNumber,
    /// Why.
    pub reason: String,
    /// When.
    pub cancelled_at: DateTime<Utc>,
}

messages! {
    RequestFee = "payment.request-fee.v1", Command, "Open an order for a dossier's fee.", dossier: |m| Some(m.dossier);
    ReturnFee = "payment.return-fee.v1", Command, "Give a fee back, or do not ask for it any more.", dossier: |m| Some(m.dossier);
    FeeOrdered = "payment.fee-ordered.v1", Event, "An order is open for payment.", dossier: |m| Some(m.dossier);
    FeePaid = "payment.fee-paid.v1", Event, "A fee is paid.", dossier: |m| Some(m.dossier);
    FeeExpired = "payment.fee-expired.v1", Event, "A fee was not paid in time.", dossier: |m| Some(m.dossier);
    FeeCancelled = "payment.fee-cancelled.v1", Event, "A fee is not owed any more.", dossier: |m| Some(m.dossier);
    FeeRefunded = "payment.fee-refunded.v1", Event, "Money is back with the payer.", dossier: |m| Some(m.dossier);
    ReceiptIssued = "payment.receipt-issued.v1", Event, "A receipt is issued.", dossier: |m| Some(m.dossier);
    ReceiptCancelled = "payment.receipt-cancelled.v1", Event, "A receipt is not valid any more.", dossier: |m| Some(m.dossier);
}
