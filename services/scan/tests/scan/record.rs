//! The record of a paper: who looked at it, and which dossiers used it.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::{DocumentId, DossierId, intake::PapersEnclosed, scan::PaperKept};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

use super::{
    ANOTHER, FORM, ONE, PHOTO, filed,
    keeping::{KIND, consent, given, paper},
    stage,
};

/// The record, newest first, as deed and role.
pub async fn record(stage: &Stage, document: DocumentId) -> Vec<(String, String)> {
    let lines = lines(stage, document).await;
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| (text(line, "deed"), text(line, "role")))
        .collect()
}

pub async fn lines(stage: &Stage, document: DocumentId) -> Vec<Value> {
    let path = format!("/scan/papers/{document}/record");
    let answer = stage.get(&path, Some(&stage.citizen(ONE))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["lines"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

pub fn enclosed(
    stage: &Stage,
    dossier: u128,
    document: DocumentId,
    days_ago: u64,
) -> PapersEnclosed {
    PapersEnclosed {
        owner: None,
        dossier: DossierId(Uuid::from_u128(dossier)),
        procedure: "2.000635".parse().unwrap(),
        documents: vec![document],
        enclosed_at: stage.now() - Duration::from_hours(24 * days_ago),
    }
}

#[tokio::test]
async fn every_look_is_on_record_with_who_took_it_and_for_which_dossier() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.jpg", PHOTO).await;
    stage.say("intake", &enclosed(&stage, 7, document, 0)).await;
    stage.settle().await;
    stage.advance(Duration::from_secs(1)).await;
    let (owner, officer) = (stage.citizen(ONE), stage.officer());
    let (known, unknown) = (Uuid::from_u128(7), Uuid::from_u128(8));
    for (part, look, who) in [
        ("file", format!("?dossier={known}"), &officer),
        ("archive", format!("?dossier={unknown}"), &officer),
        ("text", String::new(), &officer),
        ("pages/1/preview", String::new(), &officer),
        ("file", String::new(), &owner),
        // It comes by itself with the page that shows how an upload went.
        ("pages/1/preview", String::new(), &owner),
    ] {
        let path = format!("/scan/documents/{document}/{part}{look}");
        let answer = stage.get(&path, Some(who)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        stage.advance(Duration::from_secs(1)).await;
    }
    for part in ["file", "archive", "text", "pages/1/preview"] {
        let path = format!("/scan/documents/{document}/{part}");
        let stranger = stage.citizen(ANOTHER);
        let answer = stage.get(&path, Some(&stranger)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let none = format!("/scan/documents/{document}/pages/9/preview");
    assert_eq!(
        stage.get(&none, Some(&officer)).await.status,
        StatusCode::NOT_FOUND
    );

    let lines = lines(&stage, document).await;
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["deed"].as_str().unwrap(),
                line["role"].as_str().unwrap(),
                &line["dossier"],
            )
        })
        .collect();
    let (known, nothing) = (json!(known), Value::Null);
    let expected = [
        ("viewed_file", "owner", &nothing),
        ("viewed_preview", "officer", &nothing),
        ("viewed_text", "officer", &nothing),
        ("viewed_archive", "officer", &nothing),
        ("viewed_file", "officer", &known),
        ("enclosed", "owner", &known),
    ];
    assert_eq!(told, expected);
    assert_eq!(lines[4]["name"], "Nguyễn Thị Ví Dụ");
    assert_eq!(lines[4]["procedure"], "2.000635");
    assert_eq!(lines[0].get("name"), None, "its owner knows their own name");
}

/// The record is as good as its completeness: what cannot be written there is not handed out.
#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_handed_out() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.jpg", PHOTO).await;
    filed(&mut stage, document).await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON document_record BEGIN SELECT RAISE(ABORT, 'full'); END";
    let rows = stage.app("scan").db().reads();
    rows.execute_unprepared(full).await.unwrap();
    for part in ["file", "archive", "text", "pages/1/preview"] {
        let path = format!("/scan/documents/{document}/{part}");
        let answer = stage.get(&path, Some(&stage.officer())).await;
        assert!(answer.status.is_server_error(), "{path}: {}", answer.status);
        assert!(
            answer.json().get("title").is_some(),
            "{path} is a problem and nothing else"
        );
    }
    let view = stage
        .get(
            &format!("/scan/documents/{document}"),
            Some(&stage.officer()),
        )
        .await;
    assert_eq!(
        view.status,
        StatusCode::OK,
        "where it stands is no look at it"
    );
}

#[tokio::test]
async fn nobody_changes_or_removes_a_line_of_a_record() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.pdf", FORM).await;
    consent(&mut stage, ONE, "PUT", document).await;
    let rows = stage.app("scan").db().reads();
    for sql in [
        "UPDATE document_record SET role = 'system'",
        "DELETE FROM document_record",
    ] {
        let refused = rows.execute_unprepared(sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(
        record(&stage, document).await,
        [("kept".to_owned(), "owner".to_owned())]
    );
}

/// Heard late, early and twice, each dossier stands on the record once, and the first one is the one that was filed first.
#[tokio::test]
async fn each_dossier_counts_once_in_whatever_order_it_is_heard() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.pdf", FORM).await;
    consent(&mut stage, ONE, "PUT", document).await;
    let (first, second) = (
        enclosed(&stage, 1, document, 9),
        enclosed(&stage, 2, document, 3),
    );
    for heard in [&second, &first, &second, &first] {
        stage.say("intake", heard).await;
        stage.settle().await;
    }
    let lines = lines(&stage, document).await;
    let told = |line: &Value| (line["dossier"].clone(), line["words_vi"].clone());
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            (Value::Null, "Đồng ý giữ để dùng lại".into()),
            (json!(second.dossier), "Dùng lại cho hồ sơ".into()),
            (json!(first.dossier), "Nộp cùng hồ sơ".into()),
        ]
    );
    let said = stage.said::<PaperKept>("scan").await;
    let told: Vec<_> = said
        .iter()
        .map(|kept| (kept.revision, kept.first_dossier))
        .collect();
    assert_eq!(
        told,
        [
            (1, None),
            (2, Some(second.dossier)),
            (3, Some(first.dossier))
        ]
    );
    assert_eq!(
        paper(&stage, document).await["first_use"]["dossier"],
        json!(first.dossier)
    );
    assert!(stage.parked("scan").await.is_empty());
}

