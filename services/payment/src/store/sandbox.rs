//! The pretend bank's own books.

pub mod platform;

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, Utc};
use contracts::Vnd;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, prelude::Expr,
};

use crate::sandbox::{
    bank::{Asked, Transaction},
    settlement::Settled,
};

mod transactions {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_transactions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub txn_ref: String,
        pub asked: String,
        pub code: String,
        pub status: String,
        pub refunded: i64,
        pub decided_at: DateTimeUtc,
        pub tries: i64,
        pub last_reply: String,
        pub refund_status: String,
        pub unanswered: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod refunds {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: String,
        pub txn_ref: String,
        pub amount: i64,
        pub refunded_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The bank's next number.
pub async fn next_number(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last = transactions::Entity::find()
        .order_by_desc(transactions::Column::Number)
        .one(db)
        .await?;
    Ok(last.map_or(14_000_001, |last| last.number + 1))
}

/// Keeps a decision; `false` when this payment was decided before.
pub async fn decide(db: &impl ConnectionTrait, decided: &Transaction) -> Result<bool, DbErr> {
    let row = transactions::ActiveModel {
        number: Set(decided.number),
        txn_ref: Set(decided.asked.txn_ref.clone()),
        asked: Set(json(&decided.asked)?),
        code: Set(decided.code.clone()),
        status: Set(decided.status.clone()),
        refunded: Set(decided.refunded.dong()),
        decided_at: Set(decided.decided_at),
        tries: Set(0),
        last_reply: Set(String::new()),
        refund_status: Set(decided.refund_status.clone()),
        unanswered: Set(i32::from(decided.unanswered)),
    };
    put_once(db, row, [transactions::Column::TxnRef]).await
}

/// What the bank has on a payment.
pub async fn transaction(
    db: &impl ConnectionTrait,
    txn_ref: &str,
) -> Result<Option<Transaction>, DbErr> {
    let found = transactions::Entity::find()
        .filter(transactions::Column::TxnRef.eq(txn_ref))
        .one(db)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let refunded = Vnd::new(row.refunded).map_err(|_| nonsense("amount"))?;
    let last = refunds::Entity::find()
        .filter(refunds::Column::TxnRef.eq(txn_ref))
        .order_by_desc(refunds::Column::RefundedAt)
        .one(db)
        .await?;
    let last = last.map(|last| match Vnd::new(last.amount) {
        Ok(amount) => Ok((amount, last.refunded_at)),
        Err(_) => Err(nonsense("amount")),
    });
    Ok(Some(Transaction {
        asked: read::<Asked>("request", &row.asked)?,
        number: row.number,
        code: row.code,
        status: row.status,
        decided_at: row.decided_at,
        refunded,
        refund_status: row.refund_status,
        last_refund: last.transpose()?,
        unanswered: u8::try_from(row.unanswered).map_err(|_| nonsense("number of calls"))?,
    }))
}

/// Counts a call that gets no answer; `false` when calls about this payment are answered.
pub async fn leave_unanswered(db: &impl ConnectionTrait, txn_ref: &str) -> Result<bool, DbErr> {
    let one_less = Expr::col(transactions::Column::Unanswered).sub(1);
    let change = transactions::Entity::update_many()
        .col_expr(transactions::Column::Unanswered, one_less)
        .filter(transactions::Column::TxnRef.eq(txn_ref))
        .filter(transactions::Column::Unanswered.gt(0));
    Ok(change.exec(db).await?.rows_affected > 0)
}

/// Notes that a notification was said and what was answered.
pub async fn said(db: &impl ConnectionTrait, txn_ref: &str, reply: &str) -> Result<(), DbErr> {
    let more = Expr::col(transactions::Column::Tries).add(1);
    let change = transactions::Entity::update_many()
        .col_expr(transactions::Column::Tries, more)
        .col_expr(transactions::Column::LastReply, Expr::value(reply));
    change
        .filter(transactions::Column::TxnRef.eq(txn_ref))
        .exec(db)
        .await
        .map(drop)
}

/// Whether a request to give money back was heard before.
pub async fn has_heard(db: &impl ConnectionTrait, request_id: &str) -> Result<bool, DbErr> {
    let found = refunds::Entity::find_by_id(request_id).one(db).await?;
    Ok(found.is_some())
}

/// Gives back up to `refunded` in all; `false` when this request was heard before.
pub async fn refund(
    db: &impl ConnectionTrait,
    request_id: &str,
    txn_ref: &str,
    amount: Vnd,
    refunded: Vnd,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = refunds::ActiveModel {
        request_id: Set(request_id.to_owned()),
        txn_ref: Set(txn_ref.to_owned()),
        amount: Set(amount.dong()),
        refunded_at: Set(now),
    };
    if !put_once(db, row, [refunds::Column::RequestId]).await? {
        return Ok(false);
    }
    let change = transactions::Entity::update_many()
        .col_expr(transactions::Column::Refunded, Expr::value(refunded.dong()))
        .filter(transactions::Column::TxnRef.eq(txn_ref));
    change
        .exec(db)
        .await
        .map(|changed| changed.rows_affected == 1)
}

/// What was settled on one day: the payments that took money and the refunds, each as its number, our reference, the amount (a
/// refund's below zero) and the bank.
pub async fn settled(
    db: &impl ConnectionTrait,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Settled>, DbErr> {
    let taken = transactions::Entity::find()
        .filter(transactions::Column::DecidedAt.gte(from))
        .filter(transactions::Column::DecidedAt.lt(until))
        .filter(transactions::Column::Status.eq("00"))
        .order_by_asc(transactions::Column::Number)
        .all(db)
        .await?;
    let mut settled = Vec::with_capacity(taken.len());
    for row in taken {
        let asked = read::<Asked>("request", &row.asked)?;
        settled.push(Settled {
            number: row.number.to_string(),
            txn_ref: row.txn_ref,
            dong: asked.amount.dong(),
            at: row.decided_at,
        });
    }
    let back = refunds::Entity::find()
        .filter(refunds::Column::RefundedAt.gte(from))
        .filter(refunds::Column::RefundedAt.lt(until))
        .order_by_asc(refunds::Column::RefundedAt)
        .all(db)
        .await?;
    settled.extend(back.into_iter().map(|row| Settled {
        number: row.request_id,
        txn_ref: row.txn_ref,
        dong: -row.amount,
        at: row.refunded_at,
    }));
    Ok(settled)
}
