//! The agencies that are told over HTTP and what each was told, as rows.

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    prelude::Expr,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;

use super::tables::{deliveries, webhooks};
use crate::store::Hidden;

/// An agency that is told over HTTP. Its secrets are never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Names it.
    pub id: Uuid,
    /// What the agency is called.
    pub name: String,
    /// Where it is called.
    pub url: String,
    /// The wire names that it wants; empty for all.
    pub events: Vec<String>,
    /// The procedures that it wants; empty for all.
    pub procedures: Vec<String>,
    secret: Hidden,
    previous: Option<Hidden>,
    /// Whether it is called at all.
    pub is_active: bool,
    /// Calls that failed since the last that did not.
    pub failures: u32,
    /// Since when.
    pub made_at: DateTime<Utc>,
}

const ACTIVE: &str = "active";
const PAUSED: &str = "paused";

impl Webhook {
    /// A new one with its first secret.
    pub fn new(id: Uuid, name: String, url: String, secret: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            name,
            url,
            events: Vec::new(),
            procedures: Vec::new(),
            secret: Hidden(secret),
            previous: None,
            is_active: true,
            failures: 0,
            made_at: now,
        }
    }

    /// The secrets that are valid, the newest first.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let previous = self.previous.iter().map(|secret| secret.0.as_str());
        std::iter::once(self.secret.0.as_str()).chain(previous)
    }

    /// Whether it has two valid secrets.
    pub const fn is_changing_secrets(&self) -> bool {
        self.previous.is_some()
    }

    /// Whether it wants an event of a procedure.
    pub fn wants(&self, event: &str, procedure: Option<&str>) -> bool {
        let is_in = |list: &[String], one: &str| list.is_empty() || list.iter().any(|it| it == one);
        is_in(&self.events, event)
            && (self.procedures.is_empty()
                || procedure.is_some_and(|procedure| is_in(&self.procedures, procedure)))
    }
}

impl TryFrom<webhooks::Model> for Webhook {
    type Error = DbErr;

    fn try_from(row: webhooks::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            name: row.name,
            url: row.url,
            events: read("list of events", &row.events)?,
            procedures: read("list of procedures", &row.procedures)?,
            secret: row.secret,
            previous: row.previous,
            is_active: row.state == ACTIVE,
            failures: u32::try_from(row.failures).map_err(|_| nonsense("number of failures"))?,
            made_at: row.made_at,
        })
    }
}

/// Keeps a new one.
pub async fn open(db: &impl ConnectionTrait, webhook: &Webhook) -> Result<(), DbErr> {
    let row = webhooks::ActiveModel {
        id: Set(webhook.id),
        name: Set(webhook.name.clone()),
        url: Set(webhook.url.clone()),
        events: Set(json(&webhook.events)?),
        procedures: Set(json(&webhook.procedures)?),
        secret: Set(webhook.secret.clone()),
        previous: Set(None),
        state: Set(ACTIVE.to_owned()),
        failures: Set(0),
        made_at: Set(webhook.made_at),
    };
    webhooks::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// All of them, oldest first.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Webhook>, DbErr> {
    let rows = webhooks::Entity::find()
        .order_by_asc(webhooks::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// One of them.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Webhook>, DbErr> {
    let row = webhooks::Entity::find_by_id(id).one(db).await?;
    row.map(Webhook::try_from).transpose()
}

async fn change(
    db: &impl ConnectionTrait,
    id: Uuid,
    row: webhooks::ActiveModel,
) -> Result<bool, DbErr> {
    let named = webhooks::Entity::update_many()
        .set(row)
        .filter(webhooks::Column::Id.eq(id));
    Ok(named.exec(db).await?.rows_affected == 1)
}

/// Gives one a new secret; the one before stays valid until [`settle`].
pub async fn rotate(db: &impl ConnectionTrait, id: Uuid, secret: &str) -> Result<bool, DbErr> {
    let Some(webhook) = find(db, id).await? else {
        return Ok(false);
    };
    let row = webhooks::ActiveModel {
        secret: Set(Hidden(secret.to_owned())),
        previous: Set(Some(webhook.secret)),
        ..Default::default()
    };
    change(db, id, row).await
}

/// Only the newest secret is valid from now on.
pub async fn settle(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let row = webhooks::ActiveModel {
        previous: Set(None),
        ..Default::default()
    };
    change(db, id, row).await
}

/// Pauses one, or goes on with it.
pub async fn set_active(
    db: &impl ConnectionTrait,
    id: Uuid,
    is_active: bool,
) -> Result<bool, DbErr> {
    let row = webhooks::ActiveModel {
        state: Set(if is_active { ACTIVE } else { PAUSED }.to_owned()),
        failures: Set(0),
        ..Default::default()
    };
    change(db, id, row).await
}

/// Counts how a call went: what went well forgets the failures before it; `pause_after` of them pause it.
pub async fn count(
    db: &impl ConnectionTrait,
    id: Uuid,
    went_well: bool,
    pause_after: u32,
) -> Result<(), DbErr> {
    if went_well {
        let row = webhooks::ActiveModel {
            failures: Set(0),
            ..Default::default()
        };
        return change(db, id, row).await.map(drop);
    }
    webhooks::Entity::update_many()
        .col_expr(
            webhooks::Column::Failures,
            Expr::col(webhooks::Column::Failures).add(1),
        )
        .filter(webhooks::Column::Id.eq(id))
        .exec(db)
        .await?;
    let most = i32::try_from(pause_after).unwrap_or(i32::MAX);
    let row = webhooks::ActiveModel {
        state: Set(PAUSED.to_owned()),
        ..Default::default()
    };
    webhooks::Entity::update_many()
        .set(row)
        .filter(webhooks::Column::Id.eq(id))
        .filter(webhooks::Column::Failures.gte(most))
        .exec(db)
        .await
        .map(drop)
}

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
