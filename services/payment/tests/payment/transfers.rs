//! Paying by transfer: what the payer sees, what the bank's lines do, and what is left for an officer.

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::{FeePaid, Method};
use payment::vietqr::Transfer;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::{
    statements::table,
    town::{
        Town,
        bank::{ACCOUNT, bank_secret, came},
        morning, order, request,
    },
};

pub const CODE: &str = "H15.50.05.13-261008-0975";
const OWED: &str = "receivable 16000, revenue -16000";
const PAID: &str = "bank 16000, revenue -16000";

pub fn tally(new: u32, known: u32, matched: u32, surplus: u32, waiting: u32) -> Value {
    json!({ "new": new, "known": known, "matched": matched, "surplus": surplus, "waiting": waiting, "contradicting": [] })
}

#[tokio::test]
async fn a_payer_sees_the_code_and_everything_in_it_in_words() {
    let town = Town::with_order().await;
    let own = format!("/payment/orders/{}/page", order());
    assert!(
        town.page(&own)
            .await
            .contains("Chuyển khoản bằng mã VietQR")
    );
    let there = town
        .submit(&format!("{own}/transfer"), &[("key", "1")])
        .await;
    assert_eq!(there, format!("/payment/orders/{}/transfer/page", order()));
    let page = town.page(&there).await;
    let purpose = town.purpose().await;
    assert!(
        purpose.len() <= 25 && purpose.ends_with(" LE PHI HO SO"),
        "{purpose}"
    );
    for words in [
        "<svg",
        "role=\"img\"",
        ACCOUNT,
        "Vietcombank",
        "16.000 đồng",
        &purpose,
        "vài phút",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains(&format!("<title>Mã VietQR: chuyển 16.000 đồng đến tài khoản {ACCOUNT} tại Vietcombank, nội dung {purpose}</title>")));
    let path = format!("/payment/orders/{}/transfer", order());
    let (_, body) = town.post(Role::Citizen, &path, Value::Null).await;
    let transfer = Transfer::read(body["payload"].as_str().unwrap()).unwrap();
    assert_eq!(
        (transfer.to.number(), transfer.to.bank()),
        (ACCOUNT, "970436")
    );
    assert_eq!(transfer.amount.unwrap().dong(), 16_000);
    assert_eq!(transfer.purpose.unwrap().as_str(), purpose);
    assert_eq!(town.post(Role::Officer, &path, Value::Null).await.0, 404);
    assert_eq!(town.stranger_gets(&there).await.0, 404);
}

#[tokio::test]
async fn a_line_of_the_banks_pays_its_order_exactly_once() {
    let mut town = Town::with_order().await;
    let purpose = town.purpose().await;
    let line = came(
        "FT1",
        16_000,
        &format!(
            "MBVCB.99.{}.CT tu 0123",
            purpose.to_lowercase().replace(' ', "")
        ),
    );
    assert_eq!(
        town.bank_says(std::slice::from_ref(&line)).await,
        (200, tally(1, 0, 1, 0, 0))
    );
    assert_eq!(town.bank_says(&[line]).await, (200, tally(0, 1, 0, 0, 0)));
    town.settle().await;
    let said = town.said::<FeePaid>().await;
    assert_eq!(said.len(), 1);
    assert_eq!(
        (said[0].method, said[0].paid_at),
        (Method::Transfer, morning())
    );
    assert_eq!(town.order().await["method"], "transfer");
    assert_eq!(town.books().await, PAID);
    let own = format!("/payment/orders/{}", order());
    assert_eq!(
        town.post(Role::Citizen, &format!("{own}/transfer"), Value::Null)
            .await
            .0,
        409
    );
    assert!(town.page(&format!("{own}/page")).await.contains("Đã nộp"));
}

#[tokio::test]
async fn the_same_line_said_many_times_at_once_pays_once() {
    let mut town = Town::with_order().await;
    let line = [came("FT1", 16_000, &town.purpose().await)];
    let said = futures::future::join_all((0..8).map(|_| town.bank_says(&line))).await;
    assert_eq!(
        said.iter()
            .filter(|(status, body)| *status == 200 && body["new"] == 1)
            .count(),
        1
    );
    assert!(said.iter().all(|(status, _)| *status == 200), "{said:?}");
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, PAID);
}

