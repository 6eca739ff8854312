//! The comparisons themselves: each a question to the database whose rows are what does not agree.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use contracts::OrderId;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use strum::VariantArray;
use uuid::Uuid;

use crate::{
    domain::reconciliation::{Found, Kind},
    port::Through,
    store::ledger::Balance,
    vnpay::GMT_7,
};

/// The most of one kind that a comparison takes in.
const MOST: usize = 1000;

/// From when on something is late.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// Attempts whose visit ended before are stuck.
    pub attempts: DateTime<Utc>,
    /// Money that was taken before should have come to the bank.
    pub payouts: DateTime<Utc>,
    /// The bank's lines that came before wait too long.
    pub lines: DateTime<Utc>,
    /// Refunds that were asked for before are late.
    pub refunds: DateTime<Utc>,
    /// Tills that were opened before should be counted: the day's beginning.
    pub today: DateTime<Utc>,
    /// Tills that were counted before should be received.
    pub tills: DateTime<Utc>,
}

/// What a row is about.
enum Subject {
    Text,
    Id,
}

/// Attempts that nobody told about, and money at the gateways: what their files say beside what is kept here.
const ATTEMPTS: [(Kind, &str); 5] = [
    (
        Kind::StuckAttempt,
        "SELECT txn_ref, order_id, amount FROM attempts WHERE progress IN ('pending', 'suspected') AND expires_at < $1
         ORDER BY expires_at",
    ),
    (
        Kind::UnknownAtGateway,
        "SELECT gateway_lines.transaction_no, NULL, gateway_lines.amount FROM gateway_lines
         WHERE kind = 'payment' AND taken_at <= $1
         AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.txn_ref = gateway_lines.txn_ref)",
    ),
    (
        Kind::NotTakenHere,
        "SELECT attempts.txn_ref, attempts.order_id, attempts.amount FROM gateway_lines
         JOIN attempts ON attempts.txn_ref = gateway_lines.txn_ref
         WHERE kind = 'payment' AND progress <> 'taken' AND gateway_lines.amount = attempts.amount AND taken_at <= $1",
    ),
    (
        Kind::OtherAmount,
        "SELECT attempts.txn_ref, attempts.order_id, gateway_lines.amount - attempts.amount FROM gateway_lines
         JOIN attempts ON attempts.txn_ref = gateway_lines.txn_ref
         WHERE kind = 'payment' AND gateway_lines.amount <> attempts.amount AND taken_at <= $1",
    ),
    (
        Kind::UnaskedRefund,
        "SELECT back.txn_ref, attempts.order_id, back.amount - COALESCE(asked.amount, 0)
         FROM (SELECT txn_ref, CAST(SUM(amount) AS BIGINT) AS amount FROM gateway_lines
             WHERE kind = 'refund' AND taken_at <= $1 GROUP BY txn_ref) AS back
         LEFT JOIN attempts ON attempts.txn_ref = back.txn_ref
         LEFT JOIN (SELECT txn_ref, CAST(SUM(amount) AS BIGINT) AS amount FROM refunds
             WHERE standing IN ('sent', 'done') AND COALESCE(paid_from, 'gateway') = 'gateway' GROUP BY txn_ref) AS asked
             ON asked.txn_ref = back.txn_ref
         WHERE back.amount > COALESCE(asked.amount, 0)",
    ),
];

const LINES: &str = "SELECT id, order_id, CASE direction WHEN 'credit' THEN amount ELSE -amount END FROM bank_lines
    WHERE found NOT IN ('paid', 'surplus') AND taken_at < $1
    AND NOT EXISTS (SELECT 1 FROM line_settlements WHERE line_id = bank_lines.id) ORDER BY taken_at";
const REFUNDS: &str = "SELECT id, order_id, amount FROM refunds
    WHERE standing IN ('asked', 'approved', 'sent', 'failed') AND asked_at < $1 ORDER BY asked_at";
const LEFT_OPEN: &str =
    "SELECT id, NULL, opened_with + (SELECT CAST(COALESCE(SUM(CASE kind WHEN 'refund' THEN -amount
        ELSE amount END), 0) AS BIGINT) FROM till_moves WHERE till_id = tills.id) FROM tills
    WHERE closed_at IS NULL AND opened_at < $1 ORDER BY opened_at";
const NOT_RECEIVED: &str = "SELECT id, NULL, counted FROM tills
    WHERE received_at IS NULL AND counted > 0 AND closed_at < $1 ORDER BY closed_at";
const DIFFERED: &str = "SELECT id, NULL, CASE WHEN counted <> expected THEN counted - expected ELSE card_counted - card_expected END
    FROM tills WHERE closed_at <= $1 AND (counted <> expected OR card_counted <> card_expected) ORDER BY closed_at";

