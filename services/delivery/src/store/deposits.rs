//! What the national store of citizens' papers was told of results, as rows.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::ResultId;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use self::rows::{ActiveModel, Column, Entity};
use crate::domain::State;

/// What the store was told last, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// How the result stood.
    pub told: State,
    /// What the store calls it.
    pub reference: Option<String>,
    /// Why the store did not take what it was told last.
    pub refusal: Option<String>,
    /// When the store first had it.
    pub deposited_at: Option<DateTime<Utc>>,
}

/// What the store was told of a result.
pub async fn of(db: &impl ConnectionTrait, result: ResultId) -> Result<Option<Deposit>, DbErr> {
    let found = Entity::find_by_id(result.0).one(db).await?;
    let read = found.map(|row| {
        Ok(Deposit {
            told: row.told.parse().map_err(|_| nonsense("state"))?,
            reference: row.reference,
            refusal: row.refusal,
            deposited_at: row.deposited_at,
        })
    });
    read.transpose()
}

/// Writes down what it was told last. What it once called the result, and since when it has it, stays. The result is held.
pub async fn put(
    db: &impl ConnectionTrait,
    result: ResultId,
    deposit: &Deposit,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let before = of(db, result).await?;
    let (reference, deposited_at) = match &before {
        Some(before) if before.deposited_at.is_some() => {
            (before.reference.clone(), before.deposited_at)
        }
        _ => (deposit.reference.clone(), deposit.deposited_at),
    };
    let row = ActiveModel {
        result: Set(result.0),
        told: Set(deposit.told.name().to_owned()),
        reference: Set(reference),
        refusal: Set(deposit.refusal.clone()),
        deposited_at: Set(deposited_at),
        told_at: Set(now),
    };
    if before.is_none() {
        return Entity::insert(row)
            .exec_without_returning(db)
            .await
            .map(drop);
    }
    let one = Entity::update_many()
        .set(row)
        .filter(Column::Result.eq(result.0));
    one.exec(db).await.map(drop)
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deposits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub result: Uuid,
        pub told: String,
        pub reference: Option<String>,
        pub refusal: Option<String>,
        pub deposited_at: Option<DateTimeUtc>,
        pub told_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
