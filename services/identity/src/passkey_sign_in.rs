//! Signing in by a passkey: in place of login and password, or as the second step after them. The device makes sure of its owner,
//! so that a passkey is two factors by itself.

use chassis::{App, Failure, Tx};
use contracts::AccountId;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    ceremonies::{Answer, Assertion, Ceremonies, Judged},
    deeds,
    domain::Place,
    passkeys::{Asked, Waiting, take, wait},
    second_step,
    sessions::{self, Session},
    store::{
        self, factors,
        passkeys::{self as rows, Challenge, Kept},
    },
    tokens::Proof,
};

/// What is refused to somebody who is not signed in.
pub enum Refusal {
    /// Browsers have no passkeys at this system's address.
    Nowhere,
    /// There is no such challenge, or no more.
    Over,
    /// There is no such sign-in that waits for a second step, or no more.
    SignInOver,
    /// It opens no account here: nobody is told why.
    Wrong,
    /// Somebody seems to have a copy of it.
    Copied,
}

/// Asks for any passkey of this system that the browser finds. Nobody has said who they are yet.
pub async fn ask(app: &App) -> Result<Result<Asked, Refusal>, Failure> {
    let ceremonies = app.part::<Ceremonies>();
    if ceremonies.origin().is_none() {
        return Ok(Err(Refusal::Nowhere));
    }
    let (waiting, options) = ceremonies.ask(&[])?;
    let waiting = Waiting::SignIn(waiting);
    app.transact(async |tx| Ok(Ok(wait(&tx, None, None, &waiting, options.clone()).await?)))
        .await
}

/// Asks for a passkey of whoever has given their password and is asked for a second step.
pub async fn ask_second(app: &App, ticket: &str) -> Result<Result<Asked, Refusal>, Failure> {
    let ceremonies = app.part::<Ceremonies>();
    if ceremonies.origin().is_none() {
        return Ok(Err(Refusal::Nowhere));
    }
    let sign_in = second_step::digest(ticket);
    app.transact(async |tx| {
        let Some(account) = factors::waiting(tx.db(), &sign_in, tx.now()).await? else {
            return Ok(Err(Refusal::SignInOver));
        };
        let theirs = rows::of(tx.db(), account).await?;
        if theirs.is_empty() {
            return Ok(Err(Refusal::Wrong));
        }
        let (waiting, options) = tx.part::<Ceremonies>().ask(&theirs)?;
        let waiting = Waiting::SignIn(waiting);
        let asked = wait(&tx, Some(account), Some(sign_in.clone()), &waiting, options);
        Ok(Ok(asked.await?))
    })
    .await
}

/// Asks for a passkey of somebody who is signed in, whose answer begins a session in the place of this one; nothing where they have none.
pub async fn ask_of(tx: &Tx, account: AccountId, session: Uuid) -> Result<Option<Asked>, Failure> {
    let theirs = rows::of(tx.db(), account).await?;
    if theirs.is_empty() {
        return Ok(None);
    }
    let (waiting, options) = tx.part::<Ceremonies>().ask(&theirs)?;
    let waiting = Waiting::StepUp(session, waiting);
    let asked = wait(tx, Some(account), None, &waiting, options);
    Ok(Some(asked.await?))
}

/// Signs in whoever answers with a passkey that is kept here.
pub async fn answer(
    app: &App,
    ticket: &str,
    answer: &Value,
    place: &Place,
) -> Result<Result<Box<Session>, Refusal>, Failure> {
    if app.part::<Ceremonies>().origin().is_none() {
        return Ok(Err(Refusal::Nowhere));
    }
    app.transact(async |tx| {
        let (challenge, before, waiting) = match take(&tx, ticket).await? {
            Some((challenge, Waiting::SignIn(waiting))) => (challenge, None, waiting),
            Some((challenge, Waiting::StepUp(session, waiting))) => {
                (challenge, Some(session), waiting)
            }
            _ => return Ok(Err(Refusal::Over)),
        };
        settle(&tx, challenge, before, waiting, answer, place).await
    })
    .await
}

async fn settle(
    tx: &Tx,
    challenge: Challenge,
    before: Option<Uuid>,
    waiting: Assertion,
    answer: &Value,
    place: &Place,
) -> Result<Result<Box<Session>, Refusal>, Failure> {
    let Some(answer) = Answer::read(answer) else {
        return Ok(Err(Refusal::Wrong));
    };
    let passkey = rows::hold_named(tx.db(), &answer.credential_id()).await?;
    let passkey = passkey.filter(|passkey| {
        challenge
            .account
            .is_none_or(|owner| owner == passkey.account)
    });
    let Some(passkey) = passkey else {
        return Ok(Err(Refusal::Wrong));
    };
    let credential = match tx.part::<Ceremonies>().judge(waiting, &answer, &passkey)? {
        Judged::Genuine(credential) => credential,
        Judged::Copied => return suspect(tx, &passkey).await,
        Judged::Refused(why) => {
            tracing::info!(passkey = %passkey.id, why, "a passkey's answer is refused");
            return Ok(Err(Refusal::Wrong));
        }
    };
    if passkey.suspected_at.is_some() {
        return Ok(Err(Refusal::Copied));
    }
    if let Some(sign_in) = &challenge.sign_in {
        let waits = factors::waiting(tx.db(), sign_in, tx.now()).await?;
        if waits.is_none() || !factors::take_ticket(tx.db(), sign_in).await? {
            return Ok(Err(Refusal::SignInOver));
        }
    }
    let Some(account) = store::account(tx.db(), passkey.account).await? else {
        return Ok(Err(Refusal::Wrong));
    };
    rows::used(tx.db(), passkey.id, credential, tx.now()).await?;
    if let Some(before) = before
        && !sessions::end(tx, account.id, before).await?
    {
        return Ok(Err(Refusal::Over));
    }
    let session = sessions::begin(tx, &account, Proof::Passkey, place).await?;
    if let Some(before) = before {
        let (id, end) = (session.claims.sid, session.ends());
        store::provider_sessions::follow(tx.db(), before, id, end).await?;
    }
    Ok(Ok(session))
}

/// The counter of its uses went back: there are two of it. Neither opens anything any more.
async fn suspect(tx: &Tx, passkey: &Kept) -> Result<Result<Box<Session>, Refusal>, Failure> {
    if passkey.suspected_at.is_none() {
        rows::suspect(tx.db(), passkey.id, tx.now()).await?;
        let owner = passkey.account;
        deeds::record(tx, owner, "passkey-suspected", owner);
    }
    tracing::warn!(passkey = %passkey.id, "the counter of a passkey went back: somebody may have a copy");
    Ok(Err(Refusal::Copied))
}
