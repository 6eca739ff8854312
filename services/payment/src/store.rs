//! Orders, attempts and what the bank said about them, as rows. Every change is guarded by the state it starts from.

pub mod account;
pub mod ledger;
pub mod lines;
pub mod receipts;
pub mod reconciliation;
pub mod refunds;
mod rows;
pub mod sandbox;
pub mod tills;
mod visits;

use chassis::rows::{json, nonsense, put_once, read, read_word, word};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, DossierCode, DossierId, OrderId, PersonName, ProcedureCode, Vnd,
    payment::{FeeLine, Method, RequestFee},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    prelude::Expr,
};
use strum::VariantArray;

pub use self::visits::{attempt, attempts, heard, opened, to_ask_about, told, try_pay};

use self::rows::{attempts, orders};
use crate::{
    domain::{self, State, Step, refund::Left},
    port::Through,
};

/// An order as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What the rules look at.
    pub rules: domain::Order,
    /// The dossier it is for.
    pub dossier: DossierId,
    /// The dossier's code.
    pub code: DossierCode,
    /// The dossier's procedure; unknown of orders from before it was told.
    pub procedure: Option<ProcedureCode>,
    /// The version of it that the dossier keeps; unknown as the procedure is.
    pub procedure_version: Option<u32>,
    /// Whose account may pay.
    pub payer: AccountId,
    /// Whose name stands on the receipt.
    pub payer_name: PersonName,
    /// What is owed, line by line.
    pub lines: Vec<FeeLine>,
    /// How it was paid.
    pub method: Option<Method>,
    /// Who took the money at the counter; empty when nobody did.
    pub officer_name: String,
    /// What came beyond what was owed.
    pub surplus: Vnd,
    /// When it was opened.
    pub ordered_at: DateTime<Utc>,
    /// Until when it can be paid online.
    pub expires_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
}

/// An attempt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What the rules look at.
    pub rules: domain::Attempt,
    /// Its order.
    pub order: OrderId,
    /// The payer's address, as the gateway wants it.
    pub ip: String,
    /// Where the platform lets the payer pay; empty until it has said.
    pub pay_url: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The bank's last code; empty while it has not told.
    pub bank_code: String,
    /// The gateway's number for it; empty while it has not told.
    pub transaction_no: String,
}

impl Attempt {
    /// The gateway's last code as it is shown: the platform's are not VNPAY's.
    pub fn shown_code(&self) -> String {
        match self.rules.through {
            Through::Platform if !self.bank_code.is_empty() => format!("NTTT-{}", self.bank_code),
            _ => self.bank_code.clone(),
        }
    }
}

impl Order {
    /// What is left of its money that has not gone back and shall not.
    pub fn left(&self, refunds: &[refunds::Refund]) -> Left {
        let refunds = refunds.iter().map(|refund| &refund.rules);
        Left::of(self.rules.state, self.rules.total, self.surplus, refunds)
    }
}

fn vnd(dong: i64) -> Result<Vnd, DbErr> {
    Vnd::new(dong).map_err(|_| nonsense("amount"))
}

impl TryFrom<orders::Model> for Order {
    type Error = DbErr;
    fn try_from(row: orders::Model) -> Result<Self, DbErr> {
        let method = row.method.as_deref();
        let procedure = row.procedure_code.as_deref().map(str::parse).transpose();
        let version = row.procedure_version.map(u32::try_from).transpose();
        Ok(Self {
            rules: domain::Order {
                id: OrderId(row.id),
                total: vnd(row.total)?,
                state: row.state.parse().map_err(|_| nonsense("state"))?,
            },
            dossier: DossierId(row.dossier_id),
            code: row.code.parse().map_err(|_| nonsense("dossier code"))?,
            procedure: procedure.map_err(|_| nonsense("procedure"))?,
            procedure_version: version.map_err(|_| nonsense("version of a procedure"))?,
            payer: AccountId(row.payer),
            payer_name: row.payer_name.parse().map_err(|_| nonsense("name"))?,
            lines: read("fee lines", &row.lines)?,
            method: method.map(|word| read_word("method", word)).transpose()?,
            officer_name: row.officer_name,
            surplus: vnd(row.surplus)?,
            ordered_at: row.ordered_at,
            expires_at: row.expires_at,
            paid_at: row.paid_at,
        })
    }
}

impl TryFrom<attempts::Model> for Attempt {
    type Error = DbErr;
    fn try_from(row: attempts::Model) -> Result<Self, DbErr> {
        let progress = row.progress.parse();
        Ok(Self {
            rules: domain::Attempt {
                txn_ref: row.txn_ref,
                through: row.gateway.parse().map_err(|_| nonsense("gateway"))?,
                amount: vnd(row.amount)?,
                progress: progress.map_err(|_| nonsense("progress"))?,
                expires_at: row.expires_at,
            },
            order: OrderId(row.order_id),
            ip: row.ip,
            pay_url: row.pay_url,
            created_at: row.created_at,
            bank_code: row.bank_code,
            transaction_no: row.transaction_no,
        })
    }
}

