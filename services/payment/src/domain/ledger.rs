//! The double-entry ledger: a posting is one amount with two sides, so that no value of its type can be out of balance.

use std::{collections::BTreeMap, fmt};

use contracts::{OrderId, RefundId, Vnd};
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

/// Where money can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Account {
    /// Owed by payers.
    Receivable,
    /// Earned by the agency.
    Revenue,
    /// Taken by the gateway, on its way to the bank.
    Gateway,
    /// Taken by the national payment platform, on its way to the bank.
    Platform,
    /// Taken by the counter's card terminal, on its way to the bank.
    Terminal,
    /// In the agency's account at the bank.
    Bank,
    /// In the counter's till.
    Till,
    /// With the treasurer, or handed over to the State treasury.
    Treasury,
    /// Kept by the bank or a gateway for its work.
    Charges,
    /// Come in, and nobody knows yet what for.
    Unallocated,
    /// Paid beyond what was owed: to be given back to payers.
    OwedBack,
    /// Counted and not on the books, or the other way round.
    Differences,
}

impl Account {
    /// The name in the books.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// Why something is posted. A cause posts once: the books refuse the same cause a second time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The order was opened.
    Ordered(OrderId),
    /// The gateway took the money of one attempt.
    Taken(String),
    /// An officer took cash.
    Cash(OrderId),
    /// An officer took a card.
    Card(OrderId),
    /// The order expired or was cancelled.
    Closed(OrderId),
    /// A line came on the bank's statement.
    Line(Uuid),
    /// An officer said which order a line's money is for.
    Allocated(Uuid),
    /// That order asked for less than the line's money.
    Beyond(Uuid),
    /// An officer said where the money of a line came from, or went.
    Placed(Uuid),
    /// What the gateway kept of it.
    Charged(Uuid),
    /// A till was opened with change.
    TillOpened(Uuid),
    /// A till was counted, and its cash was more or less than the books say.
    TillCounted(Uuid),
    /// The treasurer has a till's cash.
    TillReceived(Uuid),
    /// A part of the fee shall go back.
    RefundApproved(RefundId),
    /// Money is back with its payer.
    Refunded(RefundId),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordered(order) => write!(f, "ordered:{order}"),
            Self::Taken(txn_ref) => write!(f, "taken:{txn_ref}"),
            Self::Cash(order) => write!(f, "cash:{order}"),
            Self::Card(order) => write!(f, "card:{order}"),
            Self::Closed(order) => write!(f, "closed:{order}"),
            Self::Line(line) => write!(f, "line:{line}"),
            Self::Allocated(line) => write!(f, "allocated:{line}"),
            Self::Beyond(line) => write!(f, "beyond:{line}"),
            Self::Placed(line) => write!(f, "placed:{line}"),
            Self::Charged(line) => write!(f, "charged:{line}"),
            Self::TillOpened(till) => write!(f, "till-opened:{till}"),
            Self::TillCounted(till) => write!(f, "till-counted:{till}"),
            Self::TillReceived(till) => write!(f, "till-received:{till}"),
            Self::RefundApproved(refund) => write!(f, "refund-approved:{refund}"),
            Self::Refunded(refund) => write!(f, "refunded:{refund}"),
        }
    }
}

/// One movement of money: out of one account (credit), into another (debit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    debit: Account,
    credit: Account,
    amount: Vnd,
    cause: Cause,
}

impl Posting {
    /// Moves `amount` into `debit` out of `credit`.
    pub const fn new(debit: Account, credit: Account, amount: Vnd, cause: Cause) -> Self {
        Self {
            debit,
            credit,
            amount,
            cause,
        }
    }

    /// The account it goes into.
    pub const fn debit(&self) -> Account {
        self.debit
    }

    /// The account it comes out of.
    pub const fn credit(&self) -> Account {
        self.credit
    }

    /// How much.
    pub const fn amount(&self) -> Vnd {
        self.amount
    }

    /// Why.
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Its two entries, which sum to zero: debit is positive, credit negative.
    pub const fn entries(&self) -> [(Account, i64); 2] {
        [
            (self.debit, self.amount.dong()),
            (self.credit, -self.amount.dong()),
        ]
    }
}

/// What stands in each account, in đồng: debit less credit.
pub fn balances<'a>(postings: impl IntoIterator<Item = &'a Posting>) -> BTreeMap<Account, i64> {
    let mut balances: BTreeMap<_, _> = Account::VARIANTS
        .iter()
        .map(|account| (*account, 0))
        .collect();
    for (account, amount) in postings.into_iter().flat_map(Posting::entries) {
        *balances.entry(account).or_default() += amount;
    }
    balances
}
