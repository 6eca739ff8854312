//! Reports that a provider sends by calling us: what shape they have, who is believed, and what they say. Pure.

use std::borrow::Cow;

use chassis::config::Secret;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::shape::Document;
use crate::channel::{Outcome, Receipt, xml};

/// More reports than any call holds.
const MOST: usize = 1_000;

/// How a provider's reports come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// What they are written in. `form` is read from the address and from the body.
    #[serde(default)]
    pub kind: Document,
    /// What the shared secret is called: a name in the address or a header, whichever is there.
    pub secret: String,
    /// Where the list of reports stands in JSON; empty when a call holds one.
    #[serde(default)]
    pub each: String,
    /// Where its name for the message stands.
    pub reference: String,
    /// Where the state stands.
    pub code: String,
    /// Where the reason stands.
    #[serde(default)]
    pub reason: String,
    /// The states that mean it arrived.
    pub delivered: Vec<String>,
    /// The states that mean it never will.
    pub undeliverable: Vec<String>,
}

/// A call that came to us.
#[derive(Clone, Copy)]
pub struct Called<'a> {
    /// What stands behind the `?` of the address.
    pub query: &'a str,
    /// The headers, by name in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// Why a call is not believed, or not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelieved {
    /// There is no such provider, or it sends no reports.
    #[error("nobody is expected to report this way")]
    Unexpected,
    /// Without our secret.
    #[error("the secret is missing or wrong")]
    Forged,
    /// Not of the shape that was agreed.
    #[error("it is not of the shape that was agreed")]
    Unreadable,
}

impl Reports {
    /// Reads a call's reports. A state that is neither good nor bad is [`Outcome::Unknown`]: it is on its way.
    pub fn read(
        &self,
        provider: &str,
        secret: &Secret,
        called: Called,
        now: DateTime<Utc>,
    ) -> Result<Vec<Receipt>, Disbelieved> {
        let name = self.secret.to_lowercase();
        let in_header = called.headers.iter().find(|(header, _)| *header == name);
        let claimed = match in_header {
            Some((_, value)) => Cow::from(value.strip_prefix("Bearer ").unwrap_or(value)),
            None => field(called.query.as_bytes(), &self.secret).map_or(Cow::from(""), Cow::from),
        };
        if !secret.is(&claimed) {
            return Err(Disbelieved::Forged);
        }
        let found = match self.kind {
            Document::Form => vec![self.report(|place| {
                field(called.query.as_bytes(), place).or_else(|| field(called.body, place))
            })],
            Document::Json => {
                let body: Value =
                    serde_json::from_slice(called.body).map_err(|_| Disbelieved::Unreadable)?;
                let each = if self.each.is_empty() {
                    std::slice::from_ref(&body)
                } else {
                    let list = body.pointer(&self.each).and_then(Value::as_array);
                    list.ok_or(Disbelieved::Unreadable)?.as_slice()
                };
                each.iter()
                    .take(MOST)
                    .map(|report| self.report(|place| in_json(report, place)))
                    .collect()
            }
            Document::Xml => {
                let body = std::str::from_utf8(called.body).map_err(|_| Disbelieved::Unreadable)?;
                vec![self.report(|place| xml::texts(body, place)?.into_iter().next())]
            }
        };
        let named = |found: Option<(String, Outcome)>| {
            let (reference, outcome) = found.ok_or(Disbelieved::Unreadable)?;
            Ok(Receipt {
                provider: provider.to_owned(),
                reference,
                outcome,
                at: now,
            })
        };
        found.into_iter().map(named).collect()
    }

    fn report(&self, at: impl Fn(&str) -> Option<String>) -> Option<(String, Outcome)> {
        let reference = at(&self.reference).filter(|reference| !reference.is_empty())?;
        let code = at(&self.code)?;
        let outcome = if self.delivered.contains(&code) {
            Outcome::Delivered
        } else if self.undeliverable.contains(&code) {
            let reason = Some(&self.reason)
                .filter(|place| !place.is_empty())
                .and_then(|place| at(place));
            Outcome::Undeliverable {
                reason: reason
                    .unwrap_or_else(|| "the provider reports that it never will arrive".to_owned()),
                code,
            }
        } else {
            Outcome::Unknown
        };
        Some((reference, outcome))
    }
}

