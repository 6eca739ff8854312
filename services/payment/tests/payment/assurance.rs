//! How surely a payer must be known to pay, where the procedure of their dossier says so.

use axum::{body::Body, http::Request};
use contracts::{
    Assurance::{self, ContactProven, DocumentChecked, SelfAsserted},
    OrderId,
    payment::RequestFee,
};
use serde_json::json;
use tempfile::TempDir;
use testkit::{Answer, Stage, changed_catalogue};

use crate::town;

const PAYER: &str = "066190001234";

/// A stage on which the order's procedure asks for this, with one order under each version that was told.
async fn asking(needs: &str, versions: &[Option<u32>]) -> (Stage, Vec<OrderId>, TempDir) {
    let (from, to) = ("documents:\n", format!("assurance: {needs}\ndocuments:\n"));
    let folder = changed_catalogue("procedures/2.000635.yaml", from, &to);
    let dir = folder.path().to_string_lossy().into_owned();
    let variables = [("CATALOGUE_DIR", dir.as_str())];
    let mut stage = Stage::configured(vec![payment::service()], &variables).await;
    let mut orders = Vec::new();
    for (number, version) in versions.iter().enumerate() {
        let id = uuid::Uuid::from_u128(number as u128 + 1);
        let asked = RequestFee {
            order: OrderId(id),
            dossier: contracts::DossierId(id),
            payer: Stage::account(PAYER),
            procedure_version: *version,
            ..town::request()
        };
        stage.say("desk", &asked).await;
        orders.push(OrderId(id));
    }
    stage.settle().await;
    (stage, orders, folder)
}

async fn presses(stage: &Stage, known: Assurance, path: &str) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("host", "localhost")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(
            "authorization",
            format!("Bearer {}", stage.citizen_at(known, PAYER)),
        );
    stage
        .request(request.body(Body::from("key=k")).unwrap())
        .await
}

fn led(level: u8, order: OrderId) -> String {
    format!("/identity/step-up?assurance={level}&back=%2Fpayment%2Forders%2F{order}%2Fpage")
}

#[tokio::test]
async fn beginning_to_pay_asks_in_every_way_there_is_and_looking_does_not() {
    let (stage, orders, _folder) = asking("{ pay: contact-proven }", &[Some(1)]).await;
    let order = orders[0];
    let weak = stage.citizen_at(SelfAsserted, PAYER);
    let path = format!("/payment/orders/{order}");
    assert_eq!(stage.get(&path, Some(&weak)).await.status, 200);
    assert_eq!(
        stage.get(&format!("{path}/page"), Some(&weak)).await.status,
        200
    );
    for way in ["pay", "transfer", "platform"] {
        let called = stage
            .post(&format!("{path}/{way}"), Some(&weak), &json!({}))
            .await;
        assert_eq!(called.status, 401, "{way}");
        assert_eq!(called.json()["step_up"]["page"], led(2, order));
        let pressed = presses(&stage, SelfAsserted, &format!("{path}/page/{way}")).await;
        assert_eq!(
            (pressed.status.as_u16(), pressed.header("location")),
            (303, &*led(2, order))
        );
    }
    let view = stage.get(&path, Some(&weak)).await.json();
    assert_eq!(view["attempts"], json!([]), "nothing was begun");
    let pressed = presses(&stage, ContactProven, &format!("{path}/page/pay")).await;
    assert_eq!(pressed.status, 303);
    assert!(
        !pressed.header("location").contains("step-up"),
        "{}",
        pressed.header("location")
    );
}

#[tokio::test]
async fn an_order_from_before_versions_were_told_asks_for_no_more_than_an_account() {
    let needs = "{ view: document-checked, fill: document-checked, submit: document-checked, pay: document-checked, receive: document-checked }";
    let (stage, orders, _folder) = asking(needs, &[Some(1), None]).await;
    let weak = stage.citizen_at(SelfAsserted, PAYER);
    let pay = async |order: OrderId| {
        let path = format!("/payment/orders/{order}/pay");
        stage
            .post(&path, Some(&weak), &json!({}))
            .await
            .status
            .as_u16()
    };
    assert_eq!(pay(orders[0]).await, 401);
    assert_eq!(pay(orders[1]).await, 201);
    let strong = stage.citizen_at(DocumentChecked, PAYER);
    let path = format!("/payment/orders/{}/pay", orders[0]);
    assert_eq!(
        stage.post(&path, Some(&strong), &json!({})).await.status,
        201
    );
}

#[tokio::test]
async fn looking_at_an_order_asks_its_payer_where_looking_at_the_dossier_does_and_no_officer() {
    let needs = "{ view: contact-proven, fill: contact-proven, submit: contact-proven, receive: contact-proven }";
    let (stage, orders, _folder) = asking(needs, &[Some(1)]).await;
    let order = orders[0];
    let path = format!("/payment/orders/{order}");
    let weak = stage.citizen_at(SelfAsserted, PAYER);
    let asked = stage.get(&path, Some(&weak)).await;
    assert_eq!(asked.json()["step_up"]["page"], led(2, order));
    let officer = Stage::account("an officer");
    let roles = [chassis::auth::Role::Officer];
    let officer = stage.token_at(SelfAsserted, officer, &roles, None);
    assert_eq!(stage.get(&path, Some(&officer)).await.status, 200);
    let stranger = stage.citizen_at(SelfAsserted, "001304005678");
    assert_eq!(stage.get(&path, Some(&stranger)).await.status, 404);
    let pay = format!("{path}/pay");
    assert_eq!(
        stage.post(&pay, Some(&stranger), &json!({})).await.status,
        404
    );
}
