//! What people are told: each event's letter from its template, in Vietnamese with a short second half in English, and its
//! line for a telephone. A procedure may have words of its own (`notices` in its file), with the same values to fill in.

pub mod directs;
mod fees;
mod hand_over;
pub mod outgoing;

use std::collections::BTreeMap;

use askama::Template;
use contracts::{
    Delivery, DossierId,
    delivery::{ResultIssued, ResultRevoked},
    desk::{DossierDecided, DossierReceived, DossierRejected, Outcome, SupplementRequested},
    intake::DossierSubmitted,
};
use procedure::{
    Bilingual, News,
    description::{Notice, Notices},
    notices::{Unfillable, fill_in},
};

pub use self::{
    fees::{fee_cancelled, fee_expired, fee_ordered, fee_paid, fee_refunded, result_awaits_fee},
    hand_over::{collection_code_made, result_handed_over, result_unclaimed},
};

/// A letter in both languages. Its titles name the kind of news and no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What kind of news.
    pub title: String,
    /// The news.
    pub body: String,
    /// What kind of news, in English.
    pub title_en: String,
    /// The news in English.
    pub body_en: String,
    /// The path of the page to go to.
    pub link: String,
    /// The news in a line that anybody may see, with `{code}` where the dossier's code belongs.
    pub short: String,
    /// The same in English.
    pub short_en: String,
    /// The values in that line, by name.
    pub details: BTreeMap<String, String>,
}

/// Why a letter cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// Its template fails.
    #[error("its template fails")]
    Template(#[from] askama::Error),
    /// The procedure's own words ask for what there is not: the catalogue's check let them through.
    #[error("the procedure's own words cannot be filled in: {0}")]
    Own(#[from] Unfillable),
}

/// Whom a letter is for, and in which words.
#[derive(Clone, Copy)]
pub struct To<'a> {
    /// What the dossier is about.
    pub procedure: &'a Bilingual,
    /// The procedure's own words.
    pub notices: Option<&'a Notices>,
}

/// What a letter is filled in with, by the names of [`News::placeholders`], but for the procedure's name.
type Values<'a> = [(&'static str, &'a str)];

impl To<'_> {
    /// Writes a letter from its template, whose first line is the title and whose part behind `--` is the short line; the
    /// procedure's own words take the place of what they replace.
    fn letter(
        self,
        news: News,
        link: String,
        values: &Values<'_>,
        render: impl Fn(bool) -> askama::Result<String>,
    ) -> Result<Letter, Unwritable> {
        let ((title, body, short), (title_en, body_en, short_en)) =
            (split(&render(true)?), split(&render(false)?));
        let details = news.sms_placeholders().filter_map(|name| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            (name != "code").then(|| (name.to_owned(), (*value).to_owned()))
        });
        let mut letter = Letter {
            title,
            body,
            title_en,
            body_en,
            link,
            short,
            short_en,
            details: details.collect(),
        };
        if let Some(own) = self.notices.and_then(|notices| notices.of(news)) {
            self.own_words(&mut letter, own, values)?;
        }
        Ok(letter)
    }

    fn own_words(
        self,
        letter: &mut Letter,
        own: &Notice,
        values: &Values<'_>,
    ) -> Result<(), Unwritable> {
        let find = |name: &str| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        };
        if let Some(Bilingual { vi, en }) = own.title.clone() {
            (letter.title, letter.title_en) = (vi, en);
        }
        if let Some(body) = &own.body {
            let of = |name: &str, procedure| match name {
                "procedure" => Some(procedure),
                _ => find(name),
            };
            letter.body = fill_in(&body.vi, |name| of(name, &self.procedure.vi))?;
            letter.body_en = fill_in(&body.en, |name| of(name, &self.procedure.en))?;
        }
        if let Some(sms) = &own.sms {
            // The dossier may get its code after this is written.
            let of = |name: &str| match name {
                "code" => Some("{code}"),
                _ => find(name),
            };
            (letter.short, letter.short_en) = (fill_in(&sms.vi, of)?, fill_in(&sms.en, of)?);
        }
        Ok(())
    }
}

fn split(text: &str) -> (String, String, String) {
    let (text, short) = text.rsplit_once("\n--\n").unwrap_or((text, ""));
    let (title, body) = text.trim().split_once('\n').unwrap_or((text, ""));
    (
        title.trim().to_owned(),
        body.trim().to_owned(),
        short.trim().to_owned(),
    )
}

fn page_of(dossier: DossierId) -> String {
    format!("/intake/dossiers/{dossier}")
}

#[derive(Template)]
#[template(path = "messages/submitted.txt")]
struct Submitted<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    at: &'a str,
}

