//! A result that stands for another: the same dossier's next edition, with a number, a code and a file of its own. The other
//! one counts until the new one is issued.

use chassis::{Failure, Tx};
use contracts::{
    AccountId, ResultId, Text,
    delivery::{RenderResult, ResultRevoked},
};

use super::{deposits, parcels, prove, raced, unknown};
use crate::{
    domain::{
        self, Refusal, State, Step,
        paper::{Says, Signature},
    },
    store::{self, Book, Entry, Minted, Replaces},
};

/// Who replaces a result, why, and what the new one says.
#[derive(Debug)]
pub struct Replacement {
    /// The signer.
    pub by: AccountId,
    /// As it is printed.
    pub signature: Signature,
    /// Why; anybody who checks the old one is told that it was replaced, and its owner why.
    pub reason: Text,
    /// What the new one says.
    pub says: Says,
}

/// Numbers the result that will stand for `old`, and has it typeset.
pub async fn begin(
    tx: &Tx,
    old: &Entry,
    replacement: Replacement,
) -> Result<Result<ResultId, Refusal>, Failure> {
    if let Err(refusal) = old.state.after(Step::Replace) {
        return Ok(Err(refusal));
    }
    let book = Book {
        year: domain::book_year(tx.now()),
        ..old.book.clone()
    };
    let sequence = store::next_number(tx.db(), &book).await?;
    let marks = super::marks(tx, domain::number(sequence, &book.symbol));
    let (number, check_code) = (marks.number.clone(), marks.check.code.clone());
    let signature = replacement.signature;
    let corrected = old
        .paper
        .corrected(replacement.says, signature, marks, tx.now());
    let Some(paper) = corrected else {
        return Ok(Err(Refusal::OtherKind));
    };
    let mut entry = Entry {
        id: ResultId(tx.new_id()),
        book,
        sequence,
        number,
        check_code,
        paper,
        state: State::Numbered,
        numbered_at: tx.now(),
        issued: None,
        opened_at: None,
        handed_over: None,
        revoked_at: None,
        revoked_reason: None,
        edition: old.edition + 1,
        replaces: Some(Replaces {
            result: old.id,
            by: replacement.by,
            reason: replacement.reason.to_string(),
        }),
        replaced_by: None,
        ..old.clone()
    };
    prove(tx, &mut entry)?;
    let minted = Minted {
        entry,
        signer: Some(replacement.by),
    };
    if !store::mint(tx.db(), &minted).await? {
        return Ok(Err(Refusal::BeingReplaced));
    }
    tx.say(&RenderResult {
        result: minted.entry.id,
        dossier: old.dossier,
    });
    Ok(Ok(minted.entry.id))
}

/// The new one is issued: the old one counts no more, unless it was taken back meanwhile.
pub async fn conclude(tx: &Tx, new: &Entry) -> Result<(), Failure> {
    let Some(replaces) = &new.replaces else {
        return Ok(());
    };
    let old = store::hold(tx.db(), replaces.result).await?;
    let old = old.ok_or_else(unknown)?;
    let Ok(to) = old.state.after(Step::Replace) else {
        return Ok(());
    };
    let reason = replaces.reason.as_str();
    withdraw(tx, &old, to, replaces.by, reason, Some(new.id)).await
}

/// Writes down that a result counts no more, and says so.
pub async fn withdraw(
    tx: &Tx,
    old: &Entry,
    to: State,
    by: AccountId,
    reason: &str,
    replaced_by: Option<ResultId>,
) -> Result<(), Failure> {
    if !store::withdraw(tx.db(), old, to, by, reason, replaced_by, tx.now()).await? {
        return Err(raced());
    }
    parcels::give_up(tx, old).await?;
    deposits::deposit(tx, old);
    tx.say(&ResultRevoked {
        result: old.id,
        dossier: old.dossier,
        number: old.number.clone(),
        reason: reason.to_owned(),
        replaced_by,
        revoked_at: tx.now(),
    });
    Ok(())
}
