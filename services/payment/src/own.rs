//! What payment says to itself, to be heard later. These messages cross no boundary, so they are no contracts of others'.

use contracts::{DossierId, Kind, Message, OrderId, RefundId, payment::ReceiptNumber};
use serde::{Deserialize, Serialize};

use crate::invoices::Word;

/// An order's time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireOrder {
    /// The order.
    pub order: OrderId,
    /// Its dossier.
    pub dossier: DossierId,
}

/// Ask the bank what became of an attempt that it has not told about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAttempt {
    /// The attempt.
    pub txn_ref: String,
    /// Its dossier.
    pub dossier: DossierId,
    /// How often the bank was asked before.
    pub round: u32,
}

/// The pretend bank notifies the merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyMerchant {
    /// The payment.
    pub txn_ref: String,
    /// The signed query string.
    pub query: String,
    /// How many at once.
    pub copies: u8,
    /// How often it was said before.
    pub tries: u32,
}

/// The pretend national payment platform confirms to its partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPartner {
    /// The payment.
    pub reference: String,
    /// The confirmation, as JSON.
    pub body: String,
    /// How many at once.
    pub copies: u8,
    /// How often it was said before.
    pub tries: u32,
}

/// The pretend bank tells the agency of lines on its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellLines {
    /// The lines, by the bank's numbers.
    pub numbers: Vec<i64>,
    /// How often at once.
    pub copies: u8,
    /// How often it was told before.
    pub tries: u32,
}

/// A paid order gets its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueReceipt {
    /// The order.
    pub order: OrderId,
    /// Its dossier.
    pub dossier: DossierId,
}

/// Tell the provider of electronic invoices of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportReceipt {
    /// The receipt.
    pub receipt: ReceiptNumber,
    /// Its dossier.
    pub dossier: DossierId,
    /// What is told.
    pub word: Word,
}

/// Ask the gateway to give money back, or, in later rounds, what became of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowRefund {
    /// The refund.
    pub refund: RefundId,
    /// The dossier.
    pub dossier: DossierId,
    /// How often the gateway was called before.
    pub round: u32,
}

/// Look whether the books are in balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBooks {}

/// Compare orders, gateways, bank, tills and books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconcile {
    /// Who wants it; empty for a rule.
    pub by: String,
    /// Whether it is the nightly one, which has another follow it the next night.
    pub is_nightly: bool,
    /// Whether the gateway was asked before, so that its answers are in.
    pub is_second: bool,
}

impl Reconcile {
    /// The nightly one.
    pub const fn nightly() -> Self {
        Self {
            by: String::new(),
            is_nightly: true,
            is_second: false,
        }
    }

    /// One that an officer wants now.
    pub fn wanted(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            is_nightly: false,
            is_second: false,
        }
    }

    /// Once more, without asking anybody.
    pub fn again(by: &str) -> Self {
        Self {
            is_second: true,
            ..Self::wanted(by)
        }
    }
}

impl Message for CheckBooks {
    const TYPE: &'static str = "payment.check-books.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for Reconcile {
    const TYPE: &'static str = "payment.reconcile.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for IssueReceipt {
    const TYPE: &'static str = "payment.issue-receipt.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for ExportReceipt {
    const TYPE: &'static str = "payment.export-receipt.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for FollowRefund {
    const TYPE: &'static str = "payment.follow-refund.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for ExpireOrder {
    const TYPE: &'static str = "payment.expire-order.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for CheckAttempt {
    const TYPE: &'static str = "payment.check-attempt.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for NotifyMerchant {
    const TYPE: &'static str = "payment.notify-merchant.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for TellPartner {
    const TYPE: &'static str = "payment.tell-partner.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for TellLines {
    const TYPE: &'static str = "payment.tell-lines.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}
