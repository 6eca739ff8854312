//! What payers are told of a fee.

use askama::Template;
use chrono::{DateTime, Utc};
use contracts::{
    OrderId, Vnd,
    desk::ResultAwaitsFee,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded, Method},
};
use procedure::{Bilingual, News};

use super::{Letter, To, Unwritable};

fn page_of(order: OrderId) -> String {
    format!("/payment/orders/{order}/page")
}

#[derive(Template)]
#[template(path = "messages/fee_ordered.txt")]
struct Ordered<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    total: &'a str,
}

/// A fee is to be paid.
pub fn fee_ordered(event: &FeeOrdered, to: To<'_>) -> Result<Letter, Unwritable> {
    let (procedure, total) = (to.procedure, &*event.total.to_string());
    let values = [("amount", total)];
    to.letter(News::FeeOrdered, page_of(event.order), &values, |vi| {
        let ordered = Ordered {
            vi,
            procedure,
            total,
        };
        ordered.render()
    })
}

#[derive(Template)]
#[template(path = "messages/fee_paid.txt")]
struct Paid<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    total: &'a str,
    method: Method,
    at: &'a str,
}

/// A fee is paid.
pub fn fee_paid(event: &FeePaid, to: To<'_>) -> Result<Letter, Unwritable> {
    let (total, at) = (&*event.total.to_string(), &*web::moment(event.paid_at));
    let values = [("amount", total), ("at", at)];
    to.letter(News::FeePaid, page_of(event.order), &values, |vi| {
        let paid = Paid {
            vi,
            procedure: to.procedure,
            total,
            method: event.method,
            at,
        };
        paid.render()
    })
}

#[derive(Template)]
#[template(path = "messages/fee_changed.txt")]
struct Changed<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    change: Change<'a>,
    amount: &'a str,
    at: &'a str,
}

/// What became of a fee besides being paid.
#[derive(Clone, Copy)]
enum Change<'a> {
    Expired,
    Cancelled(&'a str),
    Refunded,
    Awaited,
}

impl Change<'_> {
    const fn news(self) -> News {
        match self {
            Self::Expired => News::FeeExpired,
            Self::Cancelled(_) => News::FeeCancelled,
            Self::Refunded => News::FeeRefunded,
            Self::Awaited => News::ResultAwaitsFee,
        }
    }

    fn letter(
        self,
        order: OrderId,
        to: To<'_>,
        amount: Vnd,
        at: DateTime<Utc>,
    ) -> Result<Letter, Unwritable> {
        let (amount, at) = (&*amount.to_string(), &*web::moment(at));
        let reason = match self {
            Self::Cancelled(reason) => reason,
            Self::Expired | Self::Refunded | Self::Awaited => "",
        };
        let values = [("amount", amount), ("at", at), ("reason", reason)];
        to.letter(self.news(), page_of(order), &values, |vi| {
            let changed = Changed {
                vi,
                procedure: to.procedure,
                change: self,
                amount,
                at,
            };
            changed.render()
        })
    }
}

/// A fee was not paid in time.
pub fn fee_expired(event: &FeeExpired, to: To<'_>) -> Result<Letter, Unwritable> {
    Change::Expired.letter(event.order, to, event.total, event.expired_at)
}

/// A fee is not owed any more.
pub fn fee_cancelled(event: &FeeCancelled, to: To<'_>) -> Result<Letter, Unwritable> {
    let change = Change::Cancelled(&event.reason);
    change.letter(event.order, to, event.total, event.cancelled_at)
}

/// A result waits for its fee.
pub fn result_awaits_fee(event: &ResultAwaitsFee, to: To<'_>) -> Result<Letter, Unwritable> {
    Change::Awaited.letter(event.order, to, event.total, event.decided_at)
}

/// Money is back with the payer.
pub fn fee_refunded(event: &FeeRefunded, to: To<'_>) -> Result<Letter, Unwritable> {
    Change::Refunded.letter(event.order, to, event.amount, event.refunded_at)
}
