//! What the desk says when it hears, and what officers and signers can do.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod acts;
mod counter;
mod fees;
mod openings;
mod order;
mod signals;
mod tariffs;
mod time;

use contracts::{
    agency::Verdict,
    desk::{
        AssessDossier, DossierDecided, DossierReceived, DossierRejected, ExamineDossier, Outcome,
        SupplementRequested,
    },
    payment::RequestFee,
};
use counter::{
    Counter, EXTRACT, HANDLER, MARITAL, assessed, at, dossier, examination, examined, grant,
    handed_over, order, paid, submitted, supplemented,
};
use serde_json::json;
use testkit::Stage;

#[tokio::test]
async fn a_dossier_is_assessed_received_paid_examined_signed_off_and_returned() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let asked = counter.stage.said::<AssessDossier>("desk").await;
    assert_eq!((asked[0].handler.as_str(), asked[0].round), (HANDLER, 1));

    counter.hears(&assessed(1, 1, &[])).await;
    assert_eq!(counter.state(1).await, "awaiting_reception");
    assert_eq!(counter.item(1).await["fee"]["total"], 16_000);

    assert_eq!(counter.does(1, "receive", &json!({})).await, "awaiting_fee");
    let received = counter.stage.said::<DossierReceived>("desk").await;
    assert_eq!(received[0].code.as_str(), "H15.50.05.13-261008-0001");
    assert_eq!(received[0].organisation.as_str(), "H15.50.05.13");
    assert_eq!(
        (received[0].received_at, received[0].due_at),
        (at("2026-10-08 09:15"), at("2026-10-08 17:00"))
    );
    let fee = counter.stage.said::<RequestFee>("desk").await;
    assert_eq!(
        (fee.len(), fee[0].order, fee[0].total.dong()),
        (1, order(1), 16_000)
    );

    counter.hears(&paid(1)).await;
    let asked = counter.stage.said::<ExamineDossier>("desk").await;
    assert_eq!(
        (asked[0].examination, asked[0].code.as_str()),
        (examination(1, 1), "H15.50.05.13-261008-0001")
    );

    counter.hears(&examined(1, 1, grant())).await;
    assert_eq!(counter.does(1, "sign-off", &json!({})).await, "decided");
    let decided = counter.stage.said::<DossierDecided>("desk").await;
    assert_eq!(decided.len(), 1);
    let decided = &decided[0];
    assert_eq!(
        (decided.copies, decided.organisation.as_str()),
        (2, "H15.50.05"),
        "the body above the desk decides"
    );
    assert_eq!(
        (decided.signed_by.as_str(), decided.signer_title.as_str()),
        ("Nguyễn Thị Ví Dụ", "Chủ tịch")
    );
    assert_eq!(decided.signer, Some(Stage::account("an officer")));
    assert!(matches!(&decided.outcome, Outcome::Granted { result } if result.len() == 1));

    counter.hears(&handed_over(1)).await;
    let item = counter.item(1).await;
    assert_eq!(
        (
            item["state"].as_str(),
            item["decision"]["on_time"].as_bool()
        ),
        (Some("returned"), Some(true))
    );
    assert_eq!(item["closed_at"], "2026-10-08T09:00:00Z");
    insta::assert_snapshot!(counter.register(1).await.join("\n"), @"
    intake: submit → awaiting_assessment
    agency-civil-status: find_complete → awaiting_reception
    Nguyễn Thị Ví Dụ: receive → received
    desk: ask_fee → awaiting_fee
    payment: take_fee → received
    desk: ask_handler → under_examination_by_handler
    agency-civil-status: hear_verdict → awaiting_sign_off
    Nguyễn Thị Ví Dụ: sign_off → decided
    delivery: hand_over → returned
    ");
    insta::assert_snapshot!(counter.said().await.join("\n"), @"
    desk.assess-dossier.v1
    desk.dossier-received.v1
    payment.request-fee.v1
    desk.examine-dossier.v1
    desk.dossier-decided.v1
    ");
}

#[tokio::test]
async fn without_a_handler_the_desk_reads_the_description_and_an_officer_decides() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, MARITAL)).await;
    let item = counter.item(1).await;
    assert_eq!(
        (item["state"].as_str(), item["fee"]["total"].as_i64()),
        (Some("awaiting_reception"), Some(10_000))
    );
    // Level 3: the order is open for the counter, and nothing waits for it.
    assert_eq!(
        counter.does(1, "receive", &json!({})).await,
        "under_examination_by_officer"
    );
    assert_eq!(
        counter.stage.said::<RequestFee>("desk").await[0]
            .total
            .dong(),
        10_000
    );
    let result = json!({ "outcome": "granted", "result": [{ "label": "Tình trạng hôn nhân", "value": "Chưa kết hôn" }] });
    assert_eq!(
        counter.does(1, "decide", &result).await,
        "awaiting_sign_off"
    );
    counter.hears(&paid(1)).await;
    assert_eq!(
        counter.item(1).await["fee"]["paid_at"],
        "2026-10-08T02:20:00Z"
    );
    let refusal =
        json!({ "outcome": "refused", "reason": "Chưa đủ điều kiện theo khoản 1 Điều 22." });
    assert_eq!(
        counter.does(1, "decide", &refusal).await,
        "awaiting_sign_off",
        "another proposal takes its place"
    );
    assert_eq!(counter.does(1, "sign-off", &json!({})).await, "decided");
    let decided = counter.stage.said::<DossierDecided>("desk").await;
    assert!(
        matches!(&decided[0].outcome, Outcome::Refused { reason } if reason.starts_with("Chưa đủ"))
    );
    assert_eq!(decided[0].copies, 1);
    assert!(
        counter.item(1).await["closed_at"].is_string(),
        "a refusal has no result to wait for"
    );
    assert!(counter.stage.said::<AssessDossier>("desk").await.is_empty());
    assert!(counter.parked().await.is_empty());
}

