//! What delivery answers to its owner, the officers and the public.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use contracts::{
    Delivery, MandateId,
    delivery::ResultHandedOver,
    identity::{Consent, MandateAct, MandateEnded, MandateGiven},
};
use serde_json::json;
use testkit::{Answer, Stage};
use uuid::Uuid;

use super::{OWNER, issued, pdfs, stage};

const STRANGER: &str = "066090009999";

async fn get(stage: &Stage, path: &str, accept: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::ACCEPT, accept);
    stage.request(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn only_its_owner_and_the_officers_see_a_result() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    let (of_dossier, file) = (
        format!("/delivery/dossiers/{}/result", issued.dossier),
        format!("/delivery/results/{}/file", issued.result),
    );
    for path in [&of_dossier, &file] {
        assert_eq!(
            stage.get(path, Some(&stage.citizen(STRANGER))).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(stage.get(path, None).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            stage.get(path, Some(&stage.officer())).await.status,
            StatusCode::OK
        );
    }
    let view = async |stage: &Stage| {
        stage
            .get(&of_dossier, Some(&stage.citizen(OWNER)))
            .await
            .json()
    };
    let before = view(&stage).await;
    assert_eq!(before["number"], "01/TLHT-BS");
    assert_eq!(before["state"], "handed_over");
    assert_eq!(before["copies"], 2);
    assert_eq!(before["file"], file);
    assert_eq!(
        before["opened_at"],
        json!(null),
        "an officer's look is not the owner's"
    );

    let answer = stage.get(&file, Some(&stage.citizen(OWNER))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(
        answer.header("content-disposition"),
        "inline; filename=\"01-TLHT-BS.pdf\""
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(files::Hash::of_bytes(&answer.body).as_str(), issued.sha256);

    let opened_at = view(&stage).await["opened_at"].clone();
    assert!(opened_at.is_string());
    stage.advance(Duration::from_mins(5)).await;
    stage.get(&file, Some(&stage.citizen(OWNER))).await;
    assert_eq!(
        view(&stage).await["opened_at"],
        opened_at,
        "the first time is kept"
    );
}

#[tokio::test]
async fn anybody_can_check_a_paper_and_learns_no_name() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    let typed = issued.check_code.replace('-', "").to_lowercase();
    let known = stage.get(&format!("/delivery/check/{typed}"), None).await;
    assert_eq!(known.status, StatusCode::OK);
    let told = known.json();
    assert_eq!(told["standing"], "valid");
    assert_eq!(told["number"], "01/TLHT-BS");
    assert_eq!(told["sha256"], issued.sha256);
    assert_eq!(told["initials"], "N.T.V.D.");
    assert!(!known.text().contains("Ví Dụ") && !known.text().contains(OWNER));

    let unknown = stage.get("/delivery/check/0000-0000-0000", None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let keys = |value: &serde_json::Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&unknown.json()),
        keys(&told),
        "known or not, the same shape"
    );
    assert_eq!(
        stage.get("/delivery/check/nonsense", None).await.json(),
        unknown.json()
    );

    let page = get(
        &stage,
        &format!("/delivery/check/{}", issued.check_code),
        "text/html",
    )
    .await;
    assert!(page.text().contains("còn giá trị") && page.text().contains("01/TLHT-BS"));
    assert!(!page.text().contains("Ví Dụ"));
    let page = get(&stage, "/delivery/check/nonsense", "text/html").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("Không có giấy tờ nào như vậy"));
    let typed = get(
        &stage,
        "/delivery/check?code=7k3m%20q2xv/../9trp",
        "text/html",
    )
    .await;
    assert_eq!(typed.header("location"), "/delivery/check/7k3mq2xv9trp");
    assert_eq!(
        get(&stage, "/delivery/check", "text/html").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_file_is_compared_with_what_was_issued() {
    let mut stage = stage().await;
    issued(&mut stage, 1, Delivery::Portal).await;
    let mut pdf = pdfs(&stage.folder().join("delivery")).remove(0);
    let same = stage
        .upload("/delivery/check", None, "ket-qua.pdf", &pdf)
        .await;
    assert_eq!(
        (same.status, same.json()["standing"].as_str()),
        (StatusCode::OK, Some("valid"))
    );
    pdf.push(b'\n');
    let other = stage
        .upload("/delivery/check", None, "ket-qua.pdf", &pdf)
        .await;
    assert_eq!(
        (other.status, other.json()["standing"].as_str()),
        (StatusCode::NOT_FOUND, Some("unknown"))
    );
}

#[tokio::test]
async fn a_file_too_large_to_compare_is_refused() {
    let stage = Stage::configured(
        vec![delivery::service()],
        &[("DELIVERY__COMPARE_LIMIT", "1000")],
    )
    .await;
    let answer = stage
        .upload("/delivery/check", None, "a.pdf", &[7; 1001])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_result_is_handed_over_at_the_counter_once() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Counter).await;
    assert!(stage.said::<ResultHandedOver>("delivery").await.is_empty());
    let path = format!("/delivery/results/{}/hand-over", issued.result);
    let body = json!({ "to": "Nguyễn Thị Ví Dụ", "signed": true, "note": "Đến một mình",
        "identity": { "shown": "citizen_card", "ending": "1234" } });
    assert_eq!(
        stage
            .post(&path, Some(&stage.citizen(OWNER)), &body)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    let officer = stage.officer();
    for _ in 0..2 {
        let keyed = stage
            .post_with(&path, Some(&officer), &[("Idempotency-Key", "k1")], &body)
            .await;
        assert_eq!(keyed.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        stage.post(&path, Some(&officer), &body).await.status,
        StatusCode::CONFLICT
    );
    stage.settle().await;
    let said = stage.said::<ResultHandedOver>("delivery").await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].delivery, Delivery::Counter);
}

#[tokio::test]
async fn a_result_goes_by_post_when_it_was_shipped_and_delivered() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Post).await;
    let officer = stage.officer();
    let path = |what: &str| format!("/delivery/results/{}/{what}", issued.result);
    let delivered = async |stage: &Stage| {
        stage
            .post(&path("delivered"), Some(&officer), &json!({}))
            .await
            .status
    };
    assert_eq!(
        delivered(&stage).await,
        StatusCode::CONFLICT,
        "nothing was shipped"
    );
    let parcel = json!({ "carrier": "VNPost", "number": "EB123456789VN" });
    for _ in 0..2 {
        assert_eq!(
            stage
                .post(&path("ship"), Some(&officer), &parcel)
                .await
                .status,
            StatusCode::NO_CONTENT
        );
    }
    let page = stage.get("/delivery/desk", Some(&officer)).await;
    assert_eq!(page.text().matches("EB123456789VN").count(), 1);
    assert_eq!(delivered(&stage).await, StatusCode::NO_CONTENT);
    assert_eq!(delivered(&stage).await, StatusCode::CONFLICT);
    stage.settle().await;
    let said = stage.said::<ResultHandedOver>("delivery").await;
    assert_eq!(
        said.iter().map(|said| said.delivery).collect::<Vec<_>>(),
        [Delivery::Post]
    );
}

