//! What people are told: each event's letter from its template, in Vietnamese with a short second half in English.

mod fees;

use askama::Template;
use contracts::{
    Delivery, DossierId,
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, DossierReceived, DossierRejected, Outcome, SupplementRequested},
    intake::DossierSubmitted,
};
use procedure::Bilingual;

pub use self::fees::{
    fee_cancelled, fee_expired, fee_ordered, fee_paid, fee_refunded, result_awaits_fee,
};
use crate::store::{Contact, Message};

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
}

/// Renders a template in both languages. Its first line is the title.
fn letter(link: String, render: impl Fn(bool) -> askama::Result<String>) -> askama::Result<Letter> {
    let split = |text: String| match text.trim().split_once('\n') {
        Some((title, body)) => (title.trim().to_owned(), body.trim().to_owned()),
        None => (text.trim().to_owned(), String::new()),
    };
    let ((title, body), (title_en, body_en)) = (split(render(true)?), split(render(false)?));
    Ok(Letter {
        title,
        body,
        title_en,
        body_en,
        link,
    })
}

fn page_of(dossier: DossierId) -> String {
    format!("/intake/dossiers/{dossier}")
}

#[derive(Template)]
#[template(path = "messages/submitted.txt")]
struct Submitted<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    at: String,
}

/// A dossier is on its way to the desk.
pub fn submitted(event: &DossierSubmitted, contact: &Contact) -> askama::Result<Letter> {
    letter(page_of(event.dossier), |vi| {
        let (procedure, at) = (&contact.procedure, web::moment(event.submitted_at));
        Submitted { vi, procedure, at }.render()
    })
}

#[derive(Template)]
#[template(path = "messages/received.txt")]
struct Received<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    code: &'a str,
    due: String,
}

/// The desk took a dossier in.
pub fn received(event: &DossierReceived, contact: &Contact) -> askama::Result<Letter> {
    letter(page_of(event.dossier), |vi| {
        let (procedure, code, due) = (
            &contact.procedure,
            event.code.as_str(),
            web::moment(event.due_at),
        );
        Received {
            vi,
            procedure,
            code,
            due,
        }
        .render()
    })
}

#[derive(Template)]
#[template(path = "messages/rejected.txt")]
struct Rejected<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    reason: &'a str,
}

/// The desk did not take a dossier in.
pub fn rejected(event: &DossierRejected, contact: &Contact) -> askama::Result<Letter> {
    letter(page_of(event.dossier), |vi| {
        let (procedure, reason) = (&contact.procedure, event.reason.as_str());
        Rejected {
            vi,
            procedure,
            reason,
        }
        .render()
    })
}

#[derive(Template)]
#[template(path = "messages/supplement.txt")]
struct Supplement<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    items: &'a [String],
}

