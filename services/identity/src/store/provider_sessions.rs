//! Which sessions a provider brought, and the logout tokens that were taken, as rows.

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    TryInsertResult,
};
use uuid::Uuid;

use super::{any, factors};

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "provider_sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub session_id: Option<Uuid>,
        pub ticket: Option<String>,
        pub account_id: Uuid,
        pub issuer: String,
        pub subject: String,
        pub sid: Option<String>,
        pub id_token: Vec<u8>,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod logout_tokens {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "logout_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub issuer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub jti: String,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

use rows::Column;

/// A session that a provider brought.
pub struct Brought {
    /// Names it, and is what its ID token is sealed for.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// The provider.
    pub issuer: String,
    /// What its tokens call them (`sub`).
    pub subject: String,
    /// The session there, if it names it.
    pub sid: Option<String>,
    /// The ID token, sealed.
    pub id_token: Vec<u8>,
}

/// What a sign-in has become so far.
pub enum Until<'a> {
    /// A session.
    Session(Uuid),
    /// One that waits for its second step, under the digest of its ticket.
    Ticket(&'a str),
}

/// Keeps which session a provider brought.
pub async fn keep(
    db: &impl ConnectionTrait,
    brought: Brought,
    became: Until<'_>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (session, ticket) = match became {
        Until::Session(session) => (Some(session), None),
        Until::Ticket(digest) => (None, Some(digest.to_owned())),
    };
    let row = rows::ActiveModel {
        id: Set(brought.id),
        session_id: Set(session),
        ticket: Set(ticket),
        account_id: Set(brought.account.0),
        issuer: Set(brought.issuer),
        subject: Set(brought.subject),
        sid: Set(brought.sid),
        id_token: Set(brought.id_token),
        expires_at: Set(expires_at),
    };
    rows::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The second step is done: what waited under its ticket is this session now.
pub async fn settle(
    db: &impl ConnectionTrait,
    ticket: &str,
    session: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = rows::ActiveModel {
        session_id: Set(Some(session)),
        ticket: Set(None),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    rows::Entity::update_many()
        .set(change)
        .filter(Column::Ticket.eq(ticket))
        .exec(db)
        .await
        .map(drop)
}

/// Another session takes the place of this one.
pub async fn follow(
    db: &impl ConnectionTrait,
    before: Uuid,
    session: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = rows::ActiveModel {
        session_id: Set(Some(session)),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    rows::Entity::update_many()
        .set(change)
        .filter(Column::SessionId.eq(before))
        .exec(db)
        .await
        .map(drop)
}

/// What brought a session, if a provider did.
pub async fn of(db: &impl ConnectionTrait, session: Uuid) -> Result<Option<Brought>, DbErr> {
    let row = rows::Entity::find()
        .filter(Column::SessionId.eq(session))
        .one(db)
        .await?;
    Ok(row.map(|row| Brought {
        id: row.id,
        account: AccountId(row.account_id),
        issuer: row.issuer,
        subject: row.subject,
        sid: row.sid,
        id_token: row.id_token,
    }))
}

/// Whose sessions at a provider are meant.
pub fn named(issuer: &str, subject: Option<&str>, sid: Option<&str>) -> Condition {
    let mut named = Condition::all().add(Column::Issuer.eq(issuer));
    if let Some(subject) = subject {
        named = named.add(Column::Subject.eq(subject));
    }
    if let Some(sid) = sid {
        named = named.add(Column::Sid.eq(sid));
    }
    named
}

/// What a provider brought to one account.
pub fn brought_to(account: AccountId, issuer: &str) -> Condition {
    Condition::all()
        .add(Column::AccountId.eq(account.0))
        .add(Column::Issuer.eq(issuer))
}

/// Forgets what was brought that way, and the sign-ins that still wait. Says which sessions are to end with it.
pub async fn forget(
    db: &impl ConnectionTrait,
    named: Condition,
    but: Option<Uuid>,
) -> Result<Vec<(AccountId, Uuid)>, DbErr> {
    let found = rows::Entity::find().filter(named).all(db).await?;
    let mut brought = Vec::new();
    for row in found {
        if row.session_id.is_some() && row.session_id == but {
            continue;
        }
        let account = AccountId(row.account_id);
        brought.extend(row.session_id.map(|session| (account, session)));
        if let Some(ticket) = &row.ticket {
            factors::take_ticket(db, ticket).await?;
        }
        rows::Entity::delete_by_id(row.id).exec(db).await?;
    }
    Ok(brought)
}

/// Takes a logout token; `false` when it was taken before.
pub async fn take_logout(
    db: &impl ConnectionTrait,
    issuer: &str,
    jti: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = logout_tokens::ActiveModel {
        issuer: Set(issuer.to_owned()),
        jti: Set(jti.to_owned()),
        expires_at: Set(expires_at),
    };
    let taken = logout_tokens::Entity::insert(row)
        .on_conflict(any())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(taken, TryInsertResult::Inserted(rows) if rows > 0))
}

/// Drops what belongs to sessions that are over, and logout tokens that would not be believed any more.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    rows::Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    logout_tokens::Entity::delete_many()
        .filter(logout_tokens::Column::ExpiresAt.lte(now))
        .exec(db)
        .await
        .map(drop)
}
