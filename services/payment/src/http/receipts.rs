//! Receipts: the paper itself, for its payer and the officers; and replacing one, for officers.

use axum::{extract::State, http::StatusCode, response::Response};
use chassis::{
    App, Tx,
    auth::{Officer, Person},
    http::{Act, Answer, Json, Path, Problem},
};
use contracts::{AccountId, OrderId, PersonName, Text, payment::ReceiptNumber};
use procedure::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::seen_by;
use crate::{
    config::Config,
    deeds, handlers, print,
    store::{self, receipts},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(file))
        .routes(routes!(replace))
}

/// The receipt as a PDF. One that is not valid any more says so across its head.
#[utoipa::path(get, path = "/payment/receipts/{series}/{number}",
    params(("series" = String, Path), ("number" = u32, Path)),
    responses((status = OK, content_type = "application/pdf"), (status = NOT_FOUND, body = Problem)))]
async fn file(
    Person(claims): Person,
    State(app): State<App>,
    Path((series, number)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let number = ReceiptNumber { series, number };
    let found = receipts::receipt(app.db().reads(), &number)
        .await?
        .ok_or_else(Problem::not_found)?;
    let order = seen_by(&app, &claims, found.order).await?;
    let (catalogue, config) = (app.part::<Catalogue>(), app.config::<Config>());
    let receipt = print::receipt(&found, &order, &catalogue, &config);
    let typeset = tokio::task::spawn_blocking(move || ::paper::receipt(&receipt))
        .await
        .map_err(|_| Problem::internal())?;
    let pdf = typeset.map_err(|error| {
        tracing::error!(%error, receipt = %found.number, "a receipt cannot be typeset");
        Problem::internal()
    })?;
    let name = format!(
        "bien-lai-{}-{:07}.pdf",
        found.number.series, found.number.number
    );
    Ok(web::pdf(&name, pdf.into_bytes()))
}

/// What the new receipt says, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Whose name stands on the new one.
    pub payer_name: PersonName,
    /// What was wrong.
    pub reason: Text,
}

/// Cancels an order's valid receipt and issues another in its place.
#[utoipa::path(post, path = "/payment/orders/{id}/receipt/replace", params(("id" = OrderId, Path)), request_body = Correction,
    responses((status = CREATED, body = ReceiptNumber), (status = CONFLICT, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn replace(
    Officer(claims): Officer,
    Path(id): Path<OrderId>,
    act: Act,
    Json(correction): Json<Correction>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&correction);
    let replace = async |tx: Tx| {
        let number = put_right(&tx, id, claims.sub, &correction).await?;
        Ok(Answer::json(StatusCode::CREATED, &number))
    };
    act.transact(replace).await
}

/// Cancels the valid receipt and issues another in its place.
pub async fn put_right(
    tx: &Tx,
    id: OrderId,
    officer: AccountId,
    correction: &Correction,
) -> Result<ReceiptNumber, Problem> {
    let order = store::hold(tx.db(), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let (payer, reason) = (&correction.payer_name, &correction.reason);
    let replaced = handlers::receipts::replace(tx, &order, officer, payer, reason).await?;
    let number = replaced.ok_or_else(|| {
        Problem::conflict(
            "Khoản này không có biên lai nào còn giá trị",
            "This fee has no receipt that is valid",
        )
    })?;
    deeds::record(tx, officer, "receipt-replaced", id.0);
    Ok(number)
}
