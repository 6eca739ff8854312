//! What a service believes of mandates, in whatever order it has heard of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use chassis::{Migration, Service};
use contracts::{
    AccountId, MandateId,
    identity::{Consent, MandateAct, MandateEnded, MandateGiven},
};
use testkit::Stage;
use uuid::Uuid;

const GIVER: AccountId = AccountId(Uuid::from_u128(2));
const AGENT: AccountId = AccountId(Uuid::from_u128(3));

fn listener() -> Service {
    Service::new("listener")
        .migrations(|| -> Vec<Migration> { vec![mandates::migration("m0001_mandates")] })
        .hears(mandates::given)
        .hears(mandates::ended)
}

fn given(stage: &Stage, number: u128, consent: Consent) -> MandateGiven {
    MandateGiven {
        mandate: MandateId(Uuid::from_u128(number)),
        giver: GIVER,
        agent: AGENT,
        acts: [MandateAct::View, MandateAct::Pay].into(),
        procedures: Some(["2.000635".parse().unwrap()].into()),
        consent,
        given_at: stage.now(),
        valid_until: stage.now() + Duration::from_hours(2),
    }
}

fn ended(stage: &Stage, number: u128) -> MandateEnded {
    MandateEnded {
        mandate: MandateId(Uuid::from_u128(number)),
        ended_at: stage.now(),
    }
}

async fn counting(stage: &Stage, giver: AccountId, agent: AccountId) -> usize {
    let reads = stage.app("listener").db().reads();
    let found = mandates::between(reads, giver, agent, stage.now()).await;
    found.unwrap().len()
}

#[tokio::test]
async fn a_mandate_counts_between_these_two_until_it_expires_and_no_event_is_needed_for_that() {
    let mut stage = Stage::with(vec![listener()]).await;
    let said = given(&stage, 1, Consent::Given);
    for _ in 0..2 {
        assert!(stage.say("identity", &said).await);
    }
    stage.settle().await;
    assert_eq!(counting(&stage, GIVER, AGENT).await, 1);
    assert_eq!(counting(&stage, AGENT, GIVER).await, 0);
    let another = AccountId(Uuid::from_u128(4));
    assert_eq!(counting(&stage, GIVER, another).await, 0);
    stage.advance(Duration::from_hours(2)).await;
    assert_eq!(counting(&stage, GIVER, AGENT).await, 0);
}

#[tokio::test]
async fn an_end_counts_whether_it_is_heard_before_or_after_the_beginning() {
    let mut stage = Stage::with(vec![listener()]).await;
    stage
        .say("identity", &given(&stage, 1, Consent::Given))
        .await;
    stage.settle().await;
    assert_eq!(counting(&stage, GIVER, AGENT).await, 1);
    stage.say("identity", &ended(&stage, 1)).await;
    stage.say("identity", &ended(&stage, 2)).await;
    stage
        .say("identity", &given(&stage, 2, Consent::Given))
        .await;
    stage.settle().await;
    assert_eq!(counting(&stage, GIVER, AGENT).await, 0);
}

#[tokio::test]
async fn only_a_mandate_that_was_given_lets_somebody_do_what_comes_after_filing() {
    let mut stage = Stage::with(vec![listener()]).await;
    stage
        .say("identity", &given(&stage, 1, Consent::Assisted))
        .await;
    stage.settle().await;
    let (covered, other) = ("2.000635".parse().unwrap(), "1.004873".parse().unwrap());
    let lets = async |stage: &Stage, act, procedure| {
        let (reads, now) = (stage.app("listener").db().reads(), stage.now());
        let asked = mandates::lets(reads, (GIVER, AGENT), act, procedure, now);
        asked.await.unwrap()
    };
    assert!(!lets(&stage, MandateAct::Pay, Some(&covered)).await);
    stage
        .say("identity", &given(&stage, 2, Consent::Given))
        .await;
    stage.settle().await;
    assert!(lets(&stage, MandateAct::Pay, Some(&covered)).await);
    assert!(!lets(&stage, MandateAct::Pay, Some(&other)).await);
    assert!(!lets(&stage, MandateAct::Pay, None).await);
    assert!(!lets(&stage, MandateAct::Receive, Some(&covered)).await);
}
