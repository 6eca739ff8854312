//! At the counter: who came is checked, and that they took the result is proved by a code or a signature.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use contracts::{
    Delivery,
    delivery::{CollectionCodeMade, ResultHandedOver, ResultIssued},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::{OWNER, issued, stage};

async fn waiting() -> (Stage, ResultIssued) {
    let mut stage = stage().await;
    let result = issued(&mut stage, 1, Delivery::Counter).await;
    (stage, result)
}

async fn ask(stage: &Stage, result: &ResultIssued) -> StatusCode {
    let path = format!("/delivery/results/{}/code", result.result);
    let officer = stage.officer();
    stage.post(&path, Some(&officer), &json!({})).await.status
}

/// The code that the applicant is sent.
async fn sent(stage: &mut Stage, result: &ResultIssued) -> String {
    assert_eq!(ask(stage, result).await, StatusCode::NO_CONTENT);
    stage.settle().await;
    let said = stage.said::<CollectionCodeMade>("delivery").await;
    said.last().unwrap().code.clone()
}

fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

async fn give(stage: &Stage, result: &ResultIssued, more: &Value) -> Answer {
    let mut body = json!({ "to": "Nguyễn Thị Ví Dụ",
        "identity": { "shown": "citizen_card", "ending": "1234" } });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let path = format!("/delivery/results/{}/hand-over", result.result);
    stage.post(&path, Some(&stage.officer()), &body).await
}

async fn view(stage: &Stage, result: &ResultIssued) -> Value {
    let path = format!("/delivery/dossiers/{}/result", result.dossier);
    let owner = stage.citizen(OWNER);
    stage.get(&path, Some(&owner)).await.json()
}

async fn page(stage: &Stage, result: &ResultIssued, token: &str) -> String {
    let path = format!("/delivery/results/{}/page", result.result);
    stage.get(&path, Some(token)).await.text()
}

#[tokio::test]
async fn the_code_that_the_applicant_was_sent_hands_the_result_over_and_is_on_record() {
    let (mut stage, result) = waiting().await;
    let code = sent(&mut stage, &result).await;
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let given = give(&stage, &result, &json!({ "code": spaced })).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT);
    let shown = view(&stage, &result).await;
    assert_eq!(shown["evidence"]["confirmed"], "code");
    assert_eq!(shown["evidence"]["identity"]["ending"], "1234");
    assert_eq!(shown["received_at"], shown["handed_over_at"]);
    for token in [stage.officer(), stage.citizen(OWNER)] {
        let page = page(&stage, &result, &token).await;
        for words in [
            "Trả tại quầy",
            "cho Nguyễn Thị Ví Dụ",
            "căn cước, số có bốn ký tự cuối 1234",
            "đọc đúng mã",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(&code));
    }
}

#[tokio::test]
async fn neither_code_nor_signature_no_identity_or_a_whole_number_is_not_enough() {
    let (stage, result) = waiting().await;
    for more in [
        json!({}),
        json!({ "code": " " }),
        json!({ "signed": true, "identity": { "shown": "passport", "ending": "066090001234" } }),
        json!({ "signed": true, "identity": { "shown": "a smile", "ending": "1234" } }),
        json!({ "signed": true, "identity": null }),
    ] {
        let given = give(&stage, &result, &more).await;
        assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
    }
    assert_eq!(view(&stage, &result).await["state"], "issued");
    let given = give(&stage, &result, &json!({ "signed": true })).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT);
    assert_eq!(
        view(&stage, &result).await["evidence"]["confirmed"],
        "signature"
    );
}

