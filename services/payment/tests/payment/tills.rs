//! The counter: fees in cash and by card, refunds from the till, the day's end, and the treasurer.

use chassis::auth::Role;
use contracts::{
    OrderId,
    payment::{FeePaid, Method, ReceiptIssued},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, order, request};

/// A second order of another dossier.
async fn second(town: &mut Town) -> OrderId {
    let mut other = request();
    other.order = OrderId(Uuid::from_u128(2));
    other.dossier = contracts::DossierId(Uuid::from_u128(3));
    other.code = "H15.50.05.13-261008-0976".parse().unwrap();
    town.hears(&other).await;
    other.order
}

async fn takes(town: &mut Town, order: OrderId, how: &str, body: Value) -> u16 {
    let path = format!("/payment/orders/{order}/{how}");
    let (status, _) = town.post_by(1, &path, body).await;
    town.settle().await;
    status
}

#[tokio::test]
async fn a_day_at_the_counter_is_counted_received_and_balanced() {
    let mut town = Town::with_order().await;
    let other = second(&mut town).await;
    let opened = town.post_by(1, "/payment/till", json!({ "opened_with": 200_000 }));
    assert_eq!(opened.await.0, 201);
    let again = town.post_by(1, "/payment/till", json!({ "opened_with": 0 }));
    assert_eq!(again.await.0, 409);
    assert_eq!(takes(&mut town, order(), "cash", Value::Null).await, 200);
    let slip = json!({ "slip": "000123" });
    assert_eq!(takes(&mut town, other, "card", slip).await, 200);
    let said = town.said::<FeePaid>().await;
    let methods: Vec<_> = said.iter().map(|paid| paid.method).collect();
    assert_eq!(methods, [Method::Cash, Method::Card]);
    assert_eq!(town.said::<ReceiptIssued>().await.len(), 2);
    assert_eq!(
        town.books().await,
        "revenue -32000, terminal 16000, till 216000, treasury -200000"
    );

    // Part of the first goes back in cash.
    let asked = json!({ "cause": "mistake", "amount": 6_000, "note": "Tính thừa" });
    let path = format!("/payment/orders/{}/refunds", order());
    let (status, refund) = town.post_by(2, &path, asked).await;
    assert_eq!(status, 201);
    let path = format!(
        "/payment/refunds/{}/pay-out",
        refund["refund"].as_str().unwrap()
    );
    let paid = json!({ "from": "till", "reference": "PC-0012" });
    assert_eq!(town.post_by(1, &path, paid).await.0, 200);

    // Short by a thousand: nothing happens without a reason.
    let count = |note: Option<&str>| json!({ "cash": 209_000, "card": 16_000, "note": note });
    let (status, problem) = town.post_by(1, "/payment/till/close", count(None)).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("note"))
    );
    assert!(problem.to_string().contains("210.000 đồng"), "{problem}");
    let why = count(Some("Trả nhầm tiền thừa"));
    let (status, till) = town.post_by(1, "/payment/till/close", why).await;
    assert_eq!((status, &till["expected"]), (200, &json!(210_000)));
    assert_eq!(
        town.post_by(1, "/payment/till/close", count(None)).await.0,
        404
    );
    let receive = format!("/payment/tills/{}/receive", till["till"].as_str().unwrap());
    assert_eq!(town.post_by(1, &receive, Value::Null).await.0, 409);
    assert_eq!(town.post_by(2, &receive, Value::Null).await.0, 200);
    assert_eq!(town.post_by(3, &receive, Value::Null).await.0, 409);
    assert_eq!(
        town.books().await,
        "differences 1000, revenue -26000, terminal 16000, treasury 9000"
    );

    let entries = chassis::audit::entries(town.app.db(), None, 0, 100).await;
    let done = entries.unwrap().into_iter().rev().map(|entry| {
        let officer: Uuid = entry.actor.account.parse().unwrap();
        (entry.action, officer.as_u128())
    });
    let expected = [
        ("till-opened", 1),
        ("fee-taken", 1),
        ("fee-taken", 1),
        ("refund-asked", 2),
        ("refund-paid-out", 1),
        ("till-closed", 1),
        ("till-received", 2),
    ];
    let expected = expected.map(|(what, by)| (format!("payment.{what}"), by));
    assert!(
        done.eq(expected),
        "who did what is on record, and no refusal is"
    );

    // The next money opens another till.
    assert_eq!(
        town.column("SELECT CAST(count(*) AS text) FROM tills")
            .await,
        ["1"]
    );
    let third = {
        let mut third = request();
        third.order = OrderId(Uuid::from_u128(4));
        third.dossier = contracts::DossierId(Uuid::from_u128(5));
        third.code = "H15.50.05.13-261008-0977".parse().unwrap();
        town.hears(&third).await;
        third.order
    };
    assert_eq!(takes(&mut town, third, "cash", Value::Null).await, 200);
    let tills = "SELECT CAST(count(*) AS text) FROM tills";
    assert_eq!(town.column(tills).await, ["2"]);
}

#[tokio::test]
async fn what_went_through_a_till_is_never_changed() {
    let mut town = Town::with_order().await;
    assert_eq!(takes(&mut town, order(), "cash", Value::Null).await, 200);
    let db = town.app.db().reads();
    for forbidden in ["UPDATE till_moves SET amount = 1", "DELETE FROM till_moves"] {
        let refused = db.execute_unprepared(forbidden).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    let own = "UPDATE tills SET closed_at = opened_at, expected = 0, counted = 0, card_expected = 0, card_counted = 0,
        received_at = opened_at, received_by = officer";
    assert!(db.execute_unprepared(own).await.is_err());
}

#[tokio::test]
async fn the_counters_page_needs_no_script() {
    let mut town = Town::with_order().await;
    let page = town.officers_page("/payment/").await;
    for place in ["till", "refunds", "bank", "reconciliation"] {
        assert!(page.contains(&format!("/payment/{place}/page")), "{place}");
    }
    assert_eq!(town.get(Role::Citizen, "/payment/till/page").await.0, 403);
    let page = town.officers_page("/payment/till/page").await;
    assert!(page.contains("Bạn chưa mở quỹ"), "{page}");
    let open = [("key", "k1"), ("opened_with", "100.000")];
    assert_eq!(
        town.officer_submits("/payment/till/page/open", &open).await,
        303
    );
    let take = format!("/payment/orders/{}/page/take", order());
    let card = [("key", "k2"), ("slip", "000123")];
    assert_eq!(town.officer_submits(&take, &card).await, 303);
    assert_eq!(town.officer_submits(&take, &card).await, 303);
    town.settle().await;
    let page = town.officers_page("/payment/till/page").await;
    assert!(
        page.contains("hóa đơn thẻ 000123") && page.contains("100.000 đồng"),
        "{page}"
    );
    let close = "/payment/till/page/close";
    let counts = [
        ("k3", "mười", "0", 422),
        ("k4", "100000", "15.000", 422),
        ("k5", "100 000", "16.000", 303),
    ];
    for (key, cash, card, status) in counts {
        let count = [("key", key), ("cash", cash), ("card", card)];
        assert_eq!(town.officer_submits(close, &count).await, status, "{cash}");
    }
    let page = town.officers_page("/payment/till/page").await;
    assert!(page.contains("Chờ người khác nhận"), "{page}");
    assert!(!page.contains("<script"));
}
