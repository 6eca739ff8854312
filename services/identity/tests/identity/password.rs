//! Changing a password.

use std::time::Duration;

use super::*;

const NEW: &str = "cái cày theo sau";

async fn changes(stage: &Stage, token: &str, current: &str, new: &str) -> Answer {
    let body = json!({ "current": current, "new": new });
    asks(stage, Method::PUT, "/identity/password", Some(token), &body).await
}

#[tokio::test]
async fn a_changed_password_is_the_one_that_enters_and_ends_all_other_sessions() {
    let stage = registered().await;
    let (own, other) = (
        token(&stage, "0912345678", PASSWORD).await,
        token(&stage, "0912345678", PASSWORD).await,
    );
    let answer = changes(&stage, &own, PASSWORD, NEW).await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::OK, json!({ "ended": 1 }))
    );
    assert_eq!(stage.get("/identity/me", Some(&own)).await.status, 200);
    assert_eq!(stage.get("/identity/me", Some(&other)).await.status, 401);
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 401);
    assert_eq!(signs_in(&stage, "0912345678", NEW).await.status, 201);
    // A session that has been ended changes nothing any more.
    assert_eq!(changes(&stage, &other, NEW, PASSWORD).await.status, 401);
}

#[tokio::test]
async fn a_new_password_keeps_to_the_rules_of_registration() {
    let stage = registered().await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    for unfit in ["ngắn", "12345678", "0912345678", "066190001234", PASSWORD] {
        let answer = changes(&stage, &own, PASSWORD, unfit).await;
        assert_eq!(
            (answer.status, errors(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec!["new".to_owned()]),
            "{unfit}"
        );
    }
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
}

#[tokio::test]
async fn whoever_guesses_the_old_password_waits_as_at_sign_in() {
    let mut stage = registered().await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    // Both ways of guessing count together.
    for _ in 0..2 {
        assert_eq!(signs_in(&stage, "0912345678", "sai rồi").await.status, 401);
    }
    for _ in 0..3 {
        let answer = changes(&stage, &own, "sai rồi", NEW).await;
        assert_eq!(
            (answer.status, errors(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec!["current".to_owned()])
        );
    }
    let waits = changes(&stage, &own, PASSWORD, NEW).await;
    assert_eq!(
        (waits.status, waits.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "60")
    );
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 429);
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(changes(&stage, &own, PASSWORD, NEW).await.status, 200);
}

#[tokio::test]
async fn of_two_changes_at_once_one_counts() {
    let stage = registered().await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    let (one, other) = futures::future::join(
        changes(&stage, &own, PASSWORD, NEW),
        changes(&stage, &own, PASSWORD, "nước chảy đá mòn"),
    )
    .await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
}

#[tokio::test]
async fn the_form_changes_a_password_says_what_is_wrong_and_repeats_none() {
    let stage = registered().await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    let cookie = format!("{COOKIE}={own}");
    let shown = page(&stage, "/identity/password", &cookie).await;
    assert_eq!(shown.status, 200);
    assert!(shown.text().contains("action=\"/identity/password\""));
    let headers = [("cookie", cookie.as_str())];
    let path = "/identity/password";
    let wrong = form(&stage, path, &headers, "current=bi+mat+cu&new=bi+mat+moi").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Mật khẩu đang dùng không đúng"));
    assert!(!wrong.text().contains("bi mat"));
    let filled = "current=con+trâu+đi+trước&new=cái+cày+theo+sau";
    let foreign = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(form(&stage, path, &foreign, filled).await.status, 403);
    assert_eq!(form(&stage, path, &[], filled).await.status, 401);
    let done = form(&stage, path, &headers, filled).await;
    assert_eq!(done.status, 200);
    assert!(done.text().contains("Đã đổi mật khẩu"));
    assert_eq!(signs_in(&stage, "0912345678", NEW).await.status, 201);
}
