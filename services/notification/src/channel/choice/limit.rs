//! At most so many messages in any stretch of time. A count of what went is kept, not a bucket that fills up: a bucket lets
//! twice as much through in the second after a pause, and a provider counts seconds.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// A provider's rate.
#[derive(Debug, Clone)]
pub struct Limit {
    most: usize,
    window: TimeDelta,
    /// What of it is kept for urgent messages.
    kept: usize,
    went: VecDeque<DateTime<Utc>>,
}

impl Limit {
    /// At most `most` messages in any `window`; 0 for no limit. A fifth is kept for urgent messages.
    pub fn new(most: u32, window: TimeDelta) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let kept = if most < 2 { 0 } else { (most / 5).max(1) };
        Self {
            most,
            window,
            kept,
            went: VecDeque::new(),
        }
    }

    /// When there is room: now, or later.
    pub fn room(&self, urgent: bool, now: DateTime<Utc>) -> DateTime<Utc> {
        let most = if urgent {
            self.most
        } else {
            self.most - self.kept
        };
        if most == 0 {
            return now;
        }
        // There is room once the one that is `most` back has left the window.
        match self
            .went
            .len()
            .checked_sub(most)
            .and_then(|at| self.went.get(at))
        {
            Some(went) => (*went + self.window).max(now),
            None => now,
        }
    }

    /// Counts one that goes now.
    pub fn take(&mut self, now: DateTime<Utc>) {
        if self.most == 0 {
            return;
        }
        // A clock that is set back must not make room.
        let now = self.went.back().map_or(now, |last| now.max(*last));
        self.went.push_back(now);
        if self.went.len() > self.most {
            self.went.pop_front();
        }
    }
}
