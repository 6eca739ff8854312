//! The last rung: a call by an officer with a name.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use chassis::auth::Role;
use contracts::notification::{MessageDelivered, Way};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::{life, stage};

async fn post(stage: &Stage, path: &str, token: &str, fields: &str) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(fields.to_owned()));
    stage.request(request.unwrap()).await
}

async fn page(stage: &Stage, token: &str) -> String {
    let request = Request::builder()
        .uri("/notification/calls")
        .header(header::ACCEPT, "text/html")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty());
    stage.request(request.unwrap()).await.text()
}

async fn calls(stage: &Stage, token: &str) -> Vec<Value> {
    let answer = stage.get("/notification/calls", Some(token)).await;
    answer.json()["calls"].as_array().unwrap().clone()
}

/// A supplement is asked for, and the person left no e-mail address.
async fn unreached() -> Stage {
    let mut stage = stage().await;
    let life = life(&stage, None);
    for place in [0, 1, 4] {
        stage.deliver(life[place].clone()).await;
    }
    stage.settle().await;
    stage
}

#[tokio::test]
async fn a_call_is_one_officers_by_name_and_its_result_is_told() {
    let mut stage = unreached().await;
    let officer = stage.officer();
    let other = stage.token(Stage::account("another"), &[Role::Officer], None);
    let waiting = calls(&stage, &officer).await;
    assert_eq!(waiting.len(), 1, "only for what is urgent");
    assert_eq!(waiting[0]["news"], json!(["Cần bổ sung hồ sơ"]));
    assert_eq!(
        (
            &waiting[0]["phone"],
            &waiting[0]["name"],
            &waiting[0]["owner"]
        ),
        (&json!("091••••678"), &json!(null), &json!(null))
    );
    let path = format!("/notification/calls/{}", waiting[0]["id"].as_str().unwrap());
    assert!(page(&stage, &officer).await.contains("Nhận cuộc gọi này"));

    let early = post(&stage, &format!("{path}/result"), &officer, "result=told").await;
    assert_eq!(early.status, StatusCode::CONFLICT, "nobody has taken it on");
    let claimed = post(&stage, &format!("{path}/claim"), &officer, "").await;
    assert_eq!(claimed.status, StatusCode::SEE_OTHER);
    assert_eq!(
        post(&stage, &format!("{path}/claim"), &other, "")
            .await
            .status,
        StatusCode::CONFLICT
    );
    let mine = page(&stage, &officer).await;
    assert!(
        mine.contains("tel:0912345678") && mine.contains("Tờ khai có chữ ký."),
        "{mine}"
    );
    let theirs = page(&stage, &other).await;
    assert!(
        !theirs.contains("0912345678") && theirs.contains("Người gọi"),
        "{theirs}"
    );

    let nobody = post(
        &stage,
        &format!("{path}/result"),
        &officer,
        "result=no_answer",
    )
    .await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    let again = calls(&stage, &other).await;
    assert_eq!(
        (&again[0]["tries"], &again[0]["owner"]),
        (&json!(1), &json!(null))
    );
    post(&stage, &format!("{path}/claim"), &other, "").await;
    for wrong in [
        "result=perhaps",
        "",
        &format!("result=told&note={}", "a".repeat(1_001)),
    ] {
        let refused = post(&stage, &format!("{path}/result"), &other, wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let told = post(
        &stage,
        &format!("{path}/result"),
        &other,
        "result=told&note=ok",
    )
    .await;
    assert_eq!(told.status, StatusCode::SEE_OTHER);
    stage.settle().await;
    assert!(calls(&stage, &officer).await.is_empty());
    let delivered = stage.said::<MessageDelivered>("notification").await;
    assert_eq!((delivered.len(), delivered[0].way), (1, Way::Call));
    assert_eq!(delivered[0].tells, "desk.supplement-requested.v1");
}

#[tokio::test]
async fn a_call_can_be_given_back_and_is_no_citizens_business() {
    let stage = unreached().await;
    let officer = stage.officer();
    let id = calls(&stage, &officer).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/notification/calls/{id}");
    post(&stage, &format!("{path}/claim"), &officer, "").await;
    let released = post(&stage, &format!("{path}/release"), &officer, "").await;
    assert_eq!(released.status, StatusCode::SEE_OTHER);
    assert_eq!(calls(&stage, &officer).await[0]["owner"], json!(null));
    let citizen = stage.citizen(super::OWNER);
    assert_eq!(
        stage
            .get("/notification/calls", Some(&citizen))
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    let unknown = format!("/notification/calls/{}/claim", uuid::Uuid::nil());
    assert_eq!(
        post(&stage, &unknown, &officer, "").await.status,
        StatusCode::NOT_FOUND
    );
}
