//! A whole story told with values that stand nowhere else. Afterwards nothing that was logged or traced holds one of them, and a
//! message holds only those that the list below lets it, each for a reason.

mod ear;
mod story;

use std::collections::BTreeSet;

use chassis::Envelope;

use crate::town::{ADDRESS, CITIZEN_ID, EMAIL, NAME, PASSWORD, PHONE};

/// A value that is somebody's own, or a secret.
pub struct Canary {
    /// What it is.
    pub kind: &'static str,
    /// It.
    pub value: String,
}

impl Canary {
    fn new(kind: &'static str, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
        }
    }

    /// What is known from the beginning.
    pub fn of_the_owner() -> Vec<Self> {
        vec![
            Self::new("name", NAME),
            Self::new("number", CITIZEN_ID),
            // With and without the country's code.
            Self::new("phone", &PHONE[1..]),
            Self::new("mail", EMAIL),
            Self::new("address", ADDRESS),
            Self::new("password", PASSWORD),
        ]
    }

    /// Whether a text holds it. Codes are few digits: they count where they stand alone.
    pub fn is_in(&self, text: &str) -> bool {
        let alone = |at: usize| {
            let before = text[..at].chars().next_back();
            let after = text[at + self.value.len()..].chars().next();
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            self.value.len() > 8 || !joins(before) && !joins(after)
        };
        text.match_indices(&self.value).any(|(at, _)| alone(at))
    }
}

/// Which message may carry what, and why its hearer cannot do without.
///
/// Whatever is not here, no message carries. A line that no message of the story needs fails the test as well: the list says
/// what is, not what once was.
const ALLOWED: &[(&str, &[&str], &str)] = &[
    (
        "intake.dossier-submitted.v1",
        &["name", "number", "phone", "mail", "address"],
        "the desk works on the form, and notification must reach the person",
    ),
    (
        "identity.giver-introduced.v1",
        &["name", "number", "phone", "mail"],
        "intake files for whoever lets others do so, under their name and number, and notification must reach them",
    ),
    (
        "desk.assess-dossier.v1",
        &["name", "number", "phone", "mail", "address"],
        "the agency judges the application; addressed to it alone",
    ),
    (
        "desk.examine-dossier.v1",
        &["name", "number", "phone", "mail", "address"],
        "the agency judges the application; addressed to it alone",
    ),
    (
        "agency.dossier-examined.v1",
        &["name", "number"],
        "the result is printed from its fields",
    ),
    (
        "payment.request-fee.v1",
        &["name"],
        "the receipt is made out to the payer",
    ),
    (
        "payment.receipt-issued.v1",
        &["name"],
        "the invoice is made out to the payer",
    ),
    (
        "desk.dossier-decided.v1",
        &["name", "number", "phone", "mail", "address"],
        "the result names whom it is for, and by post it must reach them",
    ),
    (
        "notification.send-code.v1",
        &["phone", "one-time code"],
        "notification sends it; good for ten minutes, with the ticket of who asked, and erased from the outbox",
    ),
    (
        "notification.send-warning.v1",
        &["phone"],
        "notification warns its owner; erased from the outbox",
    ),
    (
        "delivery.collection-code-made.v1",
        &["collection code"],
        "notification tells it to its owner, who tells it at the counter; good for ten minutes",
    ),
];

fn may(wire: &str, kind: &str) -> bool {
    let mut lines = ALLOWED.iter();
    lines.any(|(allowed, kinds, _)| *allowed == wire && kinds.contains(&kind))
}

/// Everything about a message but its body.
fn head(envelope: &Envelope) -> String {
    format!(
        "{} {} {} {} {:?} {} {:?} {:?}",
        envelope.id,
        envelope.wire,
        envelope.source,
        envelope.routing_key,
        envelope.subject,
        envelope.time,
        envelope.traceparent,
        envelope.causation
    )
}

#[tokio::test]
async fn nothing_personal_is_logged_or_traced_and_messages_carry_what_they_must_and_no_more() {
    let heard = ear::listen();
    let told = story::tell().await;
    let mut wrong = BTreeSet::new();

    let lines = heard.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("/intake/dossiers/{id}/submit")),
        "the spans of requests are heard"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("could not be") || line.contains("parked")),
        "what went wrong on purpose is heard"
    );
    for line in &lines {
        for canary in told.canaries.iter().filter(|canary| canary.is_in(line)) {
            wrong.insert(format!("logged or traced, {}: {line}", canary.kind));
        }
    }

    let mut seen = BTreeSet::new();
    for envelope in &told.said {
        for canary in &told.canaries {
            let wire = &*envelope.wire;
            if canary.is_in(&head(envelope)) {
                wrong.insert(format!("{wire} carries in its head: {}", canary.kind));
            }
            if canary.is_in(&envelope.body) {
                seen.insert((wire.to_owned(), canary.kind));
                if !may(wire, canary.kind) {
                    wrong.insert(format!(
                        "{wire} carries, and nothing says why: {}",
                        canary.kind
                    ));
                }
            }
        }
    }
    for (wire, kinds, _) in ALLOWED {
        let unused = kinds
            .iter()
            .filter(|kind| !seen.contains(&((*wire).to_owned(), **kind)));
        wrong.extend(unused.map(|kind| format!("{wire} may carry, and does not: {kind}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
