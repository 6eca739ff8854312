//! The counter over HTTP: fees taken, tills opened, counted at the day's end, and received.

use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Json, Path, Problem},
};
use contracts::{OrderId, Refused, Text, Vnd};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    refused,
    views::{Outcome, TillView},
};
use crate::{
    deeds,
    domain::{
        Taking,
        till::{Count, Refusal},
    },
    handlers::tills,
    store::tills as rows,
};

/// The most tills that are listed at once.
pub const LISTED: u64 = 60;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(cash))
        .routes(routes!(card))
        .routes(routes!(mine))
        .routes(routes!(open))
        .routes(routes!(close))
        .routes(routes!(closed))
        .routes(routes!(receive))
}

/// What a refusal looks like to a caller.
pub fn declined(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unexplained { cash, card } => {
            let refused = Refused::because(
                format!(
                    "Sổ ghi {} tiền mặt và {} qua thẻ: hãy ghi vì sao số đếm được khác",
                    web::dong(cash),
                    web::dong(card)
                ),
                refusal.to_string(),
            );
            Problem::field("note", refused)
        }
        Refusal::NotNow => {
            Problem::conflict("Quỹ này không còn ở bước đó", "The till is past that step")
        }
        Refusal::OwnTill => Problem::conflict(
            "Người khác phải nhận quỹ này, không phải người đã kiểm đếm",
            "Another person receives the till than the one who counted it",
        ),
        Refusal::OpenAlready => Problem::conflict(
            "Quỹ của bạn đang mở: hãy kiểm quỹ trước khi mở quỹ mới",
            "Your till is open: count it before you open another",
        ),
    }
}

/// Takes a fee at the counter: by card where a slip is named, otherwise in cash.
pub async fn take_fee(
    tx: &Tx,
    id: OrderId,
    slip: Option<&Text>,
    claims: &Claims,
) -> Result<(), Problem> {
    let taking = slip.map_or(Taking::Cash, Taking::Card);
    let taken = tills::take(tx, id, taking, (claims.sub, &claims.name)).await?;
    taken.ok_or_else(Problem::not_found)?.map_err(refused)?;
    deeds::record(tx, claims.sub, "fee-taken", id.0);
    Ok(())
}

/// An officer takes the fee in cash at the counter. It goes into their till, which the day's first money opens.
#[utoipa::path(post, path = "/payment/orders/{id}/cash", params(("id" = OrderId, Path)),
    responses((status = OK, body = Outcome), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn cash(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
) -> Result<Response, Problem> {
    let take = async |tx: Tx| {
        take_fee(&tx, id, None, &claims).await?;
        Ok(Answer::json(StatusCode::OK, &Outcome { state: "paid" }))
    };
    act.by(claims.sub).transact(take).await
}

/// How a card was charged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Charged {
    /// The number on the terminal's slip.
    pub slip: Text,
}

/// An officer takes the fee by card at the counter's terminal.
#[utoipa::path(post, path = "/payment/orders/{id}/card", params(("id" = OrderId, Path)), request_body = Charged,
    responses((status = OK, body = Outcome), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn card(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Json(charged): Json<Charged>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&charged);
    let take = async |tx: Tx| {
        take_fee(&tx, id, Some(&charged.slip), &claims).await?;
        Ok(Answer::json(StatusCode::OK, &Outcome { state: "paid" }))
    };
    act.transact(take).await
}

/// The officer's open till.
#[utoipa::path(get, path = "/payment/till",
    responses((status = OK, body = TillView), (status = NOT_FOUND, body = Problem)))]
async fn mine(
    Officer(claims): Officer,
    State(app): State<App>,
) -> Result<axum::Json<TillView>, Problem> {
    let found = rows::open_of(app.db().reads(), claims.sub).await?;
    let till = found.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(TillView::from(till)))
}

/// What a till is opened with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The change that the treasurer gave.
    pub opened_with: Vnd,
}

/// Opens the officer's till.
pub async fn opened(tx: &Tx, claims: &Claims, with: Vnd) -> Result<Uuid, Problem> {
    let opened = tills::open(tx, (claims.sub, &claims.name), with).await?;
    let till = opened.map_err(declined)?;
    deeds::record(tx, claims.sub, "till-opened", till);
    Ok(till)
}

/// Opens the officer's till with change from the treasurer.
#[utoipa::path(post, path = "/payment/till", request_body = Opening,
    responses((status = CREATED, body = TillView), (status = CONFLICT, body = Problem)))]
async fn open(
    Officer(claims): Officer,
    act: Act,
    Json(opening): Json<Opening>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&opening);
    let open = async |tx: Tx| {
        let id = opened(&tx, &claims, opening.opened_with).await?;
        answer(&tx, StatusCode::CREATED, id).await
    };
    act.transact(open).await
}

/// What was counted at the day's end.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The cash in the till.
    pub cash: Vnd,
    /// The total on the card terminal's end-of-day slip.
    pub card: Vnd,
    /// Why it is not what the books expect; needed only then.
    #[serde(default)]
    pub note: Option<Text>,
}

/// Closes the officer's till.
pub async fn count(tx: &Tx, claims: &Claims, counted: &Counted) -> Result<Uuid, Problem> {
    let count = Count {
        cash: counted.cash,
        card: counted.card,
    };
    let closed = tills::close(tx, claims.sub, count, counted.note.as_ref()).await?;
    let till = closed.ok_or_else(Problem::not_found)?.map_err(declined)?;
    deeds::record(tx, claims.sub, "till-closed", till.rules.id);
    Ok(till.rules.id)
}

/// Closes the officer's till for the day. A count that differs from the books needs a reason, and the difference is posted.
#[utoipa::path(post, path = "/payment/till/close", request_body = Counted,
    responses((status = OK, body = TillView), (status = UNPROCESSABLE_ENTITY, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn close(
    Officer(claims): Officer,
    act: Act,
    Json(counted): Json<Counted>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&counted);
    let close = async |tx: Tx| {
        let id = count(&tx, &claims, &counted).await?;
        answer(&tx, StatusCode::OK, id).await
    };
    act.transact(close).await
}

async fn answer(tx: &Tx, status: StatusCode, id: Uuid) -> Result<Answer, Problem> {
    let till = rows::hold(tx.db(), id).await?;
    let till = till.ok_or_else(Problem::not_found)?;
    Ok(Answer::json(status, &TillView::from(till)))
}

/// The tills that were counted, those that nobody received first; 60 at most.
#[utoipa::path(get, path = "/payment/tills", responses((status = OK, body = Vec<TillView>)))]
async fn closed(_: Officer, State(app): State<App>) -> Result<axum::Json<Vec<TillView>>, Problem> {
    let found = rows::closed(app.db().reads(), LISTED).await?;
    Ok(axum::Json(found.into_iter().map(TillView::from).collect()))
}

/// Receives a till's cash.
pub async fn received(tx: &Tx, claims: &Claims, id: Uuid) -> Result<(), Problem> {
    let done = tills::receive(tx, id, (claims.sub, &claims.name)).await?;
    done.ok_or_else(Problem::not_found)?.map_err(declined)?;
    deeds::record(tx, claims.sub, "till-received", id);
    Ok(())
}

/// Another person receives a counted till's cash for the treasurer.
#[utoipa::path(post, path = "/payment/tills/{id}/receive", params(("id" = Uuid, Path)),
    responses((status = OK, body = TillView), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn receive(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let receive = async |tx: Tx| {
        received(&tx, &claims, id).await?;
        answer(&tx, StatusCode::OK, id).await
    };
    act.by(claims.sub).transact(receive).await
}
