//! Where officers work: what their tokens say of it, and the posts of those who were officers before posts were kept.

use std::collections::BTreeSet;

use chassis::{
    App, Failure, StartError, Tx,
    audit::{Actor, Deed},
    auth::{self, Role},
};
use contracts::AccountId;
use procedure::Catalogue;
use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{Account, Post, held},
    sessions, store,
};

/// Where somebody works today and as what; nothing of whoever only files dossiers.
pub async fn today(tx: &Tx, account: &Account) -> Result<Option<Vec<auth::Post>>, Failure> {
    if !account.is_staff() {
        return Ok(None);
    }
    let given = store::posts::given(tx.db(), account.id).await?;
    let catalogue = tx.part::<Catalogue>();
    let today = calendar::date(tx.now());
    Ok(Some(held(&given, catalogue.organisations(), today)))
}

/// Gives a post and puts it on record.
pub async fn give(tx: &Tx, account: AccountId, post: &Post, by: AccountId) -> Result<(), Failure> {
    if store::posts::give(tx.db(), account, post, Some(by), tx.now()).await? {
        record(tx, account, post, by.into());
    }
    Ok(())
}

/// Ends a post at once, and with it the sessions whose tokens still name it; `false` when there is none such.
pub async fn end(tx: &Tx, account: AccountId, post: Uuid, by: AccountId) -> Result<bool, Failure> {
    if !store::posts::end(tx.db(), account, post, tx.now()).await? {
        return Ok(false);
    }
    sessions::end_all(tx, account).await?;
    let deed = Deed::of(by.into(), "identity.post-ended");
    tx.record(deed.to(account.0).with(json!({ "post": post })));
    Ok(true)
}

fn record(tx: &Tx, account: AccountId, post: &Post, by: Actor) {
    let detail = json!({
        "post": post.id, "organisation": post.organisation, "roles": post.roles, "from": post.from, "until": post.until,
    });
    tx.record(
        Deed::of(by, "identity.post-given")
            .to(account.0)
            .with(detail),
    );
}

/// Officers whose accounts are older than posts work in this office, as they did: each gets the post that says so, once.
pub async fn adopt(app: App) -> Result<(), StartError> {
    let adopt = async |tx: Tx| {
        let holders = store::posts::holders(tx.db()).await?;
        let staff = store::officers(tx.db()).await?;
        let without = staff.into_iter().filter(|one| !holders.contains(&one.id));
        for account in without {
            let post = Post {
                // Replicas that start together give the same one.
                id: Uuid::new_v5(&account.id.0, b"the post before posts were kept"),
                organisation: tx.settings().organisation.clone(),
                roles: of_posts(&account),
                from: calendar::date(tx.now()),
                until: None,
            };
            if store::posts::give(tx.db(), account.id, &post, None, tx.now()).await? {
                record(&tx, account.id, &post, "identity".into());
            }
        }
        Ok(())
    };
    let adopted = app.transact(adopt).await;
    adopted.map_err(|failure| {
        StartError::because("identity: the posts of its officers", &failure).passing()
    })
}

/// What an account may do that is bound to a place.
pub fn of_posts(account: &Account) -> BTreeSet<Role> {
    let roles = account.roles.iter().copied();
    roles.filter(|role| role.is_of_a_post()).collect()
}
