//! What may be kept is counted once, however many replicas are asked at the same moment: on PostgreSQL, which lets them all in at once.

use axum::{body::Body, http::Request};
use futures::future::join_all;
use journeys::servers::Servers;
use testkit::Stage;

const CITIZEN: &str = "066190001234";
/// Ten of this size fit into a megabyte.
const SIZE: u64 = 100_000;

async fn begin(stage: &Stage) -> u16 {
    let request = Request::post("/scan/uploads")
        .header(
            "authorization",
            format!("Bearer {}", stage.citizen(CITIZEN)),
        )
        .header("tus-resumable", "1.0.0")
        .header("upload-length", SIZE)
        .body(Body::empty());
    let answer = stage.request(request.expect("a request")).await;
    answer.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_let_in_no_more_than_one_would() {
    let servers = Servers::start().await;
    let database = servers.addresses().database;
    let settings = [
        ("DATABASE_URL", database.as_str()),
        ("SCAN__PERSON_MEGABYTES", "1"),
    ];
    let one = Stage::configured(vec![scan::service()], &settings).await;
    let other = Stage::configured(vec![scan::service()], &settings).await;
    let asked = (0..30).map(|turn| begin(if turn % 2 == 0 { &one } else { &other }));
    let statuses = join_all(asked).await;
    let of = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((of(201), of(413)), (10, 20), "{statuses:?}");
}
