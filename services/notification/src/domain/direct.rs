//! By which way a code or a warning goes next, and when nothing is left. Pure; the clock is an argument.

use chrono::{DateTime, TimeDelta, Utc};

use crate::channel::Channel;

/// How long a person who waits for a code is let wait for a way that says "not now".
const CODE_PATIENCE: TimeDelta = TimeDelta::seconds(45);
/// The pause before such a way is tried again.
const CODE_PAUSE: TimeDelta = TimeDelta::seconds(15);
/// The same pause for a warning, which has until it is out of date.
const WARNING_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// How it stands with one sending.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The ways there are, in the order in which they are tried.
    pub ways: &'a [Channel],
    /// Those that are done with.
    pub tried: &'a [Channel],
    /// Those of them that said "not now".
    pub not_now: &'a [Channel],
    /// Whether somebody waits for it.
    pub is_code: bool,
    /// When it was heard.
    pub heard_at: DateTime<Utc>,
    /// When it is out of date.
    pub expires_at: DateTime<Utc>,
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This way is tried.
    Try(Channel),
    /// Those that said "not now" are tried again.
    Again(DateTime<Utc>),
    /// Nothing is left, or it is too late.
    GiveUp,
}

impl Standing<'_> {
    /// What is done now.
    pub fn step(&self, now: DateTime<Utc>) -> Step {
        if now >= self.expires_at {
            return Step::GiveUp;
        }
        let mut ways = self.ways.iter();
        if let Some(way) = ways.find(|way| !self.tried.contains(way)) {
            return Step::Try(*way);
        }
        let (pause, until) = if self.is_code {
            let until = self.heard_at + CODE_PATIENCE;
            (CODE_PAUSE, until.min(self.expires_at))
        } else {
            (WARNING_PAUSE, self.expires_at)
        };
        let again = now + pause;
        if self.not_now.is_empty() || again > until {
            Step::GiveUp
        } else {
            Step::Again(again)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn code<'a>(tried: &'a [Channel], not_now: &'a [Channel]) -> Standing<'a> {
        Standing {
            ways: &[Channel::Sms, Channel::Zalo],
            tried,
            not_now,
            is_code: true,
            heard_at: at(0),
            expires_at: at(600),
        }
    }

    #[test]
    fn each_way_is_tried_in_its_turn_and_then_there_is_none() {
        use Channel::{Sms, Zalo};
        assert_eq!(code(&[], &[]).step(at(0)), Step::Try(Sms));
        assert_eq!(code(&[Sms], &[Sms]).step(at(1)), Step::Try(Zalo));
        assert_eq!(code(&[Sms, Zalo], &[]).step(at(2)), Step::GiveUp);
    }

    #[test]
    fn not_now_is_waited_for_while_somebody_waits_at_the_page() {
        use Channel::{Sms, Zalo};
        let all = [Sms, Zalo];
        assert_eq!(code(&all, &[Sms]).step(at(2)), Step::Again(at(17)));
        assert_eq!(code(&all, &[Sms]).step(at(30)), Step::Again(at(45)));
        assert_eq!(code(&all, &[Sms]).step(at(31)), Step::GiveUp);
        let warning = Standing {
            is_code: false,
            ..code(&all, &[Sms])
        };
        assert_eq!(warning.step(at(31)), Step::Again(at(331)));
        assert_eq!(warning.step(at(301)), Step::GiveUp);
    }

    #[test]
    fn nothing_is_sent_when_it_is_out_of_date() {
        assert_eq!(code(&[], &[]).step(at(600)), Step::GiveUp);
        assert_eq!(code(&[], &[]).step(at(599)), Step::Try(Channel::Sms));
    }
}