#[tokio::test]
async fn a_dossier_with_a_document_that_is_not_here_is_looked_at_by_a_person() {
    let mut stage = stage().await;
    let nobody = DocumentId(Uuid::from_u128(404));
    stage.say("intake", &enclosed(&stage, 1, nobody, 0)).await;
    stage.settle().await;
    assert_eq!(stage.parked("scan").await.len(), 1);
}

#[tokio::test]
async fn whoever_a_paper_was_filed_for_by_another_sees_it_from_then_on_and_nobody_else_does() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.jpg", PHOTO).await;
    let path = format!("/scan/documents/{document}/file");
    let giver = stage.citizen(ANOTHER);
    assert_eq!(
        stage.get(&path, Some(&giver)).await.status,
        StatusCode::NOT_FOUND
    );
    let filed = PapersEnclosed {
        owner: Some(Stage::account(ANOTHER)),
        ..enclosed(&stage, 7, document, 0)
    };
    for _ in 0..2 {
        stage.say("intake", &filed).await;
    }
    stage.settle().await;
    for who in [giver, stage.citizen(ONE)] {
        assert_eq!(stage.get(&path, Some(&who)).await.status, StatusCode::OK);
    }
    let stranger = stage.citizen("066205009999");
    assert_eq!(
        stage.get(&path, Some(&stranger)).await.status,
        StatusCode::NOT_FOUND
    );
    let looks = record(&stage, document).await;
    assert!(looks.contains(&("viewed_file".to_owned(), "owner".to_owned())));
}
