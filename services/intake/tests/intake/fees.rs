//! What a dossier costs: told before it is filed, frozen when it is, and why somebody pays less.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::{
    DocumentId, DossierId, OrderId, Vnd,
    desk::{DossierReceived, SupplementRequested},
    intake::DossierSubmitted,
    payment::FeeOrdered,
};
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

use crate::{
    browser::{Browser, browser},
    play::*,
};

const PROOF: DocumentId = DocumentId(Uuid::from_u128(8));
const EXTRACT: &str = "procedures/2.000635.yaml";

/// From 9 October 2026, the day after the stage's, a copy costs 10.000 đồng.
async fn dearer_tomorrow() -> (Stage, tempfile::TempDir) {
    let more = "\n    - from: 2026-10-09\n      set_by: { name: { vi: Bộ Tài chính, en: Ministry }, number: 1/TT, date: 2026-09-01 }\n      lines:\n        - { label: { vi: Phí mới, en: New fee }, unit: 10000, quantity: so_ban_sao, channels: [online] }\n        - { label: { vi: Phí tại quầy, en: Fee at the desk }, unit: 12000, quantity: so_ban_sao, channels: [counter, post] }\n\nreception:";
    changed(EXTRACT, "\nreception:", more).await
}

/// To the first second of the next day in Vietnam.
const TO_MIDNIGHT: Duration = Duration::from_mins(14 * 60 + 45);

fn key(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"key\" value=\"").expect("a key");
    rest.split('"').next().unwrap().to_owned()
}

async fn drafted(stage: &mut Stage) -> DossierId {
    check(stage).await;
    let id = open(stage, CITIZEN).await;
    assert_eq!(save(stage, id, &full()).await.status, 200);
    id
}

async fn submit_seeing(stage: &Stage, id: DossierId, fee: u32) -> testkit::Answer {
    let path = format!("/intake/dossiers/{id}/submit?fee={fee}");
    stage
        .post(&path, Some(&stage.citizen(CITIZEN)), &json!({}))
        .await
}

fn received(stage: &Stage, dossier: DossierId) -> DossierReceived {
    DossierReceived {
        dossier,
        code: "H15.50.05.13-261008-0001".parse().unwrap(),
        organisation: "H15.50.05.13".parse().unwrap(),
        received_at: stage.now(),
        due_at: stage.now() + chrono::TimeDelta::hours(6),
    }
}

#[tokio::test]
async fn a_draft_is_told_its_fee_and_what_is_filed_keeps_it() {
    let (mut stage, _folder) = dearer_tomorrow().await;
    let id = drafted(&mut stage).await;
    assert_eq!(show(&stage, id).await["fee"]["total"], 16_000);
    assert_eq!(submit_seeing(&stage, id, 16_000).await.status, 200);
    stage.advance(TO_MIDNIGHT).await;
    let shown = show(&stage, id).await;
    assert_eq!(shown["fee"]["total"], 16_000, "the day of filing counts");
    let items = vec!["Ghi lại số bản sao.".to_owned()];
    let requested_at = stage.now();
    let asks = SupplementRequested {
        dossier: id,
        items,
        requested_at,
    };
    stage.say("desk", &asks).await;
    stage.settle().await;
    let added = json!({ "form": { "so_ban_sao": "3" } });
    let path = format!("/intake/dossiers/{id}/supplement");
    let token = stage.citizen(CITIZEN);
    assert_eq!(stage.post(&path, Some(&token), &added).await.status, 200);
    let fee = &show(&stage, id).await["fee"];
    assert_eq!(
        fee["total"], 24_000,
        "three copies at the price of that day"
    );
    let told = &show(&stage, id).await["time_line"][3]["text_vi"];
    assert_eq!(
        told,
        "Bạn đã bổ sung hồ sơ. Phí, lệ phí: 24.000 đồng (Phí cấp bản sao trích lục hộ tịch: 3 × 8.000 đồng)."
    );
}

#[tokio::test]
async fn what_is_asked_for_is_fixed_and_a_later_answer_changes_nothing_about_it() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let heard = received(&stage, id);
    stage.say("desk", &heard).await;
    let order = OrderId(Uuid::from_u128(4));
    let ordered = FeeOrdered {
        order,
        dossier: id,
        total: Vnd::new(16_000).unwrap(),
        ordered_at: stage.now(),
    };
    stage.say("payment", &ordered).await;
    stage.advance(Duration::from_mins(1)).await;
    let asks = SupplementRequested {
        dossier: id,
        items: vec!["Ghi lại số bản sao.".to_owned()],
        requested_at: stage.now(),
    };
    stage.say("desk", &asks).await;
    stage.settle().await;
    let review = browser(&stage)
        .see(&format!("/intake/dossiers/{id}/review"))
        .await;
    assert!(!review.contains("name=\"fee\""), "nothing to agree to");
    let added = json!({ "form": { "so_ban_sao": "3" } });
    let path = format!("/intake/dossiers/{id}/supplement");
    let token = stage.citizen(CITIZEN);
    assert_eq!(stage.post(&path, Some(&token), &added).await.status, 200);
    assert_eq!(show(&stage, id).await["fee"]["total"], 16_000);
}

