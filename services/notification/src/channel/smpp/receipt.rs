//! Reads a delivery receipt (SMPP 3.4 appendix B): its optional parameters where they are there, its text otherwise. Pure.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};
use rusmpp::{
    pdus::DeliverSm,
    tlvs::TlvValue,
    values::{MessageState, MessageType},
};

use crate::channel::{Outcome, config::Naming};

/// A receipt gives the time without saying of which place; the providers are in Vietnam.
const OFFSET: i32 = 7 * 3600;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What the provider called the message.
    pub reference: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When, if that can be read.
    pub at: Option<DateTime<Utc>>,
}

/// Reads a receipt; nothing for a message that is none, or that does not say of what it is one.
pub fn read(deliver: &DeliverSm) -> Option<Read> {
    let tlvs = || deliver.tlvs().iter().filter_map(|tlv| tlv.value());
    let named = tlvs().find_map(|value| match value {
        TlvValue::ReceiptedMessageId(id) => Some(id.as_str().to_owned()),
        _ => None,
    });
    let is_one =
        deliver.esm_class.message_type == MessageType::ShortMessageContainsMCDeliveryReceipt;
    if !is_one && named.is_none() {
        return None;
    }
    let payload = tlvs().find_map(|value| match value {
        TlvValue::MessagePayload(payload) => Some(payload.value.as_ref()),
        _ => None,
    });
    let text =
        String::from_utf8_lossy(payload.unwrap_or(deliver.short_message().as_ref())).into_owned();
    let state = tlvs().find_map(|value| match value {
        TlvValue::MessageState(state) => Some(by_number(*state)),
        _ => None,
    });
    let error = tlvs().find_map(|value| match value {
        TlvValue::NetworkErrorCode(error) => Some(format!("{:03}", error.error_code)),
        _ => None,
    });
    let state = state.or_else(|| by_word(field(&text, "stat")?))?;
    let error = error
        .or_else(|| field(&text, "err").map(str::to_owned))
        .unwrap_or_default();
    let reference = named.or_else(|| field(&text, "id").map(str::to_owned))?;
    Some(Read {
        reference: Some(reference).filter(|reference| !reference.is_empty())?,
        outcome: outcome(state, &error),
        at: field(&text, "done date").and_then(time),
    })
}

/// A message's name as its answer had it, made such that [`of_receipt`] of a receipt's is the same.
pub fn of_answer(reference: &str, naming: Naming) -> String {
    match (naming, u64::from_str_radix(reference, 16)) {
        (Naming::Decimal, Ok(number)) => format!("{number:X}"),
        _ => reference.to_owned(),
    }
}

/// A message's name as its receipt has it, made such that it is the answer's.
pub fn of_receipt(reference: &str, naming: Naming) -> String {
    match (naming, reference.parse::<u64>()) {
        (Naming::Decimal, Ok(number)) => format!("{number:X}"),
        _ => reference.to_owned(),
    }
}

/// A field of the text. Names are written in either case; a value ends at a blank.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let name = format!("{name}:");
    let at = text.char_indices().find_map(|(at, _)| {
        let here = text.get(at..at + name.len())?;
        let begins = at == 0 || text[..at].ends_with(char::is_whitespace);
        (begins && here.eq_ignore_ascii_case(&name)).then_some(at + name.len())
    })?;
    text[at..]
        .split_whitespace()
        .next()
        .filter(|_| !text[at..].starts_with(' '))
}

fn by_word(word: &str) -> Option<&'static str> {
    let known = [
        "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "ACCEPTD", "ENROUTE", "UNKNOWN",
        "SKIPPED", "SCHEDLD",
    ];
    known
        .into_iter()
        .find(|known| word.eq_ignore_ascii_case(known))
}

const fn by_number(state: MessageState) -> &'static str {
    match state {
        MessageState::Delivered => "DELIVRD",
        MessageState::Expired => "EXPIRED",
        MessageState::Deleted => "DELETED",
        MessageState::Undeliverable => "UNDELIV",
        MessageState::Rejected => "REJECTD",
        MessageState::Skipped => "SKIPPED",
        MessageState::Accepted => "ACCEPTD",
        MessageState::Enroute => "ENROUTE",
        MessageState::Scheduled => "SCHEDLD",
        _ => "UNKNOWN",
    }
}

