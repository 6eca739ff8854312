//! A telephone proven and a password found again, across identity and notification: the code comes by SMS over the provider's own
//! protocol, and of code and number nothing stays with either.

use std::time::Duration;

use axum::{body::Body, http::Request};
use notification::channel::sandbox::{Day, sms::Gateway};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const PHONE: &str = "0912345678";
const PASSWORD: &str = "con trâu đi trước";
const SEED: [u8; 32] = [42; 32];

async fn stage(gateway: &Gateway) -> Stage {
    let key = SEED.map(|byte| format!("{byte:02x}")).concat();
    let url = gateway.url("esms");
    let provider = "NOTIFICATION__SMS__PROVIDERS__GATE__HTTP__";
    let of = |key: &str| format!("{provider}{key}");
    let variables = [
        ("IDENTITY__SIGNING_KEY".to_owned(), key.as_str()),
        ("IDENTITY__ARGON2__MEMORY_KIB".to_owned(), "64"),
        (of("PRESET"), "esms"),
        (of("URL"), url.as_str()),
        (of("BRAND"), "MOTCUA"),
        (of("TIMEOUT_SECONDS"), "1"),
        (of("VALUES__API_KEY"), "k"),
        (of("VALUES__SECRET_KEY"), "pretend-password"),
    ];
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let services = vec![identity::service(), notification::service()];
    Stage::configured(services, &variables).await
}

/// The six digits in the newest SMS.
fn code(gateway: &Gateway) -> String {
    let took = gateway.took();
    let text = &took.last().expect("an SMS").text;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let code = text.split([' ', ',']).find(is_code);
    code.expect("a code").to_owned()
}

async fn put(stage: &Stage, path: &str, token: &str, body: &Value) -> Answer {
    let request = Request::put(path)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body.to_string()));
    stage.request(request.expect("a request")).await
}

async fn signed_in(stage: &Stage) -> String {
    let account = json!({
        "name": "Nguyễn Thị Ví Dụ", "citizen_id": "066190001234", "phone": PHONE, "password": PASSWORD,
    });
    let opened = stage.post("/identity/accounts", None, &account).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let session = json!({ "login": PHONE, "password": PASSWORD });
    let session = stage.post("/identity/sessions", None, &session).await;
    session.json()["token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

async fn asked(stage: &mut Stage, token: &str) -> Value {
    let body = json!({ "contact": PHONE });
    let asked = stage
        .post("/identity/contacts/codes", Some(token), &body)
        .await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    stage.settle().await;
    asked.json()
}

/// Whether a text stands in any row of a service's own tables, or of those in which messages wait.
async fn stands(stage: &Stage, service: &str, text: &str) -> Vec<String> {
    let db = stage.app(service).db().reads();
    let backend = db.get_database_backend();
    let all = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let tables = db
        .query_all_raw(Statement::from_string(backend, all))
        .await
        .expect("tables");
    let mut found = Vec::new();
    for table in tables {
        let table: String = table.try_get_by_index(0).expect("a name");
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = db.query_all_raw(Statement::from_string(backend, columns));
        for column in columns.await.expect("columns") {
            let column: String = column.try_get_by_index(0).expect("a name");
            let sql = format!(
                "SELECT 1 FROM \"{table}\" WHERE CAST(\"{column}\" AS TEXT) LIKE '%{text}%' LIMIT 1"
            );
            let row = db.query_one_raw(Statement::from_string(backend, sql)).await;
            if row.expect("a row or none").is_some() {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn a_code_comes_by_sms_proves_the_telephone_and_is_nowhere_afterwards() {
    let gateway = Gateway::start().await.expect("a gateway");
    let mut stage = stage(&gateway).await;
    let token = signed_in(&stage).await;
    let ticket = asked(&mut stage, &token).await["ticket"].clone();
    let code = code(&gateway);
    assert_eq!(stands(&stage, "identity", &code).await, ["outbox.body"]);
    assert!(stands(&stage, "notification", &code).await.is_empty());
    let body = json!({ "ticket": ticket, "code": code });
    let proven = put(&stage, "/identity/contacts", &token, &body).await;
    assert_eq!(proven.status, 200, "{}", proven.text());
    let me = stage
        .get("/identity/me", proven.json()["token"].as_str())
        .await;
    assert_eq!(me.json()["assurance"], 2);
    stage.advance(Duration::from_mins(16)).await;
    stage.erase("identity").await;
    assert!(stands(&stage, "identity", &code).await.is_empty());
    // The number is with identity, whose it is, and nowhere else.
    assert!(stands(&stage, "notification", "912345678").await.is_empty());
    let kept = stands(&stage, "identity", "912345678").await;
    assert_eq!(kept.len(), 2, "{kept:?}");
    for table in ["accounts.phone", "proven_contacts.contact"] {
        assert!(kept.contains(&table.to_owned()), "{kept:?}");
    }
}

#[tokio::test]
async fn a_code_that_no_way_brings_is_told_to_who_waits_for_it() {
    let gateway = Gateway::start().await.expect("a gateway");
    gateway.days().then([Day::NoSuchPerson]);
    let mut stage = stage(&gateway).await;
    let token = signed_in(&stage).await;
    let ticket = asked(&mut stage, &token).await["ticket"].clone();
    stage.advance(Duration::from_mins(1)).await;
    let cookie = format!(
        "motcua_session={token}; motcua_code_contact={}",
        ticket.as_str().expect("a ticket")
    );
    let page = async |stage: &Stage| {
        let request = Request::get("/identity/contacts/code")
            .header("host", "localhost")
            .header("accept", "text/html")
            .header("cookie", &cookie)
            .body(Body::empty());
        stage.request(request.expect("a request")).await.text()
    };
    let told = page(&stage).await;
    assert!(told.contains("Mã không đến được"), "{told}");
    // The next one arrives, and the page says nothing of the one before.
    let named = json!({ "ticket": ticket });
    let again = stage
        .post("/identity/contacts/codes/again", Some(&token), &named)
        .await;
    assert_eq!(again.status, 200, "{}", again.text());
    stage.settle().await;
    assert!(!page(&stage).await.contains("Mã không đến được"));
    let body = json!({ "ticket": ticket, "code": code(&gateway) });
    let proven = put(&stage, "/identity/contacts", &token, &body).await;
    assert_eq!(proven.status, 200, "{}", proven.text());
}
