//! Notifications are heard from where the gateway is, where that is known.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request};
use chassis::auth::Role;
use payment::vnpay::Fields;
use serde_json::Value;
use testkit::Stage;

use crate::{
    secret,
    town::{order, payer, request},
};

const GATEWAY: &str = "203.0.113.7";
const SOMEBODY: &str = "198.51.100.9";

/// A service that hears the gateway's networks only, with an order that is being paid.
async fn begun(proxies: &str) -> (Stage, Fields) {
    let settings = [
        (
            "PAYMENT__VNPAY__IPN_SOURCES",
            "113.52.45.78, 203.0.113.0/28",
        ),
        ("TRUSTED_PROXIES", proxies),
    ];
    let mut stage = Stage::configured(vec![payment::service()], &settings).await;
    assert!(stage.say("desk", &request()).await);
    stage.settle().await;
    let token = stage.token(payer(), &[Role::Citizen], None);
    let path = format!("/payment/orders/{}/pay", order());
    let begun = stage.post(&path, Some(&token), &Value::Null).await.json();
    let took = Fields::default()
        .with("vnp_TmnCode", "MOTCUA01")
        .with("vnp_TxnRef", begun["txn_ref"].as_str().unwrap())
        .with("vnp_Amount", "1600000")
        .with("vnp_ResponseCode", "00")
        .with("vnp_TransactionStatus", "00");
    (stage, took)
}

/// What a notification hears that comes from `peer`, with what proxies wrote.
async fn heard(stage: &Stage, query: &str, peer: &str, forwarded: &[&str]) -> String {
    let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
    let mut request = Request::get(format!("/payment/vnpay/ipn?{query}"));
    for list in forwarded {
        request = request.header("x-forwarded-for", *list);
    }
    let request = request.extension(ConnectInfo(peer)).body(Body::empty());
    let answer = stage.request(request.unwrap()).await.json();
    answer["RspCode"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_notification_from_elsewhere_hears_03_and_changes_nothing() {
    let (mut stage, took) = begun("0").await;
    let query = took.signed_query(&secret());
    // Without a proxy of ours, what the caller writes about itself counts for nothing.
    for forwarded in [&[][..], &[GATEWAY], &["113.52.45.78", GATEWAY]] {
        assert_eq!(heard(&stage, &query, SOMEBODY, forwarded).await, "03");
    }
    assert_eq!(heard(&stage, &took.query(), SOMEBODY, &[]).await, "03");
    stage.settle().await;
    assert_eq!(state(&stage).await, "open");
    assert_eq!(heard(&stage, &took.query(), GATEWAY, &[]).await, "97");
    assert_eq!(heard(&stage, &query, GATEWAY, &[SOMEBODY]).await, "00");
    assert_eq!(state(&stage).await, "paid");
}

#[tokio::test]
async fn behind_proxies_only_what_the_trusted_ones_wrote_counts() {
    let (stage, took) = begun("2").await;
    let query = took.signed_query(&secret());
    let proxy = "10.0.0.2";
    for forwarded in [
        &[][..],
        &[GATEWAY],
        &["203.0.113.7, 198.51.100.9, 10.0.0.1"],
        &[GATEWAY, SOMEBODY, "10.0.0.1"],
        &["203.0.113.7, unknown, 10.0.0.1"],
    ] {
        assert_eq!(
            heard(&stage, &query, proxy, forwarded).await,
            "03",
            "{forwarded:?}"
        );
    }
    let right = ["198.51.100.9, 203.0.113.7", "10.0.0.1"];
    assert_eq!(heard(&stage, &query, proxy, &right).await, "00");
}

async fn state(stage: &Stage) -> String {
    let token = stage.token(payer(), &[Role::Citizen], None);
    let path = format!("/payment/orders/{}", order());
    let order = stage.get(&path, Some(&token)).await.json();
    order["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_gateway_is_told_the_payer_s_address_that_the_trusted_proxy_wrote() {
    let (stage, _) = begun("1").await;
    let token = stage.token(payer(), &[Role::Citizen], None);
    let told = async |forwarded: &str| {
        let request = Request::post(format!("/payment/orders/{}/pay", order()))
            .header("authorization", format!("Bearer {token}"))
            .header("x-forwarded-for", forwarded)
            .body(Body::empty());
        let begun = stage.request(request.unwrap()).await.json();
        let address = begun["pay_url"].as_str().unwrap().to_owned();
        let from = address
            .split('&')
            .find_map(|pair| pair.strip_prefix("vnp_IpAddr="));
        from.unwrap().to_owned()
    };
    // What stands before it, the payer wrote.
    assert_eq!(told("203.0.113.7, 198.51.100.9").await, "198.51.100.9");
    assert_eq!(told("unknown").await, "127.0.0.1");
}
