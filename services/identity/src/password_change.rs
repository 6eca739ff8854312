//! Changing a password: the old one is needed, guessing it is counted as at sign-in, and all other sessions end.

use chassis::{App, Failure, Tx, auth::Claims, http::FieldError};
use contracts::Refused;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    deeds,
    domain::{Account, Password},
    guessing::{self, Checked},
    passwords::{Found, Passwords},
    store,
};

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    /// The password as it is.
    #[serde(default)]
    #[schema(format = Password)]
    pub current: String,
    /// The password as it is to be: 8 to 128 characters.
    #[serde(default)]
    #[schema(value_type = Password)]
    pub new: String,
}

impl NewPassword {
    /// The new password, if this person may choose it.
    fn read(&self, account: &Account) -> Result<Password, FieldError> {
        let refused = |reason: Refused| FieldError::new("new", &reason);
        let new: Password = self.new.parse().map_err(refused)?;
        new.not_a_login(&account.logins()).map_err(refused)?;
        if new.secret() == Password::normalised(&self.current) {
            return Err(refused(Refused::new(
                "Mật khẩu mới phải khác mật khẩu đang dùng",
                "The new password must differ from the one in use",
            )));
        }
        Ok(new)
    }
}

/// What became of it.
pub enum Changed {
    /// It is changed, and so many other sessions have ended.
    Done {
        /// The other sessions.
        ended: u64,
        /// The passkeys by which the account is still opened: they are no password, and its owner is told to look at them.
        passkeys: u64,
    },
    /// The new one may not be chosen.
    Unfit(FieldError),
}

/// Whether this is the password of an account, counted as at sign-in. Right counts only in a transaction of the caller's:
/// `guessing::right`.
pub async fn check(
    app: &App,
    account: &Account,
    hash: &str,
    password: &str,
) -> Result<Checked<()>, Failure> {
    let subject = account.id.to_string();
    if let Some(wait) = guessing::wait(app, &subject).await? {
        return Ok(Checked::Wait(wait));
    }
    let found = app.part::<Passwords>().check(password, Some(hash)).await?;
    if matches!(found, Found::Right { .. }) {
        return Ok(Checked::Right(()));
    }
    let waits = app
        .transact(async |tx| guessing::wrong(&tx, &subject).await)
        .await?;
    Ok(waits.map_or(Checked::Wrong, Checked::Wait))
}

/// Changes the password of whoever is signed in.
pub async fn change(
    app: &App,
    claims: &Claims,
    asked: &NewPassword,
) -> Result<Checked<Changed>, Failure> {
    let Some((account, hash)) = store::with_hash(app.db().reads(), claims.sub).await? else {
        return Ok(Checked::Wrong);
    };
    let new = match asked.read(&account) {
        Ok(new) => new,
        Err(unfit) => return Ok(Checked::Right(Changed::Unfit(unfit))),
    };
    match check(app, &account, &hash, &asked.current).await? {
        Checked::Right(()) => {}
        Checked::Wrong => return Ok(Checked::Wrong),
        Checked::Wait(wait) => return Ok(Checked::Wait(wait)),
    }
    let newer = app.part::<Passwords>().hash(new.secret()).await?;
    app.transact(async |tx| settle(&tx, claims, &hash, &newer).await)
        .await
}

async fn settle(
    tx: &Tx,
    claims: &Claims,
    from: &str,
    to: &str,
) -> Result<Checked<Changed>, Failure> {
    if let Some(wait) = guessing::right(tx, &claims.sub.to_string()).await? {
        return Ok(Checked::Wait(wait));
    }
    if !store::change_password(tx.db(), claims.sub, from, to, tx.now()).await? {
        return Ok(Checked::Wrong);
    }
    let ended = store::sessions::end_others(tx.db(), claims.sub, claims.sid, tx.now()).await?;
    store::factors::forget_waiting(tx.db(), claims.sub).await?;
    store::passkeys::forget_waiting(tx.db(), claims.sub).await?;
    store::recoveries::forget_of(tx.db(), claims.sub).await?;
    store::codes::forget_of(tx.db(), claims.sub).await?;
    let passkeys = store::passkeys::count(tx.db(), claims.sub).await?;
    deeds::record(tx, claims.sub, "password-changed", claims.sub);
    Ok(Checked::Right(Changed::Done { ended, passkeys }))
}