/// A dossier is on its way to the desk.
pub fn submitted(event: &DossierSubmitted, to: To<'_>) -> Result<Letter, Unwritable> {
    let (procedure, at) = (to.procedure, &*web::moment(event.submitted_at));
    to.letter(
        News::Submitted,
        page_of(event.dossier),
        &[("at", at)],
        |vi| Submitted { vi, procedure, at }.render(),
    )
}

#[derive(Template)]
#[template(path = "messages/received.txt")]
struct Received<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    code: &'a str,
    due: &'a str,
}

/// The desk took a dossier in.
pub fn received(event: &DossierReceived, to: To<'_>) -> Result<Letter, Unwritable> {
    let (code, due) = (event.code.as_str(), &*web::moment(event.due_at));
    let render = |vi| {
        let received = Received {
            vi,
            procedure: to.procedure,
            code,
            due,
        };
        received.render()
    };
    let values = [("code", code), ("due", due)];
    to.letter(News::Received, page_of(event.dossier), &values, render)
}

#[derive(Template)]
#[template(path = "messages/rejected.txt")]
struct Rejected<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    reason: &'a str,
}

/// The desk did not take a dossier in.
pub fn rejected(event: &DossierRejected, to: To<'_>) -> Result<Letter, Unwritable> {
    let (procedure, reason) = (to.procedure, event.reason.as_str());
    let render = |vi| {
        let rejected = Rejected {
            vi,
            procedure,
            reason,
        };
        rejected.render()
    };
    let values = [("reason", reason)];
    to.letter(News::Rejected, page_of(event.dossier), &values, render)
}

#[derive(Template)]
#[template(path = "messages/supplement.txt")]
struct Supplement<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    items: &'a [String],
}

/// Something is to be added.
pub fn supplement_requested(event: &SupplementRequested, to: To<'_>) -> Result<Letter, Unwritable> {
    let (procedure, items) = (to.procedure, event.items.as_slice());
    let list: Vec<String> = items.iter().map(|item| format!("- {item}")).collect();
    let render = |vi| {
        let supplement = Supplement {
            vi,
            procedure,
            items,
        };
        supplement.render()
    };
    to.letter(
        News::SupplementRequested,
        page_of(event.dossier),
        &[("items", &list.join("\n"))],
        render,
    )
}

#[derive(Template)]
#[template(path = "messages/decided.txt")]
struct Decided<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    code: &'a str,
    /// Nothing when it was granted.
    refusal: Option<&'a str>,
}

/// A dossier is decided.
pub fn decided(event: &DossierDecided, to: To<'_>) -> Result<Letter, Unwritable> {
    let (news, refusal) = match &event.outcome {
        Outcome::Granted { .. } => (News::Granted, None),
        Outcome::Refused { reason } => (News::Refused, Some(reason.as_str())),
    };
    let code = event.code.as_str();
    let values = [("code", code), ("reason", refusal.unwrap_or_default())];
    to.letter(news, page_of(event.dossier), &values, |vi| {
        let decided = Decided {
            vi,
            procedure: to.procedure,
            code,
            refusal,
        };
        decided.render()
    })
}

#[derive(Template)]
#[template(path = "messages/result_issued.txt")]
struct Issued<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    number: &'a str,
    check_code: &'a str,
    way: Delivery,
}

/// A result is there.
pub fn result_issued(event: &ResultIssued, to: To<'_>) -> Result<Letter, Unwritable> {
    let (number, check_code) = (event.number.as_str(), event.check_code.as_str());
    let link = format!("/delivery/results/{}/file", event.result);
    let values = [("number", number), ("check_code", check_code)];
    to.letter(News::ResultIssued, link, &values, |vi| {
        let issued = Issued {
            vi,
            procedure: to.procedure,
            number,
            check_code,
            way: event.delivery,
        };
        issued.render()
    })
}

#[derive(Template)]
#[template(path = "messages/revoked.txt")]
struct Revoked<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    number: &'a str,
    reason: &'a str,
    is_replaced: bool,
}

/// A result counts no more.
pub fn result_revoked(event: &ResultRevoked, to: To<'_>) -> Result<Letter, Unwritable> {
    let (number, reason) = (&*event.number, &*event.reason);
    let details = [("number", number), ("reason", reason)];
    to.letter(News::Revoked, page_of(event.dossier), &details, |vi| {
        let revoked = Revoked {
            vi,
            procedure: to.procedure,
            number,
            reason,
            is_replaced: event.replaced_by.is_some(),
        };
        revoked.render()
    })
}

#[cfg(test)]
mod tests;
