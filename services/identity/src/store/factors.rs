//! Second factors, recovery codes, sign-ins that wait for a code, and the record of what was done to them, as rows.

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, sea_query::OnConflict,
};

mod second_factors {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "second_factors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        pub seed: Vec<u8>,
        pub key_id: String,
        pub begun_at: DateTimeUtc,
        pub confirmed_at: Option<DateTimeUtc>,
        pub last_step: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod recovery_codes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub mac: String,
        pub used_at: Option<DateTimeUtc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod sign_ins {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_ins")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub account_id: Uuid,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A second factor, as it is kept.
pub struct Kept {
    /// The seed under the key that `secrets` has.
    pub sealed: Vec<u8>,
    /// When it was begun.
    pub begun_at: DateTime<Utc>,
    /// Since when it is asked for.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The step of the newest code that was taken.
    pub last_step: Option<i64>,
}

/// An account's second factor, confirmed or only begun.
pub async fn find(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Kept>, DbErr> {
    let row = second_factors::Entity::find_by_id(account.0)
        .one(db)
        .await?;
    Ok(row.map(|row| Kept {
        sealed: row.seed,
        begun_at: row.begun_at,
        confirmed_at: row.confirmed_at,
        last_step: row.last_step,
    }))
}

/// Whether any seed is sealed by another key than ours.
pub async fn sealed_by_another(db: &impl ConnectionTrait, ours: &str) -> Result<bool, DbErr> {
    let foreign =
        second_factors::Entity::find().filter(second_factors::Column::KeyId.ne(ours.to_owned()));
    Ok(foreign.one(db).await?.is_some())
}

/// Begins a second factor, in place of one that was only begun. `false` when one is confirmed.
pub async fn begin(
    db: &impl ConnectionTrait,
    account: AccountId,
    sealed: Vec<u8>,
    key_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let unconfirmed = Condition::all()
        .add(second_factors::Column::AccountId.eq(account.0))
        .add(second_factors::Column::ConfirmedAt.is_null());
    second_factors::Entity::delete_many()
        .filter(unconfirmed)
        .exec(db)
        .await?;
    let row = second_factors::ActiveModel {
        account_id: Set(account.0),
        seed: Set(sealed),
        key_id: Set(key_id.to_owned()),
        begun_at: Set(now),
        confirmed_at: Set(None),
        last_step: Set(None),
    };
    let begun = second_factors::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(begun, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
}

/// Takes the code of one step; `false` when it, or a newer one, was taken before.
pub async fn take_step(
    db: &impl ConnectionTrait,
    account: AccountId,
    step: i64,
) -> Result<bool, DbErr> {
    use second_factors::Column;
    let change = second_factors::ActiveModel {
        last_step: Set(Some(step)),
        ..Default::default()
    };
    let older = Condition::any()
        .add(Column::LastStep.is_null())
        .add(Column::LastStep.lt(step));
    let theirs = Condition::all()
        .add(Column::AccountId.eq(account.0))
        .add(older);
    let taken = second_factors::Entity::update_many()
        .set(change)
        .filter(theirs)
        .exec(db)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Confirms a second factor that was begun, with its recovery codes.
pub async fn confirm(
    db: &impl ConnectionTrait,
    account: AccountId,
    macs: Vec<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = second_factors::ActiveModel {
        confirmed_at: Set(Some(now)),
        ..Default::default()
    };
    second_factors::Entity::update_many()
        .set(change)
        .filter(second_factors::Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    let rows = macs.into_iter().map(|mac| recovery_codes::ActiveModel {
        account_id: Set(account.0),
        mac: Set(mac),
        used_at: Set(None),
    });
    recovery_codes::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Uses a recovery code up; `false` when there is no such code, or it was used.
pub async fn use_up(
    db: &impl ConnectionTrait,
    account: AccountId,
    mac: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = recovery_codes::ActiveModel {
        used_at: Set(Some(now)),
        ..Default::default()
    };
    let used = recovery_codes::Entity::update_many()
        .set(change)
        .filter(unused_of(account).add(recovery_codes::Column::Mac.eq(mac)))
        .exec(db)
        .await?;
    Ok(used.rows_affected > 0)
}

fn unused_of(account: AccountId) -> Condition {
    Condition::all()
        .add(recovery_codes::Column::AccountId.eq(account.0))
        .add(recovery_codes::Column::UsedAt.is_null())
}

/// How many recovery codes are left.
pub async fn codes_left(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    recovery_codes::Entity::find()
        .filter(unused_of(account))
        .count(db)
        .await
}

/// Removes a second factor with its recovery codes, and the sign-ins that wait for it. `false` when there was none.
pub async fn remove(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    forget_waiting(db, account).await?;
    recovery_codes::Entity::delete_many()
        .filter(recovery_codes::Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    let removed = second_factors::Entity::delete_by_id(account.0)
        .exec(db)
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Keeps a sign-in that waits for a code, under the digest of its ticket.
pub async fn wait_for_code(
    db: &impl ConnectionTrait,
    account: AccountId,
    digest: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = sign_ins::ActiveModel {
        digest: Set(digest.to_owned()),
        account_id: Set(account.0),
        expires_at: Set(expires_at),
    };
    sign_ins::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Whose sign-in waits under this ticket.
pub async fn waiting(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbErr> {
    let row = sign_ins::Entity::find_by_id(digest)
        .filter(sign_ins::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(|row| AccountId(row.account_id)))
}

/// Takes a ticket; `false` when it was taken before.
pub async fn take_ticket(db: &impl ConnectionTrait, digest: &str) -> Result<bool, DbErr> {
    let taken = sign_ins::Entity::delete_by_id(digest).exec(db).await?;
    Ok(taken.rows_affected > 0)
}

/// Forgets all sign-ins of an account that wait for a code.
pub async fn forget_waiting(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    sign_ins::Entity::delete_many()
        .filter(sign_ins::Column::AccountId.eq(account.0))
        .exec(db)
        .await
        .map(drop)
}

/// Drops sign-ins that nobody has finished.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    sign_ins::Entity::delete_many()
        .filter(sign_ins::Column::ExpiresAt.lte(now))
        .exec(db)
        .await
        .map(drop)
}
