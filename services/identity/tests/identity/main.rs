//! What people and programs see of identity, and what these stories share.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod acts;
mod assisted;
mod codes;
mod contacts;
mod device;
mod document_checks;
mod email_login;
mod mandates;
mod officers;
mod officers_passkeys;
mod officers_second_factor;
mod pages;
mod passkey_sign_in;
mod passkeys;
mod password;
mod posts;
mod recovery;
mod second_factor;
mod second_factor_pages;
mod sessions;
mod sign_in;
mod step_up;

use acts::acts;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use chassis::auth::{COOKIE, Claims, Jwks, Keys, Role, Signer};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const PASSWORD: &str = "con trâu đi trước";
/// The seed of the key by which a stage believes tokens: with it, what identity signs is believed there too.
const STAGE_SEED: [u8; 32] = [42; 32];

/// Identity on a stage that believes its tokens. Hashing is cheap here: its real cost is tried by one story of its own.
async fn stage() -> Stage {
    staged(&[]).await
}

async fn staged(more: &[(&str, &str)]) -> Stage {
    let key = STAGE_SEED.map(|byte| format!("{byte:02x}")).concat();
    let mut variables = vec![
        ("IDENTITY__SIGNING_KEY", key.as_str()),
        ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
    ];
    variables.extend_from_slice(more);
    Stage::configured(vec![identity::service()], &variables).await
}

fn citizen() -> Value {
    json!({
        "name": "Nguyễn Thị Ví Dụ", "citizen_id": "066190001234", "phone": "0912 345 678",
        "email": "vi.du@example.vn", "password": PASSWORD,
    })
}

fn officer() -> Value {
    json!({
        "name": "Trần Văn Mẫu", "login": "Tran.Van.Mau", "password": "trống đánh xuôi", "title": "Chủ tịch",
        "roles": ["officer", "signer"],
    })
}

async fn registered() -> Stage {
    let stage = stage().await;
    assert_eq!(
        stage
            .post("/identity/accounts", None, &citizen())
            .await
            .status,
        201
    );
    stage
}

async fn signs_in(stage: &Stage, login: &str, password: &str) -> Answer {
    stage
        .post(
            "/identity/sessions",
            None,
            &json!({ "login": login, "password": password }),
        )
        .await
}

async fn token(stage: &Stage, login: &str, password: &str) -> String {
    let answer = signs_in(stage, login, password).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// What a token says, believed by the keys that identity lists.
async fn believed(stage: &Stage, token: &str) -> Claims {
    let jwks: Jwks = serde_json::from_slice(
        &stage
            .get("/identity/.well-known/jwks.json", None)
            .await
            .body,
    )
    .unwrap();
    Keys::fixed(&jwks).check(token, stage.now()).await.unwrap()
}

/// Sends any request with a token and JSON.
async fn asks(
    stage: &Stage,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    stage
        .request(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// A page as a browser with a cookie asks for it.
async fn page(stage: &Stage, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("accept", "text/html")
        .header("cookie", cookie);
    stage.request(request.body(Body::empty()).unwrap()).await
}

async fn form(stage: &Stage, path: &str, headers: &[(&str, &str)], fields: &str) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", "localhost");
    request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage
        .request(request.body(Body::from(fields.to_owned())).unwrap())
        .await
}

fn errors(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap_or_default().to_owned())
        .collect()
}
