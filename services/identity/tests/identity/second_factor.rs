//! Second factors: begun, confirmed, asked for, guessed at, lost, removed and reset.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use sea_orm::ConnectionTrait;

use super::*;
pub use testkit::totp::code;

/// What somebody who has begun a second factor holds.
pub struct Held {
    pub token: String,
    pub key: String,
    pub recovery: Vec<String>,
}

impl Held {
    pub fn code(&self, stage: &Stage) -> String {
        code(&self.key, stage.now())
    }
}

pub async fn begins(stage: &Stage, token: &str, password: &str) -> Answer {
    let body = json!({ "password": password });
    stage
        .post("/identity/second-factor", Some(token), &body)
        .await
}

pub async fn confirms(stage: &Stage, token: &str, code: &str) -> Answer {
    let body = json!({ "code": code });
    asks(
        stage,
        Method::PUT,
        "/identity/second-factor",
        Some(token),
        &body,
    )
    .await
}

pub fn recovery_of(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["recovery_codes"].clone();
    serde_json::from_value(codes).unwrap()
}

/// Somebody with a second factor, half a minute after their first code.
pub async fn enrolled(stage: &mut Stage, login: &str, password: &str) -> Held {
    let first = token(stage, login, password).await;
    let begun = begins(stage, &first, password).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let key = begun.json()["key"].as_str().unwrap().to_owned();
    let confirmed = confirms(stage, &first, &code(&key, stage.now())).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    stage.advance(Duration::from_secs(30)).await;
    Held {
        token: confirmed.json()["token"].as_str().unwrap().to_owned(),
        key,
        recovery: recovery_of(&confirmed),
    }
}

pub async fn ticket(stage: &Stage, login: &str, password: &str) -> String {
    let answer = signs_in(stage, login, password).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["ticket"].as_str().unwrap().to_owned()
}

pub async fn answers(stage: &Stage, ticket: &str, code: &str) -> Answer {
    let body = json!({ "ticket": ticket, "code": code });
    stage
        .post("/identity/sessions/second-step", None, &body)
        .await
}

/// Signs in by both steps.
pub async fn enters(stage: &Stage, code: &str) -> StatusCode {
    let ticket = ticket(stage, "0912345678", PASSWORD).await;
    answers(stage, &ticket, code).await.status
}

#[tokio::test]
async fn who_has_a_second_factor_is_asked_for_it_after_the_password() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    let begun = begins(&stage, &first, PASSWORD).await;
    assert_eq!(begun.header("cache-control"), "no-store");
    let key = begun.json()["key"].as_str().unwrap().to_owned();
    let otpauth = begun.json()["otpauth"].as_str().unwrap().to_owned();
    assert!(otpauth.contains(&format!("%2B84912345678?secret={key}&")));
    // Not asked for before it is confirmed.
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
    let confirmed = confirms(&stage, &first, &code(&key, stage.now())).await;
    assert_eq!(confirmed.status, 200);
    // The session goes on as another.
    let fresh = confirmed.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(stage.get("/identity/me", Some(&first)).await.status, 401);
    assert_eq!(stage.get("/identity/me", Some(&fresh)).await.status, 200);
    assert!(confirmed.header("set-cookie").contains(&fresh));
    assert_eq!(recovery_of(&confirmed).len(), 10);
    let standing = stage.get("/identity/second-factor", Some(&fresh)).await;
    assert_eq!(
        standing.json(),
        json!({ "since": "2026-10-08T02:15:00Z", "recovery_codes": 10 })
    );
    stage.advance(Duration::from_secs(30)).await;
    let half = signs_in(&stage, "0912345678", PASSWORD).await;
    assert_eq!(
        (half.status, half.header("set-cookie")),
        (StatusCode::ACCEPTED, "")
    );
    assert!(half.json().get("token").is_none());
    assert_eq!(half.json()["enrols"], false);
    let ticket = half.json()["ticket"].as_str().unwrap().to_owned();
    assert_eq!(stage.get("/identity/me", Some(&ticket)).await.status, 401);
    let whole = answers(&stage, &ticket, &code(&key, stage.now())).await;
    assert_eq!(whole.status, 201, "{}", whole.text());
    assert!(whole.json().get("recovery_codes").is_none());
    let entered = whole.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(stage.get("/identity/me", Some(&entered)).await.status, 200);
    // A wrong password is answered as that of somebody who does not exist.
    let wrong = signs_in(&stage, "0912345678", "sai rồi").await;
    let unknown = signs_in(&stage, "0987654321", "sai rồi").await;
    assert_eq!(
        (wrong.status, wrong.text()),
        (unknown.status, unknown.text())
    );
}

