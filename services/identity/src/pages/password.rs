//! The form by which somebody changes their password.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem},
};
use chrono::TimeDelta;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::username;
use crate::{
    guessing::Checked,
    http::{password::wrong_password, seconds},
    password_change::{self, Changed, NewPassword},
    sessions::Known,
};

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(form, change))
}

#[derive(Template, Default)]
#[template(path = "password.html")]
struct PasswordPage {
    username: String,
    /// Other sessions that have ended, once it is done.
    done: Option<u64>,
    /// Passkeys that still open the account.
    passkeys: u64,
    /// What is wrong with the old password.
    current: Option<String>,
    /// What is wrong with the new one.
    new: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

/// The form.
#[utoipa::path(get, path = "/identity/password", responses((status = OK, content_type = "text/html")))]
async fn form(Known(claims): Known) -> Result<Response, Problem> {
    shown(&claims, PasswordPage::default())
}

/// Changes the password and ends all other sessions.
#[utoipa::path(post, path = "/identity/password", request_body(content = NewPassword, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"),
        (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn change(
    Known(claims): Known,
    State(app): State<App>,
    Form(asked): Form<NewPassword>,
) -> Result<Response, Problem> {
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, page) = match password_change::change(&app, &claims, &asked).await? {
        Checked::Right(Changed::Done { ended, passkeys }) => (
            StatusCode::OK,
            PasswordPage {
                done: Some(ended),
                passkeys,
                ..PasswordPage::default()
            },
        ),
        Checked::Right(Changed::Unfit(error)) => (
            unfit,
            PasswordPage {
                new: Some(error.vi),
                ..PasswordPage::default()
            },
        ),
        Checked::Wrong => (
            unfit,
            PasswordPage {
                current: Some(wrong_password().vi.into_owned()),
                ..PasswordPage::default()
            },
        ),
        Checked::Wait(wait) => return waiting(&claims, wait),
    };
    Ok((status, shown(&claims, page)?).into_response())
}

fn shown(claims: &Claims, page: PasswordPage) -> Result<Response, Problem> {
    let page = PasswordPage {
        username: username(claims),
        ..page
    };
    web::page(claims, &page)
}

fn waiting(claims: &Claims, wait: TimeDelta) -> Result<Response, Problem> {
    let seconds = seconds(wait);
    let page = PasswordPage {
        wait: Some(seconds.div_ceil(60)),
        ..PasswordPage::default()
    };
    let after = [(header::RETRY_AFTER, seconds.to_string())];
    Ok((StatusCode::TOO_MANY_REQUESTS, after, shown(claims, page)?).into_response())
}
