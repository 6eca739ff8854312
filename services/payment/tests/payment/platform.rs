//! The national payment platform: who is offered it, what it pays, and what goes back.

mod bad_days;

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::{FeePaid, FeeRefunded, Method, RequestFee};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::town::{Town, order, request, why_not};

const KEY: &str = "MOTCUA0TEST0PLATFORM0NOT0REAL001";

/// What the platform would hash.
fn hashed(text: &str) -> String {
    hex::encode(Sha256::digest(format!("{text}|{KEY}")))
}

fn page() -> String {
    format!("/payment/orders/{}/page", order())
}

/// Goes to the platform from the order's page; gives its page.
async fn goes(town: &Town) -> String {
    let there = format!("{}/platform", page());
    let pay_url = town.submit(&there, &[]).await;
    pay_url.strip_prefix(&town.url).unwrap().to_owned()
}

/// Goes there and presses a button; gives where the browser is sent back to.
async fn pays(town: &mut Town, choice: &str) -> String {
    let counter = goes(town).await;
    presses(town, &counter, choice).await
}

async fn presses(town: &mut Town, counter: &str, choice: &str) -> String {
    let back = town.submit(counter, &[("choice", choice)]).await;
    town.settle().await;
    back
}

async fn day(town: &Town, day: &str) {
    town.submit("/payment/sandbox/platform", &[("day", day)])
        .await;
}

/// A confirmation as the platform writes it, its hash over a text that is written out.
fn confirmation(code: &str, reference: &str, amount: &str) -> Value {
    let text =
        format!("CONFIRM|{code}|MOTCUA01|{reference}|{amount}|VND|26000009|VCB|20261008091733|x");
    json!({
        "LoaiBanTin": "CONFIRM", "MaLoi": code, "MaDoiTac": "MOTCUA01", "MaThamChieu": reference, "SoTien": amount,
        "MaTienTe": "VND", "MaGiaoDich": "26000009", "MaNganHang": "VCB", "ThoiGianGD": "20261008091733",
        "ThongTinGiaoDich": "x", "MaXacThuc": hashed(&text),
    })
}

async fn confirms(town: &Town, word: &Value) -> Value {
    let confirm = "/payment/platform/confirm";
    let (status, heard) = town.post(Role::Citizen, confirm, word.clone()).await;
    assert_eq!(status, 200);
    heard
}

async fn reference(town: &Town) -> String {
    let shown = town.order().await;
    let attempts = shown["attempts"].as_array().unwrap();
    attempts.last().unwrap()["txn_ref"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn paid_once(town: &Town) {
    let said = town.said::<FeePaid>().await;
    assert_eq!((said.len(), said[0].method), (1, Method::Platform));
    assert_eq!(town.books().await, "platform 16000, revenue -16000");
}

#[tokio::test]
async fn a_good_day_at_the_platform() {
    let mut town = Town::with_order().await;
    let offered = town.page(&page()).await;
    assert!(offered.contains("Nộp qua Nền tảng thanh toán quốc gia"));
    assert!(town.policy(&page()).await.contains(&town.url));
    let counter = goes(&town).await;
    let shown = town.page(&counter).await;
    assert!(shown.contains("16000 đồng") && shown.contains("2.000635.01"));
    let back = presses(&mut town, &counter, "pay").await;
    paid_once(&town).await;
    assert!(town.page(&back).await.contains("Đã nộp 16.000 đồng"));
    let view = town.order().await;
    assert_eq!(view["method"], "platform");
    assert_eq!(view["attempts"][0]["gateway"], "platform");
    let kept = "SELECT gateway || ' ' || heard_by || ' ' || reply FROM notices";
    assert_eq!(town.column(kept).await, ["platform ipn 00"]);
    let said = "SELECT tries || ' ' || last_reply FROM sandbox_platform";
    assert_eq!(town.column(said).await, ["1 00"]);
    // The platform's own paper.
    let path = format!("/payment/orders/{}/platform/receipt", order());
    assert!(town.page(&page()).await.contains(&path));
    assert!(town.file(&path).await.starts_with(b"%PDF-1.4"));
    assert_eq!(town.stranger_gets(&path).await.0, 404);
    assert!(town.page(&counter).await.contains("đã có kết quả"));
}

#[tokio::test]
async fn what_is_not_paid_there_has_no_receipt_there() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}/platform/receipt", order());
    assert_eq!(town.get(Role::Citizen, &path).await.0, 404);
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    assert_eq!(town.get(Role::Citizen, &path).await.0, 404);
    assert!(!town.page(&page()).await.contains(&path));
}