/// Compares everything. Besides what was found, the kinds of which there was more than is taken in.
pub async fn find(
    db: &impl ConnectionTrait,
    since: &Since,
    balances: &[Balance],
    now: DateTime<Utc>,
) -> Result<(Vec<Found>, Vec<Kind>), DbErr> {
    let (mut all, mut cut) = (Vec::new(), Vec::new());
    let of_rows = [
        (Kind::WaitingLine, LINES, since.lines),
        (Kind::LateRefund, REFUNDS, since.refunds),
        (Kind::TillLeftOpen, LEFT_OPEN, since.today),
        (Kind::TillNotReceived, NOT_RECEIVED, since.tills),
        (Kind::TillDiffered, DIFFERED, now),
    ];
    let of_rows = of_rows.map(|(kind, sql, since)| (kind, sql, since, Subject::Id));
    let of_attempts = ATTEMPTS.map(|(kind, sql)| {
        let since = if kind == Kind::StuckAttempt {
            since.attempts
        } else {
            now
        };
        (kind, sql, since, Subject::Text)
    });
    for (kind, sql, since, subject) in of_attempts.into_iter().chain(of_rows) {
        let found = rows(db, sql, vec![since.into()]).await?;
        if found.len() > MOST {
            cut.push(kind);
        }
        for row in found.iter().take(MOST) {
            all.push(read(kind, row, &subject)?);
        }
    }
    for gateway in Through::VARIANTS {
        missing(db, *gateway, &mut all, &mut cut).await?;
    }
    late_payouts(db, since.payouts, &mut all).await?;
    let differing = balances
        .iter()
        .filter(|balance| balance.books != balance.records);
    all.extend(differing.map(|balance| Found {
        kind: Kind::BooksDiffer,
        subject: balance.account.clone(),
        order: None,
        amount: balance.books - balance.records,
    }));
    Ok((all, cut))
}

/// Money taken here on days that the gateway's files cover and that they do not have. The last day covered may still be
/// incomplete, so what was taken on it is not missed yet.
async fn missing(
    db: &impl ConnectionTrait,
    gateway: Through,
    all: &mut Vec<Found>,
    cut: &mut Vec<Kind>,
) -> Result<(), DbErr> {
    let days = rows(
        db,
        "SELECT MIN(paid_on), MAX(paid_on) FROM gateway_lines WHERE gateway = $1 AND kind = 'payment'",
        vec![gateway.name().into()],
    )
    .await?;
    let day = |at: usize| -> Option<DateTime<Utc>> {
        let text: Option<String> = days.first()?.try_get_by_index(at).ok()?;
        let day: NaiveDate = text?.parse().ok()?;
        let night = day.and_time(NaiveTime::MIN).and_local_timezone(GMT_7);
        night.single().map(|night| night.to_utc())
    };
    let Some((first, last)) = day(0).zip(day(1)) else {
        return Ok(());
    };
    let sql = "SELECT txn_ref, order_id, amount FROM attempts
        WHERE progress = 'taken' AND told_at >= $1 AND told_at < $2 AND gateway = $3
        AND NOT EXISTS (SELECT 1 FROM gateway_lines WHERE gateway_lines.txn_ref = attempts.txn_ref AND kind = 'payment')
        ORDER BY told_at";
    let values = vec![first.into(), last.into(), gateway.name().into()];
    let found = rows(db, sql, values).await?;
    if found.len() > MOST {
        cut.push(Kind::MissingAtGateway);
    }
    for row in found.iter().take(MOST) {
        all.push(read(Kind::MissingAtGateway, row, &Subject::Text)?);
    }
    Ok(())
}

/// What stands at a gateway or the terminal beyond what it took lately.
async fn late_payouts(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
    all: &mut Vec<Found>,
) -> Result<(), DbErr> {
    let sql = "SELECT account, CAST(SUM(amount) - SUM(CASE WHEN amount > 0 AND posted_at >= $1 THEN amount ELSE 0 END) AS BIGINT)
        FROM entries WHERE account IN ('gateway', 'platform', 'terminal') GROUP BY account ORDER BY account";
    for row in rows(db, sql, vec![since.into()]).await? {
        let (subject, amount): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if amount > 0 {
            all.push(Found {
                kind: Kind::LatePayout,
                subject,
                order: None,
                amount,
            });
        }
    }
    Ok(())
}

fn read(kind: Kind, row: &QueryResult, subject: &Subject) -> Result<Found, DbErr> {
    let subject = match subject {
        Subject::Text => row.try_get_by_index(0)?,
        Subject::Id => row.try_get_by_index::<Uuid>(0)?.to_string(),
    };
    let order: Option<Uuid> = match kind {
        Kind::UnknownAtGateway
        | Kind::TillLeftOpen
        | Kind::TillNotReceived
        | Kind::TillDiffered => None,
        _ => row.try_get_by_index(1)?,
    };
    Ok(Found {
        kind,
        subject,
        order: order.map(OrderId),
        amount: row.try_get_by_index(2)?,
    })
}

async fn rows(
    db: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let limited = format!("{sql} LIMIT {}", MOST + 1);
    let backend = db.get_database_backend();
    db.query_all_raw(Statement::from_sql_and_values(backend, limited, values))
        .await
}
