//! Step-up: only what leads there is offered, and the session goes on as a surer one, where the person was.

use std::time::Duration;

use super::{
    codes::{another, sent},
    contacts::proves,
    document_checks::{checked, ready},
    passkey_sign_in::shows,
    passkeys::{added, begins as adds_passkey},
    second_factor::{begins, removes},
    *,
};

const STEP_UP: &str = "/identity/step-up?assurance=3&back=/intake/dossiers/1/review";

async fn ways(stage: &Stage, token: &str, assurance: &str) -> Value {
    let path = format!("/identity/step-up?assurance={assurance}&back=/intake/dossiers");
    let answer = stage.get(&path, Some(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

async fn by_code(stage: &Stage, token: &str, code: &str) -> Answer {
    let body = json!({ "assurance": "document-checked", "code": code });
    stage
        .post("/identity/step-up/code", Some(token), &body)
        .await
}

fn cookie_of(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_code_makes_the_session_surer_and_leads_back_to_where_the_person_was() {
    let (stage, held) = ready().await;
    checked(&stage, &held.token).await;
    let cookie = format!("{COOKIE}={}", held.token);
    let page = page(&stage, STEP_UP, &cookie).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(
        text.contains("tài khoản đã được cán bộ đối chiếu căn cước"),
        "{text}"
    );
    assert!(
        text.contains("value=\"/intake/dossiers/1/review\""),
        "{text}"
    );
    let fields = |code: &str| format!("assurance=3&back=/intake/dossiers/1/review&code={code}");
    let own = [("cookie", cookie.as_str())];
    let wrong = form(&stage, "/identity/step-up", &own, &fields("000000")).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Mã không đúng")
            && wrong.text().contains("/intake/dossiers/1/review")
    );
    let right = fields(&held.code(&stage));
    let surer = form(&stage, "/identity/step-up", &own, &right).await;
    assert_eq!(
        (surer.status, surer.header("location")),
        (StatusCode::SEE_OTHER, "/intake/dossiers/1/review"),
        "{}",
        surer.text()
    );
    let fresh = cookie_of(&surer);
    let token = fresh.strip_prefix(&format!("{COOKIE}=")).unwrap();
    let (before, after) = (
        believed(&stage, &held.token).await,
        believed(&stage, token).await,
    );
    assert_eq!((before.assurance, after.assurance), (1, 3));
    assert!(
        before.sub == after.sub && before.sid != after.sid,
        "another session"
    );
    assert_eq!(
        stage.get("/identity/me", Some(&held.token)).await.status,
        401,
        "the old one ended"
    );
    let straight = super::page(&stage, STEP_UP, &fresh).await;
    assert_eq!(
        (straight.status, straight.header("location")),
        (StatusCode::SEE_OTHER, "/intake/dossiers/1/review"),
        "enough already"
    );
}

#[tokio::test]
async fn a_recovery_code_does_too_and_neither_is_good_twice() {
    let (mut stage, held) = ready().await;
    checked(&stage, &held.token).await;
    let code = held.code(&stage);
    let surer = by_code(&stage, &held.token, &code).await;
    assert_eq!(surer.status, 201, "{}", surer.text());
    let token = surer.json()["token"].as_str().unwrap().to_owned();
    let replayed = by_code(&stage, &held.token, &code).await;
    assert_eq!(
        replayed.status, 401,
        "a session that has ended shows nothing more"
    );
    assert_eq!(errors(&by_code(&stage, &token, &code).await), ["code"]);
    stage.advance(Duration::from_secs(30)).await;
    let again = by_code(&stage, &token, &held.recovery[0]).await;
    assert_eq!(again.status, 201);
    let token = again.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        errors(&by_code(&stage, &token, &held.recovery[0]).await),
        ["code"]
    );
}

#[tokio::test]
async fn what_does_not_lead_there_is_not_offered_and_not_taken() {
    let (stage, held) = ready().await;
    let offered = ways(&stage, &held.token, "3").await;
    assert_eq!(
        offered,
        json!({
            "needed": "document-checked", "present": "self-asserted", "enough": false, "code": false, "passkey": false,
            "contacts": [], "to_prove": false, "providers": [], "unlinked": [],
        })
    );
    let refused = by_code(&stage, &held.token, &held.code(&stage)).await;
    assert_eq!(refused.status, 409);
    let cookie = format!("{COOKIE}={}", held.token);
    let page = page(&stage, STEP_UP, &cookie).await.text();
    assert!(page.contains("mang căn cước đến quầy một cửa"), "{page}");
    assert!(!page.contains("name=\"code\""), "{page}");
    checked(&stage, &held.token).await;
    assert_eq!(
        ways(&stage, &held.token, "document-checked").await["code"],
        true
    );
    assert_eq!(
        ways(&stage, &held.token, "4").await["code"],
        false,
        "no code is an e-ID"
    );
    let page = super::page(&stage, "/identity/step-up?assurance=5&back=/", &cookie)
        .await
        .text();
    assert!(page.contains("chưa nhận định danh điện tử"), "{page}");
    // What was refused used nothing up.
    assert_eq!(
        by_code(&stage, &held.token, &held.code(&stage))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_passkey_takes_the_sessions_place_as_well() {
    let (stage, held) = ready().await;
    let mut device = device::Device::new(&stage, 1);
    let by_both = json!({ "name": "Điện thoại", "password": PASSWORD, "code": held.recovery[0] });
    added(&stage, &held.token, &by_both, &mut device).await;
    let early = stage
        .post("/identity/step-up/passkey", Some(&held.token), &json!({}))
        .await;
    assert_eq!(early.status, 409, "it would lead nowhere yet");
    checked(&stage, &held.token).await;
    assert_eq!(ways(&stage, &held.token, "3").await["passkey"], true);
    let asked = stage
        .post("/identity/step-up/passkey", Some(&held.token), &json!({}))
        .await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let signed = device.signs(&asked.json()["options"]);
    let surer = shows(&stage, &asked, &signed).await;
    assert_eq!(surer.status, 201, "{}", surer.text());
    let token = surer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(believed(&stage, &token).await.assurance, 3);
    assert_eq!(
        stage.get("/identity/me", Some(&held.token)).await.status,
        401
    );
    let replayed = shows(&stage, &asked, &signed).await;
    assert_eq!(replayed.status, 410, "a challenge is taken once");
}

#[tokio::test]
async fn another_site_a_stranger_and_a_place_elsewhere_get_nowhere() {
    let (stage, held) = ready().await;
    checked(&stage, &held.token).await;
    let cookie = format!("{COOKIE}={}", held.token);
    let foreign = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    let fields = format!("assurance=3&back=/&code={}", held.code(&stage));
    let refused = form(&stage, "/identity/step-up", &foreign, &fields).await;
    assert_eq!(refused.status, 403);
    let stranger = page(&stage, STEP_UP, "").await;
    assert!(
        stranger
            .header("location")
            .starts_with("/identity/sign-in?back=%2Fidentity%2Fstep-up")
    );
    let own = [("cookie", cookie.as_str())];
    let fields = format!("assurance=3&back=//example.com/&code={}", held.code(&stage));
    let surer = form(&stage, "/identity/step-up", &own, &fields).await;
    assert_eq!(surer.header("location"), "/intake/");
    let fresh = cookie_of(&surer);
    for nonsense in ["0", "6", "sure", ""] {
        let path = format!("/identity/step-up?assurance={nonsense}&back=/");
        assert_eq!(page(&stage, &path, &fresh).await.status, 422, "{nonsense}");
    }
}

#[tokio::test]
async fn who_guesses_codes_waits_here_as_at_signing_in() {
    let (stage, held) = ready().await;
    checked(&stage, &held.token).await;
    for _ in 0..5 {
        assert_eq!(by_code(&stage, &held.token, "000000").await.status, 422);
    }
    let waits = by_code(&stage, &held.token, &held.code(&stage)).await;
    assert_eq!(
        (waits.status.as_u16(), waits.header("retry-after")),
        (429, "60")
    );
}

#[tokio::test]
async fn a_password_alone_hands_no_checked_account_to_another_telephone() {
    let (mut stage, held) = ready().await;
    checked(&stage, &held.token).await;
    let removed = removes(&stage, &held.token, PASSWORD, &held.code(&stage)).await;
    assert_eq!(removed.status, 200, "{}", removed.text());
    let moving = removed.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        believed(&stage, &moving).await.assurance,
        3,
        "both were shown a moment ago"
    );
    stage.advance(Duration::from_secs(30)).await;
    let thief = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(believed(&stage, &thief).await.assurance, 1);
    assert_eq!(begins(&stage, &thief, PASSWORD).await.status, 403);
    let passkey = json!({ "name": "Của kẻ khác", "password": PASSWORD });
    assert_eq!(adds_passkey(&stage, &thief, &passkey).await.status, 403);
    assert_eq!(begins(&stage, &moving, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_code_to_a_proven_contact_leads_there_in_the_session_that_asked_for_it() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(ways(&stage, &first, "2").await["to_prove"], true);
    proves(&stage, &first, "0912345678").await;
    stage.advance(Duration::from_mins(10)).await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    let offered = ways(&stage, &own, "2").await;
    assert_eq!(
        offered["contacts"],
        json!([{ "kind": "phone", "masked": "091••••678" }])
    );
    assert_eq!(ways(&stage, &own, "3").await["contacts"], json!([]));
    let wanted = json!({ "assurance": "contact-proven", "contact": "phone" });
    let asked = stage
        .post("/identity/step-up/contact", Some(&own), &wanted)
        .await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let code = sent(&stage).await.code;
    let body = |code: &str| json!({ "assurance": "contact-proven", "ticket": asked.json()["ticket"], "code": code });
    let answers = async |token: &str, code: &str| {
        let path = "/identity/step-up/contact";
        asks(&stage, Method::PUT, path, Some(token), &body(code)).await
    };
    assert_eq!(errors(&answers(&own, &another(&code)).await), ["code"]);
    let right = answers(&own, &code).await;
    assert_eq!(right.status, 201, "{}", right.text());
    let surer = right.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(believed(&stage, &surer).await.assurance, 2);
    assert_eq!(stage.get("/identity/me", Some(&own)).await.status, 401);
    assert_eq!(answers(&surer, &code).await.status, 410, "good once");
}

#[tokio::test]
async fn a_code_to_a_contact_is_worth_nothing_in_another_session() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    proves(&stage, &first, "0912345678").await;
    stage.advance(Duration::from_mins(10)).await;
    let own = token(&stage, "0912345678", PASSWORD).await;
    let other = token(&stage, "0912345678", PASSWORD).await;
    let wanted = json!({ "assurance": "contact-proven", "contact": "phone" });
    let asked = stage
        .post("/identity/step-up/contact", Some(&own), &wanted)
        .await;
    let code = sent(&stage).await.code;
    let body =
        json!({ "assurance": "contact-proven", "ticket": asked.json()["ticket"], "code": code });
    let path = "/identity/step-up/contact";
    let fixed = asks(&stage, Method::PUT, path, Some(&other), &body).await;
    assert_eq!(fixed.status, 410);
    assert_eq!(believed(&stage, &other).await.assurance, 1);
}

#[tokio::test]
async fn a_code_to_a_contact_is_asked_for_and_typed_on_the_pages() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    proves(&stage, &first, "0912345678").await;
    stage.advance(Duration::from_mins(10)).await;
    let cookie = format!("{COOKIE}={}", token(&stage, "0912345678", PASSWORD).await);
    let own = [("cookie", cookie.as_str())];
    let page = page(
        &stage,
        "/identity/step-up?assurance=2&back=/intake/dossiers",
        &cookie,
    )
    .await
    .text();
    assert!(page.contains("Gửi mã đến 091••••678"), "{page}");
    let path = "/identity/step-up/code-sent?assurance=2&back=/intake/dossiers";
    let sent_off = form(&stage, path, &own, "contact=phone").await;
    assert_eq!(sent_off.status, 303, "{}", sent_off.text());
    let typed = sent_off.header("location").to_owned();
    let both = format!("{cookie}; {}", cookie_of(&sent_off));
    let waits = super::page(&stage, &typed, &both).await;
    assert!(
        waits.text().contains("đã được gửi đến 091••••678"),
        "{}",
        waits.text()
    );
    let own = [("cookie", both.as_str())];
    let code = sent(&stage).await.code;
    let wrong = form(&stage, &typed, &own, &format!("code={}", another(&code))).await;
    assert_eq!(wrong.status, 422);
    let right = form(&stage, &typed, &own, &format!("code={code}")).await;
    assert_eq!(
        (right.status.as_u16(), right.header("location")),
        (303, "/intake/dossiers")
    );
}
