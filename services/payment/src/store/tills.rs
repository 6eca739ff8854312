//! Tills as rows, with what went through each.

mod rows;

use chassis::rows::nonsense;
use chrono::{DateTime, Utc};
use contracts::{AccountId, OrderId, PersonName, RefundId, Vnd};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use self::rows::{till_moves, tills};
use super::vnd;
use crate::domain::till::{self, Count, Stage};

/// What went through a till.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MoveKind {
    /// A fee in cash.
    Cash,
    /// A fee by card.
    Card,
    /// A refund in cash.
    Refund,
}

/// One movement of money through a till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillMove {
    /// Its order.
    pub order: OrderId,
    /// The refund that was paid out, if it was one.
    pub refund: Option<RefundId>,
    /// What it was.
    pub kind: MoveKind,
    /// How much.
    pub amount: Vnd,
    /// The number on the card terminal's slip; empty for cash.
    pub slip: String,
    /// When.
    pub moved_at: DateTime<Utc>,
}

/// A till as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    /// What the rules look at.
    pub rules: till::Till,
    /// Whose it is.
    pub officer_name: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// How it was counted, once it was.
    pub closing: Option<Closing>,
    /// Who received it, and when.
    pub received: Option<(String, DateTime<Utc>)>,
}

/// How a till was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The cash that the books expected, in đồng.
    pub expected: i64,
    /// What was counted.
    pub counted: Count,
    /// What the books expected by card.
    pub card_expected: Vnd,
    /// Why they differ.
    pub note: String,
    /// When.
    pub closed_at: DateTime<Utc>,
}

impl Closing {
    /// The cash beyond what the books expected; below zero where it was short.
    pub const fn over(&self) -> i64 {
        self.counted.cash.dong() - self.expected
    }

    /// The same by card.
    pub const fn card_over(&self) -> i64 {
        self.counted.card.dong() - self.card_expected.dong()
    }
}

fn closing(row: &tills::Model) -> Result<Option<Closing>, DbErr> {
    let Some(closed_at) = row.closed_at else {
        return Ok(None);
    };
    let told = |amount: Option<i64>| amount.ok_or_else(|| nonsense("count"));
    Ok(Some(Closing {
        expected: told(row.expected)?,
        counted: Count {
            cash: vnd(told(row.counted)?)?,
            card: vnd(told(row.card_counted)?)?,
        },
        card_expected: vnd(told(row.card_expected)?)?,
        note: row.note.clone(),
        closed_at,
    }))
}

async fn filled(db: &impl ConnectionTrait, row: tills::Model) -> Result<Till, DbErr> {
    let closing = closing(&row)?;
    let sums: Vec<(String, i64)> = till_moves::Entity::find()
        .select_only()
        .column(till_moves::Column::Kind)
        .column_as(
            sea_orm::sea_query::ExprTrait::cast_as(till_moves::Column::Amount.sum(), "bigint"),
            "sum",
        )
        .filter(till_moves::Column::TillId.eq(row.id))
        .group_by(till_moves::Column::Kind)
        .into_tuple()
        .all(db)
        .await?;
    let sum = |kind: MoveKind| {
        let name: &str = kind.into();
        let found = sums.iter().find(|(of, _)| of == name);
        vnd(found.map_or(0, |(_, sum)| *sum))
    };
    let stage = match (&closing, row.received_at) {
        (None, _) => Stage::Open,
        (Some(closing), None) => Stage::Closed(closing.counted.cash),
        (Some(_), Some(_)) => Stage::Received,
    };
    Ok(Till {
        rules: till::Till {
            id: row.id,
            officer: AccountId(row.officer),
            opened_with: vnd(row.opened_with)?,
            taken: sum(MoveKind::Cash)?,
            paid_out: sum(MoveKind::Refund)?,
            card: sum(MoveKind::Card)?,
            stage,
        },
        officer_name: row.officer_name,
        opened_at: row.opened_at,
        closing,
        received: row.received_at.map(|at| (row.received_name, at)),
    })
}

