//! The ladder's promises, as sentences and as properties over whole days of chance.

use chrono::NaiveTime;
use proptest::{collection::vec, prelude::*, sample::subsequence};
use strum::VariantArray;

use super::*;

const NIGHT: Quiet = Quiet {
    from: NaiveTime::from_hms_opt(22, 0, 0).unwrap(),
    to: NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
};

/// 09:15 in Vietnam.
fn morning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_791_425_700, 0).unwrap()
}

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

fn rung(channel: Channel, confirms_within: Option<i64>) -> Rung {
    Rung {
        channel,
        confirms_within: confirms_within.map(minutes),
        patience: minutes(60),
    }
}

fn policy() -> Policy {
    Policy {
        rungs: vec![
            rung(Channel::Zalo, Some(10)),
            rung(Channel::Sms, Some(30)),
            rung(Channel::Mail, None),
        ],
        passes_quiet_hours: false,
        ends_in_call: true,
        lost_after: minutes(15),
    }
}

fn case<'a>(policy: &'a Policy, attempts: &'a [Attempt]) -> Case<'a> {
    Case {
        policy,
        quiet: Some(NIGHT),
        open: Channel::VARIANTS,
        has_phone: true,
        is_superseded: false,
        attempts,
    }
}

fn attempt(channel: Channel, outcome: Outcome) -> Attempt {
    Attempt {
        channel,
        begun_at: morning(),
        tried_at: morning(),
        outcome,
    }
}

#[test]
fn a_delivery_that_is_not_confirmed_in_time_is_the_next_channels_turn() {
    let policy = policy();
    assert_eq!(
        next(&case(&policy, &[]), morning()),
        Step::Try(Channel::Zalo)
    );
    let taken = [attempt(Channel::Zalo, Outcome::Taken)];
    assert_eq!(
        next(&case(&policy, &taken), morning() + minutes(9)),
        Step::Wait(morning() + minutes(10))
    );
    assert_eq!(
        next(&case(&policy, &taken), morning() + minutes(10)),
        Step::Try(Channel::Sms)
    );
    let delivered = [attempt(Channel::Zalo, Outcome::Delivered)];
    assert_eq!(
        next(&case(&policy, &delivered), morning() + minutes(600)),
        Step::End(End::Delivered)
    );
}

#[test]
fn where_no_receipt_ever_comes_being_taken_has_to_do() {
    let policy = policy();
    let attempts = [
        attempt(Channel::Zalo, Outcome::Failed),
        attempt(Channel::Sms, Outcome::Failed),
        attempt(Channel::Mail, Outcome::Taken),
    ];
    assert_eq!(
        next(&case(&policy, &attempts), morning()),
        Step::End(End::Delivered)
    );
}

#[test]
fn an_answer_that_was_lost_is_waited_for_and_never_sent_again() {
    let policy = policy();
    let until = morning() + minutes(2);
    let lost = [attempt(Channel::Zalo, Outcome::Trying { until })];
    assert_eq!(next(&case(&policy, &lost), morning()), Step::Wait(until));
    assert_eq!(
        next(&case(&policy, &lost), until),
        Step::Wait(morning() + minutes(10))
    );
    assert_eq!(
        next(&case(&policy, &lost), morning() + minutes(10)),
        Step::Try(Channel::Sms)
    );
}

#[test]
fn not_now_is_tried_again_for_as_long_as_the_rung_has_patience() {
    let policy = policy();
    let until = morning() + minutes(5);
    let later = [attempt(Channel::Zalo, Outcome::Later { until })];
    assert_eq!(next(&case(&policy, &later), morning()), Step::Wait(until));
    assert_eq!(
        next(&case(&policy, &later), until),
        Step::Try(Channel::Zalo)
    );
    assert_eq!(
        next(&case(&policy, &later), morning() + minutes(60)),
        Step::Try(Channel::Sms)
    );
}

#[test]
fn in_the_night_nothing_is_tried_but_what_is_urgent() {
    let mut policy = policy();
    let night = morning() + minutes(14 * 60);
    let six = Step::Wait(morning() + minutes(20 * 60 + 45));
    assert_eq!(next(&case(&policy, &[]), night), six);
    policy.passes_quiet_hours = true;
    assert_eq!(next(&case(&policy, &[]), night), Step::Try(Channel::Zalo));
}

#[test]
fn the_last_step_is_a_call_where_there_is_a_number_and_the_inbox_where_there_is_none() {
    let policy = policy();
    let nothing = Case {
        open: &[],
        ..case(&policy, &[])
    };
    assert_eq!(next(&nothing, morning()), Step::Call);
    let nobody = Case {
        has_phone: false,
        ..nothing
    };
    assert_eq!(next(&nobody, morning()), Step::End(End::Exhausted));
}

#[test]
fn what_was_read_is_not_told_and_what_arrived_is_not_called_superseded() {
    let policy = policy();
    let read = Case {
        is_superseded: true,
        ..case(&policy, &[])
    };
    assert_eq!(next(&read, morning()), Step::End(End::Superseded));
    let delivered = [attempt(Channel::Zalo, Outcome::Delivered)];
    let both = Case {
        attempts: &delivered,
        ..read
    };
    assert_eq!(next(&both, morning()), Step::End(End::Delivered));
}

