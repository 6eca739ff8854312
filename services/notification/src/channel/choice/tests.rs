use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

const RULES: Rules = Rules {
    failures: 3,
    rest: Duration::from_secs(10),
    longest_rest: Duration::from_mins(1),
    slower: 4,
    quick: Duration::from_secs(1),
};

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
}

fn limit(most: u32) -> Limit {
    Limit::new(most, TimeDelta::seconds(1))
}

fn choice(weights: &[u32]) -> Choice {
    Choice::new(
        weights
            .iter()
            .map(|weight| Member::new(*weight, limit(0)))
            .collect(),
        RULES,
    )
}

fn chosen(choice: &mut Choice, now: DateTime<Utc>) -> Option<usize> {
    match choice.choose(Wish::default(), now) {
        Chosen::This(at) => Some(at),
        _ => None,
    }
}

#[test]
fn the_urgent_have_room_when_the_others_have_none() {
    let mut one = Choice::new(vec![Member::new(1, limit(10))], RULES);
    for _ in 0..8 {
        assert_eq!(one.choose(Wish::default(), at(0)), Chosen::This(0));
    }
    assert_eq!(
        one.choose(Wish::default(), at(1)),
        Chosen::Wait {
            whose: 0,
            until: at(1000)
        }
    );
    let urgent = Wish {
        urgent: true,
        ..Wish::default()
    };
    assert_eq!(one.choose(urgent, at(1)), Chosen::This(0));
    assert_eq!(one.choose(urgent, at(1)), Chosen::This(0));
    assert_eq!(
        one.choose(urgent, at(2)),
        Chosen::Wait {
            whose: 0,
            until: at(1000)
        }
    );
    assert_eq!(one.choose(urgent, at(1000)), Chosen::This(0));
}

#[test]
fn a_provider_that_fails_is_left_and_tried_again_by_one() {
    let mut two = choice(&[1, 1]);
    for _ in 0..3 {
        two.ended(0, Ended::Failed, Duration::ZERO, at(0));
    }
    for _ in 0..20 {
        assert_eq!(chosen(&mut two, at(9_999)), Some(1));
    }
    assert!(two.rests(0, at(9_999)) && !two.rests(0, at(10_000)));
    // One tries it; until that one is heard of, the others do not.
    let tried = (0..20)
        .filter(|_| chosen(&mut two, at(10_000)) == Some(0))
        .count();
    assert_eq!(tried, 1);
    two.ended(0, Ended::Failed, Duration::ZERO, at(10_100));
    assert!(
        two.rests(0, at(30_099)) && !two.rests(0, at(30_100)),
        "it rests twice as long"
    );
    while chosen(&mut two, at(30_100)) != Some(0) {}
    two.ended(0, Ended::Answered, Duration::ZERO, at(30_200));
    let used = (0..20)
        .filter(|_| chosen(&mut two, at(30_200)) == Some(0))
        .count();
    assert_eq!(used, 10);
}

#[test]
fn an_urgent_message_is_not_what_a_doubtful_provider_is_tried_with() {
    let mut two = choice(&[9, 1]);
    for _ in 0..3 {
        two.ended(0, Ended::Failed, Duration::ZERO, at(0));
    }
    let urgent = Wish {
        urgent: true,
        ..Wish::default()
    };
    assert_eq!(two.choose(urgent, at(10_000)), Chosen::This(1));
    let tried = Wish {
        tried: &[1],
        ..urgent
    };
    assert_eq!(
        two.choose(tried, at(10_000)),
        Chosen::This(0),
        "there is nobody else"
    );
}

#[test]
fn one_that_is_far_slower_than_the_others_is_left() {
    let mut two = choice(&[1, 1]);
    for _ in 0..20 {
        two.ended(1, Ended::Answered, Duration::from_millis(200), at(0));
    }
    for _ in 0..20 {
        two.ended(0, Ended::Answered, Duration::from_millis(900), at(0));
    }
    assert!(!two.rests(0, at(0)), "slow, but quick enough");
    for _ in 0..20 {
        two.ended(0, Ended::Answered, Duration::from_secs(3), at(0));
    }
    assert!(two.rests(0, at(0)) && !two.rests(1, at(0)));
    // All alike are as quick as can be had.
    let mut slow = choice(&[1, 1]);
    for _ in 0..40 {
        slow.ended(0, Ended::Answered, Duration::from_secs(5), at(0));
        slow.ended(1, Ended::Answered, Duration::from_secs(5), at(0));
    }
    assert!(!slow.rests(0, at(0)) && !slow.rests(1, at(0)));
}

