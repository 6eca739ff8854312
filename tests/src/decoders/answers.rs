//! What VNPAY answers when it is asked what became of a payment, or to give money back.

use std::collections::BTreeMap;

use payment::{
    decoders::{answer, refund_answer},
    port::{Returned, Told, Unanswered},
    vnpay::{self, Fields, QUERY_ANSWER, REFUND_ANSWER},
};
use serde_json::Value;

use super::{
    money::{ANOTHER, SECRET, TERMINAL, unsigned},
    text,
};

/// The attempt that was asked about.
const ASKED: &str = "A1";

type Body = BTreeMap<String, Value>;

/// An answer in JSON. Only what the gateway signed is believed, only about what was asked, and nothing in it can be changed;
/// then it means what its codes say, and nobody has money back of which it does not say so.
pub fn answers(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(body) = serde_json::from_str::<Body>(text) else {
        return;
    };
    let unbelieved = |body: &Body| {
        let told = answer(body.clone(), &ANOTHER, TERMINAL, ASKED);
        assert!(matches!(told, Err(Unanswered::Unbelievable)), "{told:?}");
        let returned = refund_answer(body.clone(), &ANOTHER, TERMINAL, ASKED);
        let refused = matches!(returned, Err(Unanswered::Unbelievable));
        assert!(refused, "{returned:?}");
    };
    unbelieved(&body);
    let fields = written(&body);
    query(&fields);
    refund(&fields);
}

/// The fields as text, as they are read.
fn written(body: &Body) -> Fields {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let pairs = body.iter().map(|(name, value)| (name.clone(), text(value)));
    unsigned(&pairs.collect())
}

fn sealed(fields: &Fields, order: &[&str]) -> Body {
    let sealed = fields.clone().sealed(order, &SECRET);
    let values = sealed.as_map().iter();
    values
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect()
}

/// The same with one digit more in its amount.
fn changed(mut body: Body, fields: &Fields) -> Body {
    let more = format!("{}0", fields.get("vnp_Amount"));
    body.insert("vnp_Amount".to_owned(), more.into());
    body
}

fn is_about_it(fields: &Fields) -> bool {
    (fields.get("vnp_TmnCode"), fields.get("vnp_TxnRef")) == (TERMINAL, ASKED)
}

fn query(fields: &Fields) {
    let body = sealed(fields, &QUERY_ANSWER);
    let forged = answer(changed(body.clone(), fields), &SECRET, TERMINAL, ASKED);
    assert!(
        matches!(forged, Err(Unanswered::Unbelievable)),
        "{forged:?}"
    );
    let told = answer(body, &SECRET, TERMINAL, ASKED);
    match (is_about_it(fields), fields.get("vnp_ResponseCode"), &told) {
        (false, _, Err(Unanswered::Unbelievable)) | (true, "91", Ok(Told::NotFound)) => {}
        (true, "00", Ok(Told::Known(notice))) => {
            assert_eq!(notice.txn_ref, ASKED);
            assert_eq!(notice.amount, vnpay::dong(fields.get("vnp_Amount")));
        }
        (true, code, Err(Unanswered::Refused(refused))) => {
            assert!(code != "00" && code != "91" && code == refused, "{code:?}");
        }
        (about, code, _) => panic!("{about} {code:?}: {told:?}"),
    }
}

fn refund(fields: &Fields) {
    let body = sealed(fields, &REFUND_ANSWER);
    let forged = refund_answer(changed(body.clone(), fields), &SECRET, TERMINAL, ASKED);
    assert!(
        matches!(forged, Err(Unanswered::Unbelievable)),
        "{forged:?}"
    );
    let told = refund_answer(body, &SECRET, TERMINAL, ASKED);
    if !is_about_it(fields) {
        assert!(matches!(told, Err(Unanswered::Unbelievable)), "{told:?}");
        return;
    }
    let [code, kind, status] = [
        "vnp_ResponseCode",
        "vnp_TransactionType",
        "vnp_TransactionStatus",
    ]
    .map(|name| fields.get(name));
    let done = code == "00" && matches!(kind, "02" | "03") && status == "00";
    assert_eq!(matches!(told, Ok(Returned::Done)), done, "{told:?}");
    let known = matches!(code, "00" | "02" | "03" | "91" | "94" | "95");
    assert_eq!(told.is_ok(), known, "{code:?}: {told:?}");
}
