//! What providers answered, written down in one transaction for many, and what follows from it.

use std::time::Duration;

use chassis::{App, Failure};
use chrono::{DateTime, TimeDelta, Utc};

use super::Answer;
use crate::{
    channel::{Channel, Taken, UNANSWERED, Untaken},
    domain::ladder::Step,
    policies::Policies,
    store::{
        attempts::{self, Attempt, State},
        receipts::{self, Early},
        wishes,
    },
};

/// The waits before "not now" is tried again; the last one repeats.
const WAITS: [TimeDelta; 4] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(2),
    TimeDelta::minutes(5),
    TimeDelta::minutes(15),
];
/// How long a provider that is down as a whole is left alone.
const DOWN: TimeDelta = TimeDelta::seconds(15);

/// How often an answer is tried to be written down again, and the pause before each.
const WRITE_DOWN_TRIES: u32 = 20;
const WRITE_DOWN_PAUSE: Duration = Duration::from_millis(500);

/// What an attempt is after its provider's answer.
fn after(attempt: &Attempt, told: &Result<Taken, Untaken>, now: DateTime<Utc>) -> Attempt {
    let mut after = attempt.clone();
    let place = usize::try_from(attempt.tries.saturating_sub(1)).unwrap_or_default();
    let wait = WAITS.get(place).or(WAITS.last()).copied();
    match told {
        Ok(taken) => {
            // A note that a browser took may never be looked at.
            let is_all = taken.confirmed && attempt.channel != Channel::Push;
            after.state = if is_all {
                State::Accepted
            } else {
                State::Taken
            };
            after.provider = Some(taken.provider.clone());
            after.reference.clone_from(&taken.reference);
            (after.code, after.ended_at) = (None, Some(now));
        }
        Err(Untaken::Refused { provider, code, .. }) => {
            after.state = State::Failed;
            (after.provider, after.code) = (Some(provider.clone()), Some(code.clone()));
            after.ended_at = Some(now);
        }
        Err(Untaken::Later { provider, code, .. }) => {
            (after.provider, after.code) = (Some(provider.clone()), Some(code.clone()));
            // Whoever was asked and did not answer may have taken it: it stays under way, for its receipt or the next rung.
            if code == UNANSWERED {
                after.until = now;
            } else {
                (after.state, after.until) = (State::Later, now + wait.unwrap_or(DOWN));
            }
        }
        Err(Untaken::Limited { provider, until }) => {
            after.provider = Some(provider.clone());
            (after.state, after.until) = (State::Later, *until);
        }
        Err(Untaken::Down { provider, .. }) => {
            after.provider = Some(provider.clone());
            (after.state, after.until) = (State::Later, now + DOWN);
        }
        Err(error @ (Untaken::Malformed(_) | Untaken::NotConfigured)) => {
            tracing::error!(attempt = %attempt.id, error = %error, "a message cannot be sent");
            (after.state, after.ended_at) = (State::Failed, Some(now));
        }
    }
    after
}

/// Writes down what was answered, also when the database is away for a moment: an answer that is not written down is lost.
pub(super) async fn surely_write_down(app: &App, answers: &[Answer]) -> Result<bool, Failure> {
    let mut tries = 0;
    loop {
        match write_down(app, answers).await {
            Err(_) if tries < WRITE_DOWN_TRIES => {
                tries += 1;
                tokio::time::sleep(WRITE_DOWN_PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Writes down what was answered, and what follows from it; whether some of it is due at once.
async fn write_down(app: &App, answers: &[Answer]) -> Result<bool, Failure> {
    let policies = app.part::<Policies>();
    app.transact(async |tx| {
        let (db, now) = (tx.db(), tx.now());
        let done: Vec<Attempt> = answers
            .iter()
            .map(|answer| after(&answer.job.attempt, &answer.told, now))
            .collect();
        let references: Vec<&str> = done
            .iter()
            .filter_map(|attempt| attempt.reference.as_deref())
            .collect();
        let early = receipts::take(db, &references).await?;
        let mut is_due = false;
        for (answer, mut attempt) in answers.iter().zip(done) {
            overtake(&mut attempt, &early);
            let attempts = if attempts::answered(db, &attempt).await? {
                let mut attempts = answer.job.standing.attempts.clone();
                attempts.retain(|other| other.id != attempt.id);
                attempts.push(attempt);
                attempts
            } else {
                // A receipt was quicker than the answer, or the lease ran out and the ladder went on.
                attempts::of(db, [answer.job.standing.telling.id]).await?
            };
            for endpoint in &answer.gone {
                wishes::unsubscribe(db, None, endpoint).await?;
            }
            let standing = answer.job.standing.after(attempts);
            let step = standing.step(&policies, now);
            is_due |= matches!(step, Step::Try(_));
            standing.settle(&tx, step).await?;
        }
        Ok(is_due)
    })
    .await
}

/// A receipt that came before the answer says more than the answer.
fn overtake(attempt: &mut Attempt, early: &[Early]) {
    let receipt = early.iter().find(|receipt| {
        Some(&receipt.reference) == attempt.reference.as_ref()
            && Some(&receipt.provider) == attempt.provider.as_ref()
    });
    if let Some(receipt) = receipt {
        attempt.state = receipt.state;
        attempt.ended_at = Some(receipt.at);
        attempt.code.clone_from(&receipt.code);
    }
}
