//! Signing in, waiting, ending, and what a token is worth.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_citizen_registers_signs_in_and_is_known_by_the_token() {
    let stage = registered().await;
    let answer = signs_in(&stage, "0912345678", PASSWORD).await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (StatusCode::CREATED, "no-store")
    );
    let body = answer.json();
    assert_eq!(
        (&body["roles"], &body["expires_at"]),
        (&json!(["citizen"]), &json!("2026-10-08T10:15:00Z"))
    );
    let token = body["token"].as_str().unwrap();
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax");
    assert_eq!(answer.header("set-cookie"), cookie);
    let claims = believed(&stage, token).await;
    assert_eq!(
        (claims.name.as_str(), claims.assurance),
        ("Nguyễn Thị Ví Dụ", 1)
    );
    assert_eq!(claims.phone.unwrap().as_str(), "+84912345678");
    let me = stage.get("/identity/me", Some(token)).await.json();
    assert_eq!(
        (&me["citizen_id"], &me["email"]),
        (&json!("066190001234"), &json!("vi.du@example.vn"))
    );
    assert_eq!(me["account"], json!(claims.sub));
    assert_eq!(stage.get("/identity/me", None).await.status, 401);
}

#[tokio::test]
async fn a_citizen_signs_in_with_either_login_in_any_spelling() {
    let stage = registered().await;
    for login in [
        "0912345678",
        "+84 912 345 678",
        "066190001234",
        " 066 190 001 234 ",
    ] {
        assert_eq!(
            signs_in(&stage, login, PASSWORD).await.status,
            201,
            "{login}"
        );
    }
}

