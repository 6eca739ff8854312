//! The pretend provider of electronic invoices: takes each receipt in once, is away for every third the first time, and refuses
//! a token that is not its own.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use chassis::{
    App,
    http::{Json, Problem},
};
use sha2::{Digest, Sha256};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Bank, Enabled};
use crate::{
    config::Config,
    invoices::{Accepted, Document},
};

/// The route.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take))
}

/// Takes a receipt in. The same key is always given the same reference.
#[utoipa::path(post, path = "/payment/sandbox/invoices", request_body = Document, responses((status = OK, body = Accepted), (status = UNAUTHORIZED, body = Problem)))]
async fn take(
    _: Enabled,
    State(app): State<App>,
    headers: HeaderMap,
    Json(document): Json<Document>,
) -> Result<axum::Json<Accepted>, Problem> {
    let told = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = format!("Bearer {}", app.config::<Config>().invoices.token.trim());
    if told(header::AUTHORIZATION) != Some(bearer.as_str()) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "Mã kết nối sai",
            "The token is wrong",
        ));
    }
    let key = document.key();
    if document.receipt.number.is_multiple_of(3) {
        let bank = app.part::<Bank>();
        let mut missed = bank.missed.lock().map_err(|_| Problem::internal())?;
        if missed.insert(key.clone()) {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Nhà cung cấp đang bận",
                "The provider is busy",
            ));
        }
    }
    let reference = hex::encode_upper(Sha256::digest(key.as_bytes()));
    let reference = format!("MC{}", reference.get(..10).unwrap_or_default());
    Ok(axum::Json(Accepted { reference }))
}
