//! How surely a citizen must be known, act by act: asked where it is needed and not before.

use contracts::{
    Assurance::{self, ContactProven, DocumentChecked, SelfAsserted},
    DossierId,
    intake::{DossierSubmitted, DossierSupplemented},
};
use serde_json::json;
use tempfile::TempDir;
use testkit::{Answer, Stage};

use crate::{browser::Browser, play::*};

/// A stage on which the copy of an extract asks for this.
async fn asking(needs: &str) -> (Stage, TempDir) {
    let (from, to) = ("documents:\n", format!("assurance: {needs}\ndocuments:\n"));
    let (mut stage, folder) = changed("procedures/2.000635.yaml", from, &to).await;
    check(&mut stage).await;
    (stage, folder)
}

fn browser(stage: &Stage, known: Assurance) -> Browser<'_> {
    Browser {
        stage,
        token: Some(stage.citizen_at(known, CITIZEN)),
    }
}

async fn looks(browser: &Browser<'_>, path: &str) -> Answer {
    browser.go("GET", path, &[], String::new()).await
}

async fn calls(stage: &Stage, known: Assurance, path: &str) -> Answer {
    let token = stage.citizen_at(known, CITIZEN);
    stage.post(path, Some(&token), &json!({})).await
}

/// Where a browser is led to show more, to come back to `back`.
fn led(level: u8, back: &str) -> String {
    let back = back.replace('/', "%2F");
    format!("/identity/step-up?assurance={level}&back={back}")
}

async fn filled_in(stage: &Stage) -> DossierId {
    let id = open(stage, CITIZEN).await;
    assert_eq!(save(stage, id, &full()).await.status, 200);
    id
}

#[tokio::test]
async fn filing_asks_for_more_than_filling_in_and_nothing_that_was_typed_is_lost() {
    let (mut stage, _folder) = asking("{ submit: document-checked }").await;
    let id = filled_in(&stage).await;
    let (dossier, review) = (
        format!("/intake/dossiers/{id}"),
        format!("/intake/dossiers/{id}/review"),
    );
    let weak = browser(&stage, SelfAsserted);
    for step in ["", "/form", "/papers"] {
        weak.see(&format!("{dossier}{step}")).await;
    }
    let asked = looks(&weak, &review).await;
    assert_eq!(
        (asked.status.as_u16(), asked.header("location")),
        (303, &*led(3, &review))
    );
    let pressed = weak.post(&review, &[("key", "k")]).await;
    assert_eq!(
        (pressed.status.as_u16(), pressed.header("location")),
        (303, &*led(3, &review))
    );
    let called = calls(&stage, ContactProven, &format!("{dossier}/submit")).await;
    assert_eq!(called.status, 401);
    assert_eq!(called.json()["step_up"]["page"], led(3, &review));
    assert!(
        called
            .header("www-authenticate")
            .contains("acr_values=\"document-checked "),
        "{}",
        called.header("www-authenticate")
    );
    stage.settle().await;
    assert!(stage.said::<DossierSubmitted>("intake").await.is_empty());
    assert_eq!(
        show(&stage, id).await["state"],
        "draft",
        "nothing is half-done"
    );

    let strong = browser(&stage, DocumentChecked);
    assert!(
        strong.see(&review).await.contains("15/01/1990"),
        "all is there that was typed"
    );
    let filed = strong.post(&review, &[("key", "k")]).await;
    assert_eq!(
        filed.header("location"),
        dossier,
        "the same press of the button, done now"
    );
    stage.settle().await;
    assert_eq!(stage.said::<DossierSubmitted>("intake").await.len(), 1);
}

#[tokio::test]
async fn nobody_is_asked_while_something_is_missing() {
    let (stage, _folder) = asking("{ submit: e-id-2 }").await;
    let id = open(&stage, CITIZEN).await;
    let page = browser(&stage, SelfAsserted);
    let page = page.see(&format!("/intake/dossiers/{id}/review")).await;
    assert!(page.contains("Hồ sơ chưa đủ để gửi"), "{page}");
}

#[tokio::test]
async fn a_supplement_is_sent_as_surely_as_the_dossier_was_filed() {
    let (mut stage, _folder) = asking("{ submit: contact-proven }").await;
    let id = filled_in(&stage).await;
    assert_eq!(submit(&stage, id).await.status, 200);
    stage.settle().await;
    let asks = contracts::desk::SupplementRequested {
        dossier: id,
        items: vec!["Tờ khai có chữ ký".into()],
        requested_at: stage.now(),
    };
    stage.say("desk", &asks).await;
    stage.settle().await;
    let path = format!("/intake/dossiers/{id}/supplement");
    assert_eq!(calls(&stage, SelfAsserted, &path).await.status, 401);
    assert_eq!(calls(&stage, ContactProven, &path).await.status, 200);
    stage.settle().await;
    assert_eq!(stage.said::<DossierSupplemented>("intake").await.len(), 1);
}

