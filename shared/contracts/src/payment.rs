//! What payment hears and says: orders and their settlement.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, DossierCode, DossierId, OrderId, PersonName, Vnd, message::messages};

/// One line of what is owed, explained to the citizen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FeeLine {
    /// What for.
    pub label: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub unit: Vnd,
    /// Quantity times unit, after caps.
    pub amount: Vnd,
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

messages! {
    RequestFee = "payment.request-fee.v1", Command, "Open an order for a dossier's fee.", dossier: |m| Some(m.dossier);
    FeeOrdered = "payment.fee-ordered.v1", Event, "An order is open for payment.", dossier: |m| Some(m.dossier);
    FeePaid = "payment.fee-paid.v1", Event, "A fee is paid.", dossier: |m| Some(m.dossier);
}
