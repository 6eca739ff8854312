//! Signing in by a passkey: without a login, as a second step, and what does not open anything.

use std::time::Duration;

use super::{
    device::Device,
    passkeys::{added, by_password, ready, removes},
    second_factor::{answers, enrolled, ticket},
    *,
};

pub async fn asked(stage: &Stage) -> Answer {
    let path = "/identity/sessions/passkey/challenge";
    let asked = stage.post(path, None, &json!({})).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    asked
}

pub async fn asked_second(stage: &Stage, ticket: &str) -> Answer {
    let path = "/identity/sessions/second-step/passkey";
    stage.post(path, None, &json!({ "ticket": ticket })).await
}

pub async fn shows(stage: &Stage, asked: &Answer, credential: &Value) -> Answer {
    let body = json!({ "ticket": asked.json()["ticket"], "credential": credential });
    stage.post("/identity/sessions/passkey", None, &body).await
}

/// Signs in by a device, without a login.
pub async fn enters(stage: &Stage, device: &mut Device) -> Answer {
    let asked = asked(stage).await;
    let signed = device.signs(&asked.json()["options"]);
    shows(stage, &asked, &signed).await
}

/// A citizen with a passkey.
async fn with_passkey() -> (Stage, String, Device) {
    let (stage, first, mut device) = ready().await;
    added(&stage, &first, &by_password(), &mut device).await;
    (stage, first, device)
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_login_and_the_list_says_when() {
    let (mut stage, first, mut device) = with_passkey().await;
    stage.advance(Duration::from_mins(1)).await;
    let entered = enters(&stage, &mut device).await;
    assert_eq!(
        (entered.status, entered.header("cache-control")),
        (StatusCode::CREATED, "no-store"),
        "{}",
        entered.text()
    );
    let own = entered.json()["token"].as_str().unwrap().to_owned();
    assert!(entered.header("set-cookie").contains(&own));
    let (one, other) = (believed(&stage, &own).await, believed(&stage, &first).await);
    assert!(one.sub == other.sub && one.sid != other.sid);
    // A citizen is still no more than who they say.
    assert_eq!(one.assurance, 1);
    let listed = stage.get("/identity/passkeys", Some(&own)).await.json();
    assert_eq!(listed[0]["used"], "2026-10-08T02:16:00Z");
    assert_eq!(enters(&stage, &mut device).await.status, 201, "and again");
}

#[tokio::test]
async fn a_device_that_does_not_count_signs_in_again_and_again() {
    let (stage, _, device) = with_passkey().await;
    for _ in 0..2 {
        let asked = asked(&stage).await;
        let signed = device.signs_again(&asked.json()["options"]);
        assert_eq!(shows(&stage, &asked, &signed).await.status, 201);
    }
}

#[tokio::test]
async fn what_is_asked_tells_nobody_who_has_an_account() {
    let empty = stage().await;
    let (full, _, _) = with_passkey().await;
    let shape = |answer: &Answer| {
        let mut options = answer.json()["options"].clone();
        assert!(options["challenge"].take().as_str().unwrap().len() >= 22);
        options
    };
    let (one, other) = (asked(&empty).await, asked(&full).await);
    assert_eq!(shape(&one), shape(&other));
    assert_eq!(shape(&one)["allowCredentials"], json!([]));
    assert_eq!(shape(&one)["userVerification"], "required");
    assert_ne!(
        asked(&full).await.json()["options"]["challenge"],
        other.json()["options"]["challenge"]
    );
    // Nobody is told whether there was such a sign-in.
    for ticket in ["", "bia"] {
        assert_eq!(asked_second(&full, ticket).await.status, 401);
    }
}

#[tokio::test]
async fn an_answer_is_good_once_in_time_and_for_its_own_challenge() {
    let (mut stage, _, mut device) = with_passkey().await;
    let first = asked(&stage).await;
    let signed = device.signs(&first.json()["options"]);
    assert_eq!(shows(&stage, &first, &signed).await.status, 201);
    assert_eq!(shows(&stage, &first, &signed).await.status, 410, "replayed");
    let second = asked(&stage).await;
    let replayed = shows(&stage, &second, &signed).await;
    assert_eq!(
        (replayed.status, replayed.header("set-cookie")),
        (StatusCode::UNAUTHORIZED, "")
    );
    let right = device.signs(&second.json()["options"]);
    assert_eq!(
        shows(&stage, &second, &right).await.status,
        410,
        "it is used up"
    );
    let third = asked(&stage).await;
    let signed = device.signs(&third.json()["options"]);
    stage.advance(Duration::from_mins(5)).await;
    assert_eq!(shows(&stage, &third, &signed).await.status, 410, "late");
    let none = json!({ "ticket": "bia", "credential": signed });
    let none = stage.post("/identity/sessions/passkey", None, &none).await;
    assert_eq!(none.status, 410);
}

#[tokio::test]
async fn the_same_answer_sent_at_once_enters_once() {
    let (stage, _, mut device) = with_passkey().await;
    let asked = asked(&stage).await;
    let signed = device.signs(&asked.json()["options"]);
    let (one, other) = futures::future::join(
        shows(&stage, &asked, &signed),
        shows(&stage, &asked, &signed),
    )
    .await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410]);
}