#[tokio::test]
async fn an_officer_hands_over_from_the_page_without_a_script() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Counter).await;
    let officer = stage.officer();
    let page = stage.get("/delivery/desk", Some(&officer)).await.text();
    assert!(page.contains("H15.50.05.13-261008-0001") && page.contains("01/TLHT-BS"));
    assert_eq!(
        stage
            .get("/delivery/desk", Some(&stage.citizen(OWNER)))
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    for _ in 0..2 {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/delivery/desk/{}/hand-over", issued.result))
            .header(header::AUTHORIZATION, format!("Bearer {officer}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(
                "key=k-hand-over&to=Nguy%E1%BB%85n+V%C3%AD+D%E1%BB%A5&shown=passport&ending=b123&code=&signed=yes&note=",
            ));
        let answer = stage.request(request.unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/delivery/desk")
        );
    }
    stage.settle().await;
    assert_eq!(stage.said::<ResultHandedOver>("delivery").await.len(), 1);
    assert!(
        stage
            .get("/delivery/desk", Some(&officer))
            .await
            .text()
            .contains("Không có kết quả nào")
    );
}

#[tokio::test]
async fn whoever_checks_a_revoked_paper_is_told() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    let path = format!("/delivery/results/{}/revoke", issued.result);
    let reason = json!({ "reason": "Cấp nhầm" });
    assert_eq!(
        stage
            .post(&path, Some(&stage.operator()), &reason)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        stage
            .post(&path, Some(&stage.officer()), &reason)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        stage
            .post(&path, Some(&stage.officer()), &reason)
            .await
            .status,
        StatusCode::CONFLICT
    );
    let told = stage
        .get(&format!("/delivery/check/{}", issued.check_code), None)
        .await
        .json();
    assert_eq!(told["standing"], "revoked");
}

#[tokio::test]
async fn whom_its_owner_lets_receive_it_opens_a_result_as_long_as_they_may() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    let file = format!("/delivery/results/{}/file", issued.result);
    let opens = async |stage: &Stage| {
        let agent = stage.citizen(STRANGER);
        stage.get(&file, Some(&agent)).await.status
    };
    let given = |number, act| MandateGiven {
        mandate: MandateId(Uuid::from_u128(number)),
        giver: Stage::account(OWNER),
        agent: Stage::account(STRANGER),
        acts: [act].into(),
        procedures: Some(["2.000635".parse().unwrap()].into()),
        consent: Consent::Given,
        given_at: testkit::start_of_play(),
        valid_until: testkit::start_of_play() + Duration::from_hours(48),
    };
    stage.say("identity", &given(1, MandateAct::View)).await;
    stage.settle().await;
    assert_eq!(opens(&stage).await, StatusCode::NOT_FOUND);
    stage.say("identity", &given(2, MandateAct::Receive)).await;
    stage.settle().await;
    assert_eq!(opens(&stage).await, StatusCode::OK);
    let ended = MandateEnded {
        mandate: MandateId(Uuid::from_u128(2)),
        ended_at: stage.now(),
    };
    stage.say("identity", &ended).await;
    stage.settle().await;
    assert_eq!(opens(&stage).await, StatusCode::NOT_FOUND);
}
