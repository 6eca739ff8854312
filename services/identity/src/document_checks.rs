//! An officer at the counter checks somebody's identity card: what it says must be what their account says, and the person must be the
//! one on it. Which account is theirs, they show by a code that they read in a session of it: whoever knows no more than a telephone
//! number cannot have another's account vouched for.

use chassis::{App, Failure, Tx, audit::Deed, auth::Claims, random};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::{AccountId, Assurance};
use procedure::{
    paper::card::{CardCode, agrees},
    spelling,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    domain::{Account, Login, RecoveryCode},
    second_factor,
    store::{
        self,
        document_checks::{self as rows, Check},
    },
};

/// So long a code is good: the time at a counter.
pub const LIFE: TimeDelta = TimeDelta::minutes(15);

/// The kind of document that is checked.
const CARD: &str = "can-cuoc";

/// A code to be read to an officer.
pub struct Shown {
    /// The code.
    pub code: RecoveryCode,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

fn digest(code: &RecoveryCode) -> String {
    hex::encode(Sha256::digest(format!("document check {}", code.secret())))
}

/// Whether an account has what its owner can show later that it is theirs: without that a checked document would never count.
pub async fn can_show(app: &App, account: AccountId) -> Result<bool, Failure> {
    let db = app.db().reads();
    Ok(second_factor::has(db, account).await? || store::passkeys::count(db, account).await? > 0)
}

/// Makes a code in place of the one before; nothing for who could not show later that the account is theirs.
pub async fn show(app: &App, claims: &Claims) -> Result<Option<Shown>, Failure> {
    if !can_show(app, claims.sub).await? {
        return Ok(None);
    }
    app.transact(async |tx| {
        let code = RecoveryCode::new(random());
        let expires_at = tx.now() + LIFE;
        rows::keep_code(tx.db(), claims.sub, &digest(&code), expires_at).await?;
        Ok(Some(Shown { code, expires_at }))
    })
    .await
}

/// What an officer has before them.
pub struct Asked<'a> {
    /// What the account's owner reads to them.
    pub code: &'a str,
    /// What the QR code on the card says.
    pub card: &'a str,
    /// The card's last day; nothing for one that is good for life.
    pub expires_on: Option<NaiveDate>,
    /// That the officer has looked at the person, and it is the one on the card.
    pub seen: bool,
}

/// What is not the same on the card and in the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// The name.
    Name,
    /// The personal identification number.
    Number,
}

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has this code, or not any more.
    Code,
    /// It is not what stands in the QR code of a card.
    Card,
    /// Its number says another year of birth or another sex than the card.
    Contradicts,
    /// It is good no more.
    Expired,
    /// The officer has not said that they looked.
    Unseen,
    /// It is the officer's own account.
    Own,
    /// It is the account of somebody who works here.
    Staff,
    /// Another account has this number.
    NumberTaken,
    /// The account says something else.
    Differs(Vec<Differs>),
}

/// Checks a card, and keeps the account of whose it is as sure as that.
pub async fn check(
    app: &App,
    officer: &Claims,
    asked: &Asked<'_>,
) -> Result<Result<Check, Refusal>, Failure> {
    let card = match read(asked, app) {
        Ok(card) => card,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(code) = RecoveryCode::read(asked.code) else {
        return Ok(Err(Refusal::Code));
    };
    app.transact(async |tx| settle(&tx, officer, &digest(&code), &card, asked.expires_on).await)
        .await
}

/// The card, as far as it can be judged by itself.
fn read(asked: &Asked<'_>, app: &App) -> Result<CardCode, Refusal> {
    let card = CardCode::parse(asked.card).ok_or(Refusal::Card)?;
    if !agrees(&card.number, Some(card.born), Some(card.male)) {
        return Err(Refusal::Contradicts);
    }
    let today = calendar::date(app.clock().now());
    let is_over = asked.expires_on.is_some_and(|last| last < today);
    if is_over || card.issued > today {
        return Err(Refusal::Expired);
    }
    if asked.seen {
        Ok(card)
    } else {
        Err(Refusal::Unseen)
    }
}

async fn settle(
    tx: &Tx,
    officer: &Claims,
    digest: &str,
    card: &CardCode,
    expires_on: Option<NaiveDate>,
) -> Result<Result<Check, Refusal>, Failure> {
    let account = match rows::whose(tx.db(), digest, tx.now()).await? {
        Some(account) => store::account(tx.db(), account).await?,
        None => None,
    };
    let Some(mut account) = account else {
        return Ok(Err(Refusal::Code));
    };
    if let Err(refusal) = fits(tx, officer, &account, card).await? {
        let deed = Deed::by(officer, "identity.document-refused").to(account.id.0);
        tx.record(deed.with(json!({ "kind": CARD })));
        return Ok(Err(refusal));
    }
    if !rows::take(tx.db(), digest).await? {
        return Ok(Err(Refusal::Code));
    }
    account.citizen_id = Some(card.number.clone());
    account.assurance = account.assurance.max(Assurance::DocumentChecked.level());
    store::know(tx.db(), &account).await?;
    let check = Check {
        id: tx.new_id(),
        account: account.id,
        officer: officer.sub,
        officer_name: officer.name.to_string(),
        kind: CARD.to_owned(),
        issued_on: card.issued,
        expires_on,
        checked_at: tx.now(),
    };
    rows::note(tx.db(), &check).await?;
    let deed = Deed::by(officer, "identity.document-checked").to(account.id.0);
    tx.record(deed.with(json!({ "check": check.id, "kind": CARD })));
    Ok(Ok(check))
}

/// Whether this officer may vouch for this account, and the card says what it says.
async fn fits(
    tx: &Tx,
    officer: &Claims,
    account: &Account,
    card: &CardCode,
) -> Result<Result<(), Refusal>, Failure> {
    if account.id == officer.sub {
        return Ok(Err(Refusal::Own));
    }
    if account.is_staff() {
        return Ok(Err(Refusal::Staff));
    }
    let mut differs = Vec::new();
    if spelling(card.name.as_str()) != spelling(account.name.as_str()) {
        differs.push(Differs::Name);
    }
    if account
        .citizen_id
        .as_ref()
        .is_some_and(|number| *number != card.number)
    {
        differs.push(Differs::Number);
    }
    if !differs.is_empty() {
        return Ok(Err(Refusal::Differs(differs)));
    }
    let login = Login::CitizenId(card.number.clone());
    let taken = store::whose(tx.db(), &login).await?;
    if taken.is_some_and(|other| other.id != account.id) {
        return Ok(Err(Refusal::NumberTaken));
    }
    Ok(Ok(()))
}
