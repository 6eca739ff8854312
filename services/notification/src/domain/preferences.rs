//! What a person wants: in which language, by which channels, when not, and what of it in one message a day. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::news::Urgency;
use crate::channel::Channel;

/// Vietnam's time: one offset, no summer time.
const VIETNAM: FixedOffset = FixedOffset::east_opt(7 * 3600).unwrap();

/// The part of the day in which nobody is woken, in Vietnam's time; it may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// From when on.
    pub from: NaiveTime,
    /// Until when, exclusively.
    pub to: NaiveTime,
}

impl Quiet {
    /// Whether `now` is in it.
    pub fn covers(self, now: DateTime<Utc>) -> bool {
        let time = now.with_timezone(&VIETNAM).time();
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }

    /// When it ends, where `now` is in it.
    pub fn ends_after(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.covers(now).then(|| next_at(self.to, now))
    }
}

/// The first moment after `now` at which it is `time` in Vietnam.
pub fn next_at(time: NaiveTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let local = now.with_timezone(&VIETNAM).naive_local();
    let today = local.date().and_time(time);
    let next = if local < today {
        today
    } else {
        today + TimeDelta::days(1)
    };
    let next = next.and_local_timezone(VIETNAM).single();
    next.map_or(now + TimeDelta::days(1), |next| next.to_utc())
}

/// The language that a person is written to in, where a message has room for one only.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What a person wants. Whoever never said anything wants what [`Preferences::usual`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// In which language.
    pub language: Language,
    /// When not; nothing for always.
    pub quiet: Option<Quiet>,
    /// News that can wait comes once a day, in one message.
    pub is_digest: bool,
    /// What is turned off. The inbox always has everything, and cannot be.
    pub off: BTreeSet<(Urgency, Channel)>,
}

impl Preferences {
    /// What holds for whoever said nothing.
    pub const fn usual(quiet: Option<Quiet>) -> Self {
        Self {
            language: Language::Vi,
            quiet,
            is_digest: false,
            off: BTreeSet::new(),
        }
    }

    /// Whether a channel is wanted for news of some urgency.
    pub fn wants(&self, urgency: Urgency, channel: Channel) -> bool {
        !self.off.contains(&(urgency, channel))
    }

    /// Turns a channel off for all news.
    pub fn turn_off(&mut self, channel: Channel) {
        let all = Urgency::VARIANTS.iter();
        self.off.extend(all.map(|urgency| (*urgency, channel)));
    }

    /// Whether a channel is turned off for all news.
    pub fn is_off(&self, channel: Channel) -> bool {
        Urgency::VARIANTS
            .iter()
            .all(|urgency| !self.wants(*urgency, channel))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    const fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    const NIGHT: Quiet = Quiet {
        from: at(22, 0),
        to: at(6, 0),
    };

    fn in_vietnam(hour: u32, minute: u32) -> DateTime<Utc> {
        let local = VIETNAM.with_ymd_and_hms(2026, 10, 8, hour, minute, 0);
        local.unwrap().to_utc()
    }

    #[test]
    fn the_night_goes_over_midnight() {
        for (hour, minute, quiet) in [
            (21, 59, false),
            (22, 0, true),
            (23, 30, true),
            (0, 0, true),
            (5, 59, true),
            (6, 0, false),
            (12, 0, false),
        ] {
            assert_eq!(
                NIGHT.covers(in_vietnam(hour, minute)),
                quiet,
                "{hour}:{minute}"
            );
        }
        assert_eq!(
            NIGHT.ends_after(in_vietnam(22, 0)),
            Some(in_vietnam(6, 0) + TimeDelta::days(1))
        );
        assert_eq!(NIGHT.ends_after(in_vietnam(5, 0)), Some(in_vietnam(6, 0)));
        assert_eq!(NIGHT.ends_after(in_vietnam(6, 0)), None);
    }

    #[test]
    fn what_was_turned_off_is_not_wanted_for_any_news() {
        let mut preferences = Preferences::usual(None);
        assert!(preferences.wants(Urgency::Low, Channel::Mail));
        preferences.turn_off(Channel::Mail);
        assert!(preferences.is_off(Channel::Mail) && !preferences.is_off(Channel::Sms));
        assert!(!preferences.wants(Urgency::Urgent, Channel::Mail));
    }

    proptest! {
        #[test]
        fn quiet_hours_end_within_a_day_and_then_it_is_not_quiet(
            from in 0_u32..1440, to in 0_u32..1440, now in 0_i64..200_000_000,
        ) {
            let quiet = Quiet { from: at(from / 60, from % 60), to: at(to / 60, to % 60) };
            let now = DateTime::from_timestamp(1_700_000_000 + now, 0).unwrap();
            match quiet.ends_after(now) {
                None => prop_assert!(!quiet.covers(now)),
                Some(end) => {
                    prop_assert!(now < end && end <= now + TimeDelta::days(1));
                    prop_assert!(!quiet.covers(end));
                }
            }
        }
    }
}
