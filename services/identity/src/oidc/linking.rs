//! Whose account it is that a provider speaks of: the one that is linked, the one whose number it proves, or a new one.
//!
//! An account that somebody opened here says what they said. Whoever proves its number at a provider gets it; whoever opened it may
//! be somebody else, who waits for just that. So everything by which they could come in ends at that moment.

use std::collections::BTreeSet;

use chassis::{
    Failure, Tx,
    auth::{Claims, Role},
};
use contracts::AccountId;
use uuid::Uuid;

use crate::{
    deeds::record,
    domain::{Account, Assurance, Kind, Login, Told, kept},
    mandates, sessions,
    store::{self, external, factors, provider_sessions},
};

/// Why nobody comes in, or nothing is linked, though the provider is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not say what somebody is called.
    Nameless,
    /// The account has another identification number.
    AnotherNumber,
    /// Somebody who works here has that number: they link it themselves.
    Staff,
    /// There is an account with this number or telephone, and the provider does not prove that it is theirs.
    Unproven,
    /// Somebody else signed in at the provider than is signed in here.
    AnotherPerson,
    /// It is linked with another account.
    LinkedElsewhere,
    /// Another account has the number that it proves.
    NumberTaken,
    /// It is the only way in.
    OnlyWay,
    /// There is no such link.
    Unknown,
}

/// What somebody is told who came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Their account was linked, and goes on as it was.
    Linked,
    /// Their account was linked, and what others may have known of it counts no more.
    TakenOver,
}

/// Whose account it is.
pub struct Found {
    /// The account.
    pub account: Account,
    /// How surely its owner is known by this sign-in.
    pub assurance: Assurance,
    /// What they are to be told.
    pub notice: Option<Notice>,
}

/// Finds or makes the account of whoever signed in at `issuer`. `here` is who is signed in already.
pub async fn find(
    tx: &Tx,
    issuer: &str,
    told: &Told,
    here: Option<&Claims>,
) -> Result<Result<Found, Refusal>, Failure> {
    if let Some(identity) = external::find(tx.db(), issuer, &told.subject).await? {
        return known(tx, &identity, told).await;
    }
    if let Some(number) = told.proven() {
        let login = Login::CitizenId(number.clone());
        if let Some(account) = store::whose(tx.db(), &login).await? {
            return meet(tx, issuer, account, told, here).await;
        }
    } else if told.kind == Kind::Person && is_somebody(tx, told).await? {
        return Ok(Err(Refusal::Unproven));
    }
    open(tx, issuer, told).await
}

/// This account, as surely as what was told is of it.
fn found(account: Account, told: &Told) -> Result<Found, Refusal> {
    let assurance = told.of(&account).map_err(|_| Refusal::AnotherNumber)?;
    Ok(Found {
        account,
        assurance,
        notice: None,
    })
}

/// Somebody who came that way before.
async fn known(
    tx: &Tx,
    identity: &external::Identity,
    told: &Told,
) -> Result<Result<Found, Refusal>, Failure> {
    let account = store::account(tx.db(), identity.account).await?;
    let account = account.ok_or_else(|| Failure::park("an identity belongs to no account"))?;
    let account = match learn(tx, account, told).await? {
        Ok(account) | Err((Refusal::NumberTaken, account)) => account,
        Err((refusal, _)) => return Ok(Err(refusal)),
    };
    external::note(tx.db(), identity.id, told, tx.now()).await?;
    Ok(found(account, told))
}

/// What a sign-in proves of a citizen stays known: the number, where the account has none, and that a document was checked.
async fn learn(
    tx: &Tx,
    mut account: Account,
    told: &Told,
) -> Result<Result<Account, (Refusal, Account)>, Failure> {
    if told.of(&account).is_err() {
        return Ok(Err((Refusal::AnotherNumber, account)));
    }
    let Some(number) = told.proven().filter(|_| !account.is_staff()) else {
        return Ok(Ok(account));
    };
    if account.citizen_id.is_none() {
        let login = Login::CitizenId(number.clone());
        if store::whose(tx.db(), &login).await?.is_some() {
            return Ok(Err((Refusal::NumberTaken, account)));
        }
        account.citizen_id = Some(number.clone());
    } else if account.assurance >= kept(told.assurance).level() {
        return Ok(Ok(account));
    }
    account.assurance = account.assurance.max(kept(told.assurance).level());
    store::know(tx.db(), &account).await?;
    mandates::known_anew(tx, &account).await?;
    Ok(Ok(account))
}

