//! Signing in at a provider that nobody here wrote (npm oidc-provider): what people see of it, and what is not believed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../identity/acts.rs"]
mod acts;
mod browser;
mod flow;
mod linking;
mod logout;
mod mistrust;
mod national;
mod peer;
mod sandbox;

use axum::http::StatusCode;
use serde_json::{Value, json};
use testkit::Stage;

use acts::acts;
use browser::Browser;
use peer::Peer;
use testkit::totp::code;

const BEGIN: &str = "/identity/oidc/thu?back=/intake/drafts/1";

/// Identity on a stage, where people may sign in at the provider.
async fn stage_of(peer: &Peer) -> Stage {
    staged(&peer.issuer, &[]).await
}

/// Identity, its provider, and the browser of somebody who has come in that way.
async fn entered() -> (Peer, Stage, Browser) {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    let person = filled("dan-1", "urn:thu:1");
    browser.sign_in(&stage, &peer, BEGIN, &person).await;
    (peer, stage, browser)
}

async fn staged(issuer: &str, more: &[(&str, &str)]) -> Stage {
    let key = "2a".repeat(32);
    let mut variables = vec![
        ("PUBLIC_URL", "http://localhost"),
        ("IDENTITY__SIGNING_KEY", key.as_str()),
        ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
        ("IDENTITY__OPERATOR_PASSWORD", "người đầu tiên"),
        ("IDENTITY__PROVIDERS__THU__NAME", "Cổng thử"),
        ("IDENTITY__PROVIDERS__THU__NAME_EN", "The trial portal"),
        ("IDENTITY__PROVIDERS__THU__ISSUER", issuer),
        ("IDENTITY__PROVIDERS__THU__CLIENT_ID", "mot-cua"),
        (
            "IDENTITY__PROVIDERS__THU__CLIENT_SECRET",
            "s+cret/of%the&stories",
        ),
        (
            "IDENTITY__PROVIDERS__THU__LEVELS",
            "urn:thu:1=e-id-1 urn:thu:2=e-id-2",
        ),
        ("IDENTITY__PROVIDERS__THU__ACR_VALUES", "urn:thu:1"),
        ("IDENTITY__PROVIDERS__THU__CLAIMS__CITIZEN_ID", "citizen_id"),
    ];
    variables.extend_from_slice(more);
    Stage::configured(vec![identity::service()], &variables).await
}

/// How somebody fills in the provider's form.
fn filled(login: &str, acr: &str) -> Value {
    json!({ "login": login, "acr": acr })
}

/// Who is signed in in a browser, as every service is told.
async fn me(stage: &Stage, browser: &Browser) -> Value {
    let token = browser.token().unwrap();
    let answer = stage.get("/identity/me", Some(&token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Opens an account by a form, as anybody may with any number, and signs it in.
async fn registered(stage: &Stage, citizen_id: &str, phone: &str) -> Browser {
    let mut browser = Browser::default();
    let form = format!(
        "key={phone}&back=/intake/&name=Nguyễn+Văn+Giả&citizen_id={citizen_id}&phone={phone}&email=gia%40example.vn&password=con+trâu+đi+trước"
    );
    let answer = browser.post(stage, "/identity/register", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    browser
}

/// Signs in by password, in a new browser. `None` when nobody comes in.
async fn by_password(stage: &Stage, login: &str) -> Option<Browser> {
    let mut browser = Browser::default();
    let form = format!("login={login}&password=con+trâu+đi+trước&back=/intake/");
    let answer = browser.post(stage, "/identity/sign-in", &form).await;
    (answer.status == StatusCode::SEE_OTHER).then_some(browser)
}
