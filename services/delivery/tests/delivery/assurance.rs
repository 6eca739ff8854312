//! How surely an owner must be known to open their result, where the procedure of their dossier says so.

use axum::{body::Body, http::Request};
use contracts::{
    Assurance::{self, DocumentChecked, EidOne, SelfAsserted},
    Delivery,
    desk::{DossierDecided, Field, Outcome},
};
use serde_json::json;
use testkit::{Answer, Stage, changed_catalogue};

use super::{OWNER, decided, issued, stage};

async fn looks(stage: &Stage, known: Assurance, path: &str) -> Answer {
    let request = Request::builder()
        .uri(path)
        .header("host", "localhost")
        .header("accept", "text/html")
        .header(
            "authorization",
            format!("Bearer {}", stage.citizen_at(known, OWNER)),
        );
    stage.request(request.body(Body::empty()).unwrap()).await
}

/// The certificate of a marital status, which the real catalogue gives to none but whom an officer has seen.
fn marital(dossier: u128) -> DossierDecided {
    let line = |label: &str, value: &str| Field {
        label: label.into(),
        value: value.into(),
    };
    DossierDecided {
        procedure: "1.004873".parse().unwrap(),
        outcome: Outcome::Granted {
            result: vec![
                line("Họ, chữ đệm, tên", "Nguyễn Thị Ví Dụ"),
                line("Tình trạng hôn nhân", "Chưa đăng ký kết hôn với ai"),
            ],
        },
        ..decided(dossier, Delivery::Portal)
    }
}

#[tokio::test]
async fn opening_a_result_asks_and_looking_where_it_stands_does_not() {
    let mut stage = stage().await;
    stage.say("desk", &marital(1)).await;
    stage.settle().await;
    let weak = stage.citizen_at(SelfAsserted, OWNER);
    let dossier = marital(1).dossier;
    let view = stage
        .get(&format!("/delivery/dossiers/{dossier}/result"), Some(&weak))
        .await
        .json();
    let result = view["result"].as_str().unwrap().to_owned();
    let file = format!("/delivery/results/{result}/file");
    assert_eq!(view["file"], file, "{view}");
    let page = looks(
        &stage,
        SelfAsserted,
        &format!("/delivery/results/{result}/page"),
    )
    .await;
    assert_eq!(page.status, 200);

    let asked = looks(&stage, SelfAsserted, &file).await;
    let back = file.replace('/', "%2F");
    let led = format!("/identity/step-up?assurance=3&back={back}");
    assert_eq!(
        (asked.status.as_u16(), asked.header("location")),
        (303, &*led)
    );
    let called = stage.get(&file, Some(&weak)).await;
    assert_eq!(called.status, 401);
    assert_eq!(called.json()["step_up"]["needed"], "document-checked");
    let path = format!("/delivery/dossiers/{dossier}/result");
    let view = stage.get(&path, Some(&weak)).await.json();
    assert_eq!(view["opened_at"], json!(null), "nothing was opened");

    let opened = looks(&stage, DocumentChecked, &file).await;
    assert_eq!(
        (opened.status.as_u16(), opened.header("content-type")),
        (200, "application/pdf")
    );
    assert_eq!(stage.get(&file, Some(&stage.officer())).await.status, 200);
    let code = view_code(&stage, dossier).await;
    let checked = stage.get(&format!("/delivery/check/{code}"), None).await;
    assert_eq!(checked.status, 200, "anybody checks it as before");
}

async fn view_code(stage: &Stage, dossier: contracts::DossierId) -> String {
    let path = format!("/delivery/dossiers/{dossier}/result");
    let token = stage.citizen_at(SelfAsserted, OWNER);
    let view = stage.get(&path, Some(&token)).await.json();
    view["check_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn looking_at_a_result_asks_where_looking_at_the_dossier_does() {
    let needs = "{ view: e-id-1, fill: e-id-1, submit: e-id-1, receive: e-id-1 }";
    let to = format!("assurance: {needs}\ndocuments:\n");
    let folder = changed_catalogue("procedures/2.000635.yaml", "documents:\n", &to);
    let dir = folder.path().to_string_lossy().into_owned();
    let variables = [("CATALOGUE_DIR", dir.as_str())];
    let mut stage = Stage::configured(vec![delivery::service()], &variables).await;
    let said = issued(&mut stage, 1, Delivery::Portal).await;
    let of_dossier = format!("/delivery/dossiers/{}/result", said.dossier);
    let page = format!("/delivery/results/{}/page", said.result);
    for path in [&of_dossier, &page] {
        let asked = looks(&stage, DocumentChecked, path).await;
        let led = format!(
            "/identity/step-up?assurance=4&back={}",
            page.replace('/', "%2F")
        );
        assert_eq!(asked.header("location"), led);
        assert_eq!(looks(&stage, EidOne, path).await.status, 200);
    }
    let stranger = stage.citizen_at(SelfAsserted, "001304005678");
    assert_eq!(stage.get(&of_dossier, Some(&stranger)).await.status, 404);
}

#[tokio::test]
async fn what_was_decided_before_versions_were_kept_opens_as_before() {
    let mut stage = stage().await;
    stage.say("desk", &marital(1)).await;
    stage.settle().await;
    let db = stage.app("delivery").db().reads();
    sea_orm::ConnectionTrait::execute_unprepared(db, "UPDATE results SET procedure_version = NULL")
        .await
        .unwrap();
    let weak = stage.citizen_at(SelfAsserted, OWNER);
    let path = format!("/delivery/dossiers/{}/result", marital(1).dossier);
    let view = stage.get(&path, Some(&weak)).await.json();
    let opened = looks(&stage, SelfAsserted, view["file"].as_str().unwrap()).await;
    assert_eq!(opened.status, 200);
}
