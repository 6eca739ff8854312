//! One-time codes by telephone and e-mail: the one place that asks for them and judges them. Whatever rests on one (a contact, a
//! surer session, a new password, somebody's consent) calls [`ask`], shows a page, and calls [`answer`].
//!
//! - A code alone is worth nothing. It is bound to a ticket that only the browser which asked holds, to what it is for, to where it
//!   went and to whose account it is.
//! - It is good once, for ten minutes, and void after five wrong tries. Codes of other tickets are not touched by these.
//! - How often one may be asked for is counted per contact: apart for its owner who is signed in, so that strangers who ask for
//!   codes to somebody's number keep nobody out of their own.
//! - [`answer`] counts a wrong code in the caller's transaction: the caller commits it, whatever they answer.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::{App, Failure, Tx, auth::cookie as cookie_of, random};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    AccountId,
    notification::{CodePurpose, CodeUndeliverable, Language, SendCode},
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    config::Config,
    domain::{Contact, OneTimeCode},
    own::{ForgetCodes, SendNoCode},
    second_step::digest,
    secrets::Secrets,
    sessions,
    store::codes::{self, Kept},
};

/// The window of the budget of the whole service.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Who asks for a code to a contact, and whose account it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Their own proven contact, by who is signed in to this account.
    Own(AccountId),
    /// By who is signed in to the account that names this telephone, as no other does, but has not proven it.
    Named(AccountId),
    /// By who is signed in to this account and says that it is theirs.
    Claimed(AccountId),
    /// By somebody who is not signed in: the account that has it as a proven contact. Nothing is sent where there is none, and it
    /// cannot be told from the other.
    Stranger(Option<AccountId>),
    /// By this officer, for whoever stands at the counter: whose account it is, if they have one.
    AtCounter {
        /// Who asks.
        officer: AccountId,
        /// For whom.
        account: Option<AccountId>,
    },
}

impl Whose {
    const fn account(self) -> Option<AccountId> {
        match self {
            Self::Own(account) | Self::Named(account) | Self::Claimed(account) => Some(account),
            Self::Stranger(account) | Self::AtCounter { account, .. } => account,
        }
    }

    const fn is_sent(self) -> bool {
        !matches!(self, Self::Stranger(None))
    }

    const fn lane(self) -> &'static str {
        match self {
            Self::Own(_) => "own",
            Self::Named(_) => "named",
            Self::Claimed(_) => "claimed",
            Self::Stranger(_) => "stranger",
            Self::AtCounter { .. } => "counter",
        }
    }
}

/// A code that somebody wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where it is to go.
    pub contact: Contact,
    /// What it is for. It answers nothing else.
    pub purpose: CodePurpose,
    /// By and for whom.
    pub whose: Whose,
    /// What else it is about, such as the mandate that it agrees to. [`answer`] gives it back.
    pub about: Option<Uuid>,
}

/// What became of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is on its way, or seems so; the browser keeps this ticket for it.
    Sent(String),
    /// None may be asked for now; one may after so long.
    Wait(TimeDelta),
}

/// Asks for a code. Nothing is written down where one may not.
pub async fn ask(tx: &Tx, wanted: &Wanted) -> Result<Asked, Failure> {
    let (account, lane) = (wanted.whose.account(), wanted.whose.lane());
    let payer = match wanted.whose {
        Whose::Named(account) | Whose::Claimed(account) => Some(account),
        _ => None,
    };
    if let Some(wait) = admit(tx, &wanted.contact, lane, payer).await? {
        return Ok(Asked::Wait(wait));
    }
    let ticket = BASE64.encode(random::<32>());
    let mut kept = Kept {
        digest: digest(&ticket),
        sending: tx.new_id(),
        purpose: wanted.purpose,
        account,
        contact: wanted.contact.clone(),
        about: wanted.about,
        mac: String::new(),
        wrong: 0,
        is_sent: wanted.whose.is_sent(),
        asked_at: tx.now(),
        expires_at: tx.now() + OneTimeCode::LIFE,
        taken: false,
        failed: false,
        lane: lane.to_owned(),
    };
    let code = draw(tx, &mut kept)?;
    codes::keep(tx.db(), &kept).await?;
    send(tx, &kept, &code);
    Ok(Asked::Sent(ticket))
}

/// What became of asking once more under the same ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// A new one is on its way; the one before counts no more.
    Sent,
    /// Not yet; after so long.
    Wait(TimeDelta),
    /// There is no such ticket, or no more.
    Over,
}

