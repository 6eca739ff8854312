//! The rules of bank transfers: which order a line of the statement pays, and how an officer's word divides money that no
//! order was known for. Pure.

mod place;
mod receiver;
pub mod reference;
pub mod webhook;

use std::fmt;

use chrono::{DateTime, NaiveTime, Utc};
use contracts::{Text, Vnd};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

pub use place::{Misplaced, Place};
pub use receiver::Receiver;
pub use reference::Reference;

use crate::{
    domain::{
        Order, State,
        ledger::{Account, Cause, Posting},
    },
    statement::{Direction, Line},
    vnpay::GMT_7,
};

/// What was found out about a line when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Found {
    /// It pays its order.
    Paid,
    /// Its order is paid or cancelled: the money is owed back.
    Surplus,
    /// It names no order.
    NoReference,
    /// What it names is no order here.
    UnknownReference,
    /// It names more than one order.
    SeveralOrders,
    /// Less than its order asks for.
    TooLittle,
    /// More than its order asks for.
    TooMuch,
    /// Money that went.
    Outgoing,
    /// Money that came back, or went back.
    Returned,
}

impl Found {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Whether an officer has to say what the money is.
    pub const fn waits(self) -> bool {
        !matches!(self, Self::Paid | Self::Surplus)
    }
}

/// What the purpose of a line leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// No reference at all.
    Nothing,
    /// References, and no order of ours.
    Unknown,
    /// One order.
    One(&'a Order),
    /// Several orders.
    Several,
}

/// What a line is.
pub fn look(line: &Line, named: Named) -> Found {
    let order = match (line.direction, line.reversal, named) {
        (_, true, _) => return Found::Returned,
        (Direction::Debit, ..) => return Found::Outgoing,
        (_, _, Named::Nothing) => return Found::NoReference,
        (_, _, Named::Unknown) => return Found::UnknownReference,
        (_, _, Named::Several) => return Found::SeveralOrders,
        (_, _, Named::One(order)) => order,
    };
    match (order.state, line.amount.cmp(&order.total)) {
        (State::Paid | State::Cancelled, _) => Found::Surplus,
        (_, std::cmp::Ordering::Equal) => Found::Paid,
        (_, std::cmp::Ordering::Less) => Found::TooLittle,
        (_, std::cmp::Ordering::Greater) => Found::TooMuch,
    }
}

/// What a line posts when it comes: the bank's account, against what the money is for.
pub fn posting(line: Uuid, of: &Line, found: Found, order: Option<&Order>) -> Posting {
    let other = match (found, order) {
        (Found::Paid, Some(order)) => source(order.state),
        (Found::Surplus, _) => Account::OwedBack,
        _ => Account::Unallocated,
    };
    let cause = Cause::Line(line);
    match of.direction {
        Direction::Credit => Posting::new(Account::Bank, other, of.amount, cause),
        Direction::Debit => Posting::new(other, Account::Bank, of.amount, cause),
    }
}

/// Where the money of an order comes from: what is owed or, once that was taken off the books, what is earned.
const fn source(state: State) -> Account {
    match state {
        State::Open => Account::Receivable,
        State::Expired => Account::Revenue,
        State::Paid | State::Cancelled => Account::OwedBack,
    }
}

/// When a line's money was paid: at the end of its booking day, unless that is still to come; never before it was owed.
pub fn paid_at(line: &Line, ordered_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let night = line.booked_on.succ_opt().unwrap_or(line.booked_on);
    let night = night.and_time(NaiveTime::MIN).and_local_timezone(GMT_7);
    night
        .single()
        .map_or(now, |night| night.to_utc())
        .min(now)
        .max(ordered_at)
}

/// Lines that cannot be an order's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misallocated {
    /// No line was named.
    #[error("no line was chosen")]
    Nothing,
    /// Less than the order asks for.
    #[error("the lines are less than the order asks for")]
    TooLittle,
    /// Money that went, or came back.
    #[error("only money that came in can pay an order")]
    NoIncome,
    /// Somebody was faster.
    #[error("a line has been settled already")]
    Settled,
}

/// What one line gives to an order, and what of it is owed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The line.
    pub line: Uuid,
    /// What pays the order.
    pub pays: Vnd,
    /// What is beyond.
    pub beyond: Vnd,
}

/// Divides lines that no order was known for: they pay the order together, and what is beyond is owed back. An order that
/// is paid or cancelled takes nothing.
pub fn allocate(order: &Order, lines: &[(Uuid, Vnd)]) -> Result<Vec<Share>, Misallocated> {
    if lines.is_empty() {
        return Err(Misallocated::Nothing);
    }
    let owed = match order.state {
        State::Open | State::Expired => order.total.dong(),
        State::Paid | State::Cancelled => 0,
    };
    let (mut open, mut shares) = (owed, Vec::with_capacity(lines.len()));
    for (line, amount) in lines {
        let pays = amount.dong().min(open);
        open -= pays;
        let part = |dong| Vnd::new(dong).unwrap_or(Vnd::ZERO);
        shares.push(Share {
            line: *line,
            pays: part(pays),
            beyond: part(amount.dong() - pays),
        });
    }
    if open == 0 {
        Ok(shares)
    } else {
        Err(Misallocated::TooLittle)
    }
}

impl Share {
    /// What the share posts, for an order in this state.
    pub fn postings(&self, state: State) -> Vec<Posting> {
        let parts = [
            (source(state), self.pays, Cause::Allocated(self.line)),
            (Account::OwedBack, self.beyond, Cause::Beyond(self.line)),
        ];
        let parts = parts.into_iter().filter(|(_, amount, _)| !amount.is_zero());
        parts
            .map(|(to, amount, cause)| Posting::new(Account::Unallocated, to, amount, cause))
            .collect()
    }
}

/// Whether a line's texts name what an officer noted about a transfer: the bank's reference of it, in whatever case.
pub fn names(line: &Line, noted: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let noted = plain(noted);
    let is_telling = noted.chars().count() >= 5;
    is_telling
        && (plain(&line.reference) == noted
            || plain(&line.end_to_end) == noted
            || plain(&line.purpose).contains(&noted))
}

/// An officer's word on lines that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// The lines.
    pub lines: Vec<Uuid>,
    /// Why they are this order's, kept with them.
    pub reason: Text,
}

/// How a line came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The bank said it.
    Webhook,
    /// A file had it.
    File(crate::statement::Kind),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Webhook => "webhook",
            Self::File(kind) => kind.name(),
        })
    }
}

#[cfg(test)]
mod tests;
