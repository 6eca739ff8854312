//! Money that goes back: by itself when it was not owed, by officers' words, through the gateway or by hand.

use std::time::Duration;

use chassis::auth::Role;
use contracts::{
    Message,
    payment::{
        FeeCancelled, FeeExpired, FeePaid, FeeRefunded, ReceiptCancelled, RefundCause, ReturnFee,
    },
};
use payment::domain::{STEPS, State, Step};
use serde_json::{Value, json};

use crate::town::{Town, order};

const MINUTE: Duration = Duration::from_mins(1);

/// A town where one fee was paid twice, the second time on the day that `choice` stands for.
async fn paid_twice(choice: &str) -> Town {
    let mut town = Town::with_order().await;
    let (first, second) = (town.begins_to_pay().await, town.begins_to_pay().await);
    town.presses(&first, "pay").await;
    town.presses(&second, choice).await;
    town
}

async fn standing(town: &Town) -> String {
    let shown = town.order().await;
    shown["refunds"][0]["standing"].as_str().unwrap().to_owned()
}

async fn refund(town: &Town) -> String {
    let shown = town.order().await;
    let id = shown["refunds"][0]["refund"].as_str().unwrap().to_owned();
    format!("/payment/refunds/{id}")
}

async fn waits_for_the_gateway(town: &mut Town) {
    for minutes in [2, 40] {
        town.advance(minutes * MINUTE).await;
    }
}

#[tokio::test]
async fn money_that_came_twice_goes_back_by_itself_and_is_followed_until_it_is_there() {
    let mut town = paid_twice("pay").await;
    assert_eq!(standing(&town).await, "sent");
    assert_eq!(
        town.books().await,
        "gateway 32000, owed_back -16000, revenue -16000"
    );
    assert!(town.said::<FeeRefunded>().await.is_empty());
    waits_for_the_gateway(&mut town).await;
    assert_eq!(standing(&town).await, "done");
    let said = town.said::<FeeRefunded>().await;
    assert_eq!((said.len(), said[0].amount.dong()), (1, 16_000));
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
    // What was owed is paid, and its receipt stands.
    assert_eq!(town.order().await["state"], "paid");
    assert!(town.said::<ReceiptCancelled>().await.is_empty());
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
}

#[tokio::test]
async fn what_the_gateway_does_not_give_back_an_officer_pays_out_once() {
    let mut town = paid_twice("no_refund").await;
    waits_for_the_gateway(&mut town).await;
    assert_eq!(standing(&town).await, "failed");
    let path = format!("{}/pay-out", refund(&town).await);
    let from = |from: &str| json!({ "from": from, "reference": "PC-0012" });
    assert_eq!(
        town.post(Role::Officer, &path, from("gateway")).await.0,
        409
    );
    assert_eq!(town.post(Role::Officer, &path, from("till")).await.0, 200);
    assert_eq!(town.post(Role::Officer, &path, from("bank")).await.0, 409);
    town.settle().await;
    assert_eq!(town.said::<FeeRefunded>().await.len(), 1);
    assert_eq!(
        town.books().await,
        "gateway 32000, revenue -16000, till -16000"
    );
}

#[tokio::test]
async fn above_the_limit_two_officers_let_it_go_and_the_receipt_ends_with_the_money() {
    let mut town = Town::open_with(&[("PAYMENT__REFUND_LIMIT", "15999")]).await;
    town.hears(&crate::town::request()).await;
    let path = format!("/payment/orders/{}", order());
    assert_eq!(
        town.post_by(1, &format!("{path}/cash"), Value::Null)
            .await
            .0,
        200
    );
    town.settle().await;
    let asked =
        |amount: i64| json!({ "cause": "refused", "amount": amount, "note": "Từ chối hồ sơ" });
    let ask = format!("{path}/refunds");
    assert_eq!(town.post(Role::Citizen, &ask, asked(16_000)).await.0, 403);
    let (status, body) = town.post_by(1, &ask, asked(16_001)).await;
    assert_eq!(status, 409);
    assert!(body.to_string().contains("16.000 đồng"), "{body}");
    assert_eq!(town.post_by(1, &ask, asked(16_000)).await.0, 201);
    assert_eq!(standing(&town).await, "asked");
    assert_eq!(town.books().await, "revenue -16000, till 16000");

    let refund = refund(&town).await;
    let approve = format!("{refund}/approve");
    assert_eq!(town.post_by(1, &approve, Value::Null).await.0, 409);
    assert_eq!(town.post_by(2, &approve, Value::Null).await.0, 200);
    assert_eq!(town.books().await, "owed_back -16000, till 16000");
    let paid = json!({ "from": "till", "reference": "PC-0013" });
    assert_eq!(
        town.post_by(1, &format!("{refund}/pay-out"), paid).await.0,
        200
    );
    town.settle().await;
    assert_eq!(town.books().await, "");
    assert_eq!(town.said::<FeeRefunded>().await.len(), 1);
    assert_eq!(town.said::<ReceiptCancelled>().await.len(), 1);
    assert_eq!(town.post_by(1, &ask, asked(1)).await.0, 409);
}