/// Whether somebody here has the number or the telephone that a provider does not prove.
async fn is_somebody(tx: &Tx, told: &Told) -> Result<bool, Failure> {
    let number = told.citizen_id.clone().map(Login::CitizenId);
    let phone = told.phone.clone().map(Login::Phone);
    for login in [number, phone].into_iter().flatten() {
        if store::whose(tx.db(), &login).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A first sign-in that proves the number of an account.
async fn meet(
    tx: &Tx,
    issuer: &str,
    account: Account,
    told: &Told,
    here: Option<&Claims>,
) -> Result<Result<Found, Refusal>, Failure> {
    if account.is_staff() {
        return Ok(Err(Refusal::Staff));
    }
    // Who is signed in on it in this very browser has shown both: nobody else is to be feared.
    let mine = here.filter(|claims| claims.sub == account.id);
    let (account, notice) = match mine {
        Some(claims) => {
            sessions::end_others(tx, account.id, claims.sid).await?;
            (learn(tx, account, told).await?, Notice::Linked)
        }
        None => (Ok(take_over(tx, account, told).await?), Notice::TakenOver),
    };
    let account = match account {
        Ok(account) => account,
        Err((refusal, _)) => return Ok(Err(refusal)),
    };
    keep(tx, issuer, &account, told, "provider-linked").await?;
    Ok(Ok(Found {
        account,
        assurance: told.assurance,
        notice: Some(notice),
    }))
}

/// Gives an account to whom its number is proven to belong. Whoever opened it may be another: every session, the password, the
/// second factor, passkeys and whatever is linked without proving the number go, and so do name and contacts, by which others would be told
/// what concerns this person.
async fn take_over(tx: &Tx, mut account: Account, told: &Told) -> Result<Account, Failure> {
    let (db, id) = (tx.db(), account.id);
    sessions::end_all(tx, id).await?;
    mandates::end_all(tx, &account).await?;
    if store::withdraw_password(db, id).await? {
        record(tx, id, "password-withdrawn", id);
    }
    if factors::remove(db, id).await? {
        record(tx, id, "second-factor-withdrawn", id);
    }
    if store::passkeys::remove_all(db, id).await? > 0 {
        record(tx, id, "passkeys-withdrawn", id);
    }
    store::contacts::forget_all(db, id).await?;
    store::recoveries::forget_of(db, id).await?;
    store::codes::forget_of(db, id).await?;
    for identity in external::of(db, id).await? {
        let proven = identity.assurance.is_some_and(Assurance::proves_number);
        if !proven && external::unlink(db, id, identity.id).await? {
            record(tx, id, "provider-withdrawn", id);
        }
    }
    if let Some(name) = &told.name {
        account.name = name.clone();
    }
    account.phone = free_phone(tx, told, Some(id)).await?;
    account.email.clone_from(&told.email);
    account.assurance = account.assurance.max(kept(told.assurance).level());
    store::know(db, &account).await?;
    record(tx, id, "account-taken-over", id);
    Ok(account)
}

/// The telephone that a provider names, unless another account has it.
async fn free_phone(
    tx: &Tx,
    told: &Told,
    but: Option<AccountId>,
) -> Result<Option<contracts::PhoneNumber>, Failure> {
    let Some(phone) = &told.phone else {
        return Ok(None);
    };
    let has = store::whose(tx.db(), &Login::Phone(phone.clone())).await?;
    let taken = has.is_some_and(|account| Some(account.id) != but);
    Ok((!taken).then(|| phone.clone()))
}

/// Opens an account with what a provider says. It has no password: its owner comes in by the provider.
async fn open(tx: &Tx, issuer: &str, told: &Told) -> Result<Result<Found, Refusal>, Failure> {
    let Some(name) = told.name.clone() else {
        return Ok(Err(Refusal::Nameless));
    };
    // An organisation's telephone signs nobody in.
    let phone = match told.kind {
        Kind::Person => free_phone(tx, told, None).await?,
        Kind::Organisation => None,
    };
    let account = Account {
        id: tx.new_id().into(),
        name,
        roles: BTreeSet::from([Role::Citizen]),
        assurance: kept(told.assurance).level(),
        citizen_id: told.citizen_id.clone(),
        phone,
        email: told.email.clone(),
        login: None,
        title: None,
    };
    if !store::appear(tx.db(), &account, tx.now()).await? {
        return Err(Failure::too_early("an account like it has just appeared"));
    }
    keep(tx, issuer, &account, told, "opened-by-provider").await?;
    Ok(found(account, told))
}

async fn keep(
    tx: &Tx,
    issuer: &str,
    account: &Account,
    told: &Told,
    what: &str,
) -> Result<(), Failure> {
    let linked = external::link(tx.db(), tx.new_id(), account.id, issuer, told, tx.now());
    if !linked.await? {
        // Rolled back with all the rest: the same sign-in came twice at once.
        return Err(Failure::too_early("it has just been linked"));
    }
    record(tx, account.id, what, account.id);
    Ok(())
}

/// Links whoever signed in at `issuer` with the account of whoever is signed in here and asked for it.
pub async fn link(
    tx: &Tx,
    issuer: &str,
    told: &Told,
    account: AccountId,
) -> Result<Result<(), Refusal>, Failure> {
    if let Some(identity) = external::find(tx.db(), issuer, &told.subject).await? {
        let mine = identity.account == account;
        return Ok(if mine {
            Ok(())
        } else {
            Err(Refusal::LinkedElsewhere)
        });
    }
    let Some(account) = store::account(tx.db(), account).await? else {
        return Ok(Err(Refusal::Unknown));
    };
    let account = match learn(tx, account, told).await? {
        Ok(account) => account,
        Err((refusal, _)) => return Ok(Err(refusal)),
    };
    keep(tx, issuer, &account, told, "provider-linked").await?;
    Ok(Ok(()))
}

/// Unlinks a provider from the account of whoever is signed in, and ends the other sessions that it brought. The only way in stays.
pub async fn unlink(tx: &Tx, claims: &Claims, id: Uuid) -> Result<Result<(), Refusal>, Failure> {
    let all = external::of(tx.db(), claims.sub).await?;
    let Some(identity) = all.iter().find(|identity| identity.id == id) else {
        return Ok(Err(Refusal::Unknown));
    };
    let others = all.len() > 1
        || store::has_password(tx.db(), claims.sub).await?
        || store::passkeys::count(tx.db(), claims.sub).await? > 0;
    if !others {
        return Ok(Err(Refusal::OnlyWay));
    }
    if !external::unlink(tx.db(), claims.sub, id).await? {
        return Ok(Err(Refusal::Unknown));
    }
    let brought = provider_sessions::brought_to(claims.sub, &identity.issuer);
    let others = provider_sessions::forget(tx.db(), brought, Some(claims.sid)).await?;
    for (account, session) in others {
        sessions::end(tx, account, session).await?;
    }
    record(tx, claims.sub, "provider-unlinked", claims.sub);
    Ok(Ok(()))
}
