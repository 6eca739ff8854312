//! When a provider that fails, or is far slower than the others, is left alone, and how it comes back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Rules;

/// Tries after which a provider's usual time says something.
const ENOUGH: u32 = 8;

/// Whether a provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// It is well.
    Go,
    /// It was left alone long enough: one message may try it.
    Try,
    /// It is left alone.
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Resting {
        until: DateTime<Utc>,
        rest: Duration,
        /// Whether a message tries it. What others come to, which were under way before, changes nothing.
        tried: bool,
    },
}

/// How a provider does.
#[derive(Debug)]
pub struct Circuit {
    state: State,
    failures: u32,
    /// Its usual time: each try counts an eighth.
    usual: Duration,
    tries: u32,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            state: State::Well,
            failures: 0,
            usual: Duration::ZERO,
            tries: 0,
        }
    }
}

impl Circuit {
    /// Whether it may be asked.
    pub fn may(&self, now: DateTime<Utc>) -> May {
        match self.state {
            State::Well => May::Go,
            State::Resting { until, .. } if until <= now => May::Try,
            State::Resting { .. } => May::Not,
        }
    }

    /// It is asked. While one message tries it the others leave it alone, and if that one is never heard of again, another
    /// may try after the same rest.
    pub fn goes(&mut self, now: DateTime<Utc>, rules: Rules) {
        if let State::Resting { until, rest, tried } = &mut self.state {
            *tried = true;
            *until = after(now, (*rest).min(rules.longest_rest));
        }
    }

    /// It answered.
    pub fn answered(
        &mut self,
        took: Duration,
        quickest: Option<Duration>,
        now: DateTime<Utc>,
        rules: Rules,
    ) {
        self.failures = 0;
        match self.state {
            State::Well => {}
            State::Resting { tried: false, .. } => return,
            State::Resting { tried: true, .. } => {
                // What it was before it rested says nothing of it now.
                (self.state, self.usual, self.tries) = (State::Well, took, 1);
                return;
            }
        }
        self.usual = if self.tries == 0 {
            took
        } else {
            (self.usual * 7 + took) / 8
        };
        self.tries = self.tries.saturating_add(1);
        let slow =
            quickest.is_some_and(|quickest| self.usual > quickest.saturating_mul(rules.slower));
        if slow && self.tries >= ENOUGH && self.usual > rules.quick {
            self.rest(now, rules.rest);
        }
    }

    /// It did not answer.
    pub fn failed(&mut self, now: DateTime<Utc>, rules: Rules) {
        self.failures = self.failures.saturating_add(1);
        match self.state {
            State::Resting {
                rest, tried: true, ..
            } => self.rest(now, (rest * 2).min(rules.longest_rest)),
            State::Well if self.failures >= rules.failures => self.rest(now, rules.rest),
            State::Resting { tried: false, .. } | State::Well => {}
        }
    }

    fn rest(&mut self, now: DateTime<Utc>, rest: Duration) {
        self.state = State::Resting {
            until: after(now, rest),
            rest,
            tried: false,
        };
    }

    /// Its usual time, once there is one and while it is well.
    pub fn usual(&self) -> Option<Duration> {
        (self.state == State::Well && self.tries >= ENOUGH).then_some(self.usual)
    }
}

fn after(now: DateTime<Utc>, rest: Duration) -> DateTime<Utc> {
    let rest = TimeDelta::from_std(rest).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(rest)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
