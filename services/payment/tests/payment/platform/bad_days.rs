//! The platform on a bad day: nothing is lost and nothing counts twice.

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::FeePaid;
use serde_json::{Value, json};

use super::{confirmation, confirms, day, goes, hashed, page, paid_once, pays, presses, reference};
use crate::town::{Town, order};

#[tokio::test]
async fn many_confirmations_at_once_pay_once() {
    let mut town = Town::with_order().await;
    pays(&mut town, "lost").await;
    let word = confirmation("00", &reference(&town).await, "16000");
    let said = (0..8).map(|_| confirms(&town, &word));
    let heard = futures::future::join_all(said).await;
    let mut codes: Vec<_> = heard
        .iter()
        .map(|heard| heard["MaLoi"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["00", "02", "02", "02", "02", "02", "02", "02"]);
    town.settle().await;
    paid_once(&town).await;
    let first = heard.iter().find(|heard| heard["MaLoi"] == "00").unwrap();
    let text = format!(
        "00|Confirm Success|MOTCUA01|{}|20261008091733",
        reference(&town).await
    );
    assert_eq!(first["MaXacThuc"], hashed(&text));
}

#[tokio::test]
async fn a_confirmation_that_comes_twice_or_late_pays_once() {
    let mut town = Town::with_order().await;
    pays(&mut town, "twice").await;
    paid_once(&town).await;
    let mut town = Town::with_order().await;
    let back = pays(&mut town, "late").await;
    assert_eq!(town.said::<FeePaid>().await, []);
    let waits = town.page(&back).await;
    assert!(waits.contains("Đang chờ ngân hàng xác nhận") && waits.contains("Xem lại"));
    town.advance(Duration::from_secs(31)).await;
    paid_once(&town).await;
}

#[tokio::test]
async fn a_confirmation_that_is_wrong_changes_nothing() {
    let mut town = Town::with_order().await;
    pays(&mut town, "lost").await;
    let known = reference(&town).await;
    let good = confirmation("00", &known, "16000");
    let with = |name: &str, value: Value| {
        let mut word = good.clone();
        word[name] = value;
        word
    };
    let forged = [
        with("SoTien", json!("1")),
        with("MaXacThuc", json!("")),
        with("MaXacThuc", json!(hashed("CONFIRM|00"))),
        with("MaLoi", json!({})),
        with("TrangThaiGD", json!("1")),
        json!([]),
    ];
    for word in forged {
        let heard = confirms(&town, &word).await;
        // A forger gets nothing hashed, and nothing back.
        assert_eq!(
            (&heard["MaLoi"], &heard["MaXacThuc"], &heard["MaThamChieu"]),
            (&json!("97"), &json!(""), &json!("")),
            "{word}"
        );
    }
    let of_nobody = confirmation("00", "unknown", "16000");
    assert_eq!(confirms(&town, &of_nobody).await["MaLoi"], "01");
    let cheap = confirmation("00", &known, "15999");
    assert_eq!(confirms(&town, &cheap).await["MaLoi"], "04");
    assert_eq!(town.said::<FeePaid>().await, []);
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
    assert_eq!(confirms(&town, &good).await["MaLoi"], "00");
    town.settle().await;
    paid_once(&town).await;
    let kept = town.column("SELECT reply FROM notices ORDER BY id").await;
    assert_eq!(kept, ["01", "04", "00"]);
}

#[tokio::test]
async fn no_gateway_has_a_say_in_anothers_attempts() {
    let mut town = Town::with_order().await;
    town.begins_to_pay().await;
    let of_vnpay = confirmation("00", &reference(&town).await, "16000");
    assert_eq!(confirms(&town, &of_vnpay).await["MaLoi"], "01");
    goes(&town).await;
    let of_platform = payment::vnpay::Fields::default()
        .with("vnp_TmnCode", "MOTCUA01")
        .with("vnp_TxnRef", reference(&town).await)
        .with("vnp_Amount", "1600000")
        .with("vnp_ResponseCode", "00")
        .with("vnp_TransactionStatus", "00");
    let query = of_platform.signed_query(&crate::secret());
    assert_eq!(town.notifies(&query).await, "01");
    town.settle().await;
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}

#[tokio::test]
async fn what_a_confirmation_did_not_say_is_found_by_asking() {
    for choice in ["lost", "wrong_amount", "wrong_hash"] {
        let mut town = Town::with_order().await;
        pays(&mut town, choice).await;
        assert_eq!(town.said::<FeePaid>().await, [], "{choice}");
        town.advance(Duration::from_mins(30)).await;
        assert_eq!(town.said::<FeePaid>().await, [], "{choice}");
        town.advance(Duration::from_mins(2)).await;
        paid_once(&town).await;
        let kept = "SELECT gateway || ' ' || reply FROM notices WHERE heard_by = 'query'";
        assert_eq!(town.column(kept).await, ["platform 00"], "{choice}");
    }
    // The payer asks at once.
    let mut town = Town::with_order().await;
    pays(&mut town, "lost").await;
    town.submit(&format!("{}/check", page()), &[]).await;
    town.settle().await;
    paid_once(&town).await;
}

#[tokio::test]
async fn the_platform_confirms_again_until_it_is_heard_or_gives_up() {
    for (choice, told) in [("wrong_amount", "8 04"), ("wrong_hash", "8 97")] {
        let mut town = Town::with_order().await;
        pays(&mut town, choice).await;
        for _ in 0..20 {
            town.advance(Duration::from_mins(25)).await;
        }
        let said = "SELECT tries || ' ' || last_reply FROM sandbox_platform";
        assert_eq!(town.column(said).await, [told]);
        paid_once(&town).await;
    }
}

#[tokio::test]
async fn a_payment_that_is_pending_for_long_is_asked_about_until_it_is_paid() {
    let mut town = Town::with_order().await;
    pays(&mut town, "pending").await;
    for _ in 0..3 {
        town.advance(Duration::from_mins(35)).await;
        assert_eq!(town.order().await["attempts"][0]["progress"], "pending");
    }
    town.advance(Duration::from_mins(16)).await;
    paid_once(&town).await;
}

#[tokio::test]
async fn a_visit_that_nobody_finished_ends_and_its_money_is_taken_all_the_same() {
    let mut town = Town::with_order().await;
    let counter = goes(&town).await;
    let known = reference(&town).await;
    town.advance(Duration::from_mins(59)).await;
    assert_eq!(town.order().await["attempts"][0]["progress"], "pending");
    town.advance(Duration::from_mins(92)).await;
    assert_eq!(town.order().await["attempts"][0]["progress"], "declined");
    assert!(town.page(&counter).await.contains("quá thời hạn"));
    // The visit is over: the next one is another.
    goes(&town).await;
    assert_ne!(reference(&town).await, known);
    let word = confirmation("00", &known, "16000");
    assert_eq!(confirms(&town, &word).await["MaLoi"], "00");
    town.settle().await;
    paid_once(&town).await;
}

#[tokio::test]
async fn a_platform_that_does_not_answer_leaves_other_ways_and_no_second_charge() {
    let mut town = Town::with_order().await;
    let there = format!("/payment/orders/{}/platform", order());
    for weather in ["closed", "unheard"] {
        day(&town, weather).await;
        let (status, problem) = town.post(Role::Citizen, &there, Value::Null).await;
        assert_eq!(status, 502, "{problem}");
        assert!(
            problem.to_string().contains("chọn cách nộp khác"),
            "{problem}"
        );
    }
    // The platform knows it, though its answer was lost; the next call is about the same payment.
    let asked = reference(&town).await;
    day(&town, "usual").await;
    let counter = goes(&town).await;
    assert!(counter.ends_with(&asked), "{counter}");
    assert_eq!(town.column("SELECT txn_ref FROM attempts").await, [asked]);
    assert!(town.page(&page()).await.contains("qua VNPAY"));
    presses(&mut town, &counter, "pay").await;
    paid_once(&town).await;
}

#[tokio::test]
async fn a_payment_that_the_platform_never_heard_of_ends() {
    let mut town = Town::with_order().await;
    day(&town, "closed").await;
    let there = format!("/payment/orders/{}/platform", order());
    assert_eq!(town.post(Role::Citizen, &there, Value::Null).await.0, 502);
    town.advance(Duration::from_mins(32)).await;
    let view = town.order().await;
    assert_eq!(view["attempts"][0]["progress"], "declined");
    assert_eq!(view["attempts"][0]["bank_code"], "91");
    assert_eq!(town.books().await, "receivable 16000, revenue -16000");
}
