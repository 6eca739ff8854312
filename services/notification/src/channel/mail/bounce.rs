//! Reads what comes back: a delivery status notification (RFC 3464) about a mail of ours, as it arrives at the envelope sender.
//! Never panics, whatever it is given; never repeats what a stranger's server says.

use chrono::{DateTime, Utc};
use mailparse::{MailHeaderMap, ParsedMail, parse_headers, parse_mail};
use uuid::Uuid;

use super::PROVIDER;
use crate::channel::{Outcome, Receipt};

/// A longer mail is no notification: it is not read.
pub const LONGEST: usize = 1024 * 1024;

/// What a notification says of one mail of ours; nothing for what is no notification, or not about a mail of ours. `now` is when it
/// came, for one that does not say.
pub fn read(mail: &[u8], now: DateTime<Utc>) -> Option<Receipt> {
    let mail = parse_mail(mail.get(..mail.len().min(LONGEST))?).ok()?;
    let report = mail.ctype.params.get("report-type");
    let is_one = mail.ctype.mimetype == "multipart/report"
        && report.is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    if !is_one {
        return None;
    }
    let status = mail
        .parts()
        .find(|part| part.ctype.mimetype == "message/delivery-status")?;
    let status = status.get_body_raw().ok()?;
    let outcome = worst(&status)?;
    let reference = about(&mail).or_else(|| addressed(&mail))?;
    let at = mail
        .headers
        .get_first_value("Date")
        .and_then(|date| mailparse::dateparse(&date).ok());
    let at = at.and_then(|at| DateTime::from_timestamp(at, 0));
    Some(Receipt {
        provider: PROVIDER.to_owned(),
        reference: reference.to_string(),
        outcome,
        // A clock that is far off says nothing.
        at: at
            .filter(|at| (now - *at).abs().num_days() < 30)
            .unwrap_or(now),
    })
}

/// The fields of the recipients: the groups behind the first, which is about the mail as a whole. We send to one; a list may
/// have made more of it, and then what failed counts.
fn worst(status: &[u8]) -> Option<Outcome> {
    let text = String::from_utf8_lossy(status).replace("\r\n", "\n");
    let groups = text.split("\n\n").filter_map(|group| {
        let (fields, _) = parse_headers(group.trim_start().as_bytes()).ok()?;
        let action = fields.get_first_value("Action")?.trim().to_lowercase();
        let status = fields.get_first_value("Status").unwrap_or_default();
        Some(outcome(
            &action,
            status.split_whitespace().next().unwrap_or_default(),
        ))
    });
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Undeliverable { .. } => 2,
        Outcome::Unknown => 1,
        Outcome::Delivered => 0,
    };
    groups.max_by_key(rank)
}

fn outcome(action: &str, status: &str) -> Outcome {
    match action {
        "failed" => Outcome::Undeliverable {
            code: if is_status(status) {
                status.to_owned()
            } else {
                "failed".to_owned()
            },
            reason: reason(status).to_owned(),
        },
        "delivered" => Outcome::Delivered,
        // It is late, or went on to where nobody tells.
        _ => Outcome::Unknown,
    }
}

/// `5.1.1`: a class, a subject and a detail (RFC 3463).
fn is_status(status: &str) -> bool {
    let mut parts = status.split('.');
    let numbers = parts.by_ref().take(3).filter(|part| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbers.count() == 3 && parts.next().is_none()
}

fn reason(status: &str) -> &'static str {
    let behind_class = status.split_once('.').map_or("", |(_, rest)| rest);
    match behind_class {
        "1.1" | "1.6" | "1.10" => "there is no such mailbox",
        "1.2" | "1.8" | "4.4" => "there is no such domain",
        "2.1" => "the mailbox is closed",
        "2.2" => "the mailbox is full",
        "3.4" | "2.3" => "it is too large",
        "4.7" | "4.1" => "its server could not be reached in time",
        rest if rest.starts_with("7.") => "its server does not want it",
        _ => "it could not be delivered",
    }
}

/// The id in the Message-ID of the mail that came back, whole or as headers.
fn about(mail: &ParsedMail) -> Option<Uuid> {
    let returned = mail.parts().find(|part| {
        matches!(
            part.ctype.mimetype.as_str(),
            "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/rfc822-headers"
        )
    })?;
    let body = returned.get_body_raw().ok()?;
    let (fields, _) = parse_headers(&body).ok()?;
    let id = fields.get_first_value("Message-ID")?;
    let (id, _) = id.trim().strip_prefix('<')?.split_once('@')?;
    id.parse().ok()
}

