//! What the civil-status agency says when it hears the desk.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use contracts::{
    DossierId, ExaminationId,
    agency::{DossierAssessed, DossierExamined, Verdict},
    desk::{Application, AssessDossier, ExamineDossier},
};
use procedure::sample;
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

const AGENCY: &str = "agency-civil-status";
const RECORDS: &str = "/agency-civil-status/records";

async fn stage() -> Stage {
    Stage::with(vec![agency_civil_status::service()]).await
}

fn application(changes: &[(&str, &str)], papers: &[&str]) -> Application {
    let mine = [
        ("loai_giay_to", "khai_sinh"),
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("ngay_sinh", "15/01/1990"),
        ("quan_he", "ban_than"),
        ("so_ban_sao", "2"),
    ];
    let answers: Vec<_> = mine.iter().chain(changes).copied().collect();
    sample::application("2.000635", &answers, papers).expect("an application")
}

fn assess(application: Application) -> AssessDossier {
    AssessDossier {
        handler: AGENCY.into(),
        dossier: DossierId(Uuid::from_u128(1)),
        round: 1,
        organisation: None,
        application,
    }
}

fn examine(application: Application) -> ExamineDossier {
    ExamineDossier {
        handler: AGENCY.into(),
        examination: ExaminationId(Uuid::from_u128(2)),
        dossier: DossierId(Uuid::from_u128(1)),
        code: "H15.50.05.13-261008-0975".parse().expect("a code"),
        application,
    }
}

async fn assessed(application: Application) -> DossierAssessed {
    let mut stage = stage().await;
    assert!(stage.say("desk", &assess(application)).await);
    stage.settle().await;
    stage.said(AGENCY).await.pop().expect("an answer")
}

async fn examined(stage: &mut Stage, application: Application) -> Verdict {
    assert!(stage.say("desk", &examine(application)).await);
    stage.settle().await;
    let answer: DossierExamined = stage.said(AGENCY).await.pop().expect("an answer");
    assert_eq!(answer.handler, AGENCY);
    assert_eq!(answer.examination, ExaminationId(Uuid::from_u128(2)));
    answer.verdict
}

fn record(number: &str) -> Value {
    json!({
        "kind": "birth", "number": number, "registered_on": "2001-02-03", "office": "Ủy ban nhân dân phường Mẫu",
        "people": [{ "name": "Phạm Thị Hoà Ví Dụ", "born_on": "2001-01-31" }],
    })
}

#[tokio::test]
async fn a_complete_dossier_lacks_nothing_and_costs_eight_thousand_a_copy() {
    let answer = assessed(application(&[], &["to-khai"])).await;
    assert!(answer.missing.is_empty());
    assert_eq!(
        (answer.round, answer.total.dong(), answer.fee.len()),
        (1, 16_000, 1)
    );
}

#[tokio::test]
async fn what_is_missing_is_said_in_sentences() {
    let answer = assessed(application(&[("quan_he", "uy_quyen")], &[])).await;
    let expected = [
        "Thiếu giấy tờ: Tờ khai cấp bản sao trích lục hộ tịch.",
        "Thiếu giấy tờ: Văn bản ủy quyền.",
    ];
    assert_eq!(answer.missing, expected);
    let answer = assessed(application(&[("so_ban_sao", "99")], &["to-khai"])).await;
    assert_eq!(
        answer.missing,
        ["Số bản sao: Cần một số nguyên từ 1 đến 20."]
    );
    assert_eq!(
        answer.total.dong(),
        0,
        "what is wrongly filled in has no price"
    );
}

#[tokio::test]
async fn the_examples_of_the_catalogue_are_in_a_new_register() {
    let mut stage = stage().await;
    let Verdict::Grant { result } = examined(&mut stage, application(&[], &["to-khai"])).await
    else {
        panic!("granted");
    };
    assert!(result.iter().any(|field| field.value == "12/1990"));
    let twins = application(
        &[("ho_ten", "Trần Văn Mẫu"), ("ngay_sinh", "1985-06-01")],
        &["to-khai"],
    );
    assert!(matches!(
        examined(&mut stage, twins).await,
        Verdict::Officer { .. }
    ));
}

#[tokio::test]
async fn a_wife_is_found_in_her_marriage() {
    let mut stage = stage().await;
    let marriage = application(&[("loai_giay_to", "ket_hon")], &["to-khai"]);
    assert!(matches!(
        examined(&mut stage, marriage).await,
        Verdict::Grant { .. }
    ));
}

