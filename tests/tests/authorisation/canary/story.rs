//! The story: from an account to a result that is collected, by the bank and over the counter, with mistakes on the way.

use axum::{body::Body, http::Request};
use chassis::Envelope;
use contracts::{delivery::CollectionCodeMade, notification::SendCode};
use serde_json::{Value, json};
use testkit::totp::code;

use super::Canary;
use crate::{
    bodies,
    callers::Caller,
    things::{Dossier, Standing},
    town::{CITIZEN_ID, EMAIL, NAME, PASSWORD, PHONE, Town, id, succeeded},
};

/// What was said, and what must not be in it.
pub struct Told {
    pub said: Vec<Envelope>,
    pub canaries: Vec<Canary>,
}

/// Tells it.
pub async fn tell() -> Told {
    let mut town = Town::open().await;
    let mut canaries = Canary::of_the_owner();
    mistakes_at_the_door(&town).await;
    second_factor(&mut town, &mut canaries).await;
    one_time_codes(&mut town, &mut canaries).await;
    mandate(&mut town).await;
    let mut dossier = town.dossier(Standing::Received).await;
    pays_at_the_bank(&mut town, &dossier).await;
    town.takes(Standing::Issued, &mut dossier).await;
    mistakes_on_the_way(&mut town, &dossier).await;
    collects(&mut town, &dossier, &mut canaries).await;
    for caller in [
        Caller::Owner,
        Caller::Officer,
        Caller::Ended,
        Caller::Forged,
    ] {
        canaries.push(Canary::new("token", town.tokens[&caller].clone()));
    }
    let mut said = Vec::new();
    for service in all_in_one::services() {
        said.extend(town.stage.said_envelopes(service.name()).await);
    }
    Told { said, canaries }
}

/// The owner proves their telephone, and gets a new password by it.
async fn one_time_codes(town: &mut Town, canaries: &mut Vec<Canary>) {
    let contact = json!({ "contact": PHONE });
    let asked = town
        .acts(Caller::Owner, "/identity/contacts/codes", &contact)
        .await;
    let (ticket, code) = (id(&asked, "ticket"), newest_code(town).await);
    let by_code = bodies::json_of(&json!({ "ticket": ticket, "code": code }));
    let proven = town
        .sends(
            "PUT",
            "/identity/contacts",
            Caller::Owner,
            Some(&by_code),
            "*/*",
        )
        .await;
    let first = id(&succeeded("proven", &proven), "token");
    town.stage.advance(std::time::Duration::from_mins(1)).await;
    let (_, at_code) = posts(town, "/identity/recovery", "", &contact).await;
    let second = newest_code(town).await;
    let typed = json!({ "code": second });
    let (_, at_password) = posts(town, "/identity/recovery/code", &at_code, &typed).await;
    let chosen = json!({ "password": PASSWORD });
    let path = "/identity/recovery/password";
    let (done, _) = posts(town, path, &at_password, &chosen).await;
    assert_eq!(done, 200);
    let credentials = json!({ "login": CITIZEN_ID, "password": PASSWORD });
    let session = town.post("/identity/sessions", None, &credentials).await;
    town.tokens.insert(Caller::Owner, id(&session, "token"));
    canaries.extend([
        Canary::new("one-time code", code),
        Canary::new("one-time code", second),
        Canary::new("ticket", ticket),
        Canary::new("ticket", value_of(&at_code)),
        Canary::new("ticket", value_of(&at_password)),
        Canary::new("token", first),
    ]);
}

async fn newest_code(town: &mut Town) -> String {
    town.stage.settle().await;
    let said = town.stage.said::<SendCode>("identity").await;
    said.last().expect("a code").code.clone()
}

/// Posts a form as a browser with a cookie does; the status and the first cookie that is set.
async fn posts(town: &Town, path: &str, cookie: &str, fields: &Value) -> (u16, String) {
    let (kind, body) = bodies::form_of(fields);
    let request = Request::post(path)
        .header("host", "localhost")
        .header("accept", "text/html")
        .header("content-type", kind)
        .header("cookie", cookie)
        .body(Body::from(body));
    let answer = town.stage.request(request.expect("a request")).await;
    let cookie = answer.header("set-cookie").split(';').next();
    (
        answer.status.as_u16(),
        cookie.unwrap_or_default().to_owned(),
    )
}

fn value_of(cookie: &str) -> &str {
    cookie.split_once('=').map_or("", |(_, value)| value)
}

