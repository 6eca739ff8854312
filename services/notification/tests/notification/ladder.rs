//! The ladder, climbed: receipts, what comes back, the night, and what need not be told any more.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::{
    intake::DossierSupplemented,
    notification::{MessageDelivered, MessageUndeliverable, Way},
};
use notification::{
    channel::{Outcome, Receipt},
    handlers::receipts,
};
use serde_json::json;
use testkit::Stage;

use super::{
    DOSSIER, after, files, life, mail, received, server::Server, stage_with, submitted, told_of,
};

/// A mail has ten minutes to be confirmed, and an officer calls then.
const CONFIRMED: [(&str, &str); 2] = [
    ("NOTIFICATION__CONFIRM_MINUTES__MAIL", "10"),
    ("NOTIFICATION__NORMAL__CALL", "true"),
];

async fn receipt(stage: &Stage, reference: &str, outcome: Outcome) {
    let receipt = Receipt {
        provider: "smtp".to_owned(),
        reference: reference.to_owned(),
        outcome,
        at: stage.now(),
    };
    let taken = stage.app("notification");
    let taken = taken.transact(async |tx| receipts::take(&tx, &receipt).await);
    taken.await.unwrap();
}

fn undeliverable() -> Outcome {
    Outcome::Undeliverable {
        code: "5.1.1".to_owned(),
        reason: "no such user".to_owned(),
    }
}

/// The Message-IDs of the mails in the folder.
fn references(stage: &Stage) -> Vec<String> {
    let files = files(stage);
    let ids = files.iter().map(|file| {
        let (_, behind) = file.split_once("Message-ID: <").unwrap();
        behind.split_once('@').unwrap().0.to_owned()
    });
    ids.collect()
}

