//! Guessing made slow: whoever is wrong too often waits, and what was found counts one try after another.

use chassis::{App, Failure, Tx};
use chrono::TimeDelta;

use crate::{domain::Tries, store};

/// What is said of a secret that somebody gave.
pub enum Checked<T> {
    /// It is right.
    Right(T),
    /// It is another.
    Wrong,
    /// Too many were wrong: nothing is tried for so long.
    Wait(TimeDelta),
}

/// How long nothing is tried, before anything costly is done.
pub async fn wait(app: &App, subject: &str) -> Result<Option<TimeDelta>, Failure> {
    let tries = store::tries::of(app.db().reads(), subject).await?;
    Ok(tries.and_then(|tries| tries.wait(app.clock().now())))
}

/// Counts a wrong try, unless others that came first have made everybody wait.
pub async fn wrong(tx: &Tx, subject: &str) -> Result<Option<TimeDelta>, Failure> {
    store::tries::expect(tx.db(), subject, tx.now()).await?;
    let before = store::tries::hold(tx.db(), subject).await?;
    if let Some(wait) = before.and_then(|tries| tries.wait(tx.now())) {
        return Ok(Some(wait));
    }
    store::tries::note(tx.db(), subject, Tries::one_more(before, tx.now())).await?;
    Ok(None)
}

/// A right try ends the count, unless wrong ones that came first have made everybody wait: guesses sent at once gain nothing
/// over guesses in a row.
pub async fn right(tx: &Tx, subject: &str) -> Result<Option<TimeDelta>, Failure> {
    if let Some(tries) = store::tries::hold(tx.db(), subject).await? {
        if let Some(wait) = tries.wait(tx.now()) {
            return Ok(Some(wait));
        }
        store::tries::forget(tx.db(), subject).await?;
    }
    Ok(None)
}
