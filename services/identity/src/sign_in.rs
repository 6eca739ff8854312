//! Signing in: from a login and a password to a signed token, or to the wait of one who guesses.

use chassis::{
    App, Failure, Tx,
    auth::{COOKIE, Claims},
};
use chrono::TimeDelta;
use contracts::AccountId;
use sha2::{Digest, Sha256};

use crate::{
    domain::{Account, Login, Tries},
    passwords::{Found, Passwords},
    store,
    tokens::Tokens,
};

/// What became of it.
pub enum Outcome {
    /// Signed in.
    In(Box<Session>),
    /// Nobody has this login, or the password is another: nobody is told which.
    Wrong,
    /// Too many were wrong: nothing is tried for so long.
    Wait(TimeDelta),
}

/// A session that has begun.
pub struct Session {
    /// What its token says.
    pub claims: Claims,
    /// The token.
    pub token: String,
}

impl Session {
    /// The cookie that carries the token, in the browser only and only to this site.
    pub fn cookie(&self, public_url: &str) -> String {
        let life = self.claims.exp - self.claims.iat;
        format!(
            "{COOKIE}={}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{}",
            self.token,
            secure(public_url)
        )
    }
}

/// The cookie that takes the token away again.
pub fn no_cookie(public_url: &str) -> String {
    format!(
        "{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{}",
        secure(public_url)
    )
}

fn secure(public_url: &str) -> &'static str {
    if public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    }
}

/// Signs somebody in. Unknown logins are counted, made to wait and take as long as known ones.
pub async fn sign_in(app: &App, login: &str, password: &str) -> Result<Outcome, Failure> {
    let known = match Login::read(login) {
        Some(login) => store::find(app.db().reads(), &login).await?,
        None => None,
    };
    let subject = subject(login, known.as_ref().map(|(account, _)| account.id));
    let tries = store::tries::of(app.db().reads(), &subject).await?;
    if let Some(wait) = tries.and_then(|tries| tries.wait(app.clock().now())) {
        return Ok(Outcome::Wait(wait));
    }
    let passwords = app.part::<Passwords>();
    let found = passwords
        .check(password, known.as_ref().map(|(_, hash)| hash.as_str()))
        .await?;
    let (Found::Right { stale }, Some((account, hash))) = (found, known) else {
        let outcome = app.transact(async |tx| wrong(&tx, &subject).await).await?;
        tidy(app).await;
        return Ok(outcome);
    };
    let newer = if stale {
        Some(passwords.hash(password).await?)
    } else {
        None
    };
    let newer = newer.as_deref().map(|newer| (hash.as_str(), newer));
    app.transact(async |tx| right(&tx, &subject, &account, newer).await)
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

/// What was found counts only now, one try after another: guesses sent at once gain nothing over guesses in a row.
async fn right(
    tx: &Tx,
    subject: &str,
    account: &Account,
    newer: Option<(&str, &str)>,
) -> Result<Outcome, Failure> {
    if let Some(tries) = store::tries::hold(tx.db(), subject).await? {
        if let Some(wait) = tries.wait(tx.now()) {
            return Ok(Outcome::Wait(wait));
        }
        store::tries::forget(tx.db(), subject).await?;
    }
    if let Some((from, to)) = newer {
        store::rehash(tx.db(), account.id, from, to).await?;
    }
    let tokens = tx.part::<Tokens>();
    let claims = tokens.claims(account, tx.new_id(), tx.now());
    store::begin(tx.db(), &claims, tx.now()).await?;
    let token = tokens.sign(&claims)?;
    Ok(Outcome::In(Box::new(Session { claims, token })))
}

async fn wrong(tx: &Tx, subject: &str) -> Result<Outcome, Failure> {
    store::tries::expect(tx.db(), subject, tx.now()).await?;
    let before = store::tries::hold(tx.db(), subject).await?;
    if let Some(wait) = before.and_then(|tries| tries.wait(tx.now())) {
        return Ok(Outcome::Wait(wait));
    }
    store::tries::note(tx.db(), subject, Tries::one_more(before, tx.now())).await?;
    Ok(Outcome::Wrong)
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
