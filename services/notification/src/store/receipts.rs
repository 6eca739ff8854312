//! Receipts that came before the answer that names what they are about, as rows; and the key that links are signed with.

use chassis::rows::{nonsense, put_once};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{
    attempts::State,
    tables::{Hidden, early_receipts, signing_keys},
};

/// A receipt that waits for what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Early {
    /// Whose.
    pub provider: String,
    /// What the provider calls the message.
    pub reference: String,
    /// Delivered or failed.
    pub state: State,
    /// The provider's code.
    pub code: Option<String>,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
}

/// Keeps a receipt that is about nothing known yet. The first one stays.
pub async fn keep(db: &impl ConnectionTrait, early: &Early) -> Result<(), DbErr> {
    let row = early_receipts::ActiveModel {
        provider: Set(early.provider.clone()),
        reference: Set(early.reference.clone()),
        outcome: Set(early.state.name().to_owned()),
        code: Set(early.code.clone()),
        at: Set(early.at),
    };
    let key = [
        early_receipts::Column::Provider,
        early_receipts::Column::Reference,
    ];
    put_once(db, row, key).await.map(drop)
}

/// Takes the receipts that wait for some references.
pub async fn take(db: &impl ConnectionTrait, references: &[&str]) -> Result<Vec<Early>, DbErr> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let about = early_receipts::Column::Reference.is_in(references.iter().copied());
    let rows = early_receipts::Entity::find()
        .filter(about.clone())
        .all(db)
        .await?;
    if !rows.is_empty() {
        early_receipts::Entity::delete_many()
            .filter(about)
            .exec(db)
            .await?;
    }
    rows.into_iter()
        .map(|row| {
            Ok(Early {
                provider: row.provider,
                reference: row.reference,
                state: row.outcome.parse().map_err(|_| nonsense("outcome"))?,
                code: row.code,
                at: row.at,
            })
        })
        .collect()
}

/// Forgets receipts older than `before`, which are about nothing of ours.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    early_receipts::Entity::delete_many()
        .filter(early_receipts::Column::At.lt(before))
        .exec(db)
        .await
        .map(drop)
}

/// The key by a name, as hex; `new` where there is none yet.
pub async fn signing_key(
    db: &impl ConnectionTrait,
    name: &str,
    new: &str,
) -> Result<String, DbErr> {
    let row = signing_keys::ActiveModel {
        name: Set(name.to_owned()),
        key: Set(Hidden(new.to_owned())),
    };
    put_once(db, row, [signing_keys::Column::Name]).await?;
    let found = signing_keys::Entity::find_by_id(name).one(db).await?;
    found
        .map(|row| row.key.0)
        .ok_or_else(|| nonsense("signing key"))
}
