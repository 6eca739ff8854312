//! Acting for somebody else: within what they let one do, as long as it counts, and on record.

use std::time::Duration;

use contracts::{
    AccountId, DocumentId, DossierId, MandateId,
    identity::{Consent, GiverIntroduced, MandateAct, MandateEnded, MandateGiven},
    intake::DossierSubmitted,
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};
use uuid::Uuid;

use crate::{browser::Browser, play::*};

const GIVER: &str = CITIZEN;
const AGENT: &str = OTHER;
const STRANGER: &str = "066205009999";
const AGENTS_PAPER: DocumentId = DocumentId(Uuid::from_u128(8));

fn id_of(number: u128) -> MandateId {
    MandateId(Uuid::from_u128(number))
}

fn introduced(stage: &Stage, citizen_id: Option<&str>) -> GiverIntroduced {
    GiverIntroduced {
        account: Stage::account(GIVER),
        name: "Phạm Thị Hiền".parse().unwrap(),
        citizen_id: citizen_id.map(|id| id.parse().unwrap()),
        phone: Some("0987654321".parse().unwrap()),
        email: None,
        tax_code: citizen_id.is_none().then(|| "0100000001".to_owned()),
        told_at: stage.now(),
    }
}

fn given(stage: &Stage, number: u128, acts: &[MandateAct]) -> MandateGiven {
    MandateGiven {
        mandate: id_of(number),
        giver: Stage::account(GIVER),
        agent: Stage::account(AGENT),
        acts: acts.iter().copied().collect(),
        procedures: Some(["2.000635".parse().unwrap()].into()),
        consent: Consent::Given,
        given_at: stage.now(),
        valid_until: stage.now() + Duration::from_hours(48),
    }
}

async fn hears(stage: &mut Stage, given: &MandateGiven) {
    let who = introduced(stage, Some(GIVER));
    assert!(stage.say("identity", &who).await);
    assert!(stage.say("identity", given).await);
    stage.settle().await;
}

/// A stage on which the giver lets the agent do these things.
async fn agency(acts: &[MandateAct]) -> Stage {
    let mut stage = stage().await;
    let given = given(&stage, 1, acts);
    hears(&mut stage, &given).await;
    stage
}

const FILES: [MandateAct; 3] = [MandateAct::View, MandateAct::Fill, MandateAct::Submit];

async fn opens(stage: &Stage, citizen: &str, procedure: &str, mandate: u128) -> Answer {
    let wanted = json!({ "procedure": procedure, "mandate": id_of(mandate) });
    let token = stage.citizen(citizen);
    stage.post("/intake/dossiers", Some(&token), &wanted).await
}

async fn opened(stage: &Stage) -> DossierId {
    let answer = opens(stage, AGENT, "2.000635", 1).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["dossier"].as_str().unwrap().parse().unwrap()
}

async fn saves(stage: &Stage, citizen: &str, id: DossierId, body: &Value) -> Answer {
    let path = format!("/intake/dossiers/{id}");
    send(stage, "PUT", &path, &stage.citizen(citizen), body).await
}

async fn acts(stage: &Stage, citizen: &str, id: DossierId, act: &str) -> Answer {
    let path = format!("/intake/dossiers/{id}/{act}");
    let token = stage.citizen(citizen);
    stage.post(&path, Some(&token), &json!({})).await
}

async fn sees(stage: &Stage, citizen: &str, id: DossierId) -> Answer {
    let path = format!("/intake/dossiers/{id}");
    stage.get(&path, Some(&stage.citizen(citizen))).await
}

async fn lists(stage: &Stage, citizen: &str) -> Vec<Value> {
    let token = stage.citizen(citizen);
    let answer = stage.get("/intake/dossiers", Some(&token)).await;
    answer.json().as_array().unwrap().clone()
}

async fn paper(stage: &mut Stage, document: DocumentId, owner: AccountId) {
    let checked = accepted(stage, document, owner);
    stage.say("scan", &checked).await;
    stage.settle().await;
}

fn filled() -> Value {
    let mut full = full();
    full["documents"]["to-khai"] = json!(AGENTS_PAPER);
    full
}

