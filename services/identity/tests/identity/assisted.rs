//! Help with filing: consent by a code to the telephone of whoever is helped, and what it is worth.

use std::time::Duration;

use contracts::{
    identity::{Consent, GiverIntroduced, MandateAct, MandateGiven},
    notification::{Address, CodePurpose, SendCode},
};

use super::*;

const HELPER_PASSWORD: &str = "trống đánh xuôi";

/// A stage with two people who help, and whoever is registered.
async fn counter() -> (Stage, String, String) {
    let stage = registered().await;
    let boss = stage.operator();
    for (login, role) in [("can.bo.mot", "officer"), ("to.cong.nghe", "helper")] {
        let account = json!({
            "name": "Trần Văn Mẫu", "login": login, "password": HELPER_PASSWORD, "roles": [role],
        });
        let appointed = stage
            .post("/identity/officers", Some(&boss), &account)
            .await;
        assert_eq!(appointed.status, 201, "{}", appointed.text());
    }
    let officer = token(&stage, "can.bo.mot", HELPER_PASSWORD).await;
    let helper = token(&stage, "to.cong.nghe", HELPER_PASSWORD).await;
    (stage, officer, helper)
}

fn newcomer() -> Value {
    json!({ "name": "Phạm Thị Hiền", "citizen_id": "066165001234", "phone": "0987 654 321", "procedure": "2.000635" })
}

fn registered_person() -> Value {
    json!({ "name": "nguyen thi vi du", "citizen_id": "066190001234", "phone": "0912345678", "procedure": "2.000635" })
}

async fn begins(stage: &Stage, token: &str, person: &Value) -> Answer {
    stage
        .post("/identity/assistances", Some(token), person)
        .await
}

async fn begun(stage: &Stage, token: &str, person: &Value) -> (String, SendCode) {
    let answer = begins(stage, token, person).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let sent = stage.said::<SendCode>("identity").await;
    let ticket = answer.json()["ticket"].as_str().unwrap().to_owned();
    (ticket, sent.last().unwrap().clone())
}

async fn agrees(stage: &Stage, token: &str, ticket: &str, code: &str) -> Answer {
    let told = json!({ "ticket": ticket, "code": code });
    let path = "/identity/assistances/consent";
    stage.post(path, Some(token), &told).await
}

/// A code that is not this one.
fn another(code: &str) -> String {
    let first = if code.starts_with('7') { '8' } else { '7' };
    format!("{first}{}", &code[1..])
}

#[tokio::test]
async fn somebody_without_an_account_agrees_by_a_code_and_gets_one_that_is_theirs() {
    let (mut stage, _, helper) = counter().await;
    let (ticket, sent) = begun(&stage, &helper, &newcomer()).await;
    assert_eq!(sent.purpose, CodePurpose::Consent);
    assert_eq!(sent.to, Address::Phone("0987654321".parse().unwrap()));
    stage.settle().await;
    assert!(stage.said::<MandateGiven>("identity").await.is_empty());
    let agreed = agrees(&stage, &helper, &ticket, &sent.code).await;
    assert_eq!(agreed.status, 201, "{}", agreed.text());
    stage.settle().await;
    let given = stage.said::<MandateGiven>("identity").await;
    let [given] = given.as_slice() else {
        panic!("{given:?}")
    };
    assert_eq!(given.consent, Consent::Assisted);
    assert_eq!(given.agent, believed(&stage, &helper).await.sub);
    assert_eq!(
        given.acts,
        [MandateAct::View, MandateAct::Fill, MandateAct::Submit].into()
    );
    let procedures = given.procedures.as_ref().unwrap();
    assert_eq!(procedures.len(), 1);
    assert_eq!(given.valid_until, stage.now() + Duration::from_hours(2));
    let introduced = stage.said::<GiverIntroduced>("identity").await;
    assert_eq!(introduced[0].account, given.giver);
    assert_eq!(introduced[0].name.as_str(), "Phạm Thị Hiền");
    // It has no password, and nobody guesses one.
    let enters = signs_in(&stage, "0987654321", HELPER_PASSWORD).await;
    assert_eq!(enters.status, 401);
    // Told once more, the code is used.
    let again = agrees(&stage, &helper, &ticket, &sent.code).await;
    assert_eq!(again.status, 410, "{}", again.text());
    assert!(acts(&stage).await.contains(&"assistance-agreed".to_owned()));
}

#[tokio::test]
async fn somebody_who_has_an_account_is_filed_for_under_it() {
    let (mut stage, officer, _) = counter().await;
    let owner = believed(&stage, &token(&stage, "0912345678", PASSWORD).await)
        .await
        .sub;
    let (ticket, sent) = begun(&stage, &officer, &registered_person()).await;
    let agreed = agrees(&stage, &officer, &ticket, &sent.code).await;
    assert_eq!(agreed.status, 201, "{}", agreed.text());
    stage.settle().await;
    let given = stage.said::<MandateGiven>("identity").await;
    assert_eq!(given[0].giver, owner);
    // They see it among their mandates, and end it there.
    let own = token(&stage, "0912345678", PASSWORD).await;
    let list = stage.get("/identity/mandates", Some(&own)).await.json();
    assert_eq!(list["given"][0]["consent"], "assisted");
    assert_eq!(list["given"][0]["standing"], "in_force");
}

