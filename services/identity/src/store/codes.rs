//! One-time codes and how often they were asked for, as rows.

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{AccountId, notification::CodePurpose};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::domain::{Asks, Contact};

mod one_time_codes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "one_time_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: String,
        pub sending: Uuid,
        pub purpose: String,
        pub account_id: Option<Uuid>,
        pub kind: String,
        pub contact: String,
        pub about: Option<Uuid>,
        pub mac: String,
        pub wrong: i32,
        pub is_sent: bool,
        pub asked_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub taken_at: Option<DateTimeUtc>,
        pub failed_at: Option<DateTimeUtc>,
        pub lane: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod code_asks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "code_asks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        pub asked: String,
        pub last_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use one_time_codes::{ActiveModel, Column, Entity};

/// A code that was asked for, as it is kept.
#[derive(Clone)]
pub struct Kept {
    /// Of the ticket that the browser holds.
    pub digest: String,
    /// What the sending is told by.
    pub sending: Uuid,
    /// What it is for.
    pub purpose: CodePurpose,
    /// Whose.
    pub account: Option<AccountId>,
    /// Where it went.
    pub contact: Contact,
    /// What else it is about.
    pub about: Option<Uuid>,
    /// The code, under the key.
    pub mac: String,
    /// Wrong ones so far.
    pub wrong: u32,
    /// Whether anything was sent.
    pub is_sent: bool,
    /// When the newest was asked for.
    pub asked_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// Whether it was taken.
    pub taken: bool,
    /// Whether it is known that it did not arrive.
    pub failed: bool,
    /// How it was asked for.
    pub lane: String,
}

impl TryFrom<one_time_codes::Model> for Kept {
    type Error = DbErr;
    fn try_from(row: one_time_codes::Model) -> Result<Self, DbErr> {
        Ok(Self {
            digest: row.digest,
            sending: row.sending,
            purpose: read("purpose", &row.purpose)?,
            account: row.account_id.map(AccountId),
            contact: Contact::stored(&row.kind, &row.contact).ok_or_else(|| nonsense("contact"))?,
            about: row.about,
            mac: row.mac,
            wrong: u32::try_from(row.wrong).map_err(|_| nonsense("count"))?,
            is_sent: row.is_sent,
            asked_at: row.asked_at,
            expires_at: row.expires_at,
            taken: row.taken_at.is_some(),
            failed: row.failed_at.is_some(),
            lane: row.lane,
        })
    }
}

/// Keeps a code that is asked for.
pub async fn keep(db: &impl ConnectionTrait, code: &Kept) -> Result<(), DbErr> {
    let row = ActiveModel {
        digest: Set(code.digest.clone()),
        sending: Set(code.sending),
        purpose: Set(json(&code.purpose)?),
        account_id: Set(code.account.map(|account| account.0)),
        kind: Set(code.contact.kind().name().to_owned()),
        contact: Set(code.contact.text().to_owned()),
        about: Set(code.about),
        mac: Set(code.mac.clone()),
        wrong: Set(0),
        is_sent: Set(code.is_sent),
        asked_at: Set(code.asked_at),
        expires_at: Set(code.expires_at),
        taken_at: Set(None),
        failed_at: Set(None),
        lane: Set(code.lane.clone()),
    };
    Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Writes a new code in place of the one before it, under the same ticket.
pub async fn renew(db: &impl ConnectionTrait, code: &Kept) -> Result<(), DbErr> {
    let change = ActiveModel {
        sending: Set(code.sending),
        mac: Set(code.mac.clone()),
        wrong: Set(0),
        asked_at: Set(code.asked_at),
        expires_at: Set(code.expires_at),
        failed_at: Set(None),
        ..Default::default()
    };
    change_one(db, &code.digest, change).await
}

async fn change_one(
    db: &impl ConnectionTrait,
    digest: &str,
    change: ActiveModel,
) -> Result<(), DbErr> {
    Entity::update_many()
        .set(change)
        .filter(Column::Digest.eq(digest))
        .exec(db)
        .await
        .map(drop)
}

/// A code by its ticket.
pub async fn find(db: &impl ConnectionTrait, digest: &str) -> Result<Option<Kept>, DbErr> {
    let row = Entity::find_by_id(digest).one(db).await?;
    row.map(Kept::try_from).transpose()
}

/// The same, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, digest: &str) -> Result<Option<Kept>, DbErr> {
    let row = Entity::find_by_id(digest).lock_exclusive().one(db).await?;
    row.map(Kept::try_from).transpose()
}

/// Writes how many were wrong.
pub async fn note_wrong(db: &impl ConnectionTrait, digest: &str, wrong: u32) -> Result<(), DbErr> {
    let change = ActiveModel {
        wrong: Set(i32::try_from(wrong).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    change_one(db, digest, change).await
}

/// Takes a code; `false` when it was taken before.
pub async fn take(
    db: &impl ConnectionTrait,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = ActiveModel {
        taken_at: Set(Some(now)),
        ..Default::default()
    };
    let taken = Entity::update_many()
        .set(change)
        .filter(Column::Digest.eq(digest))
        .filter(Column::TakenAt.is_null())
        .exec(db)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Notes that a sending did not arrive.
pub async fn note_failed(
    db: &impl ConnectionTrait,
    sending: Uuid,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = ActiveModel {
        failed_at: Set(Some(at)),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Sending.eq(sending))
        .exec(db)
        .await
        .map(drop)
}

/// How many were sent since `since`, by the whole service.
pub async fn sent_since(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::AskedAt.gt(since))
        .filter(Column::IsSent.eq(true))
        .count(db)
        .await
}

/// Forgets the codes of an account.
pub async fn forget_of(db: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.0))
        .exec(db)
        .await
        .map(drop)
}

/// When codes were asked for, kept from being changed by others until the transaction ends.
pub async fn hold_asks(
    db: &impl ConnectionTrait,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<Asks, DbErr> {
    let none = code_asks::ActiveModel {
        subject: Set(subject.to_owned()),
        asked: Set("[]".to_owned()),
        last_at: Set(now),
    };
    put_once(db, none, [code_asks::Column::Subject]).await?;
    let held = code_asks::Entity::find_by_id(subject).lock_exclusive();
    match held.one(db).await? {
        Some(row) => Ok(Asks(read("moments", &row.asked)?)),
        None => Ok(Asks::default()),
    }
}

/// Writes when codes were asked for.
pub async fn note_asks(
    db: &impl ConnectionTrait,
    subject: &str,
    asks: &Asks,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = code_asks::ActiveModel {
        asked: Set(json(&asks.0)?),
        last_at: Set(now),
        ..Default::default()
    };
    code_asks::Entity::update_many()
        .set(change)
        .filter(code_asks::Column::Subject.eq(subject))
        .exec(db)
        .await
        .map(drop)
}

/// Drops codes whose time is over, and what no limit looks at any more.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let forgotten = now - Asks::FORGOTTEN - TimeDelta::minutes(1);
    code_asks::Entity::delete_many()
        .filter(code_asks::Column::LastAt.lt(forgotten))
        .exec(db)
        .await
        .map(drop)
}