/// What people type in the wrong place.
async fn mistakes_at_the_door(town: &Town) {
    for (login, password) in [
        (CITIZEN_ID, "sai mật khẩu"),
        (PASSWORD, PASSWORD),
        (EMAIL, NAME),
    ] {
        let typed = json!({ "login": login, "password": password });
        let answer = town.stage.post("/identity/sessions", None, &typed).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    let half = json!({ "name": NAME, "citizen_id": NAME, "phone": CITIZEN_ID, "password": "1" });
    let answer = town.stage.post("/identity/accounts", None, &half).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    for torn in [format!("{{\"login\":\"{EMAIL}"), format!("[\"{NAME}\"]")] {
        let body = ("application/json".to_owned(), torn.into_bytes());
        let path = "/identity/sessions";
        let answer = town
            .sends("POST", path, Caller::Nobody, Some(&body), "*/*")
            .await;
        assert!(answer.status.is_client_error(), "{}", answer.text());
    }
    // What is mistyped into an address.
    for path in [
        format!("/intake/track/H15?citizen_id={CITIZEN_ID}"),
        format!("/intake/track/H15.50.05.13-261008-9999?citizen_id={CITIZEN_ID}"),
        format!("/identity/{CITIZEN_ID}?password={CITIZEN_ID}"),
    ] {
        assert_eq!(town.asks("GET", &path, Caller::Nobody).await.status, 404);
    }
}

/// The owner begins a second factor, signs in by it, mistypes a code, and removes it.
async fn second_factor(town: &mut Town, canaries: &mut Vec<Canary>) {
    let by_password = json!({ "password": PASSWORD });
    let begun = town
        .acts(Caller::Owner, "/identity/second-factor", &by_password)
        .await;
    let key = id(&begun, "key");
    let first = code(&key, town.stage.now());
    let confirm = bodies::json_of(&json!({ "code": first }));
    let confirmed = town
        .sends(
            "PUT",
            "/identity/second-factor",
            Caller::Owner,
            Some(&confirm),
            "*/*",
        )
        .await;
    let confirmed = succeeded("confirmed", &confirmed);
    town.tokens.insert(Caller::Owner, id(&confirmed, "token"));
    let recovery = confirmed["recovery_codes"][0].as_str();
    let recovery = recovery.expect("recovery codes").to_owned();

    town.stage.advance(std::time::Duration::from_mins(1)).await;
    let credentials = json!({ "login": CITIZEN_ID, "password": PASSWORD });
    let asked = town.post("/identity/sessions", None, &credentials).await;
    let ticket = id(&asked, "ticket");
    let second = code(&key, town.stage.now());
    let wrong = json!({ "ticket": ticket, "code": "000000" });
    let path = "/identity/sessions/second-step";
    assert_eq!(town.stage.post(path, None, &wrong).await.status, 422);
    let right = json!({ "ticket": ticket, "code": second });
    let session = town.post(path, None, &right).await;
    let removal = json!({ "password": PASSWORD, "code": recovery });
    let removed = town
        .stage
        .post(
            "/identity/second-factor/removal",
            Some(&id(&session, "token")),
            &removal,
        )
        .await;
    let left = succeeded("removed", &removed);
    town.tokens.insert(Caller::Owner, id(&left, "token"));
    canaries.extend([
        Canary::new("key of the second factor", key),
        Canary::new("code of the second factor", first),
        Canary::new("code of the second factor", second),
        Canary::new("recovery code", recovery),
        Canary::new("ticket", ticket),
        Canary::new("token", id(&session, "token")),
    ]);
}

/// The owner lets a neighbour act for them, who accepts it, and thinks better of it.
async fn mandate(town: &mut Town) {
    let wanted = json!({
        "agent": "066090004321", "agent_name": "Vũ Văn Láng Giềng", "relation": "other",
        "acts": ["view", "fill"], "until": "2026-12-31", "password": PASSWORD,
    });
    let given = town
        .acts(Caller::Owner, "/identity/mandates", &wanted)
        .await;
    let path = format!("/identity/mandates/{}/accept", id(&given, "mandate"));
    town.acts(Caller::Other, &path, &json!({})).await;
    town.stage.settle().await;
    let path = format!("/identity/mandates/{}/end", id(&given, "mandate"));
    town.acts(Caller::Owner, &path, &json!({})).await;
}

/// Pays at the pretend bank, whose notice is carried over: there is no network on a Stage.
async fn pays_at_the_bank(town: &mut Town, dossier: &Dossier) {
    let path = format!("/payment/orders/{}/pay", dossier.order);
    let paying = town.acts(Caller::Owner, &path, &json!({})).await;
    let url = id(&paying, "pay_url");
    let (_, place) = url.split_once("/payment/").expect("the pretend bank's");
    let press = Request::post(format!("/payment/{place}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("choice=pay"));
    let pressed = town.stage.request(press.expect("a request")).await;
    assert_eq!(pressed.status, 303, "{}", pressed.text());
    town.stage.settle().await;
    let said = town.stage.said_envelopes("payment").await;
    let notice = said
        .iter()
        .rfind(|said| said.wire == "payment.notify-merchant.v1");
    let notice = &notice.expect("the bank's notice").body;
    let notice: Value = serde_json::from_str(notice).expect("JSON");
    let path = format!("/payment/vnpay/ipn?{}", id(&notice, "query"));
    let heard = town.stage.get(&path, None).await;
    assert_eq!(heard.json()["RspCode"], "00", "{}", heard.text());
    town.stage.settle().await;
}

/// What cannot be read, is not there, or is not theirs.
async fn mistakes_on_the_way(town: &mut Town, dossier: &Dossier) {
    for service in ["desk", "payment", "delivery", "notification", "scan"] {
        town.parked(service).await;
    }
    for path in [
        format!("/intake/dossiers/{}", dossier.id),
        format!("/payment/orders/{}", dossier.order),
        format!("/delivery/results/{}/file", dossier.result),
    ] {
        assert_eq!(town.asks("GET", &path, Caller::Other).await.status, 404);
    }
    // What passes by: a deadline, a digest, a reminder.
    town.stage.advance(std::time::Duration::from_hours(2)).await;
}

/// The result is collected at the counter by a code.
async fn collects(town: &mut Town, dossier: &Dossier, canaries: &mut Vec<Canary>) {
    let path = format!("/delivery/results/{}/code", dossier.result);
    town.acts(Caller::Officer, &path, &json!({})).await;
    let made = town.stage.said::<CollectionCodeMade>("delivery").await;
    let code = made.last().expect("a code").code.clone();
    let path = format!("/delivery/results/{}/hand-over", dossier.result);
    let taken = json!({ "to": NAME, "identity": { "shown": "citizen_card", "ending": &CITIZEN_ID[8..] }, "code": code });
    town.acts(Caller::Officer, &path, &taken).await;
    canaries.push(Canary::new("collection code", code));
}
