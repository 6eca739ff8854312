//! The times that owners were reminded of results that wait, as rows, and what waits.

use chassis::rows::{put_once, word};
use chrono::{DateTime, Utc};
use contracts::{AccountId, Delivery, ResultId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use self::rows::{ActiveModel, Column, Entity};
use super::{Entry, tables::results};
use crate::domain::State;

/// Where results wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// On paper, at the desk or with the post.
    OnPaper,
    /// In the portal, unopened.
    InThePortal,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The result.
    pub result: ResultId,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// After how many days.
    pub days: u32,
    /// Whether no other follows.
    pub is_last: bool,
}

fn waits_there(waits: Waits) -> Result<Condition, DbErr> {
    Ok(match waits {
        Waits::OnPaper => Condition::all().add(results::Column::State.eq(State::Issued.name())),
        Waits::InThePortal => Condition::all()
            .add(results::Column::State.eq(State::HandedOver.name()))
            .add(results::Column::HandedOverBy.eq(word(&Delivery::Portal)?))
            .add(results::Column::OpenedAt.is_null()),
    })
}

/// Results that wait, by their ids.
pub async fn waiting(
    db: &impl ConnectionTrait,
    waits: Waits,
    after: Option<ResultId>,
    most: u64,
) -> Result<Vec<Entry>, DbErr> {
    let mut waiting = results::Entity::find().filter(waits_there(waits)?);
    if waits == Waits::InThePortal {
        // Of what is never opened the last reminder is the end; paper may still go out and come back.
        let ended = Entity::find()
            .select_only()
            .column(Column::Result)
            .filter(Column::IsLast.eq(1));
        waiting = waiting.filter(results::Column::Id.not_in_subquery(ended.into_query()));
    }
    if let Some(after) = after {
        waiting = waiting.filter(results::Column::Id.gt(after.0));
    }
    let rows = waiting
        .order_by_asc(results::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// The reminders of some results.
pub async fn of(
    db: &impl ConnectionTrait,
    results: impl IntoIterator<Item = ResultId>,
) -> Result<Vec<Reminder>, DbErr> {
    let results = results.into_iter().map(|result| result.0);
    let theirs = Entity::find().filter(Column::Result.is_in(results));
    let rows = theirs.all(db).await?.into_iter();
    Ok(rows
        .map(|row| Reminder {
            result: ResultId(row.result),
            since: row.since,
            days: u32::try_from(row.days).unwrap_or_default(),
            is_last: row.is_last == 1,
        })
        .collect())
}

/// Writes a reminder down; `false` when it was said before.
pub async fn put(
    db: &impl ConnectionTrait,
    reminder: &Reminder,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        result: Set(reminder.result.0),
        since: Set(reminder.since),
        days: Set(i32::try_from(reminder.days).unwrap_or(i32::MAX)),
        is_last: Set(i32::from(reminder.is_last)),
        said_at: Set(now),
        called_at: Set(None),
        called_by: Set(None),
    };
    put_once(db, row, [Column::Result, Column::Since, Column::Days]).await
}

/// The results whose owners an officer is to call: reminded for the last time, and still not taken.
pub async fn to_call(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Entry>, DbErr> {
    let last = Entity::find()
        .select_only()
        .column(Column::Result)
        .filter(Column::IsLast.eq(1))
        .filter(Column::CalledAt.is_null());
    let still = Condition::any()
        .add(waits_there(Waits::OnPaper)?)
        .add(waits_there(Waits::InThePortal)?);
    let rows = results::Entity::find()
        .filter(results::Column::Id.in_subquery(last.into_query()))
        .filter(still)
        .order_by_asc(results::Column::IssuedAt)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Writes down that an officer called; `false` when there was nobody to call.
pub async fn called(
    db: &impl ConnectionTrait,
    result: ResultId,
    officer: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        called_at: Set(Some(now)),
        called_by: Set(Some(officer.0)),
        ..Default::default()
    };
    let open = Entity::update_many()
        .set(row)
        .filter(Column::Result.eq(result.0))
        .filter(Column::IsLast.eq(1))
        .filter(Column::CalledAt.is_null());
    Ok(open.exec(db).await?.rows_affected > 0)
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reminders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub result: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub since: DateTimeUtc,
        #[sea_orm(primary_key, auto_increment = false)]
        pub days: i32,
        pub is_last: i32,
        pub said_at: DateTimeUtc,
        pub called_at: Option<DateTimeUtc>,
        pub called_by: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
