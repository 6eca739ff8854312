//! What owners do with their papers, and what becomes of a kept one: load, decide, save, put on record, say.

use std::collections::BTreeSet;

use chassis::{Failure, Tx, http::Problem};
use chrono::NaiveDate;
use contracts::{
    AccountId, DocumentId,
    intake::PapersEnclosed,
    scan::{PaperKept, PaperReleased},
};
use procedure::{Catalogue, Paper};
use sea_orm::DbErr;

use crate::{
    domain::{By, Deed, Keeping, State},
    store::{self, Document, record},
};

/// The kind that a document is of, where procedures share it.
pub fn kind_of<'a>(catalogue: &'a Catalogue, document: &Document) -> Option<&'a Paper> {
    document
        .kind
        .as_deref()
        .and_then(|kind| catalogue.paper(kind))
}

/// The day on which a paper was given.
pub fn given_on(document: &Document) -> NaiveDate {
    calendar::date(document.stored_at)
}

/// A person's own paper, held. To anybody else, and once it is off their list, there is no such paper.
async fn own(tx: &Tx, owner: AccountId, id: DocumentId) -> Result<(Document, Keeping), Problem> {
    let found = store::keeping::hold(tx.db(), id).await?;
    found
        .filter(|(document, keeping)| document.owner == owner && keeping.removed_at.is_none())
        .ok_or_else(Problem::not_found)
}

/// Its owner keeps a paper. Kept already, nothing changes.
pub async fn keep(tx: &Tx, owner: AccountId, id: DocumentId) -> Result<(), Problem> {
    let (document, mut keeping) = own(tx, owner, id).await?;
    let catalogue = tx.part::<Catalogue>();
    let kind = kind_of(&catalogue, &document);
    let consented = keeping.consent(document.state, kind, tx.now());
    if consented.map_err(|reason| refused(&reason))? {
        tell_kept(tx, &document, &mut keeping).await?;
        note(tx, &document, Deed::Kept, By::Owner(owner)).await?;
    }
    Ok(())
}

/// Its owner keeps a paper no more; dossiers that have it keep it. Not kept, nothing changes.
pub async fn release(tx: &Tx, owner: AccountId, id: DocumentId) -> Result<(), Problem> {
    let (document, mut keeping) = own(tx, owner, id).await?;
    if keeping.withdraw() {
        tell_released(tx, &document, &mut keeping).await?;
        note(tx, &document, Deed::Released, By::Owner(owner)).await?;
    }
    Ok(())
}

/// Its owner says until when a paper is valid.
pub async fn date(
    tx: &Tx,
    owner: AccountId,
    id: DocumentId,
    until: Option<NaiveDate>,
) -> Result<(), Problem> {
    let (document, mut keeping) = own(tx, owner, id).await?;
    let catalogue = tx.part::<Catalogue>();
    let kind = kind_of(&catalogue, &document);
    let dated = keeping.date(until, kind, given_on(&document));
    if dated.map_err(|reason| Problem::field("valid_until", reason))? {
        if keeping.consented_at.is_some() {
            tell_kept(tx, &document, &mut keeping).await?;
        } else {
            store::keeping::save(tx.db(), &document, &keeping).await?;
        }
        note(tx, &document, Deed::Dated, By::Owner(owner)).await?;
    }
    Ok(())
}

/// Its owner takes a paper off their list, and so keeps it no more. What has it keeps it, and its record stays.
pub async fn remove(tx: &Tx, owner: AccountId, id: DocumentId) -> Result<(), Problem> {
    let (document, mut keeping) = own(tx, owner, id).await?;
    if document.state != State::Accepted {
        return Err(Problem::not_found());
    }
    keeping.removed_at = Some(tx.now());
    if keeping.withdraw() {
        tell_released(tx, &document, &mut keeping).await?;
    } else {
        store::keeping::save(tx.db(), &document, &keeping).await?;
    }
    note(tx, &document, Deed::Removed, By::Owner(owner)).await?;
    Ok(())
}

