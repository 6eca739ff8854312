//! The register's endpoint: officers add records.

use axum::{http::StatusCode, response::Response};
use chassis::{
    App,
    auth::Officer,
    http::{Act, Answer, Json, Problem},
};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{record::Record, store};

/// All endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add))
}

/// A record that was added.
#[derive(Serialize, utoipa::ToSchema)]
struct Added {
    /// Its id.
    id: Uuid,
}

/// Adds a record to the register.
#[utoipa::path(
    post,
    path = "/agency-civil-status/records",
    request_body = Record,
    responses(
        (status = 201, description = "Added", body = Added),
        (status = 403, description = "Not an officer"),
        (status = 409, description = "The office has a record of this kind and number already"),
        (status = 422, description = "A field is wrong"),
    )
)]
async fn add(
    Officer(officer): Officer,
    act: Act,
    Json(record): Json<Record>,
) -> Result<Response, Problem> {
    record
        .check()
        .map_err(|(field, refused)| Problem::field(field, refused))?;
    let act = act.by(officer.sub).about(&record);
    act.transact(|tx| async move {
        let id = tx.new_id();
        if !store::add(tx.db(), id, &record, tx.now()).await? {
            return Err(Problem::conflict(
                "Sổ đã có bản ghi với số này",
                "The register has a record of this number already",
            ));
        }
        tracing::info!(record = %id, officer = %officer.sub, "record added to the register");
        Ok(Answer::json(StatusCode::CREATED, &Added { id }))
    })
    .await
}