#[tokio::test]
async fn what_the_payer_or_the_bank_stops_is_not_paid_and_can_be_tried_again() {
    for choice in ["cancel", "fail"] {
        let mut town = Town::with_order().await;
        let back = pays(&mut town, choice).await;
        assert!(town.page(&back).await.contains("Chưa nộp được"));
        assert_eq!(town.said::<FeePaid>().await, []);
        assert_eq!(town.order().await["attempts"][0]["progress"], "declined");
        assert!(town.page(&page()).await.contains("mã NTTT-"));
        pays(&mut town, "pay").await;
        paid_once(&town).await;
        assert_eq!(
            town.order().await["attempts"].as_array().unwrap().len(),
            2,
            "{choice}"
        );
    }
}

#[tokio::test]
async fn two_presses_are_one_payment() {
    let mut town = Town::with_order().await;
    let there = format!("/payment/orders/{}/platform", order());
    let press = || town.post(Role::Citizen, &there, Value::Null);
    let (one, other) = futures::future::join(press(), press()).await;
    assert_eq!((one.0, other.0), (201, 201));
    assert_eq!(one.1["pay_url"], other.1["pay_url"]);
    let kept = "SELECT reference FROM sandbox_platform";
    assert_eq!(town.column(kept).await.len(), 1);
    let counter = goes(&town).await;
    assert!(one.1["pay_url"].as_str().unwrap().ends_with(&counter));
    presses(&mut town, &counter, "pay").await;
    paid_once(&town).await;
    let (status, _) = town.post(Role::Citizen, &there, Value::Null).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn only_its_payer_begins_a_payment() {
    let town = Town::with_order().await;
    let there = format!("/payment/orders/{}/platform", order());
    assert_eq!(town.post(Role::Officer, &there, Value::Null).await.0, 404);
    assert_eq!(town.column("SELECT txn_ref FROM attempts").await.len(), 0);
}

#[tokio::test]
async fn the_return_page_changes_nothing_and_believes_nothing() {
    let mut town = Town::with_order().await;
    goes(&town).await;
    let known = reference(&town).await;
    let claims =
        format!("/payment/platform/return?MaThamChieu={known}&MaLoi=00&SoTien=16000&TrangThaiGD=1");
    assert!(town.page(&claims).await.contains("Đang chờ ngân hàng"));
    let unknown = "/payment/platform/return?MaThamChieu=unknown";
    assert!(town.page(unknown).await.contains("Không đọc được kết quả"));
    assert!(
        town.page("/payment/platform/return")
            .await
            .contains("Không đọc được kết quả")
    );
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await, []);
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}

#[tokio::test]
async fn paid_by_vnpay_and_through_the_platform_is_owed_back_by_hand() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let counter = goes(&town).await;
    town.presses(&pay_url, "pay").await;
    presses(&mut town, &counter, "pay").await;
    let said = town.said::<FeePaid>().await;
    assert_eq!((said.len(), said[0].method), (1, Method::Vnpay));
    assert_eq!(
        town.books().await,
        "gateway 16000, owed_back -16000, platform 16000, revenue -16000"
    );
    let view = town.order().await;
    assert_eq!(view["surplus"], 16_000);
    let refund = &view["refunds"][0];
    assert_eq!(
        (&refund["standing"], &refund["by_gateway"]),
        (&json!("approved"), &json!(false))
    );
    assert!(town.page(&page()).await.contains("nhận tại quầy"));
    town.advance(Duration::from_hours(1)).await;
    assert_eq!(town.said::<FeeRefunded>().await, []);
    let step = format!(
        "/payment/refunds/{}/page",
        refund["refund"].as_str().unwrap()
    );
    let form = [("key", "k1"), ("step", "till"), ("words", "PC 01")];
    town.submit_as(Role::Officer, &step, &form).await;
    town.settle().await;
    assert_eq!(town.said::<FeeRefunded>().await.len(), 1);
}

#[tokio::test]
async fn paid_through_the_platform_first_vnpays_money_goes_back_by_itself() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    pays(&mut town, "pay").await;
    town.presses(&pay_url, "pay").await;
    let view = town.order().await;
    assert_eq!(view["method"], "platform");
    assert_eq!(view["refunds"][0]["by_gateway"], true);
    for _ in 0..4 {
        town.advance(Duration::from_mins(31)).await;
    }
    assert_eq!(town.said::<FeeRefunded>().await.len(), 1);
    assert_eq!(town.books().await, "platform 16000, revenue -16000");
}

