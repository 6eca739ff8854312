//! Files that people bring to be checked, whole and tampered with.

use chrono::TimeDelta;
use contracts::{Delivery, delivery::ResultIssued};
use pades::{Request, testing::Authority};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::{
    issued,
    signing::{BODY, Keys, OFFICER, authority, keep, pdf, pdfsig, pyhanko},
};

struct Story {
    stage: Stage,
    authority: Authority,
    paper: ResultIssued,
    pdf: Vec<u8>,
    keys: Keys,
}

async fn story() -> Story {
    let authority = authority();
    let keys = Keys::by(&authority);
    let mut stage = keys.stage(&[]).await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    Story {
        stage,
        authority,
        paper,
        pdf,
        keys,
    }
}

impl Story {
    async fn bring(&self, pdf: &[u8]) -> Answer {
        self.stage
            .upload("/delivery/check", None, "ket-qua.pdf", pdf)
            .await
    }

    /// The standing, the file's verdict, and each signature's name and worth.
    async fn told(&self, pdf: &[u8]) -> (Value, Value, Vec<(Value, Value)>) {
        let mut told = self.bring(pdf).await.json();
        let signatures = told["file"]["signatures"].as_array().unwrap().clone();
        let signatures = signatures
            .into_iter()
            .map(|mut one| (one["by"].take(), one["worth"].take()));
        let signatures = signatures.collect();
        (
            told["standing"].take(),
            told["file"]["verdict"].take(),
            signatures,
        )
    }
}

fn both(worth: &str) -> Vec<(Value, Value)> {
    vec![(json!(OFFICER), json!(worth)), (json!(BODY), json!(worth))]
}

#[tokio::test]
async fn an_issued_file_is_told_with_what_its_signatures_are_worth() {
    let story = story().await;
    let (standing, verdict, signatures) = story.told(&story.pdf).await;
    assert_eq!((standing, verdict), (json!("valid"), json!("valid")));
    assert_eq!(signatures, both("valid"));
    let told = story.bring(&story.pdf).await.json();
    assert_eq!(told["file"]["signatures"][0]["ours"], true);
    assert_eq!(told["file"]["begins_with"], json!(null));
}

/// The file with one byte changed in the middle of a stream of its first part, which both signatures cover.
fn forged(pdf: &[u8]) -> Vec<u8> {
    let mut forged = pdf.to_vec();
    let begin = forged.windows(6).position(|window| window == b"stream");
    forged[begin.unwrap() + 40] ^= 1;
    forged
}

#[tokio::test]
async fn a_byte_that_was_changed_breaks_the_signatures_over_it() {
    let story = story().await;
    let forged = forged(&story.pdf);
    let (standing, verdict, signatures) = story.told(&forged).await;
    assert_eq!((standing, verdict), (json!("unknown"), json!("changed")));
    assert_eq!(signatures, both("broken"));
    let path = keep(&story.keys, &forged);
    assert_eq!(pdfsig(&path), [false, false]);
    let said = pyhanko(&path, story.authority.root());
    assert!(!said.starts_with("valid"), "{said}");
}

#[tokio::test]
async fn something_added_after_the_seal_is_told_and_the_paper_it_was_added_to() {
    let story = story().await;
    let before = lopdf::Document::load_mem(&story.pdf).unwrap();
    let catalog = before.trailer.get(b"Root").unwrap().as_reference();
    let catalog = catalog.unwrap();
    let mut document = lopdf::IncrementalDocument::create_from(story.pdf.clone(), before);
    document.opt_clone_object_to_new_document(catalog).unwrap();
    let opened = document.new_document.get_object_mut(catalog);
    let opened = opened.unwrap().as_dict_mut().unwrap();
    opened.set("Lang", lopdf::Object::string_literal("en"));
    let mut forged = Vec::new();
    document.save_to(&mut forged).unwrap();
    assert!(forged.starts_with(&story.pdf));
    let told = story.bring(&forged).await.json();
    assert_eq!(told["standing"], "unknown");
    assert_eq!(told["file"]["begins_with"], story.paper.number);
    assert_eq!(told["file"]["verdict"], "changed");
    let path = keep(&story.keys, &forged);
    let said = pyhanko(&path, story.authority.root());
    assert!(!said.starts_with("valid"), "{said}");
}

#[tokio::test]
async fn a_paper_signed_by_somebody_unknown_is_doubtful() {
    let story = story().await;
    let stranger = Authority::new(story.stage.now() - TimeDelta::days(1)).unwrap();
    let signer = stranger.signer(BODY).unwrap();
    let request = Request::new("CoQuan", story.stage.now());
    let forged = pades::sign(&unsigned(&story.pdf), &signer, &request).unwrap();
    let (standing, verdict, signatures) = story.told(&forged).await;
    assert_eq!((standing, verdict), (json!("unknown"), json!("doubtful")));
    assert_eq!(signatures, [(json!(BODY), json!("unknown"))]);
    let told = story.bring(&forged).await.json();
    assert_eq!(told["file"]["signatures"][0]["ours"], false);
}

#[tokio::test]
async fn a_paper_of_another_signer_whom_we_know_of_is_valid_but_not_ours() {
    let story = story().await;
    let signer = story.authority.signer("Người Khác").unwrap();
    let request = Request::new("ChuKy", story.stage.now());
    let other = pades::sign(&unsigned(&story.pdf), &signer, &request).unwrap();
    let told = story.bring(&other).await.json();
    assert_eq!(
        (&told["standing"], &told["file"]["verdict"]),
        (&json!("unknown"), &json!("valid"))
    );
    assert_eq!(told["file"]["signatures"][0]["ours"], false);
}

#[tokio::test]
async fn a_file_without_signatures_and_one_that_is_no_pdf_are_told_apart() {
    let story = story().await;
    let (_, verdict, signatures) = story.told(&unsigned(&story.pdf)).await;
    assert_eq!((verdict, signatures.len()), (json!("unsigned"), 0));
    let (standing, verdict, _) = story.told(b"a letter").await;
    assert_eq!((standing, verdict), (json!("unknown"), json!("unreadable")));
}

#[tokio::test]
async fn a_person_is_told_in_words() {
    let story = story().await;
    let forged = forged(&story.pdf);
    for (pdf, words) in [
        (&story.pdf, "Mọi chữ ký đều hợp lệ"),
        (&forged, "Tệp đã bị sửa sau khi ký"),
    ] {
        let page = bring_as_a_person(&story.stage, pdf).await;
        assert!(page.contains(words) && page.contains(BODY), "{page}");
    }
}

async fn bring_as_a_person(stage: &Stage, pdf: &[u8]) -> String {
    const EDGE: &str = "edge-of-a-part";
    let head = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
    );
    let foot = format!("\r\n--{EDGE}--\r\n");
    let body = [head.as_bytes(), pdf, foot.as_bytes()].concat();
    let request = axum::http::Request::post("/delivery/check")
        .header("accept", "text/html")
        .header(
            "content-type",
            format!("multipart/form-data; boundary={EDGE}"),
        )
        .body(axum::body::Body::from(body));
    stage.request(request.unwrap()).await.text()
}

/// The paper before anybody signed it: it ends where its first document does.
fn unsigned(pdf: &[u8]) -> Vec<u8> {
    let end = pdf
        .windows(5)
        .position(|window| window == b"%%EOF")
        .unwrap();
    [&pdf[..end + 5], b"\n"].concat()
}
