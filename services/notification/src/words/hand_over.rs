//! What people are told of a result that is to be in their hands: a code to collect it with, that it waits, that it was handed
//! over.

use askama::Template;
use contracts::{
    Delivery,
    delivery::{CollectionCodeMade, ResultHandedOver, ResultUnclaimed, WaitsFor},
};
use procedure::{Bilingual, News};

use super::{Letter, To, Unwritable, page_of};

#[derive(Template)]
#[template(path = "messages/handed_over.txt")]
struct HandedOver<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    way: Delivery,
    at: &'a str,
}

/// A result is in the citizen's hands.
pub fn result_handed_over(event: &ResultHandedOver, to: To<'_>) -> Result<Letter, Unwritable> {
    let at = &*web::moment(event.handed_over_at);
    let link = format!("/delivery/results/{}/file", event.result);
    to.letter(News::HandedOver, link, &[("at", at)], |vi| {
        let handed_over = HandedOver {
            vi,
            procedure: to.procedure,
            way: event.delivery,
            at,
        };
        handed_over.render()
    })
}

#[derive(Template)]
#[template(path = "messages/collection_code.txt")]
struct ToCollect<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    collection_code: &'a str,
    at: &'a str,
}

/// A code to collect a result with.
pub fn collection_code_made(event: &CollectionCodeMade, to: To<'_>) -> Result<Letter, Unwritable> {
    let (collection_code, at) = (event.code.as_str(), &*web::moment(event.expires_at));
    let values = [("collection_code", collection_code), ("at", at)];
    let link = page_of(event.dossier);
    to.letter(News::CollectionCode, link, &values, |vi| {
        let made = ToCollect {
            vi,
            procedure: to.procedure,
            collection_code,
            at,
        };
        made.render()
    })
}

#[derive(Template)]
#[template(path = "messages/unclaimed.txt")]
struct Unclaimed<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    number: &'a str,
    days: &'a str,
    waits_for: WaitsFor,
}

/// A result waits, and nobody took it.
pub fn result_unclaimed(event: &ResultUnclaimed, to: To<'_>) -> Result<Letter, Unwritable> {
    let (number, days) = (event.number.as_str(), &*event.days.to_string());
    let link = match event.waits_for {
        WaitsFor::Opening => format!("/delivery/results/{}/file", event.result),
        WaitsFor::Collection | WaitsFor::AnotherWay => page_of(event.dossier),
    };
    let values = [("number", number), ("days", days)];
    to.letter(News::Unclaimed, link, &values, |vi| {
        let unclaimed = Unclaimed {
            vi,
            procedure: to.procedure,
            number,
            days,
            waits_for: event.waits_for,
        };
        unclaimed.render()
    })
}
