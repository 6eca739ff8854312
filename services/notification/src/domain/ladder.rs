//! The ladder: which channel is tried next for one piece of news, when, and what it ends in. Pure.
//!
//! It keeps no state of its own. What is next follows from the policy, the wishes, the points of contact, what was tried so
//! far and the time, so that a crash, a repetition or another replica comes to the same step.

use chrono::{DateTime, TimeDelta, Utc};

use super::preferences::Quiet;
use crate::channel::Channel;

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// By which channel.
    pub channel: Channel,
    /// How long a delivery may take to be confirmed; nothing where no confirmation ever comes, so that being taken has to do.
    pub confirms_within: Option<TimeDelta>,
    /// For how long "not now" is tried again.
    pub patience: TimeDelta,
}

/// How news of one urgency is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The rungs in their order; a channel stands on one of them at most.
    pub rungs: Vec<Rung>,
    /// Whether it may be told in quiet hours.
    pub passes_quiet_hours: bool,
    /// Whether an officer calls when nothing else reached the person.
    pub ends_in_call: bool,
    /// How long an attempt whose answer was lost is left to its receipt, where its rung names no time.
    pub lost_after: TimeDelta,
}

/// What became of an attempt so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was written down and is under way; past `until` its answer is lost.
    Trying {
        /// When whoever tries must have written down the answer.
        until: DateTime<Utc>,
    },
    /// It was not taken, and may be tried again from then on.
    Later {
        /// From when on.
        until: DateTime<Utc>,
    },
    /// The provider took it: it is under way.
    Taken,
    /// It is with the person.
    Delivered,
    /// It will never arrive by this channel.
    Failed,
}

/// An attempt by one channel; there is one a channel at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// By which channel.
    pub channel: Channel,
    /// When it was first begun.
    pub begun_at: DateTime<Utc>,
    /// When it was last begun.
    pub tried_at: DateTime<Utc>,
    /// What became of it.
    pub outcome: Outcome,
}

/// Everything that a step depends on besides the time.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// How this kind of news is told.
    pub policy: &'a Policy,
    /// When the person wants to be left alone.
    pub quiet: Option<Quiet>,
    /// The channels that the person wants, has an address for, and that there is a provider of.
    pub open: &'a [Channel],
    /// Whether an officer could call.
    pub has_phone: bool,
    /// Whether telling it is not worth while any more: it was read, or later news made it moot.
    pub is_superseded: bool,
    /// What was tried so far.
    pub attempts: &'a [Attempt],
}

/// How a ladder ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The person has it.
    Delivered,
    /// It need not be told any more.
    Superseded,
    /// No channel is left: the inbox alone holds it.
    Exhausted,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Try a channel now.
    Try(Channel),
    /// Look again then.
    Wait(DateTime<Utc>),
    /// Have an officer call.
    Call,
    /// Nothing more.
    End(End),
}

/// What to do next. A `Wait` is always for later than `now`.
pub fn next(case: &Case<'_>, now: DateTime<Utc>) -> Step {
    let attempts = case.attempts;
    if attempts
        .iter()
        .any(|attempt| attempt.outcome == Outcome::Delivered)
    {
        return Step::End(End::Delivered);
    }
    if case.is_superseded {
        return Step::End(End::Superseded);
    }
    for rung in &case.policy.rungs {
        let attempt = attempts
            .iter()
            .find(|attempt| attempt.channel == rung.channel);
        let step = match attempt {
            Some(attempt) => resumed(case, rung, attempt, now),
            None if case.open.contains(&rung.channel) => Some(begun(case, rung.channel, now)),
            None => None,
        };
        if let Some(step) = step {
            return step;
        }
    }
    if case.policy.ends_in_call && case.has_phone {
        Step::Call
    } else {
        Step::End(End::Exhausted)
    }
}

/// Tries a channel unless people sleep.
fn begun(case: &Case<'_>, channel: Channel, now: DateTime<Utc>) -> Step {
    let quiet = case.quiet.filter(|_| !case.policy.passes_quiet_hours);
    match quiet.and_then(|quiet| quiet.ends_after(now)) {
        Some(morning) => Step::Wait(morning),
        None => Step::Try(channel),
    }
}

/// What is next on a rung that was tried; nothing when it is the next rung's turn.
fn resumed(case: &Case<'_>, rung: &Rung, attempt: &Attempt, now: DateTime<Utc>) -> Option<Step> {
    let wait = |until: DateTime<Utc>| (until > now).then_some(Step::Wait(until));
    match attempt.outcome {
        Outcome::Delivered => Some(Step::End(End::Delivered)),
        Outcome::Failed => None,
        // An answer that was lost is never asked for by sending again: the receipt tells, or the next rung does it.
        Outcome::Trying { until } => wait(until).or_else(|| {
            let patience = rung.confirms_within.unwrap_or(case.policy.lost_after);
            wait(attempt.tried_at + patience)
        }),
        Outcome::Taken => match rung.confirms_within {
            None => Some(Step::End(End::Delivered)),
            Some(within) => wait(attempt.tried_at + within),
        },
        Outcome::Later { until } => {
            let end = attempt.begun_at + rung.patience;
            let is_over = now >= end || !case.open.contains(&rung.channel);
            (!is_over)
                .then(|| wait(until.min(end)).unwrap_or_else(|| begun(case, rung.channel, now)))
        }
    }
}

#[cfg(test)]
mod tests;
