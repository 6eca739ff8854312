//! Contacts: proven by a code, changed with the password, told to the one before.

use std::time::Duration;

use contracts::notification::{Address, SendCode, SendWarning, Warning};

use super::{
    codes::{another, sent},
    *,
};

const PHONE: &str = "0912345678";

async fn lines(stage: &Stage, token: &str) -> Vec<Value> {
    let answer = stage.get("/identity/contacts", Some(token)).await;
    assert_eq!(answer.status, 200);
    answer.json().as_array().unwrap().clone()
}

async fn asks_for(stage: &Stage, token: &str, contact: &str, password: &str) -> Answer {
    let body = json!({ "contact": contact, "password": password });
    stage
        .post("/identity/contacts/codes", Some(token), &body)
        .await
}

async fn answers(stage: &Stage, token: &str, ticket: &str, code: &str) -> Answer {
    let body = json!({ "ticket": ticket, "code": code });
    asks(stage, Method::PUT, "/identity/contacts", Some(token), &body).await
}

/// Proves a contact; the token of the session that goes on.
pub async fn proves(stage: &Stage, token: &str, contact: &str) -> String {
    let asked = asks_for(stage, token, contact, PASSWORD).await;
    assert_eq!(asked.status, 201, "{}", asked.text());
    let ticket = asked.json()["ticket"].as_str().unwrap().to_owned();
    let answer = answers(stage, token, &ticket, &sent(stage).await.code).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_proven_telephone_makes_a_session_surer_and_the_one_before_ends() {
    let stage = registered().await;
    let first = token(&stage, PHONE, PASSWORD).await;
    assert_eq!(believed(&stage, &first).await.assurance, 1);
    let before = lines(&stage, &first).await;
    assert_eq!(before.len(), 2);
    assert_eq!(
        before[0],
        json!({ "kind": "phone", "contact": "+84912345678" })
    );
    let newer = proves(&stage, &first, PHONE).await;
    let claims = believed(&stage, &newer).await;
    assert_eq!(claims.assurance, 2);
    assert_eq!(stage.get("/identity/me", Some(&first)).await.status, 401);
    let after = lines(&stage, &newer).await;
    assert!(after[0]["proven_at"].is_string() && after[0].get("counts_from").is_none());
    assert!(after[1].get("proven_at").is_none());
    assert_eq!(acts(&stage).await, ["contact-proven"]);
    // By the password alone it is still the password alone.
    let by_password = token(&stage, PHONE, PASSWORD).await;
    assert_eq!(believed(&stage, &by_password).await.assurance, 1);
    let again = asks_for(&stage, &newer, PHONE, "").await;
    assert_eq!(
        (again.status.as_u16(), errors(&again)),
        (422, vec!["contact".into()])
    );
}

#[tokio::test]
async fn a_code_is_judged_by_who_asked_for_it_only() {
    let stage = registered().await;
    let owner = token(&stage, PHONE, PASSWORD).await;
    let asked = asks_for(&stage, &owner, PHONE, "").await;
    let ticket = asked.json()["ticket"].as_str().unwrap().to_owned();
    let code = sent(&stage).await.code;
    let other = json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "phone": "0987654321", "password": PASSWORD,
    });
    stage.post("/identity/accounts", None, &other).await;
    let stranger = token(&stage, "0987654321", PASSWORD).await;
    let wrong = answers(&stage, &owner, &ticket, &another(&code)).await;
    assert_eq!(errors(&wrong), ["code"]);
    assert!(
        wrong.text().contains("còn thử được 4 lần"),
        "{}",
        wrong.text()
    );
    assert_eq!(answers(&stage, &owner, "nothing", &code).await.status, 410);
    assert_eq!(answers(&stage, &stranger, &ticket, &code).await.status, 410);
    assert!(lines(&stage, &stranger).await[0].get("proven_at").is_none());
}