#[test]
fn who_says_when_is_left_until_then() {
    let mut two = choice(&[1, 1]);
    two.ended(0, Ended::Limited(at(5_000)), Duration::ZERO, at(0));
    assert!((0..10).all(|_| chosen(&mut two, at(4_999)) == Some(1)));
    let without = Wish {
        tried: &[1],
        ..Wish::default()
    };
    assert_eq!(
        two.choose(without, at(4_999)),
        Chosen::Wait {
            whose: 0,
            until: at(5_000)
        }
    );
    assert_eq!(two.choose(without, at(5_000)), Chosen::This(0));
}

#[test]
fn who_had_a_message_before_gets_it_again() {
    let mut three = choice(&[1, 1, 1]);
    let before = Wish {
        before: Some(2),
        ..Wish::default()
    };
    assert!((0..10).all(|_| three.choose(before, at(0)) == Chosen::This(2)));
    for _ in 0..3 {
        three.ended(2, Ended::Failed, Duration::ZERO, at(0));
    }
    assert_ne!(three.choose(before, at(0)), Chosen::This(2));
    assert_eq!(choice(&[0, 0]).choose(before, at(0)), Chosen::Nobody);
}

proptest! {
    #[test]
    fn never_more_than_the_limit_in_any_window(
        most in 1u32..20,
        steps in prop::collection::vec((0i64..300, any::<bool>()), 1..300),
    ) {
        let mut one = Choice::new(vec![Member::new(1, limit(most))], RULES);
        let (mut now, mut went, mut plain) = (at(0), Vec::new(), Vec::new());
        for (millis, urgent) in steps {
            now += TimeDelta::milliseconds(millis);
            match one.choose(Wish { urgent, ..Wish::default() }, now) {
                Chosen::This(_) => {
                    went.push(now);
                    if !urgent {
                        plain.push(now);
                    }
                }
                Chosen::Wait { until, .. } => prop_assert!(until > now && until <= now + TimeDelta::seconds(1)),
                Chosen::Nobody => prop_assert!(false, "it is well"),
            }
        }
        let most = usize::try_from(most).unwrap();
        let fits = |times: &[DateTime<Utc>], most: usize| {
            times.windows(most + 1).all(|window| window[most] - window[0] >= TimeDelta::seconds(1))
        };
        prop_assert!(fits(&went, most));
        let kept = if most < 2 { 0 } else { (most / 5).max(1) };
        prop_assert!(fits(&plain, most - kept));
    }

    #[test]
    fn what_is_said_to_be_room_is_room(most in 1u32..10, steps in prop::collection::vec(0i64..200, 1..100), urgent: bool) {
        let mut one = Choice::new(vec![Member::new(1, limit(most))], RULES);
        let wish = Wish { urgent, ..Wish::default() };
        let mut now = at(0);
        for millis in steps {
            now += TimeDelta::milliseconds(millis);
            if let Chosen::Wait { until, .. } = one.choose(wish, now) {
                now = until;
                prop_assert_eq!(one.choose(wish, now), Chosen::This(0));
            }
        }
    }

    #[test]
    fn weights_are_kept_to_within_one_round(weights in prop::collection::vec(0u32..10, 1..6), rounds in 1u32..20) {
        let mut all = choice(&weights);
        let sum: u32 = weights.iter().sum();
        let mut counts = vec![0u32; weights.len()];
        for _ in 0..rounds * sum {
            let chosen = chosen(&mut all, at(0));
            counts[chosen.unwrap()] += 1;
        }
        for (count, weight) in counts.iter().zip(&weights) {
            prop_assert_eq!(*count, weight * rounds);
        }
        // And not in lumps: at no point is one more than its weight ahead.
        let mut run = vec![0u32; weights.len()];
        for step in 1..=sum {
            run[chosen(&mut all, at(0)).unwrap()] += 1;
            for (count, weight) in run.iter().zip(&weights) {
                let due = f64::from(step * weight) / f64::from(sum);
                prop_assert!((f64::from(*count) - due).abs() <= f64::from(u32::try_from(weights.len()).unwrap()));
            }
        }
    }

    #[test]
    fn a_failing_provider_is_left_and_tried_again_whatever_happens(outcomes in prop::collection::vec((any::<bool>(), 0i64..20_000), 1..200)) {
        let mut two = choice(&[5, 5]);
        let mut now = at(0);
        for (fine, millis) in outcomes {
            now += TimeDelta::milliseconds(millis);
            let Some(chosen) = chosen(&mut two, now) else { continue };
            let ended = if fine || chosen == 1 { Ended::Answered } else { Ended::Failed };
            two.ended(chosen, ended, Duration::from_millis(10), now);
            prop_assert!(!two.rests(1, now), "the one that answers is never left");
        }
        // After its longest rest it is tried again, and is back as soon as it answers.
        now += TimeDelta::seconds(61);
        prop_assert!(!two.rests(0, now));
        let found = (0..20).find(|_| chosen(&mut two, now) == Some(0));
        prop_assert!(found.is_some());
        two.ended(0, Ended::Answered, Duration::from_millis(10), now);
        prop_assert!(!two.rests(0, now));
    }
}
