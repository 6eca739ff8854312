//! The counter's page: what is in the till, the day's end, and tills that wait to be received. Works without JavaScript.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::Officer,
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::{AccountId, Text};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Pressed, amount};
use crate::{
    domain::till::Stage,
    http::tills::{Counted, LISTED, count, opened, received},
    store::tills::{self as rows, MoveKind, Till, TillMove},
};

/// Where it is.
const PAGE: &str = "/payment/till/page";

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(open))
        .routes(routes!(close))
        .routes(routes!(receive))
}

#[derive(Template)]
#[template(path = "till.html")]
struct TillPage {
    open: Option<Till>,
    moves: Vec<TillMove>,
    closed: Vec<Till>,
    me: AccountId,
    key: String,
}

/// The officer's till, and those that were counted.
#[utoipa::path(get, path = "/payment/till/page", responses((status = OK, content_type = "text/html")))]
async fn page(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    let db = app.db().reads();
    let open = rows::open_of(db, claims.sub).await?;
    let moves = match &open {
        Some(till) => rows::moves(db, till.rules.id).await?,
        None => Vec::new(),
    };
    let page = TillPage {
        open,
        moves,
        closed: rows::closed(db, LISTED).await?,
        me: claims.sub,
        key: app.clock().new_id().to_string(),
    };
    web::page(&claims, &page)
}

/// The form that opens a till.
#[derive(Deserialize, utoipa::ToSchema)]
struct OpenForm {
    /// The same for two presses of one button.
    key: String,
    /// The change that the treasurer gave, in đồng.
    opened_with: String,
}

/// Opens the officer's till.
#[utoipa::path(post, path = "/payment/till/page/open",
    request_body(content = OpenForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn open(
    Officer(claims): Officer,
    act: Act,
    Form(form): Form<OpenForm>,
) -> Result<Response, Problem> {
    let with = amount("opened_with", &form.opened_with)?;
    let open = async |tx: Tx| {
        opened(&tx, &claims, with).await?;
        Ok(Answer::see_other(PAGE))
    };
    let act = act.by(claims.sub).about(&with).keyed(&form.key)?;
    act.transact(open).await
}

/// The form of the day's end.
#[derive(Deserialize, utoipa::ToSchema)]
struct CountForm {
    /// The same for two presses of one button.
    key: String,
    /// The cash that was counted, in đồng.
    cash: String,
    /// The total on the card terminal's slip, in đồng.
    card: String,
    /// Why it differs from the books.
    #[serde(default)]
    note: String,
}

/// Closes the officer's till for the day.
#[utoipa::path(post, path = "/payment/till/page/close",
    request_body(content = CountForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn close(
    Officer(claims): Officer,
    act: Act,
    Form(form): Form<CountForm>,
) -> Result<Response, Problem> {
    let note = match form.note.trim() {
        "" => None,
        note => {
            let note = note.parse::<Text>();
            Some(note.map_err(|refused| Problem::field("note", refused))?)
        }
    };
    let counted = Counted {
        cash: amount("cash", &form.cash)?,
        card: amount("card", &form.card)?,
        note,
    };
    let close = async |tx: Tx| {
        count(&tx, &claims, &counted).await?;
        Ok(Answer::see_other(PAGE))
    };
    let act = act.by(claims.sub).about(&counted).keyed(&form.key)?;
    act.transact(close).await
}

/// Receives a till that somebody else counted.
#[utoipa::path(post, path = "/payment/tills/{id}/page/receive", params(("id" = Uuid, Path)),
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn receive(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
    Form(form): Form<Pressed>,
) -> Result<Response, Problem> {
    let receive = async |tx: Tx| {
        received(&tx, &claims, id).await?;
        Ok(Answer::see_other(PAGE))
    };
    act.by(claims.sub).keyed(&form.key)?.transact(receive).await
}
