//! What does not agree, found by comparing rows; the work items that come of it; and when the books were last looked at.

mod findings;
mod rows;

use chassis::rows::{json, nonsense, put_once, read};
use chrono::{DateTime, Utc};
use contracts::{AccountId, OrderId, PersonName, Text};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

pub use findings::{Since, find};

use self::rows::{book_checks, discrepancies, gateway_lines, reconciliations, rounds};
use super::ledger::Balance;
use crate::{
    domain::reconciliation::{Change, Found, Kind, Standing},
    port::Through,
    statement::{Direction, Line},
};

/// A work item as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// What does not agree.
    pub found: Found,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it was closed; nothing while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who explained it, and how; nothing where it went by itself.
    pub explained: Option<(String, String)>,
}

impl TryFrom<discrepancies::Model> for Item {
    type Error = DbErr;
    fn try_from(row: discrepancies::Model) -> Result<Self, DbErr> {
        let explained = row.closed_by.map(|_| (row.closed_name, row.note));
        Ok(Self {
            id: row.id,
            found: Found {
                kind: row.kind.parse().map_err(|_| nonsense("kind"))?,
                subject: row.subject,
                order: row.order_id.map(OrderId),
                amount: row.amount,
            },
            found_at: row.found_at,
            seen_at: row.seen_at,
            closed_at: row.closed_at,
            explained,
        })
    }
}

