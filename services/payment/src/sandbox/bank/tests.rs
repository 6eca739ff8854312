//! The pretend bank against the merchant's side of the same protocol.

use chrono::TimeZone;

use super::*;
use crate::{
    port::{Notice, Verdict},
    vnpay::Payment,
};

const TERMINAL: &str = "MOTCUA01";

fn secret() -> Secret {
    Secret::try_from("MOTCUA0TEST0SECRET0NOT0REAL00001".to_owned()).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, 2, 17, 33).unwrap()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let address = reqwest::Url::parse(&format!("https://motcua.example/?{query}")).unwrap();
    address.query_pairs().into_owned().collect()
}

fn payment() -> Payment<'static> {
    Payment {
        tmn_code: TERMINAL,
        txn_ref: "0199e3a000007000800000000000000401",
        amount: Vnd::new(16_000).unwrap(),
        info: "Nop le phi ho so H15.50.05.13-261008-0975",
        return_url: "https://motcua.example/payment/vnpay/return?a=1",
        ip: "127.0.0.1",
        bank: "",
        created: now() - TimeDelta::minutes(2),
        expires: Some(now() + TimeDelta::minutes(13)),
    }
}

fn came(payment: &Payment) -> Result<Asked, Rejection> {
    read(
        pairs(&payment.fields().signed_query(&secret())),
        &secret(),
        TERMINAL,
        now(),
    )
}

fn decided(choice: Choice) -> Transaction {
    Transaction::decide(came(&payment()).unwrap(), 14_422_574, choice, now())
}

fn heard(query: &str) -> Option<Notice> {
    Fields::from_query(pairs(query), &secret())
        .ok()
        .map(|fields| Notice::from(&fields))
}

#[test]
fn the_bank_shows_its_page_only_for_what_the_merchant_signed() {
    let asked = came(&payment()).unwrap();
    assert_eq!(
        (asked.amount.dong(), asked.txn_ref.as_str()),
        (16_000, payment().txn_ref)
    );
    let tampered = payment()
        .fields()
        .signed_query(&secret())
        .replace("=1600000", "=100");
    assert_eq!(
        read(pairs(&tampered), &secret(), TERMINAL, now()),
        Err(Rejection::Forged)
    );
    assert_eq!(
        came(&Payment {
            tmn_code: "OTHER",
            ..payment()
        }),
        Err(Rejection::Terminal)
    );
    assert_eq!(
        came(&Payment {
            txn_ref: "",
            ..payment()
        }),
        Err(Rejection::Malformed)
    );
    assert_eq!(
        came(&Payment {
            amount: Vnd::ZERO,
            ..payment()
        }),
        Err(Rejection::Malformed)
    );
    assert_eq!(
        came(&Payment {
            expires: Some(now() - TimeDelta::seconds(1)),
            ..payment()
        }),
        Err(Rejection::Expired)
    );
}

#[test]
fn every_choice_is_reported_in_the_real_protocol() {
    for (choice, verdict, code) in [
        (Choice::Pay, Verdict::Taken, "00"),
        (Choice::Cancel, Verdict::Declined, "24"),
        (Choice::NoFunds, Verdict::Declined, "51"),
        (Choice::Suspect, Verdict::Suspected, "07"),
    ] {
        let sent = decided(choice).notification(choice, &secret()).unwrap();
        assert_eq!((sent.due, sent.copies), (now(), 1));
        let notice = heard(&sent.query).unwrap();
        assert_eq!((notice.verdict, notice.code.as_str()), (verdict, code));
        assert_eq!(notice.amount, Vnd::new(16_000).ok());
        assert_eq!(notice.paid_at, Some(now()));
    }
}

#[test]
fn bad_days_are_bad_in_their_own_way() {
    let sent = |choice| decided(choice).notification(choice, &secret());
    assert_eq!(sent(Choice::Lost), None);
    assert_eq!(
        sent(Choice::Late).unwrap().due,
        now() + TimeDelta::seconds(30)
    );
    assert_eq!(sent(Choice::Twice).unwrap().copies, 2);
    assert_eq!(
        heard(&sent(Choice::WrongAmount).unwrap().query)
            .unwrap()
            .amount,
        Vnd::new(1_600_000).ok()
    );
    assert_eq!(heard(&sent(Choice::WrongSignature).unwrap().query), None);
}

