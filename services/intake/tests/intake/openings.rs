//! Whose dossier it is reads who has opened it.

use std::time::Duration;

use contracts::{delivery::ResultOpened, desk::DossierOpened};
use testkit::Stage;
use uuid::Uuid;

use crate::{browser::browser, play::*};

#[tokio::test]
async fn an_owner_reads_who_has_opened_their_dossier() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let path = format!("/intake/dossiers/{id}");
    assert_eq!(show(&stage, id).await["openings"], serde_json::json!([]));

    let at_the_desk = DossierOpened {
        dossier: id,
        officer: Stage::account("a clerk"),
        name: "Lê Văn An".parse().unwrap(),
        title: Some("Công chức tư pháp - hộ tịch".to_owned()),
        opened_at: stage.now(),
    };
    for _ in 0..2 {
        stage.say("desk", &at_the_desk).await;
    }
    stage.settle().await;
    // An officer looks at it here, and again, and on the next day.
    let officer = stage.officer();
    for _ in 0..2 {
        assert_eq!(stage.get(&path, Some(&officer)).await.status, 200);
    }
    stage.advance(Duration::from_hours(24)).await;
    let officer = stage.officer();
    assert_eq!(stage.get(&path, Some(&officer)).await.status, 200);

    let openings = show(&stage, id).await["openings"].clone();
    let openings = openings.as_array().unwrap();
    assert_eq!(openings.len(), 3);
    assert_eq!(openings[0]["opened_at"], serde_json::json!(stage.now()));
    let named = openings
        .iter()
        .find(|opening| opening["name"] == "Lê Văn An");
    assert_eq!(named.unwrap()["title"], "Công chức tư pháp - hộ tịch");

    let seen = browser(&stage).see(&path).await;
    assert!(seen.contains("Ai đã mở hồ sơ này") && seen.contains("Lê Văn An"));
}

#[tokio::test]
async fn whoever_opens_dossier_and_result_on_one_day_is_listed_once() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let result = |name: &str| ResultOpened {
        result: Uuid::from_u128(4).into(),
        dossier: id,
        officer: Stage::account(name),
        name: "Lê Văn An".parse().unwrap(),
        title: None,
        opened_at: stage.now(),
    };
    let (an, binh) = (result("An"), result("Bình"));
    let at_the_desk = DossierOpened {
        dossier: id,
        officer: an.officer,
        name: an.name.clone(),
        title: None,
        opened_at: stage.now(),
    };
    stage.say("delivery", &an).await;
    stage.say("desk", &at_the_desk).await;
    stage.say("delivery", &binh).await;
    stage.settle().await;
    let openings = show(&stage, id).await["openings"].clone();
    assert_eq!(openings.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_an_owner_opens_themselves_is_nobodys_news() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    show(&stage, id).await;
    assert_eq!(show(&stage, id).await["openings"], serde_json::json!([]));
    let another = stage.citizen("001304005678");
    let path = format!("/intake/dossiers/{id}");
    assert_eq!(stage.get(&path, Some(&another)).await.status, 404);
    assert_eq!(show(&stage, id).await["openings"], serde_json::json!([]));
}
