//! Who has opened a dossier is on record before they see anything of it.

use chassis::{audit, auth::Role};
use contracts::desk::DossierOpened;
use testkit::Stage;

use crate::counter::{Counter, EXTRACT, dossier, submitted};

#[tokio::test]
async fn opening_a_dossier_is_on_record_once_a_day_for_each_officer() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let an = counter.person("Lê Văn An", &[Role::Officer]);
    let binh = counter.person("Trần Thị Bình", &[Role::Officer]);
    let (data, page) = (
        format!("/desk/dossiers/{}", dossier(1)),
        format!("/desk/view/{}", dossier(1)),
    );
    for (token, path) in [(&an, &data), (&an, &page), (&binh, &page), (&an, &data)] {
        assert_eq!(counter.stage.get(path, Some(token)).await.status, 200);
    }
    let opened = counter.stage.said::<DossierOpened>("desk").await;
    let officers: Vec<_> = opened.iter().map(|opened| opened.officer).collect();
    assert_eq!(officers, ["Lê Văn An", "Trần Thị Bình"].map(Stage::account));
    assert!(opened.iter().all(|opened| opened.dossier == dossier(1)));

    counter.until("2026-10-09 00:01").await;
    assert_eq!(counter.stage.get(&data, Some(&an)).await.status, 200);
    let opened = counter.stage.said::<DossierOpened>("desk").await;
    assert_eq!(opened.len(), 3);

    let db = counter.stage.app("desk").db();
    let entries = audit::entries(db, Some(dossier(1).0), 0, 100)
        .await
        .unwrap();
    let openings = entries
        .iter()
        .filter(|entry| entry.action == "desk.dossier-opened");
    assert_eq!(openings.count(), 3);
}

#[tokio::test]
async fn who_may_not_open_a_dossier_is_not_said_to_have() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let citizen = counter.person("Nguyễn Thị Ví Dụ", &[Role::Citizen]);
    let path = format!("/desk/view/{}", dossier(1));
    assert_eq!(counter.stage.get(&path, Some(&citizen)).await.status, 403);
    let nowhere = format!("/desk/view/{}", dossier(2));
    assert_eq!(
        counter
            .stage
            .get(&nowhere, Some(&counter.officer()))
            .await
            .status,
        404
    );
    assert_eq!(counter.stage.said::<DossierOpened>("desk").await, []);
}
