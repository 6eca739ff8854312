//! What an upload is refused for, and that nothing of it is left.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use contracts::scan::ReadDocument;
use testkit::{Answer, Stage};

use super::{
    FORM, ONE, UPLOAD,
    common::{END, form, nothing_is_left},
    kept, stage, upload,
};

const NO_PICTURE: &[u8] = include_bytes!("../../../../examples/khong-phai-anh.jpg");
const NOTHING: &[u8] = include_bytes!("../../../../examples/tep-rong.pdf");

#[tokio::test]
async fn only_who_files_uploads() {
    let stage = stage().await;
    assert_eq!(
        stage.upload(UPLOAD, None, "a.pdf", FORM).await.status,
        StatusCode::UNAUTHORIZED
    );
    let operator = stage.operator();
    assert_eq!(
        stage
            .upload(UPLOAD, Some(&operator), "a.pdf", FORM)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(kept(&stage), 0);
}

#[tokio::test]
async fn what_is_not_taken_is_refused_with_its_reason_and_leaves_nothing() {
    let stage = Stage::configured(vec![scan::service()], &[("SCAN__MAX_MEGABYTES", "1")]).await;
    let large = [FORM, &vec![b' '; 1024 * 1024]].concat();
    let word = b"PK\x03\x04....word/document.xml".repeat(40);
    for (bytes, status, why) in [
        (NOTHING, StatusCode::BAD_REQUEST, "empty"),
        (NO_PICTURE, StatusCode::UNSUPPORTED_MEDIA_TYPE, "plain text"),
        (
            word.as_slice(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Word document",
        ),
        (
            large.as_slice(),
            StatusCode::PAYLOAD_TOO_LARGE,
            "larger than 1 MB",
        ),
    ] {
        let answer = upload(&stage, "a.jpg", bytes).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert!(
            problem["detail_en"]
                .as_str()
                .is_some_and(|reason| reason.contains(why)),
            "{problem}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|reason| reason.starts_with("Tệp")),
            "{problem}"
        );
    }
    assert!(stage.said::<ReadDocument>("scan").await.is_empty());
    nothing_is_left(&stage).await;
}

#[tokio::test]
async fn a_form_is_taken_whole_or_not_at_all() {
    let stage = stage().await;
    let file = ("file", Some("a.pdf"), FORM);
    let whole = END;
    let named = |answer: &Answer| {
        answer.json()["errors"][0]["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };

    let wrong_kind = form(
        &stage,
        ONE,
        &[file, ("kind", None, "tờ khai".as_bytes())],
        whole,
    )
    .await;
    assert_eq!(
        (wrong_kind.status, named(&wrong_kind).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "kind")
    );
    let two_files = form(&stage, ONE, &[file, file], whole).await;
    assert_eq!(
        (two_files.status, named(&two_files).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "file")
    );
    let unknown = form(&stage, ONE, &[("knd", None, b"x")], whole).await;
    assert_eq!(
        (unknown.status, named(&unknown).as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "knd")
    );
    assert_eq!(
        form(&stage, ONE, &[("kind", None, b"to-khai")], whole)
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        form(&stage, ONE, &[file], "").await.status,
        StatusCode::BAD_REQUEST
    );
    nothing_is_left(&stage).await;

    let good = form(&stage, ONE, &[file, ("kind", None, b"to-khai")], whole).await;
    assert_eq!(
        (good.status, &good.json()["kind"]),
        (StatusCode::CREATED, &"to-khai".into()),
        "{}",
        good.text()
    );
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_gets_the_same_answer() {
    let stage = stage().await;
    let send = async || {
        let body = [
            b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n",
            FORM,
            b"\r\n--b--\r\n",
        ]
        .concat();
        let request = Request::post(UPLOAD)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
            .header("content-type", "multipart/form-data; boundary=b")
            .header("idempotency-key", "one")
            .body(Body::from(body))
            .unwrap();
        stage.request(request).await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.json(), second.json());
    assert_eq!(second.json()["name"], "giay-to.pdf");
}