async fn state(stage: &Stage) -> String {
    let told = told_of(stage).await;
    told.last().unwrap()["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_not_confirmed_in_time_is_called_and_a_receipt_ends_it_before() {
    for confirmed in [true, false] {
        let mut stage = stage_with(&CONFIRMED).await;
        stage
            .say("intake", &submitted(Some("vi.du@example.vn")))
            .await;
        stage.say("desk", &received()).await;
        stage.settle().await;
        assert_eq!(
            (state(&stage).await.as_str(), files(&stage).len()),
            ("open", 2)
        );
        if confirmed {
            for reference in references(&stage) {
                receipt(&stage, &reference, Outcome::Delivered).await;
                receipt(&stage, &reference, Outcome::Delivered).await;
            }
        }
        stage.advance(Duration::from_mins(10)).await;
        let delivered = stage.said::<MessageDelivered>("notification").await;
        let given_up = stage.said::<MessageUndeliverable>("notification").await;
        let calls = stage
            .get("/notification/calls", Some(&stage.officer()))
            .await;
        let calls = calls.json()["calls"].as_array().unwrap().len();
        if confirmed {
            assert_eq!(state(&stage).await, "delivered");
            assert_eq!((delivered.len(), given_up.len(), calls), (2, 0, 0));
            assert!(
                delivered
                    .iter()
                    .all(|one| one.confirmed && one.way == Way::Mail)
            );
        } else {
            assert_eq!(state(&stage).await, "called");
            // The first was for the record: nobody is called for that.
            assert_eq!((delivered.len(), given_up.len(), calls), (0, 2, 1));
            assert_eq!(given_up.iter().filter(|one| one.call).count(), 1);
        }
        assert_eq!(files(&stage).len(), 2, "nothing was sent twice");
        assert!(stage.parked("notification").await.is_empty());
    }
}

#[tokio::test]
async fn a_mail_that_comes_back_is_the_next_rungs_turn() {
    let mut stage = stage_with(&[("NOTIFICATION__LOW__CALL", "true")]).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let [reference] = &references(&stage)[..] else {
        unreachable!("one mail went out");
    };
    let delivered = stage.said::<MessageDelivered>("notification").await;
    assert_eq!((delivered.len(), delivered[0].confirmed), (1, false));
    receipt(&stage, reference, undeliverable()).await;
    stage.settle().await;
    let given_up = stage.said::<MessageUndeliverable>("notification").await;
    assert!(
        given_up
            .iter()
            .any(|one| one.message == delivered[0].message && one.call)
    );
    // What came back stays so.
    receipt(&stage, reference, Outcome::Delivered).await;
    stage.settle().await;
    assert_eq!(
        stage.said::<MessageDelivered>("notification").await.len(),
        1
    );
}

#[tokio::test]
async fn a_receipt_may_come_before_the_answer_and_one_about_nothing_is_no_harm() {
    let server = Server::open().await;
    server.answers("450 4.2.1 later");
    let url = server.url();
    let mut stage = stage_with(&[("NOTIFICATION__SMTP__URL", &url), CONFIRMED[0]]).await;
    receipt(&stage, "nobody knows this", Outcome::Delivered).await;
    receipt(&stage, "nobody knows this", undeliverable()).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    assert_eq!(mail(&stage).await["state"], "later");
    server.answers("250 2.1.5 fine");
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(mail(&stage).await["state"], "taken");
    receipt(&stage, "not ours either", Outcome::Unknown).await;
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn in_the_night_nobody_is_woken_and_in_the_morning_nothing_is_forgotten() {
    let mut stage = stage_with(&[]).await;
    // 22:15 in Vietnam.
    stage.advance(Duration::from_hours(13)).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    assert_eq!(
        (files(&stage).len(), state(&stage).await.as_str()),
        (0, "open")
    );
    stage.advance(Duration::from_hours(7)).await;
    assert_eq!(files(&stage).len(), 0, "it is a quarter past five");
    stage.advance(Duration::from_mins(45)).await;
    assert_eq!(
        (files(&stage).len(), state(&stage).await.as_str()),
        (1, "delivered")
    );
}

#[tokio::test]
async fn what_is_urgent_may_wake_people_where_the_office_says_so() {
    let mut stage = stage_with(&[("NOTIFICATION__URGENT__PASSES_QUIET_HOURS", "true")]).await;
    stage.advance(Duration::from_hours(13)).await;
    let life = life(&stage, Some("vi.du@example.vn"));
    stage.deliver(life[0].clone()).await;
    stage.deliver(life[4].clone()).await;
    stage.settle().await;
    let files = files(&stage);
    assert_eq!(files.len(), 1);
    assert!(
        files[0].contains("=?utf-8?"),
        "the one that asks for a supplement"
    );
    let states = told_of(&stage).await;
    let states: Vec<_> = states
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["open", "delivered"]);
}

#[tokio::test]
async fn what_was_asked_for_and_came_is_not_asked_for_again_in_whatever_order_that_is_heard() {
    for supplement_first in [true, false] {
        let mut stage = stage_with(&[]).await;
        // In the night, so that it is not told before.
        stage.advance(Duration::from_hours(13)).await;
        stage
            .say("intake", &submitted(Some("vi.du@example.vn")))
            .await;
        stage.settle().await;
        let asked = life(&stage, None)[4].clone();
        let supplemented: DossierSupplemented = serde_json::from_str(
            contracts::all()
                .iter()
                .find(|one| one.name == "DossierSupplemented")
                .unwrap()
                .golden,
        )
        .unwrap();
        let supplemented = DossierSupplemented {
            dossier: DOSSIER,
            supplemented_at: after(4) + TimeDelta::minutes(5),
            ..supplemented
        };
        if supplement_first {
            stage.say("intake", &supplemented).await;
            stage.deliver(asked).await;
        } else {
            stage.deliver(asked).await;
            stage.say("intake", &supplemented).await;
        }
        stage.advance(Duration::from_hours(8)).await;
        let told = told_of(&stage).await;
        let states: Vec<_> = told.iter().map(|one| &one["state"]).collect();
        assert_eq!(states, [&json!("delivered"), &json!("superseded")]);
        assert_eq!(files(&stage).len(), 1);
    }
}

#[tokio::test]
async fn what_was_read_in_the_portal_is_not_told_by_other_ways() {
    let mut stage = stage_with(&[]).await;
    stage.advance(Duration::from_hours(13)).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let owner = stage.citizen(super::OWNER);
    let id = super::shown(&stage).await["messages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/notification/messages/{id}/read");
    stage.post(&path, Some(&owner), &json!({})).await;
    stage.advance(Duration::from_hours(8)).await;
    assert_eq!(
        (files(&stage).len(), state(&stage).await.as_str()),
        (0, "superseded")
    );
}