#[tokio::test]
async fn up_to_the_limit_one_officer_gives_a_part_back_through_the_gateway() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    let asked = json!({ "cause": "mistake", "amount": 8_000, "note": "Chỉ có một bản" });
    let path = format!("/payment/orders/{}/refunds", order());
    assert_eq!(town.post(Role::Officer, &path, asked).await.0, 201);
    town.settle().await;
    assert_eq!(standing(&town).await, "sent");
    waits_for_the_gateway(&mut town).await;
    assert_eq!(standing(&town).await, "done");
    assert_eq!(town.books().await, "gateway 8000, revenue -8000");
    // Half of it stays, and so does the receipt.
    assert!(town.said::<ReceiptCancelled>().await.is_empty());
}

#[tokio::test]
async fn a_refund_that_is_not_granted_moves_nothing_and_says_why() {
    let mut town = Town::open_with(&[("PAYMENT__REFUND_LIMIT", "0")]).await;
    town.hears(&crate::town::request()).await;
    let path = format!("/payment/orders/{}", order());
    assert_eq!(
        town.post_by(1, &format!("{path}/cash"), Value::Null)
            .await
            .0,
        200
    );
    let asked = json!({ "cause": "stopped", "amount": 16_000, "note": "Rút hồ sơ" });
    assert_eq!(
        town.post_by(1, &format!("{path}/refunds"), asked).await.0,
        201
    );
    let no = json!({ "note": "Hồ sơ đã có kết quả" });
    let reject = format!("{}/reject", refund(&town).await);
    assert_eq!(town.post_by(2, &reject, no.clone()).await.0, 200);
    assert_eq!(town.post_by(2, &reject, no).await.0, 409);
    let shown = town.order().await;
    assert_eq!(shown["refunds"][0]["note"], "Hồ sơ đã có kết quả");
    assert_eq!(town.books().await, "revenue -16000, till 16000");
}

#[tokio::test]
async fn officers_do_it_all_on_pages_without_javascript() {
    let mut town = paid_twice("no_refund").await;
    waits_for_the_gateway(&mut town).await;
    let path = format!("{}/page", refund(&town).await);
    let form = [("key", "k1"), ("step", "till"), ("words", "PC-0014")];
    let page = town.officers_page("/payment/refunds/page").await;
    assert!(
        page.contains("16.000 đồng") && page.contains("Đã hoàn bằng tiền mặt"),
        "{page}"
    );
    let wordless = [("key", "k0"), ("step", "till"), ("words", " ")];
    assert_eq!(town.officer_submits(&path, &wordless).await, 422);
    assert_eq!(town.officer_submits(&path, &form).await, 303);
    assert_eq!(town.officer_submits(&path, &form).await, 303);
    assert_eq!(standing(&town).await, "done");
    let page = town.officers_page("/payment/refunds/page").await;
    assert!(page.contains("Không còn khoản nào"), "{page}");
    assert_eq!(
        town.get(Role::Citizen, "/payment/refunds/page").await.0,
        403
    );
}

