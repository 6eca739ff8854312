//! The rules of money: an order's life, what the bank's word does to it, and what each step posts. Pure.

pub mod ledger;
pub mod receipt;
pub mod reconciliation;
pub mod refund;
pub mod till;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    Message, OrderId, Text, Vnd,
    payment::{FeeCancelled, FeeExpired, FeePaid, Method, RequestFee},
};
use strum::{EnumString, IntoStaticStr, VariantArray};

use self::ledger::{Account, Cause, Posting};
use crate::port::{Notice, Reply, Through, Verdict};

/// How often one order may be taken to the gateway.
const ATTEMPTS: usize = 30;

/// Where an order stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// Waiting for the money.
    Open,
    /// The money is in the ledger.
    Paid,
    /// Nobody paid in time; money that comes late still pays it.
    Expired,
    /// Not owed any more; money that comes is owed back.
    Cancelled,
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The money came.
    Pay,
    /// Its time is over.
    Expire,
    /// An officer takes it back.
    Cancel,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Where a step leads; `None` when it is not legal.
    pub fn after(self, step: Step) -> Option<Self> {
        let legal = STEPS
            .iter()
            .find(|(from, by, ..)| (*from, *by) == (self, step));
        legal.map(|(_, _, to, _)| *to)
    }
}

/// Every legal transition, once, with the event that tells the world of it.
pub const STEPS: [(State, Step, State, &str); 5] = [
    (State::Open, Step::Pay, State::Paid, FeePaid::TYPE),
    (State::Open, Step::Expire, State::Expired, FeeExpired::TYPE),
    (
        State::Open,
        Step::Cancel,
        State::Cancelled,
        FeeCancelled::TYPE,
    ),
    (State::Expired, Step::Pay, State::Paid, FeePaid::TYPE),
    (
        State::Expired,
        Step::Cancel,
        State::Cancelled,
        FeeCancelled::TYPE,
    ),
];

/// Where one visit to a gateway stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Progress {
    /// The bank has not told yet.
    Pending,
    /// The bank took the money and looks into it.
    Suspected,
    /// No money moved.
    Declined,
    /// The bank took the money.
    Taken,
}

impl Progress {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Whether the bank may still have something to tell.
    pub const fn is_unsettled(self) -> bool {
        matches!(self, Self::Pending | Self::Suspected)
    }

    /// Where the bank's word leads; `None` when it says nothing new. Money once taken stays taken, and money taken after
    /// a decline is believed: what was paid is never lost.
    pub const fn after(self, verdict: Verdict) -> Option<Self> {
        match (self, verdict) {
            (Self::Pending | Self::Suspected | Self::Declined, Verdict::Taken) => Some(Self::Taken),
            (Self::Pending | Self::Declined, Verdict::Suspected) => Some(Self::Suspected),
            (Self::Pending | Self::Suspected, Verdict::Declined) => Some(Self::Declined),
            _ => None,
        }
    }
}

/// What the rules need to know of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What is owed.
    pub total: Vnd,
    /// Where it stands.
    pub state: State,
}

/// What the rules need to know of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What it is called at the gateway.
    pub txn_ref: String,
    /// The gateway.
    pub through: Through,
    /// What was asked.
    pub amount: Vnd,
    /// Where it stands.
    pub progress: Progress,
    /// Until when the gateway lets it be paid.
    pub expires_at: DateTime<Utc>,
}

/// A request for a fee that cannot be an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misrequested {
    /// The total is not the sum of the lines.
    #[error("the total is not the sum of the lines")]
    Sum,
    /// Nothing is owed.
    #[error("nothing is owed: a free dossier has no order")]
    Nothing,
}

/// Opens an order, unless its sums are wrong.
pub fn open(request: &RequestFee) -> Result<(Order, Posting), Misrequested> {
    let sum = request
        .lines
        .iter()
        .try_fold(Vnd::ZERO, |sum, line| sum.plus(line.amount));
    if sum != Ok(request.total) {
        return Err(Misrequested::Sum);
    }
    if request.total.is_zero() {
        return Err(Misrequested::Nothing);
    }
    let order = Order {
        id: request.order,
        total: request.total,
        state: State::Open,
    };
    let owed = Posting::new(
        Account::Receivable,
        Account::Revenue,
        order.total,
        Cause::Ordered(order.id),
    );
    Ok((order, owed))
}

/// Why an order does not go where it was asked to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is paid.
    #[error("the order is paid already")]
    Paid,
    /// It is over.
    #[error("the order is not open any more")]
    Closed,
    /// The bank looks into an earlier attempt: paying again might pay twice.
    #[error("the bank is still looking into an earlier payment")]
    UnderReview,
    /// Too many attempts.
    #[error("too many attempts: pay at the counter")]
    TooOften,
}

impl Refusal {
    const fn of(state: State) -> Self {
        match state {
            State::Paid => Self::Paid,
            State::Open | State::Expired | State::Cancelled => Self::Closed,
        }
    }
}

impl Order {
    /// Whether it can be paid online now.
    pub const fn payable(&self) -> Result<(), Refusal> {
        match self.state {
            State::Open => Ok(()),
            closed => Err(Refusal::of(closed)),
        }
    }
}

