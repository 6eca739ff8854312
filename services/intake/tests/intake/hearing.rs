//! What others say about a dossier, in whatever order it comes.

use chassis::Envelope;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    Delivery, DossierCode, DossierId, OrderId, ResultId, Vnd,
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, DossierReceived, DossierRejected, Outcome, SupplementRequested},
    intake::{Applicant, DossierSupplemented},
    notification::{MessageDelivered, MessageUndeliverable, Way},
    payment::{FeeOrdered, FeePaid, Method},
};
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

use crate::play::*;

const CODE: &str = "H15.50.05.13-261008-0001";

fn after(stage: &Stage, minutes: i64) -> DateTime<Utc> {
    stage.now() + TimeDelta::minutes(minutes)
}

fn received(stage: &Stage, dossier: DossierId) -> DossierReceived {
    DossierReceived {
        dossier,
        code: CODE.parse().unwrap(),
        organisation: "H15.50.05.13".parse().unwrap(),
        received_at: after(stage, 1),
        due_at: after(stage, 400),
    }
}

fn decided(stage: &Stage, dossier: DossierId, outcome: Outcome) -> DossierDecided {
    DossierDecided {
        dossier,
        code: CODE.parse::<DossierCode>().unwrap(),
        procedure: "2.000635".parse().unwrap(),
        procedure_version: 1,
        organisation: "H15.50.05".parse().unwrap(),
        applicant: Applicant {
            account: Stage::account(CITIZEN),
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            citizen_id: CITIZEN.parse().unwrap(),
            phone: None,
            email: None,
            address: None,
        },
        delivery: Delivery::Portal,
        copies: 2,
        outcome,
        signed_by: "Trần Văn Thử".parse().unwrap(),
        signer: None,
        signer_title: "Chủ tịch".to_owned(),
        decided_at: after(stage, 5),
    }
}

/// A granted dossier's whole way, as the others say it.
fn whole_story(stage: &Stage, dossier: DossierId) -> Vec<Envelope> {
    let (order, result) = (OrderId(Uuid::from_u128(1)), ResultId(Uuid::from_u128(2)));
    let total = Vnd::new(16_000).unwrap();
    vec![
        stage.seal("desk", &received(stage, dossier)),
        stage.seal(
            "payment",
            &FeeOrdered {
                order,
                dossier,
                total,
                ordered_at: after(stage, 2),
            },
        ),
        stage.seal(
            "payment",
            &FeePaid {
                order,
                dossier,
                total,
                method: Method::Vnpay,
                paid_at: after(stage, 3),
            },
        ),
        stage.seal(
            "desk",
            &decided(stage, dossier, Outcome::Granted { result: Vec::new() }),
        ),
        stage.seal(
            "delivery",
            &ResultIssued {
                result,
                dossier,
                number: "12/TLHT-BS".to_owned(),
                sha256: "b".repeat(64),
                check_code: "KTRA-1234".to_owned(),
                delivery: Delivery::Portal,
                issued_at: after(stage, 6),
            },
        ),
        stage.seal(
            "delivery",
            &ResultHandedOver {
                result,
                dossier,
                delivery: Delivery::Portal,
                handed_over_at: after(stage, 7),
            },
        ),
    ]
}

async fn told(orders: &[usize]) -> Value {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let story = whole_story(&stage, id);
    for place in orders {
        assert!(stage.deliver(story[*place].clone()).await);
    }
    stage.settle().await;
    let mut shown = show(&stage, id).await;
    shown["dossier"] = Value::Null;
    shown
}

