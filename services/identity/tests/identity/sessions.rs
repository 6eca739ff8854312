//! Where somebody is signed in: what they see of it, and how they end it.

use std::time::Duration;

use super::*;

const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36";

/// Two sessions of one citizen: on a phone behind a proxy, and by a program.
async fn two_sessions() -> (Stage, String, String) {
    let stage = staged(&[("TRUSTED_PROXIES", "1")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let credentials = json!({ "login": "0912345678", "password": PASSWORD });
    let headers = [("user-agent", PHONE), ("x-forwarded-for", "203.0.113.77")];
    let phone = stage
        .post_with("/identity/sessions", None, &headers, &credentials)
        .await;
    let phone = phone.json()["token"].as_str().unwrap().to_owned();
    let program = token(&stage, "0912345678", PASSWORD).await;
    (stage, phone, program)
}

async fn open_ones(stage: &Stage, token: &str) -> Vec<Value> {
    let list = stage.get("/identity/sessions", Some(token)).await;
    assert_eq!(
        (list.status, list.header("cache-control")),
        (StatusCode::OK, "no-store")
    );
    list.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_without_their_address_or_model_being_kept() {
    let (stage, phone, program) = two_sessions().await;
    let open = open_ones(&stage, &program).await;
    assert_eq!(open.len(), 2);
    let on_phone = open.iter().find(|line| line["current"] == false).unwrap();
    assert_eq!(on_phone["device"], "Chrome trên Android");
    assert_eq!(on_phone["network"], "203.0.…");
    assert_eq!(on_phone["since"], "2026-10-08T02:15:00Z");
    assert_eq!(on_phone["id"], json!(believed(&stage, &phone).await.sid));
    let page = page(&stage, "/identity/sessions", &format!("{COOKIE}={phone}"))
        .await
        .text();
    for told in [
        "Chrome trên Android <span class=\"mark good\">Chính là nơi này</span>",
        "Thiết bị hoặc chương trình khác",
        "09:15 ngày 08/10/2026",
        "Đăng xuất khỏi tất cả nơi khác",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(stage.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &[u8]| kept.windows(text.len()).any(|window| window == text);
    assert!(holds("Chrome trên Android".as_bytes()));
    assert!(!holds(b"203.0.113.77") && !holds(b"SM-A155F"));
}

#[tokio::test]
async fn the_last_use_is_noted_at_most_once_an_hour() {
    let (mut stage, phone, program) = two_sessions().await;
    let seen = async |stage: &Stage| {
        let open = open_ones(stage, &program).await;
        let on_phone = open.into_iter().find(|line| line["current"] == false);
        on_phone.unwrap()["seen"].clone()
    };
    stage.advance(Duration::from_mins(59)).await;
    stage.get("/identity/me", Some(&phone)).await;
    assert_eq!(seen(&stage).await, "2026-10-08T02:15:00Z");
    stage.advance(Duration::from_mins(1)).await;
    stage.get("/identity/me", Some(&phone)).await;
    assert_eq!(seen(&stage).await, "2026-10-08T03:15:00Z");
}

#[tokio::test]
async fn a_person_ends_one_session_and_it_is_refused_at_once() {
    let (stage, phone, program) = two_sessions().await;
    let id = believed(&stage, &phone).await.sid;
    let path = format!("/identity/sessions/{id}");
    let end = asks(&stage, Method::DELETE, &path, Some(&program), &Value::Null).await;
    assert_eq!(end.status, 204);
    for path in ["/identity/me", "/identity/sessions"] {
        assert_eq!(stage.get(path, Some(&phone)).await.status, 401, "{path}");
    }
    assert_eq!(open_ones(&stage, &program).await.len(), 1);
    let again = asks(&stage, Method::DELETE, &path, Some(&program), &Value::Null).await;
    assert_eq!(again.status, 404);
    // What it may still do is nothing at identity, not even ending the others.
    let others = "/identity/sessions/others";
    let late = asks(&stage, Method::DELETE, others, Some(&phone), &Value::Null).await;
    assert_eq!(late.status, 401);
}

#[tokio::test]
async fn nobody_ends_or_sees_anothers_session() {
    let (stage, phone, _) = two_sessions().await;
    let other = json!({
        "name": "Lê Thị Khác", "citizen_id": "001304005678", "phone": "0987654321", "password": "cái cày theo sau",
    });
    stage.post("/identity/accounts", None, &other).await;
    let stranger = token(&stage, "0987654321", "cái cày theo sau").await;
    assert_eq!(open_ones(&stage, &stranger).await.len(), 1);
    let id = believed(&stage, &phone).await.sid;
    let path = format!("/identity/sessions/{id}");
    let end = asks(&stage, Method::DELETE, &path, Some(&stranger), &Value::Null).await;
    assert_eq!(end.status, 404);
    let others = "/identity/sessions/others";
    let end = asks(
        &stage,
        Method::DELETE,
        others,
        Some(&stranger),
        &Value::Null,
    )
    .await;
    assert_eq!(end.json(), json!({ "ended": 0 }));
    assert_eq!(stage.get("/identity/me", Some(&phone)).await.status, 200);
    for method in [Method::GET, Method::DELETE] {
        let path = if method == Method::GET {
            "/identity/sessions"
        } else {
            others
        };
        assert_eq!(
            asks(&stage, method, path, None, &Value::Null).await.status,
            401
        );
    }
}

#[tokio::test]
async fn the_buttons_end_one_session_and_all_others_but_not_for_another_site() {
    let (stage, phone, program) = two_sessions().await;
    let third = token(&stage, "0912345678", PASSWORD).await;
    let cookie = format!("{COOKIE}={phone}");
    let id = believed(&stage, &program).await.sid;
    let (one, others) = (
        format!("/identity/sessions/{id}/end"),
        "/identity/sessions/others/end",
    );
    for path in [one.as_str(), others] {
        let foreign = [
            ("cookie", cookie.as_str()),
            ("sec-fetch-site", "cross-site"),
        ];
        assert_eq!(form(&stage, path, &foreign, "").await.status, 403);
    }
    assert_eq!(stage.get("/identity/me", Some(&program)).await.status, 200);
    let own = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = form(&stage, &one, &own, "").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/identity/sessions")
    );
    assert_eq!(stage.get("/identity/me", Some(&program)).await.status, 401);
    assert_eq!(stage.get("/identity/me", Some(&third)).await.status, 200);
    assert_eq!(form(&stage, others, &own, "").await.status, 303);
    assert_eq!(stage.get("/identity/me", Some(&third)).await.status, 401);
    assert_eq!(stage.get("/identity/me", Some(&phone)).await.status, 200);
}

#[tokio::test]
async fn a_browser_whose_session_was_ended_is_led_to_signing_in_and_back() {
    let (stage, phone, program) = two_sessions().await;
    let others = "/identity/sessions/others";
    let end = asks(&stage, Method::DELETE, others, Some(&program), &Value::Null).await;
    assert_eq!(end.json(), json!({ "ended": 1 }));
    let answer = page(&stage, "/identity/sessions", &format!("{COOKIE}={phone}")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (
            StatusCode::SEE_OTHER,
            "/identity/sign-in?back=%2Fidentity%2Fsessions"
        )
    );
}

#[tokio::test]
async fn every_service_is_told_which_sessions_are_over_and_of_no_other() {
    use contracts::identity::SessionsEnded;
    let (mut stage, phone, program) = two_sessions().await;
    let others = asks(
        &stage,
        Method::DELETE,
        "/identity/sessions/others",
        Some(&program),
        &Value::Null,
    )
    .await;
    assert_eq!(others.json()["ended"], 1);
    stage.settle().await;
    let claims = believed(&stage, &phone).await;
    let said = stage.said::<SessionsEnded>("identity").await;
    let told: Vec<_> = said.iter().flat_map(|said| &said.sessions).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].session, claims.sid);
    assert_eq!(told[0].believed_until.timestamp(), claims.exp);
    // Nobody needs to hear again what is over anyway.
    let again = "/identity/sessions/others";
    let again = asks(&stage, Method::DELETE, again, Some(&program), &Value::Null).await;
    assert_eq!(again.json()["ended"], 0);
    stage.settle().await;
    assert_eq!(stage.said::<SessionsEnded>("identity").await.len(), 1);
}