#[tokio::test]
async fn nobody_but_the_bank_says_what_came() {
    let town = Town::with_order().await;
    let line = came("FT1", 16_000, &town.purpose().await);
    let body = json!({ "account": ACCOUNT, "lines": [line] }).to_string();
    let signed = bank_secret().sign(morning(), body.as_bytes());
    let other = body.replace("16000", "15000");
    assert_eq!(town.said_with(&[], body.clone()).await.0, 401);
    assert_eq!(town.said_with(&signed, other).await.0, 401);
    let old = bank_secret().sign(morning() - chrono::TimeDelta::minutes(6), body.as_bytes());
    let (status, problem) = town.said_with(&old, body.clone()).await;
    assert_eq!(
        (status, problem["title_en"].as_str()),
        (
            401,
            Some("This was signed too long ago, or by a clock that is wrong")
        )
    );
    let foreign = body.replace(ACCOUNT, "999");
    let (status, problem) = town
        .said_with(&bank_secret().sign(morning(), foreign.as_bytes()), foreign)
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("account"))
    );
    for nonsense in ["{", "[]", "{\"account\":\"0011001234567\",\"lines\":[]}"] {
        let headers = bank_secret().sign(morning(), nonsense.as_bytes());
        assert_eq!(
            town.said_with(&headers, nonsense.into()).await.0,
            422,
            "{nonsense}"
        );
    }
    let (status, problem) = town
        .bank_says(&[came("FT1", 16_000, ""), came(" ", 1, "")])
        .await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("lines.1"))
    );
    assert_eq!(
        town.column("SELECT reference FROM bank_lines").await,
        [""; 0]
    );
    assert_eq!(town.books().await, OWED);
}

#[tokio::test]
async fn money_that_no_order_is_known_for_waits_and_an_officer_gives_it_to_one() {
    let mut town = Town::with_order().await;
    let purpose = town.purpose().await;
    let typo = purpose.replacen(purpose.chars().nth(4).unwrap(), "?", 1);
    let lines = [
        came("A", 15_000, &purpose),
        came("B", 17_000, &purpose),
        came("C", 16_000, "nop tien"),
        came("D", 16_000, &typo),
    ];
    assert_eq!(town.bank_says(&lines).await, (200, tally(4, 0, 0, 0, 4)));
    assert_eq!(
        town.waits().await,
        [
            "A too_little",
            "B too_much",
            "C no_reference",
            "D no_reference"
        ]
    );
    assert_eq!(
        town.books().await,
        "bank 64000, receivable 16000, revenue -16000, unallocated -64000"
    );
    let ids = town.waiting_ids().await;
    let (status, problem) = town.allocates(&ids[..1], CODE).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("lines"))
    );
    let (status, problem) = town.allocates(&ids[2..3], "H15.50.05.13-261008-9999").await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("order"))
    );
    assert_eq!(town.allocates(&[], CODE).await.0, 422);
    assert_eq!(town.allocates(&ids[2..3], "H15\0").await.0, 422);
    let many = vec![ids[2].clone(); 201];
    assert_eq!(town.allocates(&many, CODE).await.0, 422);
    assert_eq!(town.allocates(&ids[2..3], CODE).await.0, 200);
    assert_eq!(town.allocates(&ids[2..3], CODE).await.0, 409);
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(
        town.books().await,
        "bank 64000, revenue -16000, unallocated -48000"
    );
    // What is beyond, and all that is for an order that is paid, is owed back.
    assert_eq!(town.allocates(&ids[1..2], &purpose).await.0, 200);
    assert_eq!(town.order().await["surplus"], 17_000);
    assert_eq!(
        town.books().await,
        "bank 64000, owed_back -17000, revenue -16000, unallocated -31000"
    );
    let kept = town.column("SELECT reason FROM line_settlements").await;
    assert_eq!(kept, ["Người nộp gọi điện báo"; 2]);
    assert_eq!(town.waits().await, ["A too_little", "D no_reference"]);
    assert_eq!(town.get(Role::Citizen, "/payment/bank/lines").await.0, 403);
    let body = json!({ "lines": ids, "order": CODE, "reason": "x" });
    assert_eq!(
        town.post(Role::Citizen, "/payment/bank/allocations", body)
            .await
            .0,
        403
    );
}

#[tokio::test]
async fn two_transfers_that_are_too_little_pay_together() {
    let mut town = Town::with_order().await;
    let purpose = town.purpose().await;
    town.bank_says(&[came("A", 6_000, &purpose), came("B", 12_000, &purpose)])
        .await;
    let ids = town.waiting_ids().await;
    assert_eq!(town.allocates(&ids, CODE).await.0, 200);
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.order().await["surplus"], 2_000);
    assert_eq!(
        town.books().await,
        "bank 18000, owed_back -2000, revenue -16000"
    );
}

