//! Signing in: from a login and a password to a signed token, to the second step, or to the wait of one who guesses.

use chassis::{App, Failure, Tx};
use chrono::TimeDelta;
use contracts::AccountId;
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    domain::{Account, Login, Place},
    guessing,
    passwords::{Found, Passwords},
    second_factor,
    second_step::{self, Means},
    sessions::{self, Session},
    store,
    tokens::Proof,
};

/// What became of it.
pub enum Outcome {
    /// Signed in.
    In(Box<Session>),
    /// The password is right, and a second step is asked for.
    Second {
        /// Names this sign-in.
        ticket: String,
        /// What it may be; nothing where there must be a second factor and is none yet.
        means: Option<Means>,
    },
    /// Nobody has this login, or the password is another: nobody is told which.
    Wrong,
    /// Too many were wrong: nothing is tried for so long.
    Wait(TimeDelta),
    /// A storm of others is signing in: nothing was tried.
    Busy,
}

/// Signs somebody in. Unknown logins are counted, made to wait and take as long as known ones.
pub async fn sign_in(
    app: &App,
    login: &str,
    password: &str,
    place: &Place,
) -> Result<Outcome, Failure> {
    let passwords = app.part::<Passwords>();
    if passwords.is_crowded() {
        return Ok(Outcome::Busy);
    }
    let known = match Login::read(login) {
        Some(login) => store::find(app.db().reads(), &login).await?,
        None => None,
    };
    let subject = subject(login, known.as_ref().map(|(account, _)| account.id));
    if let Some(wait) = guessing::wait(app, &subject).await? {
        return Ok(Outcome::Wait(wait));
    }
    let found = passwords
        .check(password, known.as_ref().map(|(_, hash)| hash.as_str()))
        .await?;
    let (Found::Right { stale }, Some((account, hash))) = (found, known) else {
        let waits = app
            .transact(async |tx| guessing::wrong(&tx, &subject).await)
            .await?;
        tidy(app).await;
        return Ok(waits.map_or(Outcome::Wrong, Outcome::Wait));
    };
    let newer = if stale {
        Some(passwords.hash(password).await?)
    } else {
        None
    };
    let newer = newer.as_deref().map(|newer| (hash.as_str(), newer));
    app.transact(async |tx| right(&tx, &subject, &account, newer, place).await)
        .await
}

/// Whose tries are counted: the account's, whichever of its logins is tried, or an unknown login's digest, since people
/// type all sorts of things into the wrong field.
fn subject(login: &str, account: Option<AccountId>) -> String {
    account.map_or_else(
        || {
            let login =
                Login::read(login).map_or_else(|| login.to_owned(), |login| format!("{login:?}"));
            hex::encode(Sha256::digest(login))
        },
        |account| account.to_string(),
    )
}

async fn right(
    tx: &Tx,
    subject: &str,
    account: &Account,
    newer: Option<(&str, &str)>,
    place: &Place,
) -> Result<Outcome, Failure> {
    if let Some(wait) = guessing::right(tx, subject).await? {
        return Ok(Outcome::Wait(wait));
    }
    if let Some((from, to)) = newer {
        store::rehash(tx.db(), account.id, from, to).await?;
    }
    let is_asked = second_factor::is_asked(tx.db(), account).await?;
    let enrols = !is_asked && second_factor::is_required(&tx.config::<Config>(), account);
    if enrols {
        second_factor::begin(tx, account).await?;
    }
    if is_asked || enrols {
        let ticket = second_step::begin(tx, account).await?;
        let means = second_step::means(tx.db(), account.id).await?;
        let means = is_asked.then_some(means);
        return Ok(Outcome::Second { ticket, means });
    }
    let session = sessions::begin(tx, account, Proof::Password, place).await?;
    Ok(Outcome::In(session))
}

/// What strangers type does not pile up. Apart from the answer: it may fail without harm.
async fn tidy(app: &App) {
    if let Err(failure) = app
        .transact(async |tx| Ok(store::tidy(tx.db(), tx.now()).await?))
        .await
    {
        tracing::warn!(%failure, "old sessions and tries stay for now");
    }
}
