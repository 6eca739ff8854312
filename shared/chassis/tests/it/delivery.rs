//! Duplicates, poison, early messages, messages nobody hears, later messages.

use std::{sync::atomic::Ordering, time::Duration};

use chassis::{Service, Tx};
use contracts::payment::{FeeOrdered, FeePaid, RequestFee};
use testkit::Stage;

use crate::sample::{Mood, POISON, echo, effects, fee, till};

#[tokio::test]
async fn a_message_takes_effect_once_however_often_it_comes() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let message = stage.seal("desk", &fee(1));
    for _ in 0..5 {
        assert!(stage.deliver(message.clone()).await);
        stage.settle().await;
    }
    assert_eq!(effects(stage.app("till")).await, 1);
    assert_eq!(effects(stage.app("echo")).await, 1);
    assert_eq!(stage.said::<FeeOrdered>("till").await.len(), 1);
}

#[tokio::test]
async fn what_is_said_carries_its_cause_and_its_trace() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let mut message = stage.seal("desk", &fee(1));
    message.traceparent =
        Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    stage.deliver(message.clone()).await;
    stage.settle().await;
    let said = stage.said_envelopes("till").await;
    assert_eq!(said[0].causation, Some(message.id));
    assert_eq!(said[0].subject, message.subject);
    assert!(
        said[0]
            .traceparent
            .as_deref()
            .unwrap()
            .contains("0af7651916cd43dd8448eb211c80319c")
    );
}

#[tokio::test]
async fn poison_is_parked_alone_and_changes_nothing() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    for amount in [1, 2, POISON, 3] {
        stage.say("desk", &fee(amount)).await;
    }
    stage.settle().await;
    assert_eq!(effects(stage.app("till")).await, 3);
    let parked = stage.parked("till").await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].reason, "thirteen is not served here");
    assert_eq!(parked[0].attempts, 1);
    assert_eq!(parked[0].body, None, "a list shows no bodies");
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_message_and_no_other() {
    let clumsy = Service::new("clumsy")
        .hears(async |request: RequestFee, tx: Tx| {
            assert_ne!(request.total.dong(), POISON, "a mistake of ours");
            tx.say(&FeeOrdered {
                order: request.order,
                dossier: request.dossier,
                total: request.total,
                ordered_at: tx.now(),
            });
            Ok(())
        })
        .says::<FeeOrdered>();
    let mut stage = Stage::with(vec![clumsy]).await;
    for amount in [1, POISON, 2, 3] {
        stage.say("desk", &fee(amount)).await;
    }
    stage.settle().await;
    assert_eq!(stage.said::<FeeOrdered>("clumsy").await.len(), 3);
    let parked = stage.parked("clumsy").await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].reason, "its handler panicked: the log says where");
}

#[tokio::test]
async fn a_message_that_comes_too_early_waits_along_the_ladder() {
    let mood = Mood::default();
    mood.refusals.store(5, Ordering::SeqCst);
    let mut stage = Stage::with(vec![till(&mood), echo()]).await;
    stage.say("desk", &fee(1)).await;
    assert_eq!(
        effects(stage.app("till")).await,
        0,
        "a failed attempt leaves no row"
    );
    // Three quick steps: after them two refusals are left, then 10 s and 1 min.
    for (wait, expected) in [(100, 0), (200, 0), (400, 0), (13_000, 0), (80_000, 1)] {
        stage.advance(Duration::from_millis(wait)).await;
        assert_eq!(
            effects(stage.app("till")).await,
            expected,
            "after another {wait} ms"
        );
    }
    assert_eq!(stage.said::<FeeOrdered>("till").await.len(), 1);
    assert!(stage.parked("till").await.is_empty());
}

#[tokio::test]
async fn a_used_up_ladder_parks_and_a_replay_takes_effect_once() {
    let mood = Mood::default();
    mood.refusals.store(100, Ordering::SeqCst);
    let mut stage = Stage::with(vec![till(&mood), echo()]).await;
    stage.say("desk", &fee(1)).await;
    for _ in 0..chassis::LADDER.len() {
        stage.advance(chassis::stage::LONGEST_WAIT).await;
    }
    let parked = stage.parked("till").await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].attempts, 10);
    assert_eq!(parked[0].history.len(), 10);

    mood.refusals.store(0, Ordering::SeqCst);
    let operator = stage.operator();
    let path = format!("/till/ops/parked/{}/replay", parked[0].id);
    let note = serde_json::json!({ "note": "đã sửa" });
    assert_eq!(stage.post(&path, Some(&operator), &note).await.status, 204);
    assert_eq!(
        stage.post(&path, Some(&operator), &note).await.status,
        404,
        "it is not parked any more"
    );
    stage.settle().await;
    assert_eq!(effects(stage.app("till")).await, 1);
    assert!(stage.parked("till").await.is_empty());
}