#[tokio::test]
async fn an_answer_from_elsewhere_by_nobody_or_by_another_key_opens_nothing() {
    let (stage, _, mut device) = with_passkey().await;
    let spoil: [fn(&mut Device); 5] = [
        |device| device.origin = "https://evil.example".to_owned(),
        |device| device.origin = "http://localhost:1".to_owned(),
        |device| device.rp_id = "evil.example".to_owned(),
        |device| device.verifies = false,
        |device| device.user = vec![7; 16],
    ];
    for spoil in spoil {
        let mut bad = Device::new(&stage, 1);
        bad.user = device.user.clone();
        bad.counter = 100;
        spoil(&mut bad);
        let refused = enters(&stage, &mut bad).await;
        assert_eq!(
            (refused.status, refused.header("set-cookie")),
            (StatusCode::UNAUTHORIZED, "")
        );
    }
    let mut forger = Device::new(&stage, 2);
    forger.user = device.user.clone();
    assert_eq!(
        enters(&stage, &mut forger).await.status,
        401,
        "unknown here"
    );
    forger.id = device.id.clone();
    assert_eq!(enters(&stage, &mut forger).await.status, 401, "another key");
    for nonsense in [json!(null), json!({}), json!({ "id": "AQ", "rawId": "AQ" })] {
        let asked = asked(&stage).await;
        assert_eq!(shows(&stage, &asked, &nonsense).await.status, 401);
    }
    // None of it harmed the passkey.
    assert_eq!(enters(&stage, &mut device).await.status, 201);
}

#[tokio::test]
async fn a_counter_that_goes_back_is_a_copy_and_neither_opens_anything() {
    let (stage, first, mut device) = with_passkey().await;
    assert_eq!(enters(&stage, &mut device).await.status, 201);
    assert_eq!(enters(&stage, &mut device).await.status, 201);
    device.counter = 0;
    let copy = enters(&stage, &mut device).await;
    assert_eq!(copy.status, 401);
    assert!(copy.text().contains("bị sao chép"), "{}", copy.text());
    device.counter = 50;
    let owner = enters(&stage, &mut device).await;
    assert!(owner.status == 401 && owner.text().contains("bị sao chép"));
    let listed = stage.get("/identity/passkeys", Some(&first)).await.json();
    assert_eq!(listed[0]["suspected"], true);
    assert_eq!(acts(&stage).await, ["passkey-added", "passkey-suspected"]);
    let own = format!("{COOKIE}={first}");
    let page = page(&stage, "/identity/passkeys", &own).await.text();
    assert!(page.contains("Nghi bị sao chép"), "{page}");
}

#[tokio::test]
async fn a_removed_passkey_opens_nothing() {
    let (stage, first, mut device) = ready().await;
    let id = added(&stage, &first, &by_password(), &mut device).await;
    let before = asked(&stage).await;
    let by = json!({ "password": PASSWORD });
    assert_eq!(removes(&stage, &first, &id, &by).await.status, 204);
    let signed = device.signs(&before.json()["options"]);
    let refused = shows(&stage, &before, &signed).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("không mở được tài khoản nào"));
}