#[test]
fn the_browser_goes_back_with_a_signed_result() {
    let address = decided(Choice::Pay).return_address(&secret());
    let (base, query) = address.split_once("?a=1&").unwrap();
    assert_eq!(base, "https://motcua.example/payment/vnpay/return");
    assert_eq!(heard(query).unwrap().verdict, Verdict::Taken);
}

#[test]
fn a_notification_is_said_again_until_it_is_heard_or_the_bank_gives_up() {
    assert_eq!(again("00", 1), None);
    assert_eq!(again("02", 1), None);
    assert_eq!(again("97", 1), Some(TimeDelta::seconds(10)));
    assert_eq!(again("", 2), Some(TimeDelta::seconds(20)));
    assert_eq!(again("99", TRIES), None);
}

fn call(command: &str, order: &[&str], amount: &str) -> BTreeMap<String, String> {
    let fields = Fields::default()
        .with("vnp_RequestId", "q1")
        .with("vnp_Version", vnpay::VERSION)
        .with("vnp_Command", command)
        .with("vnp_TmnCode", TERMINAL)
        .with(
            "vnp_TransactionType",
            if command == "refund" { "03" } else { "" },
        )
        .with("vnp_TxnRef", payment().txn_ref)
        .with("vnp_Amount", amount)
        .with("vnp_TransactionDate", vnpay::date(payment().created))
        .with("vnp_CreateDate", vnpay::date(now()))
        .with("vnp_IpAddr", "127.0.0.1")
        .with("vnp_OrderInfo", "Truy van");
    fields.sealed(order, &secret()).as_map().clone()
}

fn answered(
    body: BTreeMap<String, String>,
    found: Option<&Transaction>,
) -> (String, String, Option<Vnd>) {
    let call = Call::read(body, &secret(), TERMINAL).unwrap();
    let order = if matches!(call, Call::Query(_)) {
        &QUERY_ANSWER[..]
    } else {
        &REFUND_ANSWER[..]
    };
    let (answer, refunded) = call.answer(found, "a1".into(), &secret(), now());
    let answer = Fields::unsealed(answer.as_map().clone(), order, &secret()).unwrap();
    (
        answer.get("vnp_ResponseCode").into(),
        answer.get("vnp_TransactionStatus").into(),
        refunded.map(|(_, in_all)| in_all),
    )
}

#[test]
fn a_query_is_answered_and_signed() {
    let asked = || call("querydr", &QUERY, "");
    let said = |code: &str, status: &str| (code.to_owned(), status.to_owned(), None);
    assert_eq!(
        answered(asked(), Some(&decided(Choice::WrongAmount))),
        said("00", "00")
    );
    assert_eq!(
        answered(asked(), Some(&decided(Choice::Cancel))),
        said("00", "02")
    );
    assert_eq!(answered(asked(), None), said("91", ""));
}

#[test]
fn a_refund_gives_back_no_more_than_was_taken() {
    let asked = |amount| call("refund", &REFUND, amount);
    let taken = decided(Choice::Pay);
    assert_eq!(
        answered(asked("800000"), Some(&taken)).2,
        Vnd::new(8_000).ok()
    );
    let half = Transaction {
        refunded: Vnd::new(8_000).unwrap(),
        ..taken
    };
    assert_eq!(
        answered(asked("800000"), Some(&half)).2,
        Vnd::new(16_000).ok()
    );
    assert_eq!(answered(asked("900000"), Some(&half)).0, "99");
    assert_eq!(
        answered(asked("800000"), Some(&decided(Choice::Cancel))).0,
        "95"
    );
    assert_eq!(answered(asked("800000"), None).0, "91");
}

#[test]
fn a_call_that_is_not_the_merchants_is_refused() {
    let read = |body| Call::read(body, &secret(), TERMINAL).map(|_| ());
    let mut forged = call("querydr", &QUERY, "");
    forged.insert("vnp_TxnRef".into(), "another".into());
    assert_eq!(read(forged), Err("97"));
    assert_eq!(read(call("payout", &QUERY, "")), Err("03"));
    assert_eq!(read(call("refund", &REFUND, "8000.5")), Err("03"));
    assert_eq!(
        Call::read(call("querydr", &QUERY, ""), &secret(), "OTHER").map(|_| ()),
        Err("02")
    );
}