#[tokio::test]
async fn it_is_offered_only_where_it_can_be_paid() {
    let town = Town::open_with(&[("PAYMENT__PLATFORM__ENABLED", "no")]).await;
    let mut off = town;
    off.hears(&request()).await;
    let offer = "Nộp qua Nền tảng thanh toán quốc gia";
    assert!(!off.page(&page()).await.contains(offer));
    let there = format!("/payment/orders/{}/platform", order());
    assert_eq!(off.post(Role::Citizen, &there, Value::Null).await.0, 404);
    let confirm = "/payment/platform/confirm";
    let word = confirmation("00", "A1", "1");
    assert_eq!(off.post(Role::Citizen, confirm, word).await.0, 404);
    // An order from before its procedure was told.
    let mut old = Town::open().await;
    let without = RequestFee {
        procedure: None,
        procedure_version: None,
        ..request()
    };
    old.hears(&without).await;
    assert!(!old.page(&page()).await.contains(offer));
    assert_eq!(old.post(Role::Citizen, &there, Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_real_platform_wants_a_real_secret_and_addresses() {
    let real = [
        ("PAYMENT__SANDBOX__ENABLED", "false"),
        ("PAYMENT__VNPAY__HASH_SECRET", "NOT0THE0MADE0UP0ONE"),
        ("PAYMENT__VNPAY__PAY_URL", "https://gateway.example/pay"),
        ("PAYMENT__VNPAY__API_URL", "https://gateway.example/api"),
        ("PAYMENT__TRANSFER__ENABLED", "false"),
    ];
    let own = [
        ("PAYMENT__PLATFORM__ENABLED", "yes"),
        ("PAYMENT__PLATFORM__SECRET", "NOT0THE0MADE0UP0ONE"),
        ("PAYMENT__PLATFORM__ACCOUNT", "113366668888"),
        (
            "PAYMENT__PLATFORM__INIT_URL",
            "https://platform.example/init",
        ),
        (
            "PAYMENT__PLATFORM__STATUS_URL",
            "https://platform.example/status",
        ),
        (
            "PAYMENT__PLATFORM__RECEIPT_URL",
            "https://platform.example/bill",
        ),
    ];
    // Outside the sandbox it is off until somebody says yes.
    assert_eq!(why_not(&real).await, None);
    let all = [&real[..], &own[..]].concat();
    assert_eq!(why_not(&all).await, None);
    for left_out in 1..own.len() {
        let mut without = all.clone();
        let (key, _) = without.remove(real.len() + left_out);
        let told = why_not(&without).await.unwrap();
        let last = key.rsplit("__").next().unwrap();
        assert!(told.contains(last), "{told}");
        assert!(!told.contains("NOT0THE0MADE0UP0ONE"), "{told}");
    }
    let told = why_not(&[own[0]]).await.unwrap();
    assert!(told.contains("PAYMENT__PLATFORM__ENABLED"), "{told}");
    let told = why_not(&[own[3]]).await.unwrap();
    assert!(told.contains("must be empty"), "{told}");
    let told = why_not(&[("PAYMENT__PLATFORM__SECRET", "short")]).await;
    assert!(told.unwrap().contains("PAYMENT__PLATFORM__SECRET"));
}

#[tokio::test]
async fn the_pretend_platform_answers_nobody_without_the_secret() {
    let town = Town::with_order().await;
    goes(&town).await;
    let known = reference(&town).await;
    let ask = async |kind: &str, hash: String, path: &str| {
        let question = json!({
            "LoaiBanTin": kind, "PhienBan": "1.0.6", "MaDoiTac": "MOTCUA01", "MaThamChieu": known,
            "ThoiGianGD": "20261008091500", "MaXacThuc": hash,
        });
        let path = format!("/payment/sandbox/platform/{path}");
        town.post(Role::Citizen, &path, question).await
    };
    let text = format!("QUERY|1.0.6|MOTCUA01|{known}|20261008091500");
    let (status, told) = ask("QUERY", hashed(&text), "status").await;
    assert_eq!((status, &told["TrangThaiGD"]), (200, &json!("3")));
    let (_, told) = ask("QUERY", hashed("QUERY"), "status").await;
    assert_eq!(told["MaLoi"], "97");
    let bill = format!("GET_BILL|1.0.6|MOTCUA01|{known}|20261008091500");
    assert_eq!(ask("GET_BILL", hashed(&bill), "receipt").await.0, 404);
    let (_, opened) = town
        .post(Role::Citizen, "/payment/sandbox/platform/init", json!({}))
        .await;
    assert_eq!(opened["MaLoi"], "97");
}