/// A new attempt to pay an open order at a gateway, good for `minutes`. Its reference is unique for ever: the order's id
/// and the attempt's number, letters and digits only.
pub fn attempt(
    order: &Order,
    earlier: &[Attempt],
    through: Through,
    now: DateTime<Utc>,
    minutes: u32,
) -> Result<Attempt, Refusal> {
    order.payable()?;
    if earlier
        .iter()
        .any(|attempt| attempt.progress == Progress::Suspected)
    {
        return Err(Refusal::UnderReview);
    }
    if earlier.len() >= ATTEMPTS {
        return Err(Refusal::TooOften);
    }
    Ok(Attempt {
        txn_ref: format!("{}{:02}", order.id.0.simple(), earlier.len() + 1),
        through,
        amount: order.total,
        progress: Progress::Pending,
        expires_at: now + TimeDelta::minutes(i64::from(minutes)),
    })
}

/// The attempt that a payer who comes back goes on with: one that the gateway has not told about and that is not over. Asking the
/// gateway again under the same reference can take no second payment.
pub fn resume(earlier: &[Attempt], through: Through, now: DateTime<Utc>) -> Option<&Attempt> {
    earlier.iter().rev().find(|attempt| {
        attempt.through == through
            && attempt.progress == Progress::Pending
            && attempt.expires_at > now
    })
}

/// What the bank's word changes: all of it is written in one transaction, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Where the attempt goes; `None` when the word was heard but changes nothing.
    pub attempt: Option<Progress>,
    /// What is posted.
    pub posting: Option<Posting>,
    /// Whether this pays the order: it becomes [`State::Paid`] and the world is told, once.
    pub pays: bool,
    /// Whether the money is more than was owed, and owed back.
    pub surplus: bool,
}

/// What a signed notice does, in the order VNPAY wants it checked: the order, the amount, then whether it is news.
/// (The checksum comes before: a [`Notice`] is only made of signed fields.) No gateway has a say in another's attempts.
pub fn settle(
    notice: &Notice,
    merchant: &str,
    found: Option<(&Order, &Attempt)>,
) -> Result<Settlement, Reply> {
    let (order, attempt) = match found {
        Some((order, attempt))
            if notice.merchant == merchant
                && notice.through == attempt.through
                && notice.txn_ref == attempt.txn_ref =>
        {
            (order, attempt)
        }
        _ => return Err(Reply::OrderNotFound),
    };
    if notice.amount != Some(attempt.amount) {
        return Err(Reply::InvalidAmount);
    }
    let nothing = Settlement {
        attempt: None,
        posting: None,
        pays: false,
        surplus: false,
    };
    if notice.verdict == Verdict::Unfinished && attempt.progress == Progress::Pending {
        return Ok(nothing);
    }
    let progress = attempt
        .progress
        .after(notice.verdict)
        .ok_or(Reply::AlreadyConfirmed)?;
    if progress != Progress::Taken {
        return Ok(Settlement {
            attempt: Some(progress),
            ..nothing
        });
    }
    let pays = order.state.after(Step::Pay).is_some();
    let source = match order.state {
        State::Open => Account::Receivable,
        State::Expired => Account::Revenue,
        State::Paid | State::Cancelled => Account::OwedBack,
    };
    let cause = Cause::Taken(attempt.txn_ref.clone());
    Ok(Settlement {
        attempt: Some(progress),
        posting: Some(Posting::new(
            attempt.through.account(),
            source,
            attempt.amount,
            cause,
        )),
        pays,
        surplus: !pays,
    })
}

/// The round of a question that is asked beside the ladder, and after which the bank is asked no more.
pub const ON_DEMAND: u32 = 1000;

/// How long after an attempt's end the bank is asked about it for the `round`th time, or about a refund after it was last
/// asked; `None` when it was asked often enough.
pub fn ask_after(round: u32) -> Option<TimeDelta> {
    let minutes = [1, 30, 2 * 60, 12 * 60, 48 * 60];
    minutes
        .get(usize::try_from(round).ok()?)
        .copied()
        .map(TimeDelta::minutes)
}

/// How an officer takes the money at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking<'a> {
    /// In cash.
    Cash,
    /// By card, with the number on the terminal's slip.
    Card(&'a Text),
}

impl Taking<'_> {
    /// How the fee is then paid.
    pub const fn method(self) -> Method {
        match self {
            Self::Cash => Method::Cash,
            Self::Card(_) => Method::Card,
        }
    }
}

/// An officer took the money at the counter.
pub fn take(order: &Order, taking: Taking) -> Result<Posting, Refusal> {
    order
        .state
        .after(Step::Pay)
        .ok_or(Refusal::of(order.state))?;
    let source = if order.state == State::Expired {
        Account::Revenue
    } else {
        Account::Receivable
    };
    let (place, cause) = match taking {
        Taking::Cash => (Account::Till, Cause::Cash(order.id)),
        Taking::Card(_) => (Account::Terminal, Cause::Card(order.id)),
    };
    Ok(Posting::new(place, source, order.total, cause))
}

/// The order ends unpaid: what was to come is not expected any more. An expired order, already taken off the books,
/// posts nothing when it is cancelled.
pub fn close(order: &Order, step: Step) -> Result<(State, Option<Posting>), Refusal> {
    let state = match step {
        Step::Pay => None,
        Step::Expire | Step::Cancel => order.state.after(step),
    };
    let state = state.ok_or(Refusal::of(order.state))?;
    let posting = (order.state == State::Open).then(|| {
        Posting::new(
            Account::Revenue,
            Account::Receivable,
            order.total,
            Cause::Closed(order.id),
        )
    });
    Ok((state, posting))
}

#[cfg(test)]
mod tests;
