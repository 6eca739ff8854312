//! The accountant's page: what does not agree and what to do about it, a gateway's file, the state of the books; and the way
//! to everything that officers do with money. Works without JavaScript.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::Text;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Pressed;
use crate::{
    config::Config,
    domain::reconciliation::{Found, Kind},
    http::{
        reconciliation::{FileTally, LISTED, compare, explained},
        views::Reason,
    },
    platform::Platform,
    port::Through,
    store::reconciliation::{self as rows, BookCheck, Comparison, Item},
};

/// Where it is.
const PAGE: &str = "/payment/reconciliation/page";
/// How many comparisons and closed items the page shows.
const LATEST: u64 = 10;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(money))
        .routes(routes!(page))
        .routes(routes!(reconcile))
        .routes(routes!(explain))
}

#[derive(Template)]
#[template(path = "money.html")]
struct MoneyPage {
    open: usize,
    takes_transfers: bool,
}

/// The way to everything that officers do with money.
#[utoipa::path(get, path = "/payment/", responses((status = OK, content_type = "text/html")))]
async fn money(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    let page = MoneyPage {
        open: rows::open(app.db().reads(), LISTED).await?.len(),
        takes_transfers: app.config::<Config>().transfer.enabled,
    };
    web::page(&claims, &page)
}

#[derive(Template)]
#[template(path = "reconciliation.html")]
struct ReconciliationPage {
    open: Vec<Item>,
    closed: Vec<Item>,
    latest: Vec<Comparison>,
    books: Option<BookCheck>,
    tally: Option<FileTally>,
    /// The gateways whose files are taken, each with its name.
    gateways: Vec<(&'static str, &'static str)>,
    key: String,
}

/// Where an officer does something about it, and what that place is called.
fn remedy(found: &Found) -> Option<(String, &'static str)> {
    if let Some(order) = found.order {
        return Some((format!("/payment/orders/{order}/page"), "Khoản phí"));
    }
    let (place, words) = match found.kind {
        Kind::WaitingLine | Kind::LatePayout => ("/payment/bank/page", "Sao kê ngân hàng"),
        Kind::LateRefund => ("/payment/refunds/page", "Hoàn tiền"),
        Kind::TillLeftOpen | Kind::TillNotReceived | Kind::TillDiffered => {
            ("/payment/till/page", "Quỹ tại quầy")
        }
        _ => return None,
    };
    Some((place.to_owned(), words))
}

fn gateways(app: &App) -> Vec<(&'static str, &'static str)> {
    let mut gateways = vec![(Through::Vnpay.name(), "VNPAY")];
    if app.part::<Platform>().addresses().is_some() {
        gateways.push((Through::Platform.name(), "nền tảng thanh toán quốc gia"));
    }
    gateways
}

async fn show(app: &App, claims: &Claims, tally: Option<FileTally>) -> Result<Response, Problem> {
    let db = app.db().reads();
    let page = ReconciliationPage {
        open: rows::open(db, LISTED).await?,
        closed: rows::closed(db, LATEST).await?,
        latest: rows::latest(db, LATEST).await?,
        books: rows::last_check(db).await?,
        tally,
        gateways: gateways(app),
        key: app.clock().new_id().to_string(),
    };
    web::page(claims, &page)
}

/// The page after a gateway's file was imported.
pub async fn imported(app: &App, claims: &Claims, tally: FileTally) -> Result<Response, Problem> {
    show(app, claims, Some(tally)).await
}

/// What does not agree, and the state of the books.
#[utoipa::path(get, path = "/payment/reconciliation/page", responses((status = OK, content_type = "text/html")))]
async fn page(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    show(&app, &claims, None).await
}

/// Has everything compared now.
#[utoipa::path(post, path = "/payment/reconciliation/page",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn reconcile(
    Officer(claims): Officer,
    act: Act,
    Form(form): Form<Pressed>,
) -> Result<Response, Problem> {
    let reconcile = async |tx: Tx| {
        compare(&tx, &claims);
        Ok(Answer::see_other(PAGE))
    };
    act.by(claims.sub)
        .keyed(&form.key)?
        .transact(reconcile)
        .await
}

/// The form that explains a work item.
#[derive(Deserialize, utoipa::ToSchema)]
struct ExplainForm {
    /// The same for two presses of one button.
    key: String,
    /// Why it is so, kept with it.
    note: Text,
}

/// Explains a work item, which closes it.
#[utoipa::path(post, path = "/payment/discrepancies/{id}/page", params(("id" = Uuid, Path)),
    request_body(content = ExplainForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn explain(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
    Form(form): Form<ExplainForm>,
) -> Result<Response, Problem> {
    let reason = Reason { note: form.note };
    let act = act.by(claims.sub).about(&reason).keyed(&form.key)?;
    let explain = async |tx: Tx| {
        explained(&tx, &claims, id, &reason).await?;
        Ok(Answer::see_other(PAGE))
    };
    act.transact(explain).await
}
