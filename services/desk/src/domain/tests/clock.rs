//! The legal clock and the day's codes, as sentences.

use calendar::{Calendar, Cause};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use contracts::Channel;
use procedure::{Catalogue, Description};
use proptest::prelude::*;

use super::{at, received};
use crate::domain::{
    State,
    clock::{self, Stop},
    code,
};

fn catalogue() -> Catalogue {
    Catalogue::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue").as_ref()).unwrap()
}

fn procedure(code: &str) -> Description {
    let found = catalogue().version(&code.parse().unwrap(), 1).cloned();
    found.unwrap().as_ref().clone()
}

fn office() -> Calendar {
    catalogue()
        .calendar_of(&"H15.50.05.13".parse().unwrap())
        .unwrap()
        .clone()
}

fn due_of(code: &str, received_at: &str) -> DateTime<Utc> {
    let received_at = at(received_at);
    clock::due(
        &office(),
        &procedure(code),
        Channel::Online,
        received_at,
        &[],
    )
    .unwrap()
    .at
}

#[test]
fn received_after_fifteen_o_clock_a_same_day_procedure_is_due_on_the_next_working_day() {
    assert_eq!(
        due_of("2.000635", "2026-10-08 14:59"),
        at("2026-10-08 17:00")
    );
    assert_eq!(
        due_of("2.000635", "2026-10-08 15:30"),
        at("2026-10-09 17:00")
    );
    assert_eq!(
        due_of("2.000635", "2026-10-09 15:30"),
        at("2026-10-12 17:00"),
        "over a weekend"
    );
    assert_eq!(
        due_of("2.000635", "2026-10-10 08:00"),
        at("2026-10-12 17:00"),
        "on Saturday the desk only receives"
    );
}

#[test]
fn a_make_up_saturday_counts_and_a_holiday_does_not() {
    assert_eq!(
        due_of("1.004873", "2026-08-20 09:00"),
        at("2026-08-24 17:00"),
        "22 August is worked"
    );
    assert_eq!(
        due_of("1.004873", "2026-08-28 09:00"),
        at("2026-09-07 17:00"),
        "31 August to 2 September are off"
    );
}

#[test]
fn a_supplement_moves_the_due_time_by_the_working_time_it_took() {
    let (procedure, received_at) = (procedure("1.004873"), at("2026-10-08 09:00"));
    let mut stop = Stop::begin(
        Cause::Supplement,
        at("2026-10-09 16:00"),
        at("2026-10-13 17:00"),
    );
    let due = |stop: Stop| {
        clock::due(&office(), &procedure, Channel::Online, received_at, &[stop]).unwrap()
    };
    assert_eq!(
        (due(stop).at, due(stop).stopped),
        (at("2026-10-13 17:00"), Some(Cause::Supplement))
    );
    // Answered on Monday at 8:30: an hour on Friday and an hour on Monday.
    stop.end(at("2026-10-12 08:30"), at("2026-10-12 08:31"));
    assert_eq!(due(stop).at, at("2026-10-14 09:30"));
}

#[test]
fn the_clock_goes_on_when_the_citizen_answered_not_when_it_was_heard() {
    let from = at("2026-10-09 16:00");
    let end = |answered, heard| {
        let mut stop = Stop::begin(Cause::Supplement, from, from);
        stop.end(answered, heard);
        stop.pause.until
    };
    let (earlier, later, last) = (
        at("2026-10-09 15:00"),
        at("2026-10-12 08:30"),
        at("2026-10-12 11:00"),
    );
    assert_eq!(end(later, last), Some(later));
    assert_eq!(end(earlier, last), Some(from), "never before the question");
    assert_eq!(end(last, later), Some(later), "never after now");
}

#[test]
fn what_ends_at_the_due_time_is_on_time() {
    let due = at("2026-10-08 17:00");
    assert!(clock::on_time(due, due));
    assert!(!clock::on_time(due + TimeDelta::microseconds(1), due));
}

#[test]
fn a_code_counts_the_day_in_vietnam() {
    let organisation = "H15.50.05.13".parse().unwrap();
    let mint = |now: &str, number| {
        code::mint(&organisation, code::day(now.parse().unwrap()), number)
            .unwrap()
            .to_string()
    };
    assert_eq!(
        mint("2026-10-08T16:59:59Z", 975),
        "H15.50.05.13-261008-0975"
    );
    assert_eq!(mint("2026-10-08T17:00:00Z", 1), "H15.50.05.13-261009-0001");
    assert_eq!(
        mint("2026-10-08T02:00:00Z", 10_000),
        "H15.50.05.13-261008-10000"
    );
}

#[test]
fn a_dossier_is_overdue_only_while_its_clock_runs() {
    let (mut item, late) = (received(), at("2026-10-08 17:01"));
    item.state = State::OfficerExamines;
    assert!(!item.is_overdue(at("2026-10-08 17:00")));
    assert!(item.is_overdue(late));
    item.state = State::SupplementRequested;
    assert!(item.is_paused() && !item.is_overdue(late));
    item.reception = None;
    assert!(!item.is_paused(), "a clock that never started cannot stop");
}

proptest! {
    #[test]
    fn a_supplement_never_brings_the_due_time_forward(
        received in 0..500_000_i64, asked in 0..20_000_i64, answered in 0..40_000_i64, code in prop::sample::select(vec!["1.004873", "2.000635"]),
    ) {
        let (calendar, procedure) = (office(), procedure(code));
        let received_at = at("2026-01-05 07:30") + TimeDelta::minutes(received);
        let due = |stops: &[Stop]| clock::due(&calendar, &procedure, Channel::Online, received_at, stops).unwrap();
        let promised = due(&[]).at;
        prop_assert!(promised > received_at, "a promise lies ahead");
        prop_assert!(calendar.is_working_day(calendar::date(promised)));
        let mut stop = Stop::begin(Cause::Supplement, received_at + TimeDelta::minutes(asked), promised);
        stop.end(stop.pause.from + TimeDelta::minutes(answered), DateTime::<Utc>::MAX_UTC);
        let moved = due(&[stop]);
        prop_assert!(moved.at >= promised);
        prop_assert_eq!(calendar.working_time_between(promised, moved.at), moved.paused);
    }

    #[test]
    fn codes_of_one_office_differ_by_day_and_number(days in 0..3000_u64, a in 1..99_999_999_i64, b in 1..99_999_999_i64) {
        let organisation = "H15".parse().unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let later = day + Days::new(days);
        let (one, two) = (code::mint(&organisation, day, a).unwrap(), code::mint(&organisation, later, b).unwrap());
        prop_assert_eq!(one == two, days == 0 && a == b);
    }
}
