//! The bank's lines as rows: each kept once, never changed; what became of one that waited is a row beside it.

mod rows;

use chassis::rows::{nonsense, put_once};
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierCode, OrderId, RefundId, Vnd};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::Query,
};
use strum::VariantArray;
use uuid::Uuid;

use self::rows::{bank_lines, line_settlements, transfer_references};
use super::{Order, orders, rows::refunds};
use crate::{
    domain::refund::Source,
    statement::{Direction, Line},
    transfer::{self, Found, Place, Reference},
};

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// What the bank said.
    pub line: Line,
    /// What was found out about it when it came.
    pub found: Found,
    /// The order that it names.
    pub order: Option<OrderId>,
    /// When it came.
    pub taken_at: DateTime<Utc>,
}

/// A line to be kept, with how it came.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Its id.
    pub id: Uuid,
    /// The account that it is of.
    pub account: &'a str,
    /// What the bank said.
    pub line: &'a Line,
    /// What was found out about it.
    pub found: Found,
    /// The order that it names.
    pub order: Option<OrderId>,
    /// How it came.
    pub source: transfer::Source,
    /// Who imported it.
    pub officer: Option<AccountId>,
}

impl TryFrom<bank_lines::Model> for Kept {
    type Error = DbErr;
    fn try_from(row: bank_lines::Model) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id,
            line: Line {
                reference: row.reference,
                booked_on: row.booked_on.parse().map_err(|_| nonsense("booking day"))?,
                direction: row.direction.parse().map_err(|_| nonsense("direction"))?,
                amount: Vnd::new(row.amount).map_err(|_| nonsense("amount"))?,
                remitter: row.remitter,
                purpose: row.purpose,
                end_to_end: row.end_to_end,
                reversal: row.reversal,
            },
            found: row.found.parse().map_err(|_| nonsense("finding"))?,
            order: row.order_id.map(OrderId),
            taken_at: row.taken_at,
        })
    }
}

/// What transfers for an order are called; the first asking makes it.
pub async fn reference(
    db: &impl ConnectionTrait,
    order: OrderId,
    now: DateTime<Utc>,
) -> Result<Reference, DbErr> {
    for turn in 0..=u8::MAX {
        let reference = Reference::of(order, turn);
        let row = transfer_references::ActiveModel {
            order_id: Set(order.0),
            reference: Set(reference.to_string()),
            made_at: Set(now),
        };
        let taken = transfer_references::Entity::find()
            .filter(transfer_references::Column::Reference.eq(reference.as_str()))
            .one(db)
            .await?;
        match taken {
            Some(taken) if taken.order_id == order.0 => return Ok(reference),
            Some(_) => {}
            None => {
                put_once(db, row, [transfer_references::Column::OrderId]).await?;
                return Ok(reference);
            }
        }
    }
    Err(nonsense("reference that is free"))
}

/// What transfers for an order are called, once somebody has asked.
pub async fn reference_of(
    db: &impl ConnectionTrait,
    order: OrderId,
) -> Result<Option<Reference>, DbErr> {
    let found = transfer_references::Entity::find_by_id(order.0)
        .one(db)
        .await?;
    let read = |text: &str| {
        Reference::find(text)
            .pop()
            .ok_or_else(|| nonsense("reference"))
    };
    found.map(|row| read(&row.reference)).transpose()
}

/// The orders that these references are of.
pub async fn referred(
    db: &impl ConnectionTrait,
    references: &[Reference],
) -> Result<Vec<OrderId>, DbErr> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let words = references.iter().map(Reference::as_str);
    let rows = transfer_references::Entity::find()
        .filter(transfer_references::Column::Reference.is_in(words))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| OrderId(row.order_id)).collect())
}

/// The latest order of a dossier's code.
pub async fn order_by_code(
    db: &impl ConnectionTrait,
    code: &DossierCode,
) -> Result<Option<Order>, DbErr> {
    let of_code = orders::Entity::find().filter(orders::Column::Code.eq(code.as_str()));
    of_code
        .order_by_desc(orders::Column::OrderedAt)
        .one(db)
        .await?
        .map(Order::try_from)
        .transpose()
}

/// The line that the bank calls this.
pub async fn known(
    db: &impl ConnectionTrait,
    account: &str,
    reference: &str,
) -> Result<Option<Kept>, DbErr> {
    bank_lines::Entity::find()
        .filter(bank_lines::Column::Account.eq(account))
        .filter(bank_lines::Column::Reference.eq(reference))
        .one(db)
        .await?
        .map(Kept::try_from)
        .transpose()
}

/// Keeps a line; `false` when it is there already.
pub async fn keep(
    db: &impl ConnectionTrait,
    new: &New<'_>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let line = new.line.clone();
    let row = bank_lines::ActiveModel {
        id: Set(new.id),
        account: Set(new.account.to_owned()),
        reference: Set(line.reference),
        booked_on: Set(line.booked_on.to_string()),
        direction: Set(line.direction.name().to_owned()),
        amount: Set(line.amount.dong()),
        remitter: Set(line.remitter),
        purpose: Set(line.purpose),
        end_to_end: Set(line.end_to_end),
        reversal: Set(line.reversal),
        found: Set(new.found.name().to_owned()),
        order_id: Set(new.order.map(|order| order.0)),
        source: Set(new.source.to_string()),
        officer: Set(new.officer.map(|officer| officer.0)),
        taken_at: Set(now),
    };
    let key = [bank_lines::Column::Account, bank_lines::Column::Reference];
    put_once(db, row, key).await
}