/// The id in the address that it came back to: `bounces+id@…`.
fn addressed(mail: &ParsedMail) -> Option<Uuid> {
    let mut to = ["Delivered-To", "X-Original-To", "To"]
        .into_iter()
        .flat_map(|name| mail.headers.get_all_values(name));
    to.find_map(|to| {
        let (_, behind) = to.split_once('+')?;
        behind.split_once('@')?.0.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0192f0a0-0000-7000-8000-000000000007";

    fn notice(to: &str, status: &str, returned: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nDate: Fri, 27 Nov 2026 10:30:00 +0700\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nnguyen.vi.du@example.vn is unknown here\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n\
             --b\r\n{returned}\r\n--b--\r\n"
        )
    }

    fn told(action: &str, status: &str) -> String {
        format!(
            "Reporting-MTA: dns; mx.example\r\nArrival-Date: Fri, 27 Nov 2026 10:29:00 +0700\r\n\r\n\
             Final-Recipient: rfc822; nguyen.vi.du@example.vn\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 5.1.1 nguyen.vi.du@example.vn\r\n"
        )
    }

    fn headers() -> String {
        format!(
            "Content-Type: text/rfc822-headers\r\n\r\nFrom: a@example.vn\r\nMessage-ID: <{ID}@example.vn>\r\nSubject: x\r\n"
        )
    }

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-27T11:00:00+07:00")
            .unwrap()
            .to_utc()
    }

    #[test]
    fn a_bounce_is_told_without_what_the_server_said() {
        let receipt = read(
            notice("bounces@example.vn", &told("failed", "5.1.1"), &headers()).as_bytes(),
            now(),
        )
        .unwrap();
        assert_eq!(
            (receipt.provider.as_str(), receipt.reference.as_str()),
            ("smtp", ID)
        );
        assert_eq!(
            receipt.outcome,
            Outcome::Undeliverable {
                code: "5.1.1".into(),
                reason: "there is no such mailbox".into()
            }
        );
        assert_eq!(receipt.at.to_rfc3339(), "2026-11-27T03:30:00+00:00");
    }

    #[test]
    fn what_it_is_about_stands_in_the_returned_mail_or_in_the_address() {
        let whole = headers().replace("text/rfc822-headers", "message/rfc822");
        let other = "Content-Type: text/plain\r\n\r\nnothing";
        let by_address = format!("bounces+{ID}@example.vn");
        for (to, returned) in [
            ("bounces@example.vn", whole.as_str()),
            (by_address.as_str(), other),
        ] {
            let receipt = read(
                notice(to, &told("failed", "5.1.1"), returned).as_bytes(),
                now(),
            );
            assert_eq!(
                receipt.map(|receipt| receipt.reference).as_deref(),
                Some(ID),
                "{to}"
            );
        }
        assert_eq!(
            read(
                notice("bounces@example.vn", &told("failed", "5.1.1"), other).as_bytes(),
                now()
            ),
            None
        );
    }

    #[test]
    fn actions_are_told_apart_and_the_worst_counts() {
        let of = |status: &str| {
            read(notice("b@example.vn", status, &headers()).as_bytes(), now())
                .map(|receipt| receipt.outcome)
        };
        assert_eq!(of(&told("delayed", "4.4.7")), Some(Outcome::Unknown));
        assert_eq!(of(&told("relayed", "2.1.9")), Some(Outcome::Unknown));
        assert_eq!(of(&told("delivered", "2.1.5")), Some(Outcome::Delivered));
        let two = told("delivered", "2.1.5")
            + "\r\nFinal-Recipient: rfc822; b@example.vn\r\nAction: Failed\r\nStatus: 5.2.2 (full)\r\n";
        assert_eq!(
            of(&two),
            Some(Outcome::Undeliverable {
                code: "5.2.2".into(),
                reason: "the mailbox is full".into()
            })
        );
        assert_eq!(
            of(&told("failed", "<script>")),
            Some(Outcome::Undeliverable {
                code: "failed".into(),
                reason: "it could not be delivered".into()
            })
        );
        assert_eq!(of("Reporting-MTA: dns; mx.example\r\n"), None);
    }

    #[test]
    fn other_mail_is_none() {
        for mail in [
            "",
            "From: a@example.vn\r\n\r\nI am on holiday",
            "Content-Type: multipart/report; boundary=b\r\n\r\n--b--\r\n",
        ] {
            assert_eq!(read(mail.as_bytes(), now()), None, "{mail}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes: Vec<u8>, at: prop::sample::Index, cut: prop::sample::Index) {
            let _ = read(&bytes, now());
            let mut mail = notice("bounces@example.vn", &told("failed", "5.1.1"), &headers()).into_bytes();
            let at = at.index(mail.len());
            mail.splice(at..at, bytes);
            let _ = read(&mail, now());
            mail.truncate(cut.index(mail.len()));
            let _ = read(&mail, now());
        }
    }
}
