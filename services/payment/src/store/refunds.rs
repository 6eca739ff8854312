//! Refunds as rows. Every change is guarded by the standing it starts from.

use std::collections::HashMap;

use chassis::rows::{nonsense, read_word, word};
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId, OrderId, RefundId, Text, Vnd, payment::RefundCause};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use strum::VariantArray;
use uuid::Uuid;

use super::{
    rows::{orders, refunds},
    vnd,
};
use crate::domain::refund::{self, Source, Standing};

/// A refund as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// What the rules look at.
    pub rules: refund::Refund,
    /// Its order.
    pub order: OrderId,
    /// Why, in words; and why not, where it was rejected.
    pub note: String,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// The gateway's last word; empty while it has none.
    pub gateway_code: String,
    /// Where the money came from, once the payer has it.
    pub paid_from: Option<Source>,
    /// The cash voucher or the bank's reference.
    pub reference: String,
    /// When the payer had it.
    pub done_at: Option<DateTime<Utc>>,
}

impl TryFrom<refunds::Model> for Refund {
    type Error = DbErr;
    fn try_from(row: refunds::Model) -> Result<Self, DbErr> {
        let source = |name: &str| name.parse().map_err(|_| nonsense("source"));
        Ok(Self {
            rules: refund::Refund {
                id: RefundId(row.id),
                cause: read_word("cause", &row.cause)?,
                amount: vnd(row.amount)?,
                standing: row.standing.parse().map_err(|_| nonsense("standing"))?,
                txn_ref: row.txn_ref,
                asked_by: row.asked_by.map(AccountId),
            },
            order: OrderId(row.order_id),
            note: row.note,
            asked_at: row.asked_at,
            gateway_code: row.gateway_code,
            paid_from: row.paid_from.as_deref().map(source).transpose()?,
            reference: row.reference,
            done_at: row.done_at,
        })
    }
}

/// A refund that is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Its id.
    pub id: RefundId,
    /// Its order.
    pub order: OrderId,
    /// Why.
    pub cause: RefundCause,
    /// How much.
    pub amount: Vnd,
    /// The attempt that the gateway can give it back for.
    pub txn_ref: Option<&'a str>,
    /// Why, in words.
    pub note: &'a str,
    /// Who asks; `None` for a rule.
    pub by: Option<AccountId>,
}

/// Keeps what is asked for.
pub async fn ask(
    db: &impl ConnectionTrait,
    request: &Request<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = refunds::ActiveModel {
        id: Set(request.id.0),
        order_id: Set(request.order.0),
        cause: Set(word(&request.cause)?),
        amount: Set(request.amount.dong()),
        standing: Set(Standing::Asked.name().to_owned()),
        txn_ref: Set(request.txn_ref.map(str::to_owned)),
        note: Set(request.note.to_owned()),
        asked_by: Set(request.by.map(|officer| officer.0)),
        asked_at: Set(now),
        decided_by: Set(None),
        decided_at: Set(None),
        gateway_code: NotSet,
        paid_from: Set(None),
        paid_by: Set(None),
        reference: NotSet,
        done_at: Set(None),
    };
    refunds::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// One refund.
pub async fn refund(db: &impl ConnectionTrait, id: RefundId) -> Result<Option<Refund>, DbErr> {
    let found = refunds::Entity::find_by_id(id.0).one(db).await?;
    found.map(Refund::try_from).transpose()
}

/// An order's refunds, oldest first.
pub async fn of_order(db: &impl ConnectionTrait, order: OrderId) -> Result<Vec<Refund>, DbErr> {
    let found = refunds::Entity::find()
        .filter(refunds::Column::OrderId.eq(order.0))
        .order_by_asc(refunds::Column::AskedAt)
        .order_by_asc(refunds::Column::Id);
    let rows = found.all(db).await?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// The refunds that are not over, oldest first, at most `most`.
pub async fn unfinished(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Refund>, DbErr> {
    let standings = Standing::VARIANTS
        .iter()
        .filter(|standing| !standing.is_over())
        .map(|standing| standing.name());
    let found = refunds::Entity::find()
        .filter(refunds::Column::Standing.is_in(standings))
        .order_by_asc(refunds::Column::AskedAt)
        .limit(most);
    let rows = found.all(db).await?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// The refunds that the gateway has in hand, each with its dossier, oldest first.
pub async fn in_hand(
    db: &impl ConnectionTrait,
    most: u64,
) -> Result<Vec<(RefundId, DossierId)>, DbErr> {
    let found = refunds::Entity::find()
        .filter(refunds::Column::Standing.eq(Standing::Sent.name()))
        .order_by_asc(refunds::Column::AskedAt)
        .limit(most);
    let rows = found.all(db).await?;
    let ids = rows.iter().map(|row| row.order_id);
    let of = orders::Entity::find().filter(orders::Column::Id.is_in(ids));
    let dossiers: HashMap<Uuid, Uuid> = of
        .all(db)
        .await?
        .into_iter()
        .map(|order| (order.id, order.dossier_id))
        .collect();
    let known = |row: refunds::Model| {
        let dossier = dossiers.get(&row.order_id)?;
        Some((RefundId(row.id), DossierId(*dossier)))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// An officer, or a rule, has decided.
pub async fn decided(
    db: &impl ConnectionTrait,
    refund: &refund::Refund,
    to: Standing,
    by: Option<AccountId>,
    note: Option<&Text>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = refunds::ActiveModel {
        decided_by: Set(by.map(|officer| officer.0)),
        decided_at: Set(Some(now)),
        note: note.map_or(NotSet, |note| Set(note.to_string())),
        ..Default::default()
    };
    moved(db, refund, to, change).await
}

/// The gateway has told.
pub async fn told(
    db: &impl ConnectionTrait,
    refund: &refund::Refund,
    to: Standing,
    code: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = to == Standing::Done;
    let change = refunds::ActiveModel {
        gateway_code: Set(code.to_owned()),
        paid_from: Set(done.then(|| Source::Gateway.name().to_owned())),
        done_at: Set(done.then_some(now)),
        ..Default::default()
    };
    moved(db, refund, to, change).await
}

/// An officer has given the money back by hand.
pub async fn paid_out(
    db: &impl ConnectionTrait,
    refund: &refund::Refund,
    from: Source,
    reference: &str,
    by: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let change = refunds::ActiveModel {
        paid_from: Set(Some(from.name().to_owned())),
        paid_by: Set(Some(by.0)),
        reference: Set(reference.to_owned()),
        done_at: Set(Some(now)),
        ..Default::default()
    };
    moved(db, refund, Standing::Done, change).await
}

async fn moved(
    db: &impl ConnectionTrait,
    refund: &refund::Refund,
    to: Standing,
    change: refunds::ActiveModel,
) -> Result<bool, DbErr> {
    let changed = refunds::Entity::update_many()
        .set(refunds::ActiveModel {
            standing: Set(to.name().to_owned()),
            ..change
        })
        .filter(refunds::Column::Id.eq(refund.id.0))
        .filter(refunds::Column::Standing.eq(refund.standing.name()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}
