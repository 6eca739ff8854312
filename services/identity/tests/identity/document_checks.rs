//! An officer checks somebody's card: whose account it is, the person shows; what it must say, the account does.

use std::time::Duration;

use super::{
    second_factor::{Held, enrolled},
    *,
};

/// The QR code on the card of the citizen whom these stories are about.
pub const CARD: &str =
    "066190001234|240123456|Nguyễn Thị Ví Dụ|15011990|Nữ|Thôn 2, xã A, tỉnh B|01072022";
const CHECKS: &str = "/identity/document-checks";

/// A citizen with an app, as the account stands before anybody has looked at a card.
pub async fn ready() -> (Stage, Held) {
    let mut stage = registered().await;
    let held = enrolled(&mut stage, "0912345678", PASSWORD).await;
    (stage, held)
}

/// The code that the citizen reads to an officer.
pub async fn shown(stage: &Stage, token: &str) -> String {
    let shown = stage
        .post("/identity/document-check", Some(token), &json!({}))
        .await;
    assert_eq!(shown.status, 201, "{}", shown.text());
    assert_eq!(shown.header("cache-control"), "no-store");
    shown.json()["code"].as_str().unwrap().to_owned()
}

pub fn asked(code: &str, card: &str) -> Value {
    json!({ "code": code, "card": card, "expires_on": "2030-01-15", "seen": true })
}

async fn checks(stage: &Stage, body: &Value) -> Answer {
    stage.post(CHECKS, Some(&stage.officer()), body).await
}

/// The citizen's card is checked.
pub async fn checked(stage: &Stage, token: &str) {
    let code = shown(stage, token).await;
    let done = checks(stage, &asked(&code, CARD)).await;
    assert_eq!(done.status, 201, "{}", done.text());
}

async fn level(stage: &Stage, held: &Held) -> u8 {
    let body = json!({ "assurance": "self-asserted", "code": held.code(stage) });
    let surer = stage
        .post("/identity/step-up/code", Some(&held.token), &body)
        .await;
    believed(stage, surer.json()["token"].as_str().unwrap())
        .await
        .assurance
}

#[tokio::test]
async fn a_card_that_says_what_the_account_says_makes_it_checked_on_record_and_told() {
    let (stage, held) = ready().await;
    checked(&stage, &held.token).await;
    let told = stage
        .get("/identity/document-check", Some(&held.token))
        .await
        .json();
    assert_eq!(
        told,
        json!({ "ready": true, "checks": [{
            "kind": "can-cuoc", "officer": "Nguyễn Thị Ví Dụ", "checked_at": stage.now(), "expires_on": "2030-01-15",
        }] })
    );
    let entries = chassis::audit::entries(stage.app("identity").db(), None, 0, 100)
        .await
        .unwrap();
    let deed = entries
        .iter()
        .find(|entry| entry.action == "identity.document-checked")
        .unwrap();
    assert_eq!(deed.actor.account, Stage::account("an officer").to_string());
    let cookie = format!("{COOKIE}={}", held.token);
    let page = page(&stage, "/identity/document-check", &cookie)
        .await
        .text();
    assert!(page.contains("đã đối chiếu căn cước của bạn lúc"), "{page}");
    assert_eq!(
        believed(&stage, &held.token).await.assurance,
        1,
        "no session changes"
    );
    assert_eq!(level(&stage, &held).await, 3);
}

#[tokio::test]
async fn what_differs_is_named_and_nothing_of_the_account_is_shown() {
    let (stage, held) = ready().await;
    let code = shown(&stage, &held.token).await;
    let other = "001190004321||Nguyễn Thị Khác|15011990|Nữ|Hà Nội|01072022";
    let refused = checks(&stage, &asked(&code, other)).await;
    assert_eq!(
        (refused.status.as_u16(), errors(&refused)),
        (422, vec!["name".into(), "number".into()])
    );
    for own in ["Ví Dụ", "066190001234", "+84912345678", "vi.du@example.vn"] {
        assert!(!refused.text().contains(own), "{own}");
    }
    // Another place of the tone, and capitals, are the same name.
    let same = CARD.replace("Nguyễn Thị Ví Dụ", "NGUYỄN THỊ VÍ DỤ");
    assert_eq!(checks(&stage, &asked(&code, &same)).await.status, 201);
    assert_eq!(acts(&stage).await.last().unwrap(), "document-checked");
    assert!(acts(&stage).await.contains(&"document-refused".to_owned()));
}

