//! The calendar as data: an ordinary week, and the days that differ from it.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::span::{DayName, Span, WeeklyHours, in_order};

/// An office's working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Calendar {
    name: Name,
    cut_off: NaiveTime,
    working_days: Vec<DayName>,
    hours: WeeklyHours,
    days: BTreeMap<NaiveDate, Day>,
}

/// What a calendar is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// A day that differs from the ordinary week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Which day.
    pub date: NaiveDate,
    /// Whether the office works.
    pub kind: DayKind,
    /// Its own opening hours; only for a working day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Span>>,
    /// The day off that this working day makes up for; it has the opening hours of that day's weekday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<NaiveDate>,
    /// The law or decision that says so.
    pub decision: String,
    /// What the day is, for whoever reads the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Whether a special day is off or worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Closed: a public holiday, or a day swapped for a make-up day.
    Off,
    /// Worked although the ordinary week says otherwise, or worked with other hours.
    Working,
}

/// Why a calendar file is no calendar.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// A span that cannot be read, or that ends before it begins.
    #[error("opening hours are written 07:30-11:30, not {0}")]
    Span(String),
    /// Two spans of one day in the wrong order.
    #[error("opening hours {0} and {1} overlap or stand in the wrong order")]
    Order(Span, Span),
    /// A cut-off that is no time of day.
    #[error("cut_off is written 15:00, not {0}")]
    CutOff(String),
    /// A week in which nobody ever works.
    #[error("working_days must name at least one weekday")]
    NoWorkingDays,
    /// A weekday that counts as worked but on which the office is closed.
    #[error("working_days names {0}, but hours has no opening hours for it")]
    ClosedWorkingDay(String),
    /// One date with two entries.
    #[error("days has {0} twice")]
    Twice(NaiveDate),
    /// A special day that contradicts itself.
    #[error("the day {0} {1}")]
    Day(NaiveDate, &'static str),
}

/// The calendar file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Name,
    cut_off: String,
    working_days: Vec<DayName>,
    hours: WeeklyHours,
    #[serde(default)]
    days: Vec<Day>,
}

impl TryFrom<Written> for Calendar {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        let cut_off = NaiveTime::parse_from_str(&written.cut_off, "%H:%M")
            .map_err(|_| Invalid::CutOff(written.cut_off))?;
        let mut calendar = Self {
            name: written.name,
            cut_off,
            working_days: written.working_days,
            hours: written.hours,
            days: BTreeMap::new(),
        };
        calendar.check_week()?;
        for day in written.days {
            calendar.check_day(&day)?;
            let date = day.date;
            if calendar.days.insert(date, day).is_some() {
                return Err(Invalid::Twice(date));
            }
        }
        Ok(calendar)
    }
}

impl From<Calendar> for Written {
    fn from(calendar: Calendar) -> Self {
        Self {
            name: calendar.name,
            cut_off: calendar.cut_off.format("%H:%M").to_string(),
            working_days: calendar.working_days,
            hours: calendar.hours,
            days: calendar.days.into_values().collect(),
        }
    }
}

impl Calendar {
    /// What the calendar is called.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// From when on a same-day procedure is due on the next working day.
    pub fn cut_off(&self) -> NaiveTime {
        self.cut_off
    }

    /// The days that differ from the ordinary week, in order.
    pub fn special_days(&self) -> impl Iterator<Item = &Day> {
        self.days.values()
    }

    /// The same calendar for an office with its own opening hours.
    ///
    /// Refused when the office is closed on a weekday that counts as a working day, or on a make-up day.
    pub fn with_hours(&self, hours: WeeklyHours) -> Result<Self, Invalid> {
        let calendar = Self {
            hours,
            ..self.clone()
        };
        calendar.check_week()?;
        for day in calendar.special_days() {
            calendar.check_day(day)?;
        }
        Ok(calendar)
    }

    /// Whether `date` counts as a working day.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        match self.days.get(&date) {
            Some(day) => day.kind == DayKind::Working,
            None => self.counts(date),
        }
    }

    /// When the office is open on `date`; empty when it is closed.
    pub fn hours_on(&self, date: NaiveDate) -> &[Span] {
        match self.days.get(&date) {
            None => self.hours.on(date.weekday()),
            Some(day) if day.kind == DayKind::Off => &[],
            Some(day) => match (&day.hours, day.instead_of) {
                (Some(own), _) => own,
                (None, Some(other)) => self.hours.on(other.weekday()),
                (None, None) => self.hours.on(date.weekday()),
            },
        }
    }

    /// The opening hours of a working day; empty on any other day, even when the office is open.
    pub(crate) fn working_hours_on(&self, date: NaiveDate) -> &[Span] {
        if self.is_working_day(date) {
            self.hours_on(date)
        } else {
            &[]
        }
    }

    /// How long the office works on `date`.
    pub fn working_time_on(&self, date: NaiveDate) -> TimeDelta {
        self.working_hours_on(date)
            .iter()
            .map(|span| span.length())
            .sum()
    }

    fn counts(&self, date: NaiveDate) -> bool {
        self.working_days.iter().any(|name| name.is(date.weekday()))
    }

    fn check_week(&self) -> Result<(), Invalid> {
        if self.working_days.is_empty() {
            return Err(Invalid::NoWorkingDays);
        }
        let week = NaiveDate::default().iter_days().take(7);
        for date in week.filter(|date| self.counts(*date)) {
            if self.hours.on(date.weekday()).is_empty() {
                return Err(Invalid::ClosedWorkingDay(date.weekday().to_string()));
            }
        }
        Ok(())
    }

    fn check_day(&self, day: &Day) -> Result<(), Invalid> {
        let refuse = |reason| Err(Invalid::Day(day.date, reason));
        if let Some(spans) = &day.hours {
            in_order(spans)?;
        }
        let open = |date: NaiveDate| !self.hours.on(date.weekday()).is_empty();
        match (day.kind, &day.hours, day.instead_of) {
            (DayKind::Off, None, None) => Ok(()),
            (DayKind::Off, ..) => refuse("is off, so it can have neither hours nor instead_of"),
            (DayKind::Working, Some(own), _) if own.is_empty() => {
                refuse("is worked, but its hours are empty")
            }
            (DayKind::Working, Some(_), _) => Ok(()),
            (DayKind::Working, None, instead_of) if open(instead_of.unwrap_or(day.date)) => Ok(()),
            (DayKind::Working, None, _) => {
                refuse("is worked, but nothing says when: add hours or instead_of")
            }
        }
    }
}
