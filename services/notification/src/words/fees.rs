//! What payers are told of a fee.

use askama::Template;
use chrono::{DateTime, Utc};
use contracts::{
    OrderId, Vnd,
    desk::ResultAwaitsFee,
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded, Method},
};
use procedure::Bilingual;

use super::{Letter, letter};
use crate::store::Contact;

fn page_of(order: OrderId) -> String {
    format!("/payment/orders/{order}/page")
}

#[derive(Template)]
#[template(path = "messages/fee_ordered.txt")]
struct Ordered<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    total: String,
}

/// A fee is to be paid.
pub fn fee_ordered(event: &FeeOrdered, contact: &Contact) -> askama::Result<Letter> {
    letter(page_of(event.order), |vi| {
        let (procedure, total) = (&contact.procedure, event.total.to_string());
        Ordered {
            vi,
            procedure,
            total,
        }
        .render()
    })
}

#[derive(Template)]
#[template(path = "messages/fee_paid.txt")]
struct Paid<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    total: String,
    method: Method,
    at: String,
}

/// A fee is paid.
pub fn fee_paid(event: &FeePaid, contact: &Contact) -> askama::Result<Letter> {
    letter(page_of(event.order), |vi| {
        let paid = Paid {
            vi,
            procedure: &contact.procedure,
            total: event.total.to_string(),
            method: event.method,
            at: web::moment(event.paid_at),
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
    amount: String,
    at: String,
}

/// What became of a fee besides being paid.
#[derive(Clone, Copy)]
enum Change<'a> {
    Expired,
    Cancelled(&'a str),
    Refunded,
    Awaited,
}

impl Changed<'_> {
    fn letter(
        order: OrderId,
        contact: &Contact,
        change: Change<'_>,
        amount: Vnd,
        at: DateTime<Utc>,
    ) -> askama::Result<Letter> {
        letter(page_of(order), |vi| {
            let changed = Changed {
                vi,
                procedure: &contact.procedure,
                change,
                amount: amount.to_string(),
                at: web::moment(at),
            };
            changed.render()
        })
    }
}

/// A fee was not paid in time.
pub fn fee_expired(event: &FeeExpired, contact: &Contact) -> askama::Result<Letter> {
    let (total, at) = (event.total, event.expired_at);
    Changed::letter(event.order, contact, Change::Expired, total, at)
}

/// A fee is not owed any more.
pub fn fee_cancelled(event: &FeeCancelled, contact: &Contact) -> askama::Result<Letter> {
    let (total, at) = (event.total, event.cancelled_at);
    let change = Change::Cancelled(&event.reason);
    Changed::letter(event.order, contact, change, total, at)
}

/// A result waits for its fee.
pub fn result_awaits_fee(event: &ResultAwaitsFee, contact: &Contact) -> askama::Result<Letter> {
    let (total, at) = (event.total, event.decided_at);
    Changed::letter(event.order, contact, Change::Awaited, total, at)
}

/// Money is back with the payer.
pub fn fee_refunded(event: &FeeRefunded, contact: &Contact) -> askama::Result<Letter> {
    let (amount, at) = (event.amount, event.refunded_at);
    Changed::letter(event.order, contact, Change::Refunded, amount, at)
}
