//! The bank on a bad day: nothing is lost and nothing counts twice.

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::FeePaid;
use payment::vnpay::{Fields, Secret};
use serde_json::json;

use crate::{
    fields, secret,
    town::{Town, order},
};

#[tokio::test]
async fn a_second_notification_changes_nothing_and_hears_02() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let back = town.presses(&pay_url, "twice").await;
    let query = fields(&back).signed_query(&secret());
    assert_eq!(town.notifies(&query).await, "02");
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn many_notifications_at_once_pay_once() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let back = town.presses(&pay_url, "lost").await;
    let query = fields(&back).signed_query(&secret());
    let mut replies = futures::future::join_all((0..8).map(|_| town.notifies(&query))).await;
    replies.sort();
    assert_eq!(replies, ["00", "02", "02", "02", "02", "02", "02", "02"]);
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn a_notification_that_is_wrong_is_answered_as_vnpay_wants() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let good = fields(&town.presses(&pay_url, "lost").await);
    let signed = |fields: Fields| fields.signed_query(&secret());
    let other = Secret::try_from("another".to_owned()).unwrap();
    assert_eq!(town.notifies(&good.signed_query(&other)).await, "97");
    assert_eq!(town.notifies(&good.query()).await, "97");
    assert_eq!(town.notifies("").await, "97");
    assert_eq!(
        town.notifies(&signed(good.clone().with("vnp_TxnRef", "unknown")))
            .await,
        "01"
    );
    assert_eq!(
        town.notifies(&signed(good.clone().with("vnp_TmnCode", "OTHER")))
            .await,
        "01"
    );
    assert_eq!(
        town.notifies(&signed(good.clone().with("vnp_Amount", "100")))
            .await,
        "04"
    );
    assert_eq!(
        town.notifies(&signed(good.clone().with("vnp_Amount", "1600050")))
            .await,
        "04"
    );
    assert_eq!(town.said::<FeePaid>().await, []);
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
    assert_eq!(town.notifies(&signed(good)).await, "00");
    let kept = town.column("SELECT reply FROM notices ORDER BY id").await;
    assert_eq!(kept, ["01", "01", "04", "04", "00"]);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn two_attempts_both_paid_are_one_payment_and_a_surplus_that_is_kept() {
    let mut town = Town::with_order().await;
    let (first, second) = (town.begins_to_pay().await, town.begins_to_pay().await);
    town.presses(&first, "pay").await;
    town.presses(&second, "pay").await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    let shown = town.order().await;
    assert_eq!(
        (&shown["state"], &shown["surplus"]),
        (&json!("paid"), &json!(16_000))
    );
    assert_eq!(
        town.books().await,
        "gateway 32000, owed_back -16000, revenue -16000"
    );
    assert!(
        town.page(&format!("/payment/orders/{}/page", order()))
            .await
            .contains("Đã nhận thừa")
    );
}

#[tokio::test]
async fn a_lost_notification_is_found_by_asking_the_bank() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let back = town.presses(&pay_url, "lost").await;
    assert!(
        town.page(&back)
            .await
            .contains("Đang chờ ngân hàng xác nhận")
    );
    assert_eq!(town.order().await["state"], "open");
    let (status, body) = town
        .post(
            Role::Citizen,
            &format!("/payment/orders/{}/check", order()),
            json!(null),
        )
        .await;
    assert_eq!((status, &body["state"]), (200, &json!("paid")));
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn the_bank_is_asked_by_itself_when_an_attempt_ends_without_word() {
    for choice in ["lost", "wrong_amount", "wrong_signature"] {
        let mut town = Town::with_order().await;
        let pay_url = town.begins_to_pay().await;
        town.presses(&pay_url, choice).await;
        assert_eq!(town.said::<FeePaid>().await, [], "{choice}");
        town.advance(Duration::from_mins(17)).await;
        assert_eq!(town.said::<FeePaid>().await.len(), 1, "{choice}");
        town.advance(Duration::from_hours(24)).await;
        assert_eq!(town.said::<FeePaid>().await.len(), 1, "{choice}");
        assert_eq!(town.books().await, "gateway 16000, revenue -16000");
    }
}

/// A town whose gateway is given up after a second, which is really waited.
async fn impatient() -> Town {
    let mut town = Town::open_with(&[("PAYMENT__VNPAY__TIMEOUT_SECONDS", "1")]).await;
    town.hears(&crate::town::request()).await;
    town
}

