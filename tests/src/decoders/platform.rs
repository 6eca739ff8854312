//! What the national payment platform says: a confirmation, or an answer, as JSON.

use std::sync::LazyLock;

use payment::{
    decoders::word,
    platform::{self, OK, Secret, Word},
    port::{Through, Told, Verdict},
    vnpay::Forged,
};

const PARTNER: &str = "MOTCUA01";

static SECRET: LazyLock<Secret> = LazyLock::new(|| secret("MOTCUA0TEST0PLATFORM0NOT0REAL001"));
static ANOTHER: LazyLock<Secret> = LazyLock::new(|| secret("MOTCUA0TEST0PLATFORM0NOT0REAL002"));

fn secret(text: &str) -> Secret {
    Secret::try_from(text.to_owned()).expect("a secret")
}

/// A confirmation or an answer. Only what was hashed with the secret is believed, a value that could be read as two never; an answer
/// is no confirmation; what a notice says of an amount or a time is what was written.
pub fn confirmation(bytes: &[u8]) {
    let read = serde_json::from_slice::<Word>(bytes);
    let told = word(bytes, &ANOTHER, PARTNER, "A1");
    assert!(told.is_err(), "nobody hashed that");
    let Ok(read) = read else { return };
    assert_eq!(read.confirmed(&ANOTHER), Err(Forged));
    let again = serde_json::to_vec(&read).expect("JSON");
    let again: Word = serde_json::from_slice(&again).expect("what was written is read");
    assert_eq!(again, read);
    let values = [
        &read.kind,
        &read.code,
        &read.partner,
        &read.reference,
        &read.amount,
        &read.currency,
        &read.number,
        &read.bank,
        &read.at,
        &read.info,
        &read.status,
    ];
    let whole = values.iter().all(|value| !value.contains('|'));
    let sealed = read.clone().sealed(&SECRET);
    assert_eq!(sealed.is_believed(&SECRET), whole);
    assert!(!sealed.is_believed(&ANOTHER));
    if !whole {
        return;
    }
    if sealed.status.is_empty() {
        confirmed(&sealed);
    } else {
        assert_eq!(sealed.confirmed(&SECRET), Err(Forged), "an answer");
    }
    if let Ok(Told::Known(notice)) = sealed.answered(&SECRET, &sealed.partner, &sealed.reference) {
        let paid = (&*sealed.code, &*sealed.status) == (OK, platform::PAID);
        assert_eq!(notice.verdict == Verdict::Taken, paid);
    }
    let other = format!("{}x", sealed.reference);
    let told = sealed.answered(&SECRET, &sealed.partner, &other);
    assert!(told.is_err(), "about something else");
}

fn confirmed(word: &Word) {
    let notice = word.confirmed(&SECRET).expect("we hashed it");
    assert_eq!(notice.through, Through::Platform);
    assert_eq!(notice.verdict == Verdict::Taken, word.code == OK);
    if let Some(amount) = notice.amount {
        let digits = word.amount.trim_start_matches('0');
        let written = platform::amount(amount);
        assert_eq!(written.trim_start_matches('0'), digits);
    }
    if let Some(paid_at) = notice.paid_at {
        // The hour is of 24: what was written is read, and read back.
        assert_eq!(platform::date(paid_at), word.at);
    }
}
