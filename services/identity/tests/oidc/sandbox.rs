//! The pretend national sign-in: its made-up people come in, and its bad days are told apart.

use testkit::Answer;
use tokio::net::TcpListener;

use super::*;

const AT: &str = "/identity/oidc/gia_lap?back=/intake/";
const FIRST: &str = "0198-gia-lap-1";

/// Identity with its sandbox, which calls itself.
async fn stage() -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let key = "2a".repeat(32);
    let variables = [
        ("PUBLIC_URL", "http://localhost"),
        ("HTTP_LISTEN", address.as_str()),
        ("IDENTITY__SIGNING_KEY", key.as_str()),
        ("IDENTITY__ARGON2__MEMORY_KIB", "64"),
        ("IDENTITY__SANDBOX__ENABLED", "true"),
    ];
    let stage = Stage::configured(vec![identity::service()], &variables).await;
    stage.serves(listener);
    stage
}

/// The hidden fields of the provider's form.
fn hidden(page: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for field in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        form.append_pair(name, rest.split('"').next().unwrap());
    }
    form.finish()
}

/// Goes there from `path`, chooses, and comes back: what this site answers then.
async fn chosen(
    stage: &Stage,
    browser: &mut Browser,
    path: &str,
    person: &str,
    day: &str,
) -> Answer {
    let site = "http://localhost";
    let away = browser.open(stage, path).await;
    let there = away
        .header("location")
        .strip_prefix(site)
        .unwrap()
        .to_owned();
    let page = browser.open(stage, &there).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let form = format!("{}&person={person}&day={day}", hidden(&page.text()));
    let back = browser
        .post(stage, "/identity/sandbox/authorize", &form)
        .await;
    assert_eq!(back.status, 303, "{}", back.text());
    let back = back
        .header("location")
        .strip_prefix(site)
        .unwrap()
        .to_owned();
    browser.open(stage, &back).await
}

#[tokio::test]
async fn made_up_people_come_in_as_surely_as_they_are_known() {
    let stage = stage().await;
    let cases = [
        (FIRST, "", "Trần Văn Thử", 4),
        (FIRST, "&acr=LoA2", "Trần Văn Thử", 5),
        ("0198-gia-lap-3", "", "Phạm Văn Mới", 4),
        // The number is of who acts for it.
        ("0198-gia-lap-4", "", "Công ty Ví Dụ", 2),
    ];
    for (person, acr, name, assurance) in cases {
        let mut browser = Browser::default();
        let path = format!("{AT}{acr}");
        let entered = chosen(&stage, &mut browser, &path, person, "fine").await;
        assert!(
            entered.status.is_redirection() || entered.status.is_success(),
            "{}",
            entered.text()
        );
        let me = me(&stage, &browser).await;
        assert_eq!(
            (&me["name"], &me["assurance"]),
            (&json!(name), &json!(assurance))
        );
    }
}

#[tokio::test]
async fn whoever_is_not_known_so_surely_is_told_so() {
    let stage = stage().await;
    let mut browser = Browser::default();
    let path = format!("{AT}&acr=LoA2");
    let refused = chosen(&stage, &mut browser, &path, "0198-gia-lap-3", "fine").await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(browser.token().is_none());
}

#[tokio::test]
async fn on_a_bad_day_nobody_comes_in_and_the_page_says_why() {
    let stage = stage().await;
    let days = [
        ("denied", 403),
        ("unavailable", 503),
        ("broken", 503),
        ("silent", 503),
        ("garbage", 502),
        ("forged", 502),
        ("other_nonce", 502),
        ("expired", 502),
        ("somebody_else", 502),
    ];
    for (day, status) in days {
        let mut browser = Browser::default();
        let answer = chosen(&stage, &mut browser, AT, FIRST, day).await;
        assert_eq!(answer.status.as_u16(), status, "{day}: {}", answer.text());
        assert!(browser.token().is_none(), "{day}");
    }
}

#[tokio::test]
async fn the_sandbox_believes_its_one_client_and_each_code_once() {
    let stage = stage().await;
    let nothing = "grant_type=authorization_code&code=c&redirect_uri=http%3A%2F%2Flocalhost%2Fidentity%2Foidc%2Fgia_lap%2Fcallback&code_verifier=v";
    let mut browser = Browser::default();
    let stranger = browser
        .post(&stage, "/identity/sandbox/token", nothing)
        .await;
    assert_eq!(
        (stranger.status.as_u16(), &stranger.json()["error"]),
        (401, &json!("invalid_client"))
    );
    let unknown = "/identity/sandbox/authorize?client_id=mot-cua&redirect_uri=http%3A%2F%2Felsewhere.example%2F&response_type=code";
    assert_eq!(browser.open(&stage, unknown).await.status, 400);
    assert_eq!(
        browser
            .open(&stage, "/identity/sandbox/userinfo")
            .await
            .status,
        401
    );
    let away = browser.open(&stage, &format!("{AT}&prompt=none")).await;
    let there = away
        .header("location")
        .strip_prefix("http://localhost")
        .unwrap()
        .to_owned();
    let back = browser.open(&stage, &there).await;
    assert!(back.header("location").contains("error=login_required"));
}

#[tokio::test]
async fn switched_off_there_is_no_sandbox() {
    let key = "2a".repeat(32);
    let variables = [("IDENTITY__SIGNING_KEY", key.as_str())];
    let stage = Stage::configured(vec![identity::service()], &variables).await;
    let mut browser = Browser::default();
    for path in ["authorize?client_id=mot-cua", "userinfo", "jwks", "logout"] {
        let answer = browser
            .open(&stage, &format!("/identity/sandbox/{path}"))
            .await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(stage.get("/identity/oidc", None).await.json(), json!([]));
}
