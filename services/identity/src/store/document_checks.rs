//! The codes by which people show their account at a counter, and what officers have checked, as rows.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::nonsense;

mod codes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document_check_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        pub digest: String,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod checks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document_checks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub officer_id: Uuid,
        pub officer_name: String,
        pub kind: String,
        pub issued_on: String,
        pub expires_on: Option<String>,
        pub checked_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What an officer has checked.
pub struct Check {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub account: AccountId,
    /// Who checked it.
    pub officer: AccountId,
    /// Their name.
    pub officer_name: String,
    /// What kind of document it was.
    pub kind: String,
    /// When that was issued.
    pub issued_on: NaiveDate,
    /// Its last day; nothing for one that is good for life.
    pub expires_on: Option<NaiveDate>,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
}

/// Keeps an account's new code in place of the one before.
pub async fn keep_code(
    db: &impl ConnectionTrait,
    account: AccountId,
    digest: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = codes::ActiveModel {
        account_id: Set(account.0),
        digest: Set(digest.to_owned()),
        expires_at: Set(expires_at),
    };
    let newest = OnConflict::column(codes::Column::AccountId)
        .update_columns([codes::Column::Digest, codes::Column::ExpiresAt])
        .to_owned();
    codes::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Whose code this is.
pub async fn whose(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbErr> {
    let found = codes::Entity::find()
        .filter(codes::Column::Digest.eq(digest))
        .filter(codes::Column::ExpiresAt.gt(now));
    let row = found.one(db).await?;
    Ok(row.map(|row| AccountId(row.account_id)))
}

/// Takes a code, once; `false` when another has taken it.
pub async fn take(db: &impl ConnectionTrait, digest: &str) -> Result<bool, DbErr> {
    let taken = codes::Entity::delete_many()
        .filter(codes::Column::Digest.eq(digest))
        .exec(db)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Writes down what was checked.
pub async fn note(db: &impl ConnectionTrait, check: &Check) -> Result<(), DbErr> {
    let row = checks::ActiveModel {
        id: Set(check.id),
        account_id: Set(check.account.0),
        officer_id: Set(check.officer.0),
        officer_name: Set(check.officer_name.clone()),
        kind: Set(check.kind.clone()),
        issued_on: Set(check.issued_on.to_string()),
        expires_on: Set(check.expires_on.map(|day| day.to_string())),
        checked_at: Set(check.checked_at),
    };
    checks::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// What was checked of an account, the newest first.
pub async fn of(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Check>, DbErr> {
    let rows = checks::Entity::find()
        .filter(checks::Column::AccountId.eq(account.0))
        .order_by_desc(checks::Column::CheckedAt)
        .all(db)
        .await?;
    let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| nonsense("day"));
    let check = |row: checks::Model| {
        Ok(Check {
            id: row.id,
            account: AccountId(row.account_id),
            officer: AccountId(row.officer_id),
            officer_name: row.officer_name,
            kind: row.kind,
            issued_on: day(&row.issued_on)?,
            expires_on: row.expires_on.as_deref().map(day).transpose()?,
            checked_at: row.checked_at,
        })
    };
    rows.into_iter().map(check).collect()
}