#[tokio::test]
async fn another_contact_needs_the_password_and_the_one_before_is_told() {
    let mut stage = registered().await;
    let first = token(&stage, PHONE, PASSWORD).await;
    let token = proves(&stage, &first, PHONE).await;
    stage.advance(Duration::from_mins(6)).await;
    let new = "0987654321";
    for wrong in ["", "con trâu đi sau"] {
        let refused = asks_for(&stage, &token, new, wrong).await;
        assert_eq!(errors(&refused), ["password"]);
    }
    let codes = stage.said::<SendCode>("identity").await.len();
    let newer = proves(&stage, &token, new).await;
    assert_eq!(stage.said::<SendCode>("identity").await.len(), codes + 1);
    let warnings = stage.said::<SendWarning>("identity").await;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].to, Address::Phone(PHONE.parse().unwrap()));
    assert_eq!(warnings[0].about, Warning::ContactChanged);
    let claims = believed(&stage, &newer).await;
    assert_eq!(claims.phone.unwrap().as_str(), "+84987654321");
    assert_eq!(acts(&stage).await, ["contact-proven", "contact-changed"]);
    assert_eq!(signs_in(&stage, PHONE, PASSWORD).await.status, 401);
    assert_eq!(signs_in(&stage, new, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn whoever_knows_the_password_alone_does_not_take_the_account_by_another_number() {
    let mut stage = registered().await;
    let first = token(&stage, PHONE, PASSWORD).await;
    proves(&stage, &first, PHONE).await;
    stage.advance(Duration::from_mins(1)).await;
    let thief = token(&stage, PHONE, PASSWORD).await;
    let newer = proves(&stage, &thief, "0987654321").await;
    // They are no surer than before, and the number counts for nothing yet.
    assert_eq!(believed(&stage, &newer).await.assurance, 1);
    let changed = lines(&stage, &newer).await;
    assert!(changed[0]["counts_from"].is_string(), "{}", changed[0]);
    assert_eq!(stage.said::<SendWarning>("identity").await.len(), 1);
    let by_code = |contact: &'static str| format!("contact={contact}");
    let recovers = async |stage: &Stage, contact: &'static str| {
        let before = stage.said::<SendCode>("identity").await.len();
        form(stage, "/identity/recovery", &[], &by_code(contact)).await;
        stage.said::<SendCode>("identity").await.len() - before
    };
    assert_eq!(recovers(&stage, "0987654321").await, 0);
    assert_eq!(recovers(&stage, PHONE).await, 1, "the owner's still counts");
    stage.advance(Duration::from_hours(73)).await;
    assert_eq!(recovers(&stage, "0987654321").await, 1);
    assert_eq!(recovers(&stage, PHONE).await, 0);
}

#[tokio::test]
async fn a_telephone_belongs_to_who_proves_it_and_not_to_who_said_it_first() {
    let mut stage = registered().await;
    let other = json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "phone": "0987654321", "password": PASSWORD,
    });
    stage.post("/identity/accounts", None, &other).await;
    let stranger = token(&stage, "0987654321", PASSWORD).await;
    // The stranger holds the telephone that the other account only says.
    proves(&stage, &stranger, PHONE).await;
    assert_eq!(signs_in(&stage, "066190001234", PASSWORD).await.status, 201);
    let owner = token(&stage, "066190001234", PASSWORD).await;
    assert_eq!(
        lines(&stage, &owner).await.len(),
        1,
        "the e-mail address alone"
    );
    assert!(acts(&stage).await.contains(&"contact-released".to_owned()));
    // Proven, it is taken from nobody.
    stage.advance(Duration::from_mins(1)).await;
    let asked = asks_for(&stage, &owner, PHONE, PASSWORD).await;
    let ticket = asked.json()["ticket"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let code = sent(&stage).await.code;
    let taken = answers(&stage, &owner, &ticket, &code).await;
    assert_eq!(taken.status, 422, "{}", taken.text());
    assert_eq!(errors(&taken), ["contact"]);
}

#[tokio::test]
async fn others_who_claim_a_telephone_keep_nobody_from_proving_it() {
    let mut stage = registered().await;
    let other = json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "phone": "0987654321", "password": PASSWORD,
    });
    stage.post("/identity/accounts", None, &other).await;
    let stranger = token(&stage, "0987654321", PASSWORD).await;
    for _ in 0..5 {
        let asked = asks_for(&stage, &stranger, PHONE, PASSWORD).await;
        assert_eq!(asked.status, 201, "{}", asked.text());
        stage.advance(Duration::from_mins(1)).await;
    }
    let refused = asks_for(&stage, &stranger, PHONE, PASSWORD).await;
    assert_eq!(refused.status, 429);
    let owner = token(&stage, PHONE, PASSWORD).await;
    proves(&stage, &owner, PHONE).await;
}

