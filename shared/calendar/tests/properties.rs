//! What holds for every moment, limit and pause.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use calendar::{Calendar, Cause, Pause, TimeLimit};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

fn calendar(saturdays: bool) -> Calendar {
    let mut text = include_str!("../../../catalogue/calendars/vietnam.yaml").to_owned();
    if saturdays {
        text = text.replace("thursday, friday]", "thursday, friday, saturday]");
        text = text.replace("hours: #", "hours:\n  saturday: [\"07:30-11:30\"] #");
    }
    serde_yaml_ng::from_str(&text).expect("the calendar")
}

prop_compose! {
    fn moment()(seconds in 1_735_000_000_i64..1_830_000_000) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }
}

fn limit() -> impl Strategy<Value = TimeLimit> {
    let some = |limit: fn(u16) -> Option<TimeLimit>, most: u16| {
        (1..=most).prop_map(move |n| limit(n).expect("not 0"))
    };
    prop_oneof![
        some(TimeLimit::working_days, 40),
        some(TimeLimit::calendar_days, 60),
        some(TimeLimit::working_hours, 100),
        some(TimeLimit::months, 6),
        Just(TimeLimit::SameDay),
    ]
}

prop_compose! {
    fn pauses(of: DateTime<Utc>)(starts in prop::collection::vec((0..60_000_i64, 0..20_000_i64), 0..5)) -> Vec<Pause> {
        let pause = |(after, long): (i64, i64)| {
            let from = of + TimeDelta::minutes(after);
            Pause { from, until: Some(from + TimeDelta::minutes(long)), cause: Cause::Supplement }
        };
        starts.into_iter().map(pause).collect()
    }
}

prop_compose! {
    fn dossier()(received in moment())(pauses in pauses(received), received in Just(received)) -> (DateTime<Utc>, Vec<Pause>) {
        (received, pauses)
    }
}

proptest! {
    #[test]
    fn who_comes_earlier_is_never_due_later(saturdays: bool, a in moment(), b in moment(), limit in limit()) {
        let calendar = calendar(saturdays);
        let (first, second) = (a.min(b), a.max(b));
        prop_assert!(calendar.due(first, limit, &[]).at <= calendar.due(second, limit, &[]).at);
    }

    #[test]
    fn due_is_after_receipt_and_within_working_time(saturdays: bool, (received, pauses) in dossier(), limit in limit()) {
        let calendar = calendar(saturdays);
        let due = calendar.due(received, limit, &pauses).at;
        let (day, time) = (calendar::date(due), calendar::local(due).time());
        prop_assert!(due > received);
        prop_assert!(calendar.is_working_day(day));
        prop_assert!(calendar.hours_on(day).iter().any(|span| span.opens() <= time && time <= span.closes()));
    }

    #[test]
    fn pausing_never_shortens((received, pauses) in dossier(), limit in limit()) {
        let calendar = calendar(false);
        let mut before = calendar.due(received, limit, &[]).at;
        for count in 1..=pauses.len() {
            let mut earliest = pauses.clone();
            earliest.sort_by_key(|pause| pause.from);
            let due = calendar.due(received, limit, &earliest[..count]).at;
            prop_assert!(due >= before);
            before = due;
        }
    }

    #[test]
    fn the_order_of_pauses_does_not_matter((received, pauses) in dossier(), limit in limit()) {
        let calendar = calendar(false);
        let backwards: Vec<_> = pauses.iter().rev().copied().collect();
        prop_assert_eq!(calendar.due(received, limit, &pauses), calendar.due(received, limit, &backwards));
    }

    #[test]
    fn a_pause_adds_exactly_its_working_time((received, pauses) in dossier(), limit in limit()) {
        let calendar = calendar(false);
        let (plain, paused) = (calendar.due(received, limit, &[]), calendar.due(received, limit, &pauses));
        prop_assert_eq!(calendar.working_time_between(plain.at, paused.at), paused.paused);
    }

    #[test]
    fn n_days_and_then_m_are_n_plus_m(saturdays: bool, from in moment(), n in 1..30_u32, m in 1..30_u32) {
        let calendar = calendar(saturdays);
        let in_two_steps = calendar.add_working_days(calendar.add_working_days(from, n), m);
        prop_assert_eq!(in_two_steps, calendar.add_working_days(from, n + m));
    }

    #[test]
    fn n_days_later_n_days_have_passed(from in moment(), n in 1..60_u32) {
        let calendar = calendar(false);
        let due = calendar.add_working_days(from, n);
        prop_assert_eq!(calendar.working_days_between(calendar::date(from), calendar::date(due)), n);
    }

    #[test]
    fn working_time_added_is_working_time_between(saturdays: bool, from in moment(), minutes in 0..20_000_i64) {
        let calendar = calendar(saturdays);
        let time = TimeDelta::minutes(minutes);
        prop_assert_eq!(calendar.working_time_between(from, calendar.add_working_time(from, time)), time);
    }

    #[test]
    fn working_time_adds_up(saturdays: bool, mut moments in prop::array::uniform3(moment())) {
        let calendar = calendar(saturdays);
        moments.sort_unstable();
        let [a, b, c] = moments;
        let between = |from, to| calendar.working_time_between(from, to);
        prop_assert_eq!(between(a, b) + between(b, c), between(a, c));
    }
}