/// A document was taken back, so it is kept no more.
pub async fn take_back(tx: &Tx, document: &Document) -> Result<(), Failure> {
    if let Some((document, mut keeping)) = store::keeping::hold(tx.db(), document.id).await?
        && keeping.withdraw()
    {
        tell_released(tx, &document, &mut keeping).await?;
    }
    note(tx, document, Deed::TakenBack, By::System).await?;
    Ok(())
}

/// A dossier was filed with documents: that goes on their record, and they are what it has from now on. Heard twice it stands there
/// once.
pub async fn enclosed(heard: PapersEnclosed, tx: Tx) -> Result<(), Failure> {
    // In the order of their ids, so that two of these never wait for each other.
    let ids: BTreeSet<DocumentId> = heard.documents.into_iter().collect();
    if let Some(first) = ids.first() {
        let found = store::find(tx.db(), *first).await?;
        let first = found.ok_or_else(|| Failure::park("there is no such document"))?;
        store::quota::hold(tx.db(), first.owner).await?;
        let at = heard.enclosed_at;
        store::quota::enclose(tx.db(), first.owner, heard.dossier, &ids, at).await?;
    }
    for id in ids {
        let found = store::keeping::hold(tx.db(), id).await?;
        let (document, mut keeping) =
            found.ok_or_else(|| Failure::park("there is no such document"))?;
        let before = record::first_uses(tx.db(), [id]).await?;
        if let Some(owner) = heard.owner.filter(|owner| *owner != document.owner) {
            store::filed_for::note(tx.db(), id, owner).await?;
        }
        let by = By::Owner(document.owner);
        let (dossier, at) = (heard.dossier, heard.enclosed_at);
        record::enclose(tx.db(), id, by, dossier, heard.procedure.as_str(), at).await?;
        let after = record::first_uses(tx.db(), [id]).await?;
        if before != after && keeping.consented_at.is_some() {
            tell_kept(&tx, &document, &mut keeping).await?;
        }
    }
    Ok(())
}

async fn note(tx: &Tx, document: &Document, deed: Deed, by: By<'_>) -> Result<(), DbErr> {
    record::add(tx.db(), tx.new_id(), document.id, deed, by, None, tx.now()).await
}

/// Saves how a paper that is kept stands, and says it.
async fn tell_kept(tx: &Tx, document: &Document, keeping: &mut Keeping) -> Result<(), DbErr> {
    keeping.revision += 1;
    store::keeping::save(tx.db(), document, keeping).await?;
    let catalogue = tx.part::<Catalogue>();
    let Some(kind) = kind_of(&catalogue, document) else {
        // It was of a kind that is in the catalogue no more: nobody asks for it.
        return Ok(());
    };
    let first = record::first_uses(tx.db(), [document.id])
        .await?
        .remove(&document.id);
    tx.say(&PaperKept {
        document: document.id,
        owner: document.owner,
        kind: kind.id.clone(),
        name: document.name.as_str().to_owned(),
        given_at: document.stored_at,
        valid_until: keeping.valid_until(Some(kind), given_on(document)),
        first_dossier: first.map(|first| first.dossier),
        revision: keeping.revision,
        kept_at: tx.now(),
    });
    Ok(())
}

async fn tell_released(tx: &Tx, document: &Document, keeping: &mut Keeping) -> Result<(), DbErr> {
    keeping.revision += 1;
    store::keeping::save(tx.db(), document, keeping).await?;
    tx.say(&PaperReleased {
        document: document.id,
        owner: document.owner,
        revision: keeping.revision,
        released_at: tx.now(),
    });
    Ok(())
}

fn refused(reason: &contracts::Refused) -> Problem {
    Problem::conflict("Không giữ được giấy tờ này", "This paper cannot be kept")
        .detail(&reason.vi, &reason.en)
}
