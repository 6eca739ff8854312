//! One-time codes by telephone and e-mail: what one is, and how often one may be asked for. The clock is an argument.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use unicode_normalization::UnicodeNormalization;

/// Codes below this are as likely as each other: the largest multiple of a million that four bytes hold.
const FAIR: u32 = 4_294_000_000;

/// Six digits.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// So many wrong ones, and the code is void.
    pub const TRIES: u32 = 5;
    /// So long it is good.
    pub const LIFE: TimeDelta = TimeDelta::minutes(10);

    /// A code from random bytes; `None` where these would make some codes likelier than others, and others are to be drawn.
    pub fn new(bytes: [u8; 4]) -> Option<Self> {
        let drawn = u32::from_be_bytes(bytes);
        (drawn < FAIR).then(|| Self(format!("{:06}", drawn % 1_000_000)))
    }

    /// Reads what somebody typed. `None`: it is no such code.
    pub fn read(text: &str) -> Option<Self> {
        let typed = text.nfkc().filter(|c| !c.is_whitespace() && *c != '-');
        let code: String = typed.take(7).collect();
        let well_formed = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then_some(Self(code))
    }

    /// For its message and its MAC only.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode")
    }
}

/// How often a code may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between one and the next.
    pub pause: TimeDelta,
    /// In an hour.
    pub an_hour: usize,
    /// In a day.
    pub a_day: usize,
}

/// When codes were asked for, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks(pub Vec<DateTime<Utc>>);

impl Asks {
    /// What no limit looks at any more.
    pub const FORGOTTEN: TimeDelta = TimeDelta::days(1);

    /// How long nothing may be asked for.
    pub fn wait(&self, limits: Limits, now: DateTime<Utc>) -> Option<TimeDelta> {
        let windows = [
            (1, limits.pause),
            (limits.an_hour, TimeDelta::hours(1)),
            (limits.a_day, Self::FORGOTTEN),
        ];
        let free = windows.into_iter().filter_map(|(most, window)| {
            // The one that has to fall out of the window before there is room for another.
            let blocking = self.0.len().checked_sub(most)?;
            let asked = self.0.get(blocking)?;
            let left = *asked + window - now;
            (left > TimeDelta::zero()).then_some(left)
        });
        free.max()
    }

    /// The same with one more.
    #[must_use]
    pub fn one_more(mut self, now: DateTime<Utc>) -> Self {
        self.0.retain(|asked| now - *asked < Self::FORGOTTEN);
        self.0.push(now);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        pause: TimeDelta::seconds(60),
        an_hour: 5,
        a_day: 10,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_code_is_six_digits_all_equally_likely_and_read_as_people_type_them() {
        assert_eq!(OneTimeCode::new([0; 4]).unwrap().secret(), "000000");
        let drawn = OneTimeCode::new(1_402_913_u32.to_be_bytes()).unwrap();
        assert_eq!(drawn.secret(), "402913");
        assert!(OneTimeCode::new(FAIR.to_be_bytes()).is_none());
        assert!(OneTimeCode::new([255; 4]).is_none());
        for text in ["402913", " 402 913 ", "402-913", "４０２９１３"] {
            assert_eq!(OneTimeCode::read(text), Some(drawn.clone()), "{text}");
        }
        for text in ["", "40291", "4029130", "40291a", "k7m2p-9x4hd", "٤٠٢٩١٣"] {
            assert_eq!(OneTimeCode::read(text), None, "{text}");
        }
        assert_eq!(format!("{drawn:?}"), "OneTimeCode");
    }

    #[test]
    fn one_waits_a_minute_for_the_next() {
        let asks = Asks::default();
        assert_eq!(asks.wait(LIMITS, at(0)), None);
        let asks = asks.one_more(at(0));
        assert_eq!(asks.wait(LIMITS, at(0)), Some(TimeDelta::seconds(60)));
        assert_eq!(asks.wait(LIMITS, at(59)), Some(TimeDelta::seconds(1)));
        assert_eq!(asks.wait(LIMITS, at(60)), None);
    }

    #[test]
    fn five_an_hour_and_ten_a_day_and_not_one_more() {
        let mut asks = Asks::default();
        let (mut now, mut asked) = (0, Vec::new());
        while now < 86_400 {
            if let Some(wait) = asks.wait(LIMITS, at(now)) {
                now += wait.num_seconds();
            } else {
                asks = asks.one_more(at(now));
                asked.push(now);
            }
        }
        assert_eq!(asked.len(), 10);
        let crowded = asked.windows(6).filter(|six| six[5] - six[0] < 3_600);
        assert_eq!(crowded.count(), 0);
        assert_eq!(asked[5], 3_600);
        assert_eq!(asks.wait(LIMITS, at(86_399)), Some(TimeDelta::seconds(1)));
        assert_eq!(asks.wait(LIMITS, at(86_400)), None);
    }
}
