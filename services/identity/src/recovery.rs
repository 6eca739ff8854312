//! A forgotten password: by a code to a proven contact, then by the second factor of whoever has one, to a new password.
//!
//! Whose account it is nobody is told: a contact that nobody has proven goes the same way, and its code is never right. Who works
//! here is refused in the same manner: an operator resets.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, Tx, auth::Claims, http::FieldError, random};
use chrono::TimeDelta;
use contracts::{
    AccountId, Refused,
    notification::{CodePurpose, Warning},
};

use crate::{
    codes::{self, Again, Answered, Asked, Wanted, Whose},
    contacts::{self, warn},
    deeds::record,
    domain::{Contact, Password},
    guessing::Checked,
    passwords::Passwords,
    second_factor,
    second_step::digest,
    store::{
        self, factors,
        recoveries::{self, Recovery},
    },
};

/// So long a new password may be chosen after the code.
const LIFE: TimeDelta = TimeDelta::minutes(15);
/// What it is all for.
pub const PURPOSE: CodePurpose = CodePurpose::RecoverPassword;

/// What is refused.
#[derive(Debug)]
pub enum Refusal {
    /// What was filled in is wrong in itself.
    Field(FieldError),
    /// It is another code; so many more may be tried.
    Code(u32),
    /// Too many codes were wrong.
    Void,
    /// It is another code of the app, or one that was used.
    Second,
    /// There is no such recovery, or no more.
    Over,
    /// Nothing is tried for so long.
    Wait(TimeDelta),
    /// No code may be asked for, for so long.
    Later(TimeDelta),
    /// A storm of others: nothing was tried.
    Busy,
}

/// Asks for a code to the contact of whoever has forgotten their password. Answers the ticket for it.
pub async fn begin(app: &App, contact: &str) -> Result<Result<String, Refusal>, Failure> {
    let Some(contact) = Contact::read(contact) else {
        let reason = Refused::new(
            "Nhập số điện thoại di động hoặc địa chỉ thư điện tử",
            "Give a mobile number or an e-mail address",
        );
        return Ok(Err(Refusal::Field(FieldError::new("contact", &reason))));
    };
    app.transact(async |tx| {
        let proven = store::contacts::whose(tx.db(), &contact, tx.now()).await?;
        let counts = proven.filter(|proven| proven.counts_from <= tx.now());
        // Looked up also where there is none: the one takes as long as the other.
        let owner = counts.map_or_else(|| AccountId(tx.new_id()), |proven| proven.account);
        let account = store::account(tx.db(), owner).await?;
        let account = account.filter(|account| !account.is_staff());
        let wanted = Wanted {
            contact: contact.clone(),
            purpose: PURPOSE,
            whose: Whose::Stranger(account.map(|account| account.id)),
            about: None,
        };
        Ok(match codes::ask(&tx, &wanted).await? {
            Asked::Sent(ticket) => Ok(ticket),
            Asked::Wait(wait) => Err(Refusal::Later(wait)),
        })
    })
    .await
}

/// Asks for another code under the same ticket.
pub async fn again(app: &App, ticket: &str) -> Result<Result<(), Refusal>, Failure> {
    app.transact(async |tx| {
        Ok(match codes::again(&tx, ticket, PURPOSE).await? {
            Again::Sent => Ok(()),
            Again::Wait(wait) => Err(Refusal::Later(wait)),
            Again::Over => Err(Refusal::Over),
        })
    })
    .await
}

/// Judges the code. Answers the ticket of the next step.
pub async fn answer(
    app: &App,
    ticket: &str,
    code: &str,
) -> Result<Result<String, Refusal>, Failure> {
    app.transact(async |tx| {
        let account = match codes::answer(&tx, ticket, PURPOSE, code).await? {
            Answered::Right {
                account: Some(account),
                ..
            } => account,
            Answered::Right { .. } | Answered::Over => return Ok(Err(Refusal::Over)),
            Answered::Wrong { left } => return Ok(Err(Refusal::Code(left))),
            Answered::Void => return Ok(Err(Refusal::Void)),
        };
        let ticket = BASE64.encode(random::<32>());
        let recovery = Recovery {
            digest: digest(&ticket),
            account,
            begun_at: tx.now(),
            second_shown: false,
        };
        recoveries::begin(tx.db(), &recovery, tx.now() + LIFE).await?;
        record(&tx, account, "recovery-begun", account);
        Ok(Ok(ticket))
    })
    .await
}

/// What is asked for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A code of the app, a recovery code, or signing in with a passkey.
    Code {
        /// Whether there is a passkey too.
        passkey: bool,
    },
    /// Signing in with a passkey: there is no app.
    Passkey,
    /// The new password.
    Password,
}

