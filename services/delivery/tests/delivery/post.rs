//! Parcels: one order at the post office for each, however often it is sent, and what follows from what it says.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::{
    Delivery,
    delivery::{ResultHandedOver, ResultIssued},
};
use delivery::post::pretend::{Day, NOWHERE, Office};
use serde_json::{Value, json};
use testkit::Stage;

use super::{OWNER, issued};

/// Longer than the post office is left alone, and than the longest wait of a message that it was away for.
const ROUND: Duration = Duration::from_mins(11);

async fn opened() -> (Office, Stage) {
    let office = Office::open(0).await.unwrap();
    let stage = with(&office, &[]).await;
    (office, stage)
}

pub async fn with(office: &Office, more: &[(&str, &str)]) -> Stage {
    let url = office.url();
    let mut variables = vec![
        ("DELIVERY__POST__URL", url.as_str()),
        ("DELIVERY__POST__CLIENT_ID", "pretend"),
        ("DELIVERY__POST__CLIENT_SECRET", "pretend-secret"),
        ("DELIVERY__POST__CUSTOMER_CODE", "MOTCUA"),
        ("DELIVERY__POST__TIMEOUT_SECONDS", "1"),
    ];
    variables.extend(more);
    Stage::configured(vec![delivery::service()], &variables).await
}

fn to(address: &str) -> Value {
    json!({ "name": "Nguyễn Thị Ví Dụ", "phone": "0912345678", "address": address })
}

pub const HOME: &str = "Số 3 đường Ví Dụ, xã Mẫu, tỉnh Mẫu";

/// An officer gives a result to the post office.
pub async fn send(stage: &Stage, result: &ResultIssued, address: &str) -> (StatusCode, String) {
    let path = format!("/delivery/results/{}/parcels", result.result);
    let answer = stage
        .post(&path, Some(&stage.officer()), &to(address))
        .await;
    let parcel = answer.json()["parcel"].as_str().unwrap_or_default().into();
    (answer.status, parcel)
}

async fn sent(stage: &mut Stage) -> (ResultIssued, String) {
    let result = issued(stage, 1, Delivery::Post).await;
    let (status, parcel) = send(stage, &result, HOME).await;
    assert_eq!(status, StatusCode::CREATED);
    stage.settle().await;
    (result, parcel)
}

async fn view(stage: &Stage, result: &ResultIssued) -> Value {
    let path = format!("/delivery/dossiers/{}/result", result.dossier);
    let owner = stage.citizen(OWNER);
    stage.get(&path, Some(&owner)).await.json()
}

async fn state(stage: &Stage, result: &ResultIssued) -> Value {
    view(stage, result).await["parcels"][0]["state"].clone()
}

async fn desk(stage: &Stage) -> String {
    let officer = stage.officer();
    stage.get("/delivery/desk", Some(&officer)).await.text()
}

