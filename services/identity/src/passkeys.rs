//! Passkeys: added and removed by whoever is signed in and shows who they are once more.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, Tx, auth::Claims, random};
use chrono::{DateTime, Utc};
use contracts::{AccountId, Refused};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    ceremonies::{Assertion, Ceremonies, Judged, LIFE, NewPasskey},
    config::Config,
    deeds,
    domain::{Account, PASSKEYS, PasskeyName, may_go},
    second_factor, sessions,
    store::passkeys::{self as rows, Challenge, Kept},
};

/// What a challenge that waits is for.
#[derive(Serialize, Deserialize)]
pub(crate) enum Waiting {
    /// A new passkey, under the name that its owner gave.
    New(String, NewPasskey),
    /// Signing in.
    SignIn(Assertion),
    /// Being known more surely: what comes takes this session's place.
    StepUp(Uuid, Assertion),
}

/// What a browser is asked, and the ticket that it answers with.
pub struct Asked {
    /// Names the challenge.
    pub ticket: String,
    /// Until when it may be answered.
    pub expires_at: DateTime<Utc>,
    /// The `publicKey` of what `navigator.credentials` takes; bytes in base64url.
    pub options: Value,
}

fn digest(ticket: &str) -> String {
    hex::encode(Sha256::digest(ticket))
}

/// Keeps a challenge that waits.
pub(crate) async fn wait(
    tx: &Tx,
    account: Option<AccountId>,
    sign_in: Option<String>,
    waiting: &Waiting,
    options: Value,
) -> Result<Asked, Failure> {
    let ticket = BASE64.encode(random::<32>());
    let state = serde_json::to_string(waiting)
        .map_err(|error| Failure::park(format!("a challenge: {error}")))?;
    let challenge = Challenge {
        account,
        sign_in,
        state,
    };
    let expires_at = tx.now() + LIFE;
    rows::wait(tx.db(), &digest(&ticket), challenge, tx.now(), expires_at).await?;
    Ok(Asked {
        ticket,
        expires_at,
        options,
    })
}

/// Takes the challenge that a ticket names, once.
pub(crate) async fn take(tx: &Tx, ticket: &str) -> Result<Option<(Challenge, Waiting)>, Failure> {
    let Some(challenge) = rows::take(tx.db(), &digest(ticket), tx.now()).await? else {
        return Ok(None);
    };
    let waiting = serde_json::from_str(&challenge.state)
        .map_err(|error| Failure::park(format!("a challenge cannot be read: {error}")))?;
    Ok(Some((challenge, waiting)))
}

/// What is refused to somebody who is signed in.
pub enum Refusal {
    /// Browsers have no passkeys at this system's address.
    Nowhere,
    /// They have not shown who they are.
    Proof(second_factor::Refusal),
    /// It cannot be called so.
    Name(Refused),
    /// There are as many as there may be.
    Full,
    /// There is no such challenge, or no more.
    Over,
    /// What the device answered is not genuine.
    Unfit,
    /// Somebody has this passkey already.
    There,
    /// There is no such passkey.
    Unknown,
    /// It is the only second factor of somebody who must have one.
    Last,
}

/// Begins to add a passkey, for whoever knows the password and, where they have an authenticator app, has a code of it.
pub async fn begin_with(
    app: &App,
    claims: &Claims,
    password: &str,
    code: &str,
    name: &str,
) -> Result<Result<Asked, Refusal>, Failure> {
    if app.part::<Ceremonies>().origin().is_none() {
        return Ok(Err(Refusal::Nowhere));
    }
    let name: PasskeyName = match name.parse() {
        Ok(name) => name,
        Err(refused) => return Ok(Err(Refusal::Name(refused))),
    };
    let account = match second_factor::by_password(app, claims, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(Refusal::Proof(refusal))),
    };
    app.transact(async |tx| {
        if let Err(refusal) = second_factor::by_code(&tx, &account, code).await? {
            return Ok(Err(Refusal::Proof(refusal)));
        }
        if second_factor::is_weak(claims, &account) {
            return Ok(Err(Refusal::Proof(second_factor::Refusal::Weak)));
        }
        begin(&tx, &account, &name).await
    })
    .await
}