#[tokio::test]
async fn only_operators_see_parked_messages_and_a_discard_is_final() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    stage.say("desk", &fee(POISON)).await;
    stage.settle().await;
    assert_eq!(stage.get("/till/ops/parked", None).await.status, 401);
    assert_eq!(
        stage
            .get("/till/ops/parked", Some(&stage.officer()))
            .await
            .status,
        403
    );
    let operator = stage.operator();
    let list = stage.get("/till/ops/parked", Some(&operator)).await.json();
    let id = list[0]["id"].as_str().unwrap().to_owned();
    let one = stage
        .get(&format!("/till/ops/parked/{id}"), Some(&operator))
        .await
        .json();
    assert!(
        one["body"]
            .as_str()
            .unwrap()
            .contains("H15.50.05.13-261008-0975")
    );
    let path = format!("/till/ops/parked/{id}/discard");
    assert_eq!(
        stage
            .post(&path, Some(&operator), &serde_json::json!({}))
            .await
            .status,
        422,
        "a reason is asked for"
    );
    assert_eq!(
        stage
            .post(
                &path,
                Some(&operator),
                &serde_json::json!({ "note": "thử" })
            )
            .await
            .status,
        204
    );
    stage.advance(chassis::stage::LONGEST_WAIT).await;
    assert_eq!(effects(stage.app("till")).await, 0);
    assert!(stage.parked("till").await.is_empty());
}

#[tokio::test]
async fn a_body_or_a_type_that_is_not_understood_is_parked_not_dropped() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let mut torn = stage.seal("desk", &fee(1));
    torn.body.truncate(20);
    assert!(stage.deliver(torn).await);
    let mut newer = stage.seal("desk", &fee(2));
    newer.wire = "payment.request-fee.v2".to_owned();
    assert!(
        stage.deliver(newer).await,
        "it was routed here under the old key"
    );
    stage.settle().await;
    let reasons: Vec<String> = stage
        .parked("till")
        .await
        .into_iter()
        .map(|parked| parked.reason)
        .collect();
    assert_eq!(reasons.len(), 2);
    assert!(
        reasons[0].contains("payment.request-fee.v1") && !reasons[0].contains("H15"),
        "{}",
        reasons[0]
    );
    assert!(
        reasons[1].contains("does not hear payment.request-fee.v2"),
        "{}",
        reasons[1]
    );
}

#[tokio::test]
async fn what_nobody_hears_waits_for_its_hearer_and_is_parked_at_last() {
    let mut stage = Stage::with(vec![till(&Mood::default())]).await;
    stage.say("desk", &fee(1)).await;
    stage.settle().await;
    assert!(stage.parked("till").await.is_empty());
    for _ in 0..chassis::LADDER.len() {
        stage.advance(chassis::stage::LONGEST_WAIT).await;
    }
    let parked = stage.parked("till").await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].direction, chassis::parked::Direction::Out);
    assert!(parked[0].reason.contains("nobody hears it"));
}

#[tokio::test]
async fn a_later_message_is_said_when_its_time_comes_and_not_before() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    stage.say("desk", &fee(1)).await;
    stage.settle().await;
    stage.advance(Duration::from_secs(119)).await;
    assert!(stage.said::<FeePaid>("echo").await.is_empty());
    stage.advance(Duration::from_secs(2)).await;
    assert_eq!(stage.said::<FeePaid>("echo").await.len(), 1);
    stage.advance(Duration::from_hours(1)).await;
    assert_eq!(stage.said::<FeePaid>("echo").await.len(), 1);
}

#[tokio::test]
async fn any_order_and_repetition_ends_the_same() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let mut messages: Vec<_> = (1..=8)
        .map(|amount| stage.seal("desk", &fee(amount)))
        .collect();
    messages.extend(messages.clone().into_iter().rev().step_by(2));
    messages.rotate_left(5);
    for message in messages {
        stage.deliver(message).await;
    }
    stage.settle().await;
    assert_eq!(effects(stage.app("till")).await, 8);
    assert_eq!(effects(stage.app("echo")).await, 8);
}
