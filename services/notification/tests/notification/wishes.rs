//! What people want: on their page, and by the link in each mail.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use notification::{channel::Channel, links};
use testkit::{Answer, Stage};

use super::{OWNER, files, life, stage, submitted, told_of};

async fn form(stage: &Stage, path: &str, token: Option<&str>, fields: &str) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(fields.to_owned())).unwrap();
    stage.request(request).await
}

const PAGE: &str = "/notification/preferences";

#[tokio::test]
async fn the_page_shows_what_is_wanted_and_keeps_what_is_changed() {
    let mut stage = stage().await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let owner = stage.citizen(OWNER);
    let before = stage.get(PAGE, Some(&owner)).await.text();
    assert!(
        before.contains("v•••@example.vn") && before.contains("091••••678"),
        "{before}"
    );
    assert!(!before.contains("vi.du@") && !before.contains("0912345678"));
    assert!(before.contains("value=\"22:00\"") && !before.contains("<script"));
    assert_eq!(
        before.matches(" checked").count(),
        3 + 1 + 1,
        "mails, quiet hours, language"
    );

    let fields = "language=en&quiet=1&from=21%3A30&to=07%3A00&digest=1&offered-low-mail=1&offered-urgent-mail=1&urgent-mail=1";
    let kept = form(&stage, PAGE, Some(&owner), fields).await;
    assert_eq!(
        (kept.status, kept.header("location")),
        (StatusCode::SEE_OTHER, "/notification/preferences?kept=true")
    );
    let after = stage
        .get(kept.header("location"), Some(&owner))
        .await
        .text();
    assert!(
        after.contains("value=\"21:30\"") && after.contains("Đã lưu"),
        "{after}"
    );
    assert!(after.contains("name=\"urgent-mail\" value=\"1\" checked"));
    assert!(
        after.contains("name=\"normal-mail\" value=\"1\" checked"),
        "it was not offered"
    );
    assert!(after.contains("name=\"low-mail\" value=\"1\">"));
    assert!(after.contains("value=\"en\" checked"));

    for wrong in [
        "language=fr",
        "",
        "language=vi&quiet=1&from=late&to=07%3A00",
    ] {
        let refused = form(&stage, PAGE, Some(&owner), wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(
        form(&stage, PAGE, None, fields).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_link_in_a_mail_ends_the_mails_with_one_click_and_looking_at_it_does_not() {
    let mut stage = stage().await;
    let key = links::key(stage.app("notification")).await.unwrap();
    let path = key.unsubscribe(Stage::account(OWNER), Channel::Mail);
    let asked = stage.get(&path, None).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text().contains("<form method=\"post\""));
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    assert_eq!(files(&stage).len(), 1, "looking changes nothing");

    let done = form(&stage, &path, None, "List-Unsubscribe=One-Click").await;
    assert_eq!(
        done.status,
        StatusCode::OK,
        "a mail program follows no redirection"
    );
    let again = form(&stage, &path, None, "List-Unsubscribe=One-Click").await;
    assert_eq!(again.status, StatusCode::OK);
    for envelope in life(&stage, Some("vi.du@example.vn")) {
        stage.deliver(envelope).await;
    }
    stage.settle().await;
    assert_eq!(files(&stage).len(), 1);
    let told = told_of(&stage).await;
    assert_eq!(told.len(), 8, "the inbox has everything");

    let mut forged = path.clone();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    for path in [forged.as_str(), "/notification/unsubscribe/x"] {
        assert_eq!(stage.get(path, None).await.status, StatusCode::NOT_FOUND);
        let refused = form(&stage, path, None, "").await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_can_wait_comes_in_one_message_a_day_and_what_cannot_does_not_wait() {
    let mut stage = stage().await;
    let owner = stage.citizen(OWNER);
    let kept = form(&stage, PAGE, Some(&owner), "language=vi&digest=1").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    for envelope in life(&stage, Some("vi.du@example.vn")) {
        stage.deliver(envelope).await;
    }
    stage.settle().await;
    // Received, a supplement, decided and the result: the law wants them told.
    assert_eq!(files(&stage).len(), 4);
    let waiting = told_of(&stage).await;
    assert_eq!(
        waiting.iter().filter(|one| one["state"].is_null()).count(),
        4
    );
    // 18:00 in Vietnam.
    stage.advance(Duration::from_hours(8)).await;
    assert_eq!(files(&stage).len(), 4, "it is a quarter past five");
    stage.advance(Duration::from_mins(45)).await;
    let files = files(&stage);
    assert_eq!(files.len(), 5);
    // That a fee is to be paid need not be told any more: it is paid.
    let digests = files.iter().filter(|file| file.contains("Subject: 3 tin "));
    assert_eq!(digests.count(), 1);
    stage.advance(Duration::from_hours(24)).await;
    assert_eq!(
        super::files(&stage).len(),
        5,
        "what was told is not told the next day"
    );
    assert!(stage.parked("notification").await.is_empty());
}
