//! The peer: the statements of a notification, alone, on copies of the same tables with the same rows.

use chassis::{Clock, StartError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait, Value,
};
use uuid::Uuid;

use super::{
    Till, failed,
    shop::{Shop, connect},
};

/// What the gateway says of a payment, and what is said of it, in length.
const EVENT: &str = r#"{"order":"0199e3a0-0000-7000-8000-000000000004","dossier":"0199e3a0-0000-7000-8000-000000000001","total":16000,"method":"vnpay","paid_at":"2026-10-08T02:15:00Z"}"#;
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const COPY: &str = "
    CREATE SCHEMA bare;
    CREATE TABLE bare.orders (LIKE payment.orders INCLUDING ALL);
    CREATE TABLE bare.attempts (LIKE payment.attempts INCLUDING ALL);
    CREATE TABLE bare.journal (LIKE payment.journal INCLUDING ALL);
    CREATE TABLE bare.notices (LIKE payment.notices INCLUDING ALL);
    CREATE TABLE bare.outbox (LIKE payment.outbox INCLUDING ALL);
    INSERT INTO bare.orders SELECT * FROM payment.orders;
    INSERT INTO bare.attempts SELECT * FROM payment.attempts;
    INSERT INTO bare.journal SELECT * FROM payment.journal;
    ALTER TABLE bare.journal ADD FOREIGN KEY (order_id) REFERENCES bare.orders (id);
    ALTER TABLE bare.attempts ADD FOREIGN KEY (order_id) REFERENCES bare.orders (id);
    ANALYZE bare.orders, bare.attempts, bare.journal;";

const READ_ATTEMPT: &str = "SELECT * FROM bare.attempts WHERE txn_ref = $1";
const HOLD_ORDER: &str = "SELECT * FROM bare.orders WHERE id = $1 FOR UPDATE";
const TELL_ATTEMPT: &str = "UPDATE bare.attempts SET progress = 'taken', bank_code = '00', transaction_no = '14123456', \
    bank = 'NCB', told_at = now() WHERE txn_ref = $1 AND progress = 'pending'";
const POST: &str = "INSERT INTO bare.journal (id, order_id, cause, debit, credit, amount, posted_at) \
    VALUES ($1, $2, $3, 'gateway', 'receivable', 16000, now())";
const PAY: &str = "UPDATE bare.orders SET state = 'paid', method = 'vnpay', paid_at = now(), officer = NULL, officer_name = '' \
    WHERE id = $1 AND state IN ('open', 'expired')";
const HEAR: &str = "INSERT INTO bare.notices (id, heard_by, txn_ref, amount, bank_code, transaction_no, reply, heard_at) \
    VALUES ($1, 'ipn', $2, 16000, '00', '14123456', $3, now())";
const SAY: &str = "INSERT INTO bare.outbox (message_id, wire, routing_key, subject, said_at, traceparent, causation, body) VALUES \
    ($1, 'payment.fee-paid.v1', 'payment.fee-paid.v1', $3, 0, $4, NULL, $5), \
    ($2, 'payment.issue-receipt.v1', 'payment.issue-receipt.v1', $3, 0, $4, NULL, $5)";

pub(super) struct Peer {
    db: DatabaseConnection,
    clock: Clock,
    /// Attempts and their orders, in the order in which they were made.
    attempts: Vec<(String, Uuid)>,
}

impl Peer {
    pub(super) async fn open(shop: &Shop) -> Result<Self, StartError> {
        let because = |error: DbErr| failed("the peer's tables", &error);
        let db = connect(&shop.url).await?;
        db.execute_unprepared(COPY).await.map_err(because)?;
        let sql = "SELECT txn_ref, order_id FROM bare.attempts ORDER BY txn_ref";
        let rows = db
            .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await
            .map_err(because)?;
        let attempts = rows
            .iter()
            .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
            .collect::<Result<_, DbErr>>()
            .map_err(because)?;
        Ok(Self {
            db,
            clock: Clock::system(),
            attempts,
        })
    }

    /// What a notification does, statement for statement: the attempt, its order held, the attempt again, then what it changes.
    async fn notified(&self, txn_ref: &str, order: Uuid) -> Result<bool, DbErr> {
        let tx = self.db.begin().await?;
        ask(&tx, READ_ATTEMPT, [txn_ref.into()]).await?;
        ask(&tx, HOLD_ORDER, [order.into()]).await?;
        let progress: Option<String> = ask(&tx, READ_ATTEMPT, [txn_ref.into()])
            .await?
            .map(|row| row.try_get("", "progress"))
            .transpose()?;
        let news = progress.as_deref() == Some("pending");
        let id = || Value::from(self.clock.new_id());
        if news {
            write(&tx, TELL_ATTEMPT, [txn_ref.into()]).await?;
            let cause = format!("taken:{txn_ref}");
            write(&tx, POST, [id(), order.into(), cause.into()]).await?;
            write(&tx, PAY, [order.into()]).await?;
        }
        let reply = if news { "00" } else { "02" };
        write(&tx, HEAR, [id(), txn_ref.into(), reply.into()]).await?;
        if news {
            let said = [id(), id(), order.into(), TRACE.into(), EVENT.into()];
            write(&tx, SAY, said).await?;
        }
        tx.commit().await?;
        Ok(news)
    }
}

async fn ask<const N: usize>(
    tx: &DatabaseTransaction,
    sql: &str,
    values: [Value; N],
) -> Result<Option<sea_orm::QueryResult>, DbErr> {
    tx.query_one_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
    .await
}

async fn write<const N: usize>(
    tx: &DatabaseTransaction,
    sql: &str,
    values: [Value; N],
) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
    .await
    .map(drop)
}

impl Till for Peer {
    async fn say(&self, number: usize) -> Result<bool, StartError> {
        let missing = || StartError::new("bench ipn: there are fewer attempts than notifications");
        let (txn_ref, order) = self.attempts.get(number).ok_or_else(missing)?;
        let done = self.notified(txn_ref, *order).await;
        done.map_err(|error| failed("a transaction of the peer", &error))
    }
}
