//! What a paper may be by its kind: refused before its bytes are sent where that can be told, and never kept.

use axum::http::Request;
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::scan::Verdict;
use tempfile::TempDir;
use testkit::{Answer, Stage};

use super::{
    FORM, ONE, PHOTO,
    common::{END, form, nothing_is_left, with_paper},
    verdicts,
};

const KIND: &str = "can-cuoc";
const MEGABYTE: usize = 1024 * 1024;

/// A stage whose catalogue says that of an identity card.
async fn stage(limits: &str) -> (Stage, TempDir) {
    let line = |line: &str| match line {
        line if line.starts_with("limits:") => format!("limits: {limits}\n"),
        line => format!("{line}\n"),
    };
    with_paper(KIND, |text| text.lines().map(line).collect()).await
}

/// Sends a form of these parts.
async fn send(stage: &Stage, parts: &[(&str, &[u8])]) -> Answer {
    let file = |name: &str| (name == "file").then_some("a");
    let parts = parts
        .iter()
        .map(|(name, value)| (*name, file(name), *value));
    form(stage, ONE, &parts.collect::<Vec<_>>(), END).await
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
    nothing_is_left(&stage).await;
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
    nothing_is_left(&stage).await;
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