#[tokio::test]
async fn officers_prove_no_contacts_and_nonsense_is_none() {
    let stage = stage().await;
    stage
        .post("/identity/officers", Some(&stage.operator()), &officer())
        .await;
    let officer = token(&stage, "tran.van.mau", "trống đánh xuôi").await;
    stage.post("/identity/accounts", None, &citizen()).await;
    let citizen = token(&stage, PHONE, PASSWORD).await;
    for (token, contact) in [(&officer, PHONE), (&citizen, "113"), (&citizen, "vi.du@")] {
        let refused = asks_for(&stage, token, contact, PASSWORD).await;
        assert_eq!(errors(&refused), ["contact"], "{contact}");
    }
    assert!(stage.said::<SendCode>("identity").await.is_empty());
}

#[tokio::test]
async fn a_second_code_waits_a_minute_and_says_so() {
    let mut stage = registered().await;
    let token = token(&stage, PHONE, PASSWORD).await;
    let asked = asks_for(&stage, &token, PHONE, "").await;
    let named = json!({ "ticket": asked.json()["ticket"] });
    let again = async |stage: &Stage| {
        stage
            .post("/identity/contacts/codes/again", Some(&token), &named)
            .await
    };
    let early = again(&stage).await;
    assert_eq!(early.status, 429);
    assert_eq!(early.header("retry-after"), "60");
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(again(&stage).await.status, 200);
    assert_eq!(stage.said::<SendCode>("identity").await.len(), 2);
}

/// The cookies that an answer sets, as a browser sends them back.
pub fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn the_pages_lead_from_the_number_to_the_code_and_on() {
    let stage = registered().await;
    let token = token(&stage, PHONE, PASSWORD).await;
    let session = format!("{COOKIE}={token}");
    let contacts = page(&stage, "/identity/contacts?back=/intake/new", &session).await;
    assert_eq!(contacts.status, 200);
    let text = contacts.text();
    assert!(
        text.contains("Chưa xác nhận") && text.contains("Để sau"),
        "{text}"
    );
    assert!(text.contains("href=\"/intake/new\""), "{text}");
    let own = [
        ("cookie", session.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let begun = form(
        &stage,
        "/identity/contacts/begin",
        &own,
        "contact=0912345678&back=/intake/new",
    )
    .await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let with_ticket = format!("{session}; {}", cookies(&begun));
    let asks = page(&stage, begun.header("location"), &with_ticket).await;
    let text = asks.text();
    for part in [
        "autocomplete=\"one-time-code\"",
        "inputmode=\"numeric\"",
        "0912 345 678",
        "Không ai được hỏi bạn mã này",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let code = sent(&stage).await.code;
    let fields = |code: &str| format!("code={code}&back=/intake/new");
    // Another site cannot have it typed in, and another browser has no ticket.
    let foreign = [
        ("cookie", with_ticket.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    let path = "/identity/contacts/code";
    assert_eq!(
        form(&stage, path, &foreign, &fields(&code)).await.status,
        403
    );
    assert_eq!(form(&stage, path, &own, &fields(&code)).await.status, 410);
    let own = [
        ("cookie", with_ticket.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let wrong = form(&stage, path, &own, &fields(&another(&code))).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("còn thử được 4 lần"),
        "{}",
        wrong.text()
    );
    let early = form(&stage, "/identity/contacts/again", &own, "back=").await;
    assert_eq!(
        (early.status.as_u16(), early.header("retry-after")),
        (429, "60")
    );
    let done = form(&stage, path, &own, &fields(&code)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("Đã xác nhận"), "{}", done.text());
    let newer = cookies(&done);
    assert!(newer.contains(COOKIE), "{newer}");
    assert_eq!(page(&stage, "/identity/contacts", &newer).await.status, 200);
}