/// An officer's open till, kept from being closed by others until the transaction ends.
pub async fn hold_open(
    db: &impl ConnectionTrait,
    officer: AccountId,
) -> Result<Option<Till>, DbErr> {
    let found = tills::Entity::find()
        .filter(tills::Column::Officer.eq(officer.0))
        .filter(tills::Column::ClosedAt.is_null())
        .lock_exclusive()
        .one(db)
        .await?;
    match found {
        Some(row) => filled(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// One till, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Till>, DbErr> {
    match tills::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?
    {
        Some(row) => filled(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// An officer's open till.
pub async fn open_of(db: &impl ConnectionTrait, officer: AccountId) -> Result<Option<Till>, DbErr> {
    let found = tills::Entity::find()
        .filter(tills::Column::Officer.eq(officer.0))
        .filter(tills::Column::ClosedAt.is_null())
        .one(db)
        .await?;
    match found {
        Some(row) => filled(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// The tills that are counted, those that nobody received first, then the latest.
pub async fn closed(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Till>, DbErr> {
    let rows = tills::Entity::find()
        .filter(tills::Column::ClosedAt.is_not_null())
        .order_by_desc(tills::Column::ReceivedAt.is_null())
        .order_by_desc(tills::Column::ClosedAt)
        .limit(most)
        .all(db)
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push(filled(db, row).await?);
    }
    Ok(found)
}

/// What went through a till, oldest first.
pub async fn moves(db: &impl ConnectionTrait, till: Uuid) -> Result<Vec<TillMove>, DbErr> {
    let rows = till_moves::Entity::find()
        .filter(till_moves::Column::TillId.eq(till))
        .order_by_asc(till_moves::Column::MovedAt)
        .order_by_asc(till_moves::Column::Id)
        .all(db)
        .await?;
    let read = |row: till_moves::Model| {
        Ok(TillMove {
            order: OrderId(row.order_id),
            refund: row.refund_id.map(RefundId),
            kind: row.kind.parse().map_err(|_| nonsense("kind"))?,
            amount: vnd(row.amount)?,
            slip: row.slip,
            moved_at: row.moved_at,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Opens a till. The database lets no officer have two.
pub async fn open(
    db: &impl ConnectionTrait,
    id: Uuid,
    officer: (AccountId, &PersonName),
    with: Vnd,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = tills::ActiveModel {
        id: Set(id),
        officer: Set(officer.0.0),
        officer_name: Set(officer.1.to_string()),
        opened_with: Set(with.dong()),
        opened_at: Set(now),
        note: NotSet,
        received_name: NotSet,
        ..Default::default()
    };
    tills::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Notes what went through a till.
pub async fn note(
    db: &impl ConnectionTrait,
    id: Uuid,
    till: Uuid,
    moved: &TillMove,
) -> Result<(), DbErr> {
    let kind: &str = moved.kind.into();
    let row = till_moves::ActiveModel {
        id: Set(id),
        till_id: Set(till),
        order_id: Set(moved.order.0),
        refund_id: Set(moved.refund.map(|refund| refund.0)),
        kind: Set(kind.to_owned()),
        amount: Set(moved.amount.dong()),
        slip: Set(moved.slip.clone()),
        moved_at: Set(moved.moved_at),
    };
    till_moves::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Closes a till; `false` when it is closed already.
pub async fn close(
    db: &impl ConnectionTrait,
    till: &till::Till,
    counted: Count,
    note: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = tills::Entity::update_many()
        .set(tills::ActiveModel {
            expected: Set(Some(till.expected())),
            counted: Set(Some(counted.cash.dong())),
            card_expected: Set(Some(till.card.dong())),
            card_counted: Set(Some(counted.card.dong())),
            note: Set(note.to_owned()),
            closed_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(tills::Column::Id.eq(till.id))
        .filter(tills::Column::ClosedAt.is_null())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Notes who received a till; `false` when somebody did already.
pub async fn receive(
    db: &impl ConnectionTrait,
    till: Uuid,
    by: (AccountId, &PersonName),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = tills::Entity::update_many()
        .set(tills::ActiveModel {
            received_by: Set(Some(by.0.0)),
            received_name: Set(by.1.to_string()),
            received_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(tills::Column::Id.eq(till))
        .filter(tills::Column::ClosedAt.is_not_null())
        .filter(tills::Column::ReceivedAt.is_null())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}