/// Keeps a new order; `false` when it is there already.
pub async fn open(
    db: &impl ConnectionTrait,
    request: &RequestFee,
    ordered_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let version = request.procedure_version.map(i32::try_from).transpose();
    let row = orders::ActiveModel {
        id: Set(request.order.0),
        dossier_id: Set(request.dossier.0),
        code: Set(request.code.to_string()),
        payer: Set(request.payer.0),
        payer_name: Set(request.payer_name.to_string()),
        lines: Set(json(&request.lines)?),
        total: Set(request.total.dong()),
        state: Set(State::Open.name().to_owned()),
        method: Set(None),
        officer: Set(None),
        note: NotSet,
        surplus: NotSet,
        ordered_at: Set(ordered_at),
        expires_at: Set(expires_at),
        paid_at: Set(None),
        officer_name: NotSet,
        procedure_code: Set(request.procedure.as_ref().map(ToString::to_string)),
        procedure_version: Set(version.map_err(|_| nonsense("version of a procedure"))?),
    };
    put_once(db, row, [orders::Column::Id]).await
}

/// One order.
pub async fn order(db: &impl ConnectionTrait, id: OrderId) -> Result<Option<Order>, DbErr> {
    orders::Entity::find_by_id(id.0)
        .one(db)
        .await?
        .map(Order::try_from)
        .transpose()
}

/// One order, kept from being changed by others until the transaction ends.
pub async fn hold(db: &impl ConnectionTrait, id: OrderId) -> Result<Option<Order>, DbErr> {
    orders::Entity::find_by_id(id.0)
        .lock_exclusive()
        .one(db)
        .await?
        .map(Order::try_from)
        .transpose()
}

/// An attempt and its order, both kept from being changed by others until the transaction ends.
pub async fn hold_both(
    db: &impl ConnectionTrait,
    txn_ref: &str,
) -> Result<Option<(Order, Attempt)>, DbErr> {
    let Some(found) = attempt(db, txn_ref).await? else {
        return Ok(None);
    };
    // Whoever changes an attempt holds its order: what is read now stays.
    let (order, attempt) = (hold(db, found.order).await?, attempt(db, txn_ref).await?);
    Ok(order.zip(attempt))
}

/// A dossier's latest order.
pub async fn order_of(
    db: &impl ConnectionTrait,
    dossier: DossierId,
) -> Result<Option<Order>, DbErr> {
    let of_dossier = orders::Entity::find().filter(orders::Column::DossierId.eq(dossier.0));
    of_dossier
        .order_by_desc(orders::Column::OrderedAt)
        .one(db)
        .await?
        .map(Order::try_from)
        .transpose()
}

/// Marks an order paid, if it may still be; `false` when it may not.
pub async fn pay(
    db: &impl ConnectionTrait,
    id: OrderId,
    method: Method,
    paid_at: DateTime<Utc>,
    officer: Option<(AccountId, &PersonName)>,
) -> Result<bool, DbErr> {
    let payable = State::VARIANTS
        .iter()
        .filter(|state| state.after(Step::Pay).is_some())
        .map(|state| state.name());
    let changed = orders::Entity::update_many()
        .set(orders::ActiveModel {
            state: Set(State::Paid.name().to_owned()),
            method: Set(Some(word(&method)?)),
            paid_at: Set(Some(paid_at)),
            officer: Set(officer.map(|(officer, _)| officer.0)),
            officer_name: Set(officer
                .map(|(_, name)| name.to_string())
                .unwrap_or_default()),
            ..Default::default()
        })
        .filter(orders::Column::Id.eq(id.0))
        .filter(orders::Column::State.is_in(payable))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Ends an order unpaid; `false` when it is not in the state it was thought to be in.
pub async fn close(
    db: &impl ConnectionTrait,
    order: &domain::Order,
    state: State,
    officer: Option<AccountId>,
    why: &str,
) -> Result<bool, DbErr> {
    let changed = orders::Entity::update_many()
        .set(orders::ActiveModel {
            state: Set(state.name().to_owned()),
            officer: Set(officer.map(|officer| officer.0)),
            note: Set(why.to_owned()),
            ..Default::default()
        })
        .filter(orders::Column::Id.eq(order.id.0))
        .filter(orders::Column::State.eq(order.state.name()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Flags an order: more came than was owed.
pub async fn overpaid(db: &impl ConnectionTrait, id: OrderId, by: Vnd) -> Result<(), DbErr> {
    let more = Expr::col(orders::Column::Surplus).add(by.dong());
    let order = orders::Entity::update_many().col_expr(orders::Column::Surplus, more);
    order
        .filter(orders::Column::Id.eq(id.0))
        .exec(db)
        .await
        .map(drop)
}