/// What stands at a JSON pointer, as text.
pub(super) fn in_json(document: &Value, pointer: &str) -> Option<String> {
    match document.pointer(pointer)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// A field of a form by its name.
pub(super) fn field(form: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reports(kind: Document) -> Reports {
        let at = |json: &str, xml: &str, form: &str| match kind {
            Document::Json => json.to_owned(),
            Document::Xml => xml.to_owned(),
            Document::Form => form.to_owned(),
        };
        Reports {
            kind,
            secret: "X-Token".into(),
            each: at("/all", "", ""),
            reference: at("/id", "report/id", "id"),
            code: at("/state", "report/state", "state"),
            reason: at("/why", "report/why", "why"),
            delivered: vec!["5".into()],
            undeliverable: vec!["4".into()],
        }
    }

    fn read(
        kind: Document,
        query: &str,
        token: &str,
        body: &str,
    ) -> Result<Vec<(String, Outcome)>, Disbelieved> {
        let called = Called {
            query,
            headers: &[("x-token", token)],
            body: body.as_bytes(),
        };
        let read =
            reports(kind).read("p", &Secret::from("secret"), called, DateTime::UNIX_EPOCH)?;
        Ok(read
            .into_iter()
            .map(|receipt| (receipt.reference, receipt.outcome))
            .collect())
    }

    fn never(reason: &str) -> Outcome {
        Outcome::Undeliverable {
            code: "4".into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn a_report_is_read_in_every_shape() {
        let json = r#"{"all":[{"id":"a","state":5},{"id":7,"state":"4","why":"off"},{"id":"c","state":1}]}"#;
        assert_eq!(
            read(Document::Json, "", "secret", json).unwrap(),
            [
                ("a".to_owned(), Outcome::Delivered),
                ("7".into(), never("off")),
                ("c".into(), Outcome::Unknown)
            ]
        );
        let xml = "<r><report><id>a</id><state>4</state><why>off</why></report></r>";
        assert_eq!(
            read(Document::Xml, "", "Bearer secret", xml).unwrap(),
            [("a".to_owned(), never("off"))]
        );
        assert_eq!(
            read(Document::Form, "id=a%20b&state=5", "secret", "").unwrap(),
            [("a b".to_owned(), Outcome::Delivered)]
        );
        assert_eq!(
            read(Document::Form, "", "secret", "id=a&state=5")
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn a_call_without_the_secret_or_of_another_shape_is_refused() {
        for token in ["", "secre", "secret2"] {
            assert_eq!(
                read(Document::Form, "id=a&state=5", token, ""),
                Err(Disbelieved::Forged)
            );
        }
        for (kind, body) in [
            (Document::Json, "no"),
            (Document::Json, "{}"),
            (Document::Json, r#"{"all":[{"id":"a"}]}"#),
            (Document::Xml, "<r>"),
            (Document::Xml, "<r/>"),
            (Document::Form, "id=&state=5"),
        ] {
            assert_eq!(
                read(kind, "", "secret", body),
                Err(Disbelieved::Unreadable),
                "{body}"
            );
        }
        let reports = Reports {
            secret: "token".into(),
            ..reports(Document::Form)
        };
        let called = Called {
            query: "token=secret&id=a&state=5",
            headers: &[],
            body: b"",
        };
        assert!(
            reports
                .read("p", &Secret::from("secret"), called, DateTime::UNIX_EPOCH)
                .is_ok()
        );
        assert!(
            reports
                .read("p", &Secret::default(), called, DateTime::UNIX_EPOCH)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(body: Vec<u8>, query in "\\PC{0,40}") {
            for kind in [Document::Json, Document::Xml, Document::Form] {
                let called = Called { query: &query, headers: &[("x-token", "secret")], body: &body };
                let _ = reports(kind).read("p", &Secret::from("secret"), called, DateTime::UNIX_EPOCH);
            }
        }
    }
}
