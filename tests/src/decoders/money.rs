//! What VNPAY's protocol brings: signed queries and calls, and what the pretend bank makes of them.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::http::Uri;
use chrono::{DateTime, TimeZone, Utc};
use payment::{
    decoders::answer,
    port::{Notice, Told, Verdict},
    sandbox::bank::{self, Asked, Call, Choice, Transaction},
    vnpay::{self, Fields, Forged, QUERY, QUERY_ANSWER, REFUND, Secret},
};
use serde_json::Value;

use super::text;

pub(super) const TERMINAL: &str = "MOTCUA01";
const HASH: &str = "vnp_SecureHash";

/// What the payer may press.
const CHOICES: [&str; 10] = [
    "pay",
    "cancel",
    "no_funds",
    "suspect",
    "lost",
    "late",
    "twice",
    "wrong_amount",
    "wrong_signature",
    "silent",
];

type Pairs = BTreeMap<String, String>;

pub(super) static SECRET: LazyLock<Secret> =
    LazyLock::new(|| secret("MOTCUA0TEST0SECRET0NOT0REAL00001"));
pub(super) static ANOTHER: LazyLock<Secret> =
    LazyLock::new(|| secret("MOTCUA0TEST0SECRET0NOT0REAL00002"));

fn secret(text: &str) -> Secret {
    Secret::try_from(text.to_owned()).expect("a secret")
}

fn now() -> DateTime<Utc> {
    let now = Utc.with_ymd_and_hms(2026, 10, 8, 2, 15, 0);
    now.single().expect("a moment")
}

/// A query string, read as the endpoints read it.
fn pairs(query: &str) -> Pairs {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// The fields of a message without its checksum.
pub(super) fn unsigned(pairs: &Pairs) -> Fields {
    let own = pairs
        .iter()
        .filter(|(name, _)| name.starts_with("vnp_") && !name.starts_with(HASH));
    own.fold(Fields::default(), |fields, (name, value)| {
        fields.with(name, value)
    })
}

/// The query string of a notification or a return. Only what was signed is believed, and all of that; what a notice says
/// of an amount or a time is what was written.
pub fn vnpay(bytes: &[u8]) {
    let Some(query) = text(bytes) else { return };
    let pairs = pairs(query);
    let fields = unsigned(&pairs);
    if let Ok(believed) = Fields::from_query(pairs, &SECRET) {
        assert_eq!(believed, fields);
    }
    let signed = fields.signed_query(&SECRET);
    let address = format!("http://localhost/?{signed}");
    assert!(address.parse::<Uri>().is_ok(), "{address}");
    let signed = self::pairs(&signed);
    let forged = Fields::from_query(signed.clone(), &ANOTHER);
    assert_eq!(forged, Err(Forged), "signed with another secret");
    assert_eq!(Fields::from_query(signed, &SECRET), Ok(fields.clone()));
    notice(&fields);
}

fn notice(fields: &Fields) {
    let notice = Notice::from(fields);
    if let Some(amount) = notice.amount {
        assert_eq!(vnpay::dong(&vnpay::amount(amount)), Some(amount));
    }
    if let Some(paid_at) = notice.paid_at {
        let written = vnpay::date(paid_at);
        assert_eq!(vnpay::moment(&written), Some(paid_at), "{written}");
    }
    let codes = ["vnp_ResponseCode", "vnp_TransactionStatus"].map(|name| fields.get(name));
    let taken = notice.verdict == Verdict::Taken;
    assert_eq!(taken, codes == ["00", "00"], "{codes:?}");
}

/// What reaches the pretend bank, signed by us: a browser's query string, or a merchant's call in JSON. What it tells the
/// merchant is believed there, but for the days on which it shall not be.
pub fn bank(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if text.starts_with('{') {
        if let Ok(body) = serde_json::from_str::<Pairs>(text) {
            call(&body);
        }
        if let Ok(body) = serde_json::from_str::<BTreeMap<String, Value>>(text) {
            let believed = answer(body, &ANOTHER, TERMINAL, "A1");
            assert!(believed.is_err(), "nobody signed that");
        }
    } else {
        counter(&pairs(text));
    }
}

fn counter(pairs: &Pairs) {
    let signed = self::pairs(&unsigned(pairs).signed_query(&SECRET));
    let forged = bank::read(signed.clone(), &ANOTHER, TERMINAL, now());
    assert_eq!(forged, Err(bank::Rejection::Forged));
    let asked = match bank::read(signed, &SECRET, TERMINAL, now()) {
        Ok(asked) => asked,
        Err(rejection) => {
            assert_ne!(rejection, bank::Rejection::Forged, "we signed it");
            return;
        }
    };
    assert!(!asked.amount.is_zero() && asked.tmn_code == TERMINAL);
    for name in CHOICES {
        let choice = serde_json::from_value(name.into()).expect("a button of the bank's");
        decide(&asked, choice);
    }
}

fn decide(asked: &Asked, choice: Choice) {
    let decided = Transaction::decide(asked.clone(), 12_345_678, choice, now());
    let Some(notification) = decided.notification(choice, &SECRET) else {
        assert!(
            matches!(choice, Choice::Lost | Choice::Silent),
            "{choice:?}"
        );
        return;
    };
    match Fields::from_query(pairs(&notification.query), &SECRET) {
        Err(Forged) => assert_eq!(choice, Choice::WrongSignature),
        Ok(fields) => {
            let notice = Notice::from(&fields);
            assert_eq!(notice.txn_ref, asked.txn_ref);
            let right = notice.amount == Some(asked.amount);
            assert_eq!(right, choice != Choice::WrongAmount, "{choice:?}");
        }
    }
}

fn call(body: &Pairs) {
    if let Err(code) = Call::read(body.clone(), &ANOTHER, TERMINAL) {
        assert!(matches!(code, "02" | "03" | "97"), "{code}");
    }
    let order = match body.get("vnp_Command").map(String::as_str) {
        Some("querydr") => &QUERY[..],
        Some("refund") => &REFUND[..],
        _ => return,
    };
    let sealed = unsigned(body).sealed(order, &SECRET);
    let call = match Call::read(sealed.as_map().clone(), &SECRET, TERMINAL) {
        Ok(call) => call,
        Err(code) => {
            assert!(matches!(code, "02" | "03"), "we signed it: {code}");
            return;
        }
    };
    let (answered, refunded) = call.answer(None, "1".to_owned(), &SECRET, DateTime::UNIX_EPOCH);
    assert_eq!((answered.get("vnp_ResponseCode"), refunded), ("91", None));
    if let Call::Query(fields) = &call {
        let values = answered.as_map().clone().into_iter();
        let values = values.map(|(name, value)| (name, Value::from(value)));
        let heard = answer(
            values.collect(),
            &SECRET,
            TERMINAL,
            fields.get("vnp_TxnRef"),
        );
        assert!(matches!(heard, Ok(Told::NotFound)), "{heard:?}");
        let values = Fields::unsealed(answered.as_map().clone(), &QUERY_ANSWER, &ANOTHER);
        assert_eq!(values, Err(Forged));
    }
}