/// The open work items, oldest first.
pub async fn open(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Item>, DbErr> {
    let rows = discrepancies::Entity::find()
        .filter(discrepancies::Column::ClosedAt.is_null())
        .order_by_asc(discrepancies::Column::FoundAt)
        .order_by_asc(discrepancies::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Item::try_from).collect()
}

/// One work item.
pub async fn item(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Item>, DbErr> {
    let found = discrepancies::Entity::find_by_id(id).one(db).await?;
    found.map(Item::try_from).transpose()
}

/// The work items that were closed last.
pub async fn closed(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Item>, DbErr> {
    let rows = discrepancies::Entity::find()
        .filter(discrepancies::Column::ClosedAt.is_not_null())
        .order_by_desc(discrepancies::Column::ClosedAt)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Item::try_from).collect()
}

/// Every work item that is open or was explained by an officer, as the rules look at them.
pub async fn standing(db: &impl ConnectionTrait) -> Result<Vec<Standing>, DbErr> {
    let rows = discrepancies::Entity::find()
        .filter(
            Condition::any()
                .add(discrepancies::Column::ClosedAt.is_null())
                .add(discrepancies::Column::ClosedBy.is_not_null()),
        )
        .all(db)
        .await?;
    let standing = rows.into_iter().map(|row| {
        Ok(Standing {
            kind: row.kind.parse().map_err(|_| nonsense("kind"))?,
            subject: row.subject,
            amount: row.amount,
            is_explained: row.closed_by.is_some(),
        })
    });
    standing.collect()
}

/// Keeps one change.
pub async fn change(
    db: &impl ConnectionTrait,
    id: Uuid,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let of = |kind: Kind, subject: &str| {
        Condition::all()
            .add(discrepancies::Column::Kind.eq(kind.name()))
            .add(discrepancies::Column::Subject.eq(subject))
            .add(discrepancies::Column::ClosedAt.is_null())
    };
    match change {
        Change::Open(found) => {
            let row = discrepancies::ActiveModel {
                id: Set(id),
                kind: Set(found.kind.name().to_owned()),
                subject: Set(found.subject.clone()),
                order_id: Set(found.order.map(|order| order.0)),
                amount: Set(found.amount),
                found_at: Set(now),
                seen_at: Set(now),
                closed_at: Set(None),
                closed_by: Set(None),
                closed_name: NotSet,
                note: NotSet,
            };
            discrepancies::Entity::insert(row)
                .exec_without_returning(db)
                .await
                .map(drop)
        }
        Change::Seen(found) => discrepancies::Entity::update_many()
            .set(discrepancies::ActiveModel {
                amount: Set(found.amount),
                seen_at: Set(now),
                ..Default::default()
            })
            .filter(of(found.kind, &found.subject))
            .exec(db)
            .await
            .map(drop),
        Change::Gone { kind, subject } => discrepancies::Entity::update_many()
            .set(discrepancies::ActiveModel {
                closed_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(of(*kind, subject))
            .exec(db)
            .await
            .map(drop),
    }
}

/// An officer explains a work item, and it is closed; `false` when it is not open.
pub async fn explain(
    db: &impl ConnectionTrait,
    id: Uuid,
    officer: (AccountId, &PersonName),
    note: &Text,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = discrepancies::Entity::update_many()
        .set(discrepancies::ActiveModel {
            closed_at: Set(Some(now)),
            closed_by: Set(Some(officer.0.0)),
            closed_name: Set(officer.1.to_string()),
            note: Set(note.to_string()),
            ..Default::default()
        })
        .filter(discrepancies::Column::Id.eq(id))
        .filter(discrepancies::Column::ClosedAt.is_null())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// One comparison, and what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// When.
    pub run_at: DateTime<Utc>,
    /// Who had it made; empty for the nightly one.
    pub run_by: String,
    /// How many attempts and refunds the gateway is asked about.
    pub asked: usize,
    /// How many work items are new.
    pub found: usize,
    /// How many are gone.
    pub gone: usize,
    /// How many are open.
    pub open: usize,
}

/// Keeps a comparison.
pub async fn keep(
    db: &impl ConnectionTrait,
    id: Uuid,
    comparison: &Comparison,
) -> Result<(), DbErr> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row = reconciliations::ActiveModel {
        id: Set(id),
        run_at: Set(comparison.run_at),
        run_by: Set(comparison.run_by.clone()),
        asked: Set(count(comparison.asked)),
        found: Set(count(comparison.found)),
        gone: Set(count(comparison.gone)),
        open: Set(count(comparison.open)),
    };
    reconciliations::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The latest comparisons.
pub async fn latest(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Comparison>, DbErr> {
    let rows = reconciliations::Entity::find()
        .order_by_desc(reconciliations::Column::RunAt)
        .order_by_desc(reconciliations::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    let count = |count: i64| usize::try_from(count).unwrap_or_default();
    let read = rows.into_iter().map(|row| Comparison {
        run_at: row.run_at,
        run_by: row.run_by,
        asked: count(row.asked),
        found: count(row.found),
        gone: count(row.gone),
        open: count(row.open),
    });
    Ok(read.collect())
}

/// Begins what comes round; `false` when it has begun.
pub async fn begin(
    db: &impl ConnectionTrait,
    round: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = rounds::ActiveModel {
        name: Set(round.to_owned()),
        begun_at: Set(now),
    };
    put_once(db, row, [rounds::Column::Name]).await
}

/// Lets one transaction at a time go round.
pub async fn hold(db: &impl ConnectionTrait, round: &str) -> Result<(), DbErr> {
    let round = rounds::Entity::find_by_id(round).lock_exclusive();
    round.one(db).await.map(drop)
}

/// One look at the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookCheck {
    /// When.
    pub checked_at: DateTime<Utc>,
    /// The sum of all entries, in đồng.
    pub sum: i64,
    /// The accounts that differ from what they stand for.
    pub differing: Vec<Balance>,
}

impl BookCheck {
    /// Whether all is well.
    pub const fn is_balanced(&self) -> bool {
        self.sum == 0 && self.differing.is_empty()
    }
}

/// Keeps a look at the books.
pub async fn checked(db: &impl ConnectionTrait, id: Uuid, check: &BookCheck) -> Result<(), DbErr> {
    let row = book_checks::ActiveModel {
        id: Set(id),
        checked_at: Set(check.checked_at),
        sum: Set(check.sum),
        differing: Set(json(&check.differing)?),
    };
    book_checks::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The last look at the books.
pub async fn last_check(db: &impl ConnectionTrait) -> Result<Option<BookCheck>, DbErr> {
    let row = book_checks::Entity::find()
        .order_by_desc(book_checks::Column::CheckedAt)
        .one(db)
        .await?;
    let check = row.map(|row| {
        Ok(BookCheck {
            checked_at: row.checked_at,
            sum: row.sum,
            differing: read("accounts", &row.differing)?,
        })
    });
    check.transpose()
}

/// Takes in a line of a gateway's file; `false` when it is known.
pub async fn take_in(
    db: &impl ConnectionTrait,
    id: Uuid,
    gateway: Through,
    line: &Line,
    officer: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let kind = match line.direction {
        Direction::Credit => "payment",
        Direction::Debit => "refund",
    };
    let row = gateway_lines::ActiveModel {
        id: Set(id),
        gateway: Set(gateway.name().to_owned()),
        transaction_no: Set(line.reference.clone()),
        txn_ref: Set(line.purpose.clone()),
        kind: Set(kind.to_owned()),
        amount: Set(line.amount.dong()),
        paid_on: Set(line.booked_on.to_string()),
        officer: Set(Some(officer.0)),
        taken_at: Set(now),
    };
    let key = [
        gateway_lines::Column::Gateway,
        gateway_lines::Column::TransactionNo,
        gateway_lines::Column::Kind,
    ];
    put_once(db, row, key).await
}
