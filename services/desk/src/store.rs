//! Work items, counters, stops of the clock and the register, as rows. Whoever changes a work item holds its row.

mod rows;
pub mod signals;

use chassis::rows::put_once;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{AccountId, DossierId, OrganisationCode};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, Order,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, NullOrdering, OnConflict},
};
use uuid::Uuid;

use self::rows::{day_counters, pauses, register_entries, work_items};
use crate::domain::{State, clock::Stop, item::WorkItem};

/// Keeps a new work item; `false` when it is there already.
pub async fn add(db: &impl ConnectionTrait, item: &WorkItem) -> Result<bool, DbErr> {
    let row = work_items::Model::try_from(item)?
        .into_active_model()
        .reset_all();
    put_once(db, row, [work_items::Column::DossierId]).await
}

/// One work item.
pub async fn find(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<WorkItem>, DbErr> {
    let row = work_items::Entity::find_by_id(dossier.0).one(db).await?;
    row.map(WorkItem::try_from).transpose()
}

/// One work item, kept from being changed by others until the transaction ends.
pub async fn hold(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<WorkItem>, DbErr> {
    let row = work_items::Entity::find_by_id(dossier.0)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(WorkItem::try_from).transpose()
}

/// Writes a held work item back.
pub async fn save(db: &impl ConnectionTrait, item: &WorkItem) -> Result<(), DbErr> {
    let row = work_items::Model::try_from(item)?
        .into_active_model()
        .reset_all();
    let changed = work_items::Entity::update_many()
        .set(row)
        .filter(work_items::Column::DossierId.eq(item.dossier.0))
        .exec(db)
        .await?;
    match changed.rows_affected {
        1 => Ok(()),
        _ => Err(DbErr::RecordNotUpdated),
    }
}

/// Work items in a state, or all that aren't closed: the oldest due first, then those without a due time, unless their signals
/// say otherwise.
pub async fn list(
    db: &impl ConnectionTrait,
    state: Option<State>,
    among: signals::Among,
    limit: u64,
) -> Result<Vec<WorkItem>, DbErr> {
    let wanted = match state {
        Some(state) => work_items::Column::State.eq(state.name()),
        None => work_items::Column::ClosedAt.is_null(),
    };
    let rows = signals::among(work_items::Entity::find().filter(wanted), among)
        .order_by_with_nulls(work_items::Column::DueAt, Order::Asc, NullOrdering::Last)
        .order_by_asc(work_items::Column::SubmittedAt)
        .order_by_asc(work_items::Column::DossierId)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(WorkItem::try_from).collect()
}

/// Counts one more dossier of an office's day and tells which it is, from 1. Others wait until the transaction ends, so
/// that no number is left out or given twice.
pub async fn next_number(
    db: &impl ConnectionTrait,
    organisation: &OrganisationCode,
    day: NaiveDate,
) -> Result<i64, DbErr> {
    use day_counters::Column::{Day, Organisation, Received};
    let first = day_counters::ActiveModel {
        organisation: Set(organisation.to_string()),
        day: Set(day.to_string()),
        received: Set(1),
    };
    let more = Expr::col((day_counters::Entity, Received)).add(1);
    let again = OnConflict::columns([Organisation, Day])
        .value(Received, more)
        .to_owned();
    let counter = day_counters::Entity::insert(first)
        .on_conflict(again)
        .exec_with_returning(db)
        .await?;
    Ok(counter.received)
}

/// The stops of a dossier's clock, in order.
pub async fn stops(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Vec<Stop>, DbErr> {
    let rows = pauses::Entity::find()
        .filter(pauses::Column::DossierId.eq(dossier.0))
        .order_by_asc(pauses::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(Stop::try_from).collect()
}

/// Keeps the stop of a dossier's clock that stands at `place` in [`stops`], be it new or ended.
pub async fn keep_stop(
    db: &impl ConnectionTrait,
    dossier: DossierId,
    place: usize,
    stop: &Stop,
) -> Result<(), DbErr> {
    use pauses::Column::{DossierId, DueAfter, Number, PausedUntil};
    let row = pauses::row(dossier, place, stop)?
        .into_active_model()
        .reset_all();
    let ended = OnConflict::columns([DossierId, Number])
        .update_columns([PausedUntil, DueAfter])
        .to_owned();
    pauses::Entity::insert(row)
        .on_conflict(ended)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One line of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, in order of time.
    pub id: Uuid,
    /// The dossier.
    pub dossier: DossierId,
    /// When.
    pub at: DateTime<Utc>,
    /// The officer's account; none for a service.
    pub account: Option<AccountId>,
    /// The officer's name, or the service's.
    pub who: String,
    /// What.
    pub act: String,
    /// Where the dossier stood before; nowhere when it came in.
    pub before: Option<State>,
    /// Where it stood after.
    pub after: State,
    /// What else there is to know, for officers.
    pub detail: String,
}

/// Writes a line into the register.
pub async fn enter(db: &impl ConnectionTrait, entry: Entry) -> Result<(), DbErr> {
    let row = register_entries::Model::from(entry)
        .into_active_model()
        .reset_all();
    register_entries::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// A dossier's lines in the register, in order.
pub async fn register(db: &impl ConnectionTrait, dossier: DossierId) -> Result<Vec<Entry>, DbErr> {
    let rows = register_entries::Entity::find()
        .filter(register_entries::Column::DossierId.eq(dossier.0))
        .order_by_asc(register_entries::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}