#[tokio::test]
async fn beginning_needs_the_password_and_never_replaces_what_is_confirmed() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    let wrong = begins(&stage, &first, "sai rồi").await;
    assert_eq!(
        (wrong.status, errors(&wrong)),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            vec!["password".to_owned()]
        )
    );
    assert_eq!(confirms(&stage, &first, "123456").await.status, 422);
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    assert_eq!(
        begins(&stage, &held.token, PASSWORD).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(enters(&stage, &held.code(&stage)).await, 201);
}

#[tokio::test]
async fn what_was_begun_can_be_confirmed_for_a_quarter_of_an_hour() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    let begun = begins(&stage, &first, PASSWORD).await;
    let key = begun.json()["key"].as_str().unwrap().to_owned();
    stage.advance(Duration::from_mins(15)).await;
    let late = confirms(&stage, &first, &code(&key, stage.now())).await;
    assert_eq!(late.status, 422);
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_code_is_good_once_and_for_a_step_around_its_own() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let now = held.code(&stage);
    assert_eq!(enters(&stage, &now).await, 201);
    assert_eq!(enters(&stage, &now).await, 422, "replayed");
    let next = code(&held.key, stage.now() + chrono::TimeDelta::seconds(30));
    assert_eq!(enters(&stage, &next).await, 201, "a clock that is fast");
    stage.advance(Duration::from_mins(2)).await;
    let before = code(&held.key, stage.now() - chrono::TimeDelta::seconds(60));
    assert_eq!(enters(&stage, &before).await, 422, "two steps ago");
    let before = code(&held.key, stage.now() - chrono::TimeDelta::seconds(30));
    assert_eq!(enters(&stage, &before).await, 201, "a clock that is slow");
}

#[tokio::test]
async fn five_wrong_codes_wait_as_passwords_do_and_the_paper_still_enters() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let ticket = ticket(&stage, "0912345678", PASSWORD).await;
    for guess in ["000000", "111111", "12345", "", "ví dụ"] {
        let wrong = answers(&stage, &ticket, guess).await;
        assert_eq!(
            (wrong.status, errors(&wrong)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec!["code".to_owned()]),
            "{guess}"
        );
    }
    let waits = answers(&stage, &ticket, &held.code(&stage)).await;
    assert_eq!(
        (waits.status, waits.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "60")
    );
    // Beginning again with the password does not begin the count again.
    assert_eq!(enters(&stage, &held.code(&stage)).await, 429);
    // Whoever guesses has the password, but does not keep out who holds the paper.
    assert_eq!(enters(&stage, &held.recovery[0]).await, 201);
    assert_eq!(enters(&stage, &held.code(&stage)).await, 429);
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(enters(&stage, &held.code(&stage)).await, 201);
}

#[tokio::test]
async fn codes_sent_at_once_gain_nothing() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let ticket = ticket(&stage, "0912345678", PASSWORD).await;
    let (stage, right) = (&stage, held.code(&stage));
    let guesses = (0..8).map(|_| async { answers(stage, &ticket, "00000").await.status.as_u16() });
    let mut statuses = futures::future::join_all(guesses).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429, 429, 429]);
    assert_eq!(answers(stage, &ticket, &right).await.status, 429);
}

#[tokio::test]
async fn the_same_code_sent_at_once_enters_once() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    for secret in [held.code(&stage), held.recovery[3].clone()] {
        let (one, other) = (
            ticket(&stage, "0912345678", PASSWORD).await,
            ticket(&stage, "0912345678", PASSWORD).await,
        );
        let (one, other) = futures::future::join(
            answers(&stage, &one, &secret),
            answers(&stage, &other, &secret),
        )
        .await;
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
    }
}

