//! What the desk asks for: the tariff of the day of filing, less what the citizen is exempt from.

use contracts::{
    DocumentId,
    desk::AssessDossier,
    intake::{DossierSubmitted, SealedDocument},
    payment::RequestFee,
};
use serde_json::json;
use uuid::Uuid;

use crate::counter::{Counter, EXTRACT, MARITAL, submitted};

/// Filed by somebody of a poor household.
fn exempt(n: u128) -> DossierSubmitted {
    let mut filed = submitted(n, MARITAL);
    filed.form.insert("dien_mien".into(), "ho_ngheo".into());
    filed
}

#[tokio::test]
async fn an_exempt_dossier_has_no_order_and_keeps_the_reason() {
    let mut counter = Counter::open().await;
    let mut filed = exempt(1);
    filed.documents.push(SealedDocument {
        component: "giay-ho-ngheo".to_owned(),
        document: DocumentId(Uuid::from_u128(6)),
        sha256: "0".repeat(64),
        read: Vec::new(),
    });
    counter.hears(&filed).await;
    counter.does(1, "receive", &json!({})).await;
    let fee = &counter.item(1).await["fee"];
    assert_eq!((&fee["total"], &fee["order"]), (&json!(0), &json!(null)));
    assert_eq!(
        fee["lines"][0]["reduction"],
        json!({ "by": 10_000, "reason": "Hộ nghèo" })
    );
    assert!(counter.stage.said::<RequestFee>("desk").await.is_empty());
}

#[tokio::test]
async fn who_is_exempt_without_the_proof_is_asked_for_it() {
    let mut counter = Counter::open().await;
    counter.hears(&exempt(1)).await;
    let item = counter.item(1).await;
    assert_eq!(item["state"], "supplement_requested");
    assert_eq!(
        item["missing"],
        json!(["Thiếu giấy tờ: Giấy tờ chứng minh thuộc hộ nghèo."])
    );
}

#[tokio::test]
async fn the_tariff_of_the_day_of_filing_counts_however_late_it_is_assessed() {
    let more = "\n    - from: 2026-10-09\n      organisation: H15\n      set_by: { name: { vi: a, en: a } }\n      lines: [{ label: { vi: Phí mới, en: New fee }, unit: 20000 }]\n\nreception:";
    let file = "procedures/1.004873.yaml";
    let mut counter = Counter::changed(file, "\nreception:", more).await;
    counter.until("2026-10-09 08:00").await;
    for (n, filed, total) in [
        (1, "2026-10-08 23:59", 10_000),
        (2, "2026-10-09 00:00", 20_000),
    ] {
        let mut heard = submitted(n, MARITAL);
        heard.submitted_at = crate::counter::at(filed);
        counter.hears(&heard).await;
        assert_eq!(counter.item(n).await["fee"]["total"], total, "{filed}");
    }
}

#[tokio::test]
async fn a_handler_is_told_at_which_office_a_dossier_is_filed() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let asked = counter.stage.said::<AssessDossier>("desk").await;
    assert_eq!(asked[0].organisation, "H15.50.05.13".parse().ok());
}
