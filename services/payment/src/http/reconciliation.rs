//! Reconciliation over HTTP: compare now, what does not agree, explain it, import a gateway's file; the books.

use axum::{
    extract::{DefaultBodyLimit, Multipart, State},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Officer, Operator},
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{OrderId, Refused};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use super::{
    lines::uploaded,
    views::{AccountView, Books, Reason},
};
use crate::{
    config::Config,
    deeds,
    domain::reconciliation::Kind,
    own::Reconcile,
    pages,
    port::Through,
    statement::{self, Kind as File, Line},
    store::{
        ledger::{self, Balance},
        reconciliation::{self as rows, Comparison, Item},
        tills,
    },
};

/// The most work items that are listed at once.
pub const LISTED: u64 = 200;

/// The routes. A file sets its own limit.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(discrepancies))
        .routes(routes!(reconcile))
        .routes(routes!(explain))
        .routes(routes!(books))
}

/// What does not agree.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscrepancyView {
    /// Its id.
    pub discrepancy: Uuid,
    /// What it is, e.g. `waiting_line`.
    pub kind: &'static str,
    /// What it is about: an attempt's reference, a line, a till, an account.
    pub subject: String,
    /// The order, where one is known.
    pub order: Option<OrderId>,
    /// How much is at stake, in đồng.
    pub amount: i64,
    /// What it is, in words.
    pub what: &'static str,
    /// What to do.
    pub todo: &'static str,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
}

impl From<Item> for DiscrepancyView {
    fn from(item: Item) -> Self {
        let kind: Kind = item.found.kind;
        let (what, todo) = kind.words();
        Self {
            discrepancy: item.id,
            kind: kind.name(),
            subject: item.found.subject,
            order: item.found.order,
            amount: item.found.amount,
            what,
            todo,
            found_at: item.found_at,
            seen_at: item.seen_at,
        }
    }
}

/// What was compared last, and what does not agree.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciled {
    /// When it was compared last.
    pub run_at: Option<DateTime<Utc>>,
    /// How many attempts and refunds the gateway was asked about then.
    pub asked: usize,
    /// The open work items, oldest first; 200 at most.
    pub open: Vec<DiscrepancyView>,
}

/// What does not agree, oldest first.
#[utoipa::path(get, path = "/payment/discrepancies", responses((status = OK, body = Reconciled)))]
async fn discrepancies(
    _: Officer,
    State(app): State<App>,
) -> Result<axum::Json<Reconciled>, Problem> {
    let db = app.db().reads();
    let last: Option<Comparison> = rows::latest(db, 1).await?.pop();
    let open = rows::open(db, LISTED).await?;
    Ok(axum::Json(Reconciled {
        run_at: last.as_ref().map(|last| last.run_at),
        asked: last.map_or(0, |last| last.asked),
        open: open.into_iter().map(DiscrepancyView::from).collect(),
    }))
}

/// Has everything compared now.
pub fn compare(tx: &Tx, claims: &Claims) {
    tx.say(&Reconcile::wanted(claims.name.as_str()));
}

/// Has everything compared now, the gateway asked about what it has not told, and, a minute later, compared again.
#[utoipa::path(post, path = "/payment/reconciliations", responses((status = NO_CONTENT)))]
async fn reconcile(Officer(claims): Officer, act: Act) -> Result<Response, Problem> {
    let compare = async |tx: Tx| {
        compare(&tx, &claims);
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(compare).await
}

/// Explains a work item, which closes it.
pub async fn explained(tx: &Tx, claims: &Claims, id: Uuid, reason: &Reason) -> Result<(), Problem> {
    let by = (claims.sub, &claims.name);
    let item = rows::item(tx.db(), id).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    if item.found.kind == Kind::TillDiffered
        && let Ok(till) = item.found.subject.parse()
        && let Some(till) = tills::hold(tx.db(), till).await?
        && till.rules.officer == claims.sub
    {
        return Err(Problem::conflict(
            "Người khác phải kết luận về quỹ của bạn",
            "Somebody else has to explain your till",
        ));
    }
    if rows::explain(tx.db(), id, by, &reason.note, tx.now()).await? {
        deeds::record(tx, claims.sub, "difference-explained", id);
        Ok(())
    } else {
        Err(Problem::conflict(
            "Việc này đã được người khác xử lý, hoặc đã tự hết",
            "Somebody else has closed this, or it is gone by itself",
        ))
    }
}

/// An officer explains a work item: it is closed, and comes again only with another amount.
#[utoipa::path(post, path = "/payment/discrepancies/{id}/explain", params(("id" = Uuid, Path)), request_body = Reason,
    responses((status = NO_CONTENT), (status = CONFLICT, body = Problem)))]
