//! Wrong passwords in a row, as rows.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};

use super::nonsense;
use crate::domain::Tries;

mod attempts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        pub wrong: i32,
        pub last_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

fn tries_of(row: attempts::Model) -> Result<Tries, DbErr> {
    let wrong = u32::try_from(row.wrong).map_err(|_| nonsense("count"))?;
    Ok(Tries {
        wrong,
        last: row.last_at,
    })
}

/// The wrong tries so far.
pub async fn of(db: &impl ConnectionTrait, subject: &str) -> Result<Option<Tries>, DbErr> {
    attempts::Entity::find_by_id(subject)
        .one(db)
        .await?
        .map(tries_of)
        .transpose()
}

/// The wrong tries so far, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, subject: &str) -> Result<Option<Tries>, DbErr> {
    attempts::Entity::find_by_id(subject)
        .lock_exclusive()
        .one(db)
        .await?
        .map(tries_of)
        .transpose()
}

/// Makes sure that there is a row to hold.
pub async fn expect(
    db: &impl ConnectionTrait,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let none = attempts::ActiveModel {
        subject: Set(subject.to_owned()),
        wrong: Set(0),
        last_at: Set(now),
    };
    attempts::Entity::insert(none)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Writes how many tries were wrong.
pub async fn note(db: &impl ConnectionTrait, subject: &str, tries: Tries) -> Result<(), DbErr> {
    let wrong = i32::try_from(tries.wrong).unwrap_or(i32::MAX);
    let change = attempts::ActiveModel {
        wrong: Set(wrong),
        last_at: Set(tries.last),
        ..Default::default()
    };
    attempts::Entity::update_many()
        .set(change)
        .filter(attempts::Column::Subject.eq(subject))
        .exec(db)
        .await
        .map(drop)
}

/// Forgets them: the password was right.
pub async fn forget(db: &impl ConnectionTrait, subject: &str) -> Result<(), DbErr> {
    attempts::Entity::delete_by_id(subject)
        .exec(db)
        .await
        .map(drop)
}

/// Drops what no rule looks at any more.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let old = attempts::Column::LastAt.lt(now - Tries::FORGOTTEN);
    attempts::Entity::delete_many()
        .filter(old)
        .exec(db)
        .await
        .map(drop)
}