/// The lines that nobody has settled.
fn unsettled() -> Select<bank_lines::Entity> {
    let waits = Found::VARIANTS.iter().filter(|found| found.waits());
    let mut settled = Query::select();
    settled
        .column(line_settlements::Column::LineId)
        .from(line_settlements::Entity);
    bank_lines::Entity::find()
        .filter(bank_lines::Column::Found.is_in(waits.map(|found| found.name())))
        .filter(bank_lines::Column::Id.not_in_subquery(settled))
}

/// The lines that wait for an officer, oldest first.
pub async fn waiting(db: &impl ConnectionTrait, most: usize) -> Result<Vec<Kept>, DbErr> {
    let rows = unsettled()
        .order_by_asc(bank_lines::Column::TakenAt)
        .order_by_asc(bank_lines::Column::Id)
        .limit(u64::try_from(most).unwrap_or(u64::MAX))
        .all(db)
        .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// These lines, as far as they wait.
pub async fn waiting_of(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Kept>, DbErr> {
    let of_ids = unsettled().filter(bank_lines::Column::Id.is_in(ids.iter().copied()));
    let rows = of_ids.order_by_asc(bank_lines::Column::Id).all(db).await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The line that still waits and that `back` takes back: the same money under the same name, the other way.
pub async fn taken_back(
    db: &impl ConnectionTrait,
    account: &str,
    back: &Line,
) -> Result<Option<Uuid>, DbErr> {
    if back.end_to_end.is_empty() {
        return Ok(None);
    }
    let other_way = match back.direction {
        Direction::Credit => Direction::Debit,
        Direction::Debit => Direction::Credit,
    };
    let found = unsettled()
        .filter(bank_lines::Column::Account.eq(account))
        .filter(bank_lines::Column::EndToEnd.eq(&back.end_to_end))
        .filter(bank_lines::Column::Amount.eq(back.amount.dong()))
        .filter(bank_lines::Column::Direction.eq(other_way.name()))
        .order_by_asc(bank_lines::Column::Id)
        .one(db)
        .await?;
    Ok(found.map(|row| row.id))
}

/// What settles a line.
#[derive(Debug, Clone, Copy)]
pub enum Settlement<'a> {
    /// An officer says which order it is for, and why.
    For(OrderId, AccountId, &'a str),
    /// Another line takes it back.
    Against(Uuid),
    /// It is the transfer that gives a refund back.
    Refund(RefundId),
    /// An officer says where it came from or went, what was kept of it, and why.
    At(Place, Vnd, AccountId, &'a str),
}

/// Settles a line that waits; `false` when it has been settled before.
pub async fn settle(
    db: &impl ConnectionTrait,
    line: Uuid,
    by: Settlement<'_>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let mut row = line_settlements::ActiveModel {
        line_id: Set(line),
        order_id: Set(None),
        against: Set(None),
        refund_id: Set(None),
        account: Set(None),
        charge: Set(0),
        officer: Set(None),
        reason: Set(String::new()),
        settled_at: Set(now),
    };
    match by {
        Settlement::For(order, officer, reason) => {
            row.order_id = Set(Some(order.0));
            row.officer = Set(Some(officer.0));
            row.reason = Set(reason.to_owned());
        }
        Settlement::Against(other) => row.against = Set(Some(other)),
        Settlement::Refund(refund) => row.refund_id = Set(Some(refund.0)),
        Settlement::At(place, charge, officer, reason) => {
            row.account = Set(Some(place.name().to_owned()));
            row.charge = Set(charge.dong());
            row.officer = Set(Some(officer.0));
            row.reason = Set(reason.to_owned());
        }
    }
    put_once(db, row, [line_settlements::Column::LineId]).await
}

/// The outgoing lines of an amount that nobody has settled, oldest first.
pub async fn outgoing_of(db: &impl ConnectionTrait, amount: Vnd) -> Result<Vec<Kept>, DbErr> {
    let rows = unsettled()
        .filter(bank_lines::Column::Found.eq(Found::Outgoing.name()))
        .filter(bank_lines::Column::Amount.eq(amount.dong()))
        .order_by_asc(bank_lines::Column::TakenAt)
        .order_by_asc(bank_lines::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The refunds of an amount that were given back by a transfer which no line of the bank's is known for, each with what was
/// noted about it.
pub async fn refunds_of(
    db: &impl ConnectionTrait,
    amount: Vnd,
) -> Result<Vec<(RefundId, String)>, DbErr> {
    let mut paired = Query::select();
    paired
        .column(line_settlements::Column::RefundId)
        .from(line_settlements::Entity)
        .and_where(line_settlements::Column::RefundId.is_not_null());
    let rows = refunds::Entity::find()
        .filter(refunds::Column::PaidFrom.eq(Source::Bank.name()))
        .filter(refunds::Column::Amount.eq(amount.dong()))
        .filter(refunds::Column::Id.not_in_subquery(paired))
        .order_by_asc(refunds::Column::DoneAt)
        .order_by_asc(refunds::Column::Id)
        .all(db)
        .await?;
    let noted = rows.into_iter();
    Ok(noted.map(|row| (RefundId(row.id), row.reference)).collect())
}
