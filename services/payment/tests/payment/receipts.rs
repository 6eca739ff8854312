//! Receipts: one a paid order, numbered with no gap, put right on record.

use chassis::auth::Role;
use contracts::{
    OrderId, Vnd,
    payment::{ReceiptCancelled, ReceiptIssued, Reduction, RequestFee},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::town::{Town, order, request};

fn other(number: u128) -> RequestFee {
    RequestFee {
        order: OrderId(uuid::Uuid::from_u128(number)),
        ..request()
    }
}

async fn pays_in_cash(town: &mut Town, order: OrderId) {
    let path = format!("/payment/orders/{order}/cash");
    assert_eq!(town.post(Role::Officer, &path, Value::Null).await.0, 200);
    town.settle().await;
}

async fn numbers(town: &Town) -> Vec<String> {
    town.column("SELECT series || ' ' || number FROM receipts ORDER BY series, number")
        .await
}

#[tokio::test]
async fn a_paid_order_gets_one_receipt_and_its_payer_reads_it() {
    let mut town = Town::with_order().await;
    assert!(numbers(&town).await.is_empty());
    pays_in_cash(&mut town, order()).await;
    town.settle().await;
    let said = town.said::<ReceiptIssued>().await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].receipt.to_string(), "0000001 (BL-26E-H15.50.05.13)");
    assert_eq!(said[0].total.dong(), 16_000);
    let shown = town.order().await;
    assert_eq!(shown["receipts"][0]["receipt"]["number"], 1);
    let path = "/payment/receipts/BL-26E-H15.50.05.13/1";
    assert!(town.file(path).await.starts_with(b"%PDF"));
    assert_eq!(town.stranger_gets(path).await.0, 404);
    let missing = "/payment/receipts/BL-26E-H15.50.05.13/2";
    assert_eq!(town.get(Role::Officer, missing).await.0, 404);
    let page = town
        .page(&format!("/payment/orders/{}/page", order()))
        .await;
    assert!(page.contains("Biên lai số 0000001"), "{page}");
}

#[tokio::test]
async fn what_was_taken_off_stands_below_its_line() {
    let mut town = Town::open().await;
    let mut reduced = request();
    let vnd = |dong| Vnd::new(dong).unwrap();
    let line = &mut reduced.lines[0];
    (line.amount, reduced.total) = (vnd(6_000), vnd(6_000));
    line.reduction = Some(Reduction {
        by: vnd(10_000),
        reason: "Hộ cận nghèo".into(),
    });
    town.hears(&reduced).await;
    let page = town
        .page(&format!("/payment/orders/{}/page", order()))
        .await;
    let at = |part: &str| {
        let at = page.find(part);
        at.unwrap_or_else(|| panic!("{part}: {page}"))
    };
    let (full, less) = (at("16.000 đồng"), at("Được giảm: Hộ cận nghèo"));
    assert!(full < less && less < at("−10.000 đồng"));
    assert!(at("−10.000 đồng") < at("<strong>6.000 đồng</strong>"));
    pays_in_cash(&mut town, order()).await;
    let issued = town.said::<ReceiptIssued>().await;
    assert_eq!(issued[0].lines, reduced.lines);
    let path = "/payment/receipts/BL-26E-H15.50.05.13/1";
    assert!(town.file(path).await.starts_with(b"%PDF"));
}

