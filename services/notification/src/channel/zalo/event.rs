//! What Zalo tells of a message that it took: an event, signed with the Official Account's secret. Pure.
//!
//! The signature is `mac=` and SHA-256 in hex over the app's id, the body, the event's timestamp and the secret, one behind the
//! other. To be confirmed with Zalo before the first real message.

use chassis::config::Secret;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::PROVIDER;
use crate::channel::{Outcome, Receipt, sms::webhook::Disbelieved};

/// The header with the signature.
pub const SIGNATURE: &str = "x-zevent-signature";

/// The signature of an event.
pub fn signature(app_id: &str, secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(app_id.as_bytes());
    hash.update(body);
    hash.update(timestamp.as_bytes());
    hash.update(secret.expose().as_bytes());
    format!("mac={}", hex::encode(hash.finalize()))
}

/// Reads an event: the receipt of a message that reached its person, or nothing for any other.
pub fn read(
    app_id: &str,
    secret: &Secret,
    claimed: &str,
    body: &[u8],
) -> Result<Option<Receipt>, Disbelieved> {
    if secret.is_empty() {
        return Err(Disbelieved::Unexpected);
    }
    let event: Value = serde_json::from_slice(body).map_err(|_| Disbelieved::Unreadable)?;
    let timestamp = match event.get("timestamp") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(Disbelieved::Unreadable),
    };
    let expected = signature(app_id, secret, &timestamp, body);
    if !bool::from(expected.as_bytes().ct_eq(claimed.as_bytes())) {
        return Err(Disbelieved::Forged);
    }
    if event.get("event_name").and_then(Value::as_str) != Some("user_received_message") {
        return Ok(None);
    }
    let reference = event.pointer("/message/msg_id").and_then(Value::as_str);
    let millis = timestamp
        .parse()
        .ok()
        .and_then(DateTime::<Utc>::from_timestamp_millis);
    Ok(Some(Receipt {
        provider: PROVIDER.to_owned(),
        reference: reference.ok_or(Disbelieved::Unreadable)?.to_owned(),
        outcome: Outcome::Delivered,
        at: millis.ok_or(Disbelieved::Unreadable)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(body: &str, claimed: Option<&str>) -> Result<Option<Receipt>, Disbelieved> {
        let secret = Secret::from("s");
        let signed = signature("app", &secret, "1000", body.as_bytes());
        read("app", &secret, claimed.unwrap_or(&signed), body.as_bytes())
    }

    #[test]
    fn a_signed_event_is_a_receipt() {
        let body = r#"{"event_name":"user_received_message","timestamp":"1000","message":{"msg_id":"m1","tracking_id":"t"}}"#;
        let receipt = told(body, None).unwrap().unwrap();
        assert_eq!(
            (
                receipt.reference.as_str(),
                receipt.outcome,
                receipt.at.timestamp()
            ),
            ("m1", Outcome::Delivered, 1)
        );
        assert_eq!(told(body, Some("mac=0")), Err(Disbelieved::Forged));
        assert_eq!(
            told(r#"{"event_name":"follow","timestamp":1000}"#, None),
            Ok(None)
        );
        for body in [
            "no",
            "{}",
            r#"{"event_name":"user_received_message","timestamp":1000}"#,
        ] {
            assert_eq!(told(body, None), Err(Disbelieved::Unreadable), "{body}");
        }
        assert_eq!(
            read("app", &Secret::default(), "", body.as_bytes()),
            Err(Disbelieved::Unexpected)
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(body: Vec<u8>, claimed in "\\PC{0,80}") {
            let _ = read("app", &Secret::from("s"), &claimed, &body);
        }
    }
}
