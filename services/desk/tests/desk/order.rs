//! Messages that come late, twice or in any order end in the same state.

use std::collections::BTreeMap;

use chassis::Envelope;
use serde_json::json;

use crate::counter::{
    Counter, EXTRACT, HANDLER, MARITAL, assessed, at, dossier, examined, grant, handed_over, paid,
    submitted, supplemented,
};

/// How many orders are tried, each with a dossier of its own.
const ORDERS: u128 = 40;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }
}

/// Every message of a dossier's life, in order.
fn life(counter: &Counter, n: u128) -> Vec<Envelope> {
    let stage = &counter.stage;
    vec![
        stage.seal("intake", &submitted(n, EXTRACT)),
        stage.seal(HANDLER, &assessed(n, 1, &["Thiếu giấy tờ."])),
        stage.seal("intake", &supplemented(n, EXTRACT, at("2026-10-08 09:16"))),
        stage.seal(HANDLER, &assessed(n, 2, &[])),
        stage.seal("payment", &paid(n)),
        stage.seal(HANDLER, &examined(n, 1, grant())),
        stage.seal("delivery", &handed_over(n)),
    ]
}

#[tokio::test]
async fn any_order_with_any_duplicates_ends_in_the_same_state() {
    let (mut counter, mut dice) = (Counter::receiving_by_rule().await, Dice(7));
    for n in 0..ORDERS {
        let mut messages = life(&counter, n);
        // The first dossier's come in order; of every other's some come twice, by the same id or said anew.
        if n > 0 {
            let again = life(&counter, n);
            messages.extend(
                (0..3)
                    .map(|_| messages[dice.below(7)].clone())
                    .collect::<Vec<_>>(),
            );
            messages.extend(
                (0..3)
                    .map(|_| again[dice.below(7)].clone())
                    .collect::<Vec<_>>(),
            );
            for place in (1..messages.len()).rev() {
                messages.swap(place, dice.below(place + 1));
            }
        }
        for message in messages {
            assert!(counter.stage.deliver(message).await);
        }
    }
    counter.stage.settle().await;
    for seconds in [1, 1, 1, 13, 75, 400] {
        counter.wait(seconds).await;
    }
    for n in 0..ORDERS {
        assert_eq!(
            counter.does(n, "sign-off", &json!({})).await,
            "decided",
            "order {n}"
        );
    }
    for seconds in [2_200, 9_000, 26_000] {
        counter.wait(seconds).await;
    }
    assert_eq!(counter.parked().await, Vec::<String>::new());
    let first = counter.register(0).await;
    for n in 0..ORDERS {
        assert_eq!(counter.state(n).await, "returned", "order {n}");
        assert_eq!(counter.register(n).await, first, "order {n}");
    }
    // Everything was said once a dossier, asking for an assessment twice.
    let mut times = BTreeMap::new();
    for wire in counter.said().await {
        *times.entry(wire).or_insert(0) += 1;
    }
    let twice = times.remove("desk.assess-dossier.v1");
    assert_eq!(twice, Some(2 * ORDERS));
    assert_eq!(times.len(), 5, "{times:?}");
    assert!(times.values().all(|count| *count == ORDERS), "{times:?}");
}

#[tokio::test]
async fn what_comes_before_its_dossier_waits_for_it() {
    let mut counter = Counter::open().await;
    counter.hears(&assessed(1, 1, &[])).await;
    counter.hears(&paid(1)).await;
    counter.hears(&submitted(1, EXTRACT)).await;
    for seconds in [1, 1, 1] {
        counter.wait(seconds).await;
    }
    assert_eq!(counter.state(1).await, "awaiting_reception");
    assert_eq!(counter.does(1, "receive", &json!({})).await, "awaiting_fee");
    counter.wait(60).await;
    assert_eq!(counter.state(1).await, "under_examination_by_handler");
    assert!(counter.parked().await.is_empty());
}

#[tokio::test]
async fn a_version_that_is_not_in_the_catalogue_waits_for_the_next_roll_out() {
    let mut counter = Counter::open().await;
    let mut newer = submitted(1, MARITAL);
    newer.procedure_version = 9;
    counter.hears(&newer).await;
    let path = format!("/desk/dossiers/{}", dossier(1));
    assert_eq!(
        counter
            .stage
            .get(&path, Some(&counter.officer()))
            .await
            .status,
        404
    );
    assert!(counter.parked().await.is_empty());
}
