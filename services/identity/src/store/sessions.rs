//! Sessions, as rows: one a token.

use chassis::auth::Claims;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use super::nonsense;
use crate::domain::Place;

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
        pub device: String,
        pub network: String,
        pub seen_at: Option<DateTimeUtc>,
        pub by_passkey: bool,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::Column;

/// A session, as it is kept.
pub struct Kept {
    /// Its id, the token's `sid`.
    pub id: Uuid,
    /// Where it began.
    pub place: Place,
    /// When it began.
    pub since: DateTime<Utc>,
    /// When identity last heard of it, noted at most once an hour.
    pub seen: DateTime<Utc>,
    /// When its token runs out.
    pub expires_at: DateTime<Utc>,
    /// Whether somebody ended it.
    pub ended: bool,
    /// Whether it began by a passkey.
    pub by_passkey: bool,
}

impl From<rows::Model> for Kept {
    fn from(row: rows::Model) -> Self {
        Self {
            id: row.id,
            place: Place {
                device: row.device,
                network: row.network,
            },
            since: row.created_at,
            seen: row.seen_at.unwrap_or(row.created_at),
            expires_at: row.expires_at,
            ended: row.ended_at.is_some(),
            by_passkey: row.by_passkey,
        }
    }
}

/// Begins the session of a token.
pub async fn begin(
    db: &impl ConnectionTrait,
    claims: &Claims,
    place: &Place,
    by_passkey: bool,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = rows::ActiveModel {
        id: Set(claims.sid),
        account_id: Set(claims.sub.0),
        created_at: Set(now),
        expires_at: Set(
            DateTime::from_timestamp(claims.exp, 0).ok_or_else(|| nonsense("end of a session"))?
        ),
        ended_at: Set(None),
        device: Set(place.device.clone()),
        network: Set(place.network.clone()),
        seen_at: Set(Some(now)),
        by_passkey: Set(by_passkey),
    };
    rows::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One session; nothing when it is not known, or no more.
pub async fn find(db: &impl ConnectionTrait, session: Uuid) -> Result<Option<Kept>, DbErr> {
    let row = rows::Entity::find_by_id(session).one(db).await?;
    Ok(row.map(Kept::from))
}

fn open_of(account: AccountId) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(account.0))
        .add(Column::EndedAt.is_null())
}

/// The sessions of an account that go on, the newest first.
pub async fn open(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Kept>, DbErr> {
    let open = rows::Entity::find().filter(open_of(account).add(Column::ExpiresAt.gt(now)));
    let rows = open.order_by_desc(Column::CreatedAt).all(db).await?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

/// Notes that identity heard of a session.
pub async fn note(
    db: &impl ConnectionTrait,
    session: Uuid,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = rows::ActiveModel {
        seen_at: Set(Some(at)),
        ..Default::default()
    };
    rows::Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(session))
        .exec(db)
        .await
        .map(drop)
}

async fn end_where(
    db: &impl ConnectionTrait,
    which: Condition,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let change = rows::ActiveModel {
        ended_at: Set(Some(now)),
        ..Default::default()
    };
    let ended = rows::Entity::update_many()
        .set(change)
        .filter(which)
        .exec(db)
        .await?;
    Ok(ended.rows_affected)
}

/// Ends a session of this account; `false` when it has none such that goes on.
pub async fn end(
    db: &impl ConnectionTrait,
    account: AccountId,
    session: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let which = open_of(account).add(Column::Id.eq(session));
    Ok(end_where(db, which, now).await? > 0)
}

/// Ends all sessions of this account but one. Says how many would still have been believed.
pub async fn end_others(
    db: &impl ConnectionTrait,
    account: AccountId,
    but: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let which = open_of(account)
        .add(Column::Id.ne(but))
        .add(Column::ExpiresAt.gt(now));
    end_where(db, which, now).await
}

/// Ends all sessions of an account.
pub async fn end_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    end_where(db, open_of(account), now).await.map(drop)
}

/// Drops sessions that ran out a month ago.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let over = Column::ExpiresAt.lt(now - TimeDelta::days(30));
    rows::Entity::delete_many()
        .filter(over)
        .exec(db)
        .await
        .map(drop)
}
