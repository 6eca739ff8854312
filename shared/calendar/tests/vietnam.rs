//! The national calendar file, and the legal clock on real dates.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use calendar::{Calendar, Cause, DayKind, Pause, TimeLimit, date, instant};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

fn vietnam() -> Calendar {
    let text = include_str!("../../../catalogue/calendars/vietnam.yaml");
    serde_yaml_ng::from_str(text).expect("catalogue/calendars/vietnam.yaml")
}

fn saturday_mornings() -> Calendar {
    let text = include_str!("../../../catalogue/calendars/vietnam.yaml")
        .replace("thursday, friday]", "thursday, friday, saturday]")
        .replace("hours: #", "hours:\n  saturday: [\"07:30-11:30\"] #");
    serde_yaml_ng::from_str(&text).expect("with Saturday mornings")
}

/// `at("2026-02-13 09:00")`: what the office's clock shows.
fn at(text: &str) -> DateTime<Utc> {
    instant(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect(text))
}

fn shown(at: DateTime<Utc>) -> String {
    calendar::local(at).format("%a %Y-%m-%d %H:%M").to_string()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

fn limit(limit: Option<TimeLimit>) -> TimeLimit {
    limit.expect("not 0")
}

fn supplement(from: &str, until: Option<&str>) -> Pause {
    Pause {
        from: at(from),
        until: until.map(at),
        cause: Cause::Supplement,
    }
}

#[test]
fn the_days_off_are_those_of_the_years() {
    let off = |year: i32| {
        let all = NaiveDate::from_ymd_opt(year, 1, 1)
            .expect("a year")
            .iter_days();
        let weekdays = all.take_while(move |day| day.format("%Y").to_string() == year.to_string());
        let off =
            weekdays.filter(|day| !["Sat", "Sun"].contains(&day.format("%a").to_string().as_str()));
        let off = off.filter(|day| !vietnam().is_working_day(*day));
        off.map(|day| day.format("%-d/%-m").to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        off(2025),
        "1/1 27/1 28/1 29/1 30/1 31/1 7/4 30/4 1/5 2/5 1/9 2/9"
    );
    assert_eq!(
        off(2026),
        "1/1 16/2 17/2 18/2 19/2 20/2 27/4 30/4 1/5 31/8 1/9 2/9 24/11"
    );
    assert_eq!(
        off(2027),
        "1/1 4/2 5/2 8/2 9/2 10/2 16/4 30/4 3/5 2/9 3/9 24/11"
    );
}

#[test]
fn a_make_up_saturday_is_worked_like_the_day_it_stands_for() {
    for saturday in ["2025-04-26", "2026-08-22"].map(day) {
        assert!(vietnam().is_working_day(saturday));
        assert_eq!(vietnam().working_time_on(saturday), TimeDelta::minutes(450));
    }
    let working = vietnam()
        .special_days()
        .filter(|day| day.kind == DayKind::Working)
        .count();
    assert_eq!(working, 2);
}

#[test]
fn working_days_are_counted_as_the_law_counts() {
    let vectors = [
        ("2026-02-13 09:00", 3, "2026-02-25"),
        ("2026-04-24 09:00", 3, "2026-05-04"),
        ("2026-08-20 09:00", 5, "2026-08-26"),
        ("2026-08-28 09:00", 2, "2026-09-04"),
        ("2026-11-23 09:00", 1, "2026-11-25"),
        ("2026-12-31 09:00", 1, "2027-01-04"),
        ("2025-04-25 09:00", 3, "2025-04-29"),
    ];
    for (received, n, expected) in vectors {
        let due = vietnam().due(at(received), limit(TimeLimit::working_days(n)), &[]);
        assert_eq!(due.at, at(&format!("{expected} 17:00")), "{received} + {n}");
        assert_eq!(
            vietnam().working_days_between(date(at(received)), day(expected)),
            u32::from(n)
        );
    }
}

#[test]
fn the_hour_of_receipt_does_not_matter_to_a_limit_in_days() {
    let late = vietnam().add_working_days(at("2026-02-13 23:30"), 3);
    assert_eq!(late, at("2026-02-25 17:00"));
}

#[test]
fn the_day_of_receipt_is_the_day_in_vietnam() {
    let half_past_midnight = "2026-11-25T17:30:00Z".parse().expect("a time");
    assert_eq!(date(half_past_midnight), day("2026-11-26"));
    assert_eq!(
        shown(vietnam().add_working_days(half_past_midnight, 1)),
        "Fri 2026-11-27 17:00"
    );
}

#[test]
fn a_same_day_procedure_has_its_cut_off_at_fifteen_hours() {
    let due = |received| shown(vietnam().due(at(received), TimeLimit::SameDay, &[]).at);
    assert_eq!(due("2026-11-26 06:00"), "Thu 2026-11-26 17:00");
    assert_eq!(due("2026-11-26 14:59"), "Thu 2026-11-26 17:00");
    assert_eq!(due("2026-11-26 15:00"), "Fri 2026-11-27 17:00");
    assert_eq!(due("2026-11-27 15:00"), "Mon 2026-11-30 17:00");
    assert_eq!(due("2026-11-28 09:00"), "Mon 2026-11-30 17:00");
    assert_eq!(due("2026-11-23 16:00"), "Wed 2026-11-25 17:00");
}

#[test]
fn calendar_days_and_months_roll_off_days_off() {
    let due = |received, n: Option<TimeLimit>| shown(vietnam().due(at(received), limit(n), &[]).at);
    assert_eq!(
        due("2026-11-02 09:00", TimeLimit::calendar_days(10)),
        "Thu 2026-11-12 17:00"
    );
    assert_eq!(
        due("2026-11-02 09:00", TimeLimit::calendar_days(5)),
        "Mon 2026-11-09 17:00"
    );
    assert_eq!(
        due("2026-02-06 09:00", TimeLimit::calendar_days(10)),
        "Mon 2026-02-23 17:00"
    );
    assert_eq!(
        due("2026-01-31 09:00", TimeLimit::months(1)),
        "Mon 2026-03-02 17:00"
    );
    assert_eq!(
        due("2026-08-24 09:00", TimeLimit::months(3)),
        "Wed 2026-11-25 17:00"
    );
}

#[test]
fn working_hours_run_only_while_the_office_is_open() {
    let due = |received, n| shown(vietnam().add_working_hours(at(received), n));
    assert_eq!(due("2026-11-26 09:00", 2), "Thu 2026-11-26 11:00");
    assert_eq!(due("2026-11-26 10:30", 2), "Thu 2026-11-26 14:30");
    assert_eq!(due("2026-11-26 12:00", 1), "Thu 2026-11-26 14:30");
    assert_eq!(due("2026-11-26 16:00", 1), "Thu 2026-11-26 17:00");
    assert_eq!(due("2026-11-23 16:00", 2), "Wed 2026-11-25 08:30");
    assert_eq!(due("2026-11-27 19:00", 15), "Tue 2026-12-01 17:00");
}

#[test]
fn a_pause_gives_back_the_working_time_it_took() {
    let three_days = limit(TimeLimit::working_days(3));
    let due = |pauses: &[Pause]| vietnam().due(at("2026-11-02 09:00"), three_days, pauses);
    assert_eq!(shown(due(&[]).at), "Thu 2026-11-05 17:00");

    let two_days = due(&[supplement("2026-11-03 08:00", Some("2026-11-05 08:00"))]);
    assert_eq!(shown(two_days.at), "Mon 2026-11-09 17:00");
    assert_eq!(two_days.paused, TimeDelta::hours(15));

    let one_hour = due(&[supplement("2026-11-03 08:00", Some("2026-11-03 09:00"))]);
    assert_eq!(shown(one_hour.at), "Fri 2026-11-06 08:30");

    let over_night = due(&[supplement("2026-11-03 18:00", Some("2026-11-03 22:00"))]);
    assert_eq!(over_night.at, due(&[]).at);
}

#[test]
fn overlapping_pauses_count_once() {
    let one = supplement("2026-11-03 08:00", Some("2026-11-04 08:00"));
    let other = Pause {
        cause: Cause::Suspension,
        ..supplement("2026-11-03 14:00", Some("2026-11-04 09:00"))
    };
    let due = vietnam().due(
        at("2026-11-02 09:00"),
        limit(TimeLimit::working_days(3)),
        &[other, one],
    );
    assert_eq!(due.paused, TimeDelta::minutes(510));
}

#[test]
fn what_is_late_stays_late() {
    let pause = supplement("2026-11-06 08:00", Some("2026-11-10 08:00"));
    let due = vietnam().due(
        at("2026-11-02 09:00"),
        limit(TimeLimit::working_days(3)),
        &[pause],
    );
    assert_eq!(shown(due.at), "Thu 2026-11-05 17:00");
}

#[test]
fn a_pause_that_lasts_stops_the_clock() {
    let due = vietnam().due(
        at("2026-11-02 09:00"),
        limit(TimeLimit::working_days(3)),
        &[supplement("2026-11-03 08:00", None)],
    );
    assert_eq!(due.stopped, Some(Cause::Supplement));
}

#[test]
fn an_apology_goes_out_a_working_day_before() {
    assert_eq!(
        vietnam().working_day_before(day("2026-11-25")),
        day("2026-11-23")
    );
}

#[test]
fn saturday_mornings_count_where_the_calendar_says_so() {
    let calendar = saturday_mornings();
    assert_eq!(
        shown(calendar.add_working_days(at("2026-11-26 09:00"), 2)),
        "Sat 2026-11-28 11:30"
    );
    assert_eq!(
        shown(calendar.same_day(at("2026-11-28 09:00"))),
        "Sat 2026-11-28 11:30"
    );
    assert_eq!(
        shown(calendar.same_day(at("2026-11-28 11:30"))),
        "Mon 2026-11-30 17:00"
    );
    assert_eq!(
        shown(calendar.add_working_days(at("2026-08-21 09:00"), 1)),
        "Sat 2026-08-22 17:00",
        "make-up day"
    );
}

#[test]
fn an_office_may_open_on_a_day_that_does_not_count() {
    let hours = "{ monday: ['08:00-12:00'], tuesday: ['08:00-12:00'], wednesday: ['08:00-12:00'], \
                 thursday: ['08:00-12:00'], friday: ['08:00-12:00'], saturday: ['08:00-11:00'] }";
    let office = vietnam()
        .with_hours(serde_yaml_ng::from_str(hours).expect("hours"))
        .expect("an office");
    assert!(office.is_open(at("2026-11-28 10:59")) && !office.is_open(at("2026-11-28 11:00")));
    assert!(!office.is_open(at("2026-11-24 09:00")), "a holiday");
    assert!(!office.is_working_day(day("2026-11-28")));
    assert_eq!(
        shown(office.same_day(at("2026-11-28 09:00"))),
        "Mon 2026-11-30 12:00"
    );
}

#[test]
fn a_file_that_contradicts_itself_is_refused_with_a_reason() {
    let read = |day: &str| {
        let text = format!(
            "name: {{ vi: a, en: a }}\ncut_off: \"15:00\"\nworking_days: [monday]\nhours: {{ monday: [\"08:00-12:00\"] }}\ndays: [{day}]"
        );
        serde_yaml_ng::from_str::<Calendar>(&text)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let refused = |day: &str, because: &str| {
        let error = read(day).expect_err(day);
        assert!(error.contains(because), "{error}");
    };
    assert_eq!(read("{ date: 2026-01-01, kind: off, decision: x }"), Ok(()));
    refused(
        "{ date: 2026-01-03, kind: working, decision: x }",
        "nothing says when",
    );
    refused(
        "{ date: 2026-01-01, kind: off, hours: [\"08:00-09:00\"], decision: x }",
        "is off",
    );
    refused(
        "{ date: 2026-01-03, kind: working, hours: [\"09:00-08:00\"], decision: x }",
        "07:30-11:30",
    );
    refused(
        "{ date: 2026-01-03, kind: working, hours: [\"08:00-10:00\", \"09:00-11:00\"], decision: x }",
        "overlap",
    );
    refused(
        "{ date: 2026-01-01, kind: off, decision: x }, { date: 2026-01-01, kind: off, decision: x }",
        "twice",
    );
    refused(
        "{ date: 2026-01-01, kind: off, decided: x }",
        "unknown field `decided`",
    );
    refused("{ date: 2026-01-01, kind: off }", "decision");
}

#[test]
fn a_calendar_is_written_as_it_is_read() {
    let written = serde_yaml_ng::to_string(&vietnam()).expect("written");
    assert_eq!(
        serde_yaml_ng::from_str::<Calendar>(&written).expect("read again"),
        vietnam()
    );
}