/// Asks for a new code in place of the one before, which may have been lost or guessed at too often.
pub async fn again(tx: &Tx, ticket: &str, purpose: CodePurpose) -> Result<Again, Failure> {
    let held = codes::hold(tx.db(), &digest(ticket)).await?;
    let Some(mut kept) = held.filter(|kept| is_open(kept, purpose, tx.now())) else {
        return Ok(Again::Over);
    };
    let pays = matches!(kept.lane.as_str(), "named" | "claimed");
    let payer = kept.account.filter(|_| pays);
    if let Some(wait) = admit(tx, &kept.contact, &kept.lane, payer).await? {
        return Ok(Again::Wait(wait));
    }
    (kept.sending, kept.asked_at) = (tx.new_id(), tx.now());
    kept.expires_at = tx.now() + OneTimeCode::LIFE;
    let code = draw(tx, &mut kept)?;
    codes::renew(tx.db(), &kept).await?;
    send(tx, &kept, &code);
    Ok(Again::Sent)
}

fn is_open(kept: &Kept, purpose: CodePurpose, now: DateTime<Utc>) -> bool {
    kept.purpose == purpose && !kept.taken && now < kept.expires_at
}

/// Draws a code and keeps what it is judged by. What is not sent cannot be guessed either.
fn draw(tx: &Tx, kept: &mut Kept) -> Result<OneTimeCode, Failure> {
    let mut drawn = (0..64).filter_map(|_| OneTimeCode::new(random()));
    let code = drawn
        .next()
        .ok_or_else(|| Failure::too_early("no fair code was drawn"))?;
    let mac = mac(tx, kept, code.secret());
    let nothing = mac_of_nothing();
    kept.mac = if kept.is_sent { mac } else { nothing };
    Ok(code)
}

fn mac_of_nothing() -> String {
    hex::encode(random::<32>())
}

/// What is kept of a code: bound to all that it is asked for.
fn mac(tx: &Tx, kept: &Kept, code: &str) -> String {
    let account = kept.account.map(|account| account.to_string());
    let about = kept.about.map(|about| about.to_string());
    let parts = [
        kept.digest.as_str(),
        &format!("{:?}", kept.purpose),
        kept.contact.kind().name(),
        &kept.contact.key(),
        account.as_deref().unwrap_or_default(),
        about.as_deref().unwrap_or_default(),
        code,
    ];
    tx.part::<Secrets>().mac_of(&parts)
}

fn send(tx: &Tx, kept: &Kept, code: &OneTimeCode) {
    let send = SendCode {
        id: kept.sending,
        to: kept.contact.address(),
        code: code.secret().to_owned(),
        purpose: kept.purpose,
        expires_at: kept.expires_at,
        language: Language::Vi,
    };
    if kept.is_sent {
        tx.say(&send);
    } else {
        tx.say(&SendNoCode { id: kept.sending });
    }
    tx.send_at(kept.expires_at, &ForgetCodes {});
}

/// How long no code may be asked for; nothing where one may, which is then counted.
async fn admit(
    tx: &Tx,
    contact: &Contact,
    lane: &str,
    payer: Option<AccountId>,
) -> Result<Option<TimeDelta>, Failure> {
    let (config, secrets) = (tx.config::<Config>(), tx.part::<Secrets>());
    let limits = config.codes.limits();
    let account = payer.map(|account| account.to_string());
    let mut subjects = vec![secrets.mac_of(&["asks", lane, contact.kind().name(), &contact.key()])];
    subjects.extend(account.map(|account| secrets.mac_of(&["asks of an account", &account])));
    // Always held in one order, so that two who ask at once wait for each other and not both.
    subjects.sort_unstable();
    let (mut held, mut wait) = (Vec::new(), None);
    for subject in subjects {
        let asks = codes::hold_asks(tx.db(), &subject, tx.now()).await?;
        wait = wait.max(asks.wait(limits, tx.now()));
        held.push((subject, asks));
    }
    let sent = codes::sent_since(tx.db(), tx.now() - MINUTE).await?;
    // What is sent for those who are signed in, or stand at a counter, has room that strangers cannot use up.
    let room = match lane {
        "own" | "counter" => config.codes.a_minute,
        _ => config.codes.a_minute.div_ceil(4) * 3,
    };
    if sent >= room.into() {
        wait = wait.max(Some(MINUTE));
    }
    if wait.is_some() {
        return Ok(wait);
    }
    for (subject, asks) in held {
        codes::note_asks(tx.db(), &subject, &asks.one_more(tx.now()), tx.now()).await?;
    }
    Ok(None)
}

/// What is said of a code that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is the one, and is used up.
    Right {
        /// Whose account it is about.
        account: Option<AccountId>,
        /// Where it went: who has it is reached there.
        contact: Contact,
        /// What else it is about.
        about: Option<Uuid>,
    },
    /// It is another; so many more may be tried.
    Wrong {
        /// How many.
        left: u32,
    },
    /// Too many were wrong: this code is void, and a new one may be asked for under the same ticket.
    Void,
    /// There is no such ticket, or no more, or its code was used: asking begins anew.
    Over,
}