#[tokio::test]
async fn nothing_is_agreed_to_by_a_wrong_code_or_by_anothers_ticket() {
    let (mut stage, officer, helper) = counter().await;
    let (ticket, sent) = begun(&stage, &officer, &newcomer()).await;
    let wrong = agrees(&stage, &officer, &ticket, &another(&sent.code)).await;
    assert_eq!(
        (wrong.status, errors(&wrong)),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["code".to_owned()])
    );
    let none = agrees(&stage, &officer, "no ticket", &sent.code).await;
    assert_eq!(none.status, 410);
    // The right code in another helper's hands is nobody's consent to them.
    let stolen = agrees(&stage, &helper, &ticket, &sent.code).await;
    assert_eq!(stolen.status, 410, "{}", stolen.text());
    stage.settle().await;
    assert!(stage.said::<MandateGiven>("identity").await.is_empty());
}

#[tokio::test]
async fn a_code_is_guessed_at_five_times_and_no_more() {
    let (stage, officer, _) = counter().await;
    let (ticket, sent) = begun(&stage, &officer, &newcomer()).await;
    for _ in 0..5 {
        let wrong = agrees(&stage, &officer, &ticket, &another(&sent.code)).await;
        assert_eq!(wrong.status, 422);
    }
    let right = agrees(&stage, &officer, &ticket, &sent.code).await;
    assert_eq!(right.status, 422, "{}", right.text());
    assert!(stage.said::<MandateGiven>("identity").await.is_empty());
}

#[tokio::test]
async fn nobody_gets_into_anothers_account_by_a_telephone_of_their_own() {
    let (stage, officer, _) = counter().await;
    for (field, value) in [
        ("phone", "0398765432"),
        ("citizen_id", "066190009999"),
        ("name", "Lê Văn Khác"),
    ] {
        let mut person = registered_person();
        person[field] = json!(value);
        let refused = begins(&stage, &officer, &person).await;
        assert_eq!(refused.status, 409, "{field}: {}", refused.text());
        assert!(!refused.text().contains("Ví Dụ"));
    }
    assert!(stage.said::<SendCode>("identity").await.is_empty());
    assert!(
        acts(&stage)
            .await
            .contains(&"assistance-refused".to_owned())
    );
}

#[tokio::test]
async fn only_who_works_or_helps_here_asks_for_anybodys_consent() {
    let (stage, officer, _) = counter().await;
    let citizen = token(&stage, "0912345678", PASSWORD).await;
    assert_eq!(begins(&stage, &citizen, &newcomer()).await.status, 403);
    let (ticket, sent) = begun(&stage, &officer, &newcomer()).await;
    let refused = agrees(&stage, &citizen, &ticket, &sent.code).await;
    assert_eq!(refused.status, 403);
    let unfit = begins(&stage, &officer, &json!({})).await;
    assert_eq!(
        errors(&unfit),
        ["name", "citizen_id", "phone", "procedure"],
        "{}",
        unfit.text()
    );
}

#[tokio::test]
async fn the_pages_show_what_is_agreed_to_before_the_code_is_told() {
    let (stage, _, helper) = counter().await;
    let cookie = format!("{COOKIE}={helper}");
    let headers = [("cookie", cookie.as_str())];
    let shown = page(&stage, "/identity/assisted?procedure=2.000635", &cookie).await;
    assert!(shown.text().contains("value=\"2.000635\" selected"));
    let path = "/identity/assisted";
    let filled = "name=Phạm+Thị+Hiền&citizen_id=066165001234&phone=0987654321&procedure=2.000635";
    let foreign = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(form(&stage, path, &foreign, filled).await.status, 403);
    let sent = form(&stage, path, &headers, filled).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (StatusCode::SEE_OTHER, "/identity/assisted/code")
    );
    let ticket = sent.header("set-cookie");
    let both = format!("{cookie}; {}", ticket.split(';').next().unwrap());
    let asks = page(&stage, "/identity/assisted/code", &both).await.text();
    for words in ["Trần Văn Mẫu", "098••••321", "Không đồng ý thì đừng đọc mã"]
    {
        assert!(asks.contains(words), "{words}: {asks}");
    }
    let code = stage.said::<SendCode>("identity").await[0].code.clone();
    let headers = [("cookie", both.as_str())];
    let path = "/identity/assisted/code";
    let wrong = form(&stage, path, &headers, &format!("code={}", another(&code))).await;
    assert_eq!(wrong.status, 422);
    let agreed = form(&stage, path, &headers, &format!("code={code}")).await;
    assert_eq!(agreed.status, 200, "{}", agreed.text());
    assert!(
        agreed
            .text()
            .contains("action=\"/intake/procedures/2.000635/file\"")
    );
}