#[tokio::test]
async fn an_agent_opens_fills_in_encloses_and_files_and_the_dossier_is_the_givers() {
    let mut stage = agency(&FILES).await;
    paper(&mut stage, AGENTS_PAPER, Stage::account(AGENT)).await;
    let id = opened(&stage).await;
    for _ in 0..2 {
        let saved = saves(&stage, AGENT, id, &filled()).await;
        assert_eq!(saved.status, 200, "{}", saved.text());
    }
    let filed = acts(&stage, AGENT, id, "submit").await;
    assert_eq!(filed.status, 200, "{}", filed.text());
    stage.settle().await;

    let said = stage.said::<DossierSubmitted>("intake").await;
    let [said] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!(said.applicant.account, Stage::account(GIVER));
    assert_eq!(said.applicant.name.as_str(), "Phạm Thị Hiền");
    assert_eq!(said.applicant.citizen_id.as_str(), GIVER);
    let phone = said.applicant.phone.as_ref().map(ToString::to_string);
    assert_eq!(phone.as_deref(), Some("+84987654321"));
    assert_eq!(said.applicant.email, None, "the agent's is not the giver's");
    let by = said.filed_by.as_ref().unwrap();
    assert_eq!((by.account, by.mandate), (Stage::account(AGENT), id_of(1)));

    let of_giver = sees(&stage, GIVER, id).await.json();
    assert_eq!(of_giver.get("acted_for"), None);
    let line = of_giver["time_line"].as_array().unwrap();
    let told: Vec<_> = line
        .iter()
        .map(|entry| {
            (
                entry["event"].as_str().unwrap(),
                entry["text_vi"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told.iter().map(|(event, _)| *event).collect::<Vec<_>>(),
        ["opened", "filled", "submitted"]
    );
    for (event, text) in told {
        assert!(text.contains("theo ủy quyền"), "{event}: {text}");
    }
    let of_agent = sees(&stage, AGENT, id).await.json();
    assert_eq!(of_agent["acted_for"], "Phạm Thị Hiền");
    assert_eq!(lists(&stage, AGENT).await[0]["acted_for"], "Phạm Thị Hiền");
    assert_eq!(lists(&stage, GIVER).await[0].get("acted_for"), None);
    // That the agent has opened it, its owner reads as of an officer.
    let openings = sees(&stage, GIVER, id).await.json()["openings"].clone();
    assert_eq!(openings[0]["mandate"], json!(id_of(1)));
}

#[tokio::test]
async fn what_was_not_let_is_refused_and_named() {
    let stage = agency(&[MandateAct::View, MandateAct::Fill]).await;
    let id = opened(&stage).await;
    let refused = acts(&stage, AGENT, id, "submit").await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("nộp và bổ sung hồ sơ"));
    let other = opens(&stage, AGENT, "1.004873", 1).await;
    assert_eq!(other.status, 403);
    assert!(
        other.text().contains("không gồm thủ tục"),
        "{}",
        other.text()
    );

    let looks = agency(&[MandateAct::View]).await;
    let refused = opens(&looks, AGENT, "2.000635", 1).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("điền hồ sơ"));
    let id = open(&looks, GIVER).await;
    assert_eq!(sees(&looks, AGENT, id).await.status, 200);
    assert_eq!(saves(&looks, AGENT, id, &json!({})).await.status, 403);
}

#[tokio::test]
async fn who_may_only_pay_is_shown_no_dossier() {
    let stage = agency(&[MandateAct::Pay]).await;
    let id = open(&stage, GIVER).await;
    let refused = sees(&stage, AGENT, id).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("xem hồ sơ"));
    assert!(!refused.text().contains("Phạm Thị Hiền"));
    assert_eq!(lists(&stage, AGENT).await, Vec::<Value>::new());
}

#[tokio::test]
async fn to_anybody_else_and_for_another_procedure_there_is_no_such_dossier() {
    let stage = agency(&FILES).await;
    let id = opened(&stage).await;
    for act in ["submit", "supplement"] {
        assert_eq!(acts(&stage, STRANGER, id, act).await.status, 404);
    }
    assert_eq!(sees(&stage, STRANGER, id).await.status, 404);
    assert_eq!(saves(&stage, STRANGER, id, &json!({})).await.status, 404);
    assert_eq!(lists(&stage, STRANGER).await, Vec::<Value>::new());
    // Another's mandate is none.
    let stolen = opens(&stage, STRANGER, "2.000635", 1).await;
    assert_eq!(wrong_fields(&stolen), ["mandate"]);
    // Nor does it let the giver act for the agent.
    let agents = open(&stage, AGENT).await;
    assert_eq!(sees(&stage, GIVER, agents).await.status, 404);
    // What the giver does under another procedure is nothing to the agent.
    let token = stage.citizen(GIVER);
    let wanted = json!({ "procedure": "1.004873" });
    let private = stage.post("/intake/dossiers", Some(&token), &wanted).await;
    let private = private.json()["dossier"].as_str().unwrap().parse().unwrap();
    assert_eq!(sees(&stage, AGENT, private).await.status, 404);
    assert_eq!(lists(&stage, AGENT).await.len(), 2);
}