#[tokio::test]
async fn an_order_says_who_sends_and_who_gets_it_and_the_owner_follows_it_to_the_door() {
    let (office, mut stage) = opened().await;
    let (result, parcel) = sent(&mut stage).await;
    assert_eq!(parcel, "H15.50.05.13-261008-0001-P1");
    let took = office.took();
    assert_eq!(took.len(), 1);
    let order = &took[0].order;
    assert_eq!(order["orderNumber"], parcel);
    assert_eq!(
        order["senderName"],
        "Trung tâm Phục vụ hành chính công phường Mẫu"
    );
    assert_eq!(order["senderProvince"], "tỉnh Mẫu");
    assert_eq!(order["receiverAddress"], HOME);
    assert_eq!(order["receiverTel"], "0912345678");
    assert_eq!(order["description"], "Hồ sơ H15.50.05.13-261008-0001");
    assert_eq!(state(&stage, &result).await, "accepted");

    office.say(&parcel, "70", "Bưu cục đã nhận bưu gửi");
    stage.advance(ROUND).await;
    let shown = view(&stage, &result).await;
    let events = &shown["parcels"][0]["events"];
    assert_eq!(events[0]["message"], "Bưu cục đã nhận bưu gửi");
    assert_eq!(shown["parcels"][0]["number"], "PT000000001VN");
    assert!(!shown.to_string().contains(HOME), "the post alone is told");
    assert_eq!(shown["state"], "issued", "sent is not received");

    let event = office.say(&parcel, "100", "Phát thành công");
    stage.advance(ROUND).await;
    let shown = view(&stage, &result).await;
    assert_eq!(
        (&shown["state"], &shown["handed_over_by"]),
        (&json!("handed_over"), &json!("post"))
    );
    let said = stage.said::<ResultHandedOver>("delivery").await;
    assert_eq!((said.len(), said[0].delivery), (1, Delivery::Post));
    assert_eq!(event, 2);
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn however_often_an_order_is_sent_and_its_answer_lost_it_is_one_parcel() {
    let (office, mut stage) = opened().await;
    office.then([
        Day::Down,
        Day::Silent,
        Day::Broken,
        Day::Nonsense,
        Day::Expired,
    ]);
    let (result, parcel) = sent(&mut stage).await;
    assert_eq!(state(&stage, &result).await, "ordered");
    for _ in 0..5 {
        stage.advance(ROUND).await;
    }
    assert!(office.asked() >= 5, "{} times", office.asked());
    assert_eq!(office.took().len(), 1);
    assert_eq!(office.took()[0].order["orderNumber"], parcel);
    assert_eq!(state(&stage, &result).await, "accepted");
    assert!(
        office.tokens() >= 2,
        "a token that was not believed any more"
    );
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn an_order_outlives_a_process_that_is_killed_between_the_call_and_its_answer() {
    let (office, mut stage) = opened().await;
    office.then([Day::Silent]);
    let result = issued(&mut stage, 1, Delivery::Post).await;
    send(&stage, &result, HOME).await;
    // The post office takes the order, and whoever sent it is gone before it answers.
    let settling = tokio::time::timeout(Duration::from_millis(500), stage.settle());
    assert!(settling.await.is_err(), "the answer does not come");
    assert_eq!(office.took().len(), 1);
    stage.open_again(vec![delivery::service()]).await;
    stage.advance(Duration::from_hours(1)).await;
    assert_eq!(state(&stage, &result).await, "accepted");
    assert_eq!((office.took().len(), office.asked()), (1, 2));
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_reason_and_the_paper_can_be_sent_again_or_fetched() {
    let (office, mut stage) = opened().await;
    let result = issued(&mut stage, 1, Delivery::Post).await;
    send(&stage, &result, &format!("Nhà {NOWHERE}, tỉnh Mẫu")).await;
    stage.settle().await;
    assert!(office.took().is_empty());
    let page = desk(&stage).await;
    assert!(page.contains("bưu điện không nhận đơn"), "{page}");
    assert!(page.contains("Địa chỉ không phát được"));
    assert!(page.contains("Giao cho bưu điện") && page.contains("Trả tại quầy"));

    let (status, again) = send(&stage, &result, HOME).await;
    assert_eq!(status, StatusCode::CREATED);
    stage.settle().await;
    assert_eq!(office.took()[0].order["orderNumber"], again);
    assert!(again.ends_with("-P2"));
}

#[tokio::test]
async fn while_the_post_has_it_a_paper_goes_no_other_way_unless_the_order_is_taken_back() {
    let (office, mut stage) = opened().await;
    let (result, parcel) = sent(&mut stage).await;
    let officer = stage.officer();
    let at = |what: &str| format!("/delivery/results/{}/{what}", result.result);
    assert_eq!(send(&stage, &result, HOME).await.0, StatusCode::CONFLICT);
    let by_hand = json!({ "carrier": "VNPost", "number": "EB1" });
    let answer = stage.post(&at("ship"), Some(&officer), &by_hand).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(!desk(&stage).await.contains("Trả tại quầy</summary>"));

    let cancel = format!("/delivery/parcels/{parcel}/cancel");
    let answer = stage.post(&cancel, Some(&officer), &json!({})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    stage.settle().await;
    assert!(office.took()[0].is_cancelled);
    assert_eq!(state(&stage, &result).await, "cancelled");
    let answer = stage.post(&cancel, Some(&officer), &json!({})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(send(&stage, &result, HOME).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn an_order_given_up_before_it_was_taken_is_taken_back_there_too() {
    let (office, mut stage) = opened().await;
    // It is taken, nobody hears so, and the cancellation is lost once as well.
    office.then([Day::Broken, Day::Down]);
    let (result, parcel) = sent(&mut stage).await;
    let officer = stage.officer();
    let cancel = format!("/delivery/parcels/{parcel}/cancel");
    stage.post(&cancel, Some(&officer), &json!({})).await;
    stage.settle().await;
    for _ in 0..3 {
        stage.advance(ROUND).await;
    }
    assert!(office.took()[0].is_cancelled);
    assert_eq!(state(&stage, &result).await, "cancelled");
}

#[tokio::test]
async fn what_the_post_carries_already_cannot_be_taken_back_and_the_officer_reads_why() {
    let (office, mut stage) = opened().await;
    let (result, parcel) = sent(&mut stage).await;
    office.say(&parcel, "70", "Bưu cục đã nhận bưu gửi");
    let cancel = format!("/delivery/parcels/{parcel}/cancel");
    stage
        .post(&cancel, Some(&stage.officer()), &json!({}))
        .await;
    stage.settle().await;
    assert_eq!(state(&stage, &result).await, "accepted");
    assert!(desk(&stage).await.contains("Bưu gửi đã được nhận"));
}

#[tokio::test]
async fn statuses_count_once_each_however_they_come() {
    let office = Office::open(0).await.unwrap();
    let mut stage = with(&office, &[("DELIVERY__POST__PAGE_SIZE", "2")]).await;
    let (result, parcel) = sent(&mut stage).await;
    office.mumble();
    for _ in 0..5 {
        office.say(&parcel, "80", "Đang đi phát");
    }
    office.say("SOMEBODY-ELSE", "100", "Phát thành công");
    office.then_looked_at([Day::Nonsense, Day::Silent, Day::Down]);
    for _ in 0..5 {
        stage.advance(ROUND).await;
    }
    let events = async |stage: &Stage| {
        let shown = view(stage, &result).await;
        shown["parcels"][0]["events"].as_array().unwrap().len()
    };
    assert_eq!(events(&stage).await, 5);
    assert_eq!(state(&stage, &result).await, "accepted");
    // One with a number before those that are known: it came late.
    office.say(&parcel, "80", "Đang đi phát");
    stage.advance(ROUND).await;
    office.say_as(100, &parcel, "91", "Phát không thành công");
    stage.advance(ROUND).await;
    office.say_as(50, &parcel, "100", "Phát thành công");
    stage.advance(ROUND).await;
    assert_eq!(events(&stage).await, 8);
    assert_eq!(stage.said::<ResultHandedOver>("delivery").await.len(), 1);
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn what_comes_back_or_is_lost_is_the_officers_again() {
    let (office, mut stage) = opened().await;
    let (result, parcel) = sent(&mut stage).await;
    office.say(&parcel, "170", "Phát hoàn thành công: người nhận đi vắng");
    stage.advance(ROUND).await;
    let page = desk(&stage).await;
    assert!(page.contains("bị chuyển hoàn") && page.contains("người nhận đi vắng"));
    assert!(stage.said::<ResultHandedOver>("delivery").await.is_empty());

    let (status, second) = send(&stage, &result, HOME).await;
    assert_eq!(status, StatusCode::CREATED);
    stage.settle().await;
    office.say(&second, "LOST", "Không tìm thấy bưu gửi");
    stage.advance(ROUND).await;
    let page = desk(&stage).await;
    assert!(page.contains("bưu điện báo thất lạc") && page.contains("Trả tại quầy</summary>"));
    // It turns up after all.
    office.say(&second, "100", "Phát thành công");
    stage.advance(ROUND).await;
    assert_eq!(stage.said::<ResultHandedOver>("delivery").await.len(), 1);
}

#[tokio::test]
async fn a_parcel_of_which_nothing_is_heard_is_pointed_out() {
    let (_office, mut stage) = opened().await;
    sent(&mut stage).await;
    assert!(!desk(&stage).await.contains("Lâu không có tin"));
    stage.advance(Duration::from_hours(24 * 10)).await;
    assert!(desk(&stage).await.contains("Lâu không có tin từ bưu điện"));
}

#[tokio::test]
async fn a_result_that_counts_no_more_is_taken_back_from_the_post() {
    let (office, mut stage) = opened().await;
    let (result, _) = sent(&mut stage).await;
    let revoke = format!("/delivery/results/{}/revoke", result.result);
    let reason = json!({ "reason": "Cấp nhầm" });
    stage.post(&revoke, Some(&stage.officer()), &reason).await;
    stage.settle().await;
    assert!(office.took()[0].is_cancelled);
    assert_eq!(state(&stage, &result).await, "cancelled");
}

#[tokio::test]
async fn without_a_line_to_the_post_an_order_is_refused_and_papers_go_by_hand() {
    let mut stage = super::stage().await;
    let result = issued(&mut stage, 1, Delivery::Post).await;
    assert_eq!(send(&stage, &result, HOME).await.0, StatusCode::CONFLICT);
    let page = desk(&stage).await;
    assert!(page.contains("Gửi bưu điện") && !page.contains("Giao cho bưu điện"));
    stage.advance(ROUND).await;
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn the_pretend_post_office_brings_every_parcel_by_itself() {
    let pretend = [("DELIVERY__POST__PRETEND", "true")];
    let mut stage = Stage::configured(vec![delivery::service()], &pretend).await;
    let (result, _) = sent(&mut stage).await;
    for _ in 0..5 {
        stage.advance(ROUND).await;
    }
    assert_eq!(view(&stage, &result).await["state"], "handed_over");
}
