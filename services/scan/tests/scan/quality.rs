//! What a citizen is told about a bad picture, what is shown of it, and an officer's word against it.

use axum::http::StatusCode;
use contracts::{
    DocumentId,
    scan::{FlawWeight, Verdict},
};
use image::{DynamicImage, ImageFormat, RgbImage, imageops};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::record::record;
use super::{ANOTHER, CUT, ONE, PHOTO, UPLOAD, filed, stage, taken, verdicts};

fn jpeg(picture: RgbImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut file, ImageFormat::Jpeg)
        .unwrap();
    file.into_inner()
}

fn photo() -> RgbImage {
    image::load_from_memory(PHOTO).unwrap().into_rgb8()
}

/// The photo as a phone takes it that could not focus.
fn blurred() -> Vec<u8> {
    jpeg(imageops::fast_blur(&photo(), 16.0))
}

async fn view(stage: &Stage, document: DocumentId) -> Value {
    let path = format!("{UPLOAD}/{document}");
    stage.get(&path, Some(&stage.citizen(ONE))).await.json()
}

async fn overrule(stage: &Stage, document: DocumentId, who: &str, reason: &str) -> Answer {
    let path = format!("{UPLOAD}/{document}/overrule");
    stage
        .post(&path, Some(who), &json!({ "reason": reason }))
        .await
}

fn kinds(view: &Value) -> Vec<&str> {
    let flaws = view["flaws"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    flaws
        .iter()
        .filter_map(|flaw| flaw["kind"].as_str())
        .collect()
}

#[tokio::test]
async fn a_picture_nobody_can_read_is_told_so_until_an_officer_takes_it() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.jpg", &blurred()).await;
    stage.settle().await;
    let said = verdicts(&stage).await.pop().unwrap();
    assert!(
        matches!(&said.verdict, Verdict::Rejected { reason_vi, .. } if reason_vi.starts_with("Trang 1: Chụp lại")),
        "{said:?}"
    );
    let flaws: Vec<_> = said
        .flaws
        .iter()
        .map(|flaw| (flaw.page, &*flaw.kind, flaw.weight))
        .collect();
    assert_eq!(flaws, [(1, "blur", FlawWeight::Unusable)]);
    let before = view(&stage, document).await;
    assert_eq!(
        (&before["state"], &before["fault"]),
        (&"rejected".into(), &"quality".into())
    );
    assert_eq!(kinds(&before), ["blur"]);
    assert_eq!(before["flaws"][0]["weight"], "unusable");
    let place = before["flaws"][0]["place"].as_array().map(Vec::len);
    assert_eq!(place, Some(4));
    let file = format!("{UPLOAD}/{document}/file");
    let citizen = stage.citizen(ONE);
    assert_eq!(
        stage.get(&file, Some(&citizen)).await.status,
        StatusCode::CONFLICT
    );

    let officer = stage.officer();
    let reason = "Đã đối chiếu bản chính tại quầy";
    let by_citizen = overrule(&stage, document, &citizen, reason).await;
    assert_eq!(by_citizen.status, StatusCode::FORBIDDEN);
    let groundless = overrule(&stage, document, &officer, "  ").await;
    assert_eq!(groundless.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = overrule(&stage, document, &officer, reason).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    stage.settle().await;
    let said = verdicts(&stage).await;
    assert_eq!(said.len(), 2);
    assert_eq!((&said[1].verdict, said[1].pages), (&Verdict::Accepted, 1));
    let line = ("overruled".to_owned(), "officer".to_owned());
    assert_eq!(record(&stage, document).await, [line]);
    let after = view(&stage, document).await;
    assert_eq!(after["state"], "accepted");
    assert_eq!(after["overruled"]["reason"], reason);
    assert_eq!(
        stage.get(&file, Some(&citizen)).await.status,
        StatusCode::OK
    );
    let again = overrule(&stage, document, &officer, reason).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_was_rejected_for_what_it_holds_is_not_overruled_and_not_shown() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.jpg", CUT).await;
    let officer = stage.officer();
    let early = overrule(&stage, document, &officer, "Bản chính rõ").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    stage.settle().await;
    let late = overrule(&stage, document, &officer, "Bản chính rõ").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(verdicts(&stage).await.len(), 1);
    let view = view(&stage, document).await;
    assert_eq!(
        (&view["state"], &view["fault"]),
        (&"rejected".into(), &"content".into())
    );
    let preview = format!("{UPLOAD}/{document}/pages/1/preview");
    assert_eq!(
        stage.get(&preview, Some(&officer)).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_blank_page_alone_is_told_so() {
    let mut stage = stage().await;
    let blank = jpeg(RgbImage::from_pixel(
        1240,
        1754,
        image::Rgb([238, 236, 230]),
    ));
    let document = taken(&stage, "a.jpg", &blank).await;
    stage.settle().await;
    let view = view(&stage, document).await;
    assert_eq!(
        (&view["state"], &view["fault"]),
        (&"rejected".into(), &"quality".into())
    );
    assert_eq!(kinds(&view), ["blank"]);
}

#[tokio::test]
async fn a_page_on_its_head_is_read_shown_upright_and_only_noted() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.jpg", &jpeg(imageops::rotate180(&photo()))).await;
    stage.settle().await;
    let seen = view(&stage, document).await;
    assert_eq!(
        (&seen["state"], kinds(&seen)),
        (&"accepted".into(), vec!["turned"])
    );
    assert_eq!(seen["flaws"][0]["weight"], "note");
    let text = format!("{UPLOAD}/{document}/text");
    let text = stage.get(&text, Some(&stage.citizen(ONE))).await;
    assert!(text.text().contains("066190001234"), "{}", text.text());
    assert_eq!(text.json()["pages"][0]["flaws"][0]["kind"], "turned");
}

#[tokio::test]
async fn a_page_is_shown_in_small_to_its_owner_and_officers_alone() {
    let mut stage = stage().await;
    let document = taken(&stage, "a.jpg", PHOTO).await;
    let path = format!("{UPLOAD}/{document}/pages/1/preview");
    let citizen = stage.citizen(ONE);
    assert_eq!(
        stage.get(&path, Some(&citizen)).await.status,
        StatusCode::CONFLICT
    );
    stage.settle().await;
    assert_eq!(kinds(&view(&stage, document).await), [""; 0]);
    filed(&mut stage, document).await;
    for who in [&citizen, &stage.officer()] {
        let shown = stage.get(&path, Some(who)).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(shown.header("content-type"), "image/jpeg");
        assert!(shown.body.len() <= 60 * 1024, "{}", shown.body.len());
        assert!(!shown.body.windows(4).any(|bytes| bytes == b"Exif"));
        let small = image::load_from_memory(&shown.body).unwrap();
        assert!(small.height() > small.width());
    }
    let stranger = stage.citizen(ANOTHER);
    assert_eq!(
        stage.get(&path, Some(&stranger)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        stage.get(&path, None).await.status,
        StatusCode::UNAUTHORIZED
    );
    let beyond = format!("{UPLOAD}/{document}/pages/2/preview");
    assert_eq!(
        stage.get(&beyond, Some(&citizen)).await.status,
        StatusCode::NOT_FOUND
    );
}
