//! Officers' passkeys: a second factor by itself, the last of which stays, and which an operator takes away.

use super::{
    device::Device,
    passkey_sign_in::{asked_second, enters, shows},
    passkeys::{added, removes},
    second_factor::{answers, begins as begins_app, code, enrolled, removes as removes_app},
    *,
};

const LOGIN: &str = "tran.van.mau";
const WORD: &str = "trống đánh xuôi";

async fn appointed(stage: &Stage) {
    let operator = stage.operator();
    let path = "/identity/officers";
    let answer = stage.post(path, Some(&operator), &officer()).await;
    assert_eq!(answer.status, 201);
}

fn by_word(code: &str) -> Value {
    json!({ "name": "Khóa của cơ quan", "password": WORD, "code": code })
}

fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// The token of an officer who has begun the app that they must have, at their first sign-in, and the app's key.
async fn first_day(stage: &mut Stage) -> (String, String) {
    let half = signs_in(stage, LOGIN, WORD).await.json();
    let path = "/identity/sessions/enrolment";
    let ticket = json!({ "ticket": half["ticket"] });
    let begun = stage.post(path, None, &ticket).await.json();
    let key = begun["key"].as_str().unwrap().to_owned();
    let first = code(&key, stage.now());
    let entered = answers(stage, half["ticket"].as_str().unwrap(), &first).await;
    stage.advance(std::time::Duration::from_secs(30)).await;
    (token_of(&entered), key)
}

#[tokio::test]
async fn who_must_have_a_second_factor_signs_in_by_a_passkey_alone() {
    let mut stage = staged(&[("IDENTITY__OFFICERS_SECOND_FACTOR", "required")]).await;
    appointed(&stage).await;
    let (first, key) = first_day(&mut stage).await;
    let mut device = Device::new(&stage, 1);
    let now = code(&key, stage.now());
    added(&stage, &first, &by_word(&now), &mut device).await;
    let entered = token_of(&enters(&stage, &mut device).await);
    assert_eq!(believed(&stage, &entered).await.assurance, 2);
}

#[tokio::test]
async fn the_last_second_factor_of_who_must_have_one_stays() {
    let mut stage = staged(&[("IDENTITY__OFFICERS_SECOND_FACTOR", "required")]).await;
    appointed(&stage).await;
    let (first, key) = first_day(&mut stage).await;
    let mut device = Device::new(&stage, 1);
    let now = code(&key, stage.now());
    let id = added(&stage, &first, &by_word(&now), &mut device).await;
    stage.advance(std::time::Duration::from_secs(30)).await;
    let now = code(&key, stage.now());
    assert_eq!(removes_app(&stage, &first, WORD, &now).await.status, 204);
    let own = token_of(&enters(&stage, &mut device).await);
    let by = json!({ "password": WORD });
    let last = removes(&stage, &own, &id, &by).await;
    assert_eq!(last.status, StatusCode::CONFLICT, "{}", last.text());
    assert!(last.text().contains("cách duy nhất còn lại"));
    let cookie = format!("{COOKIE}={own}");
    let path = format!("/identity/passkeys/{id}/remove");
    let headers = [("cookie", cookie.as_str())];
    let shown = form(&stage, &path, &headers, "password=trống+đánh+xuôi").await;
    assert_eq!(shown.status, StatusCode::CONFLICT);
    assert!(shown.text().contains("cách duy nhất còn lại"));
    let mut spare = Device::new(&stage, 2);
    added(&stage, &own, &by_word(""), &mut spare).await;
    assert_eq!(removes(&stage, &own, &id, &by).await.status, 204);
    assert_eq!(enters(&stage, &mut device).await.status, 401);
    assert_eq!(enters(&stage, &mut spare).await.status, 201);
}

#[tokio::test]
async fn an_officers_password_alone_opens_nothing_once_there_is_a_passkey() {
    let stage = stage().await;
    appointed(&stage).await;
    let first = token(&stage, LOGIN, WORD).await;
    let mut device = Device::new(&stage, 1);
    added(&stage, &first, &by_word(""), &mut device).await;
    let half = signs_in(&stage, LOGIN, WORD).await;
    assert_eq!(half.status, 202);
    let half = half.json();
    assert_eq!(
        (&half["enrols"], &half["code"], &half["passkey"]),
        (&json!(false), &json!(false), &json!(true))
    );
    // Who knows no more than the password is not shown an app that its owner has begun, nor confirms it.
    let begun = begins_app(&stage, &first, WORD).await.json();
    let ticket = half["ticket"].as_str().unwrap();
    let peek = json!({ "ticket": ticket });
    let peek = stage
        .post("/identity/sessions/enrolment", None, &peek)
        .await;
    assert_eq!(peek.status, 401);
    let right = code(begun["key"].as_str().unwrap(), stage.now());
    assert_eq!(answers(&stage, ticket, &right).await.status, 422);
    let asked = asked_second(&stage, ticket).await;
    let signed = device.signs(&asked.json()["options"]);
    let entered = token_of(&shows(&stage, &asked, &signed).await);
    assert_eq!(believed(&stage, &entered).await.assurance, 2);
}

#[tokio::test]
async fn the_second_page_asks_for_a_passkey_where_there_is_no_app() {
    let stage = stage().await;
    appointed(&stage).await;
    let first = token(&stage, LOGIN, WORD).await;
    let mut device = Device::new(&stage, 1);
    added(&stage, &first, &by_word(""), &mut device).await;
    let filled = format!("login={LOGIN}&password=trống+đánh+xuôi&back=/desk/");
    let half = form(&stage, "/identity/sign-in", &[], &filled).await;
    let waiting = half
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let second = page(&stage, half.header("location"), &waiting).await.text();
    assert!(second.contains("dùng khóa truy cập của bạn") && second.contains("passkey-none"));
    assert!(
        !second.contains("name=\"code\"") && !second.contains("<svg"),
        "{second}"
    );
}

#[tokio::test]
async fn an_operators_reset_takes_the_passkeys_too() {
    let mut stage = stage().await;
    appointed(&stage).await;
    let operator = stage.operator();
    let path = "/identity/officers/tran.van.mau/second-factor";
    for has_app in [false, true] {
        let mut device = Device::new(&stage, 1);
        let own = if has_app {
            let held = enrolled(&mut stage, LOGIN, WORD).await;
            let now = held.code(&stage);
            added(&stage, &held.token, &by_word(&now), &mut device).await;
            held.token
        } else {
            let first = token(&stage, LOGIN, WORD).await;
            added(&stage, &first, &by_word(""), &mut device).await;
            first
        };
        for status in [204, 404] {
            let reset = asks(&stage, Method::DELETE, path, Some(&operator), &Value::Null).await;
            assert_eq!(reset.status, status);
        }
        assert_eq!(enters(&stage, &mut device).await.status, 401);
        assert_eq!(stage.get("/identity/me", Some(&own)).await.status, 401);
        assert_eq!(signs_in(&stage, LOGIN, WORD).await.status, 201);
    }
    assert_eq!(
        acts(&stage).await,
        [
            "passkey-added",
            "passkeys-reset",
            "second-factor-confirmed",
            "passkey-added",
            "passkeys-reset",
            "second-factor-reset",
        ]
    );
}
