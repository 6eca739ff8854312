//! Paying through the national payment platform: the way there, and the page that the browser comes back to.

use axum::{extract::State, response::Response};
use chassis::{
    App,
    http::{Answer, Path, Problem, Query},
};
use contracts::OrderId;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use super::ReturnPage;
use crate::{
    assurance::Paying,
    domain::Progress,
    http::{PayerAddress, platform},
    port::Through,
    store,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pay))
        .routes(routes!(came_back))
}

/// Takes the payer to the platform. Two presses are one payment without a key.
#[utoipa::path(post, path = "/payment/orders/{id}/page/platform", params(("id" = OrderId, Path)), responses((status = SEE_OTHER)))]
async fn pay(
    Paying(claims): Paying,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    ip: PayerAddress,
) -> Result<Answer, Problem> {
    let here = platform::begin(&app, id, &claims, &ip).await?;
    Ok(Answer::see_other(here.pay_url))
}

/// What the browser brings back.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[derive(Default)]
struct Back {
    /// What we call the payment.
    #[serde(rename = "MaThamChieu")]
    reference: String,
}

/// Where the platform sends the browser back to. It only shows what is known here; nothing that the browser carries is believed.
/// It asks for no sign-in, since the browser comes from another site, and so shows nothing about the payer.
#[utoipa::path(get, path = "/payment/platform/return", params(Back), responses((status = OK, content_type = "text/html")))]
async fn came_back(
    visitor: Visitor,
    State(app): State<App>,
    Query(Back { reference }): Query<Back>,
) -> Result<Response, Problem> {
    platform::platform(&app)?;
    let known = store::attempt(app.db().reads(), &reference).await?;
    let known = known.filter(|attempt| attempt.rules.through == Through::Platform);
    let Some(attempt) = known else {
        return web::page(visitor, &ReturnPage::default());
    };
    let result = match attempt.rules.progress {
        Progress::Taken => "paid",
        Progress::Pending => "waiting",
        Progress::Suspected => "suspected",
        Progress::Declined => "declined",
    };
    let page = ReturnPage {
        result,
        code: &attempt.shown_code(),
        amount: attempt.rules.amount.to_string(),
        order: attempt.order.to_string(),
    };
    web::page(visitor, &page)
}
