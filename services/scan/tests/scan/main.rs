//! What scan says when it hears, and what it answers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::http::StatusCode;
use contracts::{
    DocumentId,
    scan::{DocumentChecked, ReadDocument, Verdict},
};
use serde_json::Value;
use testkit::{Answer, Stage};

mod archive;
mod common;
mod corpus;
mod dossiers;
mod fields;
mod full;
mod keeping;
mod limits;
mod quality;
mod record;
mod refusals;
mod resumable;
mod s3;
mod safety;

const PHOTO: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.jpg");
const FORM: &[u8] = include_bytes!("../../../../examples/to-khai-trich-luc.pdf");
const LOCKED: &[u8] = include_bytes!("../../../../examples/co-mat-khau.pdf");
const CUT: &[u8] = include_bytes!("../../../../examples/anh-bi-cut.jpg");

const ONE: &str = "066190001234";
const ANOTHER: &str = "066090004321";
const UPLOAD: &str = "/scan/documents";

async fn stage() -> Stage {
    Stage::with(vec![scan::service()]).await
}

/// A citizen's upload.
async fn upload(stage: &Stage, name: &str, bytes: &[u8]) -> Answer {
    stage
        .upload(UPLOAD, Some(&stage.citizen(ONE)), name, bytes)
        .await
}

/// An upload that is taken, by its id.
async fn taken(stage: &Stage, name: &str, bytes: &[u8]) -> DocumentId {
    let answer = upload(stage, name, bytes).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    id(&answer)
}

/// A dossier is filed with a document: from then on it concerns officers.
async fn filed(stage: &mut Stage, document: DocumentId) {
    let heard = record::enclosed(stage, 1, document, 0);
    stage.say("intake", &heard).await;
    stage.settle().await;
}

fn id(answer: &Answer) -> DocumentId {
    answer.json()["id"]
        .as_str()
        .unwrap_or_default()
        .parse()
        .unwrap()
}

async fn verdicts(stage: &Stage) -> Vec<DocumentChecked> {
    stage.said::<DocumentChecked>("scan").await
}

