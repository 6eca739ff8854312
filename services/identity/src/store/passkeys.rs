//! Passkeys, and challenges that wait for an authenticator's answer, as rows.

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
};
use uuid::Uuid;

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkeys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub credential_id: String,
        pub credential: String,
        pub name: String,
        pub added_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
        pub suspected_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod challenges {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkey_challenges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub account_id: Option<Uuid>,
        pub sign_in: Option<String>,
        pub state: String,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A passkey, as it is kept.
pub struct Kept {
    /// Its id here.
    pub id: Uuid,
    /// Whose it is.
    pub account: AccountId,
    /// The authenticator's name for it, in base64url.
    pub credential_id: String,
    /// Its public key with the counter of its uses, as `ceremonies` writes it.
    pub credential: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When somebody last signed in by it.
    pub used_at: Option<DateTime<Utc>>,
    /// Since when somebody seems to have a copy of it.
    pub suspected_at: Option<DateTime<Utc>>,
}

impl From<rows::Model> for Kept {
    fn from(row: rows::Model) -> Self {
        Self {
            id: row.id,
            account: AccountId(row.account_id),
            credential_id: row.credential_id,
            credential: row.credential,
            name: row.name,
            added_at: row.added_at,
            used_at: row.used_at,
            suspected_at: row.suspected_at,
        }
    }
}

/// Keeps an account from changing its passkeys elsewhere until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    super::accounts::Entity::find_by_id(account.0)
        .lock_exclusive()
        .one(db)
        .await
        .map(drop)
}

/// The passkeys of an account, the oldest first.
pub async fn of(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Kept>, DbErr> {
    let theirs = rows::Entity::find().filter(rows::Column::AccountId.eq(account.0));
    let in_order = theirs
        .order_by_asc(rows::Column::AddedAt)
        .order_by_asc(rows::Column::Id);
    let rows = in_order.all(db).await?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

/// How many passkeys an account has.
pub async fn count(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    rows::Entity::find()
        .filter(rows::Column::AccountId.eq(account.0))
        .count(db)
        .await
}

/// The passkey that an authenticator names so, kept from being used elsewhere until the transaction ends.
pub async fn hold_named(
    db: &impl ConnectionTrait,
    credential_id: &str,
) -> Result<Option<Kept>, DbErr> {
    let row = rows::Entity::find()
        .filter(rows::Column::CredentialId.eq(credential_id))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Kept::from))
}

/// Adds a passkey; `false` when somebody has it already.
pub async fn add(db: &impl ConnectionTrait, passkey: &Kept) -> Result<bool, DbErr> {
    let row = rows::ActiveModel {
        id: Set(passkey.id),
        account_id: Set(passkey.account.0),
        credential_id: Set(passkey.credential_id.clone()),
        credential: Set(passkey.credential.clone()),
        name: Set(passkey.name.clone()),
        added_at: Set(passkey.added_at),
        used_at: Set(passkey.used_at),
        suspected_at: Set(passkey.suspected_at),
    };
    let added = rows::Entity::insert(row)
        .on_conflict(super::any())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(added, TryInsertResult::Inserted(rows) if rows > 0))
}

async fn change(
    db: &impl ConnectionTrait,
    id: Uuid,
    change: rows::ActiveModel,
) -> Result<(), DbErr> {
    rows::Entity::update_many()
        .set(change)
        .filter(rows::Column::Id.eq(id))
        .exec(db)
        .await
        .map(drop)
}

/// Notes that somebody signed in by it, with its counter as it is now.
pub async fn used(
    db: &impl ConnectionTrait,
    id: Uuid,
    credential: String,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = rows::ActiveModel {
        credential: Set(credential),
        used_at: Set(Some(now)),
        ..Default::default()
    };
    change(db, id, row).await
}

/// Notes that somebody seems to have a copy of it.
pub async fn suspect(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = rows::ActiveModel {
        suspected_at: Set(Some(now)),
        ..Default::default()
    };
    change(db, id, row).await
}

/// Removes one passkey.
pub async fn remove(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    rows::Entity::delete_by_id(id).exec(db).await.map(drop)
}

/// Removes all passkeys of an account, and the challenges that wait for one. Says how many there were.
pub async fn remove_all(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    forget_waiting(db, account).await?;
    let removed = rows::Entity::delete_many()
        .filter(rows::Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    Ok(removed.rows_affected)
}

/// A challenge that waits, as it is kept.
pub struct Challenge {
    /// Whose passkey it must be, where that is known.
    pub account: Option<AccountId>,
    /// The digest of the sign-in that waits for a second step.
    pub sign_in: Option<String>,
    /// What `ceremonies` needs to judge the answer.
    pub state: String,
}

/// Keeps a challenge under the digest of its ticket, and drops those that nobody answered.
pub async fn wait(
    db: &impl ConnectionTrait,
    digest: &str,
    challenge: Challenge,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    challenges::Entity::delete_many()
        .filter(challenges::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let row = challenges::ActiveModel {
        digest: Set(digest.to_owned()),
        account_id: Set(challenge.account.map(|account| account.0)),
        sign_in: Set(challenge.sign_in),
        state: Set(challenge.state),
        expires_at: Set(expires_at),
    };
    challenges::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Takes a challenge; nothing when there is none, it has run out, or it was taken before.
pub async fn take(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<Challenge>, DbErr> {
    let row = challenges::Entity::find_by_id(digest)
        .filter(challenges::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let taken = challenges::Entity::delete_by_id(digest).exec(db).await?;
    Ok(row
        .filter(|_| taken.rows_affected > 0)
        .map(|row| Challenge {
            account: row.account_id.map(AccountId),
            sign_in: row.sign_in,
            state: row.state,
        }))
}

/// Forgets all challenges of an account that wait.
pub async fn forget_waiting(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    challenges::Entity::delete_many()
        .filter(challenges::Column::AccountId.eq(account.0))
        .exec(db)
        .await
        .map(drop)
}
