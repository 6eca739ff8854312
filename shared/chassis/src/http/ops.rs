//! What operators do with a service's parked messages.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Json, Problem};
use crate::{
    App,
    auth::Operator,
    parked::{self, Act, Parked},
};

/// The operators' routes under `/{service}/ops`.
pub(crate) fn routes(service: &str) -> OpenApiRouter<App> {
    let own = OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(inspect))
        .routes(routes!(replay))
        .routes(routes!(discard));
    OpenApiRouter::new().nest(&format!("/{service}/ops"), own)
}

#[derive(Deserialize)]
struct Page {
    limit: Option<u32>,
}

/// Why an operator acts.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// A sentence for the audit.
    note: contracts::Text,
}

/// The parked messages, oldest first, without their bodies.
#[utoipa::path(get, path = "/parked", responses((status = OK, body = Vec<Parked>)))]
async fn list(
    _: Operator,
    State(app): State<App>,
    Query(page): Query<Page>,
) -> Result<axum::Json<Vec<Parked>>, Problem> {
    Ok(axum::Json(
        parked::list(app.db(), page.limit.unwrap_or(100).min(1000)).await?,
    ))
}

/// One parked message with its body.
#[utoipa::path(get, path = "/parked/{id}", params(("id" = Uuid, Path)), responses((status = OK, body = Parked), (status = NOT_FOUND)))]
async fn inspect(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Parked>, Problem> {
    Ok(axum::Json(parked::inspect(app.db(), id).await?))
}

/// Tries a parked message again from the first step of the ladder.
#[utoipa::path(post, path = "/parked/{id}/replay", params(("id" = Uuid, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND)))]
async fn replay(
    operator: Operator,
    app: State<App>,
    id: Path<Uuid>,
    reason: Json<Reason>,
) -> Result<StatusCode, Problem> {
    done(operator, app, id, reason, Act::Replay).await
}

/// Gives a parked message up for good.
#[utoipa::path(post, path = "/parked/{id}/discard", params(("id" = Uuid, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND)))]
async fn discard(
    operator: Operator,
    app: State<App>,
    id: Path<Uuid>,
    reason: Json<Reason>,
) -> Result<StatusCode, Problem> {
    done(operator, app, id, reason, Act::Discard).await
}

async fn done(
    Operator(claims): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(reason): Json<Reason>,
    act: Act,
) -> Result<StatusCode, Problem> {
    parked::act(
        app.db(),
        app.clock(),
        id,
        act,
        &claims.sub.to_string(),
        reason.note.as_str(),
    )
    .await?;
    app.wake().deferred.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

impl From<parked::Error> for Problem {
    fn from(error: parked::Error) -> Self {
        match error {
            parked::Error::Unknown(_) => Self::not_found(),
            parked::Error::Database(error) => error.into(),
        }
    }
}