fn outcome(state: &str, error: &str) -> Outcome {
    let why = match state {
        "DELIVRD" => return Outcome::Delivered,
        "EXPIRED" => "it could not be delivered in its time",
        "DELETED" => "the provider deleted it",
        "UNDELIV" => "it cannot be delivered",
        "REJECTD" => "the network rejected it",
        "SKIPPED" => "the network did not send it",
        // On its way, or nobody knows: another receipt may follow.
        _ => return Outcome::Unknown,
    };
    let code = if error.is_empty() {
        state.to_owned()
    } else {
        format!("{state} {error}")
    };
    Outcome::Undeliverable {
        code,
        reason: why.to_owned(),
    }
}

/// `YYMMDDhhmm`, with seconds or without.
fn time(text: &str) -> Option<DateTime<Utc>> {
    if !matches!(text.len(), 10 | 12) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| text.get(at..at + 2).and_then(|two| two.parse::<u32>().ok());
    let year = i32::try_from(two(0)?).ok()?;
    let time = NaiveDate::from_ymd_opt(2000 + year, two(2)?, two(4)?)?.and_hms_opt(
        two(6)?,
        two(8)?,
        two(10).unwrap_or(0),
    )?;
    Some(
        FixedOffset::east_opt(OFFSET)?
            .from_local_datetime(&time)
            .single()?
            .to_utc(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::{
        tlvs::MessageDeliveryRequestTlvValue,
        types::{COctetString, OctetString},
        values::EsmClass,
    };

    use super::*;

    fn deliver(text: &[u8]) -> DeliverSm {
        DeliverSm::builder()
            .esm_class(EsmClass::from(0b0000_0100))
            .short_message(OctetString::from_slice(text).unwrap())
            .build()
    }

    fn never(code: &str, reason: &str) -> Outcome {
        Outcome::Undeliverable {
            code: code.into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn a_receipt_is_read_from_its_text() {
        let text = b"id:8F-2a sub:001 dlvrd:001 submit date:2611271028 done date:2611271030 stat:DELIVRD err:000 text:Da co stat:x";
        let read = read(&deliver(text)).unwrap();
        assert_eq!(
            (read.reference.as_str(), read.outcome),
            ("8F-2a", Outcome::Delivered)
        );
        assert_eq!(read.at.unwrap().to_rfc3339(), "2026-11-27T03:30:00+00:00");
    }

    #[test]
    fn a_name_in_hex_is_found_again_in_decimal() {
        assert_eq!(
            of_answer("00000a3F", Naming::Decimal),
            of_receipt("2623", Naming::Decimal)
        );
        for naming in [Naming::Same, Naming::Decimal] {
            assert_eq!(of_answer("8F-2a", naming), "8F-2a");
            assert_eq!(of_receipt("8F-2a", naming), "8F-2a");
        }
        assert_eq!(of_answer("00000a3F", Naming::Same), "00000a3F");
    }

    #[test]
    fn its_states_are_told_apart() {
        let of = |text: &str| read(&deliver(text.as_bytes())).map(|read| read.outcome);
        assert_eq!(
            of("id:1 stat:UNDELIV err:027").unwrap(),
            never("UNDELIV 027", "it cannot be delivered")
        );
        assert_eq!(
            of("ID:1 Stat:expired Err:").unwrap(),
            never("EXPIRED", "it could not be delivered in its time")
        );
        for state in ["ENROUTE", "ACCEPTD", "UNKNOWN"] {
            assert_eq!(of(&format!("id:1 stat:{state}")), Some(Outcome::Unknown));
        }
        for none in [
            "",
            "hello",
            "stat:DELIVRD",
            "id: stat:DELIVRD",
            "id:1",
            "id:1 stat:WHAT",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn its_parameters_come_before_its_text_and_other_messages_are_none() {
        let mut deliver = deliver(b"id:wrong stat:EXPIRED err:001");
        deliver.push_tlv(MessageDeliveryRequestTlvValue::ReceiptedMessageId(
            COctetString::from_slice(b"right\0").unwrap(),
        ));
        deliver.push_tlv(MessageDeliveryRequestTlvValue::MessageState(
            MessageState::Delivered,
        ));
        let told = read(&deliver).unwrap();
        assert_eq!(
            (told.reference.as_str(), told.outcome),
            ("right", Outcome::Delivered)
        );
        let reply = DeliverSm::builder()
            .esm_class(EsmClass::from(0))
            .short_message(OctetString::from_slice(b"id:1 stat:DELIVRD").unwrap())
            .build();
        assert_eq!(read(&reply), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..255), text in "(id:|stat:|done date:|[ 0-9A-Zđ]){0,20}") {
            let _ = read(&deliver(&bytes));
            let bytes: Vec<u8> = text.into_bytes().into_iter().take(255).collect();
            let _ = read(&deliver(&bytes));
        }
    }
}
