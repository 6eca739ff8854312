//! Contacts that were shown to reach an account's owner: proven by a code, changed with the password, told to the one before.

use chassis::{App, Failure, Tx, auth::Claims, http::FieldError};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    AccountId, Refused,
    notification::{CodePurpose, Language, SendWarning, Warning},
};
use sea_orm::ConnectionTrait;

use crate::{
    codes::{self, Again, Answered, Asked, Wanted, Whose},
    deeds::record,
    domain::{Account, Contact, ContactKind, Login, Place},
    guessing::{self, Checked},
    password_change::check as check_password,
    sessions::{self, Session},
    store::{
        self,
        contacts::{self, Proven},
    },
    tokens::Proof,
};

/// Whoever signed in so lately has just shown how, and is not asked for the password again.
const FRESH: TimeDelta = TimeDelta::minutes(5);
/// A contact that was changed by less than the account is known by counts for nothing for so long. The one before is told and goes on
/// counting: by a code to it, its owner undoes the change.
const WAITS: TimeDelta = TimeDelta::days(3);
/// So long a warning is tried.
const WARNED_FOR: TimeDelta = TimeDelta::days(1);

/// A contact of an account, as its owner sees it.
#[derive(Debug, Clone)]
pub struct Line {
    /// It.
    pub contact: Contact,
    /// Since when it is proven; nothing when it is only said.
    pub proven_at: Option<DateTime<Utc>>,
    /// From when on a code to it stands for its owner, where that is still to come.
    pub counts_from: Option<DateTime<Utc>>,
}

/// The contacts of an account, its telephone first.
pub async fn lines(app: &App, account: AccountId) -> Result<Vec<Line>, Failure> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let Some(account) = store::account(reads, account).await? else {
        return Ok(Vec::new());
    };
    let proven = contacts::of(reads, account.id, now).await?;
    let both = [ContactKind::Phone, ContactKind::Email].into_iter();
    let lines = both
        .filter_map(|kind| account.contact(kind))
        .map(|contact| {
            let proven = proven.iter().find(|one| one.contact.key() == contact.key());
            Line {
                proven_at: proven.map(|proven| proven.proven_at),
                counts_from: proven
                    .map(|proven| proven.counts_from)
                    .filter(|from| *from > now),
                contact,
            }
        });
    Ok(lines.collect())
}

