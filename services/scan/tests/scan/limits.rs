//! What a paper may be by its kind: refused before its bytes are sent where that can be told, and never kept.

use std::{fs, path::Path, time::Duration};

use axum::http::Request;
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::scan::Verdict;
use tempfile::TempDir;
use testkit::{Answer, Stage};

use super::{FORM, ONE, PHOTO, files, verdicts};

const KIND: &str = "can-cuoc";
const MEGABYTE: usize = 1024 * 1024;

/// A stage whose catalogue says that of an identity card.
async fn stage(limits: &str) -> (Stage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue");
    copy(Path::new(ours), folder.path());
    let card = folder.path().join("papers/can-cuoc.yaml");
    let text = fs::read_to_string(&card).unwrap();
    let lines = text.lines().map(|line| match line {
        line if line.starts_with("limits:") => format!("limits: {limits}\n"),
        line => format!("{line}\n"),
    });
    fs::write(&card, lines.collect::<String>()).unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    let settings = [("CATALOGUE_DIR", place.as_str())];
    let stage = Stage::configured(vec![scan::service()], &settings).await;
    (stage, folder)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

fn part(name: &str, value: &[u8]) -> Vec<u8> {
    let file = if name == "file" {
        "; filename=\"a\""
    } else {
        ""
    };
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

/// Sends a form of these parts.
async fn send(stage: &Stage, parts: &[(&str, &[u8])]) -> Answer {
    let parts = parts.iter().flat_map(|(name, value)| part(name, value));
    let body: Vec<u8> = parts.chain(*b"--b--\r\n").collect();
    let request = Request::post("/scan/documents")
        .header("content-type", "multipart/form-data; boundary=b")
        .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
        .body(axum::body::Body::from(body));
    stage.request(request.unwrap()).await
}

/// Begins an upload with its first piece.
async fn begin(stage: &Stage, kind: &str, length: usize, piece: &'static [u8]) -> Answer {
    let request = Request::post("/scan/uploads")
        .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-length", length)
        .header("upload-metadata", format!("kind {}", STANDARD.encode(kind)))
        .body(axum::body::Body::from(piece));
    stage.request(request.unwrap()).await
}

/// Waits until nothing is kept: what is dropped half-way is removed beside.
async fn nothing_is_kept(stage: &Stage) {
    let folder = stage.folder().join("scan");
    let gone = async {
        while files(&folder) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), gone).await;
    assert!(in_time.is_ok(), "{} files are kept", files(&folder));
}

#[tokio::test]
async fn a_file_larger_than_its_kind_may_be_is_refused_before_it_is_sent() {
    let (stage, _catalogue) = stage("{ megabytes: 1 }").await;
    let refused = begin(&stage, KIND, MEGABYTE + 1, b"").await;
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert_eq!(
        refused.json()["detail"],
        "Thẻ căn cước: tệp lớn hơn 1 MB; hãy giảm độ phân giải"
    );
    assert_eq!(begin(&stage, KIND, MEGABYTE, b"").await.status, 201);
    let another = begin(&stage, "giay-khai-sinh", MEGABYTE + 1, b"").await;
    assert_eq!(another.status, 201, "another kind is none of its business");
    assert_eq!(begin(&stage, "gi-do", MEGABYTE + 1, b"").await.status, 201);

    let large = [PHOTO; 4].concat();
    let before: [(&str, &[u8]); 2] = [("kind", KIND.as_bytes()), ("file", &large)];
    let after: [(&str, &[u8]); 2] = [("file", &large), ("kind", KIND.as_bytes())];
    for parts in [before, after] {
        let refused = send(&stage, &parts).await;
        assert_eq!(refused.status, 413, "{}", refused.text());
        assert!(refused.text().contains("Identity card"));
    }
    nothing_is_kept(&stage).await;
}

#[tokio::test]
async fn a_kind_of_file_that_its_kind_is_not_sent_as_is_refused() {
    let (stage, _catalogue) = stage("{ media: [jpeg, png] }").await;
    let before: [(&str, &[u8]); 2] = [("kind", KIND.as_bytes()), ("file", FORM)];
    let after: [(&str, &[u8]); 2] = [("file", FORM), ("kind", KIND.as_bytes())];
    for parts in [before, after] {
        let refused = send(&stage, &parts).await;
        assert_eq!(refused.status, 415, "{}", refused.text());
        assert!(refused.text().contains("chỉ nhận tệp JPEG, PNG"));
    }
    let refused = begin(&stage, KIND, FORM.len(), FORM).await;
    assert_eq!(refused.status, 415, "{}", refused.text());
    nothing_is_kept(&stage).await;
    let taken = send(&stage, &[("kind", KIND.as_bytes()), ("file", PHOTO)]).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
}

#[tokio::test]
async fn more_pages_than_its_kind_has_are_rejected() {
    let (mut stage, _catalogue) = stage("{ pages: 1 }").await;
    let as_card = send(&stage, &[("kind", KIND.as_bytes()), ("file", FORM)]).await;
    assert_eq!(as_card.status, 201, "{}", as_card.text());
    stage.settle().await;
    let said = verdicts(&stage).await;
    let Verdict::Rejected { reason_en, .. } = &said[0].verdict else {
        panic!("{said:?}");
    };
    assert!(reason_en.contains("more than 1 page;"), "{reason_en}");
}