/// Judges a code, once. The transaction must be committed also when the code is wrong.
pub async fn answer(
    tx: &Tx,
    ticket: &str,
    purpose: CodePurpose,
    text: &str,
) -> Result<Answered, Failure> {
    // Held before it is looked at: guesses sent at once are judged in a row.
    let held = codes::hold(tx.db(), &digest(ticket)).await?;
    let Some(kept) = held.filter(|kept| is_open(kept, purpose, tx.now())) else {
        return Ok(Answered::Over);
    };
    let left = OneTimeCode::TRIES.saturating_sub(kept.wrong);
    if left == 0 {
        return Ok(Answered::Void);
    }
    // What is no code at all is a slip of the hand and costs no try.
    let Some(code) = OneTimeCode::read(text) else {
        return Ok(Answered::Wrong { left });
    };
    let given = mac(tx, &kept, code.secret());
    if !bool::from(given.as_bytes().ct_eq(kept.mac.as_bytes())) {
        codes::note_wrong(tx.db(), &kept.digest, kept.wrong + 1).await?;
        return Ok(match left - 1 {
            0 => Answered::Void,
            left => Answered::Wrong { left },
        });
    }
    if !codes::take(tx.db(), &kept.digest, tx.now()).await? {
        return Ok(Answered::Over);
    }
    Ok(Answered::Right {
        account: kept.account,
        contact: kept.contact,
        about: kept.about,
    })
}

/// How it stands with a code that was asked for, for the page that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it went, to be shown masked to whom it may be shown.
    pub contact: Contact,
    /// Whose account it is about.
    pub account: Option<AccountId>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When another may be asked for, at the earliest.
    pub again_at: DateTime<Utc>,
    /// Whether it is known that it did not arrive. What a stranger asked for never says so: it would tell who has an account.
    pub failed: bool,
}

/// How it stands with a code; nothing where there is none under this ticket for this purpose.
pub async fn standing(
    app: &App,
    ticket: &str,
    purpose: CodePurpose,
) -> Result<Option<Standing>, Failure> {
    let (reads, now) = (app.db().reads(), app.clock().now());
    let found = codes::find(reads, &digest(ticket)).await?;
    let pause = app.config::<Config>().codes.limits().pause;
    let open = found.filter(|kept| is_open(kept, purpose, now));
    Ok(open.map(|kept| Standing {
        again_at: kept.asked_at + pause,
        failed: kept.failed && kept.lane != "stranger",
        contact: kept.contact,
        account: kept.account,
        expires_at: kept.expires_at,
    }))
}

/// A code did not arrive.
pub async fn undeliverable(heard: CodeUndeliverable, tx: Tx) -> Result<(), Failure> {
    Ok(codes::note_failed(tx.db(), heard.id, heard.given_up_at).await?)
}

/// Nothing is sent.
pub async fn send_nothing(_: SendNoCode, _: Tx) -> Result<(), Failure> {
    Ok(())
}

/// Codes whose time is over are forgotten.
pub async fn forget_old(_: ForgetCodes, tx: Tx) -> Result<(), Failure> {
    Ok(codes::drop_old(tx.db(), tx.now()).await?)
}

/// The cookie in which a browser holds the ticket of a page: each purpose has its own, so that two pages do not take it from each
/// other.
fn cookie_name(public_url: &str, purpose: CodePurpose) -> &'static str {
    let is_safe = public_url.starts_with("https:");
    match (purpose, is_safe) {
        (CodePurpose::ProveContact, true) => "__Host-motcua_code_contact",
        (CodePurpose::ProveContact, false) => "motcua_code_contact",
        (CodePurpose::StepUp, true) => "__Host-motcua_code_step_up",
        (CodePurpose::StepUp, false) => "motcua_code_step_up",
        (CodePurpose::RecoverPassword, true) => "__Host-motcua_code_recovery",
        (CodePurpose::RecoverPassword, false) => "motcua_code_recovery",
        (CodePurpose::Consent, true) => "__Host-motcua_code_consent",
        (CodePurpose::Consent, false) => "motcua_code_consent",
    }
}

/// The cookie that gives a browser its ticket; an empty ticket takes it away.
pub fn cookie(app: &App, purpose: CodePurpose, ticket: &str) -> String {
    let url = &app.settings().public_url;
    // Longer than a code is good for: another may be asked for under the same ticket.
    let life = if ticket.is_empty() {
        0
    } else {
        (OneTimeCode::LIFE * 3).num_seconds()
    };
    sessions::cookie(cookie_name(url, purpose), ticket, life, url)
}

/// The ticket that a browser holds.
pub fn ticket<'a>(app: &App, purpose: CodePurpose, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie_of(headers, cookie_name(&app.settings().public_url, purpose))
}
