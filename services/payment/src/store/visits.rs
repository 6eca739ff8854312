//! Visits to a gateway as rows, and what the gateways said about them.

use chrono::{DateTime, Utc};
use contracts::{DossierId, OrderId, Vnd};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QueryResult, Statement,
    prelude::Expr,
};
use uuid::Uuid;

use super::{
    Attempt,
    rows::{attempts, notices},
};
use crate::{
    domain::{self, Progress},
    port::{Notice, Reply},
};

/// Keeps a new attempt.
pub async fn try_pay(
    db: &impl ConnectionTrait,
    order: OrderId,
    attempt: &domain::Attempt,
    ip: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = attempts::ActiveModel {
        txn_ref: Set(attempt.txn_ref.clone()),
        order_id: Set(order.0),
        amount: Set(attempt.amount.dong()),
        progress: Set(attempt.progress.name().to_owned()),
        ip: Set(ip.to_owned()),
        created_at: Set(now),
        expires_at: Set(attempt.expires_at),
        bank_code: NotSet,
        transaction_no: NotSet,
        bank: NotSet,
        told_at: Set(None),
        gateway: Set(attempt.through.name().to_owned()),
        pay_url: NotSet,
    };
    attempts::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Notes where the platform lets the payer pay.
pub async fn opened(db: &impl ConnectionTrait, txn_ref: &str, pay_url: &str) -> Result<(), DbErr> {
    let change = attempts::Entity::update_many()
        .col_expr(attempts::Column::PayUrl, Expr::value(pay_url))
        .filter(attempts::Column::TxnRef.eq(txn_ref));
    change.exec(db).await.map(drop)
}

/// One attempt.
pub async fn attempt(db: &impl ConnectionTrait, txn_ref: &str) -> Result<Option<Attempt>, DbErr> {
    attempts::Entity::find_by_id(txn_ref)
        .one(db)
        .await?
        .map(Attempt::try_from)
        .transpose()
}

/// An order's attempts, oldest first.
pub async fn attempts(db: &impl ConnectionTrait, order: OrderId) -> Result<Vec<Attempt>, DbErr> {
    let of_order = attempts::Entity::find().filter(attempts::Column::OrderId.eq(order.0));
    let rows = of_order
        .order_by_asc(attempts::Column::TxnRef)
        .all(db)
        .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// The attempts whose visit is over and that the bank has not told about, or of which its file tells what nobody knows here;
/// each with its dossier.
pub async fn to_ask_about(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    most: u64,
) -> Result<Vec<(String, DossierId)>, DbErr> {
    let sql = format!(
        "SELECT attempts.txn_ref, orders.dossier_id FROM attempts JOIN orders ON orders.id = attempts.order_id
         WHERE (progress IN ('pending', 'suspected') AND attempts.expires_at < $1)
         OR (progress = 'declined' AND EXISTS (SELECT 1 FROM gateway_lines
             WHERE gateway_lines.txn_ref = attempts.txn_ref AND kind = 'payment'))
         ORDER BY attempts.created_at LIMIT {most}"
    );
    let backend = db.get_database_backend();
    let found = db
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [now.into()]))
        .await?;
    let read = |row: &QueryResult| {
        let (txn_ref, dossier): (String, Uuid) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok((txn_ref, DossierId(dossier)))
    };
    found.iter().map(read).collect()
}

/// Writes the bank's word on an attempt; `false` when it is not where it was thought to be.
pub async fn told(
    db: &impl ConnectionTrait,
    from: Progress,
    to: Progress,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = attempts::Entity::update_many()
        .set(attempts::ActiveModel {
            progress: Set(to.name().to_owned()),
            bank_code: Set(notice.code.clone()),
            transaction_no: Set(notice.transaction_no.clone()),
            bank: Set(notice.bank.clone()),
            told_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(
            Condition::all()
                .add(attempts::Column::TxnRef.eq(&notice.txn_ref))
                .add(attempts::Column::Progress.eq(from.name())),
        )
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Keeps what the bank said and what it was answered, whatever came of it.
pub async fn heard(
    db: &impl ConnectionTrait,
    id: Uuid,
    by: &str,
    notice: &Notice,
    reply: Reply,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = notices::ActiveModel {
        id: Set(id),
        heard_by: Set(by.to_owned()),
        txn_ref: Set(notice.txn_ref.clone()),
        amount: Set(notice.amount.map(Vnd::dong)),
        bank_code: Set(notice.code.clone()),
        transaction_no: Set(notice.transaction_no.clone()),
        reply: Set(reply.words().0.to_owned()),
        heard_at: Set(now),
        gateway: Set(notice.through.name().to_owned()),
    };
    notices::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}
