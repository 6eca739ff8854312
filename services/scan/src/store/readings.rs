//! Documents in hand, as rows: every replica counts them, and any can tell how far one is.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, DocumentId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, sea_query::OnConflict,
};

use super::document;
use crate::{domain::State, reading::Progress};

/// How long a document counts as in hand after its reader was last heard of.
pub const LEASE: TimeDelta = TimeDelta::seconds(75);

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "readings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document: Uuid,
        pub owner: Uuid,
        pub done: i32,
        pub pages: i32,
        pub held_at: DateTimeUtc,
    }

    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Takes a document in hand, unless somebody has it in hand already, or `most` others of its owner's are: then it waits to be
/// called. Two replicas that ask at the same moment may both be let: the limit keeps turns fair and guards nothing else.
pub async fn take(
    db: &impl ConnectionTrait,
    document: DocumentId,
    owner: AccountId,
    most: u64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let in_hand = row::Entity::find()
        .filter(row::Column::Owner.eq(owner.0))
        .filter(row::Column::HeldAt.gt(now - LEASE))
        .all(db)
        .await?;
    if in_hand.iter().any(|row| row.document == document.0) {
        return Ok(false);
    }
    let is_let = u64::try_from(in_hand.len()).unwrap_or(u64::MAX) < most;
    let row = row::ActiveModel {
        document: Set(document.0),
        owner: Set(owner.0),
        done: Set(0),
        pages: Set(0),
        held_at: Set(if is_let { now } else { DateTime::UNIX_EPOCH }),
    };
    let again = OnConflict::column(row::Column::Document)
        .update_columns([row::Column::Done, row::Column::Pages, row::Column::HeldAt])
        .to_owned();
    row::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(is_let)
}

/// The person's document that has waited longest to be in hand.
pub async fn next(
    db: &impl ConnectionTrait,
    owner: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<DocumentId>, DbErr> {
    let row = row::Entity::find()
        .filter(row::Column::Owner.eq(owner.0))
        .filter(row::Column::HeldAt.lte(now - LEASE))
        .order_by_asc(row::Column::Document)
        .one(db)
        .await?;
    Ok(row.map(|row| row.document.into()))
}

/// Notes how far a document is, and that its reader is there.
pub async fn note(
    db: &impl ConnectionTrait,
    document: DocumentId,
    progress: Progress,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    row::Entity::update_many()
        .set(row::ActiveModel {
            done: Set(number(progress.done)),
            pages: Set(number(progress.pages)),
            held_at: Set(now),
            ..Default::default()
        })
        .filter(row::Column::Document.eq(document.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets go of a document.
pub async fn end(db: &impl ConnectionTrait, document: DocumentId) -> Result<(), DbErr> {
    row::Entity::delete_by_id(document.0).exec(db).await?;
    Ok(())
}

/// How far a document is that is in hand.
pub async fn progress(
    db: &impl ConnectionTrait,
    document: DocumentId,
) -> Result<Option<Progress>, DbErr> {
    let row = row::Entity::find_by_id(document.0).one(db).await?;
    let number = |count: i32| u32::try_from(count).unwrap_or_default();
    Ok(row.map(|row| Progress {
        done: number(row.done),
        pages: number(row.pages),
    }))
}

/// How many of a person's documents wait for their verdict that came before this one.
pub async fn ahead(
    db: &impl ConnectionTrait,
    document: DocumentId,
    owner: AccountId,
) -> Result<u64, DbErr> {
    document::Entity::find()
        .filter(document::Column::Owner.eq(owner.0))
        .filter(document::Column::State.eq(State::Stored.as_str()))
        .filter(document::Column::Id.lt(document.0))
        .count(db)
        .await
}
