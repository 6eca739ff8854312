//! Who has opened a result is on record before they see anything of it.

use std::time::Duration;

use chassis::{audit, auth::Role};
use contracts::{Delivery, delivery::ResultOpened};
use testkit::Stage;

use super::{OWNER, issued, stage};

#[tokio::test]
async fn opening_a_result_is_on_record_once_a_day_for_each_officer() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Counter).await;
    let (file, page) = (
        format!("/delivery/results/{}/file", issued.result),
        format!("/delivery/results/{}/page", issued.result),
    );
    let [an, binh] = ["Lê Văn An", "Trần Thị Bình"]
        .map(|name| stage.token(Stage::account(name), &[Role::Officer], None));
    for (token, path) in [(&an, &file), (&an, &page), (&binh, &page), (&an, &file)] {
        assert_eq!(stage.get(path, Some(token)).await.status, 200);
    }
    let opened = stage.said::<ResultOpened>("delivery").await;
    let officers: Vec<_> = opened.iter().map(|opened| opened.officer).collect();
    assert_eq!(officers, ["Lê Văn An", "Trần Thị Bình"].map(Stage::account));
    assert!(opened.iter().all(|opened| opened.dossier == issued.dossier));

    stage.advance(Duration::from_hours(24)).await;
    assert_eq!(stage.get(&file, Some(&an)).await.status, 200);
    assert_eq!(stage.said::<ResultOpened>("delivery").await.len(), 3);
    let db = stage.app("delivery").db();
    let entries = audit::entries(db, Some(issued.result.0), 0, 100).await;
    let entries = entries.unwrap();
    assert_eq!(entries.len(), 3);
    assert!(
        entries
            .iter()
            .all(|entry| entry.action == "delivery.result-opened")
    );
    let dossier = issued.dossier.to_string();
    assert!(
        entries[0].detail.contains(&dossier),
        "{}",
        entries[0].detail
    );
}

#[tokio::test]
async fn what_its_owner_opens_or_nobody_may_is_not_said_to_be_opened() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    for path in ["file", "page"] {
        let path = format!("/delivery/results/{}/{path}", issued.result);
        let (owner, stranger) = (stage.citizen(OWNER), stage.citizen("001304005678"));
        assert_eq!(stage.get(&path, Some(&owner)).await.status, 200);
        assert_eq!(stage.get(&path, Some(&stranger)).await.status, 404);
    }
    assert_eq!(stage.said::<ResultOpened>("delivery").await, []);
}

#[tokio::test]
async fn operators_read_the_log_of_delivery_and_nobody_else_does() {
    let stage = stage().await;
    let path = "/delivery/ops/audit-log";
    assert_eq!(stage.get(path, Some(&stage.officer())).await.status, 403);
    assert_eq!(stage.get(path, Some(&stage.operator())).await.status, 200);
}