#[tokio::test]
async fn events_in_any_order_and_repeated_end_in_the_same_page() {
    let expected = told(&[0, 1, 2, 3, 4, 5]).await;
    assert_eq!(expected["state"], "returned");
    assert_eq!(expected["national_status"], 10);
    assert_eq!(expected["code"], CODE);
    assert_eq!(expected["money"]["state"], "paid");
    assert_eq!(expected["money"]["total"], 16_000);
    assert_eq!(expected["delivery"]["state"], "handed_over");
    assert_eq!(expected["delivery"]["number"], "12/TLHT-BS");
    let line = expected["time_line"].as_array().unwrap();
    let events: Vec<&str> = line
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "opened",
            "submitted",
            "received",
            "fee_ordered",
            "fee_paid",
            "granted",
            "result_issued",
            "result_handed_over"
        ]
    );
    for order in [
        [5, 4, 3, 2, 1, 0].as_slice(),
        &[2, 0, 5, 1, 4, 3],
        &[3, 3, 0, 4, 0, 1, 5, 2, 2, 5],
        &[1, 3, 5, 0, 2, 4, 1],
    ] {
        assert_eq!(told(order).await, expected, "{order:?}");
    }
}

#[tokio::test]
async fn a_late_event_never_takes_a_dossier_back() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let story = whole_story(&stage, id);
    for (place, state) in [
        (3, "decided"),
        (0, "decided"),
        (1, "decided"),
        (2, "decided"),
        (5, "returned"),
        (4, "returned"),
    ] {
        stage.deliver(story[place].clone()).await;
        stage.settle().await;
        assert_eq!(show(&stage, id).await["state"], state);
    }
}

#[tokio::test]
async fn the_steps_between_are_shown() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let story = whole_story(&stage, id);
    let expected = [
        ("received", 2, "none"),
        ("received", 6, "due"),
        ("under_examination", 4, "paid"),
        ("decided", 9, "paid"),
    ];
    for (envelope, (state, status, money)) in story.into_iter().zip(expected) {
        stage.deliver(envelope).await;
        stage.settle().await;
        let shown = show(&stage, id).await;
        assert_eq!(
            (
                &shown["state"],
                &shown["national_status"],
                &shown["money"]["state"]
            ),
            (&json!(state), &json!(status), &json!(money))
        );
    }
}

#[tokio::test]
async fn an_event_that_comes_before_its_dossier_waits() {
    let mut stage = stage().await;
    let unknown = DossierId(Uuid::from_u128(99));
    stage.say("desk", &received(&stage, unknown)).await;
    stage.settle().await;
    assert!(
        stage.parked("intake").await.is_empty(),
        "it is tried again later"
    );
}

#[tokio::test]
async fn a_refusal_and_a_rejection_tell_why() {
    let mut stage = stage().await;
    let refused = filed(&mut stage).await;
    let reason = "Không có trong sổ.".to_owned();
    stage.say("desk", &received(&stage, refused)).await;
    stage
        .say(
            "desk",
            &decided(
                &stage,
                refused,
                Outcome::Refused {
                    reason: reason.clone(),
                },
            ),
        )
        .await;
    let rejected = filed(&mut stage).await;
    stage
        .say(
            "desk",
            &DossierRejected {
                dossier: rejected,
                reason,
                rejected_at: after(&stage, 1),
            },
        )
        .await;
    stage.settle().await;
    let (refused, rejected) = (show(&stage, refused).await, show(&stage, rejected).await);
    assert_eq!(
        (&refused["state"], &refused["national_status"]),
        (&json!("refused"), &json!(9))
    );
    assert_eq!(
        (&rejected["state"], &rejected["national_status"]),
        (&json!("rejected"), &json!(3))
    );
    for shown in [refused, rejected] {
        let last = shown["time_line"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        assert!(
            last["text_vi"]
                .as_str()
                .unwrap()
                .ends_with("Lý do: Không có trong sổ."),
            "{last}"
        );
    }
}

#[tokio::test]
async fn a_supplement_is_answered_once_it_is_asked_for() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let (path, token) = (
        format!("/intake/dossiers/{id}/supplement"),
        stage.citizen(CITIZEN),
    );
    let added = json!({ "form": { "so_ban_sao": "3" } });
    assert_eq!(
        stage.post(&path, Some(&token), &added).await.status,
        409,
        "nothing is asked"
    );

    let items = vec!["Ghi lại số bản sao.".to_owned()];
    stage
        .say(
            "desk",
            &SupplementRequested {
                dossier: id,
                items,
                requested_at: after(&stage, 9),
            },
        )
        .await;
    stage.settle().await;
    let shown = show(&stage, id).await;
    assert_eq!(
        (&shown["state"], &shown["national_status"]),
        (&json!("supplement_requested"), &json!(5))
    );
    assert_eq!(shown["asked"], json!(["Ghi lại số bản sao."]));

    let wrong = json!({ "form": { "so_ban_sao": "ba" } });
    assert_eq!(
        wrong_fields(&stage.post(&path, Some(&token), &wrong).await),
        ["form.so_ban_sao"]
    );
    assert_eq!(
        show(&stage, id).await,
        shown,
        "what is refused changes nothing"
    );

    let answer = stage.post(&path, Some(&token), &added).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json()["state"],
        "submitted",
        "nobody has received it yet"
    );
    let again = stage.post(&path, Some(&token), &added).await;
    assert_eq!((again.status, again.json()), (answer.status, answer.json()));
    stage.settle().await;
    let said = stage.said::<DossierSupplemented>("intake").await;
    assert_eq!(said.len(), 1);
    assert_eq!(
        (
            said[0].form["so_ban_sao"].as_str(),
            said[0].form["ho_ten"].as_str()
        ),
        ("3", "Nguyễn Thị Ví Dụ")
    );
    assert_eq!(said[0].documents.len(), 1);
}

