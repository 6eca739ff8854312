//! Codes and warnings that go to an address, as rows. Address and words leave the row with the state `open`.

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, Utc};
use contracts::notification::Address;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::LockBehavior, sea_query::LockType,
};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use super::tables::{Hidden, directs, directs::Column};
use crate::{channel::Channel, words::directs::Words};

/// How it stands with a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// It is to be sent.
    Open,
    /// Somebody took it.
    Sent,
    /// Nobody did, or it came back.
    GivenUp,
}

/// A sending that is open.
#[derive(Clone)]
pub struct Direct {
    /// Its id.
    pub id: Uuid,
    /// Whether it is a code.
    pub is_code: bool,
    /// Where to.
    pub to: Address,
    /// What it says.
    pub words: Words,
    /// The ways that are done with.
    pub tried: Vec<Channel>,
    /// When it is looked at; to whoever is at it, the end of their lease.
    pub due_at: DateTime<Utc>,
    /// When it was heard.
    pub heard_at: DateTime<Utc>,
    /// When it is out of date.
    pub expires_at: DateTime<Utc>,
}

fn ways(tried: &[Channel]) -> String {
    let names: Vec<&str> = tried.iter().map(|channel| channel.name()).collect();
    names.join(" ")
}

impl TryFrom<directs::Model> for Direct {
    type Error = DbErr;
    fn try_from(row: directs::Model) -> Result<Self, DbErr> {
        let tried = row.tried.split_whitespace().map(str::parse);
        Ok(Self {
            id: row.id,
            is_code: row.is_code,
            to: read("address", &row.address.0)?,
            words: read("words", &row.content.0)?,
            tried: tried
                .collect::<Result<_, _>>()
                .map_err(|_| nonsense("channel"))?,
            due_at: row.due_at,
            heard_at: row.heard_at,
            expires_at: row.expires_at,
        })
    }
}

/// Keeps what is to be sent; `false` where it is known already.
pub async fn keep(db: &impl ConnectionTrait, direct: &Direct) -> Result<bool, DbErr> {
    let row = directs::ActiveModel {
        id: Set(direct.id),
        is_code: Set(direct.is_code),
        address: Set(Hidden(json(&direct.to)?)),
        content: Set(Hidden(json(&direct.words)?)),
        state: Set(State::Open.into_str().to_owned()),
        tried: Set(ways(&direct.tried)),
        due_at: Set(direct.due_at),
        heard_at: Set(direct.heard_at),
        expires_at: Set(direct.expires_at),
        provider: Set(None),
        reference: Set(None),
    };
    put_once(db, row, [Column::Id]).await
}

/// What is due, the oldest first. Rows that another looks at are passed over.
pub async fn due(
    db: &impl ConnectionTrait,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Direct>, DbErr> {
    let rows = directs::Entity::find()
        .filter(Column::State.eq(State::Open.into_str()))
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .limit(most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(db)
        .await?;
    rows.into_iter().map(Direct::try_from).collect()
}

/// Writes down what was tried and when it is looked at again; `false` where it is in others' hands meanwhile.
pub async fn go_on(
    db: &impl ConnectionTrait,
    direct: &Direct,
    due_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = directs::ActiveModel {
        tried: Set(ways(&direct.tried)),
        due_at: Set(due_at),
        ..Default::default()
    };
    let done = directs::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(direct.id))
        .filter(Column::State.eq(State::Open.into_str()))
        .filter(Column::DueAt.eq(direct.due_at))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends one that is open, and erases where it went and what it said; whether it was open.
pub async fn end(
    db: &impl ConnectionTrait,
    id: Uuid,
    to: State,
    by: Option<(&str, Option<&str>)>,
) -> Result<bool, DbErr> {
    let change = directs::ActiveModel {
        state: Set(to.into_str().to_owned()),
        address: Set(Hidden(String::new())),
        content: Set(Hidden(String::new())),
        provider: Set(by.map(|(provider, _)| provider.to_owned())),
        reference: Set(by.and_then(|(_, reference)| reference.map(str::to_owned))),
        ..Default::default()
    };
    let done = directs::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Open.into_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A sending that a provider took.
pub struct Taken {
    /// Its id.
    pub id: Uuid,
    /// Whether it is a code.
    pub is_code: bool,
    /// When it is out of date.
    pub expires_at: DateTime<Utc>,
}

/// The sending that a receipt is about.
pub async fn by_reference(
    db: &impl ConnectionTrait,
    provider: &str,
    reference: &str,
) -> Result<Option<Taken>, DbErr> {
    let named = directs::Entity::find()
        .filter(Column::Provider.eq(provider))
        .filter(Column::Reference.eq(reference));
    let mut rows = named.all(db).await?;
    // A reference that a provider uses twice names nobody.
    let row = rows.pop().filter(|_| rows.is_empty());
    Ok(row.map(|row| Taken {
        id: row.id,
        is_code: row.is_code,
        expires_at: row.expires_at,
    }))
}

/// Notes that what was taken came back; whether that is news.
pub async fn came_back(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let change = directs::ActiveModel {
        state: Set(State::GivenUp.into_str().to_owned()),
        ..Default::default()
    };
    let done = directs::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Sent.into_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// When the next is due.
pub async fn next_due(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let open = directs::Entity::find().filter(Column::State.eq(State::Open.into_str()));
    let first = open.order_by_asc(Column::DueAt).one(db).await?;
    Ok(first.map(|row| row.due_at))
}

/// Forgets those that ended and were out of date before `before`.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    directs::Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .filter(Column::State.ne(State::Open.into_str()))
        .exec(db)
        .await
        .map(drop)
}
