//! The digest: a person's news of a day that could wait, in one message.

use chassis::{Failure, Tx};
use uuid::Uuid;

use crate::{
    domain::news::Urgency,
    own::{Dispatch, TellDigest},
    store::{self, tellings},
};

/// Opens one telling for all that waits for this person's digest. The telling is known by person and moment, so that
/// doing it again finds it done.
pub async fn tell(asked: TellDigest, tx: Tx) -> Result<(), Failure> {
    let (db, now) = (tx.db(), tx.now());
    let waiting = store::for_digest(db, asked.account, now).await?;
    let unread: Vec<_> = waiting
        .iter()
        .filter(|message| message.read_at.is_none() && !message.is_moot)
        .collect();
    let (Some(newest), Some(digest_at)) = (
        unread.last(),
        unread.iter().filter_map(|message| message.digest_at).max(),
    ) else {
        return Ok(());
    };
    let moment = digest_at.timestamp().to_be_bytes();
    let id = Uuid::new_v5(&asked.account.0, &moment);
    if tellings::open(db, id, asked.account, newest.dossier, Urgency::Low, now).await? {
        store::tell_by(db, unread.iter().map(|message| message.id), id).await?;
        tx.say(&Dispatch {});
    }
    Ok(())
}
