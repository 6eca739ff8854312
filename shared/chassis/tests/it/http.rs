//! Idempotency keys, refusals, health, OpenAPI.

use contracts::payment::FeeOrdered;
use testkit::Stage;

use crate::sample::{Mood, POISON, echo, effects, fee, till};

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_and_change_nothing() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let key = [("Idempotency-Key", "a-key-of-the-client")];
    let first = stage.post_with("/till/orders", None, &key, &fee(1)).await;
    let again = stage.post_with("/till/orders", None, &key, &fee(1)).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    stage.settle().await;
    assert_eq!(effects(stage.app("till")).await, 1);
    assert_eq!(stage.said::<FeeOrdered>("till").await.len(), 1);
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let key = [("Idempotency-Key", "k")];
    stage.post_with("/till/orders", None, &key, &fee(1)).await;
    let other = stage.post_with("/till/orders", None, &key, &fee(2)).await;
    assert_eq!(other.status, 422);
    assert_eq!(other.json()["errors"][0]["field"], "Idempotency-Key");
    assert_eq!(effects(stage.app("till")).await, 1);
}

#[tokio::test]
async fn another_person_does_not_meet_my_key() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let key = [("Idempotency-Key", "k")];
    let (one, two) = (stage.citizen("066190001234"), stage.citizen("001304005678"));
    stage
        .post_with("/till/orders", Some(&one), &key, &fee(1))
        .await;
    assert_eq!(
        stage
            .post_with("/till/orders", Some(&two), &key, &fee(2))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn two_at_once_with_one_key_take_effect_once() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let key = [("Idempotency-Key", "k")];
    let request = fee(1);
    let answers = futures::future::join_all(
        (0..8).map(|_| stage.post_with("/till/orders", None, &key, &request)),
    )
    .await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status.as_u16(), 201 | 409))
    );
    assert!(answers.iter().any(|answer| answer.status == 201));
    let refused = answers.iter().find(|answer| answer.status == 409);
    let refused = refused.expect("the others came while the first was answered");
    assert_eq!(refused.header("retry-after"), "3");
    assert_eq!(effects(stage.app("till")).await, 1);
}

#[tokio::test]
async fn a_refused_act_changes_nothing_and_its_key_stays_free() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let key = [("Idempotency-Key", "k")];
    let refused = stage
        .post_with("/till/orders", None, &key, &fee(POISON))
        .await;
    assert_eq!(refused.status, 409);
    assert_eq!(effects(stage.app("till")).await, 0);
    assert_eq!(
        stage
            .post_with("/till/orders", None, &key, &fee(1))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_wrong_body_is_refused_by_field_in_two_languages() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let mut body = serde_json::to_value(fee(1)).unwrap();
    body["code"] = "nonsense".into();
    let answer = stage.post("/till/orders", None, &body).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["errors"][0]["field"], "code");
    assert!(
        answer.json()["title"]
            .as_str()
            .unwrap()
            .contains("chưa đúng")
    );
    assert!(
        answer.json()["title_en"]
            .as_str()
            .unwrap()
            .contains("wrong")
    );
    assert_eq!(effects(stage.app("till")).await, 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let huge = serde_json::json!({ "code": "x".repeat(300_000) });
    assert_eq!(stage.post("/till/orders", None, &huge).await.status, 413);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    let unknown = stage.get("/till/nothing", None).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.header("content-type"), "application/problem+json");
    assert_eq!(stage.get("/till/orders", None).await.status, 405);
}

#[tokio::test]
async fn health_metrics_and_the_contract_are_served() {
    let stage = Stage::with(vec![till(&Mood::default())]).await;
    assert_eq!(stage.get("/live", None).await.status, 200);
    assert_eq!(stage.get("/ready", None).await.status, 200);
    assert_eq!(stage.get("/metrics", None).await.status, 200);
    let openapi = stage.get("/till/openapi.json", None).await.json();
    assert!(openapi["paths"]["/till/orders"]["post"].is_object());
    assert!(openapi["paths"]["/till/ops/parked/{id}/replay"]["post"].is_object());
}
