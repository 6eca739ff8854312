//! Results are put into the national store of citizens' papers, and what becomes of them is told there.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chassis::{Failure, Tx, Work};
use files::Files;

use super::CheckPage;
use crate::{
    deposits::{Kept, Store},
    domain::State,
    own::DepositResult,
    store::{
        self, Entry,
        deposits::{self, Deposit},
        recipients,
    },
};

/// Has the store told how a result stands, where there is a store.
pub fn deposit(tx: &Tx, entry: &Entry) {
    if tx.part::<Store>().is_there() {
        tx.say(&DepositResult {
            result: entry.id,
            dossier: entry.dossier,
        });
    }
}

/// What the store is told of a state; nothing before there is a file.
const fn told(state: State) -> Option<State> {
    match state {
        State::Numbered => None,
        State::Issued | State::HandedOver => Some(State::Issued),
        State::Revoked | State::Replaced => Some(state),
    }
}

/// Tells the store how a result stands at this moment: a call to the outside world, perhaps made twice under one key.
pub async fn tell(asked: DepositResult, work: Work) -> Result<Option<(State, Kept)>, Failure> {
    let (db, store) = (work.reads(), work.part::<Store>());
    let entry = store::entry(db, asked.result).await?;
    let entry = entry.ok_or_else(super::unknown)?;
    let (Some(state), Some((hash, issued_at))) = (told(entry.state), &entry.issued) else {
        return Ok(None);
    };
    let before = deposits::of(db, entry.id).await?;
    if !store.is_there() || before.is_some_and(|before| before.told == state) {
        return Ok(None);
    }
    let recipients = recipients::of(db, [entry.dossier]).await?;
    // What was decided before this was kept is nobody's that the store knows.
    let Some(recipient) = recipients.first() else {
        return Ok(None);
    };
    let file = work.part::<Files>().load(hash).await?;
    let words = store.words();
    let standing = match state {
        State::Revoked => &words.revoked,
        State::Replaced => &words.replaced,
        _ => &words.issued,
    };
    let replaced_by = match entry.replaced_by {
        Some(other) => store::entry(db, other).await?.map(|other| other.number),
        None => None,
    };
    let values = [
        ("key", &*format!("{}-{}", entry.id, state.name())),
        ("state", standing),
        ("dossier", &*entry.code),
        ("number", &*entry.number),
        ("title", &*entry.title),
        ("citizen_id", &*recipient.citizen_id),
        ("name", &*recipient.name),
        ("organisation", &*entry.book.organisation),
        ("organisation_name", &*entry.organisation_name),
        ("issued_at", &*issued_at.to_rfc3339()),
        (
            "check_url",
            &*format!("{}/{}", work.part::<CheckPage>().0, entry.check_code),
        ),
        ("sha256", hash.as_str()),
        (
            "reason",
            entry.revoked_reason.as_deref().unwrap_or_default(),
        ),
        ("replaced_by", replaced_by.as_deref().unwrap_or_default()),
        ("file", &*BASE64.encode(&file)),
    ];
    match store.tell(&values).await {
        Ok(kept) => Ok(Some((state, kept))),
        Err(error) => Err(Failure::down(
            "store of citizens' papers",
            error.to_string(),
        )),
    }
}

/// Writes down what the store made of it; what changed meanwhile is told next.
pub async fn told_it(
    asked: DepositResult,
    kept: Option<(State, Kept)>,
    tx: Tx,
) -> Result<(), Failure> {
    let Some((state, kept)) = kept else {
        return Ok(());
    };
    let entry = store::hold(tx.db(), asked.result).await?;
    let entry = entry.ok_or_else(super::unknown)?;
    let (reference, refusal) = match kept {
        Kept::There(reference) => (Some(reference), None),
        Kept::Refused(why) => (None, Some(why)),
    };
    let deposit = Deposit {
        told: state,
        deposited_at: reference.is_some().then(|| tx.now()),
        reference,
        refusal,
    };
    deposits::put(tx.db(), entry.id, &deposit, tx.now()).await?;
    if told(entry.state) != Some(state) {
        self::deposit(&tx, &entry);
    }
    Ok(())
}
