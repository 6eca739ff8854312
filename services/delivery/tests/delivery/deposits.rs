//! The national store of citizens' papers: each result is put there once, whatever days the store has, and told of when it
//! counts no more.

use std::time::Duration;

use contracts::{Delivery, delivery::ResultIssued};
use delivery::deposits::pretend::{Day, Store};
use serde_json::{Value, json};
use testkit::Stage;

use super::{OWNER, issued};

const LATER: Duration = Duration::from_mins(5);

async fn opened() -> (Store, Stage) {
    let store = Store::open().await.unwrap();
    let url = store.url();
    let variables = [
        ("DELIVERY__STORE__URL", url.as_str()),
        ("DELIVERY__STORE__TOKEN", "pretend-token"),
        ("DELIVERY__STORE__TIMEOUT_SECONDS", "1"),
    ];
    let stage = Stage::configured(vec![delivery::service()], &variables).await;
    (store, stage)
}

async fn view(stage: &Stage, result: &ResultIssued) -> Value {
    let path = format!("/delivery/dossiers/{}/result", result.dossier);
    let owner = stage.citizen(OWNER);
    stage.get(&path, Some(&owner)).await.json()
}

async fn revoke(stage: &mut Stage, result: &ResultIssued) {
    let path = format!("/delivery/results/{}/revoke", result.result);
    let reason = json!({ "reason": "Cấp nhầm" });
    stage.post(&path, Some(&stage.officer()), &reason).await;
    stage.settle().await;
}

#[tokio::test]
async fn a_result_is_put_into_its_owners_store_with_all_that_is_said_of_it() {
    let (store, mut stage) = opened().await;
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    let kept = store.kept();
    assert_eq!(kept.len(), 1);
    for (name, value) in [
        ("state", "valid"),
        ("number", "01/TLHT-BS"),
        ("dossier", "H15.50.05.13-261008-0001"),
        ("citizenId", OWNER),
        ("organisation", "H15.50.05"),
        ("sha256", &result.sha256),
    ] {
        assert_eq!(kept[0][name], value, "{name}");
    }
    let check = kept[0]["checkUrl"].as_str().unwrap();
    assert!(check.ends_with(&result.check_code));
    let shown = view(&stage, &result).await;
    assert_eq!(shown["store_reference"], "KHO-1");
    assert!(shown["deposited_at"].is_string());
}

#[tokio::test]
async fn however_often_the_store_is_away_each_result_is_there_once() {
    let (store, mut stage) = opened().await;
    store.then([Day::Down, Day::Silent, Day::Nonsense]);
    let result = issued(&mut stage, 1, Delivery::Counter).await;
    assert!(view(&stage, &result).await["deposited_at"].is_null());
    for _ in 0..4 {
        stage.advance(LATER).await;
    }
    assert_eq!((store.kept().len(), store.asked()), (1, 4));
    assert_eq!(view(&stage, &result).await["store_reference"], "KHO-1");
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn a_deposit_outlives_a_process_that_is_killed_before_the_store_answers() {
    let (store, mut stage) = opened().await;
    let result = issued(&mut stage, 1, Delivery::Counter).await;
    store.then([Day::Silent]);
    let path = format!("/delivery/results/{}/revoke", result.result);
    let reason = json!({ "reason": "Cấp nhầm" });
    stage.post(&path, Some(&stage.officer()), &reason).await;
    let settling = tokio::time::timeout(Duration::from_millis(500), stage.settle());
    assert!(settling.await.is_err(), "the answer does not come");
    stage.open_again(vec![delivery::service()]).await;
    stage.advance(Duration::from_hours(1)).await;
    let states: Vec<_> = store
        .kept()
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["valid", "revoked"]);
}

#[tokio::test]
async fn what_counts_no_more_is_told_there_too() {
    let (store, mut stage) = opened().await;
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    let path = format!("/delivery/results/{}/replace", result.result);
    let body = json!({ "reason": "Sai chữ đệm", "outcome": { "outcome": "granted",
        "result": [{ "label": "Họ, chữ đệm, tên", "value": "Nguyễn Thị Thí Dụ" }] } });
    stage.post(&path, Some(&stage.officer()), &body).await;
    stage.settle().await;
    let told: Vec<_> = store
        .kept()
        .iter()
        .map(|one| {
            (
                one["number"].clone(),
                one["state"].clone(),
                one["replacedBy"].clone(),
            )
        })
        .collect();
    assert!(told.contains(&(json!("01/TLHT-BS"), json!("replaced"), json!("02/TLHT-BS"))));
    assert!(told.contains(&(json!("02/TLHT-BS"), json!("valid"), json!(""))));
}

#[tokio::test]
async fn what_was_taken_back_before_the_store_had_it_is_told_as_it_stands() {
    let (store, mut stage) = opened().await;
    store.then([Day::Down, Day::Down]);
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    revoke(&mut stage, &result).await;
    for _ in 0..3 {
        stage.advance(LATER).await;
    }
    let states: Vec<_> = store
        .kept()
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["revoked"], "the store never thought it valid");
}

#[tokio::test]
async fn a_refusal_is_on_record_and_holds_up_nothing() {
    let (store, mut stage) = opened().await;
    store.then([Day::Refusing]);
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    let shown = view(&stage, &result).await;
    assert_eq!(shown["state"], "handed_over");
    assert!(shown["deposited_at"].is_null());
    let path = format!("/delivery/results/{}/page", result.result);
    let page = stage.get(&path, Some(&stage.officer())).await.text();
    assert!(page.contains("this citizen has no store"), "{page}");
    assert!(stage.parked("delivery").await.is_empty());
    revoke(&mut stage, &result).await;
    assert_eq!(
        store.kept().len(),
        1,
        "what comes after is told all the same"
    );
}

#[tokio::test]
async fn without_a_store_nothing_leaves_and_the_pretend_one_can_take_its_place() {
    let mut stage = super::stage().await;
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    assert!(view(&stage, &result).await["deposited_at"].is_null());
    let pretend = [("DELIVERY__STORE__PRETEND", "true")];
    let mut stage = Stage::configured(vec![delivery::service()], &pretend).await;
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    assert_eq!(view(&stage, &result).await["store_reference"], "KHO-1");
}
