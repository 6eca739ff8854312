//! What was ordered of the post office and what it said since, as rows.

use chassis::rows::{nonsense, put_once};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, ResultId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use self::rows::{events, parcels};
use crate::domain::parcel::State;

/// Who gets a parcel. Only the post office is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The name.
    pub name: String,
    /// The telephone number.
    pub phone: String,
    /// The address on one line.
    pub address: String,
}

/// One parcel.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Our number, which the post office knows it by.
    pub number: String,
    /// What is in it.
    pub result: ResultId,
    /// Who ordered it.
    pub officer: AccountId,
    /// Who gets it.
    pub receiver: Receiver,
    /// Where it stands.
    pub state: State,
    /// The post office's own number, where it has said one.
    pub item_code: Option<String>,
    /// Why it is not carried, in the post office's words.
    pub reason: Option<String>,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// When it came to stand where it does.
    pub changed_at: DateTime<Utc>,
}

impl TryFrom<parcels::Model> for Parcel {
    type Error = DbErr;

    fn try_from(row: parcels::Model) -> Result<Self, DbErr> {
        Ok(Self {
            number: row.number,
            result: ResultId(row.result),
            officer: AccountId(row.officer),
            receiver: Receiver {
                name: row.receiver_name,
                phone: row.receiver_phone,
                address: row.receiver_address,
            },
            state: row.state.parse().map_err(|_| nonsense("state"))?,
            item_code: row.item_code,
            reason: row.reason,
            ordered_at: row.ordered_at,
            changed_at: row.changed_at,
        })
    }
}

/// What the post office said of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The post office's number of it.
    pub id: i64,
    /// The parcel.
    pub parcel: String,
    /// The status.
    pub code: String,
    /// The status in words.
    pub message: String,
    /// When, as far as it says.
    pub happened_at: DateTime<Utc>,
}

impl From<events::Model> for Event {
    fn from(row: events::Model) -> Self {
        Self {
            id: row.id,
            parcel: row.parcel,
            code: row.code,
            message: row.message,
            happened_at: row.happened_at,
        }
    }
}

/// Writes down a new order; `false` when the number is taken.
pub async fn order(db: &impl ConnectionTrait, parcel: Parcel) -> Result<bool, DbErr> {
    let row = parcels::ActiveModel {
        number: Set(parcel.number),
        result: Set(parcel.result.0),
        officer: Set(parcel.officer.0),
        receiver_name: Set(parcel.receiver.name),
        receiver_phone: Set(parcel.receiver.phone),
        receiver_address: Set(parcel.receiver.address),
        state: Set(parcel.state.name().to_owned()),
        item_code: Set(parcel.item_code),
        reason: Set(parcel.reason),
        ordered_at: Set(parcel.ordered_at),
        changed_at: Set(parcel.changed_at),
    };
    put_once(db, row, [parcels::Column::Number]).await
}

/// How many parcels there are whose numbers begin so.
pub async fn count(db: &impl ConnectionTrait, beginning: &str) -> Result<u64, DbErr> {
    parcels::Entity::find()
        .filter(parcels::Column::Number.starts_with(beginning))
        .count(db)
        .await
}

/// One parcel.
pub async fn parcel(db: &impl ConnectionTrait, number: &str) -> Result<Option<Parcel>, DbErr> {
    let found = parcels::Entity::find_by_id(number).one(db).await?;
    found.map(Parcel::try_from).transpose()
}

/// One parcel, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, number: &str) -> Result<Option<Parcel>, DbErr> {
    let held = parcels::Entity::find_by_id(number).lock_exclusive();
    held.one(db).await?.map(Parcel::try_from).transpose()
}

/// The parcels of some results, oldest first.
pub async fn of(
    db: &impl ConnectionTrait,
    results: impl IntoIterator<Item = ResultId>,
) -> Result<Vec<Parcel>, DbErr> {
    let results = results.into_iter().map(|result| result.0);
    let theirs = parcels::Entity::find().filter(parcels::Column::Result.is_in(results));
    let rows = theirs
        .order_by_asc(parcels::Column::OrderedAt)
        .all(db)
        .await?;
    rows.into_iter().map(Parcel::try_from).collect()
}

/// Whether the post office has a result, or may have it.
pub async fn is_under_way(db: &impl ConnectionTrait, result: ResultId) -> Result<bool, DbErr> {
    let all = of(db, [result]).await?;
    Ok(all.iter().any(|parcel| parcel.state.is_open()))
}

/// Writes down where a parcel stands now.
pub async fn change(
    db: &impl ConnectionTrait,
    number: &str,
    to: State,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = parcels::ActiveModel {
        state: Set(to.name().to_owned()),
        reason: Set(reason),
        changed_at: Set(now),
        ..Default::default()
    };
    update(db, number, row).await
}

/// Writes down what the post office calls a parcel.
pub async fn call(db: &impl ConnectionTrait, number: &str, item_code: &str) -> Result<(), DbErr> {
    let row = parcels::ActiveModel {
        item_code: Set(Some(item_code.to_owned())),
        ..Default::default()
    };
    update(db, number, row).await
}

async fn update(
    db: &impl ConnectionTrait,
    number: &str,
    row: parcels::ActiveModel,
) -> Result<(), DbErr> {
    let one = parcels::Entity::update_many()
        .set(row)
        .filter(parcels::Column::Number.eq(number));
    one.exec(db).await.map(drop)
}

/// Writes down what the post office said; `false` when it had said that before.
pub async fn hear(db: &impl ConnectionTrait, event: &Event) -> Result<bool, DbErr> {
    let row = events::ActiveModel {
        id: Set(event.id),
        parcel: Set(event.parcel.clone()),
        code: Set(event.code.clone()),
        message: Set(event.message.clone()),
        happened_at: Set(event.happened_at),
    };
    put_once(db, row, [events::Column::Id]).await
}

/// What the post office said of some parcels, in the order in which it happened.
pub async fn events(
    db: &impl ConnectionTrait,
    parcels: impl IntoIterator<Item = &Parcel>,
) -> Result<Vec<Event>, DbErr> {
    let numbers = parcels.into_iter().map(|parcel| parcel.number.clone());
    let theirs = events::Entity::find().filter(events::Column::Parcel.is_in(numbers));
    let rows = theirs
        .order_by_asc(events::Column::HappenedAt)
        .order_by_asc(events::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// Whether nothing was heard of a parcel for so long.
pub fn is_silent(parcel: &Parcel, events: &[Event], days: u32, now: DateTime<Utc>) -> bool {
    let own = events.iter().filter(|event| event.parcel == parcel.number);
    let last = own.map(|event| event.happened_at).max();
    let last = last.unwrap_or(parcel.changed_at);
    parcel.state == State::Accepted && now - last >= TimeDelta::days(days.into())
}

mod rows {
    pub mod parcels {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "parcels")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub number: String,
            pub result: Uuid,
            pub officer: Uuid,
            pub receiver_name: String,
            pub receiver_phone: String,
            pub receiver_address: String,
            pub state: String,
            pub item_code: Option<String>,
            pub reason: Option<String>,
            pub ordered_at: DateTimeUtc,
            pub changed_at: DateTimeUtc,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod events {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "parcel_events")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i64,
            pub parcel: String,
            pub code: String,
            pub message: String,
            pub happened_at: DateTimeUtc,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
