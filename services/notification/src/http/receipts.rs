//! Where providers tell what became of messages. Each is believed by the secret that was agreed with it; what comes twice or
//! late changes nothing.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
};
use chassis::{
    App, Failure,
    auth::Operator,
    http::{Path, Problem},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    channel::{
        Providers, Receipt,
        mail::bounce,
        sms::webhook::{Called, Disbelieved},
        zalo::event::SIGNATURE,
    },
    handlers::receipts,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_sms, sms))
        .routes(routes!(zalo))
        .routes(routes!(bounced))
}

fn disbelieved(why: Disbelieved) -> Problem {
    match why {
        Disbelieved::Unexpected => Problem::not_found(),
        Disbelieved::Forged => {
            Problem::forbidden("Yêu cầu này không được tin", "This request is not believed")
        }
        Disbelieved::Unreadable => Problem::new(
            StatusCode::BAD_REQUEST,
            "Không đọc được yêu cầu này",
            "This request cannot be read",
        ),
    }
}

async fn take(app: &App, all: Vec<Receipt>) -> Result<StatusCode, Problem> {
    let taken: Result<(), Failure> = app
        .transact(async |tx| {
            for receipt in &all {
                receipts::take(&tx, receipt).await?;
            }
            Ok(())
        })
        .await;
    taken.map_err(Problem::from)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn reported(
    app: &App,
    provider: &str,
    query: Option<String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<StatusCode, Problem> {
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let called = Called {
        query: query.as_deref().unwrap_or_default(),
        headers: &headers,
        body,
    };
    let providers = app.part::<Providers>();
    let found = providers.reports(provider, called, app.clock().now());
    take(app, found.map_err(disbelieved)?).await
}

/// A provider of text messages reports by an address with everything in it.
#[utoipa::path(get, path = "/notification/receipts/sms/{provider}", params(("provider" = String, Path)),
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn ask_sms(
    State(app): State<App>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    reported(&app, &provider, query, &headers, b"").await
}

/// A provider of text messages reports.
#[utoipa::path(post, path = "/notification/receipts/sms/{provider}", params(("provider" = String, Path)),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn sms(
    State(app): State<App>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    reported(&app, &provider, query, &headers, &body).await
}

/// Zalo reports an event.
#[utoipa::path(post, path = "/notification/receipts/zalo", request_body(content = String, content_type = "application/json"),
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn zalo(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let providers = app.part::<Providers>();
    let event = providers.zalo_event(signature.unwrap_or_default(), &body);
    let receipt = event.map_err(disbelieved)?;
    take(&app, receipt.into_iter().collect()).await
}

/// A mail came back: whoever empties the mailbox for bounces hands it in, as it is.
#[utoipa::path(post, path = "/notification/receipts/mail", request_body(content = String, content_type = "message/rfc822"),
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem)))]
async fn bounced(_: Operator, State(app): State<App>, body: Bytes) -> Result<StatusCode, Problem> {
    let receipt = bounce::read(&body, app.clock().now());
    take(&app, receipt.into_iter().collect()).await
}
