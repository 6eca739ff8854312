//! The port that online gateways plug into: what a gateway says of an attempt, and what it wants to hear. The rules read this
//! and know no gateway's protocol.

use chrono::{DateTime, Utc};
use contracts::{Vnd, payment::Method};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::ledger::Account;

/// Which gateway an attempt goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Through {
    /// VNPAY.
    Vnpay,
    /// The national payment platform.
    Platform,
}

impl Through {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// How an order is paid that it took the money for.
    pub const fn method(self) -> Method {
        match self {
            Self::Vnpay => Method::Vnpay,
            Self::Platform => Method::Platform,
        }
    }

    /// Where the money stands that it took.
    pub const fn account(self) -> Account {
        match self {
            Self::Vnpay => Account::Gateway,
            Self::Platform => Account::Platform,
        }
    }
}

/// What became of the money, as the gateway tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It was taken, and is looked into for fraud.
    Suspected,
    /// The payer has not finished.
    Unfinished,
    /// No money moved.
    Declined,
}

/// What became of money that the gateway was asked to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Returned {
    /// It is on its way.
    UnderWay,
    /// The payer has it.
    Done,
    /// The gateway does not give it back.
    Refused,
}

impl Returned {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What a notification, a return or an answer to a query says about one attempt. Only from signed fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Who says it.
    pub through: Through,
    /// The merchant it is for: VNPAY's terminal, the platform's partner.
    pub merchant: String,
    /// The attempt.
    pub txn_ref: String,
    /// How much; `None` when it is no whole amount of đồng.
    pub amount: Option<Vnd>,
    /// What became of the money.
    pub verdict: Verdict,
    /// What became of what was to be given back; `None` when it is not about that.
    pub returned: Option<Returned>,
    /// The code that says so.
    pub code: String,
    /// The gateway's number for it.
    pub transaction_no: String,
    /// The bank.
    pub bank: String,
    /// When the bank took it.
    pub paid_at: Option<DateTime<Utc>>,
}

impl Notice {
    /// What is written down of an attempt that the gateway has never seen: 91.
    pub fn not_found(through: Through, txn_ref: &str) -> Self {
        Self {
            through,
            merchant: String::new(),
            txn_ref: txn_ref.to_owned(),
            amount: None,
            verdict: Verdict::Declined,
            returned: None,
            code: "91".to_owned(),
            transaction_no: String::new(),
            bank: String::new(),
            paid_at: None,
        }
    }
}

/// What a gateway hears after a notification. Both repeat themselves unless they hear 00 or 02.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// 00: recorded, whether the payment went well or not.
    Confirmed,
    /// 01: no such order here.
    OrderNotFound,
    /// 02: this is known already.
    AlreadyConfirmed,
    /// 03: notifications do not come from there.
    NotAllowed,
    /// 04: the amount is not what was asked.
    InvalidAmount,
    /// 97: not signed with our secret.
    InvalidChecksum,
    /// 99: our side cannot tell now; say it again later.
    Unknown,
}

impl Reply {
    /// The code and the message.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Confirmed => ("00", "Confirm Success"),
            Self::OrderNotFound => ("01", "Order not found"),
            Self::AlreadyConfirmed => ("02", "Order already confirmed"),
            Self::NotAllowed => ("03", "IP not allowed"),
            Self::InvalidAmount => ("04", "Invalid amount"),
            Self::InvalidChecksum => ("97", "Invalid checksum"),
            Self::Unknown => ("99", "Unknown error"),
        }
    }
}

/// What a gateway answers when it is asked about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It knows of it.
    Known(Notice),
    /// It has never seen it.
    NotFound,
}

/// Why there is no answer to go by.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The gateway cannot be reached, or answers with something else.
    #[error("the gateway does not answer")]
    Silent(#[source] reqwest::Error),
    /// The answer is not the gateway's, or not about what was asked.
    #[error("the gateway's answer cannot be believed")]
    Unbelievable,
    /// The gateway refuses to tell.
    #[error("the gateway refuses to tell: {0}")]
    Refused(String),
}
