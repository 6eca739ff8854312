//! A person's and a dossier's share of the store: looked at before anything is sent, and taken under a lock.

use chassis::{App, Tx, http::Problem};
use contracts::AccountId;
use files::Kept;

use super::upload::refused;
use crate::{
    config::Config,
    domain::{Claim, Held},
    store::quota,
};

/// Whether there is room for a file of `length` bytes in one go as things stand; others may be quicker.
pub async fn look(
    app: &App,
    owner: AccountId,
    claim: Option<&Claim>,
    length: u64,
) -> Result<(), Problem> {
    let held = quota::held(app.db().reads(), owner, claim, None).await?;
    let held = in_one_go(held);
    admit(&app.config::<Config>(), &held, length)
}

/// Takes room for an upload of `length` bytes: what is counted here stays so until the transaction ends.
pub async fn promise(
    tx: &Tx,
    owner: AccountId,
    claim: Option<&Claim>,
    length: u64,
) -> Result<(), Problem> {
    quota::hold(tx.db(), owner).await?;
    let held = quota::held(tx.db(), owner, claim, None).await?;
    admit(&tx.config::<Config>(), &held, length)
}

/// The same for a file that came in one go and is there; one that its owner has already takes no room.
pub async fn take(
    tx: &Tx,
    owner: AccountId,
    claim: Option<&Claim>,
    file: &Kept,
) -> Result<(), Problem> {
    quota::hold(tx.db(), owner).await?;
    let held = quota::held(tx.db(), owner, claim, Some(&file.hash)).await?;
    let held = in_one_go(held);
    admit(&tx.config::<Config>(), &held, file.bytes)
}

/// What comes in one go is never on its way: however many others are, is none of its business.
fn in_one_go(held: Held) -> Held {
    Held { uploads: 0, ..held }
}

fn admit(config: &Config, held: &Held, length: u64) -> Result<(), Problem> {
    let admitted = config.quota().admit(held, length);
    admitted.map_err(|refusal| refused(&refusal))
}
