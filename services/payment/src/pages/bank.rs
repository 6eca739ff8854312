//! The accountant's page: the bank's lines that wait, importing a statement, and saying which order money is for.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Problem},
};
use contracts::Refused;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::lines::{Allocate, MOST, Tally, give, receiver},
    statement::Direction,
    store::lines::{self, Kept},
};

/// What the boxes before lines are called, followed by the line's id.
const BOX: &str = "line-";

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(allocate))
}

/// A line as the page shows it.
struct Row<'a> {
    kept: &'a Kept,
    booked_on: String,
    found: &'static str,
    /// Whether it can be given to an order.
    came: bool,
    went: bool,
}

impl<'a> From<&'a Kept> for Row<'a> {
    fn from(kept: &'a Kept) -> Self {
        let went = kept.line.direction == Direction::Debit;
        Self {
            kept,
            booked_on: web::date(kept.line.booked_on),
            found: kept.found.name(),
            came: !went && !kept.line.reversal,
            went,
        }
    }
}

#[derive(Template)]
#[template(path = "bank.html")]
struct BankPage<'a> {
    rows: Vec<Row<'a>>,
    more: bool,
    account: &'a str,
    tally: Option<&'a Tally>,
    key: String,
}

async fn show(app: &App, claims: &Claims, tally: Option<&Tally>) -> Result<Response, Problem> {
    let receiver = receiver(app)?;
    let waiting = lines::waiting(app.db().reads(), MOST).await?;
    let page = BankPage {
        more: waiting.len() == MOST,
        rows: waiting.iter().map(Row::from).collect(),
        account: receiver.account(),
        tally,
        key: app.clock().new_id().to_string(),
    };
    web::page(claims, &page)
}

/// The page after an import: what was news, and what waits now.
pub async fn imported(app: &App, claims: &Claims, tally: &Tally) -> Result<Response, Problem> {
    show(app, claims, Some(tally)).await
}

/// The bank's lines that wait, and the form to import a statement.
#[utoipa::path(get, path = "/payment/bank/page", responses((status = OK, content_type = "text/html")))]
async fn page(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    show(&app, &claims, None).await
}

/// Gives the ticked lines to an order.
#[utoipa::path(post, path = "/payment/bank/page/allocate",
    request_body(content = BTreeMap<String, String>, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn allocate(
    Officer(claims): Officer,
    act: Act,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let ticked = form
        .keys()
        .filter_map(|name| name.strip_prefix(BOX)?.parse().ok());
    let wanted = Allocate {
        lines: ticked.collect(),
        order: field("order"),
        reason: field("reason")
            .parse()
            .map_err(|refused: Refused| Problem::field("reason", refused))?,
    };
    let act = act.by(claims.sub).about(&wanted).keyed(&field("key"))?;
    let give = async |tx: Tx| {
        give(&tx, &claims, wanted).await?;
        Ok(Answer::see_other("/payment/bank/page"))
    };
    act.transact(give).await
}