#[tokio::test]
async fn a_transfer_for_an_order_that_was_paid_already_is_owed_back() {
    let mut town = Town::with_order().await;
    let purpose = town.purpose().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    assert_eq!(
        town.bank_says(&[came("A", 16_000, &purpose)]).await,
        (200, tally(1, 0, 0, 1, 0))
    );
    assert_eq!(town.order().await["surplus"], 16_000);
    assert_eq!(
        town.books().await,
        "bank 16000, gateway 16000, owed_back -16000, revenue -16000"
    );
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
}

#[tokio::test]
async fn a_transfer_that_comes_after_the_orders_time_pays_it_and_after_its_end_is_owed_back() {
    let mut town = Town::with_order().await;
    let purpose = town.purpose().await;
    town.advance(Duration::from_hours(24 * 31)).await;
    assert_eq!(town.order().await["state"], "expired");
    town.bank_says(&[came("A", 16_000, &purpose)]).await;
    assert_eq!(town.order().await["state"], "paid");
    assert_eq!(town.books().await, PAID);

    let town = Town::with_order().await;
    let purpose = town.purpose().await;
    let cancel = format!("/payment/orders/{}/cancel", order());
    assert_eq!(
        town.post(Role::Officer, &cancel, json!({ "note": "Rút hồ sơ" }))
            .await
            .0,
        200
    );
    assert_eq!(
        town.bank_says(&[came("A", 9_000, &purpose)]).await,
        (200, tally(1, 0, 0, 1, 0))
    );
    assert_eq!(town.books().await, "bank 9000, owed_back -9000");
}

#[tokio::test]
async fn a_line_that_is_taken_back_while_it_waits_needs_no_officer() {
    let town = Town::with_order().await;
    let purpose = town.purpose().await;
    let named = |mut line: Value, end_to_end: &str| {
        line["end_to_end"] = end_to_end.into();
        line
    };
    let back = |reference: &str, amount, end_to_end| {
        let mut line = named(came(reference, amount, "hoan tra"), end_to_end);
        line["direction"] = "debit".into();
        line["reversal"] = true.into();
        line
    };
    town.bank_says(&[
        named(came("A", 5_000, "x"), "E1"),
        named(came("B", 5_000, "x"), "E2"),
    ])
    .await;
    assert_eq!(town.bank_says(&[back("C", 5_000, "E1")]).await.0, 200);
    assert_eq!(town.waits().await, ["B no_reference"]);
    assert_eq!(
        town.books().await,
        "bank 5000, receivable 16000, revenue -16000, unallocated -5000"
    );
    // Money that has paid an order and goes back is an officer's to look into.
    town.bank_says(&[
        named(came("D", 16_000, &purpose), "E3"),
        back("E", 16_000, "E3"),
    ])
    .await;
    assert_eq!(town.waits().await, ["B no_reference", "E returned"]);
    assert_eq!(
        town.books().await,
        "bank 5000, revenue -16000, unallocated 11000"
    );
    let ids = town.waiting_ids().await;
    assert_eq!(town.allocates(&ids[1..], CODE).await.0, 422);
}

#[tokio::test]
async fn lines_and_what_became_of_them_are_never_changed() {
    let town = Town::with_order().await;
    town.bank_says(&[came("A", 16_000, "x")]).await;
    let ids = town.waiting_ids().await;
    town.allocates(&ids, CODE).await;
    let db = town.app.db().reads();
    for table in ["bank_lines", "line_settlements"] {
        for change in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET order_id = NULL"),
        ] {
            let refused = db.execute_unprepared(&change).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
    }
}

#[tokio::test]
async fn an_agency_without_transfers_shows_none() {
    let mut town = Town::open_with(&[("PAYMENT__TRANSFER__ENABLED", "false")]).await;
    town.hears(&request()).await;
    let own = format!("/payment/orders/{}", order());
    assert!(!town.page(&format!("{own}/page")).await.contains("VietQR"));
    assert_eq!(
        town.post(Role::Citizen, &format!("{own}/transfer"), Value::Null)
            .await
            .0,
        404
    );
    assert_eq!(town.bank_says(&[came("A", 1, "x")]).await.0, 404);
    assert_eq!(town.imports(Role::Officer, &table("x")).await.0, 404);
}