#[tokio::test]
async fn writing_and_looking_may_ask_too_and_each_leads_back_to_its_own_page() {
    let needs = "{ view: contact-proven, fill: document-checked, submit: document-checked, receive: document-checked }";
    let (stage, _folder) = asking(needs).await;
    let procedure = "/intake/procedures/2.000635";
    let weak = browser(&stage, ContactProven);
    let begun = weak
        .post(&format!("{procedure}/file"), &[("key", "k")])
        .await;
    assert_eq!(begun.header("location"), led(3, procedure));
    let body = json!({ "procedure": "2.000635" });
    let token = stage.citizen_at(ContactProven, CITIZEN);
    let opened = stage.post("/intake/dossiers", Some(&token), &body).await;
    assert_eq!(opened.status, 401);

    let strong = stage.citizen_at(DocumentChecked, CITIZEN);
    let opened = stage
        .post("/intake/dossiers", Some(&strong), &body)
        .await
        .json();
    let dossier = format!("/intake/dossiers/{}", opened["dossier"].as_str().unwrap());
    weak.see(&dossier).await;
    for (step, back) in [
        ("/form", "/form"),
        ("/papers", "/papers"),
        ("/review", "/review"),
    ] {
        let asked = looks(&weak, &format!("{dossier}{step}")).await;
        assert_eq!(
            asked.header("location"),
            led(3, &format!("{dossier}{back}")),
            "{step}"
        );
    }
    for (press, back) in [
        ("/form", "/form"),
        ("/papers/remove", "/papers"),
        ("/discard", "/form"),
    ] {
        let fields = [("key", "k"), ("component", "to-khai")];
        let asked = weak.post(&format!("{dossier}{press}"), &fields).await;
        assert_eq!(
            asked.header("location"),
            led(3, &format!("{dossier}{back}")),
            "{press}"
        );
    }
    let saved = send(&stage, "PUT", &dossier, &token, &json!({})).await;
    let given_up = send(&stage, "DELETE", &dossier, &token, &json!({})).await;
    assert_eq!(
        (saved.status.as_u16(), given_up.status.as_u16()),
        (401, 401)
    );
    let weakest = browser(&stage, SelfAsserted);
    let asked = looks(&weakest, &dossier).await;
    assert_eq!(asked.header("location"), led(2, &dossier));
}

#[tokio::test]
async fn to_others_a_dossier_that_asks_for_more_is_as_little_there_as_any() {
    let (stage, _folder) = asking("{ submit: document-checked }").await;
    let id = filled_in(&stage).await;
    let nothing = "0199e3a0-0000-7000-8000-00000000ffff"
        .parse::<DossierId>()
        .unwrap();
    for known in [SelfAsserted, DocumentChecked] {
        let other = stage.citizen_at(known, OTHER);
        let answers = [id, nothing].map(async |id| {
            let path = format!("/intake/dossiers/{id}/submit");
            let answer = stage.post(&path, Some(&other), &json!({})).await;
            (answer.status.as_u16(), answer.json()["title"].clone())
        });
        let [one, none] = answers;
        assert_eq!(one.await, none.await);
    }
}

#[tokio::test]
async fn an_officer_is_asked_by_office_and_not_by_level() {
    let needs = "{ view: e-id-2, fill: e-id-2, submit: e-id-2, receive: e-id-2 }";
    let (mut stage, _folder) = asking(needs).await;
    let eid = stage.citizen_at(Assurance::EidTwo, CITIZEN);
    let body = json!({ "procedure": "2.000635" });
    let opened = stage
        .post("/intake/dossiers", Some(&eid), &body)
        .await
        .json();
    let dossier = format!("/intake/dossiers/{}", opened["dossier"].as_str().unwrap());
    assert_eq!(
        send(&stage, "PUT", &dossier, &eid, &full()).await.status,
        200
    );
    let filed = stage
        .post(&format!("{dossier}/submit"), Some(&eid), &json!({}))
        .await;
    assert_eq!(filed.status, 200, "{}", filed.text());
    stage.settle().await;
    let seen = stage.get(&dossier, Some(&stage.officer())).await;
    assert_eq!(seen.status, 200);
}

#[tokio::test]
async fn the_procedures_page_says_beforehand_what_will_be_asked() {
    let stage = stage().await;
    let stranger = Browser {
        stage: &stage,
        token: None,
    };
    let page = stranger.see("/intake/procedures/1.004873").await;
    for told in [
        "Để nộp hồ sơ này bạn cần: tài khoản đã được cán bộ đối chiếu căn cước.",
        "Để mở kết quả điện tử bạn cần: tài khoản đã được cán bộ đối chiếu căn cước.",
    ] {
        assert!(page.contains(told), "{page}");
    }
    assert!(!page.contains("Để điền tờ khai"), "{page}");
    let plain = stranger.see("/intake/procedures/2.000635").await;
    assert!(!plain.contains("bạn cần:"), "{plain}");
    let told = stage.get("/intake/procedures/1.004873", None).await.json();
    assert_eq!(told["assurance"]["submit"], "document-checked");
    assert_eq!(told["assurance"]["fill"], "self-asserted");
}