#[tokio::test]
async fn who_has_code_and_number_may_follow_a_dossier_without_seeing_the_person() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    stage.say("desk", &received(&stage, id)).await;
    stage
        .say(
            "desk",
            &decided(
                &stage,
                id,
                Outcome::Refused {
                    reason: "Nguyễn Thị Ví Dụ không có trong sổ.".to_owned(),
                },
            ),
        )
        .await;
    stage.settle().await;
    let found = stage
        .get(&format!("/intake/track/{CODE}?citizen_id={CITIZEN}"), None)
        .await;
    assert_eq!(found.status, 200);
    assert_eq!(found.json()["state"], "refused");
    assert_eq!(found.json()["procedure"]["code"], "2.000635");
    for personal in ["Ví Dụ", CITIZEN, "1990", "form", "documents"] {
        assert!(
            !found.text().contains(personal),
            "{personal}: {}",
            found.text()
        );
    }
    for path in [
        format!("/intake/track/{CODE}?citizen_id={OTHER}"),
        format!("/intake/track/{CODE}"),
        format!("/intake/track/H15.50.05.13-261008-0002?citizen_id={CITIZEN}"),
        "/intake/track/x?citizen_id=y".to_owned(),
    ] {
        assert_eq!(stage.get(&path, None).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_time_line_says_that_the_citizen_was_told_only_where_that_is_sure() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let before = show(&stage, id).await["time_line"]
        .as_array()
        .unwrap()
        .len();
    let delivered = |confirmed, way, minutes| MessageDelivered {
        message: Uuid::from_u128(7),
        dossier: id,
        tells: "desk.supplement-requested.v1".to_owned(),
        way,
        confirmed,
        delivered_at: after(&stage, minutes),
    };
    stage
        .say("notification", &delivered(false, Way::Mail, 1))
        .await;
    let missed = MessageUndeliverable {
        message: Uuid::from_u128(7),
        dossier: id,
        tells: "desk.supplement-requested.v1".to_owned(),
        call: true,
        given_up_at: after(&stage, 2),
    };
    stage.say("notification", &missed).await;
    stage
        .say("notification", &delivered(true, Way::Call, 3))
        .await;
    stage.settle().await;
    let shown = show(&stage, id).await;
    let line = &shown["time_line"].as_array().unwrap()[before..];
    let told: Vec<_> = line
        .iter()
        .map(|one| one["text_vi"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "Chưa báo được tin cho bạn; tin có trong hộp thư. Cán bộ sẽ gọi điện.",
            "Bạn đã được báo tin qua điện thoại."
        ]
    );
    assert_eq!(shown["state"], "submitted");
}