#[tokio::test]
async fn a_citizens_password_still_opens_beside_a_passkey() {
    let (stage, _, _) = with_passkey().await;
    let entered = signs_in(&stage, "0912345678", PASSWORD).await;
    assert_eq!(entered.status, 201);
}

#[tokio::test]
async fn a_passkey_stands_in_for_the_code_after_the_password() {
    let (mut stage, _, mut device) = with_passkey().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let half = signs_in(&stage, "0912345678", PASSWORD).await.json();
    assert_eq!(
        (&half["code"], &half["passkey"]),
        (&json!(true), &json!(true))
    );
    let waiting = half["ticket"].as_str().unwrap();
    let asked = asked_second(&stage, waiting).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let named = asked.json()["options"]["allowCredentials"].clone();
    assert_eq!(named.as_array().unwrap().len(), 1, "{named}");
    let signed = device.signs(&asked.json()["options"]);
    let entered = shows(&stage, &asked, &signed).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    let code = held.code(&stage);
    assert_eq!(answers(&stage, waiting, &code).await.status, 401, "taken");
}

#[tokio::test]
async fn after_a_password_only_a_passkey_of_that_account_is_an_answer() {
    let (mut stage, _, _) = with_passkey().await;
    enrolled(&mut stage, "0912345678", PASSWORD).await;
    let mut other = citizen();
    other["citizen_id"] = json!("001304005678");
    other["phone"] = json!("0987654321");
    stage.post("/identity/accounts", None, &other).await;
    let theirs = token(&stage, "0987654321", PASSWORD).await;
    let mut their_device = Device::new(&stage, 2);
    added(&stage, &theirs, &by_password(), &mut their_device).await;
    let waiting = ticket(&stage, "0912345678", PASSWORD).await;
    let asked = asked_second(&stage, &waiting).await;
    let signed = their_device.signs(&asked.json()["options"]);
    let refused = shows(&stage, &asked, &signed).await;
    assert_eq!(refused.status, 401);
    assert_eq!(enters(&stage, &mut their_device).await.status, 201);
}

#[tokio::test]
async fn a_second_step_that_is_over_takes_no_passkey() {
    let (mut stage, _, mut device) = with_passkey().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    let waiting = ticket(&stage, "0912345678", PASSWORD).await;
    let asked = asked_second(&stage, &waiting).await;
    let signed = device.signs(&asked.json()["options"]);
    let code = held.code(&stage);
    assert_eq!(answers(&stage, &waiting, &code).await.status, 201);
    assert_eq!(shows(&stage, &asked, &signed).await.status, 401);
    assert_eq!(asked_second(&stage, &waiting).await.status, 401);
}

#[tokio::test]
async fn the_pages_offer_it_where_the_script_finds_that_the_browser_can() {
    let (mut stage, _, _) = with_passkey().await;
    let door = page(&stage, "/identity/sign-in?back=/desk/", "")
        .await
        .text();
    assert!(door.contains("<script src=\"/identity/passkeys.js\" defer>"));
    let origin = &stage.settings().public_url;
    let offered = format!(
        "<section id=\"passkey\" hidden data-origin=\"{origin}\" data-challenge=\"/identity/sessions/passkey/challenge\" data-back=\"/desk/\">"
    );
    assert!(door.contains(&offered), "{door}");
    enrolled(&mut stage, "0912345678", PASSWORD).await;
    let filled = "login=0912345678&password=con+trâu+đi+trước&back=/desk/";
    let half = form(&stage, "/identity/sign-in", &[], filled).await;
    let waiting = half
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let second = page(&stage, half.header("location"), &waiting).await.text();
    assert!(second.contains("data-challenge=\"/identity/sessions/second-step/passkey\""));
    // The browser has the ticket in a cookie, out of the script's reach.
    let request = Request::post("/identity/sessions/second-step/passkey")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("cookie", &waiting);
    let asked = stage.request(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
}
