//! Receipts as rows: numbered with no gap, never changed but for being cancelled.

use chassis::rows::{nonsense, put_once};
use chrono::{DateTime, Utc};
use contracts::{AccountId, OrderId, PersonName, payment::ReceiptNumber};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    prelude::Expr,
};

use super::rows::{receipt_exports, receipt_series, receipts};
use crate::invoices::Word;

/// A receipt as it is kept; what it says of the money stands with its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its number.
    pub number: ReceiptNumber,
    /// Its order.
    pub order: OrderId,
    /// Whose name stands on it.
    pub payer_name: String,
    /// The one that it stands for instead.
    pub replaces: Option<ReceiptNumber>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was cancelled, and why.
    pub cancelled: Option<(DateTime<Utc>, String)>,
    /// What the provider of electronic invoices calls it, once it has it.
    pub invoice: Option<String>,
}

fn number(series: String, number: i64) -> Result<ReceiptNumber, DbErr> {
    let number = u32::try_from(number).map_err(|_| nonsense("receipt number"))?;
    Ok(ReceiptNumber { series, number })
}

impl TryFrom<receipts::Model> for Receipt {
    type Error = DbErr;
    fn try_from(row: receipts::Model) -> Result<Self, DbErr> {
        let replaces = row.replaces_series.zip(row.replaces_number);
        Ok(Self {
            number: number(row.series, row.number)?,
            order: OrderId(row.order_id),
            payer_name: row.payer_name,
            replaces: replaces
                .map(|(series, of)| number(series, of))
                .transpose()?,
            issued_at: row.issued_at,
            cancelled: row.cancelled_at.map(|at| (at, row.reason)),
            invoice: None,
        })
    }
}

/// Issues the next receipt of a series. The series is held until the transaction ends, so that a number is taken with its
/// receipt or not at all.
pub async fn issue(
    db: &impl ConnectionTrait,
    series: &str,
    order: OrderId,
    payer_name: &PersonName,
    replaces: Option<&ReceiptNumber>,
    now: DateTime<Utc>,
) -> Result<ReceiptNumber, DbErr> {
    let begun = receipt_series::ActiveModel {
        series: Set(series.to_owned()),
        last: Set(0),
    };
    put_once(db, begun, [receipt_series::Column::Series]).await?;
    let next = Expr::col(receipt_series::Column::Last).add(1);
    receipt_series::Entity::update_many()
        .col_expr(receipt_series::Column::Last, next)
        .filter(receipt_series::Column::Series.eq(series))
        .exec(db)
        .await?;
    let held = receipt_series::Entity::find_by_id(series).one(db).await?;
    let taken = held.ok_or_else(|| nonsense("receipt series"))?;
    let row = receipts::ActiveModel {
        series: Set(taken.series.clone()),
        number: Set(taken.last),
        order_id: Set(order.0),
        payer_name: Set(payer_name.to_string()),
        replaces_series: Set(replaces.map(|receipt| receipt.series.clone())),
        replaces_number: Set(replaces.map(|receipt| i64::from(receipt.number))),
        issued_at: Set(now),
        cancelled_at: Set(None),
        cancelled_by: Set(None),
        reason: NotSet,
    };
    receipts::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    number(taken.series, taken.last)
}

/// One receipt.
pub async fn receipt(
    db: &impl ConnectionTrait,
    number: &ReceiptNumber,
) -> Result<Option<Receipt>, DbErr> {
    let key = (number.series.clone(), i64::from(number.number));
    let found = receipts::Entity::find_by_id(key).one(db).await?;
    found.map(Receipt::try_from).transpose()
}

/// An order's receipts, oldest first; at most the last one is valid.
pub async fn of_order(db: &impl ConnectionTrait, order: OrderId) -> Result<Vec<Receipt>, DbErr> {
    let found = receipts::Entity::find()
        .filter(receipts::Column::OrderId.eq(order.0))
        .order_by_asc(receipts::Column::IssuedAt)
        .order_by_asc(receipts::Column::Number);
    let rows = found.all(db).await?.into_iter();
    let mut found: Vec<_> = rows.map(Receipt::try_from).collect::<Result<_, _>>()?;
    references(db, &mut found).await?;
    Ok(found)
}

/// Cancels a receipt; `false` when it was cancelled before.
pub async fn cancel(
    db: &impl ConnectionTrait,
    number: &ReceiptNumber,
    by: Option<AccountId>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = receipts::Entity::update_many()
        .set(receipts::ActiveModel {
            cancelled_at: Set(Some(now)),
            cancelled_by: Set(by.map(|officer| officer.0)),
            reason: Set(reason.to_owned()),
            ..Default::default()
        })
        .filter(receipts::Column::Series.eq(&number.series))
        .filter(receipts::Column::Number.eq(i64::from(number.number)))
        .filter(receipts::Column::CancelledAt.is_null())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Notes what the provider of electronic invoices calls a receipt, once.
pub async fn exported(
    db: &impl ConnectionTrait,
    number: &ReceiptNumber,
    word: Word,
    reference: String,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = receipt_exports::ActiveModel {
        series: Set(number.series.clone()),
        number: Set(i64::from(number.number)),
        word: Set(word.name().to_owned()),
        reference: Set(reference),
        exported_at: Set(now),
    };
    let key = [
        receipt_exports::Column::Series,
        receipt_exports::Column::Number,
        receipt_exports::Column::Word,
    ];
    put_once(db, row, key).await
}

/// What the provider of electronic invoices calls the receipts of these numbers, where it has them.
async fn references(db: &impl ConnectionTrait, receipts: &mut [Receipt]) -> Result<(), DbErr> {
    for receipt in receipts {
        let found = receipt_exports::Entity::find()
            .filter(receipt_exports::Column::Series.eq(&receipt.number.series))
            .filter(receipt_exports::Column::Number.eq(i64::from(receipt.number.number)))
            .filter(receipt_exports::Column::Word.eq(Word::Issued.name()))
            .one(db)
            .await?;
        receipt.invoice = found.map(|found| found.reference);
    }
    Ok(())
}
