//! Passwords on their way to be set anew, as rows under the digest of the ticket that the browser holds.

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recoveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub account_id: Uuid,
        pub second_shown: bool,
        pub begun_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::{ActiveModel, Column, Entity};

/// Somebody whose code was right.
pub struct Recovery {
    /// Of the ticket that the browser holds.
    pub digest: String,
    /// Whose password.
    pub account: AccountId,
    /// When the code was given.
    pub begun_at: DateTime<Utc>,
    /// Whether the second factor was shown too.
    pub second_shown: bool,
}

/// Begins one.
pub async fn begin(
    db: &impl ConnectionTrait,
    recovery: &Recovery,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        digest: Set(recovery.digest.clone()),
        account_id: Set(recovery.account.0),
        second_shown: Set(recovery.second_shown),
        begun_at: Set(recovery.begun_at),
        expires_at: Set(expires_at),
    };
    Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The one under a ticket.
pub async fn find(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<Recovery>, DbErr> {
    let row = Entity::find_by_id(digest)
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(|row| Recovery {
        digest: row.digest,
        account: AccountId(row.account_id),
        begun_at: row.begun_at,
        second_shown: row.second_shown,
    }))
}

/// Notes that the second factor was shown.
pub async fn show_second(db: &impl ConnectionTrait, digest: &str) -> Result<(), DbErr> {
    let change = ActiveModel {
        second_shown: Set(true),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Digest.eq(digest))
        .exec(db)
        .await
        .map(drop)
}

/// Takes a ticket; `false` when it was taken before or is over.
pub async fn take(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let taken = Entity::delete_many()
        .filter(Column::Digest.eq(digest))
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Forgets those of an account.
pub async fn forget_of(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.0))
        .exec(db)
        .await
        .map(drop)
}

/// Drops those that nobody has finished.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now))
        .exec(db)
        .await
        .map(drop)
}
