//! The second page of signing in: the code or the passkey, or the second factor that is to be begun.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::{OwnPage, cookie as cookie_of},
    http::{Form, Problem, Query},
};
use qr::Picture;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use super::{Back, drawn, passkeys};
use crate::{
    domain::{Place, own_path},
    http::{second_factor::wrong_code, seconds},
    second_factor::Enrolment,
    second_step::{self, Asked, LIFE, Step},
    sessions::cookie,
};

/// The page's address.
const PAGE: &str = "/identity/sign-in/code";

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(form, answer))
}

/// The cookie that holds the ticket. A page that a telephone loads again after its owner looked into an app must still know it.
fn ticket_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https:") {
        "__Host-motcua_sign_in"
    } else {
        "motcua_sign_in"
    }
}

/// The ticket that a browser holds.
pub(crate) fn ticket<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie_of(headers, ticket_name(&app.settings().public_url))
}

fn ticket_cookie(app: &App, ticket: &str) -> String {
    let url = &app.settings().public_url;
    let life = if ticket.is_empty() {
        0
    } else {
        LIFE.num_seconds()
    };
    cookie(ticket_name(url), ticket, life, url)
}

/// Leads to the second page with a ticket for it.
pub(super) fn lead(app: &App, ticket: &str, back: &str) -> Response {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let headers = [
        (header::LOCATION, format!("{PAGE}?back={back}")),
        (header::SET_COOKIE, ticket_cookie(app, ticket)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct StepPage<'a> {
    back: &'a str,
    /// What an app is told, where a second factor is to be begun.
    enrolment: Option<(Enrolment, Picture)>,
    /// Whether a code is an answer.
    code: bool,
    /// The origin at which a passkey is an answer.
    passkey: Option<String>,
    wrong: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

/// The page for what is asked; nothing when nothing is.
async fn asked<'a>(
    app: &App,
    ticket: &str,
    back: &'a str,
) -> Result<Option<StepPage<'a>>, Problem> {
    let (enrolment, means) = match second_step::asked(app, ticket).await? {
        Asked::One(means) => (None, Some(means)),
        Asked::First(enrolment) => {
            let picture = drawn(&enrolment.otpauth)?;
            (Some((enrolment, picture)), None)
        }
        Asked::Nothing => return Ok(None),
    };
    let passkey = means.filter(|means| means.passkey);
    Ok(Some(StepPage {
        back,
        enrolment,
        code: means.is_none_or(|means| means.code),
        passkey: passkey.and_then(|_| passkeys::origin(app)),
        wrong: None,
        wait: None,
    }))
}

/// Signing in begins anew.
fn anew(back: &str) -> Response {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    Redirect::to(&format!("/identity/sign-in?back={back}")).into_response()
}

/// The second page of signing in.
#[utoipa::path(get, path = "/identity/sign-in/code", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn form(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let back = own_path(&back);
    match asked(&app, ticket(&app, &headers).unwrap_or_default(), back).await? {
        Some(page) => web::page(Visitor::Stranger, &page),
        None => Ok(anew(back)),
    }
}

/// The form, filled in.
#[derive(Deserialize, utoipa::ToSchema)]
struct StepForm {
    #[serde(default)]
    code: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub(super) struct CodesPage<'a> {
    pub codes: Vec<String>,
    /// Where to go on.
    pub back: &'a str,
}

/// Signs in by a code and goes on to where the person came from.
#[utoipa::path(post, path = "/identity/sign-in/code", request_body(content = StepForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = OK, content_type = "text/html", description = "Recovery codes, shown this once"),
        (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn answer(
    _: OwnPage,
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    Form(form): Form<StepForm>,
) -> Result<Response, Problem> {
    let url = &app.settings().public_url;
    let back = own_path(&form.back);
    let ticket = ticket(&app, &headers).unwrap_or_default();
    let (status, wrong, wait) = match second_step::answer(&app, ticket, &form.code, &place).await? {
        Step::In { session, codes } => {
            let cookies = AppendHeaders([
                (header::SET_COOKIE, session.cookie(url)),
                (header::SET_COOKIE, ticket_cookie(&app, "")),
            ]);
            if codes.is_empty() {
                let on = [
                    (header::LOCATION, back),
                    (header::CACHE_CONTROL, "no-store"),
                ];
                return Ok((StatusCode::SEE_OTHER, cookies, on).into_response());
            }
            let codes = codes.iter().map(ToString::to_string).collect();
            let page = web::page(&session.claims, &CodesPage { codes, back })?;
            return Ok((cookies, page).into_response());
        }
        Step::Over => return Ok(anew(back)),
        Step::Wrong => {
            let wrong = wrong_code().vi.into_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, Some(wrong), None)
        }
        Step::Wait(wait) => (StatusCode::TOO_MANY_REQUESTS, None, Some(seconds(wait))),
    };
    let Some(page) = asked(&app, ticket, back).await? else {
        return Ok(anew(back));
    };
    let page = StepPage {
        wrong,
        wait: wait.map(|seconds| seconds.div_ceil(60)),
        ..page
    };
    let after = wait.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    let after = AppendHeaders(after.into_iter().flatten());
    Ok((status, after, web::page(Visitor::Stranger, &page)?).into_response())
}
