//! The same service on a bucket: its bad days cost time and nothing else.

use std::time::Duration;

use axum::http::Method;
use contracts::scan::Verdict;
use files::Files;
use testkit::{Answer, Bucket, Day, Stage};

use crate::{ONE, PHOTO, common, id, upload, verdicts};

async fn stage(bucket: &Bucket) -> Stage {
    let variables = bucket.variables();
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Stage::configured(vec![scan::service()], &variables).await
}

async fn tus(stage: &Stage, method: Method, path: &str, at: usize, body: &[u8]) -> Answer {
    common::tus(stage, method, path, (at, PHOTO.len()), body).await
}

async fn places(stage: &Stage) -> Vec<String> {
    let all = stage.app("scan").part::<Files>().all().await.unwrap();
    all.into_iter().map(|(place, _)| place).collect()
}

#[tokio::test]
async fn an_upload_goes_on_when_the_bucket_is_back_and_becomes_a_document_like_any_other() {
    let mut bucket = Bucket::open().await;
    let mut stage = stage(&bucket).await;
    let begun = tus(&stage, Method::POST, "/scan/uploads", 0, &[]).await;
    let place = begun.header("location").to_owned();
    let half = PHOTO.len() / 2;
    let answer = tus(&stage, Method::PATCH, &place, 0, &PHOTO[..half]).await;
    assert_eq!(answer.status, 204, "{}", answer.text());

    bucket.stop();
    let answer = tus(&stage, Method::PATCH, &place, half, &PHOTO[half..]).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(!answer.header("retry-after").is_empty());
    let stands = tus(&stage, Method::HEAD, &place, 0, &[]).await;
    assert_eq!(stands.header("upload-offset"), half.to_string());

    bucket.start().await;
    bucket.has(Day::Full);
    let answer = tus(&stage, Method::PATCH, &place, half, &PHOTO[half..]).await;
    assert_eq!(answer.status, 507, "{}", answer.text());
    bucket.has(Day::Good);
    let answer = tus(&stage, Method::PATCH, &place, half, &PHOTO[half..]).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let document = answer.header("motcua-document").to_owned();
    stage.settle().await;
    assert_eq!(verdicts(&stage).await[0].verdict, Verdict::Accepted);

    let citizen = stage.citizen(ONE);
    let path = format!("/scan/documents/{document}");
    let file = stage.get(&format!("{path}/file"), Some(&citizen)).await;
    assert!(file.body == PHOTO);
    let archive = stage.get(&format!("{path}/archive"), Some(&citizen)).await;
    assert!(archive.body.starts_with(b"%PDF"), "{}", archive.text());
    let places = places(&stage).await;
    let known = |place: &String| place.starts_with("sha256/") || place.starts_with("derived/");
    assert!(places.iter().all(known), "{places:?}");
}

#[tokio::test]
async fn a_document_waits_for_its_bucket_without_using_up_attempts() {
    let mut bucket = Bucket::open().await;
    let mut stage = stage(&bucket).await;
    let sent = upload(&stage, "a.jpg", PHOTO).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    bucket.stop();
    for _ in 0..5 {
        stage.advance(Duration::from_hours(1)).await;
        assert_eq!(verdicts(&stage).await, []);
    }
    bucket.start().await;
    stage.advance(Duration::from_hours(1)).await;
    let verdicts = verdicts(&stage).await;
    assert_eq!(
        (verdicts.len(), verdicts[0].verdict.clone()),
        (1, Verdict::Accepted)
    );
    assert_eq!(verdicts[0].document, id(&sent));
}
