//! The second step of signing in: who knows the password is asked for a code or a passkey, or, where there must be one and is none
//! yet, to begin a second factor. What has been shown so far is a row of ours; the browser holds nothing but a ticket for it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, Tx, random};
use chrono::TimeDelta;
use contracts::AccountId;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

use crate::{
    domain::{Account, Place, RecoveryCode},
    guessing::Checked,
    second_factor::{self, Enrolment},
    sessions::{self, Session},
    store::{self, factors},
    tokens::Proof,
};

/// So long somebody may look for their telephone.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);

/// What is kept of a ticket.
pub(crate) fn digest(ticket: &str) -> String {
    hex::encode(Sha256::digest(ticket))
}

/// Keeps that the password was right, and answers the ticket for it.
pub async fn begin(tx: &Tx, account: &Account) -> Result<String, Failure> {
    let ticket = BASE64.encode(random::<32>());
    let end = tx.now() + LIFE;
    factors::wait_for_code(tx.db(), account.id, &digest(&ticket), end).await?;
    Ok(ticket)
}

/// What may be shown as the second step.
#[derive(Debug, Clone, Copy)]
pub struct Means {
    /// A code of the app, or a recovery code.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
}

/// What somebody has to show as the second step.
pub async fn means(db: &impl ConnectionTrait, account: AccountId) -> Result<Means, Failure> {
    Ok(Means {
        code: second_factor::has(db, account).await?,
        passkey: store::passkeys::count(db, account).await? > 0,
    })
}

/// What is asked for.
pub enum Asked {
    /// One of these.
    One(Means),
    /// The first code of a second factor that is to be begun.
    First(Enrolment),
    /// Nothing: there is no such sign-in, or no more.
    Nothing,
}

/// What is asked for under a ticket.
pub async fn asked(app: &App, ticket: &str) -> Result<Asked, Failure> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let Some(account) = factors::waiting(reads, &digest(ticket), now).await? else {
        return Ok(Asked::Nothing);
    };
    let Some((account, _)) = store::with_hash(reads, account).await? else {
        return Ok(Asked::Nothing);
    };
    if second_factor::is_asked(reads, &account).await? {
        return Ok(Asked::One(means(reads, account.id).await?));
    }
    let begun = second_factor::begun(app, &account).await?;
    Ok(begun.map_or(Asked::Nothing, Asked::First))
}

/// What became of it.
pub enum Step {
    /// Signed in.
    In {
        /// The session.
        session: Box<Session>,
        /// The recovery codes of a second factor that has just begun.
        codes: Vec<RecoveryCode>,
    },
    /// It is another code, or one that was used.
    Wrong,
    /// Nothing is tried for so long.
    Wait(TimeDelta),
    /// There is no such sign-in, or no more.
    Over,
}

/// Signs in whoever holds the ticket and gives a right code.
pub async fn answer(app: &App, ticket: &str, code: &str, place: &Place) -> Result<Step, Failure> {
    let digest = digest(ticket);
    app.transact(async |tx| settle(&tx, &digest, code, place).await)
        .await
}

async fn settle(tx: &Tx, digest: &str, code: &str, place: &Place) -> Result<Step, Failure> {
    let waiting = factors::waiting(tx.db(), digest, tx.now()).await?;
    let account = match waiting {
        Some(account) => store::with_hash(tx.db(), account).await?,
        None => None,
    };
    let Some((account, _)) = account else {
        return Ok(Step::Over);
    };
    let checked = if second_factor::has(tx.db(), account.id).await? {
        match second_factor::check(tx, account.id, code).await? {
            Checked::Right(()) => Checked::Right(Vec::new()),
            Checked::Wrong => Checked::Wrong,
            Checked::Wait(wait) => Checked::Wait(wait),
        }
    } else if second_factor::is_asked(tx.db(), &account).await? {
        // They have a passkey and no app: nobody begins one for them who knows no more than their password.
        Checked::Wrong
    } else {
        second_factor::confirm(tx, account.id, code).await?
    };
    let codes = match checked {
        Checked::Right(codes) => codes,
        Checked::Wrong => return Ok(Step::Wrong),
        Checked::Wait(wait) => return Ok(Step::Wait(wait)),
    };
    if !factors::take_ticket(tx.db(), digest).await? {
        return Ok(Step::Over);
    }
    let session = sessions::begin(tx, &account, Proof::SecondFactor, place).await?;
    let (id, end) = (session.claims.sid, session.ends());
    store::provider_sessions::settle(tx.db(), digest, id, end).await?;
    Ok(Step::In { session, codes })
}
