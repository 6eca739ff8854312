//! The pretend bank plays a transfer, on good days and on bad ones.

use std::time::Duration;

use chassis::auth::Role;
use contracts::payment::FeePaid;
use serde_json::{Value, json};

use crate::town::{Town, order};

const OWED: &str = "receivable 16000, revenue -16000";
const PAID: &str = "bank 16000, revenue -16000";

#[tokio::test]
async fn a_payer_takes_the_code_to_the_pretend_bank_and_the_fee_is_paid() {
    let mut town = Town::with_order().await;
    let own = format!("/payment/orders/{}", order());
    town.submit(&format!("{own}/page/transfer"), &[("key", "1")])
        .await;
    let page = town.page(&format!("{own}/transfer/page")).await;
    assert!(page.contains("Chuyển thử ở ngân hàng giả lập"));
    let (_, body) = town
        .post(Role::Citizen, &format!("{own}/transfer"), Value::Null)
        .await;
    let payload = body["payload"].as_str().unwrap().replace(' ', "+");
    let counter = town
        .page(&format!("/payment/sandbox/transfer?payload={payload}"))
        .await;
    for words in [
        "16.000 đồng",
        "0011001234567",
        body["purpose"].as_str().unwrap(),
        "Ngày xấu trời",
    ] {
        assert!(counter.contains(words), "{words}");
    }
    town.transfers("pay").await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, PAID);
    assert!(
        town.page("/payment/sandbox/account")
            .await
            .contains("SB50000001")
    );
}

#[tokio::test]
async fn the_bank_carries_out_only_whole_codes_for_the_agencys_account() {
    let town = Town::with_order().await;
    let path = format!("/payment/orders/{}/transfer", order());
    let (_, body) = town.post(Role::Citizen, &path, Value::Null).await;
    let payload = body["payload"].as_str().unwrap();
    let counter = async |payload: &str| {
        let query = payload.replace(' ', "+");
        town.page(&format!("/payment/sandbox/transfer?payload={query}"))
            .await
    };
    assert!(
        counter(&payload.replace("16000", "16001"))
            .await
            .contains("Tổng kiểm tra sai")
    );
    let static_code = "00020101021138570010A00000072701270006970436011300110012345670208QRIBFTTA53037045802VN6304E8DB";
    assert!(counter(static_code).await.contains("không có số tiền"));
    let foreign = "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA530370454061500005802VN62240820LE PHI HKD TT000000263043BE3";
    assert!(counter(foreign).await.contains("không có tài khoản này"));
    assert!(counter("").await.contains("<textarea"));
}

#[tokio::test]
async fn a_payer_who_changes_the_amount_or_deletes_the_purpose_is_left_to_an_officer() {
    for (choice, waits, amount) in [
        ("too_little", "too_little", 15_000),
        ("too_much", "too_much", 17_000),
        ("purpose_lost", "no_reference", 16_000),
    ] {
        let mut town = Town::with_order().await;
        town.transfers(choice).await;
        assert_eq!(town.waits().await, [format!("SB50000001 {waits}")]);
        assert_eq!(
            town.books().await,
            format!("bank {amount}, {OWED}, unallocated -{amount}")
        );
        assert_eq!(town.said::<FeePaid>().await, []);
    }
}

#[tokio::test]
async fn a_payer_who_transfers_twice_is_owed_the_second() {
    let mut town = Town::with_order().await;
    town.transfers("paid_twice").await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.order().await["surplus"], 16_000);
    assert_eq!(
        town.books().await,
        "bank 32000, owed_back -16000, revenue -16000"
    );
}

#[tokio::test]
async fn a_bank_that_tells_twice_at_once_pays_once() {
    let mut town = Town::with_order().await;
    town.transfers("told_twice").await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
    assert_eq!(town.books().await, PAID);
}

#[tokio::test]
async fn a_bank_that_tells_late_pays_late() {
    let mut town = Town::with_order().await;
    town.transfers("late").await;
    assert_eq!(town.said::<FeePaid>().await, []);
    town.advance(Duration::from_secs(31)).await;
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
}

#[tokio::test]
async fn what_the_bank_does_not_tell_its_statement_does() {
    for (ending, kind) in [("csv", "text/csv"), ("xml", "application/xml")] {
        let mut town = Town::with_order().await;
        town.transfers("silent").await;
        assert_eq!(town.books().await, OWED);
        let file = town
            .page(&format!(
                "/payment/sandbox/statement.{ending}?day=2026-10-08"
            ))
            .await;
        let tally = json!({ "new": 1, "known": 0, "matched": 1, "surplus": 0, "waiting": 0, "contradicting": [] });
        assert_eq!(
            town.imports(Role::Officer, &file).await,
            (200, tally),
            "{kind}"
        );
        town.settle().await;
        assert_eq!(town.said::<FeePaid>().await.len(), 1);
        assert_eq!(town.books().await, PAID);
    }
}

#[tokio::test]
async fn a_whole_day_of_the_banks_is_known_already_when_its_statement_is_imported() {
    let mut town = Town::with_order().await;
    town.transfers("too_little").await;
    town.transfers("reversed").await;
    town.advance(Duration::from_secs(61)).await;
    let file = town.page("/payment/sandbox/statement.xml").await;
    let (_, tally) = town.imports(Role::Officer, &file).await;
    assert_eq!((&tally["new"], &tally["known"]), (&json!(0), &json!(3)));
    town.advance(Duration::from_hours(24)).await;
    let next = town
        .page("/payment/sandbox/statement.xml?day=2026-10-09")
        .await;
    assert!(
        next.contains("<Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"VND\">15000</Amt>"),
        "{next}"
    );
}

#[tokio::test]
async fn a_transfer_that_the_bank_takes_back_is_an_officers_to_look_into() {
    let mut town = Town::with_order().await;
    town.transfers("reversed").await;
    assert_eq!(town.books().await, PAID);
    town.advance(Duration::from_secs(61)).await;
    assert_eq!(town.waits().await, ["SB50000002 returned"]);
    assert_eq!(town.books().await, "revenue -16000, unallocated 16000");
    assert_eq!(town.said::<FeePaid>().await.len(), 1);
}