#[tokio::test]
async fn an_ended_mandate_counts_no_more_once_it_is_heard_of_in_whatever_order() {
    let mut stage = agency(&FILES).await;
    let id = opened(&stage).await;
    let ended = MandateEnded {
        mandate: id_of(1),
        ended_at: stage.now(),
    };
    stage.say("identity", &ended).await;
    stage.settle().await;
    assert_eq!(sees(&stage, AGENT, id).await.status, 404);
    assert_eq!(saves(&stage, AGENT, id, &full()).await.status, 404);
    assert_eq!(acts(&stage, AGENT, id, "submit").await.status, 404);
    assert_eq!(lists(&stage, AGENT).await, Vec::<Value>::new());
    assert_eq!(
        wrong_fields(&opens(&stage, AGENT, "2.000635", 1).await),
        ["mandate"]
    );
    // The same once more, and then its beginning again: it stays over.
    let again = given(&stage, 1, &FILES);
    stage.say("identity", &ended).await;
    hears(&mut stage, &again).await;
    assert_eq!(sees(&stage, AGENT, id).await.status, 404);
    assert_eq!(sees(&stage, GIVER, id).await.status, 200);
}

#[tokio::test]
async fn an_expired_one_counts_no_more_though_nobody_says_so() {
    let mut stage = agency(&FILES).await;
    let id = opened(&stage).await;
    stage.advance(Duration::from_hours(48)).await;
    assert_eq!(sees(&stage, AGENT, id).await.status, 404);
    assert_eq!(acts(&stage, AGENT, id, "submit").await.status, 404);
    let late = opens(&stage, AGENT, "2.000635", 1).await;
    assert_eq!(wrong_fields(&late), ["mandate"]);
}

#[tokio::test]
async fn a_third_persons_paper_gets_in_by_no_hand() {
    let mut stage = agency(&FILES).await;
    let strangers = DocumentId(Uuid::from_u128(9));
    let id = opened(&stage).await;
    // Enclosed before scan has told whose it is, it is found out when it is filed.
    let mut body = full();
    body["documents"]["to-khai"] = json!(strangers);
    assert_eq!(saves(&stage, AGENT, id, &body).await.status, 200);
    paper(&mut stage, strangers, Stage::account(STRANGER)).await;
    let refused = acts(&stage, AGENT, id, "submit").await;
    assert_eq!(wrong_fields(&refused), ["documents.to-khai"]);
    // Nor may the agent put in what the giver has uploaded for themselves.
    check(&mut stage).await;
    let own = saves(&stage, AGENT, id, &full()).await;
    assert_eq!(wrong_fields(&own), ["documents.to-khai"]);
    assert_eq!(saves(&stage, GIVER, id, &full()).await.status, 200);
    assert_eq!(acts(&stage, GIVER, id, "submit").await.status, 200);
}

#[tokio::test]
async fn the_giver_goes_on_with_what_the_agent_has_begun() {
    let mut stage = agency(&FILES).await;
    paper(&mut stage, AGENTS_PAPER, Stage::account(AGENT)).await;
    let id = opened(&stage).await;
    assert_eq!(saves(&stage, AGENT, id, &filled()).await.status, 200);
    // Saved once more with the paper that is there, though it is the agent's.
    assert_eq!(saves(&stage, GIVER, id, &filled()).await.status, 200);
    assert_eq!(acts(&stage, GIVER, id, "submit").await.status, 200);
    let said = stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said[0].filed_by, None);
    assert_eq!(said[0].documents[0].document, AGENTS_PAPER);
}

#[tokio::test]
async fn an_organisations_dossier_is_filed_under_the_number_of_whoever_acts_for_it() {
    let mut stage = stage().await;
    let who = introduced(&stage, None);
    stage.say("identity", &who).await;
    stage.say("identity", &given(&stage, 1, &FILES)).await;
    stage.settle().await;
    paper(&mut stage, AGENTS_PAPER, Stage::account(AGENT)).await;
    let id = opened(&stage).await;
    assert_eq!(saves(&stage, AGENT, id, &filled()).await.status, 200);
    assert_eq!(acts(&stage, AGENT, id, "submit").await.status, 200);
    let said = stage.said::<DossierSubmitted>("intake").await;
    assert_eq!(said[0].applicant.name.as_str(), "Phạm Thị Hiền");
    assert_eq!(said[0].applicant.citizen_id.as_str(), AGENT);
    let tax_code = said[0].filed_by.as_ref().unwrap().tax_code.as_deref();
    assert_eq!(tax_code, Some("0100000001"));
}

#[tokio::test]
async fn nothing_is_filed_for_somebody_who_has_not_been_introduced_yet() {
    let mut stage = stage().await;
    stage.say("identity", &given(&stage, 1, &FILES)).await;
    stage.settle().await;
    paper(&mut stage, AGENTS_PAPER, Stage::account(AGENT)).await;
    let id = opened(&stage).await;
    saves(&stage, AGENT, id, &filled()).await;
    let waits = acts(&stage, AGENT, id, "submit").await;
    assert_eq!(waits.status, 409, "{}", waits.text());
    let who = introduced(&stage, Some(GIVER));
    stage.say("identity", &who).await;
    stage.settle().await;
    assert_eq!(acts(&stage, AGENT, id, "submit").await.status, 200);
}