/// Something is to be added.
pub fn supplement_requested(
    event: &SupplementRequested,
    contact: &Contact,
) -> askama::Result<Letter> {
    letter(page_of(event.dossier), |vi| {
        let (procedure, items) = (&contact.procedure, event.items.as_slice());
        Supplement {
            vi,
            procedure,
            items,
        }
        .render()
    })
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
pub fn decided(event: &DossierDecided, contact: &Contact) -> askama::Result<Letter> {
    let refusal = match &event.outcome {
        Outcome::Granted { .. } => None,
        Outcome::Refused { reason } => Some(reason.as_str()),
    };
    letter(page_of(event.dossier), |vi| {
        let (procedure, code) = (&contact.procedure, event.code.as_str());
        Decided {
            vi,
            procedure,
            code,
            refusal,
        }
        .render()
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
pub fn result_issued(event: &ResultIssued, contact: &Contact) -> askama::Result<Letter> {
    letter(format!("/delivery/results/{}/file", event.result), |vi| {
        let issued = Issued {
            vi,
            procedure: &contact.procedure,
            number: &event.number,
            check_code: &event.check_code,
            way: event.delivery,
        };
        issued.render()
    })
}

#[derive(Template)]
#[template(path = "messages/handed_over.txt")]
struct HandedOver<'a> {
    vi: bool,
    procedure: &'a Bilingual,
    way: Delivery,
    at: String,
}

/// A result is in the citizen's hands.
pub fn result_handed_over(event: &ResultHandedOver, contact: &Contact) -> askama::Result<Letter> {
    letter(format!("/delivery/results/{}/file", event.result), |vi| {
        let (procedure, at) = (&contact.procedure, web::moment(event.handed_over_at));
        let way = event.delivery;
        HandedOver {
            vi,
            procedure,
            way,
            at,
        }
        .render()
    })
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct MailText<'a> {
    name: &'a str,
    code: Option<&'a str>,
    letter: &'a Letter,
    link: &'a str,
}

/// The text of the mail that carries a message; `link` is the whole address of its page.
pub fn mail(message: &Message, contact: &Contact, link: &str) -> askama::Result<String> {
    let text = MailText {
        name: &contact.name,
        code: contact.code.as_deref(),
        letter: &message.letter,
        link,
    };
    text.render()
}

#[derive(Template)]
#[template(path = "subject.txt")]
struct Subject<'a> {
    title: &'a str,
    code: Option<&'a str>,
}

/// The subject of the mail: the kind of news and the dossier's code, nothing of the person.
pub fn subject(message: &Message, contact: &Contact) -> askama::Result<String> {
    let subject = Subject {
        title: &message.letter.title,
        code: contact.code.as_deref(),
    };
    Ok(subject.render()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact() -> Contact {
        Contact {
            dossier: DossierId(uuid::Uuid::nil()),
            account: contracts::AccountId(uuid::Uuid::nil()),
            name: "Nguyễn Thị Ví Dụ".to_owned(),
            email: None,
            procedure: Bilingual {
                vi: "Cấp bản sao".to_owned(),
                en: "Copy".to_owned(),
            },
            code: Some("H15-261008-0001".to_owned()),
        }
    }

    fn rejection(reason: &str) -> Letter {
        let event = DossierRejected {
            dossier: DossierId(uuid::Uuid::nil()),
            reason: reason.to_owned(),
            rejected_at: chrono::DateTime::UNIX_EPOCH,
        };
        rejected(&event, &contact()).unwrap()
    }

    #[test]
    fn what_an_officer_wrote_stays_in_the_body_as_it_was_written() {
        let letter = rejection("Thiếu <chữ ký> & dấu.\nXin xem lại.");
        assert_eq!(letter.title, "Hồ sơ không được tiếp nhận");
        assert_eq!(
            letter.body,
            "Hồ sơ “Cấp bản sao” không được tiếp nhận. Lý do: Thiếu <chữ ký> & dấu.\nXin xem lại."
        );
        assert_eq!(letter.title_en, "Your application was not accepted");
    }

    #[test]
    fn a_refusal_gives_its_reason_and_a_grant_gives_none() {
        let golden = contracts::all()
            .into_iter()
            .find(|message| message.name == "DossierDecided");
        let granted: DossierDecided = serde_json::from_str(golden.unwrap().golden).unwrap();
        let letter = decided(&granted, &contact()).unwrap();
        assert_eq!(
            (letter.title.as_str(), letter.title_en.as_str()),
            ("Hồ sơ đã được giải quyết", "Your application was granted")
        );
        let reason = "Không có trong sổ.".to_owned();
        let refused = DossierDecided {
            outcome: Outcome::Refused { reason },
            ..granted
        };
        let letter = decided(&refused, &contact()).unwrap();
        assert_eq!(
            (letter.title.as_str(), letter.title_en.as_str()),
            ("Hồ sơ bị từ chối", "Your application was refused")
        );
        assert_eq!(
            letter.body,
            "Hồ sơ H15.50.05.13-261008-0975 “Cấp bản sao” không được chấp thuận. Lý do: Không có trong sổ.\n\
             Văn bản từ chối sẽ được gửi đến ông (bà)."
        );
    }

    #[test]
    fn a_subject_names_the_news_and_the_dossier_and_no_person() {
        let message = Message {
            id: uuid::Uuid::nil(),
            dossier: DossierId(uuid::Uuid::nil()),
            account: contracts::AccountId(uuid::Uuid::nil()),
            event: String::new(),
            letter: rejection("Nguyễn Thị Ví Dụ"),
            happened_at: chrono::DateTime::UNIX_EPOCH,
            read_at: None,
        };
        assert_eq!(
            subject(&message, &contact()).unwrap(),
            "Hồ sơ không được tiếp nhận – hồ sơ H15-261008-0001"
        );
        let no_code = Contact {
            code: None,
            ..contact()
        };
        assert_eq!(
            subject(&message, &no_code).unwrap(),
            "Hồ sơ không được tiếp nhận"
        );
        let text = mail(&message, &contact(), "https://mot-cua.example.vn/x").unwrap();
        assert!(
            text.starts_with("Kính gửi ông (bà) Nguyễn Thị Ví Dụ,\n\nHồ sơ “Cấp bản sao”"),
            "{text}"
        );
        assert!(
            text.contains(
                "\n\nMã hồ sơ: H15-261008-0001\n\nXem chi tiết: https://mot-cua.example.vn/x\n"
            ),
            "{text}"
        );
    }
}
