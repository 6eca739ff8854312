//! The legal clock: how long a procedure may take, what stops it, and when it ends.

use std::{fmt, num::NonZeroU16};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor},
};

use crate::Calendar;

/// How long a procedure may take. Written `same_day` or, for instance, `working_days: 3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeLimit {
    /// Working days after the day of receipt (ngày làm việc).
    WorkingDays(NonZeroU16),
    /// Days after the day of receipt, days off included (ngày).
    CalendarDays(NonZeroU16),
    /// Hours in which the office works (giờ làm việc).
    WorkingHours(NonZeroU16),
    /// Within the day; from the cut-off on, within the next working day (trong ngày).
    SameDay,
    /// Months (tháng).
    Months(NonZeroU16),
}

impl TimeLimit {
    /// `n` working days; `None` for 0.
    pub fn working_days(n: u16) -> Option<Self> {
        NonZeroU16::new(n).map(Self::WorkingDays)
    }

    /// `n` calendar days; `None` for 0.
    pub fn calendar_days(n: u16) -> Option<Self> {
        NonZeroU16::new(n).map(Self::CalendarDays)
    }

    /// `n` working hours; `None` for 0.
    pub fn working_hours(n: u16) -> Option<Self> {
        NonZeroU16::new(n).map(Self::WorkingHours)
    }

    /// `n` months; `None` for 0.
    pub fn months(n: u16) -> Option<Self> {
        NonZeroU16::new(n).map(Self::Months)
    }
}

/// What stops the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The citizen was asked to add something (national status 5).
    Supplement,
    /// The citizen has a tax or fee to pay first (national status 6); stops the clock only where the procedure says so.
    FinancialDuty,
    /// The law lets the agency wait for something else: another body's opinion, a court, a natural disaster.
    Suspension,
}

/// A stretch in which the clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub cause: Cause,
}

/// When a dossier must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The last moment; while the clock is stopped, what it would be if it went on at once.
    pub at: DateTime<Utc>,
    /// Working time added by pauses that have ended.
    pub paused: TimeDelta,
    /// Why the clock stands still now, if it does.
    pub stopped: Option<Cause>,
}

impl Calendar {
    /// When a dossier received at `received_at` must be done.
    ///
    /// The pauses given are those that stop the clock for this procedure, in any order; where they overlap, time counts
    /// once. A pause that begins after the due time adds nothing.
    pub fn due(&self, received_at: DateTime<Utc>, limit: TimeLimit, pauses: &[Pause]) -> Due {
        let mut due = Due {
            at: self.end_of(received_at, limit),
            paused: TimeDelta::zero(),
            stopped: None,
        };
        let mut pauses = pauses.to_vec();
        pauses.sort_by_key(|pause| pause.from);
        let mut counted_until = received_at;
        for pause in pauses {
            if pause.from >= due.at {
                break;
            }
            let Some(until) = pause.until else {
                due.stopped = Some(pause.cause);
                break;
            };
            let added = self.working_time_between(pause.from.max(counted_until), until);
            counted_until = counted_until.max(until);
            due.paused += added;
            due.at = self.add_working_time(due.at, added);
        }
        due
    }

    fn end_of(&self, received_at: DateTime<Utc>, limit: TimeLimit) -> DateTime<Utc> {
        match limit {
            TimeLimit::WorkingDays(n) => self.add_working_days(received_at, n.get().into()),
            TimeLimit::CalendarDays(n) => self.add_calendar_days(received_at, n.get().into()),
            TimeLimit::WorkingHours(n) => self.add_working_hours(received_at, n.get().into()),
            TimeLimit::SameDay => self.same_day(received_at),
            TimeLimit::Months(n) => self.add_months(received_at, n.get().into()),
        }
    }
}

/// By hand, because YAML would otherwise want a tag (`!working_days 3`) where people write a key.
impl<'de> Deserialize<'de> for TimeLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

const UNITS: &[&str] = &["working_days", "calendar_days", "working_hours", "months"];

impl<'de> Visitor<'de> for LimitVisitor {
    type Value = TimeLimit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`same_day`, or one of {} with a number from 1",
            UNITS.join(", ")
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TimeLimit, E> {
        if text == "same_day" {
            Ok(TimeLimit::SameDay)
        } else {
            Err(E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TimeLimit, A::Error> {
        let Some((unit, n)) = map.next_entry::<String, NonZeroU16>()? else {
            return Err(de::Error::invalid_length(0, &self));
        };
        if map.next_key::<String>()?.is_some() {
            return Err(de::Error::custom("a time limit has one unit"));
        }
        match unit.as_str() {
            "working_days" => Ok(TimeLimit::WorkingDays(n)),
            "calendar_days" => Ok(TimeLimit::CalendarDays(n)),
            "working_hours" => Ok(TimeLimit::WorkingHours(n)),
            "months" => Ok(TimeLimit::Months(n)),
            other => Err(de::Error::unknown_field(other, UNITS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_as_people_write_it() {
        let read = |text: &str| {
            serde_yaml_ng::from_str::<TimeLimit>(text).map_err(|error| error.to_string())
        };
        assert_eq!(read("same_day"), Ok(TimeLimit::SameDay));
        assert_eq!(read("working_days: 3").ok(), TimeLimit::working_days(3));
        assert_eq!(read("{ months: 2 }").ok(), TimeLimit::months(2));
        assert!(read("working_days: 0").is_err());
        assert!(read("{ months: 2, working_days: 1 }").is_err());
        assert!(read("weeks: 2").is_err_and(|error| error.contains("unknown field `weeks`")));
        assert!(read("tomorrow").is_err_and(|error| error.contains("same_day")));
    }

    #[test]
    fn a_limit_is_written_as_it_is_read() -> Result<(), Box<dyn std::error::Error>> {
        for limit in [
            Some(TimeLimit::SameDay),
            TimeLimit::working_hours(4),
            TimeLimit::calendar_days(15),
        ] {
            let json = serde_json::to_string(&limit)?;
            assert_eq!(
                serde_json::from_str::<Option<TimeLimit>>(&json)?,
                limit,
                "{json}"
            );
        }
        Ok(())
    }
}
