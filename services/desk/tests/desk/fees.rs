//! When a fee is due, what waits for it, and what becomes of it when the dossier ends.

use contracts::{
    desk::{DossierDecided, DossierReceived, ResultAwaitsFee},
    payment::{RefundCause, RequestFee, ReturnFee},
};
use serde_json::json;

use crate::counter::{Counter, EXTRACT, assessed, examined, grant, order, paid, submitted};

const FILE: &str = "procedures/2.000635.yaml";

/// A desk whose extracts have their fee due at another moment.
async fn due(moment: &str) -> Counter {
    Counter::changed(FILE, "fee:\n", &format!("fee:\n  due: {moment}\n")).await
}

fn refuse() -> contracts::agency::Verdict {
    contracts::agency::Verdict::Refuse {
        reason: "Không có trong sổ hộ tịch.".to_owned(),
    }
}

#[tokio::test]
async fn a_fee_before_reception_is_asked_for_under_the_code_that_the_dossier_then_keeps() {
    let mut counter = due("before_reception").await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    assert_eq!(counter.state(1).await, "awaiting_advance_fee");
    let answer = counter
        .act(1, "receive", &counter.officer(), &json!({}))
        .await;
    assert_eq!(answer.status, 409, "not before it is paid");
    let asked = counter.stage.said::<RequestFee>("desk").await;
    assert_eq!((asked.len(), asked[0].order), (1, order(1)));
    counter.hears(&paid(1)).await;
    assert_eq!(counter.state(1).await, "awaiting_reception");
    counter.does(1, "receive", &json!({})).await;
    let received = counter.stage.said::<DossierReceived>("desk").await;
    assert_eq!(received[0].code, asked[0].code);
    assert_eq!(counter.stage.said::<RequestFee>("desk").await.len(), 1);
    assert_eq!(counter.state(1).await, "under_examination_by_handler");
}

#[tokio::test]
async fn who_is_not_received_gets_the_fee_back() {
    let mut counter = due("before_reception").await;
    for n in [1, 2] {
        counter.hears(&submitted(n, EXTRACT)).await;
        counter.hears(&assessed(n, 1, &[])).await;
    }
    counter.hears(&paid(1)).await;
    let why = json!({ "reason": "Không thuộc thẩm quyền." });
    for n in [1, 2] {
        assert_eq!(counter.does(n, "reject", &why).await, "rejected");
    }
    let back = counter.stage.said::<ReturnFee>("desk").await;
    let told: Vec<_> = back.iter().map(|it| (it.order, it.cause)).collect();
    let cause = RefundCause::Refused;
    assert_eq!(told, [(order(1), cause), (order(2), cause)]);
    assert_eq!(back[0].reason.as_str(), "Không thuộc thẩm quyền.");
}

#[tokio::test]
async fn a_result_waits_for_its_fee_and_goes_out_as_it_was_signed() {
    let mut counter = due("before_result").await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    counter.does(1, "receive", &json!({})).await;
    assert_eq!(counter.state(1).await, "under_examination_by_handler");
    counter.hears(&examined(1, 1, grant())).await;
    assert_eq!(
        counter.does(1, "sign-off", &json!({})).await,
        "awaiting_result_fee"
    );
    let signed = counter.item(1).await["decision"]["decided_at"].clone();
    assert!(
        counter
            .stage
            .said::<DossierDecided>("desk")
            .await
            .is_empty()
    );
    let waits = counter.stage.said::<ResultAwaitsFee>("desk").await;
    assert_eq!((waits[0].order, waits[0].total.dong()), (order(1), 16_000));
    counter.wait(3_600).await;
    counter.hears(&paid(1)).await;
    assert_eq!(counter.state(1).await, "decided");
    let decided = counter.stage.said::<DossierDecided>("desk").await;
    assert_eq!(decided.len(), 1);
    assert_eq!(json!(decided[0].decided_at), signed);
}

#[tokio::test]
async fn a_result_whose_fee_was_paid_before_waits_for_nothing() {
    let mut counter = due("before_result").await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    counter.does(1, "receive", &json!({})).await;
    counter.hears(&paid(1)).await;
    counter.hears(&examined(1, 1, grant())).await;
    assert_eq!(counter.does(1, "sign-off", &json!({})).await, "decided");
    assert!(
        counter
            .stage
            .said::<ResultAwaitsFee>("desk")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn after_a_refusal_the_fee_goes_as_the_procedure_says() {
    for (yaml, pays, returned) in [
        ("fee:\n  due: before_result\n", false, 1),
        ("fee:\n  due: before_result\n", true, 0),
        ("fee:\n  returned_on_refusal: true\n", true, 1),
        ("fee:\n", true, 0),
    ] {
        let mut counter = Counter::changed(FILE, "fee:\n", yaml).await;
        counter.hears(&submitted(1, EXTRACT)).await;
        counter.hears(&assessed(1, 1, &[])).await;
        counter.does(1, "receive", &json!({})).await;
        if pays {
            counter.hears(&paid(1)).await;
        }
        counter.hears(&examined(1, 1, refuse())).await;
        assert_eq!(counter.does(1, "sign-off", &json!({})).await, "decided");
        let decided = counter.stage.said::<DossierDecided>("desk").await;
        assert_eq!(decided.len(), 1, "a refusal waits for no money");
        let back = counter.stage.said::<ReturnFee>("desk").await;
        assert_eq!(back.len(), returned, "{yaml} {pays}");
    }
}
