//! The ledger's rows: posted once a cause, never changed, and compared with what the orders, attempts and the bank's lines say.

use chrono::{DateTime, Utc};
use contracts::OrderId;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ledger::Posting;

mod journal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Option<Uuid>,
        pub cause: String,
        pub debit: String,
        pub credit: String,
        pub amount: i64,
        pub posted_at: DateTimeUtc,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Posts, for an order where one is known; the database refuses a cause that has posted before.
pub async fn post(
    db: &impl ConnectionTrait,
    id: Uuid,
    order: impl Into<Option<OrderId>>,
    posting: &Posting,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = journal::ActiveModel {
        id: Set(id),
        order_id: Set(order.into().map(|order| order.0)),
        cause: Set(posting.cause().to_string()),
        debit: Set(posting.debit().name().to_owned()),
        credit: Set(posting.credit().name().to_owned()),
        amount: Set(posting.amount().dong()),
        posted_at: Set(now),
    };
    journal::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One account: what the ledger says stands in it, and what the orders, attempts and the bank's lines say should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The account.
    pub account: String,
    /// Debit less credit in the ledger, in đồng.
    pub books: i64,
    /// The same from orders, attempts and the bank's lines.
    pub records: i64,
}

/// The sum of all entries: zero, or something is very wrong.
pub async fn balance_of_all(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let rows = read(
        db,
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM entries",
    )
    .await?;
    rows.first().map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// Every account, by the ledger and by what it stands for. A pair that differs is money that one side has lost.
pub async fn balances(db: &impl ConnectionTrait) -> Result<Vec<Balance>, DbErr> {
    // What an officer said a line's money is: debit less credit, with what was kept of it on its way.
    let sql = "
        WITH placed AS (
            SELECT places.account, CAST(COALESCE(SUM(CASE lines.direction WHEN 'credit' THEN -lines.amount ELSE lines.amount END
                - settled.charge), 0) AS BIGINT) AS amount
            FROM (SELECT 'gateway' AS account UNION ALL SELECT 'platform' UNION ALL SELECT 'terminal' UNION ALL SELECT 'treasury'
                UNION ALL SELECT 'charges' UNION ALL SELECT 'differences') AS places
            LEFT JOIN line_settlements AS settled ON settled.account = places.account
            LEFT JOIN bank_lines AS lines ON lines.id = settled.line_id
            GROUP BY places.account
        )
        SELECT expected.account, CAST(COALESCE(SUM(entries.amount), 0) AS BIGINT), expected.amount
        FROM (
            SELECT 'receivable' AS account, CAST(COALESCE(SUM(total), 0) AS BIGINT) AS amount FROM orders WHERE state = 'open'
            UNION ALL
            SELECT 'revenue', (SELECT CAST(COALESCE(-SUM(total), 0) AS BIGINT) FROM orders WHERE state IN ('open', 'paid'))
                + (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds
                    WHERE cause <> 'surplus' AND standing NOT IN ('asked', 'rejected'))
            UNION ALL
            SELECT 'gateway', (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM attempts
                    WHERE progress = 'taken' AND gateway = 'vnpay')
                - (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE paid_from = 'gateway')
                + (SELECT amount FROM placed WHERE account = 'gateway')
            UNION ALL
            SELECT 'platform', (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM attempts
                    WHERE progress = 'taken' AND gateway = 'platform')
                + (SELECT amount FROM placed WHERE account = 'platform')
            UNION ALL
            SELECT 'terminal', (SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM orders WHERE method = 'card')
                + (SELECT amount FROM placed WHERE account = 'terminal')
            UNION ALL
            SELECT 'till', (SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM orders WHERE method = 'cash')
                - (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE paid_from = 'till')
                + (SELECT CAST(COALESCE(SUM(opened_with + COALESCE(counted - expected, 0)
                    - CASE WHEN received_at IS NULL THEN 0 ELSE counted END), 0) AS BIGINT) FROM tills)
            UNION ALL
            SELECT 'treasury', (SELECT CAST(COALESCE(SUM(CASE WHEN received_at IS NULL THEN 0 ELSE counted END - opened_with), 0)
                    AS BIGINT) FROM tills)
                + (SELECT amount FROM placed WHERE account = 'treasury')
            UNION ALL
            SELECT 'charges', (SELECT CAST(COALESCE(SUM(charge), 0) AS BIGINT) FROM line_settlements)
                + (SELECT amount FROM placed WHERE account = 'charges')
            UNION ALL
            SELECT 'differences', (SELECT CAST(COALESCE(SUM(expected - counted), 0) AS BIGINT) FROM tills)
                + (SELECT amount FROM placed WHERE account = 'differences')
            UNION ALL
            SELECT 'bank', CAST(COALESCE(SUM(CASE direction WHEN 'credit' THEN amount ELSE -amount END), 0) AS BIGINT) FROM bank_lines
            UNION ALL
            SELECT 'unallocated', CAST(COALESCE(SUM(CASE direction WHEN 'credit' THEN -amount ELSE amount END), 0) AS BIGINT)
                FROM (
                    SELECT direction, amount FROM bank_lines
                    WHERE found NOT IN ('paid', 'surplus') AND NOT EXISTS (SELECT 1 FROM line_settlements WHERE line_id = bank_lines.id)
                    UNION ALL
                    SELECT 'credit', amount FROM refunds WHERE paid_from = 'bank'
                        AND NOT EXISTS (SELECT 1 FROM line_settlements WHERE refund_id = refunds.id)
                ) AS waiting
            UNION ALL
            SELECT 'owed_back', (SELECT CAST(COALESCE(-SUM(surplus), 0) AS BIGINT) FROM orders)
                - (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds
                    WHERE cause <> 'surplus' AND standing NOT IN ('asked', 'rejected'))
                + (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE standing = 'done')
        ) AS expected
        LEFT JOIN entries ON entries.account = expected.account
        GROUP BY expected.account, expected.amount
        ORDER BY expected.account";
    let balance = |row: &sea_orm::QueryResult| {
        Ok(Balance {
            account: row.try_get_by_index(0)?,
            books: row.try_get_by_index(1)?,
            records: row.try_get_by_index(2)?,
        })
    };
    read(db, sql).await?.iter().map(balance).collect()
}

async fn read(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
}