#[tokio::test]
async fn what_is_missing_is_asked_for_before_the_dossier_is_received() {
    let mut counter = Counter::open().await;
    let mut incomplete = submitted(1, MARITAL);
    incomplete.documents.clear();
    counter.hears(&incomplete).await;
    assert_eq!(counter.state(1).await, "supplement_requested");
    let asked = counter.stage.said::<SupplementRequested>("desk").await;
    assert_eq!(asked[0].items.len(), 1);
    assert!(
        asked[0].items[0].starts_with("Thiếu giấy tờ"),
        "{:?}",
        asked[0].items
    );
    counter.wait(3600).await;
    counter
        .hears(&supplemented(1, MARITAL, counter.stage.now()))
        .await;
    let item = counter.item(1).await;
    assert_eq!(
        (item["state"].as_str(), item["round"].as_u64()),
        (Some("awaiting_reception"), Some(2))
    );
    assert_eq!(
        item["pauses"].as_array().map(Vec::len),
        Some(0),
        "a clock that doesn't run isn't stopped"
    );
}

#[tokio::test]
async fn a_complete_dossier_is_received_by_rule_where_the_procedure_says_so() {
    let mut counter = Counter::receiving_by_rule().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    assert_eq!(counter.state(1).await, "awaiting_fee");
    assert!(
        counter
            .register(1)
            .await
            .contains(&"desk: receive → received".to_owned())
    );
}

#[tokio::test]
async fn a_free_dossier_goes_straight_to_its_handler() {
    let mut counter = Counter::receiving_by_rule().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let mut free = assessed(1, 1, &[]);
    (free.fee, free.total) = (vec![], contracts::Vnd::ZERO);
    counter.hears(&free).await;
    assert_eq!(counter.state(1).await, "under_examination_by_handler");
    assert!(counter.stage.said::<RequestFee>("desk").await.is_empty());
}

#[tokio::test]
async fn a_handler_may_refuse_or_leave_it_to_an_officer() {
    let mut counter = Counter::receiving_by_rule().await;
    for n in [1, 2] {
        counter.hears(&submitted(n, EXTRACT)).await;
        counter.hears(&assessed(n, 1, &[])).await;
        counter.hears(&paid(n)).await;
    }
    let note = "Tên trong sổ khác một dấu.".to_owned();
    counter
        .hears(&examined(1, 1, Verdict::Officer { note: note.clone() }))
        .await;
    let item = counter.item(1).await;
    assert_eq!(
        (item["state"].as_str(), item["note"].as_str()),
        (Some("under_examination_by_officer"), Some(note.as_str()))
    );
    counter
        .hears(&examined(
            2,
            1,
            Verdict::Refuse {
                reason: "Không có trong sổ.".to_owned(),
            },
        ))
        .await;
    let item = counter.item(2).await;
    assert_eq!(item["proposal"]["outcome"], "refused");
    assert_eq!(item["proposal"]["name"], HANDLER);
}

#[tokio::test]
async fn an_officer_does_not_receive_and_says_why() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    assert_eq!(
        counter
            .does(1, "reject", &json!({ "reason": "Không thuộc thẩm quyền." }))
            .await,
        "rejected"
    );
    let rejected = counter.stage.said::<DossierRejected>("desk").await;
    assert_eq!((rejected.len(), rejected[0].dossier), (1, dossier(1)));
    assert_eq!(rejected[0].reason, "Không thuộc thẩm quyền.");
    counter.hears(&paid(1)).await;
    counter.hears(&handed_over(1)).await;
    assert_eq!(
        counter.parked().await.len(),
        2,
        "what can never fit is an operator's"
    );
}

#[tokio::test]
async fn a_fee_that_does_not_add_up_is_parked() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let mut wrong = assessed(1, 1, &[]);
    wrong.total = contracts::Vnd::new(15_000).unwrap();
    counter.hears(&wrong).await;
    assert_eq!(
        counter.parked().await,
        ["the lines of the fee don't add up to its total"]
    );
    assert_eq!(counter.state(1).await, "awaiting_assessment");
}
