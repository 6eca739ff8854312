//! The accountant's page: the bank's lines that wait, importing a statement, and saying which order money is for.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Problem},
};
use contracts::{Refused, Text, Vnd};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::amount;
use crate::{
    http::{
        lines::{Allocate, MOST, Tally, give, receiver},
        placements::{Placement, What, put},
    },
    statement::Direction,
    store::lines::{self, Kept},
    transfer::Place,
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
    went: bool,
}

impl<'a> From<&'a Kept> for Row<'a> {
    fn from(kept: &'a Kept) -> Self {
        let went = kept.line.direction == Direction::Debit;
        Self {
            kept,
            booked_on: web::date(kept.line.booked_on),
            found: kept.found.name(),
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

/// Gives the ticked lines to an order, or puts each in its place.
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
    let lines: Vec<Uuid> = ticked.collect();
    let reason: Text = field("reason")
        .parse()
        .map_err(|refused: Refused| Problem::field("reason", refused))?;
    let act = act.by(claims.sub).about(&form).keyed(&field("key"))?;
    if matches!(field("what").as_str(), "" | "fee") {
        let wanted = Allocate {
            lines,
            order: field("order"),
            reason,
        };
        let give = async |tx: Tx| {
            give(&tx, &claims, wanted).await?;
            Ok(Answer::see_other("/payment/bank/page"))
        };
        return act.transact(give).await;
    }
    let what = what(&field("what"), field("order"), &field("charge"))?;
    if lines.is_empty() {
        let refused = Refused::new(
            "Xin chọn ít nhất một giao dịch",
            "Please choose at least one line",
        );
        return Err(Problem::field("lines", refused));
    }
    let put = async |tx: Tx| {
        for line in lines {
            let (what, reason) = (what.clone(), reason.clone());
            let placement = Placement { line, what, reason };
            put(&tx, &claims, &placement).await?;
        }
        Ok(Answer::see_other("/payment/bank/page"))
    };
    act.transact(put).await
}

/// What the form says that a line is.
fn what(what: &str, order: String, charge: &str) -> Result<What, Problem> {
    if what == "refund" {
        return Ok(What::Refund { order });
    }
    let place = what.parse::<Place>().map_err(|_| {
        let refused = Refused::new("Hãy chọn giao dịch này là gì", "Choose what the line is");
        Problem::field("what", refused)
    })?;
    let charge = match charge.trim() {
        "" => Vnd::ZERO,
        typed => amount("charge", typed)?,
    };
    Ok(What::Place { place, charge })
}
