//! Step-up: whoever is signed in shows more of who they are, and their session goes on as a surer one.

use chassis::{App, Failure, Tx, auth::Claims};
use chrono::TimeDelta;
use contracts::{Assurance, notification::CodePurpose};

use crate::{
    ceremonies::Ceremonies,
    codes::{self, Answered, Wanted, Whose},
    contacts,
    domain::{Account, Contact, Place, yields},
    guessing::Checked,
    oidc::Providers,
    passkey_sign_in::ask_of,
    passkeys::Asked,
    second_factor,
    sessions::{self, Session},
    store::{self, external, provider_sessions},
    tokens::Proof,
};

/// A provider that leads there.
pub struct Elsewhere {
    /// What addresses call it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The context to ask it for; nothing where every one of its will do.
    pub acr: Option<String>,
}

/// The ways that lead an account to an assurance.
#[derive(Default)]
pub struct Ways {
    /// A code of the app, or a recovery code.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
    /// A one-time code to one of these.
    pub contacts: Vec<Contact>,
    /// Proving a contact, which the account has not.
    pub to_prove: bool,
    /// Signing in again at these, which know the account.
    pub providers: Vec<Elsewhere>,
    /// These would do, once the account is linked to them.
    pub unlinked: Vec<Elsewhere>,
}

impl Ways {
    /// Whether none leads there now.
    pub fn none(&self) -> bool {
        let none_here = !self.code && !self.passkey && self.contacts.is_empty();
        none_here && !self.to_prove && self.providers.is_empty()
    }
}

/// How sure an account is, as its second factors vouch for it.
fn kept(account: &Account) -> Assurance {
    Assurance::of_level(account.assurance).unwrap_or_default()
}

/// Which ways lead this person to `needed`.
pub async fn ways(app: &App, claims: &Claims, needed: Assurance) -> Result<Ways, Failure> {
    let db = app.db().reads();
    let Some(account) = store::account(db, claims.sub).await? else {
        return Ok(Ways::default());
    };
    let has_app = second_factor::has(db, account.id).await?;
    let is_enough = kept(&account) >= needed;
    let can = app.part::<Ceremonies>().origin().is_some();
    let passkey = can && store::passkeys::count(db, account.id).await? > 0;
    let contacts = contacts::that_count(db, &account, app.clock().now()).await?;
    let mut ways = Ways {
        code: is_enough && has_app,
        passkey: is_enough && passkey,
        to_prove: needed == Assurance::ContactProven && contacts.is_empty() && !account.is_staff(),
        contacts: if is_enough && needed <= Assurance::ContactProven {
            contacts
        } else {
            Vec::new()
        },
        ..Ways::default()
    };
    let linked = external::of(db, account.id).await?;
    for provider in app.part::<Providers>().all() {
        let is_linked = linked
            .iter()
            .any(|identity| identity.issuer == provider.config.issuer);
        let leads = |level| yields(level, &account, has_app) >= needed;
        let Some(acr) = provider.least(leads) else {
            continue;
        };
        let way = Elsewhere {
            id: provider.id.clone(),
            name: provider.config.name.clone(),
            acr: acr.map(str::to_owned),
        };
        if is_linked {
            ways.providers.push(way);
        } else {
            ways.unlinked.push(way);
        }
    }
    Ok(ways)
}

/// What is refused.
pub enum Refusal {
    /// This way does not lead there for this account.
    NoWay,
    /// It is another code, or one that was used.
    Wrong,
    /// Nothing is tried for so long.
    Wait(TimeDelta),
    /// It is another one-time code; so many more may be tried.
    Code(u32),
    /// Too many one-time codes were wrong.
    Void,
    /// There is no such one-time code, or no more.
    Gone,
    /// No one-time code may be asked for, for so long.
    Later(TimeDelta),
    /// The session has ended meanwhile.
    Over,
}

/// By a code of the app or a recovery code.
pub async fn by_code(
    app: &App,
    claims: &Claims,
    needed: Assurance,
    code: &str,
    place: &Place,
) -> Result<Result<Box<Session>, Refusal>, Failure> {
    app.transact(async |tx| {
        let Some(account) = store::account(tx.db(), claims.sub).await? else {
            return Ok(Err(Refusal::Over));
        };
        // Before the code is looked at: one that leads nowhere is not used up.
        if kept(&account) < needed || !second_factor::has(tx.db(), account.id).await? {
            return Ok(Err(Refusal::NoWay));
        }
        match second_factor::check(&tx, account.id, code).await? {
            Checked::Right(()) => {}
            Checked::Wrong => return Ok(Err(Refusal::Wrong)),
            Checked::Wait(wait) => return Ok(Err(Refusal::Wait(wait))),
        }
        let session = replace(&tx, claims, &account, Proof::SecondFactor, place).await?;
        Ok(session.ok_or(Refusal::Over))
    })
    .await
}

