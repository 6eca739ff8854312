//! What becomes of an order, whoever pays it and however.

use chassis::auth::Role;
use contracts::{
    OrderId, Vnd,
    payment::{FeeOrdered, FeePaid, Method, RequestFee},
};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{
    fields,
    town::{Town, dossier, morning, order, request},
};

#[tokio::test]
async fn a_fee_asked_for_twice_is_one_order() {
    let mut town = Town::with_order().await;
    town.hears(&request()).await;
    let ordered = town.said::<FeeOrdered>().await;
    assert_eq!(ordered.len(), 1);
    assert_eq!(
        (
            ordered[0].order,
            ordered[0].total.dong(),
            ordered[0].ordered_at
        ),
        (order(), 16_000, morning())
    );
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
    let (status, body) = town
        .get(
            Role::Citizen,
            &format!("/payment/dossiers/{}/order", dossier()),
        )
        .await;
    assert_eq!(
        (status, body["state"].as_str(), body["total"].as_i64()),
        (200, Some("open"), Some(16_000))
    );
}

#[tokio::test]
async fn a_fee_whose_sums_are_wrong_is_parked() {
    let mut town = Town::open().await;
    town.hears(&RequestFee {
        total: Vnd::new(8_000).unwrap(),
        ..request()
    })
    .await;
    town.hears(&RequestFee {
        total: Vnd::ZERO,
        lines: vec![],
        ..request()
    })
    .await;
    assert_eq!(town.steps.parked(&town.app).await.unwrap().len(), 2);
    town.hears(&request()).await;
    let other = RequestFee {
        dossier: uuid::Uuid::from_u128(5).into(),
        ..request()
    };
    town.hears(&other).await;
    assert_eq!(town.steps.parked(&town.app).await.unwrap().len(), 3);
    assert_eq!(town.said::<FeeOrdered>().await.len(), 1);
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}

#[tokio::test]
async fn a_notification_pays_an_order_and_the_return_page_shows_it() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let counter = town.page(&pay_url).await;
    assert!(
        counter.contains("16.000 đồng") && counter.contains("NGÂN HÀNG GIẢ LẬP"),
        "{counter}"
    );
    let back = town.presses(&pay_url, "pay").await;
    assert!(town.page(&back).await.contains("Đã nộp 16.000 đồng"));
    let paid = town.said::<FeePaid>().await;
    assert_eq!(paid.len(), 1);
    assert_eq!(
        (paid[0].order, paid[0].method, paid[0].total.dong()),
        (order(), Method::Vnpay, 16_000)
    );
    assert_eq!(paid[0].paid_at, morning());
    assert_eq!(town.order().await["state"], "paid");
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
    assert!(
        town.page(&format!("/payment/orders/{}/page", order()))
            .await
            .contains("Đã nộp")
    );
    assert!(town.page(&pay_url).await.contains("đã có kết quả từ trước"));
}

#[tokio::test]
async fn a_declined_payment_leaves_the_order_open() {
    let mut town = Town::with_order().await;
    for (choice, code, words) in [
        ("cancel", "24", "Bạn đã hủy"),
        ("no_funds", "51", "không đủ số dư"),
    ] {
        let pay_url = town.begins_to_pay().await;
        let back = town.presses(&pay_url, choice).await;
        assert!(town.page(&back).await.contains(words));
        let shown = town.order().await;
        let attempts = shown["attempts"].as_array().unwrap();
        let last = attempts.last().unwrap();
        assert_eq!(
            (&shown["state"], &last["progress"], &last["bank_code"]),
            (&json!("open"), &json!("declined"), &json!(code))
        );
    }
    assert_eq!(town.said::<FeePaid>().await, []);
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn an_officer_takes_cash_once() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}/cash", order());
    assert_eq!(town.post(Role::Citizen, &path, json!(null)).await.0, 403);
    assert_eq!(town.post(Role::Officer, &path, json!(null)).await.0, 200);
    assert_eq!(town.post(Role::Officer, &path, json!(null)).await.0, 409);
    town.settle().await;
    let paid = town.said::<FeePaid>().await;
    assert_eq!(paid.len(), 1);
    assert_eq!(paid[0].method, Method::Cash);
    assert_eq!(town.books().await, "revenue -16000, till 16000");
}

