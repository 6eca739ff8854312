//! The calls that officers make where no channel reached somebody, as rows.

use chassis::rows::{nonsense, put_once};
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId, PersonName};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, prelude::Expr,
};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::tables::calls;

/// What a call came to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// The person knows.
    Told,
    /// Nobody answered: the call stays open, and anybody may take it.
    NoAnswer,
    /// It is not the person's number.
    WrongNumber,
    /// The person knew already.
    NotNeeded,
}

impl CallResult {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Whether there is nothing left to do.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::NoAnswer)
    }
}

/// A call that is to be made, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is told.
    pub telling: Uuid,
    /// The dossier.
    pub dossier: DossierId,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// Whose task it is, and what they are called.
    pub owner: Option<(AccountId, String)>,
    /// How often somebody called in vain.
    pub tries: u32,
    /// What the last call came to.
    pub result: Option<CallResult>,
    /// What the officer wrote.
    pub note: String,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
}

impl TryFrom<calls::Model> for Call {
    type Error = DbErr;

    fn try_from(row: calls::Model) -> Result<Self, DbErr> {
        let result = row.result.map(|result| result.parse());
        Ok(Self {
            telling: row.telling,
            dossier: DossierId(row.dossier),
            opened_at: row.opened_at,
            owner: row.owner.map(|owner| (AccountId(owner), row.owner_name)),
            tries: u32::try_from(row.tries).map_err(|_| nonsense("number of calls"))?,
            result: result.transpose().map_err(|_| nonsense("result"))?,
            note: row.note,
            done_at: row.done_at,
        })
    }
}

/// Opens a call; one that is there stays as it is.
pub async fn open(
    db: &impl ConnectionTrait,
    telling: Uuid,
    dossier: DossierId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = calls::ActiveModel {
        telling: Set(telling),
        dossier: Set(dossier.0),
        opened_at: Set(now),
        ..Default::default()
    };
    put_once(db, row, [calls::Column::Telling]).await
}

/// The calls that wait or are being made, oldest first.
pub async fn waiting(db: &impl ConnectionTrait, skip: u64, most: u64) -> Result<Vec<Call>, DbErr> {
    let rows = calls::Entity::find()
        .filter(calls::Column::DoneAt.is_null())
        .order_by_asc(calls::Column::OpenedAt)
        .order_by_asc(calls::Column::Telling)
        .offset(skip)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Call::try_from).collect()
}

/// One call.
pub async fn find(db: &impl ConnectionTrait, telling: Uuid) -> Result<Option<Call>, DbErr> {
    let row = calls::Entity::find_by_id(telling).one(db).await?;
    row.map(Call::try_from).transpose()
}

/// Makes an officer the owner of a call that nobody else has; whether they are now.
pub async fn claim(
    db: &impl ConnectionTrait,
    telling: Uuid,
    officer: AccountId,
    name: &PersonName,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = calls::ActiveModel {
        owner: Set(Some(officer.0)),
        owner_name: Set(name.to_string()),
        claimed_at: Set(Some(now)),
        ..Default::default()
    };
    let own = calls::Column::Owner.eq(officer.0);
    let done = calls::Entity::update_many()
        .set(row)
        .filter(calls::Column::Telling.eq(telling))
        .filter(calls::Column::DoneAt.is_null())
        .filter(calls::Column::Owner.is_null().or(own))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a call back, so that another officer can make it; whether it was the officer's.
pub async fn release(
    db: &impl ConnectionTrait,
    telling: Uuid,
    officer: AccountId,
) -> Result<bool, DbErr> {
    let row = calls::ActiveModel {
        owner: Set(None),
        owner_name: Set(String::new()),
        claimed_at: Set(None),
        ..Default::default()
    };
    let done = own(telling, officer).set(row).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// Writes down what an officer's own call came to; whether it was theirs and open.
pub async fn conclude(
    db: &impl ConnectionTrait,
    telling: Uuid,
    officer: AccountId,
    result: CallResult,
    note: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = calls::ActiveModel {
        result: Set(Some(result.name().to_owned())),
        note: Set(note.to_owned()),
        done_at: Set(result.is_final().then_some(now)),
        ..Default::default()
    };
    let one_more = Expr::col(calls::Column::Tries).add(1);
    let done = own(telling, officer)
        .set(row)
        .col_expr(calls::Column::Tries, one_more)
        .exec(db)
        .await?;
    if done.rows_affected == 1 && !result.is_final() {
        release(db, telling, officer).await?;
    }
    Ok(done.rows_affected == 1)
}

fn own(telling: Uuid, officer: AccountId) -> sea_orm::UpdateMany<calls::Entity> {
    calls::Entity::update_many()
        .filter(calls::Column::Telling.eq(telling))
        .filter(calls::Column::Owner.eq(officer.0))
        .filter(calls::Column::DoneAt.is_null())
}