/// Every file below the store, temporary ones included.
fn files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() {
                files(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

/// The files below the store that are no pictures made from others.
fn kept(stage: &Stage) -> usize {
    let folder = stage.folder().join("scan");
    files(&folder) - files(&folder.join("derived"))
}

#[tokio::test]
async fn an_uploaded_photo_is_stored_checked_and_read() {
    let mut stage = stage().await;
    let answer = upload(&stage, "Tờ khai.jpg", PHOTO).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let document = id(&answer);
    assert_eq!(
        answer.header("location"),
        format!("/scan/documents/{document}")
    );
    let mut view = answer.json();
    view["id"] = Value::Null;
    insta::assert_json_snapshot!(view, @r#"
    {
      "id": null,
      "state": "stored",
      "name": "Tờ khai.jpg",
      "sha256": "03a1fdb5288deb3c891582e38b6e6c631fea84625a8cbdc07e3160b7fb265620",
      "bytes": 346460,
      "media_type": "image/jpeg",
      "signed": false,
      "stored_at": "2026-10-08T02:15:00Z"
    }
    "#);

    stage.settle().await;
    let verdicts = verdicts(&stage).await;
    let [checked] = verdicts.as_slice() else {
        panic!("{verdicts:?}")
    };
    assert_eq!(
        (checked.document, checked.owner),
        (document, Stage::account(ONE))
    );
    assert_eq!((checked.pages, &checked.verdict), (1, &Verdict::Accepted));
    assert_eq!(
        (checked.media_type.as_str(), checked.bytes),
        ("image/jpeg", 346_460)
    );
    assert!(checked.letters > 600, "{}", checked.letters);

    let citizen = stage.citizen(ONE);
    let text = stage
        .get(&format!("{UPLOAD}/{document}/text"), Some(&citizen))
        .await;
    assert_eq!(text.json()["pages"][0]["source"], "ocr");
    assert!(text.text().contains("066190001234"), "{}", text.text());

    let file = stage
        .get(&format!("{UPLOAD}/{document}/file"), Some(&citizen))
        .await;
    assert_eq!((file.status, file.body.as_slice()), (StatusCode::OK, PHOTO));
    assert_eq!(file.header("content-type"), "image/jpeg");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(
        file.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"To khai.jpg\"; filename*=UTF-8''T%E1%BB%9D%20khai.jpg"
    );
}

#[tokio::test]
async fn a_born_digital_form_keeps_its_own_text() {
    let mut stage = stage().await;
    let document = taken(&stage, "to-khai.pdf", FORM).await;
    stage.settle().await;
    assert_eq!(verdicts(&stage).await[0].pages, 2);
    filed(&mut stage, document).await;
    let text = stage
        .get(&format!("{UPLOAD}/{document}/text"), Some(&stage.officer()))
        .await;
    let pages = text.json();
    assert_eq!(
        (&pages["pages"][0]["source"], &pages["pages"][1]["number"]),
        (&"embedded".into(), &2.into())
    );
    assert!(text.text().contains("NGUYỄN THỊ VÍ DỤ"));
}

#[tokio::test]
async fn what_cannot_be_opened_is_rejected_with_its_reason_and_never_shown() {
    let mut stage = stage().await;
    for (name, bytes, why) in [("a.jpg", CUT, "damaged"), ("b.pdf", LOCKED, "password")] {
        let document = taken(&stage, name, bytes).await;
        stage.settle().await;
        let verdicts = verdicts(&stage).await;
        let said = &verdicts.last().unwrap().verdict;
        assert!(
            matches!(said, Verdict::Rejected { reason_en, .. } if reason_en.contains(why)),
            "{said:?}"
        );
        let view = stage
            .get(&format!("{UPLOAD}/{document}"), Some(&stage.citizen(ONE)))
            .await
            .json();
        assert_eq!(view["state"], "rejected");
        assert!(
            view["reason_vi"]
                .as_str()
                .is_some_and(|reason| reason.contains("hãy")),
            "{view}"
        );
        for part in ["file", "text"] {
            let answer = stage
                .get(
                    &format!("{UPLOAD}/{document}/{part}"),
                    Some(&stage.officer()),
                )
                .await;
            assert_eq!(answer.status, StatusCode::CONFLICT);
            assert!(
                answer.json()["detail_en"]
                    .as_str()
                    .is_some_and(|reason| reason.contains(why))
            );
        }
    }
}

#[tokio::test]
async fn a_file_is_not_shown_before_its_verdict() {
    let stage = stage().await;
    let document = taken(&stage, "a.jpg", PHOTO).await;
    for part in ["file", "text"] {
        let answer = stage
            .get(
                &format!("{UPLOAD}/{document}/{part}"),
                Some(&stage.officer()),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{part}");
    }
}

#[tokio::test]
async fn the_same_bytes_of_the_same_person_are_one_document() {
    let mut stage = stage().await;
    let first = taken(&stage, "a.pdf", FORM).await;
    let again = upload(&stage, "b.pdf", FORM).await;
    assert_eq!((again.status, id(&again)), (StatusCode::OK, first));
    stage.settle().await;
    let later = upload(&stage, "c.pdf", FORM).await;
    assert_eq!(
        (later.status, &later.json()["state"]),
        (StatusCode::OK, &"accepted".into())
    );
    let other = stage
        .upload(UPLOAD, Some(&stage.citizen(ANOTHER)), "a.pdf", FORM)
        .await;
    assert_eq!(other.status, StatusCode::CREATED);
    assert_ne!(id(&other), first);
    stage.settle().await;
    assert_eq!(stage.said::<ReadDocument>("scan").await.len(), 2);
    assert_eq!(verdicts(&stage).await.len(), 2);
    assert_eq!(kept(&stage), 1);
    let list = stage.get(UPLOAD, Some(&stage.citizen(ONE))).await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

/// A browser's form goes on to its page, and never to another site.
#[tokio::test]
async fn a_page_gets_its_reader_back_with_the_document() {
    let stage = stage().await;
    let sent = async |back: &str| {
        let text = "--b\r\nContent-Disposition: form-data; name=\"back\"\r\n\r\n";
        let file =
            "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n";
        let mut body = format!("{text}{back}{file}").into_bytes();
        body.extend_from_slice(PHOTO);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let request = axum::http::Request::post("/scan/documents")
            .header("accept", "text/html")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
            .body(axum::body::Body::from(body));
        stage.request(request.expect("a request")).await
    };
    let back = sent("/intake/dossiers/1/attach?component=to-khai").await;
    assert_eq!(back.status, 303, "{}", back.text());
    let location = back.header("location");
    assert!(
        location.starts_with("/intake/dossiers/1/attach?component=to-khai&document="),
        "{location}"
    );
    assert_eq!(sent("https://elsewhere.example/").await.status, 422);
    assert_eq!(sent("//elsewhere.example/").await.status, 422);
}

#[tokio::test]
async fn a_command_heard_twice_gives_one_verdict() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.pdf", FORM).await;
    stage.settle().await;
    let twice = stage.seal("scan", &ReadDocument { document });
    stage.deliver(twice.clone()).await;
    stage.deliver(twice).await;
    stage.say("scan", &ReadDocument { document }).await;
    stage.settle().await;
    assert_eq!(verdicts(&stage).await.len(), 1);
    assert!(stage.parked("scan").await.is_empty());
}

/// Of one person a few documents are in hand at a time; the others are called.
#[tokio::test]
async fn many_documents_of_one_person_are_all_read_and_nobody_need_wait_for_a_clock() {
    let mut stage = stage().await;
    for number in 0..7 {
        // What stands behind a JPEG's end is nobody's page: these are seven files, each refused for it.
        taken(&stage, "a.jpg", &[PHOTO, &[number]].concat()).await;
    }
    stage.settle().await;
    assert_eq!(verdicts(&stage).await.len(), 7);
    let list = stage.get(UPLOAD, Some(&stage.citizen(ONE))).await.json();
    let states: Vec<_> = list.as_array().into_iter().flatten().collect();
    assert!(
        states.iter().all(|view| view["state"] != "stored"),
        "{list}"
    );
}

#[tokio::test]
async fn a_command_for_no_document_is_parked() {
    let mut stage = stage().await;
    let nobody: DocumentId = "019a0000-0000-7000-8000-000000000000".parse().unwrap();
    stage
        .say("intake", &ReadDocument { document: nobody })
        .await;
    stage.settle().await;
    assert_eq!(stage.parked("scan").await.len(), 1);
}

#[tokio::test]
async fn without_the_language_model_a_document_waits_and_is_not_judged() {
    let mut stage = Stage::configured(vec![scan::service()], &[("SCAN__LANGUAGE", "xyz")]).await;
    let document = taken(&stage, "a.jpg", PHOTO).await;
    for _ in 0..12 {
        stage.advance(std::time::Duration::from_hours(8)).await;
    }
    assert!(verdicts(&stage).await.is_empty());
    assert!(stage.parked("scan").await.is_empty());
    let view = stage
        .get(&format!("{UPLOAD}/{document}"), Some(&stage.citizen(ONE)))
        .await
        .json();
    assert_eq!(view["state"], "stored");
}

#[tokio::test]
async fn what_a_document_holds_is_its_owners_alone_until_a_dossier_is_filed_with_it() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.pdf", FORM).await;
    stage.settle().await;
    let officer = stage.officer();
    let holds = ["/file", "/text", "/archive", "/pages/1/preview"];
    for part in holds {
        let path = format!("{UPLOAD}/{document}{part}");
        let answer = stage.get(&path, Some(&officer)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = format!("{UPLOAD}/{document}");
    let stands = stage.get(&path, Some(&officer)).await;
    assert_eq!(stands.json()["state"], "accepted");
    filed(&mut stage, document).await;
    for part in holds {
        let path = format!("{UPLOAD}/{document}{part}");
        let answer = stage.get(&path, Some(&officer)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn nobody_else_finds_a_document_but_an_officer_does() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.pdf", FORM).await;
    stage.settle().await;
    filed(&mut stage, document).await;
    for part in ["", "/file", "/text"] {
        let path = format!("{UPLOAD}/{document}{part}");
        assert_eq!(
            stage.get(&path, None).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
        assert_eq!(
            stage.get(&path, Some(&stage.citizen(ANOTHER))).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(
            stage.get(&path, Some(&stage.operator())).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(
            stage.get(&path, Some(&stage.officer())).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let list = stage
        .get(UPLOAD, Some(&stage.citizen(ANOTHER)))
        .await
        .json();
    assert_eq!(list, Value::Array(vec![]));
}

#[test]
fn the_api_is_described() {
    let api = scan::service().openapi();
    let all = api.paths.paths.keys().map(String::as_str);
    let paths: Vec<_> = all.filter(|path| !path.contains("/ops/")).collect();
    assert_eq!(
        paths,
        [
            "/scan/batches",
            "/scan/batches/parts/{id}/set-aside",
            "/scan/batches/parts/{id}/settle",
            "/scan/batches/{id}",
            "/scan/batches/{id}/file",
            "/scan/batches/{id}/pages/{page}/preview",
            "/scan/documents",
            "/scan/documents/{id}",
            "/scan/documents/{id}/archive",
            "/scan/documents/{id}/file",
            "/scan/documents/{id}/overrule",
            "/scan/documents/{id}/pages/{page}/preview",
            "/scan/documents/{id}/progress",
            "/scan/documents/{id}/text",
            "/scan/papers",
            "/scan/papers/{id}",
            "/scan/papers/{id}/consent",
            "/scan/papers/{id}/record",
            "/scan/papers/{id}/validity",
            "/scan/uploads",
            "/scan/uploads/{id}"
        ]
    );
}