#[tokio::test]
async fn every_reason_not_to_vouch_is_told_apart() {
    let (stage, held) = ready().await;
    let code = shown(&stage, &held.token).await;
    let with = |name: &str, value: Value| {
        let mut body = asked(&code, CARD);
        body[name] = value;
        body
    };
    for (body, field) in [
        (with("code", json!("k7m2p-9x4hd")), "code"),
        (with("code", json!("0912345678")), "code"),
        (with("card", json!("066190001234|Nguyễn Thị Ví Dụ")), "card"),
        (with("card", json!(CARD.replace("|Nữ|", "|Nam|"))), "card"),
        (
            with("card", json!(CARD.replace("15011990", "15011991"))),
            "card",
        ),
        (with("expires_on", json!("2026-10-07")), "expires_on"),
        (with("seen", json!(false)), "seen"),
    ] {
        let refused = checks(&stage, &body).await;
        assert_eq!(
            (refused.status.as_u16(), errors(&refused)),
            (422, vec![field.to_owned()]),
            "{body}"
        );
    }
    assert_eq!(level(&stage, &held).await, 1, "nobody was vouched for");
    let citizen = stage.citizen("001304005678");
    let body = asked(&code, CARD);
    let refused = stage.post(CHECKS, Some(&citizen), &body).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        stage.post(CHECKS, None, &asked(&code, CARD)).await.status,
        401
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_a_quarter_of_an_hour_and_the_newest_only() {
    let (mut stage, held) = ready().await;
    let first = shown(&stage, &held.token).await;
    let second = shown(&stage, &held.token).await;
    assert_eq!(
        errors(&checks(&stage, &asked(&first, CARD)).await),
        ["code"]
    );
    assert_eq!(checks(&stage, &asked(&second, CARD)).await.status, 201);
    assert_eq!(
        errors(&checks(&stage, &asked(&second, CARD)).await),
        ["code"]
    );
    let third = shown(&stage, &held.token).await;
    stage.advance(Duration::from_mins(15)).await;
    assert_eq!(
        errors(&checks(&stage, &asked(&third, CARD)).await),
        ["code"]
    );
}

#[tokio::test]
async fn a_number_that_the_account_has_not_is_filled_in_unless_another_has_it() {
    let (stage, held) = ready().await;
    // As accounts are that a provider brought without a number.
    let db = stage.app("identity").db().reads();
    let without = "UPDATE accounts SET citizen_id = NULL";
    sea_orm::ConnectionTrait::execute_unprepared(db, without)
        .await
        .unwrap();
    let code = shown(&stage, &held.token).await;
    let other = json!({
        "name": "Nguyễn Thị Ví Dụ", "citizen_id": "066190001234", "phone": "0987654321", "password": PASSWORD,
    });
    assert_eq!(
        stage.post("/identity/accounts", None, &other).await.status,
        201
    );
    let refused = checks(&stage, &asked(&code, CARD)).await;
    assert_eq!(errors(&refused), ["card"]);
    assert!(refused.text().contains("thuộc một tài khoản khác"));
    let mine = CARD.replace("066190001234", "066190009999");
    assert_eq!(checks(&stage, &asked(&code, &mine)).await.status, 201);
    let signed_in = second_factor::ticket(&stage, "066190009999", PASSWORD).await;
    assert!(!signed_in.is_empty(), "the number is a login now");
}

#[tokio::test]
async fn who_could_not_show_later_that_the_account_is_theirs_gets_no_code() {
    let stage = registered().await;
    let token = token(&stage, "0912345678", PASSWORD).await;
    let refused = stage
        .post("/identity/document-check", Some(&token), &json!({}))
        .await;
    assert_eq!(refused.status, 409);
    let told = stage
        .get("/identity/document-check", Some(&token))
        .await
        .json();
    assert_eq!(told, json!({ "ready": false, "checks": [] }));
}

#[tokio::test]
async fn an_officer_checks_on_the_page_and_what_was_typed_stays_when_it_is_refused() {
    let (stage, held) = ready().await;
    let cookie = format!("{COOKIE}={}", held.token);
    let own = [("cookie", cookie.as_str())];
    let code = form(&stage, "/identity/document-check", &own, "")
        .await
        .text();
    let (_, rest) = code.split_once("<code id=\"document-code\">").unwrap();
    let code = rest.split_once('<').unwrap().0;
    let officer = format!("{COOKIE}={}", stage.officer());
    let own = [("cookie", officer.as_str())];
    let empty = page(&stage, CHECKS, &officer).await;
    assert!(
        empty.text().contains("Tôi đã nhìn người này"),
        "{}",
        empty.text()
    );
    let path = "/identity/document-checks/check";
    let card = CARD.replace('|', "%7C").replace(' ', "+");
    let unseen = form(
        &stage,
        path,
        &own,
        &format!("code={code}&card={card}&expires_on=15/01/2030"),
    )
    .await;
    assert_eq!(unseen.status, 422);
    let again = unseen.text();
    assert!(
        again.contains("phải nhìn người") && again.contains("066190001234|240123456"),
        "{again}"
    );
    let wrong = form(
        &stage,
        path,
        &own,
        &format!("code={code}&card={card}&expires_on=mai&seen=yes"),
    )
    .await;
    assert!(wrong.text().contains("Ngày có dạng"));
    let done = form(
        &stage,
        path,
        &own,
        &format!("code={code}&card={card}&expires_on=15/01/2030&seen=yes"),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("Đã đối chiếu"));
    assert_eq!(level(&stage, &held).await, 3);
}

#[tokio::test]
async fn nobody_vouches_for_their_own_account() {
    let (mut stage, held) = ready().await;
    let code = shown(&stage, &held.token).await;
    // An officer whose account this is: citizens have no such token, and one who gets it by mistake is refused all the same.
    let own = believed(&stage, &held.token).await.sub;
    let officer = stage.token(own, &[Role::Officer], None);
    let refused = stage
        .post(CHECKS, Some(&officer), &asked(&code, CARD))
        .await;
    assert_eq!(errors(&refused), ["code"]);
    assert!(refused.text().contains("ask a colleague"));
    stage.settle().await;
}
