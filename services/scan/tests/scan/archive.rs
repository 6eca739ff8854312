//! The archival copy, from the upload to whoever may have it.

use axum::http::StatusCode;
use testkit::Stage;

use super::{ANOTHER, FORM, ONE, PHOTO, UPLOAD, filed, stage, taken};

async fn copy(stage: &Stage, document: contracts::DocumentId, who: &str) -> testkit::Answer {
    stage
        .get(&format!("{UPLOAD}/{document}/archive"), Some(who))
        .await
}

#[tokio::test]
async fn owner_and_officer_get_a_searchable_copy_of_the_pages_and_strangers_none() {
    let mut stage = stage().await;
    let photo = taken(&stage, "Tờ khai.jpg", PHOTO).await;
    let early = copy(&stage, photo, &stage.citizen(ONE)).await;
    assert_eq!(
        early.status,
        StatusCode::CONFLICT,
        "nothing before the verdict"
    );
    let form = taken(&stage, "to-khai.pdf", FORM).await;
    stage.settle().await;
    for (document, sent, pages, said) in [
        (photo, PHOTO.len(), 1, "066190001234"),
        (form, FORM.len(), 2, "NGUYỄN THỊ VÍ DỤ"),
    ] {
        let answer = copy(&stage, document, &stage.citizen(ONE)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/pdf");
        assert!(answer.header("content-disposition").contains(".pdf"));
        filed(&mut stage, document).await;
        let by_officer = copy(&stage, document, &stage.officer()).await;
        assert_eq!(by_officer.body, answer.body);
        let stranger = copy(&stage, document, &stage.citizen(ANOTHER)).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.pdf");
        std::fs::write(&path, &answer.body).unwrap();
        let text = std::process::Command::new("pdftotext")
            .args(["-layout", "-enc", "UTF-8"])
            .arg(&path)
            .arg("-")
            .output()
            .unwrap();
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains(said), "{text}");
        assert_eq!(text.matches('\u{c}').count(), pages);
        // About as large as what was sent; a page of little is a picture's worth all the same.
        assert!(
            answer.body.len() < sent * 13 / 10 + 60_000 * pages,
            "{} of {sent}",
            answer.body.len()
        );
    }
}

#[tokio::test]
async fn a_copy_that_was_altered_on_disk_is_not_handed_out() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.jpg", PHOTO).await;
    stage.settle().await;
    let sha256 = "03a1fdb5288deb3c891582e38b6e6c631fea84625a8cbdc07e3160b7fb265620";
    let path = stage
        .folder()
        .join(format!("scan/derived/{sha256}/archive.pdf"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let answer = copy(&stage, document, &stage.citizen(ONE)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}