#[tokio::test]
async fn the_cookie_of_a_system_on_https_is_for_https_only() {
    let stage = staged(&[("PUBLIC_URL", "https://motcua.example.vn")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let answer = signs_in(&stage, "0912345678", PASSWORD).await;
    let cookie = answer.header("set-cookie");
    let (name, token) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    assert_eq!(name, "__Host-motcua_session");
    assert_eq!(
        cookie.split_once(';').unwrap().1,
        " Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure"
    );
    let sessions = "/identity/sessions";
    let own = page(&stage, sessions, &format!("{name}={token}")).await;
    assert_eq!(own.status, 200);
    // A neighbour under the same domain can plant a cookie of the plain name, but it counts for nothing here.
    let planted = page(&stage, sessions, &format!("{COOKIE}={token}")).await;
    assert_eq!(planted.status, 303);
    let out = form(
        &stage,
        "/identity/sign-out",
        &[("cookie", &format!("{name}={token}"))],
        "",
    )
    .await;
    assert_eq!(
        out.header("set-cookie"),
        "__Host-motcua_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    );
    assert_eq!(stage.get("/identity/me", Some(token)).await.status, 401);
}

#[tokio::test]
async fn a_session_that_the_browser_brings_along_is_never_the_one_that_begins() {
    let stage = registered().await;
    let planted = token(&stage, "0912345678", PASSWORD).await;
    let fixed = believed(&stage, &planted).await.sid;
    let answer = form(
        &stage,
        "/identity/sign-in",
        &[("cookie", &format!("{COOKIE}={planted}"))],
        "login=0912345678&password=con+trâu+đi+trước",
    )
    .await;
    assert_eq!(answer.status, 303);
    let cookie = answer.header("set-cookie");
    let fresh = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
    assert_ne!(fresh, planted);
    assert_ne!(believed(&stage, fresh).await.sid, fixed);
}

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_get_the_same_answer() {
    let stage = registered().await;
    let wrong = signs_in(&stage, "0912345678", "mật khẩu khác").await;
    assert_eq!(
        (wrong.status, wrong.header("set-cookie")),
        (StatusCode::UNAUTHORIZED, "")
    );
    for unknown in ["0987654321", "001304005678", "nobody", "", "ví dụ"] {
        let answer = signs_in(&stage, unknown, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.text()),
            (wrong.status, wrong.text()),
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn after_five_wrong_passwords_even_the_right_one_waits_and_then_enters() {
    let mut stage = registered().await;
    // Both logins of one account count together.
    for login in [
        "0912345678",
        "066190001234",
        "0912345678",
        "066190001234",
        "0912345678",
    ] {
        assert_eq!(signs_in(&stage, login, "mật khẩu khác").await.status, 401);
    }
    let waits = signs_in(&stage, "066190001234", PASSWORD).await;
    assert_eq!(
        (waits.status, waits.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "60")
    );
    stage.advance(Duration::from_millis(59_500)).await;
    assert_eq!(
        signs_in(&stage, "0912345678", PASSWORD)
            .await
            .header("retry-after"),
        "1"
    );
    stage.advance(Duration::from_millis(500)).await;
    assert_eq!(
        signs_in(&stage, "0912345678", "mật khẩu khác").await.status,
        401
    );
    assert_eq!(
        signs_in(&stage, "0912345678", PASSWORD)
            .await
            .header("retry-after"),
        "120"
    );
    stage.advance(Duration::from_mins(2)).await;
    assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
    assert_eq!(
        signs_in(&stage, "0912345678", "mật khẩu khác").await.status,
        401,
        "the count begins again"
    );
}

#[tokio::test]
async fn an_unknown_login_waits_like_a_known_one() {
    let stage = stage().await;
    for _ in 0..5 {
        assert_eq!(signs_in(&stage, "0987654321", PASSWORD).await.status, 401);
    }
    assert_eq!(signs_in(&stage, "+84987654321", PASSWORD).await.status, 429);
    assert_eq!(signs_in(&stage, "0987654322", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn guesses_sent_at_once_gain_nothing() {
    let stage = registered().await;
    let guesses = (0..8).map(|n| {
        let stage = &stage;
        async move {
            signs_in(stage, "0912345678", &format!("đoán lần {n}"))
                .await
                .status
                .as_u16()
        }
    });
    let mut statuses = futures::future::join_all(guesses).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
}

#[tokio::test]
async fn an_ended_session_is_refused_by_identity_and_others_go_on() {
    let stage = registered().await;
    let (ended, other) = (
        token(&stage, "0912345678", PASSWORD).await,
        token(&stage, "0912345678", PASSWORD).await,
    );
    let request = Request::builder()
        .method(Method::DELETE)
        .uri("/identity/sessions/current");
    let request = request
        .header("cookie", format!("{COOKIE}={ended}"))
        .body(Body::empty())
        .unwrap();
    let answer = stage.request(request).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("set-cookie"),
        format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    );
    assert_eq!(stage.get("/identity/me", Some(&ended)).await.status, 401);
    assert_eq!(stage.get("/identity/me", Some(&other)).await.status, 200);
    // The others do not ask identity.
    assert_eq!(believed(&stage, &ended).await.roles.len(), 1);
}

#[tokio::test]
async fn a_token_is_believed_for_as_long_as_is_configured() {
    let mut stage = staged(&[("IDENTITY__CITIZEN_HOURS", "2")]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let token = token(&stage, "0912345678", PASSWORD).await;
    stage.advance(Duration::from_secs(7_199)).await;
    assert_eq!(stage.get("/identity/me", Some(&token)).await.status, 200);
    stage.advance(Duration::from_secs(1)).await;
    assert_eq!(stage.get("/identity/me", Some(&token)).await.status, 401);
}

#[tokio::test]
async fn a_stage_without_a_given_key_makes_one_and_lists_it() {
    let stage = Stage::with(vec![identity::service()]).await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let token = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(believed(&stage, &token).await.assurance, 1);
    let listed = stage
        .get("/identity/.well-known/jwks.json", None)
        .await
        .json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert_ne!(listed["keys"][0]["kid"], Signer::new(&STAGE_SEED).jwk().kid);
    assert!(
        listed["keys"][0].get("d").is_none(),
        "no seed is ever listed"
    );
}

#[tokio::test]
async fn a_password_hashed_at_another_cost_is_hashed_again_at_the_next_sign_in() {
    use sea_orm::ConnectionTrait;
    let stage = registered().await;
    let db = stage.app("identity").db().reads().clone();
    let older = identity::passwords::Passwords::new(&identity::config::Argon2 {
        memory_kib: 32,
        iterations: 1,
        parallelism: 1,
    });
    let older = older.unwrap().hash(PASSWORD).await.unwrap();
    let theirs = "account_id = (SELECT id FROM accounts WHERE phone = '+84912345678')";
    db.execute_unprepared(&format!(
        "UPDATE credentials SET password = '{older}' WHERE {theirs}"
    ))
    .await
    .unwrap();
    for _ in 0..2 {
        assert_eq!(signs_in(&stage, "0912345678", PASSWORD).await.status, 201);
        let hash = sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            format!("SELECT password FROM credentials WHERE {theirs}"),
        );
        let hash: String = db
            .query_one_raw(hash)
            .await
            .unwrap()
            .unwrap()
            .try_get_by_index(0)
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{hash}");
    }
}
