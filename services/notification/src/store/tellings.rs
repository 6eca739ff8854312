//! How each piece of news is being told, as rows. What is due is taken by lanes, and by one worker only.

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockBehavior, LockType},
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::tables::tellings;
use crate::domain::news::Urgency;

/// Where a telling stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// There is something to do, now or later.
    Open,
    /// The person has it.
    Delivered,
    /// It need not be told any more.
    Superseded,
    /// The inbox alone holds it.
    Exhausted,
    /// An officer calls.
    Called,
}

impl State {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// How one piece of news, or a day's digest, is being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Names it: the message's id, or made of person and day.
    pub id: Uuid,
    /// Whom.
    pub account: AccountId,
    /// The dossier that it is about; of a digest the newest.
    pub dossier: DossierId,
    /// How much it can wait.
    pub urgency: Urgency,
    /// Where it stands.
    pub state: State,
    /// When it is looked at again.
    pub due_at: DateTime<Utc>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

impl TryFrom<tellings::Model> for Telling {
    type Error = DbErr;

    fn try_from(row: tellings::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            account: AccountId(row.account),
            dossier: DossierId(row.dossier),
            urgency: row.urgency.parse().map_err(|_| nonsense("urgency"))?,
            state: row.state.parse().map_err(|_| nonsense("state"))?,
            due_at: row.due_at,
            opened_at: row.opened_at,
        })
    }
}

/// Opens a telling that is due at once; `false` when there is one already.
pub async fn open(
    db: &impl ConnectionTrait,
    id: Uuid,
    account: AccountId,
    dossier: DossierId,
    urgency: Urgency,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = tellings::ActiveModel {
        id: Set(id),
        account: Set(account.0),
        dossier: Set(dossier.0),
        urgency: Set(urgency.name().to_owned()),
        lane: Set(urgency.lane()),
        state: Set(State::Open.name().to_owned()),
        due_at: Set(now),
        opened_at: Set(now),
        ended_at: Set(None),
    };
    chassis::rows::put_once(db, row, [tellings::Column::Id]).await
}

/// The tellings that are due, at most `most`: the urgent ones first, but an eighth of the room is for each lane behind, so
/// that a flood in one lane never stops another. On PostgreSQL no other worker gets them until this transaction ends.
pub async fn due(
    db: &impl ConnectionTrait,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Telling>, DbErr> {
    let lanes = Urgency::VARIANTS;
    let mut found = Vec::new();
    for (place, lane) in lanes.iter().enumerate() {
        let behind = u64::try_from(lanes.len() - place - 1).unwrap_or_default();
        let left = most.saturating_sub(u64::try_from(found.len()).unwrap_or(u64::MAX));
        let room = left.saturating_sub(behind * (most / 8));
        let rows = tellings::Entity::find()
            .filter(tellings::Column::State.eq(State::Open.name()))
            .filter(tellings::Column::Lane.eq(lane.lane()))
            .filter(tellings::Column::DueAt.lte(now))
            .order_by_asc(tellings::Column::DueAt)
            .limit(room)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(db)
            .await?;
        for row in rows {
            found.push(Telling::try_from(row)?);
        }
    }
    Ok(found)
}

/// Looks at open tellings again at `due_at`.
pub async fn postpone(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    due_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let row = tellings::ActiveModel {
        due_at: Set(due_at),
        ..Default::default()
    };
    tellings::Entity::update_many()
        .set(row)
        .filter(tellings::Column::Id.is_in(ids.iter().copied()))
        .filter(tellings::Column::State.eq(State::Open.name()))
        .exec(db)
        .await
        .map(drop)
}

/// Ends an open telling; whether it was open.
pub async fn end(
    db: &impl ConnectionTrait,
    id: Uuid,
    to: State,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = tellings::ActiveModel {
        state: Set(to.name().to_owned()),
        ended_at: Set(Some(now)),
        ..Default::default()
    };
    let done = tellings::Entity::update_many()
        .set(row)
        .filter(tellings::Column::Id.eq(id))
        .filter(tellings::Column::State.eq(State::Open.name()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Opens a telling again that had ended in `from`: what was believed delivered came back.
pub async fn reopen(
    db: &impl ConnectionTrait,
    id: Uuid,
    from: State,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = tellings::ActiveModel {
        state: Set(State::Open.name().to_owned()),
        due_at: Set(now),
        ended_at: Set(None),
        ..Default::default()
    };
    let done = tellings::Entity::update_many()
        .set(row)
        .filter(tellings::Column::Id.eq(id))
        .filter(tellings::Column::State.eq(from.name()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Some tellings.
pub async fn find(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Telling>, DbErr> {
    let named = tellings::Entity::find().filter(tellings::Column::Id.is_in(ids));
    let rows = named.all(db).await?;
    rows.into_iter().map(Telling::try_from).collect()
}

/// When the next open telling is to be looked at.
pub async fn next_due(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let first = tellings::Entity::find()
        .filter(tellings::Column::State.eq(State::Open.name()))
        .order_by_asc(tellings::Column::DueAt)
        .limit(1)
        .one(db)
        .await?;
    Ok(first.map(|row| row.due_at))
}
