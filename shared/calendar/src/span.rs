//! Opening hours: spans of a day, and a week of them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use chrono::{NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A stretch of one day in which the office is open, written `07:30-11:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    opens: NaiveTime,
    closes: NaiveTime,
}

impl Span {
    /// From `opens` until `closes`, which must be later on the same day.
    pub fn new(opens: NaiveTime, closes: NaiveTime) -> Result<Self, Invalid> {
        if opens < closes {
            Ok(Self { opens, closes })
        } else {
            Err(Invalid::Span(format!("{opens}-{closes}")))
        }
    }

    /// When it begins.
    pub const fn opens(self) -> NaiveTime {
        self.opens
    }

    /// When it ends.
    pub const fn closes(self) -> NaiveTime {
        self.closes
    }

    /// How long it is.
    pub fn length(self) -> TimeDelta {
        self.closes - self.opens
    }
}

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        text.split_once('-')
            .and_then(|(opens, closes)| Some((time(opens)?, time(closes)?)))
            .and_then(|(opens, closes)| Self::new(opens, closes).ok())
            .ok_or_else(|| Invalid::Span(text.to_owned()))
    }
}

impl TryFrom<String> for Span {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}",
            self.opens.format("%H:%M"),
            self.closes.format("%H:%M")
        )
    }
}

/// The opening hours of an ordinary week: several spans a day, in order, none overlapping; a day left out is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ByName", into = "ByName")]
pub struct WeeklyHours([Vec<Span>; 7]);

type ByName = BTreeMap<DayName, Vec<Span>>;

impl WeeklyHours {
    /// The spans of one weekday; empty when closed.
    pub fn on(&self, weekday: Weekday) -> &[Span] {
        &self.0[weekday.num_days_from_monday() as usize]
    }
}

impl TryFrom<ByName> for WeeklyHours {
    type Error = Invalid;

    fn try_from(by_name: ByName) -> Result<Self, Invalid> {
        let mut week: [Vec<Span>; 7] = Default::default();
        for (name, spans) in by_name {
            in_order(&spans)?;
            week[name as usize] = spans;
        }
        Ok(Self(week))
    }
}

impl From<WeeklyHours> for ByName {
    fn from(hours: WeeklyHours) -> Self {
        DayName::ALL
            .into_iter()
            .zip(hours.0)
            .filter(|(_, spans)| !spans.is_empty())
            .collect()
    }
}

/// Refuses spans that overlap or stand in the wrong order.
pub(crate) fn in_order(spans: &[Span]) -> Result<(), Invalid> {
    match spans.windows(2).find(|pair| pair[0].closes > pair[1].opens) {
        Some(pair) => Err(Invalid::Order(pair[0], pair[1])),
        None => Ok(()),
    }
}

/// A weekday as the YAML file writes it; ordered from Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl DayName {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    pub(crate) fn is(self, weekday: Weekday) -> bool {
        self as u32 == weekday.num_days_from_monday()
    }
}