/// The contacts to which a code may stand for the owner of an account, its telephone first. None for who works here: an operator
/// answers for them, and what they hold is an app or a passkey.
pub async fn that_count(
    db: &impl ConnectionTrait,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Vec<Contact>, Failure> {
    if account.is_staff() {
        return Ok(Vec::new());
    }
    let proven = contacts::of(db, account.id, now).await?;
    let count = proven
        .into_iter()
        .filter(|proven| proven.counts_from <= now);
    Ok(count.map(|proven| proven.contact).collect())
}

/// Warns the owner of an account at each of these contacts.
pub fn warn(tx: &Tx, contacts: impl IntoIterator<Item = Contact>, about: Warning) {
    for contact in contacts {
        tx.say(&SendWarning {
            id: tx.new_id(),
            to: contact.address(),
            about,
            happened_at: tx.now(),
            expires_at: tx.now() + WARNED_FOR,
            language: Language::Vi,
        });
    }
}

/// What is refused to somebody who is signed in.
#[derive(Debug)]
pub enum Refusal {
    /// What was filled in is neither telephone nor address, or not to be proven.
    Field(FieldError),
    /// It is another password, or none was given.
    Password,
    /// It is another code; so many more may be tried.
    Code(u32),
    /// Too many codes were wrong.
    Void,
    /// There is no such code, or no more.
    Over,
    /// Nothing is tried for so long.
    Wait(TimeDelta),
    /// No code may be asked for, for so long.
    Later(TimeDelta),
    /// Another account has proven it.
    Taken,
}

fn refused(vi: &'static str, en: &'static str) -> Refusal {
    Refusal::Field(FieldError::new("contact", &Refused::new(vi, en)))
}

/// Whether somebody has to give their password to have this contact: not for the one that they registered with, nor just after they
/// signed in.
pub fn needs_password(
    account: &Account,
    claims: &Claims,
    contact: &Contact,
    now: DateTime<Utc>,
) -> bool {
    let said = account.contact(contact.kind());
    let is_said = said.is_some_and(|said| said.key() == contact.key());
    !is_said && !is_fresh(claims, now)
}

/// Whether a session has just begun.
pub fn is_fresh(claims: &Claims, now: DateTime<Utc>) -> bool {
    now.timestamp() - claims.iat <= FRESH.num_seconds()
}

/// Asks for a code to a contact of whoever is signed in; answers the ticket for it.
pub async fn begin(
    app: &App,
    claims: &Claims,
    contact: &str,
    password: &str,
) -> Result<Result<String, Refusal>, Failure> {
    let Some(contact) = Contact::read(contact) else {
        return Ok(Err(refused(
            "Nhập số điện thoại di động hoặc địa chỉ thư điện tử",
            "Give a mobile number or an e-mail address",
        )));
    };
    let (reads, now) = (app.db().reads(), app.clock().now());
    let Some(account) = store::account(reads, claims.sub).await? else {
        return Ok(Err(Refusal::Over));
    };
    if account.is_staff() {
        return Ok(Err(refused(
            "Tài khoản cán bộ dùng ứng dụng tạo mã hoặc khóa truy cập",
            "Officers use an authenticator app or a passkey",
        )));
    }
    let proven = contacts::whose(reads, &contact, now).await?;
    if proven.is_some_and(|proven| proven.account == account.id && proven.counts_from <= now) {
        return Ok(Err(refused(
            "Liên hệ này đã được xác nhận rồi",
            "This contact is proven already",
        )));
    }
    let asks = needs_password(&account, claims, &contact, now);
    if asks {
        let Some((account, hash)) = store::with_hash(reads, claims.sub).await? else {
            return Ok(Err(Refusal::Password));
        };
        match check_password(app, &account, &hash, password).await? {
            Checked::Right(()) => {}
            Checked::Wrong => return Ok(Err(Refusal::Password)),
            Checked::Wait(wait) => return Ok(Err(Refusal::Wait(wait))),
        }
    }
    // No other account names the same telephone: whoever claims it elsewhere keeps nobody from proving it here.
    let is_named = account.phone.clone().map(Contact::Phone).as_ref() == Some(&contact);
    let whose = if is_named {
        Whose::Named(account.id)
    } else {
        Whose::Claimed(account.id)
    };
    let wanted = Wanted {
        contact,
        purpose: CodePurpose::ProveContact,
        whose,
        about: None,
    };
    app.transact(async |tx| {
        if asks && let Some(wait) = guessing::right(&tx, &account.id.to_string()).await? {
            return Ok(Err(Refusal::Wait(wait)));
        }
        Ok(match codes::ask(&tx, &wanted).await? {
            Asked::Sent(ticket) => Ok(ticket),
            Asked::Wait(wait) => Err(Refusal::Later(wait)),
        })
    })
    .await
}

/// Asks for another code under the same ticket.
pub async fn again(
    app: &App,
    claims: &Claims,
    ticket: &str,
) -> Result<Result<(), Refusal>, Failure> {
    let standing = codes::standing(app, ticket, CodePurpose::ProveContact).await?;
    if standing.is_none_or(|standing| standing.account != Some(claims.sub)) {
        return Ok(Err(Refusal::Over));
    }
    app.transact(async |tx| {
        Ok(
            match codes::again(&tx, ticket, CodePurpose::ProveContact).await? {
                Again::Sent => Ok(()),
                Again::Wait(wait) => Err(Refusal::Later(wait)),
                Again::Over => Err(Refusal::Over),
            },
        )
    })
    .await
}

/// A contact that was proven.
pub struct Confirmed {
    /// It.
    pub contact: Contact,
    /// From when on it counts, where that is still to come.
    pub counts_from: Option<DateTime<Utc>>,
    /// The session that goes on in place of the one before; nothing where that one is surer.
    pub session: Option<Box<Session>>,
}

/// Proves a contact of whoever is signed in by its code.
pub async fn confirm(
    app: &App,
    claims: &Claims,
    ticket: &str,
    code: &str,
    place: &Place,
) -> Result<Result<Confirmed, Refusal>, Failure> {
    app.transact(async |tx| {
        match codes::answer(&tx, ticket, CodePurpose::ProveContact, code).await? {
            Answered::Right {
                account, contact, ..
            } if account == Some(claims.sub) => settle(&tx, claims, contact, place).await,
            Answered::Right { .. } | Answered::Over => Ok(Err(Refusal::Over)),
            Answered::Wrong { left } => Ok(Err(Refusal::Code(left))),
            Answered::Void => Ok(Err(Refusal::Void)),
        }
    })
    .await
}

async fn settle(
    tx: &Tx,
    claims: &Claims,
    contact: Contact,
    place: &Place,
) -> Result<Result<Confirmed, Refusal>, Failure> {
    let (db, now) = (tx.db(), tx.now());
    let Some(mut account) = store::account(db, claims.sub).await? else {
        return Ok(Err(Refusal::Over));
    };
    let whose = contacts::whose(db, &contact, now).await?;
    if whose.is_some_and(|proven| proven.account != account.id) {
        return Ok(Err(Refusal::Taken));
    }
    release(tx, &account, &contact).await?;
    let before = contacts::of(db, account.id, now).await?;
    let replaced = before.into_iter().map(|proven| proven.contact);
    let replaced: Vec<Contact> = replaced
        .filter(|old| old.kind() == contact.kind() && old.key() != contact.key())
        .collect();
    // By a password alone nobody becomes as sure as an account that is known by more.
    let is_sure = account.assurance <= 1 || claims.assurance >= account.assurance;
    let counts_from = if is_sure { now } else { now + WAITS };
    match &contact {
        Contact::Phone(phone) => account.phone = Some(phone.clone()),
        Contact::Email(email) => account.email = Some(email.clone()),
    }
    account.assurance = account.assurance.max(2);
    let proven = Proven {
        account: account.id,
        contact: contact.clone(),
        proven_at: now,
        counts_from,
        ends_at: None,
    };
    if !contacts::prove(db, &proven, now).await? {
        // Rolled back with all the rest: another account has just proven it.
        return Err(Failure::too_early("another account has just proven it"));
    }
    store::know(db, &account).await?;
    let what = if replaced.is_empty() {
        "contact-proven"
    } else {
        "contact-changed"
    };
    record(tx, account.id, what, account.id);
    warn(tx, replaced, Warning::ContactChanged);
    let proof = if is_sure {
        Proof::ContactCode
    } else {
        Proof::Password
    };
    let session = if claims.assurance > account.assurance {
        None
    } else {
        sessions::end(tx, account.id, claims.sid).await?;
        Some(sessions::begin(tx, &account, proof, place).await?)
    };
    Ok(Ok(Confirmed {
        contact,
        counts_from: (!is_sure).then_some(counts_from),
        session,
    }))
}

/// Undoes what took a contact's place and does not count yet; whether there was such. Whoever has a code to the one before is its
/// owner, and somebody else put in the other.
pub async fn undo(tx: &Tx, account: AccountId) -> Result<bool, Failure> {
    let kept = contacts::undo(tx.db(), account, tx.now()).await?;
    let Some(mut account) = store::account(tx.db(), account).await? else {
        return Ok(false);
    };
    for contact in &kept {
        release(tx, &account, contact).await?;
        match contact {
            Contact::Phone(phone) => account.phone = Some(phone.clone()),
            Contact::Email(email) => account.email = Some(email.clone()),
        }
    }
    store::know(tx.db(), &account).await?;
    Ok(!kept.is_empty())
}

/// Takes a telephone from another account that only says it: whoever has it in their hand has shown whose it is.
async fn release(tx: &Tx, mine: &Account, contact: &Contact) -> Result<(), Failure> {
    let Contact::Phone(phone) = contact else {
        return Ok(());
    };
    let other = store::whose(tx.db(), &Login::Phone(phone.clone())).await?;
    if let Some(mut other) = other.filter(|other| other.id != mine.id) {
        other.phone = None;
        store::know(tx.db(), &other).await?;
        record(tx, other.id, "contact-released", mine.id);
    }
    Ok(())
}