async fn explain(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
    Json(reason): Json<Reason>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&reason);
    let explain = async |tx: Tx| {
        explained(&tx, &claims, id, &reason).await?;
        Ok(Answer::nothing())
    };
    act.transact(explain).await
}

/// What became of a gateway's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileTally {
    /// Lines that were news.
    pub new: usize,
    /// Lines that were known.
    pub known: usize,
}

/// Imports a gateway's settlement file, a table as `config.toml` names its columns, and has everything compared. Importing it
/// again changes nothing.
#[utoipa::path(post, path = "/payment/gateways/{gateway}/files", params(("gateway" = String, Path, description = "`vnpay` or `platform`")),
    request_body(content_type = "multipart/form-data"),
    responses((status = OK, body = FileTally), (status = UNPROCESSABLE_ENTITY, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn import(
    Officer(claims): Officer,
    reader: Reader,
    State(app): State<App>,
    Path(gateway): Path<String>,
    form: Multipart,
) -> Result<Response, Problem> {
    let gateway: Through = gateway.parse().map_err(|_| Problem::not_found())?;
    let file = uploaded(form).await?;
    let columns = &app.config::<Config>().reconciliation.columns;
    let (kind, statements) = statement::read(&file, columns)
        .map_err(|unreadable| Problem::field("file", statement::refused(&unreadable)))?;
    if kind != File::Csv {
        let refused = Refused::new(
            "Tệp của cổng thanh toán phải là CSV; sao kê ngân hàng nhập ở trang sao kê",
            "A gateway's file is a CSV; bank statements are imported on their own page",
        );
        return Err(Problem::field("file", refused));
    }
    let lines: Vec<Line> = statements
        .into_iter()
        .flat_map(|statement| statement.lines)
        .collect();
    let taken: Result<FileTally, Failure> = app
        .transact(async |tx| {
            let mut tally = FileTally { new: 0, known: 0 };
            for line in &lines {
                let id = tx.new_id();
                if rows::take_in(tx.db(), id, gateway, line, claims.sub, tx.now()).await? {
                    tally.new += 1;
                } else {
                    tally.known += 1;
                }
            }
            compare(&tx, &claims);
            Ok(tally)
        })
        .await;
    let tally = taken.map_err(Problem::from)?;
    match reader {
        Reader::Program => Ok(axum::Json(tally).into_response()),
        Reader::Person => pages::reconciliation::imported(&app, &claims, tally).await,
    }
}

/// The books: the sum of all entries, and each account compared with what it stands for.
#[utoipa::path(get, path = "/payment/ops/ledger", responses((status = OK, body = Books)))]
async fn books(_: Operator, State(app): State<App>) -> Result<axum::Json<Books>, Problem> {
    let sum = ledger::balance_of_all(app.db().reads()).await?;
    let stands = ledger::balances(app.db().reads()).await?;
    let balanced = sum == 0
        && stands
            .iter()
            .all(|balance| balance.books == balance.records);
    let account = |balance: Balance| AccountView {
        account: balance.account,
        books: balance.books,
        records: balance.records,
    };
    Ok(axum::Json(Books {
        balanced,
        sum,
        accounts: stands.into_iter().map(account).collect(),
    }))
}
