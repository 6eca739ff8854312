//! A message's body with everything hidden that may be about a person, so that its shape can be looked at.

use chrono::DateTime;
use contracts::{DossierCode, OrganisationCode, ProcedureCode};
use serde_json::Value;
use uuid::Uuid;

/// What stands in the place of what is hidden.
const HIDDEN: &str = "••••";
/// The largest whole number that is shown: what has more digits may be a telephone or an identification number.
const SHOWN_UP_TO: u64 = 9_999_999;

/// The body, indented, with its keys and nothing else that may tell of a person.
///
/// Bodies differ and may be broken, so what is harmless is known and all the rest is hidden: an id, a code, a moment, a hash, a
/// truth value and a small number are shown; words, dates, telephones and long numbers are not, wherever they stand.
pub(super) fn masked(body: &str) -> String {
    serde_json::from_str(body).map_or_else(|_| HIDDEN.to_owned(), |value| pretty(&mask(value)))
}

/// Any body, indented if it is JSON.
pub(crate) fn indented(body: &str) -> String {
    serde_json::from_str(body).map_or_else(|_| body.to_owned(), |value: Value| pretty(&value))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn mask(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (shown_name(name), mask(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(mask).collect(),
        Value::String(text) if !is_harmless(&text) => HIDDEN.into(),
        Value::Number(number) if number.as_u64().is_none_or(|n| n > SHOWN_UP_TO) => HIDDEN.into(),
        harmless => harmless,
    }
}

/// A field's name, unless it is none: a map's key may be what somebody wrote.
fn shown_name(name: String) -> String {
    let letters = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.');
    let is_name = name.len() <= 64
        && name
            .bytes()
            .all(|byte| letters(byte) || byte.is_ascii_digit())
        && name.bytes().filter(u8::is_ascii_digit).count() < 8;
    if is_name { name } else { HIDDEN.to_owned() }
}

fn is_harmless(text: &str) -> bool {
    let is_code = || {
        text.parse::<DossierCode>().is_ok()
            || text.parse::<ProcedureCode>().is_ok()
            // A single part may be anything, a number of twelve digits among them; a code with its root has a dot.
            || (text.contains('.')
                && text.starts_with(|first: char| first.is_ascii_uppercase())
                && text.parse::<OrganisationCode>().is_ok())
    };
    let is_hash = || {
        text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    text.is_empty()
        || text.parse::<Uuid>().is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok()
        || is_code()
        || is_hash()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_golden_example_shows_its_shape_and_no_person() {
        for message in contracts::all() {
            let shown: Value = serde_json::from_str(&masked(message.golden)).unwrap();
            let whole: Value = serde_json::from_str(message.golden).unwrap();
            let keys = |value: &Value| {
                value
                    .as_object()
                    .map(|all| all.keys().cloned().collect::<Vec<_>>())
            };
            assert_eq!(keys(&shown), keys(&whole), "{}", message.wire);
        }
        let submitted = contracts::all()
            .into_iter()
            .find(|message| message.wire == "intake.dossier-submitted.v1")
            .unwrap();
        let whole: Value = serde_json::from_str(submitted.golden).unwrap();
        let shown: Value = serde_json::from_str(&masked(submitted.golden)).unwrap();
        for personal in ["name", "citizen_id", "phone"] {
            assert!(whole["applicant"][personal].is_string(), "{personal}");
            assert_eq!(shown["applicant"][personal], HIDDEN, "{personal}");
        }
        for (field, answer) in shown["form"].as_object().unwrap() {
            assert_eq!(answer, HIDDEN, "{field}");
        }
        assert_eq!(shown["dossier"], whole["dossier"]);
        assert_eq!(shown["procedure"], whole["procedure"]);
        assert_eq!(shown["submitted_at"], whole["submitted_at"]);
    }

    #[test]
    fn a_number_that_may_be_a_persons_is_hidden_as_text_and_as_number() {
        let body = json!({
            "a": "066090001234", "b": 66_090_001_234_u64, "c": 912_345_678, "d": -912_345_678, "e": 1.5, "f": "1990-01-15",
            "fee": 8_000, "yes": true, "none": null, "066090001234": 1, "Nguyễn": 2,
        });
        let shown: Value = serde_json::from_str(&masked(&body.to_string())).unwrap();
        for hidden in ["a", "b", "c", "d", "e", "f"] {
            assert_eq!(shown[hidden], HIDDEN, "{hidden}");
        }
        assert_eq!(
            (&shown["fee"], &shown["yes"], &shown["none"]),
            (&json!(8_000), &json!(true), &Value::Null)
        );
        assert!(shown.get("066090001234").is_none() && shown.get("Nguyễn").is_none());
    }

    #[test]
    fn of_a_torn_body_nothing_is_shown() {
        assert_eq!(masked("{\"name\":\"Nguyễn Thị"), HIDDEN);
    }
}