#[tokio::test]
async fn five_wrong_codes_end_a_code_and_what_was_guessed_is_counted_though_it_is_refused() {
    let (mut stage, result) = waiting().await;
    let code = sent(&mut stage, &result).await;
    let wrong = another(&code);
    for left in (0..5).rev() {
        let given = give(&stage, &result, &json!({ "code": wrong })).await;
        assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = given.text();
        assert!(
            told.contains(&format!("còn {left} lần thử")) || left == 0,
            "{told}"
        );
    }
    let given = give(&stage, &result, &json!({ "code": code })).await;
    assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(given.text().contains("hãy gửi mã mới"));
    stage.advance(Duration::from_mins(1)).await;
    let code = sent(&mut stage, &result).await;
    let given = give(&stage, &result, &json!({ "code": code })).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_only_the_newest() {
    let (mut stage, result) = waiting().await;
    let first = sent(&mut stage, &result).await;
    assert_eq!(ask(&stage, &result).await, StatusCode::TOO_MANY_REQUESTS);
    stage.advance(Duration::from_mins(2)).await;
    let second = sent(&mut stage, &result).await;
    if first != second {
        let given = give(&stage, &result, &json!({ "code": first })).await;
        assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    stage.advance(Duration::from_mins(10)).await;
    let given = give(&stage, &result, &json!({ "code": second })).await;
    assert_eq!(given.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(given.text().contains("hết hạn"), "{}", given.text());
}

#[tokio::test]
async fn a_code_is_for_officers_to_send_and_is_told_to_nobody_but_its_owner() {
    let (mut stage, result) = waiting().await;
    let path = format!("/delivery/results/{}/code", result.result);
    for token in [stage.citizen(OWNER), stage.operator()] {
        let answer = stage.post(&path, Some(&token), &json!({})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let code = sent(&mut stage, &result).await;
    let said = stage.said::<CollectionCodeMade>("delivery").await;
    assert!(!format!("{said:?}").contains(&code), "not even in a log");
    let officer = stage.officer();
    let desk = stage.get("/delivery/desk", Some(&officer)).await.text();
    assert!(desk.contains("Đã gửi mã cho người nộp hồ sơ") && !desk.contains(&code));
    give(&stage, &result, &json!({ "signed": true })).await;
    assert_eq!(ask(&stage, &result).await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_wrong_code_on_the_page_may_be_typed_again_right_from_the_same_page() {
    let (mut stage, result) = waiting().await;
    let code = sent(&mut stage, &result).await;
    let officer = stage.officer();
    let typed = async |code: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/delivery/desk/{}/hand-over", result.result))
            .header(header::AUTHORIZATION, format!("Bearer {officer}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!(
                "key=k-hand-over&to=Nguyen&shown=vneid&ending=1234&code={code}&note="
            )));
        stage.request(request.unwrap()).await.status
    };
    let wrong = another(&code);
    assert_eq!(typed(&wrong).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(typed(&code).await, StatusCode::SEE_OTHER);
    assert_eq!(typed(&code).await, StatusCode::SEE_OTHER, "pressed twice");
    assert_eq!(stage.said::<ResultHandedOver>("delivery").await.len(), 1);
}

#[tokio::test]
async fn what_is_in_the_portal_is_received_when_its_owner_opens_it() {
    let mut stage = stage().await;
    let result = issued(&mut stage, 1, Delivery::Portal).await;
    let owner = stage.citizen(OWNER);
    let shown = view(&stage, &result).await;
    assert!(shown["handed_over_at"].is_string() && shown["received_at"].is_null());
    let text = page(&stage, &result, &owner).await;
    assert!(text.contains("Người nhận chưa mở xem"), "{text}");
    stage.advance(Duration::from_hours(1)).await;
    let file = format!("/delivery/results/{}/file", result.result);
    stage.get(&file, Some(&owner)).await;
    let shown = view(&stage, &result).await;
    assert_eq!(shown["received_at"], shown["opened_at"]);
    assert!(page(&stage, &result, &owner).await.contains("Đã nhận lúc"));
    let stranger = stage.citizen("066090009999");
    let path = format!("/delivery/results/{}/page", result.result);
    let answer = stage.get(&path, Some(&stranger)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
