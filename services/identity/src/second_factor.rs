//! Second factors: begun, confirmed, asked for, removed by their owner, and reset by an operator.

use chassis::{App, Failure, Tx, auth::Claims, random};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, Assurance};
use sea_orm::ConnectionTrait;

use crate::{
    config::Config,
    deeds::record,
    domain::{Account, Code, Place, RECOVERY_CODES, RecoveryCode, Seed},
    guessing::{self, Checked},
    password_change::check as check_password,
    secrets::Secrets,
    sessions::{self, Session},
    store::{self, factors},
    tokens::Proof,
};

/// So long may a begun second factor be looked at and confirmed.
const BEGUN: TimeDelta = TimeDelta::minutes(15);

/// What an authenticator app is told, while a second factor is only begun.
pub struct Enrolment {
    /// The seed, to be typed in by hand.
    pub key: String,
    /// The same with all else an app needs, for a QR code.
    pub otpauth: String,
}

impl Enrolment {
    fn new(account: &Account, seed: &Seed) -> Self {
        let label = account.label();
        Self {
            key: seed.text(),
            otpauth: seed.otpauth(label.as_deref().unwrap_or("tai-khoan")),
        }
    }
}

/// Whether an account cannot be used without a second factor here.
pub fn is_required(config: &Config, account: &Account) -> bool {
    account.is_staff() && config.officers_second_factor.is_required()
}

/// Whether this person is asked for more than their password: they have an authenticator app, or they work here and have a
/// passkey. A citizen's passkey is a better way in beside the password, not a lock on it: who loses the only device that has it
/// would have nobody to turn to.
pub async fn is_asked(db: &impl ConnectionTrait, account: &Account) -> Result<bool, Failure> {
    Ok(has(db, account.id).await?
        || (account.is_staff() && store::passkeys::count(db, account.id).await? > 0))
}

