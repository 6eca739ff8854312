//! What waits and nobody takes: reminders, once each, and in the end a call.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::{
    Delivery,
    delivery::{ResultUnclaimed, WaitsFor},
};
use delivery::post::pretend::Office;
use serde_json::json;
use testkit::Stage;

use super::{OWNER, issued, stage};

const DAY: Duration = Duration::from_hours(24);

async fn said(stage: &Stage) -> Vec<(u32, bool, WaitsFor)> {
    let said = stage.said::<ResultUnclaimed>("delivery").await;
    let said = said.iter();
    said.map(|one| (one.days, one.is_last, one.waits_for))
        .collect()
}

/// Days go by, and it is looked every few hours.
async fn wait(stage: &mut Stage, days: u32) {
    for _ in 0..days * 4 {
        stage.advance(Duration::from_hours(6)).await;
    }
}

async fn desk(stage: &Stage) -> String {
    let officer = stage.officer();
    stage.get("/delivery/desk", Some(&officer)).await.text()
}

#[tokio::test]
async fn a_paper_that_waits_at_the_counter_is_told_of_thrice_and_then_somebody_calls() {
    use WaitsFor::Collection;
    let mut stage = stage().await;
    let result = issued(&mut stage, 1, Delivery::Counter).await;
    wait(&mut stage, 2).await;
    assert_eq!(said(&stage).await, []);
    wait(&mut stage, 2).await;
    assert_eq!(said(&stage).await, [(3, false, Collection)]);
    assert!(!desk(&stage).await.contains("Cần gọi điện"));
    wait(&mut stage, 36).await;
    let all = [
        (3, false, Collection),
        (10, false, Collection),
        (30, true, Collection),
    ];
    assert_eq!(said(&stage).await, all);
    assert!(desk(&stage).await.contains("Cần gọi điện"));

    let called = format!("/delivery/results/{}/called", result.result);
    let officer = stage.officer();
    let answer = stage.post(&called, Some(&officer), &json!({})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(!desk(&stage).await.contains("Cần gọi điện"));
    let answer = stage.post(&called, Some(&officer), &json!({})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_taken_in_time_is_not_told_of() {
    let mut stage = stage().await;
    let result = issued(&mut stage, 1, Delivery::Counter).await;
    wait(&mut stage, 2).await;
    let path = format!("/delivery/results/{}/hand-over", result.result);
    let body = json!({ "to": "Nguyễn Thị Ví Dụ", "signed": true,
        "identity": { "shown": "citizen_card", "ending": "1234" } });
    stage.post(&path, Some(&stage.officer()), &body).await;
    wait(&mut stage, 3).await;
    assert_eq!(said(&stage).await, []);
}

#[tokio::test]
async fn after_days_in_which_nobody_looked_one_reminder_stands_for_all() {
    let mut stage = stage().await;
    issued(&mut stage, 1, Delivery::Counter).await;
    stage.advance(DAY * 12).await;
    assert_eq!(said(&stage).await, [(12, false, WaitsFor::Collection)]);
    stage.open_again(vec![delivery::service()]).await;
    wait(&mut stage, 1).await;
    assert_eq!(said(&stage).await.len(), 1, "once, across a crash");
}

#[tokio::test]
async fn what_is_never_opened_in_the_portal_is_told_of_until_it_is_opened() {
    use WaitsFor::Opening;
    let mut stage = stage().await;
    let unopened = issued(&mut stage, 1, Delivery::Portal).await;
    let opened = issued(&mut stage, 2, Delivery::Portal).await;
    let file = format!("/delivery/results/{}/file", opened.result);
    stage.get(&file, Some(&stage.citizen(OWNER))).await;
    wait(&mut stage, 8).await;
    assert_eq!(said(&stage).await, [(7, false, Opening)]);
    wait(&mut stage, 24).await;
    assert_eq!(
        said(&stage).await,
        [(7, false, Opening), (30, true, Opening)]
    );
    let page = desk(&stage).await;
    assert!(page.contains("Cần gọi điện") && page.contains(&unopened.number));
    let file = format!("/delivery/results/{}/file", unopened.result);
    stage.get(&file, Some(&stage.citizen(OWNER))).await;
    assert!(!desk(&stage).await.contains("Cần gọi điện"));
}

#[tokio::test]
async fn what_the_post_brings_back_is_told_of_from_that_day_on_and_what_is_under_way_is_not() {
    let office = Office::open(0).await.unwrap();
    let mut stage = super::post::with(&office, &[]).await;
    let result = issued(&mut stage, 1, Delivery::Post).await;
    wait(&mut stage, 4).await;
    assert_eq!(said(&stage).await, [], "it is the desk's turn");
    let (_, parcel) = super::post::send(&stage, &result, super::post::HOME).await;
    wait(&mut stage, 4).await;
    assert_eq!(said(&stage).await, [], "it is the post's turn");
    office.say(&parcel, "170", "Phát hoàn thành công");
    wait(&mut stage, 9).await;
    let all = [
        (1, false, WaitsFor::AnotherWay),
        (7, true, WaitsFor::AnotherWay),
    ];
    assert_eq!(said(&stage).await, all);
}
