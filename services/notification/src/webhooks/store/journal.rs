//! What each agency was told or is to be, as rows.

use chassis::rows::put_once;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;

use super::{super::tables::deliveries, Webhook};

/// What one was told, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names it, and counts in the order of time.
    pub id: Uuid,
    /// Whom.
    pub webhook: Uuid,
    /// The event, by which a repetition is known.
    pub event: Uuid,
    /// Its wire name.
    pub wire: String,
    /// What is said.
    pub body: String,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next.
    pub due_at: DateTime<Utc>,
    /// The last answer's status; nothing where nobody answered.
    pub answer: Option<u16>,
    /// When it was last tried.
    pub tried_at: Option<DateTime<Utc>>,
}

const WAITING: &str = "waiting";
const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";

impl From<deliveries::Model> for Delivery {
    fn from(row: deliveries::Model) -> Self {
        Self {
            id: row.id,
            webhook: row.webhook,
            event: row.event,
            wire: row.wire,
            body: row.body,
            state: row.state,
            tries: u32::try_from(row.tries).unwrap_or_default(),
            due_at: row.due_at,
            answer: row.answer.and_then(|code| u16::try_from(code).ok()),
            tried_at: row.tried_at,
        }
    }
}

/// Keeps that one is to be told of an event; once, whatever is heard how often.
pub async fn post(
    db: &impl ConnectionTrait,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = deliveries::ActiveModel {
        id: Set(delivery.id),
        webhook: Set(delivery.webhook),
        event: Set(delivery.event),
        wire: Set(delivery.wire.clone()),
        body: Set(delivery.body.clone()),
        state: Set(WAITING.to_owned()),
        tries: Set(0),
        due_at: Set(now),
        made_at: Set(now),
        answer: Set(None),
        tried_at: Set(None),
    };
    let key = [deliveries::Column::Webhook, deliveries::Column::Event];
    put_once(db, row, key).await
}

fn called(webhooks: &[Webhook]) -> Vec<Uuid> {
    let active = webhooks.iter().filter(|webhook| webhook.is_active);
    active.map(|webhook| webhook.id).collect()
}

/// Takes what is due of those that are called, and leaves it to the taker until `lease`.
pub async fn claim(
    db: &impl ConnectionTrait,
    webhooks: &[Webhook],
    most: u64,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<Vec<Delivery>, DbErr> {
    let rows = deliveries::Entity::find()
        .filter(deliveries::Column::State.eq(WAITING))
        .filter(deliveries::Column::DueAt.lte(now))
        .filter(deliveries::Column::Webhook.is_in(called(webhooks)))
        .order_by_asc(deliveries::Column::DueAt)
        .limit(most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(db)
        .await?;
    let row = deliveries::ActiveModel {
        due_at: Set(lease),
        ..Default::default()
    };
    deliveries::Entity::update_many()
        .set(row)
        .filter(deliveries::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(db)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// When the next call of those that are called is due.
pub async fn next_due(
    db: &impl ConnectionTrait,
    webhooks: &[Webhook],
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let first = deliveries::Entity::find()
        .filter(deliveries::Column::State.eq(WAITING))
        .filter(deliveries::Column::Webhook.is_in(called(webhooks)))
        .order_by_asc(deliveries::Column::DueAt)
        .limit(1)
        .one(db)
        .await?;
    Ok(first.map(|row| row.due_at))
}

/// Writes down how a call went, and when the next is due if there is one.
pub async fn called_back(
    db: &impl ConnectionTrait,
    delivery: &Delivery,
    answer: Option<u16>,
    wait: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let went_well = is_well(answer);
    let state = match wait {
        _ if went_well => DELIVERED,
        Some(_) => WAITING,
        None => FAILED,
    };
    let row = deliveries::ActiveModel {
        state: Set(state.to_owned()),
        tries: Set(i32::try_from(delivery.tries + 1).unwrap_or(i32::MAX)),
        due_at: Set(now + wait.unwrap_or_default()),
        answer: Set(answer.map(i32::from)),
        tried_at: Set(Some(now)),
        ..Default::default()
    };
    deliveries::Entity::update_many()
        .set(row)
        .filter(deliveries::Column::Id.eq(delivery.id))
        .exec(db)
        .await
        .map(drop)
}

/// Whether an answer says that the agency has it.
pub fn is_well(answer: Option<u16>) -> bool {
    answer.is_some_and(|status| (200..300).contains(&status))
}

/// What one was told, in the order of time, behind a cursor.
pub async fn journal(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    after: Option<Uuid>,
    most: u64,
) -> Result<Vec<Delivery>, DbErr> {
    let mut own = deliveries::Entity::find().filter(deliveries::Column::Webhook.eq(webhook));
    if let Some(after) = after {
        own = own.filter(deliveries::Column::Id.gt(after));
    }
    let rows = own
        .order_by_asc(deliveries::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Has everything from a cursor on told again; how much that is.
pub async fn replay(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    from: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let row = deliveries::ActiveModel {
        state: Set(WAITING.to_owned()),
        tries: Set(0),
        due_at: Set(now),
        ..Default::default()
    };
    let again = deliveries::Entity::update_many()
        .set(row)
        .filter(deliveries::Column::Webhook.eq(webhook))
        .filter(deliveries::Column::Id.gte(from));
    Ok(again.exec(db).await?.rows_affected)
}

/// Forgets what was done with before `before`.
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    deliveries::Entity::delete_many()
        .filter(deliveries::Column::MadeAt.lt(before))
        .filter(deliveries::Column::State.ne(WAITING))
        .exec(db)
        .await
        .map(drop)
}

/// What one was told, newest first: `most` before a cursor.
pub async fn newest(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    before: Option<Uuid>,
    most: u64,
) -> Result<Vec<Delivery>, DbErr> {
    let mut own = deliveries::Entity::find().filter(deliveries::Column::Webhook.eq(webhook));
    if let Some(before) = before {
        own = own.filter(deliveries::Column::Id.lt(before));
    }
    let rows = own
        .order_by_desc(deliveries::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}