/// What is asked for next under a ticket; nothing where there is no such recovery, or no more. `here` is who is signed in.
pub async fn next(app: &App, ticket: &str, here: Option<&Claims>) -> Result<Option<Next>, Failure> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let Some(recovery) = recoveries::find(reads, &digest(ticket), now).await? else {
        return Ok(None);
    };
    if recovery.second_shown || is_shown_by(app, &recovery, here).await? {
        return Ok(Some(Next::Password));
    }
    let passkey = store::passkeys::count(reads, recovery.account).await? > 0;
    Ok(Some(
        match second_factor::has(reads, recovery.account).await? {
            true => Next::Code { passkey },
            false if passkey => Next::Passkey,
            false => Next::Password,
        },
    ))
}

/// Whether a session stands for the second factor: it is of the same account and began by a passkey after the code was given.
async fn is_shown_by(
    app: &App,
    recovery: &Recovery,
    here: Option<&Claims>,
) -> Result<bool, Failure> {
    let later = here.filter(|claims| {
        claims.sub == recovery.account && claims.iat >= recovery.begun_at.timestamp()
    });
    let session = match later {
        Some(claims) => store::sessions::find(app.db().reads(), claims.sid).await?,
        None => None,
    };
    Ok(session.is_some_and(|session| session.by_passkey && !session.ended))
}

/// Judges a code of the app, or a recovery code, as the second thing that is shown.
pub async fn second(app: &App, ticket: &str, code: &str) -> Result<Result<(), Refusal>, Failure> {
    let digest = digest(ticket);
    app.transact(async |tx| {
        let Some(recovery) = recoveries::find(tx.db(), &digest, tx.now()).await? else {
            return Ok(Err(Refusal::Over));
        };
        Ok(
            match second_factor::check(&tx, recovery.account, code).await? {
                Checked::Right(()) => {
                    recoveries::show_second(tx.db(), &digest).await?;
                    Ok(())
                }
                Checked::Wrong => Err(Refusal::Second),
                Checked::Wait(wait) => Err(Refusal::Wait(wait)),
            },
        )
    })
    .await
}

/// A new password that was set.
pub struct Done {
    /// The passkeys by which the account is still opened.
    pub passkeys: u64,
}

/// Sets a new password. Whatever opened the account before is at its end, but for its passkeys and the providers that are linked.
pub async fn set(
    app: &App,
    ticket: &str,
    password: &str,
    here: Option<&Claims>,
) -> Result<Result<Done, Refusal>, Failure> {
    if next(app, ticket, here).await? != Some(Next::Password) {
        return Ok(Err(Refusal::Over));
    }
    let (reads, now) = (app.db().reads(), app.clock().now());
    let digest = digest(ticket);
    let found = recoveries::find(reads, &digest, now).await?;
    let account = match found {
        Some(recovery) => store::account(reads, recovery.account).await?,
        None => None,
    };
    let Some(account) = account else {
        return Ok(Err(Refusal::Over));
    };
    let refused = |reason: Refused| Refusal::Field(FieldError::new("password", &reason));
    let new: Password = match password.parse() {
        Ok(new) => new,
        Err(reason) => return Ok(Err(refused(reason))),
    };
    if let Err(reason) = new.not_a_login(&account.logins()) {
        return Ok(Err(refused(reason)));
    }
    let passwords = app.part::<Passwords>();
    if passwords.is_crowded() {
        return Ok(Err(Refusal::Busy));
    }
    let hash = passwords.hash(new.secret()).await?;
    app.transact(async |tx| {
        if !recoveries::take(tx.db(), &digest, tx.now()).await? {
            return Ok(Err(Refusal::Over));
        }
        settle(&tx, account.id, &hash).await.map(Ok)
    })
    .await
}

async fn settle(tx: &Tx, account: AccountId, hash: &str) -> Result<Done, Failure> {
    let (db, now) = (tx.db(), tx.now());
    store::set_password(db, account, hash, now).await?;
    store::sessions::end_all(db, account, now).await?;
    factors::forget_waiting(db, account).await?;
    store::passkeys::forget_waiting(db, account).await?;
    recoveries::forget_of(db, account).await?;
    store::codes::forget_of(db, account).await?;
    // Whoever guessed the password that was kept its owner waiting: there is a new one.
    store::tries::forget(db, &account.to_string()).await?;
    if contacts::undo(tx, account).await? {
        record(tx, account, "contact-change-undone", account);
    }
    record(tx, account, "password-recovered", account);
    let proven = store::contacts::of(db, account, now).await?;
    let proven = proven.into_iter().map(|proven| proven.contact);
    warn(tx, proven, Warning::PasswordRecovered);
    let passkeys = store::passkeys::count(db, account).await?;
    Ok(Done { passkeys })
}
