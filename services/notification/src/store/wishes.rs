//! What people want, and the browsers that they want to be noted in, as rows.

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, NaiveTime, Timelike, Utc};
use contracts::AccountId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Insert, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use super::tables::{preferences, subscriptions};
use crate::domain::preferences::{Preferences, Quiet};

/// The most browsers of one person: the oldest makes room.
const BROWSERS: u64 = 10;

fn minutes(time: NaiveTime) -> i32 {
    i32::try_from(time.num_seconds_from_midnight() / 60).unwrap_or_default()
}

fn time(minutes: i32) -> Result<NaiveTime, DbErr> {
    let seconds = u32::try_from(minutes).ok().map(|minutes| minutes * 60);
    let time =
        seconds.and_then(|seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0));
    time.ok_or_else(|| nonsense("time of day"))
}

fn read_row(row: preferences::Model) -> Result<Preferences, DbErr> {
    let quiet = match (row.quiet_from, row.quiet_to) {
        (Some(from), Some(to)) => Some(Quiet {
            from: time(from)?,
            to: time(to)?,
        }),
        _ => None,
    };
    Ok(Preferences {
        language: row.language.parse().map_err(|_| nonsense("language"))?,
        quiet,
        is_digest: row.is_digest,
        off: read("channels that are off", &row.off)?,
    })
}

/// What some people said they want; nothing of whoever said nothing.
pub async fn of(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<(AccountId, Preferences)>, DbErr> {
    let accounts = accounts.into_iter().map(|account| account.0);
    let theirs = preferences::Entity::find().filter(preferences::Column::Account.is_in(accounts));
    let rows = theirs.all(db).await?;
    rows.into_iter()
        .map(|row| Ok((AccountId(row.account), read_row(row)?)))
        .collect()
}

/// What a person said they want.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<Preferences>, DbErr> {
    Ok(of(db, [account]).await?.pop().map(|(_, wanted)| wanted))
}

/// Keeps what a person wants.
pub async fn keep(
    db: &impl ConnectionTrait,
    account: AccountId,
    wanted: &Preferences,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = preferences::ActiveModel {
        account: Set(account.0),
        language: Set(wanted.language.name().to_owned()),
        quiet_from: Set(wanted.quiet.map(|quiet| minutes(quiet.from))),
        quiet_to: Set(wanted.quiet.map(|quiet| minutes(quiet.to))),
        is_digest: Set(wanted.is_digest),
        off: Set(json(&wanted.off)?),
        changed_at: Set(now),
    };
    let again = OnConflict::column(preferences::Column::Account)
        .update_columns([
            preferences::Column::Language,
            preferences::Column::QuietFrom,
            preferences::Column::QuietTo,
            preferences::Column::IsDigest,
            preferences::Column::Off,
            preferences::Column::ChangedAt,
        ])
        .to_owned();
    Insert::one(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// A browser that its owner wants to be noted in.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Names it.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// Where notes go.
    pub endpoint: String,
    /// The whole subscription as the browser gave it.
    pub keys: String,
}

impl From<subscriptions::Model> for Subscription {
    fn from(row: subscriptions::Model) -> Self {
        Self {
            id: row.id,
            account: AccountId(row.account),
            endpoint: row.endpoint,
            keys: row.keys,
        }
    }
}

/// The browsers of some people, newest first.
pub async fn browsers(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<Subscription>, DbErr> {
    let accounts = accounts.into_iter().map(|account| account.0);
    let theirs =
        subscriptions::Entity::find().filter(subscriptions::Column::Account.is_in(accounts));
    let rows = theirs
        .order_by_desc(subscriptions::Column::MadeAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Subscription::from).collect())
}

/// Keeps a browser. One that somebody else used before is this person's from now on.
pub async fn subscribe(
    db: &impl ConnectionTrait,
    browser: &Subscription,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    unsubscribe(db, None, &browser.endpoint).await?;
    let row = subscriptions::ActiveModel {
        id: Set(browser.id),
        account: Set(browser.account.0),
        endpoint: Set(browser.endpoint.clone()),
        keys: Set(browser.keys.clone()),
        made_at: Set(now),
    };
    put_once(db, row, [subscriptions::Column::Endpoint]).await?;
    let older = subscriptions::Entity::find()
        .filter(subscriptions::Column::Account.eq(browser.account.0))
        .order_by_desc(subscriptions::Column::MadeAt)
        .order_by_desc(subscriptions::Column::Id)
        .limit(BROWSERS)
        .offset(BROWSERS)
        .all(db)
        .await?;
    let older = older.into_iter().map(|row| row.id);
    subscriptions::Entity::delete_many()
        .filter(subscriptions::Column::Id.is_in(older))
        .exec(db)
        .await
        .map(drop)
}

/// Forgets a browser, of `account` only where one is named; whether there was one.
pub async fn unsubscribe(
    db: &impl ConnectionTrait,
    account: Option<AccountId>,
    endpoint: &str,
) -> Result<bool, DbErr> {
    let mut named =
        subscriptions::Entity::delete_many().filter(subscriptions::Column::Endpoint.eq(endpoint));
    if let Some(account) = account {
        named = named.filter(subscriptions::Column::Account.eq(account.0));
    }
    Ok(named.exec(db).await?.rows_affected > 0)
}
