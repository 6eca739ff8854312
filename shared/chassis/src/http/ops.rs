//! What operators do with a service's parked messages: as an API, and as pages for a browser. And its audit log.

mod audit_log;
mod pages;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use contracts::Text;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Act, Answer, Json, Path, Problem, Query, page};
use crate::{
    App, Tx,
    auth::{Claims, Operator},
    parked::{self, Actor, Audited, Parked, Sight},
};

/// How many are listed when nobody says how many, and at most.
const LISTED: (u32, u32) = (50, 1000);

/// The operators' routes under `/{service}/ops`.
pub(crate) fn routes(service: &str, audits: bool) -> OpenApiRouter<App> {
    let own = OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(audit))
        .routes(routes!(inspect))
        .routes(routes!(replay))
        .routes(routes!(discard))
        .merge(pages::routes());
    let own = if audits {
        own.merge(audit_log::routes())
    } else {
        own
    };
    OpenApiRouter::new().nest(&format!("/{service}/ops"), own)
}

/// Which messages are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A wire name; all when absent or empty.
    #[serde(default)]
    kind: String,
    /// Which page, from 1.
    page: Option<u32>,
    /// How many on a page, from 1 to 1000; 50 when absent.
    limit: Option<u32>,
}

impl Wanted {
    fn kind(&self) -> Option<&str> {
        Some(self.kind.as_str()).filter(|kind| !kind.is_empty())
    }
}

/// A part of a long list: one of its pages.
#[derive(Clone, Copy)]
struct Part {
    page: u32,
    limit: u32,
}

impl Part {
    fn new(page: Option<u32>, limit: Option<u32>) -> Self {
        Self {
            page: page.unwrap_or(1).max(1),
            limit: limit.unwrap_or(LISTED.0).clamp(1, LISTED.1),
        }
    }

    fn skip(self) -> u32 {
        (self.page - 1).saturating_mul(self.limit)
    }
}

/// Why an operator acts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// A sentence for the audit.
    note: Text,
}

/// JSON that no cache keeps: it may tell of persons, and what it is depends on what the reader accepts.
fn answer(body: &impl Serialize) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept"),
    ];
    (headers, axum::Json(body)).into_response()
}

/// The parked messages, oldest first, without their bodies. A browser gets a page.
#[utoipa::path(get, path = "/parked", params(Wanted), responses((status = OK, body = Vec<Parked>)))]
async fn list(
    Operator(claims): Operator,
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let part = Part::new(wanted.page, wanted.limit);
    if page::is_wanted(&headers) {
        return pages::list(&app, &claims, wanted.kind(), part).await;
    }
    let found = parked::find(app.db(), wanted.kind(), part.skip(), part.limit).await?;
    Ok(answer(&found))
}

/// Which part of the audit is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedTrail {
    /// What was done with this message; with all when absent.
    message: Option<Uuid>,
    /// Which page, from 1.
    page: Option<u32>,
    /// How many on a page, from 1 to 1000; 50 when absent.
    limit: Option<u32>,
}

/// Who did what with parked messages, newest first; looking at one is written down too. A browser gets a page.
#[utoipa::path(get, path = "/parked/audit", params(WantedTrail), responses((status = OK, body = Vec<Audited>)))]
async fn audit(
    Operator(claims): Operator,
    State(app): State<App>,
    Query(wanted): Query<WantedTrail>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let part = Part::new(wanted.page, wanted.limit);
    if page::is_wanted(&headers) {
        return pages::audit(&app, &claims, wanted.message, part).await;
    }
    let trail = parked::trail(app.db(), wanted.message, part.skip(), part.limit).await?;
    Ok(answer(&trail))
}

/// How a message is looked at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Look {
    /// Whether the body is answered as it is. Otherwise all in it that may be about a person is hidden.
    #[serde(default)]
    #[param(required = false)]
    show: bool,
}

/// One parked message with its body. Who looked, and whether at the whole, is written to the audit. A browser gets a page.
#[utoipa::path(get, path = "/parked/{id}", params(("id" = Uuid, Path), Look),
    responses((status = OK, body = Parked), (status = NOT_FOUND, body = Problem)))]
async fn inspect(
    Operator(claims): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if page::is_wanted(&headers) {
        return pages::one(&app, &claims, id, Sight::Masked).await;
    }
    let sight = if look.show {
        Sight::Whole
    } else {
        Sight::Masked
    };
    let found = parked::inspect(app.db(), app.clock(), id, sight, &claims).await?;
    Ok(answer(&found))
}

/// Tries a parked message again from the first step of the ladder.
#[utoipa::path(post, path = "/parked/{id}/replay", params(("id" = Uuid, Path)), request_body = Reason,
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn replay(
    Operator(claims): Operator,
    act: Act,
    Path(id): Path<Uuid>,
    Json(Reason { note }): Json<Reason>,
) -> Result<Response, Problem> {
    let what = parked::Act::Replay;
    done(act, &claims, id, what, &note, Answer::nothing()).await
}

/// Gives a parked message up for good.
#[utoipa::path(post, path = "/parked/{id}/discard", params(("id" = Uuid, Path)), request_body = Reason,
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn discard(
    Operator(claims): Operator,
    act: Act,
    Path(id): Path<Uuid>,
    Json(Reason { note }): Json<Reason>,
) -> Result<Response, Problem> {
    let what = parked::Act::Discard;
    done(act, &claims, id, what, &note, Answer::nothing()).await
}

async fn done(
    act: Act,
    claims: &Claims,
    id: Uuid,
    what: parked::Act,
    note: &Text,
    answer: Answer,
) -> Result<Response, Problem> {
    let app = act.app().clone();
    let work = async |tx: Tx| {
        parked::act_in(
            tx.db(),
            app.clock(),
            id,
            what,
            Actor::from(claims),
            note.as_str(),
        )
        .await?;
        Ok(answer)
    };
    let response = act.by(claims.sub).about(note).transact(work).await?;
    app.wake().deferred.notify_one();
    Ok(response)
}

impl From<parked::Error> for Problem {
    fn from(error: parked::Error) -> Self {
        match error {
            parked::Error::Unknown(_) => Self::not_found(),
            parked::Error::Database(error) => error.into(),
        }
    }
}
