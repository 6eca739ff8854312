#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod days;
mod limit;
mod span;
mod walk;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};

pub use days::{Calendar, Day, DayKind, Invalid, Name};
pub use limit::{Cause, Due, Pause, TimeLimit};
pub use span::{Span, WeeklyHours};

/// The time zone of every office in Vietnam: UTC+7 all year.
pub const ZONE: chrono_tz::Tz = chrono_tz::Asia::Ho_Chi_Minh;

/// The date in Vietnam at `at`; daily counters (dossier codes, receipts) start anew with it.
pub fn date(at: DateTime<Utc>) -> NaiveDate {
    local(at).date()
}

/// What the clock on the office's wall shows at `at`.
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&ZONE).naive_local()
}

/// The instant at which the clock on the office's wall shows `local`.
pub fn instant(local: NaiveDateTime) -> DateTime<Utc> {
    ZONE.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |zoned| zoned.with_timezone(&Utc))
}
