//! The rules as sentences, and that no order of hearing matters.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::{Delivery, OrderId, ResultId, Vnd, payment::Method};
use procedure::Quote;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_791_000_000 + minute * 60, 0).unwrap()
}

fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(number))
}

fn event(minute: i64, fact: Fact) -> Event {
    Event {
        at: at(minute),
        fact,
    }
}

fn received(minute: i64) -> Event {
    let fact = Fact::Received {
        code: "H15.50.05.13-261008-0001".parse().unwrap(),
        organisation: "H15.50.05.13".parse().unwrap(),
        due_at: at(1_000),
    };
    event(minute, fact)
}

fn asked(minute: i64, item: &str) -> Event {
    let items = vec![item.to_owned()];
    event(minute, Fact::SupplementRequested { items })
}

fn ordered(minute: i64, number: u128) -> Event {
    let total = Vnd::new(16_000).unwrap();
    let order = order(number);
    event(minute, Fact::FeeOrdered { order, total })
}

fn paid(minute: i64, number: u128) -> Event {
    let total = Vnd::new(16_000).unwrap();
    let (order, method) = (order(number), Method::Vnpay);
    event(
        minute,
        Fact::FeePaid {
            order,
            total,
            method,
        },
    )
}

fn submitted(free: bool) -> [Event; 2] {
    [
        event(0, Fact::Opened { by: None }),
        event(
            1,
            Fact::Submitted {
                free,
                fee: None,
                by: None,
            },
        ),
    ]
}

const RESULT: ResultId = ResultId(Uuid::nil());

fn issued(minute: i64) -> Event {
    let fact = Fact::ResultIssued {
        result: RESULT,
        number: "12/TLHT-BS".to_owned(),
        check_code: "ABCD-1234".to_owned(),
        delivery: Delivery::Portal,
    };
    event(minute, fact)
}

fn handed_over(minute: i64) -> Event {
    let delivery = Delivery::Portal;
    event(
        minute,
        Fact::ResultHandedOver {
            result: RESULT,
            delivery,
        },
    )
}

/// A whole level-4 story with two supplement requests and an order that ran out.
fn whole_story() -> Vec<Event> {
    let mut story = submitted(false).to_vec();
    story.extend([
        asked(2, "Chụp lại tờ khai."),
        event(
            3,
            Fact::Supplemented {
                fee: None,
                by: None,
            },
        ),
        received(4),
        ordered(5, 1),
        ordered(6, 2),
        paid(7, 2),
        asked(8, "Thêm giấy ủy quyền."),
        event(
            9,
            Fact::Supplemented {
                fee: None,
                by: None,
            },
        ),
        event(10, Fact::Granted),
        issued(11),
        handed_over(12),
    ]);
    story
}

#[test]
fn the_ordinary_story_goes_through_these_states() {
    use State::{
        Decided, Draft, Received, Returned, Submitted, SupplementRequested, UnderExamination,
    };
    let story = whole_story();
    let states: Vec<State> = (1..=story.len())
        .map(|length| Life::of(story[..length].to_vec()).state())
        .collect();
    let expected = [
        Draft,
        Submitted,
        SupplementRequested,
        Submitted,
        Received,
        Received,
        Received,
        UnderExamination,
        SupplementRequested,
        UnderExamination,
        Decided,
        Decided,
        Returned,
    ];
    assert_eq!(states, expected);
}

#[test]
fn the_national_status_follows() {
    let story = whole_story();
    let codes: Vec<Option<u8>> = (1..=story.len())
        .map(|length| Life::of(story[..length].to_vec()).national_status())
        .collect();
    let expected = [0, 1, 5, 1, 2, 6, 6, 4, 5, 4, 9, 9, 10].map(|code| (code > 0).then_some(code));
    assert_eq!(codes, expected);
    assert_eq!(State::Rejected.national_status(MoneyState::None), Some(3));
    assert_eq!(State::Refused.national_status(MoneyState::Paid), Some(9));
    assert_eq!(State::Withdrawn.national_status(MoneyState::None), None);
}

#[test]
fn a_free_dossier_is_examined_as_soon_as_it_is_received() {
    let mut events = submitted(true).to_vec();
    events.push(received(2));
    assert_eq!(Life::of(events).state(), State::UnderExamination);
}