#[tokio::test]
async fn a_bank_that_does_not_answer_is_asked_until_it_does() {
    let mut town = impatient().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "silent").await;
    let unanswered = "SELECT unanswered || '' FROM sandbox_transactions";
    assert_eq!(town.column(unanswered).await, ["2"]);
    town.advance(Duration::from_mins(17)).await;
    assert_eq!(town.column(unanswered).await, ["1"]);
    assert_eq!(town.order().await["attempts"][0]["progress"], "pending");
    for _ in 0..2 {
        assert_eq!(town.said::<FeePaid>().await, []);
        town.advance(Duration::from_mins(10)).await;
    }
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn a_refund_that_the_bank_does_not_answer_is_asked_for_again_and_done_once() {
    let mut town = impatient().await;
    let (first, second) = (town.begins_to_pay().await, town.begins_to_pay().await);
    town.presses(&first, "pay").await;
    let back = town.presses(&second, "silent").await;
    assert_eq!(
        town.notifies(&fields(&back).signed_query(&secret())).await,
        "00"
    );
    let standing = async |town: &Town| town.order().await["refunds"][0]["standing"].clone();
    assert_eq!(standing(&town).await, "approved");
    town.settle().await;
    let given_back = "SELECT amount || '' FROM sandbox_refunds";
    // The bank did it at once, and nobody here knows.
    assert_eq!(town.column(given_back).await, ["16000"]);
    assert_eq!(standing(&town).await, "approved");
    for _ in 0..6 {
        town.advance(Duration::from_mins(40)).await;
    }
    assert_eq!(standing(&town).await, "done");
    assert_eq!(town.column(given_back).await, ["16000"]);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn an_attempt_that_never_reached_the_bank_ends() {
    let mut town = Town::with_order().await;
    town.begins_to_pay().await;
    town.advance(Duration::from_mins(17)).await;
    assert_eq!(town.order().await["attempts"][0]["progress"], "declined");
    assert_eq!(town.order().await["attempts"][0]["bank_code"], "91");
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}

#[tokio::test]
async fn a_late_notification_pays() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    town.presses(&pay_url, "late").await;
    assert_eq!(town.said::<FeePaid>().await, []);
    town.advance(Duration::from_secs(31)).await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
}

#[tokio::test]
async fn money_for_an_expired_order_still_pays_it() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let query = fields(&town.presses(&pay_url, "wrong_signature").await).signed_query(&secret());
    // The bank cannot be asked in this story: its books are empty.
    town.advance(Duration::from_mins(1)).await;
    let mut other = Town::with_order().await;
    other.begins_to_pay().await;
    other.advance(Duration::from_hours(24 * 31)).await;
    assert_eq!(other.order().await["state"], "expired");
    assert_eq!(other.books().await, "");
    let (status, _) = other
        .post(
            Role::Citizen,
            &format!("/payment/orders/{}/pay", order()),
            json!(null),
        )
        .await;
    assert_eq!(status, 409);
    assert_eq!(other.notifies(&query).await, "00");
    other.settle().await;
    assert_eq!(other.said::<FeePaid>().await.len(), 1);
    assert_eq!(other.order().await["state"], "paid");
    assert_eq!(other.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn money_for_a_cancelled_order_is_owed_back() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let path = format!("/payment/orders/{}/cancel", order());
    let reason = json!({ "note": "Công dân rút hồ sơ" });
    assert_eq!(town.post(Role::Citizen, &path, reason.clone()).await.0, 403);
    assert_eq!(town.post(Role::Officer, &path, reason.clone()).await.0, 200);
    assert_eq!(town.post(Role::Officer, &path, reason).await.0, 409);
    assert_eq!(town.books().await, "");
    town.presses(&pay_url, "pay").await;
    assert_eq!(town.said::<FeePaid>().await, []);
    assert_eq!(town.order().await["surplus"], 16_000);
    assert_eq!(town.books().await, "gateway 16000, owed_back -16000");
}

#[tokio::test]
async fn a_payment_under_suspicion_is_not_paid_twice() {
    let mut town = Town::with_order().await;
    let pay_url = town.begins_to_pay().await;
    let back = town.presses(&pay_url, "suspect").await;
    assert!(town.page(&back).await.contains("Ngân hàng đang kiểm tra"));
    let (status, _) = town
        .post(
            Role::Citizen,
            &format!("/payment/orders/{}/pay", order()),
            json!(null),
        )
        .await;
    assert_eq!(status, 409);
    let cleared = fields(&back)
        .with("vnp_ResponseCode", "00")
        .with("vnp_TransactionStatus", "00");
    assert_eq!(town.notifies(&cleared.signed_query(&secret())).await, "00");
    town.settle().await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, "gateway 16000, revenue -16000");
}

#[tokio::test]
async fn the_bank_says_it_again_until_it_is_heard_or_gives_up() {
    let tries = async |choice: &str| {
        let mut town = Town::with_order().await;
        let pay_url = town.begins_to_pay().await;
        town.presses(&pay_url, choice).await;
        for _ in 0..20 {
            town.advance(Duration::from_mins(25)).await;
        }
        let said = "SELECT tries || ' ' || last_reply FROM sandbox_transactions";
        town.column(said).await
    };
    assert_eq!(tries("pay").await, ["1 00"]);
    assert_eq!(tries("cancel").await, ["1 00"]);
    assert_eq!(tries("wrong_amount").await, ["8 04"]);
    assert_eq!(tries("wrong_signature").await, ["8 97"]);
    assert_eq!(tries("lost").await, ["0 "]);
}
