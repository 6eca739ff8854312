//! Opening an account, and what is kept of it.

use super::*;

#[tokio::test]
async fn a_second_account_with_one_of_the_logins_is_refused_without_saying_which() {
    let stage = registered().await;
    let with = |field: &str, value: &str| {
        let mut other = json!({
            "name": "Lê Thị Khác", "citizen_id": "001304005678", "phone": "0987654321", "password": "cái cày theo sau",
        });
        other[field] = json!(value);
        other
    };
    let same_phone = stage
        .post("/identity/accounts", None, &with("phone", "+84912345678"))
        .await;
    let same_id = stage
        .post(
            "/identity/accounts",
            None,
            &with("citizen_id", "066190001234"),
        )
        .await;
    assert_eq!(
        (same_phone.status, same_id.status),
        (StatusCode::CONFLICT, StatusCode::CONFLICT)
    );
    assert_eq!(same_phone.text(), same_id.text());
    assert_eq!(
        stage
            .post("/identity/accounts", None, &with("name", "Lê Thị Khác"))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_reason_in_both_languages() {
    let stage = stage().await;
    let wrong =
        json!({ "name": "A1", "citizen_id": "123", "email": "nobody", "password": "12345678" });
    let answer = stage.post("/identity/accounts", None, &wrong).await;
    assert_eq!(answer.status, 422);
    assert_eq!(errors(&answer), ["name", "citizen_id", "email", "password"]);
    assert_eq!(
        answer.json()["errors"][1]["vi"],
        "Số định danh cá nhân gồm đúng 12 chữ số"
    );
    assert_eq!(
        answer.json()["errors"][1]["en"],
        "A personal identification number has exactly 12 digits"
    );
    let mut login = citizen();
    login["password"] = json!("0912345678");
    assert_eq!(
        errors(&stage.post("/identity/accounts", None, &login).await),
        ["password"]
    );
}

#[tokio::test]
async fn the_same_registration_again_gets_the_same_answer() {
    let stage = stage().await;
    let key = [("Idempotency-Key", "so-1")];
    let first = stage
        .post_with("/identity/accounts", None, &key, &citizen())
        .await;
    let second = stage
        .post_with("/identity/accounts", None, &key, &citizen())
        .await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.text(), second.text());
    assert_eq!(second.header("idempotency-replayed"), "true");
    let mut other = citizen();
    other["phone"] = json!("0987654321");
    assert_eq!(
        stage
            .post_with("/identity/accounts", None, &key, &other)
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn nothing_in_the_database_shows_a_password_and_its_hash_is_of_the_real_cost() {
    let stage = Stage::configured(
        vec![identity::service()],
        &[("IDENTITY__OPERATOR_PASSWORD", "nguoi-dau-tien")],
    )
    .await;
    let mut citizen = citizen();
    citizen["password"] = json!("con-trau-di-truoc");
    stage
        .post_with(
            "/identity/accounts",
            None,
            &[("Idempotency-Key", "so-1")],
            &citizen,
        )
        .await;
    let token = token(&stage, "0912345678", "con-trau-di-truoc").await;
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
    assert!(holds("$argon2id$v=19$m=19456,t=2,p=1$"));
    for secret in ["con-trau-di-truoc", "nguoi-dau-tien", &token] {
        assert!(!holds(secret));
    }
}

#[test]
fn the_api_is_described() {
    let document = identity::service().openapi().to_json().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let fields = &document["components"]["schemas"]["NewCitizen"]["required"];
    assert_eq!(fields, &json!(["name", "citizen_id", "password"]));
    for path in [
        "/identity/accounts",
        "/identity/sessions",
        "/identity/sessions/current",
        "/identity/sessions/others",
        "/identity/sessions/{id}",
        "/identity/password",
        "/identity/contacts",
        "/identity/contacts/codes",
        "/identity/recovery",
        "/identity/second-factor",
        "/identity/sessions/second-step",
        "/identity/officers/{login}/second-factor",
        "/identity/me",
        "/identity/officers",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
}