#[tokio::test]
async fn the_same_key_is_the_same_attempt() {
    let town = Town::with_order().await;
    let path = format!("/payment/orders/{}/pay", order());
    let (first, second) = (
        town.post_once("k1", &path).await,
        town.post_once("k1", &path).await,
    );
    assert_eq!(first.0, 201);
    assert_eq!(first, second);
    assert_ne!(
        town.post_once("k2", &path).await.1["txn_ref"],
        first.1["txn_ref"]
    );
    assert_eq!(town.order().await["attempts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_order_concerns_its_payer_and_the_officers() {
    let town = Town::with_order().await;
    let path = format!("/payment/orders/{}", order());
    assert_eq!(town.get(Role::Officer, &path).await.0, 200);
    assert_eq!(town.stranger_gets(&path).await.0, 404);
    assert_eq!(
        town.stranger_gets(&format!("/payment/dossiers/{}/order", dossier()))
            .await
            .0,
        404
    );
    assert_eq!(
        town.get(
            Role::Citizen,
            &format!("/payment/orders/{}", OrderId(uuid::Uuid::nil()))
        )
        .await
        .0,
        404
    );
    assert_eq!(
        town.post(Role::Officer, &format!("{path}/pay"), json!(null))
            .await
            .0,
        404
    );
    assert_eq!(town.get(Role::Citizen, "/payment/ops/ledger").await.0, 403);
}

#[tokio::test]
async fn a_return_that_nobody_signed_shows_nothing() {
    let town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let txn_ref = fields(&pay_url).get("vnp_TxnRef").to_owned();
    let page = town
        .page(&format!(
            "/payment/vnpay/return?vnp_TxnRef={txn_ref}&vnp_ResponseCode=00"
        ))
        .await;
    assert!(page.contains("Không đọc được kết quả"));
    assert_eq!(town.order().await["state"], "open");
}

#[tokio::test]
async fn the_journal_is_append_only() {
    let town = Town::with_order().await;
    let db = town.app.db().reads();
    for sql in [
        "UPDATE journal SET amount = 1",
        "DELETE FROM journal",
        "INSERT INTO journal SELECT 'x', order_id, cause, debit, credit, amount, posted_at FROM journal",
        "INSERT INTO journal SELECT 'x', order_id, 'y', debit, debit, amount, posted_at FROM journal",
        "INSERT INTO journal SELECT 'x', order_id, 'y', debit, credit, -1, posted_at FROM journal",
    ] {
        assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}

#[tokio::test]
async fn two_presses_of_the_pay_button_are_one_attempt() {
    let town = Town::with_order().await;
    let page = town
        .page(&format!("/payment/orders/{}/page", order()))
        .await;
    let (_, rest) = page.split_once("name=\"key\" value=\"").unwrap();
    let (key, _) = rest.split_once('"').unwrap();
    let path = format!("/payment/orders/{}/page/pay", order());
    let (first, second) = (
        town.submit(&path, &[("key", key)]).await,
        town.submit(&path, &[("key", key)]).await,
    );
    assert_eq!(first, second);
    assert_eq!(fields(&first).get("vnp_Amount"), "1600000");
    assert_eq!(
        fields(&first).get("vnp_ReturnUrl"),
        format!("{}/payment/vnpay/return", town.url)
    );
    assert_eq!(town.order().await["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_pages_forms_may_lead_to_the_gateway_and_nowhere_else() {
    let town = Town::with_order().await;
    let policy = town
        .policy(&format!("/payment/orders/{}/page", order()))
        .await;
    assert!(
        policy.contains(&format!("form-action 'self' {};", town.url)),
        "{policy}"
    );
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
}