/// Asks for a passkey of whoever is signed in; its answer is a sign-in that takes this session's place.
pub async fn ask_passkey(app: &App, claims: &Claims) -> Result<Result<Asked, Refusal>, Failure> {
    if app.part::<Ceremonies>().origin().is_none() {
        return Ok(Err(Refusal::NoWay));
    }
    app.transact(async |tx| {
        let Some(account) = store::account(tx.db(), claims.sub).await? else {
            return Ok(Err(Refusal::Over));
        };
        if kept(&account) <= claims.known() {
            return Ok(Err(Refusal::NoWay));
        }
        let asked = ask_of(&tx, account.id, claims.sid).await?;
        Ok(asked.ok_or(Refusal::NoWay))
    })
    .await
}

/// Ends a session that goes on and begins a surer one in its place; nothing where it has ended.
async fn replace(
    tx: &Tx,
    claims: &Claims,
    account: &Account,
    proof: Proof,
    place: &Place,
) -> Result<Option<Box<Session>>, Failure> {
    if !sessions::end(tx, claims.sub, claims.sid).await? {
        return Ok(None);
    }
    let session = sessions::begin(tx, account, proof, place).await?;
    let (id, end) = (session.claims.sid, session.ends());
    provider_sessions::follow(tx.db(), claims.sid, id, end).await?;
    Ok(Some(session))
}

/// The account and its contact of this kind, where a code to it leads to `needed`.
async fn reached(
    tx: &Tx,
    claims: &Claims,
    needed: Assurance,
    is_meant: impl Fn(&Contact) -> bool,
) -> Result<Result<(Account, Contact), Refusal>, Failure> {
    let Some(account) = store::account(tx.db(), claims.sub).await? else {
        return Ok(Err(Refusal::Over));
    };
    let contacts = contacts::that_count(tx.db(), &account, tx.now()).await?;
    let contact = contacts.into_iter().find(is_meant);
    Ok(match contact {
        // Who holds the telephone can also set a new password: a code to it never vouches for checked papers.
        Some(contact) if kept(&account).min(Assurance::ContactProven) >= needed => {
            Ok((account, contact))
        }
        _ => Err(Refusal::NoWay),
    })
}

/// Asks for a one-time code to one's own contact of this kind; answers the ticket for it. It counts in this session only.
pub async fn ask_contact(
    app: &App,
    claims: &Claims,
    needed: Assurance,
    kind: &str,
) -> Result<Result<String, Refusal>, Failure> {
    app.transact(async |tx| {
        let of_kind = |contact: &Contact| contact.kind().name() == kind;
        let (account, contact) = match reached(&tx, claims, needed, of_kind).await? {
            Ok(reached) => reached,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let wanted = Wanted {
            contact,
            purpose: CodePurpose::StepUp,
            whose: Whose::Own(account.id),
            about: Some(claims.sid),
        };
        Ok(match codes::ask(&tx, &wanted).await? {
            codes::Asked::Sent(ticket) => Ok(ticket),
            codes::Asked::Wait(wait) => Err(Refusal::Later(wait)),
        })
    })
    .await
}

/// By a one-time code that was sent to one's own contact.
pub async fn by_contact(
    app: &App,
    claims: &Claims,
    needed: Assurance,
    ticket: &str,
    code: &str,
    place: &Place,
) -> Result<Result<Box<Session>, Refusal>, Failure> {
    app.transact(async |tx| {
        let sent_to = match codes::answer(&tx, ticket, CodePurpose::StepUp, code).await? {
            Answered::Right {
                account,
                contact,
                about,
            } if account == Some(claims.sub) && about == Some(claims.sid) => contact,
            Answered::Right { .. } | Answered::Over => return Ok(Err(Refusal::Gone)),
            Answered::Wrong { left } => return Ok(Err(Refusal::Code(left))),
            Answered::Void => return Ok(Err(Refusal::Void)),
        };
        let is_it = |contact: &Contact| contact.key() == sent_to.key();
        let account = match reached(&tx, claims, needed, is_it).await? {
            Ok((account, _)) => account,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let session = replace(&tx, claims, &account, Proof::ReachedContact, place).await?;
        Ok(session.ok_or(Refusal::Over))
    })
    .await
}