#[tokio::test]
async fn all_forms_of_a_page_carry_one_key_and_each_is_done_once_as_it_was_sent() {
    let mut town = Town::with_order().await;
    let path = format!("/payment/orders/{}/page", order());
    let cash = [("key", "k1")];
    assert_eq!(
        town.officer_submits(&format!("{path}/take"), &cash).await,
        303
    );
    town.settle().await;
    let right = [
        ("key", "k1"),
        ("payer_name", "Nguyễn Thị Mẫu"),
        ("reason", "Sai tên"),
    ];
    let receipt = format!("{path}/receipt");
    assert_eq!(town.officer_submits(&receipt, &right).await, 303);
    assert_eq!(town.officer_submits(&receipt, &right).await, 303);
    let part = |amount| {
        [
            ("key", "k1"),
            ("cause", "mistake"),
            ("amount", amount),
            ("note", "Thu thừa"),
        ]
    };
    let refund = format!("{path}/refund");
    assert_eq!(town.officer_submits(&refund, &part("5000")).await, 303);
    // Changed and sent again from the same page, it is another request, not the same once more.
    assert_eq!(town.officer_submits(&refund, &part("6000")).await, 422);
    let shown = town.order().await;
    assert_eq!(shown["receipts"].as_array().unwrap().len(), 2);
    assert_eq!(shown["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(shown["refunds"][0]["amount"], 5_000);
}

/// Each legal step of an order is taken for real, and tells the world with the event that the table names.
#[tokio::test]
async fn every_step_of_the_table_says_its_event() {
    for (from, step, to, event) in STEPS {
        let mut town = Town::with_order().await;
        let path = format!("/payment/orders/{}", order());
        let over = Duration::from_hours(31 * 24);
        if from == State::Expired {
            town.advance(over).await;
        }
        let before = told(&town, event).await;
        match step {
            Step::Pay => assert_eq!(
                town.post_by(1, &format!("{path}/cash"), Value::Null)
                    .await
                    .0,
                200
            ),
            Step::Cancel => {
                let reason = json!({ "note": "Nộp trùng" });
                assert_eq!(
                    town.post_by(1, &format!("{path}/cancel"), reason).await.0,
                    200
                );
            }
            Step::Expire => town.advance(over).await,
        }
        town.settle().await;
        assert_eq!(town.order().await["state"], to.name());
        assert_eq!(
            (before, told(&town, event).await),
            (0, 1),
            "{from:?} {step:?}"
        );
    }
}

async fn told(town: &Town, event: &str) -> usize {
    match event {
        FeePaid::TYPE => town.said::<FeePaid>().await.len(),
        FeeExpired::TYPE => town.said::<FeeExpired>().await.len(),
        FeeCancelled::TYPE => town.said::<FeeCancelled>().await.len(),
        other => panic!("no step says {other}"),
    }
}

fn ended() -> ReturnFee {
    ReturnFee {
        order: order(),
        dossier: crate::town::dossier(),
        cause: RefundCause::Refused,
        reason: "Không đủ điều kiện theo quy định".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_dossier_that_ends_refused_gets_its_fee_back_once_through_the_gateway() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "pay").await;
    for _ in 0..2 {
        town.hears(&ended()).await;
    }
    assert_eq!(standing(&town).await, "sent");
    waits_for_the_gateway(&mut town).await;
    let said = town.said::<FeeRefunded>().await;
    assert_eq!((said.len(), said[0].cause), (1, RefundCause::Refused));
    assert_eq!(town.said::<ReceiptCancelled>().await.len(), 1);
    assert_eq!(town.books().await, "");
    town.hears(&ended()).await;
    assert_eq!(town.order().await["refunds"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn above_the_limit_a_rule_asks_and_an_officer_lets_it_go() {
    let mut town = Town::open_with(&[("PAYMENT__REFUND_LIMIT", "15999")]).await;
    // Heard before its order: it waits for that.
    let envelope = chassis::stage::envelope(&town.app, "desk", &ended()).unwrap();
    assert!(town.steps.deliver(envelope).await);
    town.settle().await;
    town.hears(&crate::town::request()).await;
    let path = format!("/payment/orders/{}/cash", order());
    assert_eq!(town.post_by(1, &path, Value::Null).await.0, 200);
    town.advance(Duration::from_mins(2)).await;
    assert_eq!(standing(&town).await, "asked");
    let approve = format!("{}/approve", refund(&town).await);
    assert_eq!(town.post_by(2, &approve, Value::Null).await.0, 200);
    assert_eq!(standing(&town).await, "approved");
}

#[tokio::test]
async fn a_fee_that_nobody_paid_is_not_owed_when_the_dossier_ends() {
    let mut town = Town::with_order().await;
    for _ in 0..2 {
        town.hears(&ended()).await;
    }
    let said = town.said::<FeeCancelled>().await;
    assert_eq!(
        (said.len(), said[0].reason.as_str()),
        (1, "Không đủ điều kiện theo quy định")
    );
    assert_eq!(town.order().await["state"], "cancelled");
    assert_eq!(town.books().await, "");
    let another = ReturnFee {
        dossier: contracts::DossierId(uuid::Uuid::from_u128(9)),
        ..ended()
    };
    town.hears(&another).await;
    assert_eq!(town.steps.parked(&town.app).await.unwrap().len(), 1);
}
