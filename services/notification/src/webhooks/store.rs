//! The agencies that are told over HTTP, as rows; what each was told is in the journal.

mod journal;

pub use self::journal::*;

use chassis::rows::{json, nonsense, read};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, prelude::Expr,
};
use uuid::Uuid;

use super::tables::webhooks;
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
