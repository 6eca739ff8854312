//! Changing a password over HTTP.

use axum::{
    Json as Body,
    extract::State,
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    http::{Json, Problem},
};
use contracts::Refused;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{sessions::Ended, waits};
use crate::{
    guessing::Checked,
    password_change::{self, Changed, NewPassword},
    sessions::Known,
};

/// The password's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change))
}

/// The password as it is was given wrong.
pub(crate) fn wrong_password() -> Refused {
    Refused::new(
        "Mật khẩu đang dùng không đúng",
        "This is not the password in use",
    )
}

/// Changes one's own password and ends all other sessions.
#[utoipa::path(put, path = "/identity/password", request_body = NewPassword,
    responses((status = OK, body = Ended), (status = UNAUTHORIZED, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn change(
    Known(claims): Known,
    State(app): State<App>,
    Json(asked): Json<NewPassword>,
) -> Result<Response, Problem> {
    match password_change::change(&app, &claims, &asked).await? {
        Checked::Right(Changed::Done { ended, .. }) => Ok(Body(Ended { ended }).into_response()),
        Checked::Right(Changed::Unfit(error)) => Err(Problem::fields(vec![error])),
        Checked::Wrong => Err(Problem::field("current", wrong_password())),
        Checked::Wait(wait) => Err(waits(wait)),
    }
}