#[test]
fn a_refused_dossier_and_one_not_received_end_there() {
    let mut events = submitted(false).to_vec();
    let reason = "Không thuộc thẩm quyền.".to_owned();
    events.push(event(
        2,
        Fact::Rejected {
            reason: reason.clone(),
        },
    ));
    assert_eq!(Life::of(events.clone()).state(), State::Rejected);
    events[2] = received(2);
    events.push(event(3, Fact::Refused { reason }));
    assert_eq!(Life::of(events).state(), State::Refused);
}

#[test]
fn a_draft_may_be_given_up_and_a_filed_dossier_may_not() {
    let given_up = [
        event(0, Fact::Opened { by: None }),
        event(1, Fact::Withdrawn { by: None }),
    ];
    assert_eq!(Life::of(given_up).state(), State::Withdrawn);
    let mut filed = submitted(false).to_vec();
    filed.push(event(1, Fact::Withdrawn { by: None }));
    assert_eq!(Life::of(filed).state(), State::Submitted);
}

#[test]
fn an_answer_counts_even_when_the_desks_clock_is_ahead() {
    let mut events = submitted(false).to_vec();
    events.push(asked(10, "Thêm giấy tờ."));
    let life = Life::of(events.clone());
    let answered_at = life.answered_at(at(8)).unwrap();
    events.push(Event {
        at: answered_at,
        fact: Fact::Supplemented {
            fee: None,
            by: None,
        },
    });
    let life = Life::of(events);
    assert_eq!(life.state(), State::Submitted);
    assert_eq!(life.answered_at(at(11)), None);
}

#[test]
fn a_payment_heard_before_its_order_is_a_payment() {
    let mut events = submitted(false).to_vec();
    events.extend([received(2), paid(4, 1)]);
    assert_eq!(Life::of(events.clone()).money().state, MoneyState::Paid);
    events.push(ordered(3, 1));
    assert_eq!(Life::of(events).money().state, MoneyState::Paid);
}

#[test]
fn a_second_order_is_due_until_it_is_paid() {
    let mut events = submitted(false).to_vec();
    events.extend([received(2), ordered(3, 1), paid(4, 1), ordered(5, 2)]);
    let life = Life::of(events.clone());
    assert_eq!(life.money().state, MoneyState::Due);
    assert_eq!(life.money().order.map(|(order, _)| order), Some(order(2)));
    events.push(paid(6, 2));
    assert_eq!(Life::of(events).money().state, MoneyState::Paid);
}

/// Every set of facts that can be known together, and every fact that can be added to it: exactly the listed changes happen.
#[test]
fn the_listed_transitions_are_those_that_happen() {
    let reason = String::new;
    let facts = [
        event(1, Fact::Withdrawn { by: None }),
        event(
            2,
            Fact::Submitted {
                by: None,
                free: false,
                fee: None,
            },
        ),
        event(
            2,
            Fact::Submitted {
                by: None,
                free: true,
                fee: None,
            },
        ),
        asked(3, "a"),
        event(
            4,
            Fact::Supplemented {
                fee: None,
                by: None,
            },
        ),
        received(5),
        event(5, Fact::Rejected { reason: reason() }),
        ordered(6, 1),
        paid(7, 1),
        asked(8, "b"),
        event(
            9,
            Fact::Supplemented {
                fee: None,
                by: None,
            },
        ),
        event(10, Fact::Granted),
        event(10, Fact::Refused { reason: reason() }),
        issued(11),
        handed_over(12),
    ];
    let has = |set: u32, fact: usize| set & (1 << fact) != 0;
    let (withdrawn, filed, free, first, answer, received, rejected) = (0, 1, 2, 3, 4, 5, 6);
    let (ordered, paid, second, answer2, granted, refused, issued, handed) =
        (7, 8, 9, 10, 11, 12, 13, 14);
    let possible = |set: u32| {
        let has = |fact| has(set, fact);
        let is_filed = has(filed) || has(free);
        let other_sides = [received, ordered, paid, granted, refused, issued, handed];
        let of_others = set >> first != 0;
        let contradicts = [
            has(filed) && has(free),
            has(withdrawn) && is_filed,
            of_others && !is_filed,
            has(answer) && !has(first),
            has(answer2) && !has(second),
            has(rejected) && other_sides.into_iter().any(has),
            has(refused) && [granted, issued, handed].into_iter().any(has),
        ];
        !contradicts.contains(&true)
    };
    let state = |set: u32| {
        let known = (0..facts.len()).filter(|fact| has(set, *fact));
        Life::of(known.map(|fact| facts[fact].clone())).state()
    };
    let mut happened = HashSet::new();
    for set in (0..1 << facts.len()).filter(|set| possible(*set)) {
        let from = state(set);
        for more in (0..facts.len())
            .map(|fact| set | 1 << fact)
            .filter(|more| *more != set && possible(*more))
        {
            let to = state(more);
            if from != to {
                assert!(from.followers().contains(&to), "{from:?} became {to:?}");
                happened.insert((from, to));
            }
        }
    }
    for from in State::ALL {
        for to in from.followers() {
            assert!(
                happened.contains(&(from, *to)),
                "{from:?} never becomes {to:?}"
            );
        }
    }
}