async fn begin(
    tx: &Tx,
    account: &Account,
    name: &PasskeyName,
) -> Result<Result<Asked, Refusal>, Failure> {
    let there = rows::of(tx.db(), account.id).await?;
    if there.len() >= PASSKEYS {
        return Ok(Err(Refusal::Full));
    }
    let login = account.label().unwrap_or_else(|| account.name.to_string());
    let (waiting, options) =
        tx.part::<Ceremonies>()
            .ask_for_new(account.id, &login, account.name.as_str(), &there)?;
    let waiting = Waiting::New(name.as_str().to_owned(), waiting);
    Ok(Ok(
        wait(tx, Some(account.id), None, &waiting, options).await?
    ))
}

/// Adds the passkey that a device has made.
pub async fn add_with(
    app: &App,
    claims: &Claims,
    ticket: &str,
    answer: &Value,
) -> Result<Result<Kept, Refusal>, Failure> {
    if app.part::<Ceremonies>().origin().is_none() {
        return Ok(Err(Refusal::Nowhere));
    }
    app.transact(async |tx| add(&tx, claims.sub, ticket, answer).await)
        .await
}

async fn add(
    tx: &Tx,
    account: AccountId,
    ticket: &str,
    answer: &Value,
) -> Result<Result<Kept, Refusal>, Failure> {
    let taken = take(tx, ticket).await?;
    let Some((Challenge { account: owner, .. }, Waiting::New(name, waiting))) = taken else {
        return Ok(Err(Refusal::Over));
    };
    if owner != Some(account) {
        return Ok(Err(Refusal::Over));
    }
    let new = match tx.part::<Ceremonies>().judge_new(&waiting, answer)? {
        Judged::Genuine(new) => new,
        Judged::Copied => return Ok(Err(Refusal::Unfit)),
        Judged::Refused(why) => {
            tracing::info!(%account, why, "a new passkey is refused");
            return Ok(Err(Refusal::Unfit));
        }
    };
    rows::hold(tx.db(), account).await?;
    if rows::of(tx.db(), account).await?.len() >= PASSKEYS {
        return Ok(Err(Refusal::Full));
    }
    let passkey = Kept {
        id: tx.new_id(),
        account,
        credential_id: new.credential_id,
        credential: new.credential,
        name,
        added_at: tx.now(),
        used_at: None,
        suspected_at: None,
    };
    if !rows::add(tx.db(), &passkey).await? {
        return Ok(Err(Refusal::There));
    }
    deeds::record(tx, account, "passkey-added", account);
    Ok(Ok(passkey))
}

/// Removes a passkey of whoever shows who they are as for adding one, and ends their other sessions: one of them may be of
/// whoever has the device now.
pub async fn remove_with(
    app: &App,
    claims: &Claims,
    id: Uuid,
    password: &str,
    code: &str,
) -> Result<Result<(), Refusal>, Failure> {
    let theirs = rows::of(app.db().reads(), claims.sub).await?;
    if !theirs.iter().any(|passkey| passkey.id == id) {
        return Ok(Err(Refusal::Unknown));
    }
    let account = match second_factor::by_password(app, claims, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(Refusal::Proof(refusal))),
    };
    let required = second_factor::is_required(&app.config::<Config>(), &account);
    app.transact(async |tx| {
        if let Err(refusal) = second_factor::by_code(&tx, &account, code).await? {
            return Ok(Err(Refusal::Proof(refusal)));
        }
        remove(&tx, &account, claims.sid, id, required).await
    })
    .await
}

async fn remove(
    tx: &Tx,
    account: &Account,
    session: Uuid,
    id: Uuid,
    required: bool,
) -> Result<Result<(), Refusal>, Failure> {
    rows::hold(tx.db(), account.id).await?;
    let theirs = rows::of(tx.db(), account.id).await?;
    if !theirs.iter().any(|passkey| passkey.id == id) {
        return Ok(Err(Refusal::Unknown));
    }
    let others = theirs
        .iter()
        .filter(|passkey| passkey.id != id && passkey.suspected_at.is_none());
    let has_app = second_factor::has(tx.db(), account.id).await?;
    if !may_go(required, has_app, others.count()) {
        return Ok(Err(Refusal::Last));
    }
    rows::remove(tx.db(), id).await?;
    deeds::record(tx, account.id, "passkey-removed", account.id);
    sessions::end_others(tx, account.id, session).await?;
    Ok(Ok(()))
}