#[tokio::test]
async fn a_fee_that_changed_overnight_is_shown_before_it_is_filed() {
    let (mut stage, _folder) = dearer_tomorrow().await;
    let id = drafted(&mut stage).await;
    let path = format!("/intake/dossiers/{id}/review");
    let review = browser(&stage).see(&path).await;
    assert!(review.contains("16.000 đồng") && review.contains("name=\"fee\" value=\"16000\""));
    let almost = TO_MIDNIGHT.saturating_sub(Duration::from_secs(1));
    stage.advance(almost).await;
    assert!(browser(&stage).see(&path).await.contains("16.000 đồng"));
    stage.advance(Duration::from_secs(1)).await;

    let refused = submit_seeing(&stage, id, 16_000).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let told = refused.json();
    assert_eq!(
        (told["title"].as_str(), told["detail"].as_str()),
        (
            Some("Phí, lệ phí đã thay đổi, xin xem lại rồi nộp"),
            Some("Mức bạn đã xem: 16.000 đồng; mức hiện nay: 20.000 đồng")
        )
    );
    let press = [("key", key(&review)), ("fee", "16000".to_owned())];
    let press: Vec<_> = press
        .iter()
        .map(|(name, it)| (*name, it.as_str()))
        .collect();
    let again = browser(&stage).post(&path, &press).await;
    assert_eq!(
        (again.status, again.header("location")),
        (StatusCode::SEE_OTHER, &*format!("{path}?fee=16000")),
        "{}",
        again.text()
    );
    assert_eq!(show(&stage, id).await["state"], "draft");
    let review = browser(&stage).see(again.header("location")).await;
    for part in [
        "Phí, lệ phí đã thay đổi",
        "Mức bạn đã xem là 16.000 đồng, nay là <strong>20.000 đồng</strong>",
        "Phí mới",
        "name=\"fee\" value=\"20000\"",
    ] {
        assert!(review.contains(part), "{part}: {review}");
    }
    let (key, fee) = (key(&review), "20000");
    let filed = browser(&stage)
        .post(&path, &[("key", &key), ("fee", fee)])
        .await;
    assert_eq!(filed.header("location"), format!("/intake/dossiers/{id}"));
    stage.settle().await;
    assert_eq!(stage.said::<DossierSubmitted>("intake").await.len(), 1);
    assert_eq!(show(&stage, id).await["fee"]["total"], 20_000);
}

#[tokio::test]
async fn a_day_without_a_tariff_is_refused_with_the_day() {
    let (mut stage, _folder) =
        changed(EXTRACT, "    - from: 2025-07-01", "    - from: 2026-10-09").await;
    let id = drafted(&mut stage).await;
    let refused = submit(&stage, id).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let detail = "Không có biểu mức thu nào áp dụng vào ngày 08/10/2026";
    assert_eq!(refused.json()["detail"], detail);
    stage.advance(TO_MIDNIGHT).await;
    assert_eq!(submit(&stage, id).await.status, 200);
}

/// Filed by somebody of a poor household, with the proof.
async fn filed_exempt(stage: &mut Stage) -> DossierId {
    check(stage).await;
    let proof = accepted(stage, PROOF, Stage::account(CITIZEN));
    stage.say("scan", &proof).await;
    stage.settle().await;
    let id = open(stage, CITIZEN).await;
    let mut answers: Value = full();
    answers["form"]["dien_mien"] = json!("ho_ngheo");
    assert_eq!(save(stage, id, &answers).await.status, 200);
    assert_eq!(
        wrong_fields(&submit(stage, id).await),
        ["documents.giay-ho-ngheo"],
        "the proof is asked for"
    );
    answers["documents"]["giay-ho-ngheo"] = json!(PROOF);
    assert_eq!(save(stage, id, &answers).await.status, 200);
    let review = browser(stage)
        .see(&format!("/intake/dossiers/{id}/review"))
        .await;
    for part in [
        "Được miễn: Hộ nghèo",
        "−16.000 đồng",
        "<strong>0 đồng</strong>",
    ] {
        assert!(review.contains(part), "{part}: {review}");
    }
    assert_eq!(submit_seeing(stage, id, 0).await.status, 200);
    id
}