#[tokio::test]
async fn the_pages_ask_for_whom_and_say_so_at_every_step() {
    let stage = agency(&FILES).await;
    let agent = Browser {
        stage: &stage,
        token: Some(stage.citizen(AGENT)),
    };
    let page = agent.see("/intake/procedures/2.000635").await;
    assert!(page.contains("Nộp cho") && page.contains("Phạm Thị Hiền (theo ủy quyền)"));
    let other = agent.see("/intake/procedures/1.004873").await;
    assert!(!other.contains("Nộp cho"));
    let begun = [("key", "a-key"), ("mandate", &id_of(1).to_string())];
    let path = "/intake/procedures/2.000635/file";
    let answer = agent.post(path, &begun).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let form = answer.header("location").to_owned();
    let dossier = form.trim_end_matches("/form").to_owned();
    for step in ["form", "papers", "review"] {
        let page = agent.see(&format!("{dossier}/{step}")).await;
        assert!(
            page.contains("Bạn làm thay <strong>Phạm Thị Hiền</strong>"),
            "{step}"
        );
    }
    let shown = agent.see(&dossier).await;
    assert!(shown.contains("Hồ sơ của <strong>Phạm Thị Hiền</strong>"));
    assert!(
        agent
            .see("/intake/dossiers")
            .await
            .contains("Làm thay <strong>Phạm Thị Hiền</strong>")
    );
    // Another site opens nothing in somebody's name.
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = format!("key=b-key&mandate={}", id_of(1));
    assert_eq!(agent.go("POST", path, &headers, body).await.status, 403);
}

#[tokio::test]
async fn what_an_agent_does_is_in_the_audit_log() {
    let mut stage = agency(&FILES).await;
    paper(&mut stage, AGENTS_PAPER, Stage::account(AGENT)).await;
    let id = opened(&stage).await;
    saves(&stage, AGENT, id, &filled()).await;
    acts(&stage, AGENT, id, "submit").await;
    let entries = chassis::audit::entries(stage.app("intake").db(), None, 0, 100).await;
    let done: Vec<_> = entries
        .unwrap()
        .into_iter()
        .rev()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(
        done,
        [
            "intake.draft-opened",
            "intake.draft-filled",
            "intake.dossier-submitted"
        ]
    );
}

#[tokio::test]
async fn whoever_helps_on_the_spot_reaches_what_they_opened_so_and_only_until_it_is_filed() {
    let mut stage = stage().await;
    let helper = stage.officer();
    let help = MandateGiven {
        agent: Stage::account("an officer"),
        consent: Consent::Assisted,
        valid_until: stage.now() + Duration::from_hours(2),
        ..given(&stage, 1, &FILES)
    };
    hears(&mut stage, &help).await;
    let bare = json!({ "procedure": "2.000635" });
    let path = "/intake/dossiers";
    let nobodys = stage.post(path, Some(&helper), &bare).await;
    assert_eq!(nobodys.status, 403, "{}", nobodys.text());
    let own = open(&stage, GIVER).await;
    let theirs = json!({ "procedure": "2.000635", "mandate": id_of(1) });
    let opened = stage.post(path, Some(&helper), &theirs).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let theirs_now: DossierId = opened.json()["dossier"].as_str().unwrap().parse().unwrap();
    let sees = async |stage: &Stage, id: DossierId| {
        let path = format!("/intake/dossiers/{id}");
        stage.get(&path, Some(&helper)).await.status
    };
    assert_eq!(sees(&stage, theirs_now).await, 200);
    assert_eq!(sees(&stage, own).await, 404, "a draft of their own");
    paper(&mut stage, AGENTS_PAPER, Stage::account("an officer")).await;
    let path = format!("/intake/dossiers/{theirs_now}");
    let saved = send(&stage, "PUT", &path, &helper, &filled()).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let browser = Browser {
        stage: &stage,
        token: Some(helper.clone()),
    };
    let filed = browser
        .post(&format!("{path}/review"), &[("key", "a-key")])
        .await;
    assert_eq!(
        (filed.status.as_u16(), filed.header("location")),
        (303, "/intake/dossiers"),
        "{}",
        filed.text()
    );
    let said = stage.said::<DossierSubmitted>("intake").await;
    let by = said[0].filed_by.as_ref().unwrap();
    assert_eq!(by.consent, Consent::Assisted);
    let changed = send(&stage, "PUT", &path, &helper, &filled()).await;
    assert_eq!(changed.status, 404);
    let listed = stage.get("/intake/dossiers", Some(&helper)).await.json();
    assert_eq!(listed, json!([]));
}
