//! The legal clock: when a dossier is due, and what stops it.

use calendar::{Calendar, Cause, Due, Pause};
use chrono::{DateTime, Utc};
use contracts::Channel;
use procedure::Description;

/// A stop of the clock as it is kept: the promise before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// From when to when, and why.
    pub pause: Pause,
    /// When it was due as the stop began.
    pub due_before: DateTime<Utc>,
    /// When it was due as the stop ended.
    pub due_after: Option<DateTime<Utc>>,
}

impl Stop {
    /// A stop that begins.
    pub const fn begin(cause: Cause, from: DateTime<Utc>, due_before: DateTime<Utc>) -> Self {
        Self {
            pause: Pause {
                from,
                until: None,
                cause,
            },
            due_before,
            due_after: None,
        }
    }

    /// Ends it. The citizen's own moment counts, as long as it lies between the question and `now`.
    pub fn end(&mut self, answered_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.pause.until = Some(answered_at.min(now).max(self.pause.from));
    }
}

/// When a dossier is due; `None` for a procedure without any time limit.
///
/// A channel without a limit of its own has that of the counter, or else of any other channel.
pub fn due(
    calendar: &Calendar,
    procedure: &Description,
    channel: Channel,
    received_at: DateTime<Utc>,
    stops: &[Stop],
) -> Option<Due> {
    let channels = [channel, Channel::Counter, Channel::Online, Channel::Post];
    let limit = channels
        .into_iter()
        .find_map(|channel| procedure.time_limit(channel))?;
    let pauses: Vec<Pause> = stops
        .iter()
        .map(|stop| stop.pause)
        .filter(|pause| procedure.clock_stops_for.contains(&pause.cause))
        .collect();
    Some(calendar.due(received_at, limit.limit, &pauses))
}

/// Whether what ended at `ended_at` was on time.
pub fn on_time(ended_at: DateTime<Utc>, due_at: DateTime<Utc>) -> bool {
    ended_at <= due_at
}
