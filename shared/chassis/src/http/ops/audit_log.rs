//! A service's audit log, for operators; and its newest checkpoint, for whoever wants to keep one.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Part, Problem, Query, answer};
use crate::{
    App,
    audit::{self, Deed, Entry},
    auth::Operator,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(checkpoint))
}

/// Which part of the log is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// What was done to this dossier or account; all when absent.
    subject: Option<Uuid>,
    /// Which page, from 1.
    page: Option<u32>,
    /// How many on a page, from 1 to 1000; 50 when absent.
    limit: Option<u32>,
}

/// Who did what, newest first. That it was read is written down too.
#[utoipa::path(get, path = "/audit-log", params(Wanted), responses((status = OK, body = Vec<Entry>)))]
async fn list(
    Operator(claims): Operator,
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let part = Part::new(wanted.page, wanted.limit);
    app.transact(async |tx| {
        let deed = Deed::by(&claims, "audit.log-read").with(json!({ "page": part.page }));
        tx.record(match wanted.subject {
            Some(subject) => deed.to(subject),
            None => deed,
        });
        Ok(())
    })
    .await?;
    let found = audit::entries(app.db(), wanted.subject, part.skip(), part.limit).await?;
    Ok(answer(&found))
}

/// The log's newest checkpoint, a signed note (C2SP tlog-checkpoint): how many entries there are, and the root of the tree over
/// them. It tells nothing of them, so that anybody may keep it.
#[utoipa::path(get, path = "/audit-log/checkpoint",
    responses((status = OK, content_type = "text/plain", body = String), (status = NOT_FOUND, body = Problem)))]
async fn checkpoint(State(app): State<App>) -> Result<Response, Problem> {
    let newest = audit::newest(app.db().reads()).await?;
    Ok(newest.ok_or_else(Problem::not_found)?.into_response())
}