#[tokio::test]
async fn an_incomplete_dossier_is_sent_back_before_it_is_examined() {
    let mut stage = stage().await;
    let bare = examined(&mut stage, application(&[], &[])).await;
    assert!(
        matches!(bare, Verdict::Supplement { items } if items == ["Thiếu giấy tờ: Tờ khai cấp bản sao trích lục hộ tịch."])
    );
}

#[tokio::test]
async fn the_same_question_twice_has_one_answer() {
    let mut stage = stage().await;
    let question = stage.seal("desk", &examine(application(&[], &["to-khai"])));
    assert!(stage.deliver(question.clone()).await && stage.deliver(question).await);
    stage.settle().await;
    assert_eq!(stage.said::<DossierExamined>(AGENCY).await.len(), 1);
}

#[tokio::test]
async fn a_procedure_of_another_agency_is_parked_and_a_version_to_come_waits() {
    let mut stage = stage().await;
    let mut foreign = application(&[], &[]);
    foreign.procedure = "1.004873".parse().expect("a code");
    stage.say("desk", &assess(foreign)).await;
    let mut early = application(&[], &[]);
    early.procedure_version = 2;
    stage.say("desk", &assess(early)).await;
    stage.settle().await;
    let parked = stage.parked(AGENCY).await;
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert!(stage.said::<DossierAssessed>(AGENCY).await.is_empty());
}

#[tokio::test]
async fn officers_add_records_and_extracts_of_them_are_found() {
    let mut stage = stage().await;
    let asked = [
        ("ho_ten", "Phạm Thị Hòa Ví Dụ"),
        ("ngay_sinh", "2001-01-31"),
        ("quan_he", "con"),
    ];
    let before = examined(&mut stage, application(&asked, &["to-khai"])).await;
    assert!(matches!(before, Verdict::Supplement { .. }));
    let answer = stage
        .post(RECORDS, Some(&stage.officer()), &record("12/2001"))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let after = examined(&mut stage, application(&asked, &["to-khai"])).await;
    assert!(matches!(after, Verdict::Officer { note } if note.contains("12/2001")));
}

#[tokio::test]
async fn a_record_is_added_once_and_only_by_officers() {
    let stage = stage().await;
    let officer = stage.officer();
    let citizen = stage.citizen("066190001234");
    assert_eq!(
        stage.post(RECORDS, None, &record("1/2001")).await.status,
        401
    );
    assert_eq!(
        stage
            .post(RECORDS, Some(&citizen), &record("1/2001"))
            .await
            .status,
        403
    );
    assert_eq!(
        stage
            .post(RECORDS, Some(&officer), &record("1/2001"))
            .await
            .status,
        201
    );
    assert_eq!(
        stage
            .post(RECORDS, Some(&officer), &record("01 / 2001"))
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_right_is_refused_by_field() {
    let stage = stage().await;
    let wrong = [
        ("kind", json!("marriage"), "people"),
        ("number", json!(" "), "number"),
        ("office", json!(""), "office"),
    ];
    for (field, value, blamed) in wrong {
        let mut record = record("2/2001");
        record[field] = value;
        let answer = stage.post(RECORDS, Some(&stage.officer()), &record).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["field"], blamed);
    }
}

#[test]
fn the_service_answers_the_desk_and_nobody_else() {
    let service = agency_civil_status::service();
    assert_eq!(
        service.heard(),
        [
            ("desk.assess-dossier.v1", true),
            ("desk.examine-dossier.v1", true),
            ("identity.sessions-ended.v1", false)
        ]
    );
    assert_eq!(
        service.said(),
        ["agency.dossier-assessed.v1", "agency.dossier-examined.v1"]
    );
}

#[tokio::test]
#[should_panic(
    expected = "agency-civil-status handles 2.000635, but no file in catalogue/procedures says"
)]
async fn a_procedure_that_nobody_described_does_not_start() {
    let catalogue = tempfile::tempdir().expect("a folder");
    for folder in ["calendars", "papers", "procedures"] {
        std::fs::create_dir(catalogue.path().join(folder)).expect("a folder");
    }
    std::fs::write(catalogue.path().join("organisations.yaml"), "[]").expect("written");
    let dir = catalogue.path().display().to_string();
    Stage::configured(
        vec![agency_civil_status::service()],
        &[("CATALOGUE_DIR", &dir)],
    )
    .await;
}