/// What the world does with one attempt.
#[derive(Debug, Clone, Copy)]
enum Luck {
    Delivered(i64),
    Silent,
    Refused,
    Busy,
    Lost,
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        (0_i64..100).prop_map(Luck::Delivered),
        Just(Luck::Silent),
        Just(Luck::Refused),
        Just(Luck::Busy),
        Just(Luck::Lost),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let rungs = subsequence(Channel::VARIANTS.to_vec(), 0..=4).prop_shuffle();
    let times = vec((proptest::option::of(1_i64..90), 1_i64..120), 4);
    (rungs, times, any::<bool>(), any::<bool>()).prop_map(|(channels, times, passes, calls)| {
        Policy {
            rungs: channels
                .into_iter()
                .zip(times)
                .map(|(channel, (confirms, patience))| Rung {
                    channel,
                    confirms_within: confirms.map(minutes),
                    patience: minutes(patience),
                })
                .collect(),
            passes_quiet_hours: passes,
            ends_in_call: calls,
            lost_after: minutes(15),
        }
    })
}

/// A whole ladder: each try with its moment and channel, and the step that ended it.
struct Climbed {
    tries: Vec<(DateTime<Utc>, Channel)>,
    end: Step,
    delivered: bool,
}

/// Climbs as the handlers do: asks for a step, takes it, and lets the time go by to when it said.
fn climb(
    policy: &Policy,
    open: &[Channel],
    fortunes: &[Luck],
    start: DateTime<Utc>,
) -> Result<Climbed, TestCaseError> {
    let (mut now, mut attempts) = (start, Vec::<Attempt>::new());
    let mut receipts: Vec<(DateTime<Utc>, Channel)> = Vec::new();
    let (mut tries, mut fortunes) = (Vec::new(), fortunes.iter().cycle());
    for _ in 0..2_000 {
        for (at, channel) in &receipts {
            if *at <= now {
                let of = attempts.iter_mut().find(|one| one.channel == *channel);
                of.unwrap().outcome = Outcome::Delivered;
            }
        }
        let step = next(
            &Case {
                policy,
                quiet: Some(NIGHT),
                open,
                has_phone: true,
                is_superseded: false,
                attempts: &attempts,
            },
            now,
        );
        match step {
            Step::Wait(until) => {
                prop_assert!(until > now, "a wait goes forward");
                now = until;
            }
            Step::Try(channel) => {
                let others = attempts.iter().filter(|one| one.channel != channel);
                for other in others {
                    let under_way =
                        matches!(other.outcome, Outcome::Trying { until } if until > now);
                    prop_assert!(!under_way, "two channels at once");
                }
                tries.push((now, channel));
                let outcome = match fortunes.next().unwrap() {
                    Luck::Delivered(after) => {
                        receipts.push((now + minutes(*after), channel));
                        Outcome::Taken
                    }
                    Luck::Silent => Outcome::Taken,
                    Luck::Refused => Outcome::Failed,
                    Luck::Busy => Outcome::Later {
                        until: now + minutes(3),
                    },
                    Luck::Lost => Outcome::Trying {
                        until: now + minutes(2),
                    },
                };
                match attempts.iter_mut().find(|one| one.channel == channel) {
                    Some(attempt) => {
                        let again = matches!(attempt.outcome, Outcome::Later { .. });
                        prop_assert!(again, "only what was not taken is tried again");
                        (attempt.tried_at, attempt.outcome) = (now, outcome);
                    }
                    None => attempts.push(Attempt {
                        channel,
                        begun_at: now,
                        tried_at: now,
                        outcome,
                    }),
                }
            }
            Step::Call | Step::End(_) => {
                let without_receipt = |attempt: &Attempt| {
                    let mut rungs = policy.rungs.iter();
                    let rung = rungs.find(|rung| rung.channel == attempt.channel);
                    attempt.outcome == Outcome::Taken && rung.unwrap().confirms_within.is_none()
                };
                let delivered = attempts
                    .iter()
                    .any(|one| one.outcome == Outcome::Delivered || without_receipt(one));
                return Ok(Climbed {
                    tries,
                    end: step,
                    delivered,
                });
            }
        }
    }
    Err(TestCaseError::fail("it never ends"))
}

proptest! {
    #[test]
    fn every_ladder_ends_and_says_truly_how(
        policy in any_policy(),
        open in subsequence(Channel::VARIANTS.to_vec(), 0..=4),
        fortunes in vec(luck(), 1..12),
        start in 0_i64..86_400,
    ) {
        let climbed = climb(&policy, &open, &fortunes, morning() + TimeDelta::seconds(start))?;
        let expected = match (climbed.delivered, policy.ends_in_call) {
            (true, _) => Step::End(End::Delivered),
            (false, true) => Step::Call,
            (false, false) => Step::End(End::Exhausted),
        };
        prop_assert_eq!(climbed.end, expected);
    }

    #[test]
    fn channels_are_tried_in_the_policys_order_and_none_that_is_not_open(
        policy in any_policy(),
        open in subsequence(Channel::VARIANTS.to_vec(), 0..=4),
        fortunes in vec(luck(), 1..12),
        start in 0_i64..86_400,
    ) {
        let climbed = climb(&policy, &open, &fortunes, morning() + TimeDelta::seconds(start))?;
        let place = |channel: &Channel| policy.rungs.iter().position(|rung| rung.channel == *channel);
        let places: Vec<_> = climbed.tries.iter().map(|(_, channel)| place(channel)).collect();
        prop_assert!(places.is_sorted(), "{places:?}");
        prop_assert!(climbed.tries.iter().all(|(_, channel)| open.contains(channel)));
    }

    #[test]
    fn nobody_is_woken_unless_the_policy_says_so(
        mut policy in any_policy(), fortunes in vec(luck(), 1..12), start in 0_i64..86_400,
    ) {
        policy.passes_quiet_hours = false;
        let climbed = climb(&policy, Channel::VARIANTS, &fortunes, morning() + TimeDelta::seconds(start))?;
        for (at, channel) in climbed.tries {
            prop_assert!(!NIGHT.covers(at), "{channel:?} at {at}");
        }
    }
}
