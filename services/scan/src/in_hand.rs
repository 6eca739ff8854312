//! Which documents are in hand: a few of each person's at a time, whatever replica reads them; the others come back for their
//! turn. And how far each is, where every replica can see it.

use std::time::Duration;

use chassis::{App, Failure, Tx, Work};
use chrono::TimeDelta;
use contracts::{DocumentId, scan::ReadDocument};
use sea_orm::ConnectionTrait;
use tokio::sync::watch;

use crate::{
    config::Config,
    handlers::{self, Seen},
    reading::{Progress, Reading},
    store::{self, Document, readings},
};

/// The least time between two notes of how far a document is: who watches wants no more, and each is a write.
const PAUSE: Duration = Duration::from_millis(500);
/// The most time without one, far below a [lease](readings::LEASE).
const BEAT: Duration = Duration::from_secs(20);
/// The longest that a document stays away before it asks for its turn again, in seconds.
const LONGEST: u64 = 60;

/// What came of a document's asking to be read.
#[derive(Debug)]
pub enum Turn {
    /// It was in hand, and this was seen; nothing where it has its verdict: the command came twice.
    Had(Option<Seen>),
    /// Enough of its owner's are in hand; it is called, and should that fail it asks again after this time.
    Later(TimeDelta),
}

/// Reads a document if it is its owner's turn, outside any transaction.
pub async fn read(command: ReadDocument, work: Work) -> Result<Turn, Failure> {
    let document = found(work.reads(), command.document).await?;
    if document.checked_at.is_some() {
        return Ok(Turn::Had(None));
    }
    let (id, owner) = (document.id, document.owner);
    let app = work.app().clone();
    let most = work.config::<Config>().person_documents();
    let take = async |tx: Tx| Ok(readings::take(tx.db(), id, owner, most, tx.now()).await?);
    if !app.transact(take).await? {
        let ahead = readings::ahead(work.reads(), id, owner).await?;
        return Ok(Turn::Later(wait(ahead, most)));
    }
    let reading = Reading::of(owner);
    // It ends by itself when the reading is dropped.
    tokio::spawn(note(app.clone(), id, reading.progress.subscribe()));
    let seen = handlers::read(&reading, &document, &work).await;
    if seen.is_err() {
        // It waits for its next attempt, and nobody need wait for it.
        let end = async |tx: Tx| Ok(readings::end(tx.db(), id).await?);
        app.transact(end).await?;
    }
    seen.map(|seen| Turn::Had(Some(seen)))
}

/// Saves the verdict and calls the owner's next document, or says that this one asks again.
pub async fn judge(command: ReadDocument, turn: Turn, tx: Tx) -> Result<(), Failure> {
    match turn {
        Turn::Had(seen) => {
            let document = found(tx.db(), command.document).await?;
            readings::end(tx.db(), document.id).await?;
            // Whoever waits need not wait until it asks again by itself.
            if let Some(document) = readings::next(tx.db(), document.owner, tx.now()).await? {
                tx.say(&ReadDocument { document });
            }
            match seen {
                Some(seen) => handlers::judge(&document, seen, tx).await,
                None => Ok(()),
            }
        }
        Turn::Later(wait) => {
            tx.send_at(tx.now() + wait, &command);
            Ok(())
        }
    }
}

async fn found(db: &impl ConnectionTrait, id: DocumentId) -> Result<Document, Failure> {
    let document = store::find(db, id).await?;
    document.ok_or_else(|| Failure::park("there is no such document"))
}

/// How long a document stays away that has so many of its owner's ahead, of which so many are read at once: a second or two
/// for each, so that hundreds don't ask in vain all the time.
fn wait(ahead: u64, most: u64) -> TimeDelta {
    let seconds = (2 * ahead / most.max(1)).clamp(1, LONGEST);
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(1))
}

/// Writes down how far a document is, for as long as it is read.
async fn note(app: App, document: DocumentId, mut told: watch::Receiver<Progress>) {
    loop {
        tokio::select! {
            changed = told.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(BEAT) => {}
        }
        let progress = *told.borrow_and_update();
        let note = async |tx: Tx| Ok(readings::note(tx.db(), document, progress, tx.now()).await?);
        if let Err(error) = app.transact(note).await {
            // Whoever watches sees it a little later.
            tracing::debug!(%document, %error, "how far a document is could not be noted");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use contracts::AccountId;
    use testkit::Stage;
    use uuid::Uuid;

    use super::*;
    use crate::store::tests::upload;

    async fn take(app: &App, document: DocumentId, owner: AccountId) -> bool {
        let take = async |tx: Tx| Ok(readings::take(tx.db(), document, owner, 2, tx.now()).await?);
        app.transact(take).await.unwrap()
    }

    async fn added(app: &App, owner: AccountId, number: u8) -> DocumentId {
        let upload = upload(owner, number);
        let add = async |tx: Tx| {
            let (document, _) = store::add(tx.db(), tx.new_id().into(), &upload, tx.now()).await?;
            Ok(document.id)
        };
        app.transact(add).await.unwrap()
    }

    #[tokio::test]
    async fn a_third_document_of_one_person_waits_and_another_persons_does_not() {
        let mut stage = Stage::with(vec![crate::service()]).await;
        let app = stage.app("scan").clone();
        let (one, another) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let mut documents = Vec::new();
        for number in 0..3 {
            documents.push(added(&app, one, number).await);
        }
        assert!(take(&app, documents[0], one).await);
        assert!(take(&app, documents[1], one).await);
        assert!(!take(&app, documents[2], one).await);
        let ahead = readings::ahead(app.db().reads(), documents[2], one)
            .await
            .unwrap();
        assert_eq!(ahead, 2);
        let other = added(&app, another, 9).await;
        assert!(take(&app, other, another).await);
        assert!(
            !take(&app, documents[0], one).await,
            "it is in hand already"
        );
        let next = readings::next(app.db().reads(), one, stage.now());
        assert_eq!(next.await.unwrap(), Some(documents[2]));
        let end = async |tx: Tx| Ok(readings::end(tx.db(), documents[1]).await?);
        app.transact(end).await.unwrap();
        assert!(take(&app, documents[2], one).await);
        // A reader that has died holds nothing up for long.
        assert!(!take(&app, documents[1], one).await);
        stage.advance(Duration::from_secs(76)).await;
        assert!(take(&app, documents[1], one).await);
    }

    #[test]
    fn the_more_are_ahead_the_longer_a_document_stays_away() {
        let seconds = |ahead| wait(ahead, 2).num_seconds();
        assert_eq!([0, 2, 10, 500].map(seconds), [1, 2, 10, 60]);
    }
}