#[test]
fn every_state_has_a_name_of_its_own() {
    let names: HashSet<&str> = State::ALL.into_iter().map(State::name).collect();
    assert_eq!(names.len(), State::ALL.len());
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
}

fn costs(dong: i64) -> Quote {
    Quote {
        lines: Vec::new(),
        total: Vnd::new(dong).unwrap(),
    }
}

#[test]
fn the_fee_is_that_of_the_latest_answer_until_it_is_received_or_asked_for() {
    let filed = |fee| {
        event(
            1,
            Fact::Submitted {
                free: false,
                fee,
                by: None,
            },
        )
    };
    let added = |minute, fee| event(minute, Fact::Supplemented { fee, by: None });
    let total = |events: Vec<Event>| {
        let life = Life::of(events);
        life.fee().map(|fee| fee.total.dong())
    };
    assert_eq!(total(vec![filed(None)]), None, "filed before this was kept");
    assert_eq!(total(vec![filed(Some(costs(8)))]), Some(8));
    let events = vec![
        filed(Some(costs(8))),
        added(2, Some(costs(16))),
        received(3),
    ];
    assert_eq!(total(events), Some(16));
    for fixes in [received(2), ordered(2, 1)] {
        let events = vec![
            filed(Some(costs(8))),
            fixes,
            added(3, Some(costs(16))),
            added(4, None),
        ];
        assert_eq!(total(events), Some(8));
    }
}

#[test]
fn who_is_exempt_only_after_a_supplement_waits_for_no_payment() {
    let filed = event(
        1,
        Fact::Submitted {
            by: None,
            free: false,
            fee: Some(costs(8)),
        },
    );
    let added = event(
        2,
        Fact::Supplemented {
            by: None,
            fee: Some(costs(0)),
        },
    );
    let life = |events| Life::of(events).state();
    assert_eq!(life(vec![filed.clone(), received(3)]), State::Received);
    assert_eq!(
        life(vec![filed, added, received(3)]),
        State::UnderExamination
    );
}

proptest! {
    #[test]
    fn events_in_any_order_and_repeated_end_the_same(
        shuffled in Just(whole_story()).prop_shuffle(),
        repeated in prop::collection::vec(0_usize..13, 0..20),
        kept in 0_usize..=13,
    ) {
        let again: Vec<Event> = repeated.iter().map(|place| shuffled[*place].clone()).collect();
        let heard: Vec<Event> = shuffled.iter().cloned().chain(again).collect();
        prop_assert_eq!(Life::of(heard), Life::of(whole_story()));
        // Also of a part: what is known counts, not how it was heard.
        let part: Vec<Event> = shuffled[..kept].to_vec();
        let backwards: Vec<Event> = part.iter().rev().cloned().collect();
        prop_assert_eq!(Life::of(part), Life::of(backwards));
    }

    #[test]
    fn hearing_more_never_leads_back(shuffled in Just(whole_story()).prop_shuffle()) {
        // Its own acts a citizen does not hear late.
        let own = |event: &Event| matches!(event.fact, Fact::Opened { .. } | Fact::Submitted { .. });
        let (own, others): (Vec<Event>, Vec<Event>) = shuffled.into_iter().partition(own);
        let mut known = own;
        let mut before = Life::of(known.clone()).state();
        for event in others {
            known.push(event);
            let after = Life::of(known.clone()).state();
            prop_assert!(before == after || before.followers().contains(&after), "{:?} became {:?}", before, after);
            before = after;
        }
        prop_assert_eq!(before, State::Returned);
    }
}