#[tokio::test]
async fn a_neighbour_without_the_password_locks_nobody_out() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    for guess in 0..8 {
        let made_up = answers(&stage, &format!("vé tự bịa {guess}"), "000000").await;
        assert_eq!(made_up.status, 401);
    }
    for _ in 0..4 {
        assert_eq!(
            signs_in(&stage, "0912345678", "sai rồi").await.status,
            401,
            "a wrong password leads to no code"
        );
    }
    assert_eq!(enters(&stage, &held.code(&stage)).await, 201);
}

#[tokio::test]
async fn a_ticket_is_good_once_for_ten_minutes_and_until_the_password_changes() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let used = ticket(&stage, "0912345678", PASSWORD).await;
    assert_eq!(answers(&stage, &used, &held.recovery[0]).await.status, 201);
    assert_eq!(answers(&stage, &used, &held.recovery[1]).await.status, 401);
    let late = ticket(&stage, "0912345678", PASSWORD).await;
    stage.advance(Duration::from_mins(10)).await;
    assert_eq!(answers(&stage, &late, &held.code(&stage)).await.status, 401);
    let void = ticket(&stage, "0912345678", PASSWORD).await;
    let change = json!({ "current": PASSWORD, "new": "cái cày theo sau" });
    let path = "/identity/password";
    let changed = asks(&stage, Method::PUT, path, Some(&held.token), &change).await;
    assert_eq!(changed.status, 200);
    let refused = answers(&stage, &void, &held.code(&stage)).await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn a_recovery_code_is_read_as_people_copy_it_and_is_good_once() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let copied = held.recovery[0].to_uppercase().replace('-', " ");
    assert_eq!(enters(&stage, &copied).await, 201);
    assert_eq!(enters(&stage, &held.recovery[0]).await, 422);
    assert_eq!(enters(&stage, &held.recovery[1]).await, 201);
    let standing = stage
        .get("/identity/second-factor", Some(&held.token))
        .await;
    assert_eq!(standing.json()["recovery_codes"], 8);
}

#[tokio::test]
async fn neither_seed_nor_recovery_code_nor_ticket_stands_in_the_database() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let ticket = ticket(&stage, "0912345678", PASSWORD).await;
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(stage.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| {
        kept.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("second-factor-confirmed"));
    let plain = held.recovery[0].replace('-', "");
    for secret in [&held.key, &held.recovery[0], &plain, &ticket, &held.token] {
        assert!(!holds(secret));
    }
    let key = stage.folder().join("identity-secrets-key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn identity_does_not_start_over_seeds_of_another_key() {
    let mut stage = registered().await;
    enrolled(&mut stage, "0912345678", PASSWORD).await;
    let app = stage.app("identity").clone();
    assert!(identity::secrets::fits(app.clone()).await.is_ok());
    let other = "UPDATE second_factors SET key_id = 'another'";
    app.db().reads().execute_unprepared(other).await.unwrap();
    let refused = identity::secrets::fits(app).await.unwrap_err();
    assert!(refused.to_string().contains("IDENTITY__SECRETS_KEY"));
}

pub async fn removes(stage: &Stage, token: &str, password: &str, code: &str) -> Answer {
    let body = json!({ "password": password, "code": code });
    let path = "/identity/second-factor/removal";
    stage.post(path, Some(token), &body).await
}

#[tokio::test]
async fn removing_needs_password_and_code_and_ends_the_other_sessions() {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let ticket = ticket(&stage, "0912345678", PASSWORD).await;
    let other = answers(&stage, &ticket, &held.recovery[0]).await;
    let other = other.json()["token"].as_str().unwrap().to_owned();
    let right = held.code(&stage);
    for (password, code, field) in [
        ("sai rồi", right.as_str(), "password"),
        (PASSWORD, "000000", "code"),
        (PASSWORD, held.recovery[0].as_str(), "code"),
    ] {
        let answer = removes(&stage, &held.token, password, code).await;
        assert_eq!(
            (answer.status, errors(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()])
        );
    }
    let removed = removes(&stage, &held.token, PASSWORD, &right).await;
    assert_eq!(removed.status, 200);
    let fresh = removed.json()["token"].as_str().unwrap().to_owned();
    for ended in [&held.token, &other] {
        assert_eq!(stage.get("/identity/me", Some(ended)).await.status, 401);
    }
    assert_eq!(stage.get("/identity/me", Some(&fresh)).await.status, 200);
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
    assert_eq!(
        removes(&stage, &fresh, PASSWORD, &held.recovery[1])
            .await
            .status,
        409
    );
}
