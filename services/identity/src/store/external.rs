//! Who people are at providers, and what is under way there, as rows.

use chrono::{DateTime, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, TryInsertResult,
};
use uuid::Uuid;

use super::{any, nonsense};
use crate::{
    domain::{Assurance, Told},
    oidc::begin::Purpose,
};

mod identities {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "external_identities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub issuer: String,
        pub subject: String,
        pub account_id: Uuid,
        pub assurance: i16,
        pub kind: String,
        pub tax_code: Option<String>,
        pub linked_at: DateTimeUtc,
        pub last_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod requests {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "provider_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub state: String,
        pub browser: String,
        pub provider: String,
        pub purpose: String,
        pub account_id: Option<Uuid>,
        pub session_id: Option<Uuid>,
        pub acr: Option<String>,
        pub max_age: Option<i64>,
        pub back: String,
        pub expires_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A sign-in under way at a provider.
pub struct Request {
    /// Which.
    pub provider: String,
    /// What for.
    pub purpose: Purpose,
    /// Where to go afterwards.
    pub back: String,
    /// The context that was asked for.
    pub acr: Option<String>,
    /// How long ago they may have signed in there, in seconds.
    pub max_age: Option<u32>,
}

/// Keeps what was begun, under the digests of what names it.
pub async fn keep_request(
    db: &impl ConnectionTrait,
    state: &str,
    browser: &str,
    request: &Request,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (account, session) = request.purpose.who();
    let row = requests::ActiveModel {
        state: Set(state.to_owned()),
        browser: Set(browser.to_owned()),
        provider: Set(request.provider.clone()),
        purpose: Set(request.purpose.name().to_owned()),
        account_id: Set(account.map(|account| account.0)),
        session_id: Set(session),
        acr: Set(request.acr.clone()),
        max_age: Set(request.max_age.map(i64::from)),
        back: Set(request.back.clone()),
        expires_at: Set(expires_at),
    };
    requests::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Takes what was begun at this provider in this browser, once.
pub async fn take_request(
    db: &impl ConnectionTrait,
    state: &str,
    browser: &str,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<Option<Request>, DbErr> {
    use requests::Column;
    let row = requests::Entity::find_by_id(state)
        .filter(Column::Browser.eq(browser))
        .filter(Column::Provider.eq(provider))
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let taken = requests::Entity::delete_by_id(state).exec(db).await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    let account = row.account_id.map(AccountId);
    let purpose = Purpose::read(&row.purpose, account, row.session_id);
    Ok(Some(Request {
        provider: row.provider,
        purpose: purpose.ok_or_else(|| nonsense("purpose"))?,
        back: row.back,
        acr: row.acr,
        max_age: row.max_age.and_then(|seconds| seconds.try_into().ok()),
    }))
}

/// Who somebody is at a provider.
pub struct Identity {
    /// Names it here.
    pub id: Uuid,
    /// Whose it is.
    pub account: AccountId,
    /// The provider.
    pub issuer: String,
    /// What it names them by.
    pub subject: String,
    /// How surely they were known at the newest sign-in.
    pub assurance: Option<Assurance>,
    /// An organisation's tax code.
    pub tax_code: Option<String>,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When they last came that way.
    pub last_at: DateTime<Utc>,
}

impl From<identities::Model> for Identity {
    fn from(row: identities::Model) -> Self {
        let level = u8::try_from(row.assurance).ok();
        Self {
            id: row.id,
            account: AccountId(row.account_id),
            issuer: row.issuer,
            subject: row.subject,
            assurance: level.and_then(Assurance::of_level),
            tax_code: row.tax_code,
            linked_at: row.linked_at,
            last_at: row.last_at,
        }
    }
}

/// Whom a provider means.
pub async fn find(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<Identity>, DbErr> {
    use identities::Column;
    let row = identities::Entity::find()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(row.map(Identity::from))
}

/// Who somebody is at all providers, the first linked first.
pub async fn of(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Identity>, DbErr> {
    use identities::Column;
    let rows = identities::Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_asc(Column::LinkedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// Links who somebody is at a provider with their account; `false` when it is linked with one already.
pub async fn link(
    db: &impl ConnectionTrait,
    id: Uuid,
    account: AccountId,
    issuer: &str,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = identities::ActiveModel {
        id: Set(id),
        issuer: Set(issuer.to_owned()),
        subject: Set(told.subject.clone()),
        account_id: Set(account.0),
        assurance: Set(told.assurance.level().into()),
        kind: Set(told.kind.name().to_owned()),
        tax_code: Set(told.tax_code.clone()),
        linked_at: Set(now),
        last_at: Set(now),
    };
    let linked = identities::Entity::insert(row)
        .on_conflict(any())
        .try_insert()
        .exec_without_returning(db)
        .await?;
    Ok(matches!(linked, TryInsertResult::Inserted(rows) if rows > 0))
}

/// Notes that somebody came in that way.
pub async fn note(
    db: &impl ConnectionTrait,
    id: Uuid,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = identities::ActiveModel {
        assurance: Set(told.assurance.level().into()),
        tax_code: Set(told.tax_code.clone()),
        last_at: Set(now),
        ..Default::default()
    };
    identities::Entity::update_many()
        .set(change)
        .filter(identities::Column::Id.eq(id))
        .exec(db)
        .await
        .map(drop)
}

/// Unlinks one; `false` when this account has none such.
pub async fn unlink(
    db: &impl ConnectionTrait,
    account: AccountId,
    id: Uuid,
) -> Result<bool, DbErr> {
    let theirs = Condition::all()
        .add(identities::Column::Id.eq(id))
        .add(identities::Column::AccountId.eq(account.0));
    let gone = identities::Entity::delete_many()
        .filter(theirs)
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Drops what no rule looks at any more, of all that has to do with providers.
pub async fn drop_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    requests::Entity::delete_many()
        .filter(requests::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    super::provider_sessions::drop_old(db, now).await
}
