//! The second step of signing in, over HTTP.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::OwnPage,
    http::{Json, Problem},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    second_factor::{EnrolmentView, enrolment, wrong_code},
    sessions::{SessionView, begun},
    waits,
};
use crate::{
    domain::Place,
    second_step::{self, Asked, LIFE, Means, Step},
};

/// The second step's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(asked))
        .routes(routes!(answer))
}

/// The password is right, and a second step is asked for.
#[derive(Serialize, ToSchema)]
pub struct SecondStep {
    /// Names this sign-in. Good once, and not for long.
    pub ticket: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Whether there must be a second factor and is none yet: ask for `enrolment`, and answer with its first code.
    pub enrols: bool,
    /// Whether a code of the app, or a recovery code, is an answer.
    pub code: bool,
    /// Whether a passkey is an answer: ask for its challenge with the ticket.
    pub passkey: bool,
}

/// Answers that a second step is asked for (202).
pub(super) fn second_step(app: &App, ticket: String, means: Option<Means>) -> Response {
    let view = SecondStep {
        ticket,
        expires_at: app.clock().now() + LIFE,
        enrols: means.is_none(),
        code: means.is_none_or(|means| means.code),
        passkey: means.is_some_and(|means| means.passkey),
    };
    let headers = [(axum::http::header::CACHE_CONTROL, "no-store")];
    (StatusCode::ACCEPTED, headers, axum::Json(view)).into_response()
}

/// There is no such sign-in, or no more.
pub(super) fn over() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "Lần đăng nhập này đã quá hạn, xin đăng nhập lại",
        "This sign-in is over, please sign in again",
    )
}

/// Names a sign-in that waits for a code.
#[derive(Deserialize, ToSchema)]
pub struct Ticket {
    /// As it was answered to the password.
    pub ticket: String,
}

/// What an authenticator app is told, for who must have a second factor and has none yet.
#[utoipa::path(post, path = "/identity/sessions/enrolment", request_body = Ticket,
    responses((status = OK, body = EnrolmentView), (status = UNAUTHORIZED, body = Problem)))]
async fn asked(
    _: OwnPage,
    State(app): State<App>,
    Json(asked): Json<Ticket>,
) -> Result<Response, Problem> {
    match second_step::asked(&app, &asked.ticket).await? {
        Asked::First(begun) => Ok(enrolment(StatusCode::OK, begun)),
        Asked::One(_) | Asked::Nothing => Err(over()),
    }
}

/// A code for a sign-in that waits for one.
#[derive(Deserialize, ToSchema)]
pub struct SecondStepCode {
    /// As it was answered to the password.
    pub ticket: String,
    /// Six digits of the app, or a recovery code.
    pub code: String,
}

/// Signs in by the second factor.
#[utoipa::path(post, path = "/identity/sessions/second-step", request_body = SecondStepCode,
    responses((status = CREATED, body = SessionView), (status = UNAUTHORIZED, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn answer(
    _: OwnPage,
    State(app): State<App>,
    place: Place,
    Json(answer): Json<SecondStepCode>,
) -> Result<Response, Problem> {
    match second_step::answer(&app, &answer.ticket, &answer.code, &place).await? {
        Step::In { session, codes } => begun(&app, StatusCode::CREATED, *session, &codes),
        Step::Wrong => Err(Problem::field("code", wrong_code())),
        Step::Wait(wait) => Err(waits(wait)),
        Step::Over => Err(over()),
    }
}
