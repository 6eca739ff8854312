//! The codes that results are collected with, as rows: the newest one of each result, and only its hash.

use chrono::{DateTime, Utc};
use contracts::ResultId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};

use self::rows::{ActiveModel, Column, Entity};

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its hash.
    pub hash: String,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// How often a wrong one was told.
    pub tries: u32,
}

/// A result's code.
pub async fn of(db: &impl ConnectionTrait, result: ResultId) -> Result<Option<Code>, DbErr> {
    let found = Entity::find_by_id(result.0).one(db).await?;
    Ok(found.map(|row| Code {
        hash: row.hash,
        sent_at: row.sent_at,
        expires_at: row.expires_at,
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
    }))
}

/// Until when codes of some results are good.
pub async fn good(
    db: &impl ConnectionTrait,
    results: impl IntoIterator<Item = ResultId>,
    now: DateTime<Utc>,
) -> Result<Vec<(ResultId, DateTime<Utc>)>, DbErr> {
    let results = results.into_iter().map(|result| result.0);
    let good = Entity::find()
        .filter(Column::Result.is_in(results))
        .filter(Column::ExpiresAt.gt(now));
    let rows = good.all(db).await?.into_iter();
    Ok(rows
        .map(|row| (ResultId(row.result), row.expires_at))
        .collect())
}

/// Writes a code down in place of the one before.
pub async fn put(db: &impl ConnectionTrait, result: ResultId, code: &Code) -> Result<(), DbErr> {
    let row = ActiveModel {
        result: Set(result.0),
        hash: Set(code.hash.clone()),
        sent_at: Set(code.sent_at),
        expires_at: Set(code.expires_at),
        tries: Set(0),
    };
    let columns = [
        Column::Hash,
        Column::SentAt,
        Column::ExpiresAt,
        Column::Tries,
    ];
    let in_place = OnConflict::column(Column::Result)
        .update_columns(columns)
        .to_owned();
    Entity::insert(row)
        .on_conflict(in_place)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Writes down how often a wrong one was told.
pub async fn tried(db: &impl ConnectionTrait, result: ResultId, tries: u32) -> Result<(), DbErr> {
    let row = ActiveModel {
        tries: Set(i32::try_from(tries).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    let one = Entity::update_many()
        .set(row)
        .filter(Column::Result.eq(result.0));
    one.exec(db).await.map(drop)
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub result: Uuid,
        pub hash: String,
        pub sent_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub tries: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