/// Whether an account has an authenticator app.
pub async fn has(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, Failure> {
    let found = factors::find(db, account).await?;
    Ok(found.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Begins a second factor with a new seed. `None` when one is confirmed: that one is to be removed first.
pub async fn begin(tx: &Tx, account: &Account) -> Result<Option<Enrolment>, Failure> {
    let secrets = tx.part::<Secrets>();
    let seed = Seed::new(random());
    let sealed = secrets.seal(account.id, &seed)?;
    let begun = factors::begin(tx.db(), account.id, sealed, &secrets.id, tx.now()).await?;
    Ok(begun.then(|| Enrolment::new(account, &seed)))
}

/// The second factor that was begun and waits for its first code.
pub async fn begun(app: &App, account: &Account) -> Result<Option<Enrolment>, Failure> {
    let found = factors::find(app.db().reads(), account.id).await?;
    let now = app.clock().now();
    let begun = found.filter(|factor| is_begun(factor, now));
    let seed = begun.map(|factor| app.part::<Secrets>().open(account.id, &factor.sealed));
    Ok(seed.transpose()?.map(|seed| Enrolment::new(account, &seed)))
}

fn is_begun(factor: &factors::Kept, now: DateTime<Utc>) -> bool {
    factor.confirmed_at.is_none() && now - factor.begun_at < BEGUN
}

/// Checks a code of the app or a recovery code, and uses it up. Each of the two kinds is counted apart from passwords and from
/// the other: who guesses codes has the password already, and does not keep out who holds the paper.
pub async fn check(tx: &Tx, account: AccountId, text: &str) -> Result<Checked<()>, Failure> {
    let recovery = RecoveryCode::read(text);
    let subject = if recovery.is_some() {
        format!("{account} recovery")
    } else {
        format!("{account} code")
    };
    // Held before the code is looked at: codes sent at once are looked at in a row.
    store::tries::expect(tx.db(), &subject, tx.now()).await?;
    let before = store::tries::hold(tx.db(), &subject).await?;
    if let Some(wait) = before.and_then(|tries| tries.wait(tx.now())) {
        return Ok(Checked::Wait(wait));
    }
    let is_right = match recovery {
        Some(code) => recover(tx, account, &code).await?,
        None => take(tx, account, text, |factor| factor.confirmed_at.is_some()).await?,
    };
    let waits = if is_right {
        guessing::right(tx, &subject).await?
    } else {
        guessing::wrong(tx, &subject).await?
    };
    Ok(match (waits, is_right) {
        (Some(wait), _) => Checked::Wait(wait),
        (None, true) => Checked::Right(()),
        (None, false) => Checked::Wrong,
    })
}

async fn recover(tx: &Tx, account: AccountId, code: &RecoveryCode) -> Result<bool, Failure> {
    let mac = tx.part::<Secrets>().mac(account, code);
    let used = factors::use_up(tx.db(), account, &mac, tx.now()).await?;
    if used {
        record(tx, account, "recovery-code-used", account);
    }
    Ok(used)
}

/// Takes a code of the app, once.
async fn take(
    tx: &Tx,
    account: AccountId,
    text: &str,
    counts: impl FnOnce(&factors::Kept) -> bool,
) -> Result<bool, Failure> {
    let factor = factors::find(tx.db(), account).await?.filter(counts);
    let Some((code, factor)) = Code::read(text).zip(factor) else {
        return Ok(false);
    };
    let seed = tx.part::<Secrets>().open(account, &factor.sealed)?;
    match seed.step_of(code, tx.now(), factor.last_step) {
        Some(step) => Ok(factors::take_step(tx.db(), account, step).await?),
        None => Ok(false),
    }
}

/// Confirms the second factor that was begun by its first code. Answers the recovery codes, which are never shown again.
pub async fn confirm(
    tx: &Tx,
    account: AccountId,
    text: &str,
) -> Result<Checked<Vec<RecoveryCode>>, Failure> {
    let subject = format!("{account} code");
    store::tries::expect(tx.db(), &subject, tx.now()).await?;
    let before = store::tries::hold(tx.db(), &subject).await?;
    if let Some(wait) = before.and_then(|tries| tries.wait(tx.now())) {
        return Ok(Checked::Wait(wait));
    }
    let now = tx.now();
    if !take(tx, account, text, |factor| is_begun(factor, now)).await? {
        let waits = guessing::wrong(tx, &subject).await?;
        return Ok(waits.map_or(Checked::Wrong, Checked::Wait));
    }
    store::tries::forget(tx.db(), &subject).await?;
    let codes: Vec<_> = (0..RECOVERY_CODES)
        .map(|_| RecoveryCode::new(random()))
        .collect();
    let secrets = tx.part::<Secrets>();
    let macs = codes.iter().map(|code| secrets.mac(account, code));
    factors::confirm(tx.db(), account, macs.collect(), now).await?;
    record(tx, account, "second-factor-confirmed", account);
    Ok(Checked::Right(codes))
}

/// What is refused to somebody who is signed in.
pub enum Refusal {
    /// It is another password.
    Password,
    /// It is another code, or one that was used.
    Code,
    /// Nothing is tried for so long.
    Wait(TimeDelta),
    /// There is a second factor already, or none.
    State,
    /// The account is known more surely than this session: what is begun in it would vouch for more than it was begun by.
    Weak,
}

/// Whether a second factor that is begun in this session would vouch for more than the session does. An account whose owner's papers
/// were seen is not handed on to who knows no more than its password; below that a session and its account are worth about the same.
pub(crate) fn is_weak(claims: &Claims, account: &Account) -> bool {
    let checked = Assurance::DocumentChecked.level();
    account.assurance >= checked && claims.assurance < checked
}

impl Refusal {
    fn of<T>(checked: Checked<T>, wrong: Self) -> Result<T, Self> {
        match checked {
            Checked::Right(right) => Ok(right),
            Checked::Wrong => Err(wrong),
            Checked::Wait(wait) => Err(Self::Wait(wait)),
        }
    }
}

/// The account of whoever is signed in, once their password is found right. It counts in `by_code` only.
pub(crate) async fn by_password(
    app: &App,
    claims: &Claims,
    password: &str,
) -> Result<Result<Account, Refusal>, Failure> {
    let Some((account, hash)) = store::with_hash(app.db().reads(), claims.sub).await? else {
        return Ok(Err(Refusal::Password));
    };
    let checked = check_password(app, &account, &hash, password).await?;
    Ok(Refusal::of(checked, Refusal::Password).map(|()| account))
}

/// Counts the password that was just found right, and asks those who have an authenticator app for a code.
pub(crate) async fn by_code(
    tx: &Tx,
    account: &Account,
    code: &str,
) -> Result<Result<(), Refusal>, Failure> {
    if let Some(wait) = guessing::right(tx, &account.id.to_string()).await? {
        return Ok(Err(Refusal::Wait(wait)));
    }
    if has(tx.db(), account.id).await? {
        return Ok(Refusal::of(
            check(tx, account.id, code).await?,
            Refusal::Code,
        ));
    }
    Ok(Ok(()))
}

/// Begins a second factor for whoever is signed in and knows the password: a browser left open is not enough.
pub async fn begin_with(
    app: &App,
    claims: &Claims,
    password: &str,
) -> Result<Result<Enrolment, Refusal>, Failure> {
    let account = match by_password(app, claims, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    app.transact(async |tx| {
        if let Some(wait) = guessing::right(&tx, &account.id.to_string()).await? {
            return Ok(Err(Refusal::Wait(wait)));
        }
        if is_weak(claims, &account) {
            return Ok(Err(Refusal::Weak));
        }
        Ok(begin(&tx, &account).await?.ok_or(Refusal::State))
    })
    .await
}

/// A second factor that was confirmed: the session goes on as a new one, which is surer.
pub struct Confirmed {
    /// The new session.
    pub session: Box<Session>,
    /// The recovery codes.
    pub codes: Vec<RecoveryCode>,
}

/// Confirms the second factor of whoever is signed in.
pub async fn confirm_with(
    app: &App,
    claims: &Claims,
    code: &str,
    place: &Place,
) -> Result<Result<Confirmed, Refusal>, Failure> {
    app.transact(async |tx| {
        let account = store::account(tx.db(), claims.sub).await?;
        if account.is_none_or(|account| is_weak(claims, &account)) {
            return Ok(Err(Refusal::Weak));
        }
        let codes = match Refusal::of(confirm(&tx, claims.sub, code).await?, Refusal::Code) {
            Ok(codes) => codes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let session = renew(&tx, claims, Proof::SecondFactor, place).await?;
        Ok(session
            .map(|session| Confirmed { session, codes })
            .ok_or(Refusal::State))
    })
    .await
}

/// Ends a session and begins another in its place, whenever how its owner has shown who they are changes.
async fn renew(
    tx: &Tx,
    claims: &Claims,
    proof: Proof,
    place: &Place,
) -> Result<Option<Box<Session>>, Failure> {
    let Some((account, _)) = store::with_hash(tx.db(), claims.sub).await? else {
        return Ok(None);
    };
    sessions::end(tx, claims.sub, claims.sid).await?;
    let session = sessions::begin(tx, &account, proof, place).await?;
    let (id, end) = (session.claims.sid, session.ends());
    store::provider_sessions::follow(tx.db(), claims.sid, id, end).await?;
    Ok(Some(session))
}

/// Removes the second factor of whoever knows the password and has a code. The session goes on as a new one, or, where it
/// must not be without a second factor, ends: the next sign-in begins another, or is by a passkey.
pub async fn remove_with(
    app: &App,
    claims: &Claims,
    password: &str,
    code: &str,
    place: &Place,
) -> Result<Result<Option<Box<Session>>, Refusal>, Failure> {
    if !has(app.db().reads(), claims.sub).await? {
        return Ok(Err(Refusal::State));
    }
    let account = match by_password(app, claims, password).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let required = is_required(&app.config::<Config>(), &account);
    app.transact(async |tx| {
        if let Err(refusal) = by_code(&tx, &account, code).await? {
            return Ok(Err(refusal));
        }
        if !factors::remove(tx.db(), account.id).await? {
            return Ok(Err(Refusal::State));
        }
        record(&tx, account.id, "second-factor-removed", account.id);
        sessions::end_others(&tx, account.id, claims.sid).await?;
        if required {
            sessions::end(&tx, account.id, claims.sid).await?;
            return Ok(Ok(None));
        }
        // A citizen has just shown both, and may put the app on another telephone in this session; the next one is by password alone.
        let proof = if account.is_staff() {
            Proof::Password
        } else {
            Proof::SecondFactor
        };
        Ok(Ok(renew(&tx, claims, proof, place).await?))
    })
    .await
}

/// Takes away the second factor and the passkeys of somebody who has lost them, and ends their sessions. `false` when there
/// were none.
pub async fn reset(tx: &Tx, account: AccountId, operator: AccountId) -> Result<bool, Failure> {
    let had_app = factors::remove(tx.db(), account).await?;
    let passkeys = store::passkeys::remove_all(tx.db(), account).await?;
    if !had_app && passkeys == 0 {
        return Ok(false);
    }
    if passkeys > 0 {
        record(tx, account, "passkeys-reset", operator);
    }
    if had_app {
        record(tx, account, "second-factor-reset", operator);
    }
    sessions::end_all(tx, account).await?;
    Ok(true)
}
