//! Papers and where the result goes: what must be right before a dossier is filed.

use contracts::{
    DocumentId,
    intake::DossierSubmitted,
    scan::{DocumentChecked, Verdict},
};
use serde_json::json;
use testkit::Stage;
use uuid::Uuid;

use crate::play::*;

#[tokio::test]
async fn papers_must_be_there_checked_good_and_ones_own() {
    let mut stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    let mut body = full();
    body["documents"] = json!({});
    save(&stage, id, &body).await;
    assert_eq!(
        wrong_fields(&submit(&stage, id).await),
        ["documents.to-khai"],
        "a paper is missing"
    );

    save(&stage, id, &full()).await;
    let waiting = submit(&stage, id).await;
    assert_eq!(waiting.status, 409, "not checked yet");
    assert_eq!(waiting.header("retry-after"), "3");
    assert!(
        waiting.text().contains("documents.to-khai"),
        "{}",
        waiting.text()
    );

    let rejected = DocumentChecked {
        verdict: Verdict::Rejected {
            reason_vi: "Trang trắng, không có chữ".to_owned(),
            reason_en: "A blank page".to_owned(),
        },
        ..accepted(&stage, DOCUMENT, Stage::account(CITIZEN))
    };
    stage.say("scan", &rejected).await;
    stage.settle().await;
    let answer = submit(&stage, id).await;
    assert_eq!(wrong_fields(&answer), ["documents.to-khai"]);
    assert_eq!(wrong(&answer)[0].1, "Trang trắng, không có chữ");

    let foreign = DocumentId(Uuid::from_u128(8));
    stage
        .say("scan", &accepted(&stage, foreign, Stage::account(OTHER)))
        .await;
    stage.settle().await;
    let mut body = full();
    body["documents"] = json!({ "to-khai": foreign });
    assert_eq!(
        wrong_fields(&save(&stage, id, &body).await),
        ["documents.to-khai"],
        "another's document"
    );
    body["documents"] = json!({ "ho-chieu": DOCUMENT });
    assert_eq!(
        wrong_fields(&save(&stage, id, &body).await),
        ["documents.ho-chieu"]
    );
    assert!(stage.said_envelopes("intake").await.is_empty());
}

#[tokio::test]
async fn a_document_that_was_saved_before_it_was_known_is_looked_at_when_filing() {
    let mut stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    stage
        .say("scan", &accepted(&stage, DOCUMENT, Stage::account(OTHER)))
        .await;
    stage.settle().await;
    assert_eq!(
        wrong_fields(&submit(&stage, id).await),
        ["documents.to-khai"]
    );
}

#[tokio::test]
async fn by_post_an_address_is_needed_and_goes_along() {
    let mut stage = stage().await;
    check(&mut stage).await;
    let id = open(&stage, CITIZEN).await;
    let mut body = full();
    body["delivery"] = json!("post");
    save(&stage, id, &body).await;
    assert_eq!(wrong_fields(&submit(&stage, id).await), ["address"]);
    save(
        &stage,
        id,
        &json!({ "address": "Số 1 đường Ví Dụ, phường Mẫu" }),
    )
    .await;
    assert_eq!(submit(&stage, id).await.status, 200);
    let said = stage.said::<DossierSubmitted>("intake").await;
    let address = said[0]
        .applicant
        .address
        .as_ref()
        .map(contracts::Text::as_str);
    assert_eq!(address, Some("Số 1 đường Ví Dụ, phường Mẫu"));
}

/// In words beside the field, for the browser, and for what sends the file.
#[tokio::test]
async fn what_a_paper_may_be_is_told_where_it_is_chosen() {
    let stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    save(&stage, id, &full()).await;
    let page = crate::browser::browser(&stage)
        .see(&format!("/intake/dossiers/{id}/papers"))
        .await;
    for told in [
        "<p class=\"hint\" id=\"limits-to-khai\">Nhiều nhất 20 MB, 6 trang.</p>",
        "accept=\"application/pdf,image/jpeg,image/png,image/tiff,image/webp\" aria-describedby=\"limits-to-khai\"",
        "name=\"kind\" value=\"to-khai-ban-sao-trich-luc\"",
        &format!("name=\"dossier\" value=\"{id}\""),
        "data-tus=\"/scan/uploads\"",
        "<output name=\"said\" role=\"status\"",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
}