#[tokio::test]
async fn an_exempt_dossier_costs_nothing_and_keeps_the_reason() {
    let mut stage = stage().await;
    let id = filed_exempt(&mut stage).await;
    let shown = show(&stage, id).await;
    let line = json!({
        "label": "Phí cấp bản sao trích lục hộ tịch", "quantity": 2, "unit": 8_000, "amount": 0,
        "reduction": { "by": 16_000, "reason": "Hộ nghèo" },
    });
    assert_eq!(shown["fee"], json!({ "lines": [line], "total": 0 }));
    assert_eq!(shown["money"], json!({ "state": "none" }));
    assert_eq!(
        shown["time_line"][1]["text_vi"],
        "Bạn nộp hồ sơ trực tuyến. Phí, lệ phí: 0 đồng (Phí cấp bản sao trích lục hộ tịch: 2 × 8.000 đồng, được miễn vì thuộc diện: Hộ nghèo)."
    );
    stage.settle().await;
    let said = stage.said::<DossierSubmitted>("intake").await;
    let papers = said[0]
        .documents
        .iter()
        .map(|paper| paper.component.as_str());
    assert_eq!(papers.collect::<Vec<_>>(), ["to-khai", "giay-ho-ngheo"]);

    let heard = received(&stage, id);
    stage.say("desk", &heard).await;
    stage.settle().await;
    let shown = show(&stage, id).await;
    assert_eq!(
        (&shown["state"], &shown["national_status"]),
        (&json!("under_examination"), &json!(4)),
        "nothing is waited for"
    );
    let page = browser(&stage).see(&format!("/intake/dossiers/{id}")).await;
    for part in ["Được miễn: Hộ nghèo", "Bạn không phải nộp gì."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let bare = format!("/intake/track/H15.50.05.13-261008-0001?citizen_id={CITIZEN}");
    let tracked = stage.get(&bare, None).await.text();
    assert!(!tracked.contains("nghèo"), "{tracked}");
}

#[tokio::test]
async fn a_procedures_page_says_what_it_costs_by_channel_who_pays_less_and_what_comes_next() {
    let (mut stage, _folder) = dearer_tomorrow().await;
    let path = "/intake/procedures/2.000635";
    let page = Browser {
        stage: &stage,
        token: None,
    }
    .see(path)
    .await;
    for part in [
        "Trực tuyến, tại quầy, qua bưu điện:",
        "Phí cấp bản sao trích lục hộ tịch: 8.000 đồng",
        "Hộ nghèo: được miễn. Nộp kèm: Giấy tờ chứng minh thuộc hộ nghèo.",
        "Áp dụng từ ngày 01/07/2025. Căn cứ: Bộ Tài chính, số 281/2016/TT-BTC.",
        "<h3>Mức thu từ ngày 09/10/2026</h3>",
        "Áp dụng từ ngày 09/10/2026. Căn cứ: Bộ Tài chính, số 1/TT ngày 01/09/2026.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    stage.advance(TO_MIDNIGHT).await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    let page = anybody.see(path).await;
    let (online, counter) = page
        .split_once("Tại quầy, qua bưu điện:")
        .expect("two lists");
    assert!(online.contains("Phí mới: 10.000 đồng"), "{page}");
    assert!(counter.contains("Phí tại quầy: 12.000 đồng"), "{page}");
    assert!(!page.contains("<h3>Mức thu từ ngày") && !page.contains("8.000 đồng"));
    let council = anybody.see("/intake/procedures/1.004873").await;
    assert!(
        council.contains("Căn cứ: Hội đồng nhân dân tỉnh Mẫu."),
        "{council}"
    );
}

#[tokio::test]
async fn an_office_elsewhere_has_no_share_in_a_provinces_tariff() {
    let variables = [("ORGANISATION", "H15.50.05")];
    let stage = Stage::configured(vec![intake::service()], &variables).await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    let page = anybody.see("/intake/procedures/1.004873").await;
    assert!(page.contains("10.000 đồng"), "below the province");

    let with_other = "- code: H26\n  name: { vi: Tỉnh Khác, en: Another }\n  role: authority\n  level: province\n  place: a\n  address: a\n  phone: a\n  calendar: vietnam\n\n- code: H15\n";
    let (elsewhere, _folder) = changed_at(
        "organisations.yaml",
        "- code: H15\n",
        with_other,
        &[("ORGANISATION", "H26")],
    )
    .await;
    let anybody = Browser {
        stage: &elsewhere,
        token: None,
    };
    let page = anybody.see("/intake/procedures/1.004873").await;
    assert!(page.contains("Hiện chưa có mức thu áp dụng."), "{page}");
    let page = anybody.see("/intake/procedures/2.000635").await;
    assert!(page.contains("8.000 đồng"), "the whole country's");
}

#[tokio::test]
#[should_panic(expected = "ORGANISATION: catalogue/organisations.yaml has no H99")]
async fn an_office_that_is_not_in_the_catalogue_keeps_intake_from_starting() {
    Stage::configured(vec![intake::service()], &[("ORGANISATION", "H99")]).await;
}