#[tokio::test]
async fn numbers_follow_one_another_whatever_happens_between() {
    let mut town = Town::with_order().await;
    for number in 1..=3 {
        town.hears(&other(number)).await;
    }
    pays_in_cash(&mut town, OrderId(uuid::Uuid::from_u128(2))).await;
    pays_in_cash(&mut town, order()).await;
    let path = format!("/payment/orders/{}/receipt/replace", order());
    let correction = json!({ "payer_name": "Nguyễn Thị Mẫu", "reason": "Ghi sai họ" });
    assert_eq!(
        town.post(Role::Citizen, &path, correction.clone()).await.0,
        403
    );
    let (status, replaced) = town.post(Role::Officer, &path, correction).await;
    assert_eq!((status, &replaced["number"]), (201, &json!(3)));
    pays_in_cash(&mut town, OrderId(uuid::Uuid::from_u128(1))).await;
    let series = "BL-26E-H15.50.05.13";
    let all: Vec<_> = (1..=4).map(|number| format!("{series} {number}")).collect();
    assert_eq!(numbers(&town).await, all);

    let cancelled = town.said::<ReceiptCancelled>().await;
    assert_eq!(cancelled.len(), 1);
    assert_eq!(
        (cancelled[0].receipt.number, cancelled[0].reason.as_str()),
        (2, "Ghi sai họ")
    );
    let issued = town.said::<ReceiptIssued>().await;
    let new = issued
        .iter()
        .find(|issued| issued.receipt.number == 3)
        .unwrap();
    assert_eq!(new.payer_name.to_string(), "Nguyễn Thị Mẫu");
    assert_eq!(new.replaces.as_ref().map(|old| old.number), Some(2));
    let shown = town.order().await;
    assert_eq!(shown["receipts"][0]["reason"], "Ghi sai họ");
    assert_eq!(shown["receipts"][1]["cancelled_at"], Value::Null);
    for number in [2, 3] {
        let file = town
            .file(&format!("/payment/receipts/{series}/{number}"))
            .await;
        assert!(file.starts_with(b"%PDF"));
    }
}

#[tokio::test]
async fn a_receipt_is_valid_until_the_whole_fee_is_back_and_not_only_asked_for() {
    let mut town = Town::with_order().await;
    pays_in_cash(&mut town, order()).await;
    let path = format!("/payment/orders/{}/refunds", order());
    let half = json!({ "cause": "mistake", "amount": 8_000, "note": "Tính sai" });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (status, asked) = town.post(Role::Officer, &path, half.clone()).await;
        assert_eq!(status, 201, "{asked}");
        ids.push(asked["refund"].as_str().unwrap().to_owned());
    }
    let [first, second] = &ids[..] else {
        unreachable!()
    };
    let paid = json!({ "from": "till", "reference": "PC1" });
    let path = |id: &str, step: &str| format!("/payment/refunds/{id}/{step}");
    let (status, body) = town
        .post(Role::Officer, &path(first, "pay-out"), paid.clone())
        .await;
    assert_eq!(status, 200, "{body}");
    let no = json!({ "note": "Đã trả đủ" });
    assert_eq!(
        town.post(Role::Officer, &path(second, "reject"), no)
            .await
            .0,
        200
    );
    town.settle().await;
    assert!(town.said::<ReceiptCancelled>().await.is_empty());

    let asked = format!("/payment/orders/{}/refunds", order());
    let (_, last) = town.post(Role::Officer, &asked, half).await;
    let last = path(last["refund"].as_str().unwrap(), "pay-out");
    assert_eq!(town.post(Role::Officer, &last, paid).await.0, 200);
    town.settle().await;
    assert_eq!(town.said::<ReceiptCancelled>().await.len(), 1);
}

#[tokio::test]
async fn an_unpaid_order_has_no_receipt_to_put_right() {
    let town = Town::with_order().await;
    let path = format!("/payment/orders/{}/receipt/replace", order());
    let correction = json!({ "payer_name": "Nguyễn Thị Mẫu", "reason": "Ghi sai họ" });
    assert_eq!(town.post(Role::Officer, &path, correction).await.0, 409);
}

#[tokio::test]
async fn a_receipt_is_cancelled_once_and_never_changed_or_cut() {
    let mut town = Town::with_order().await;
    pays_in_cash(&mut town, order()).await;
    let db = town.app.db().reads();
    for sql in [
        "DELETE FROM receipts",
        "UPDATE receipts SET payer_name = 'x'",
        "UPDATE receipts SET number = 7",
        "INSERT INTO receipts SELECT series, 2, order_id, payer_name, NULL, NULL, issued_at, NULL, NULL, '' FROM receipts",
    ] {
        assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
    }
    let cancel = "UPDATE receipts SET cancelled_at = '2026-10-09T00:00:00+00:00', reason = 'x'";
    assert!(db.execute_unprepared(cancel).await.is_ok());
    assert!(db.execute_unprepared(cancel).await.is_err());
}
