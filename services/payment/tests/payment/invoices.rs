//! Each receipt reaches the provider of electronic invoices once, whatever its days are like.

use std::time::Duration;

use contracts::{DossierId, OrderId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, request, why_not};

/// A town whose receipts go to the pretend provider, with so many fees paid in cash.
async fn with_paid(orders: u128, token: &str) -> Town {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/payment/sandbox/invoices");
    let variables = [
        ("PAYMENT__INVOICES__URL", url.as_str()),
        ("PAYMENT__INVOICES__TOKEN", token),
    ];
    let mut town = Town::open_at(port, &variables).await;
    for n in 1..=orders {
        let mut order = request();
        order.order = OrderId(Uuid::from_u128(n));
        order.dossier = DossierId(Uuid::from_u128(100 + n));
        order.code = format!("H15.50.05.13-261008-{n:04}").parse().unwrap();
        town.hears(&order).await;
        let path = format!("/payment/orders/{}/cash", order.order);
        assert_eq!(town.post_by(1, &path, Value::Null).await.0, 200);
        town.settle().await;
    }
    town
}

const EXPORTS: &str = "SELECT number || ' ' || word || ' ' || (reference <> '') FROM receipt_exports ORDER BY number, word";

#[tokio::test]
async fn every_receipt_is_told_once_also_when_the_provider_is_away_the_first_time() {
    let mut town = with_paid(3, "made-up-token").await;
    assert_eq!(town.column(EXPORTS).await, ["1 issued 1", "2 issued 1"]);
    town.advance(Duration::from_mins(5)).await;
    assert_eq!(
        town.column(EXPORTS).await,
        ["1 issued 1", "2 issued 1", "3 issued 1"]
    );
    let path = format!("/payment/orders/{}", OrderId(Uuid::from_u128(1)));
    let page = town.officers_page(&format!("{path}/page")).await;
    assert!(
        page.contains("Mã tra cứu hóa đơn điện tử: <code>MC"),
        "{page}"
    );
}

#[tokio::test]
async fn a_receipt_that_is_replaced_is_told_as_cancelled_and_the_new_one_as_its_own() {
    let mut town = with_paid(1, "made-up-token").await;
    let path = format!(
        "/payment/orders/{}/receipt/replace",
        OrderId(Uuid::from_u128(1))
    );
    let right = json!({ "payer_name": "Trần Thị Mẫu", "reason": "Sai tên" });
    assert_eq!(town.post_by(1, &path, right).await.0, 201);
    town.settle().await;
    assert_eq!(
        town.column(EXPORTS).await,
        ["1 cancelled 1", "1 issued 1", "2 issued 1"]
    );
}

#[tokio::test]
async fn without_a_provider_nothing_is_told_and_half_a_configuration_is_refused() {
    let town = Town::with_order().await;
    let waiting = "SELECT count(*) || '' FROM receipt_exports";
    assert_eq!(town.column(waiting).await, ["0"]);
    let why = why_not(&[("PAYMENT__INVOICES__URL", "http://127.0.0.1:1/x")]).await;
    assert!(why.unwrap().contains("PAYMENT__INVOICES__TOKEN"));
    let why = why_not(&[("PAYMENT__INVOICES__URL", "nowhere")]).await;
    assert!(why.unwrap().contains("PAYMENT__INVOICES__URL"));
}
