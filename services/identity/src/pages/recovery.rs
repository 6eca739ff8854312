//! The pages by which somebody who has forgotten their password gets a new one.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::{OwnPage, Person},
    http::{Form, Problem, Query},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use super::{
    Back,
    contacts::{OnlyBack, TypedCode, after, onward},
};
use crate::{
    codes,
    domain::own_path,
    http::{
        busy,
        contacts::{void, wrong_code as wrong_one_time_code},
        second_factor::wrong_code,
        seconds,
    },
    recovery::{self, Next, PURPOSE, Refusal},
};

/// The pages' addresses.
const CODE: &str = "/identity/recovery/code";
const SECOND: &str = "/identity/recovery/second";
const PASSWORD: &str = "/identity/recovery/password";

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(form, begin))
        .routes(routes!(code_form, answer))
        .routes(routes!(again))
        .routes(routes!(second_form, second))
        .routes(routes!(password_form, set))
}

/// The ticket that the browser holds.
fn ticket<'a>(app: &App, headers: &'a HeaderMap) -> &'a str {
    codes::ticket(app, PURPOSE, headers).unwrap_or_default()
}

/// Leads to a page with a ticket for it.
fn lead(app: &App, page: &str, back: &str, ticket: &str) -> Response {
    let headers = [
        (header::LOCATION, onward(page, back)),
        (header::SET_COOKIE, codes::cookie(app, PURPOSE, ticket)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[derive(Template, Default)]
#[template(path = "recovery.html")]
struct RecoveryPage<'a> {
    back: &'a str,
    filled: &'a str,
    error: Option<String>,
    refused: Option<String>,
}

fn shown(page: &impl Template) -> Result<Response, Problem> {
    web::page(Visitor::Stranger, page)
}

/// It begins anew: there is no such code or recovery, or no more.
fn anew(back: &str) -> Result<Response, Problem> {
    let page = RecoveryPage {
        back,
        refused: Some(
            "Lần lấy lại mật khẩu này đã hết hạn hoặc đã xong. Xin làm lại từ đầu.".into(),
        ),
        ..RecoveryPage::default()
    };
    Ok((StatusCode::GONE, shown(&page)?).into_response())
}

/// The form for the contact.
#[utoipa::path(get, path = "/identity/recovery", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html")))]
async fn form(visitor: Visitor, Query(Back { back }): Query<Back>) -> Result<Response, Problem> {
    let page = RecoveryPage {
        back: &back,
        ..RecoveryPage::default()
    };
    web::page(visitor, &page)
}

/// Who has forgotten their password.
#[derive(Deserialize, utoipa::ToSchema)]
struct Forgotten {
    /// A telephone or an e-mail address.
    #[serde(default)]
    contact: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

/// Sends a code, or seems to, and leads to its page.
#[utoipa::path(post, path = "/identity/recovery", request_body(content = Forgotten, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn begin(
    _: OwnPage,
    State(app): State<App>,
    Form(asked): Form<Forgotten>,
) -> Result<Response, Problem> {
    let page = RecoveryPage {
        back: &asked.back,
        filled: &asked.contact,
        ..RecoveryPage::default()
    };
    match recovery::begin(&app, &asked.contact).await? {
        Ok(ticket) => Ok(lead(&app, CODE, &asked.back, &ticket)),
        Err(Refusal::Field(error)) => {
            let error = Some(error.vi.clone());
            let page = shown(&RecoveryPage { error, ..page })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refusal::Later(wait)) => {
            let seconds = seconds(wait);
            let minutes = seconds.div_ceil(60);
            let refused = format!("Đã xin nhiều mã. Xin thử lại sau {minutes} phút.");
            let refused = Some(refused);
            let page = shown(&RecoveryPage { refused, ..page })?;
            let after = AppendHeaders(after(Some(seconds)));
            Ok((StatusCode::TOO_MANY_REQUESTS, after, page).into_response())
        }
        Err(_) => anew(&asked.back),
    }
}

#[derive(Template)]
#[template(path = "recovery_code.html")]
struct CodePage<'a> {
    back: &'a str,
    sent_to: String,
    wrong: Option<String>,
    /// Seconds until another code may be asked for.
    wait: Option<u64>,
    again_at: String,
}

async fn code_page(
    app: &App,
    headers: &HeaderMap,
    back: &str,
    wrong: Option<String>,
    wait: Option<u64>,
) -> Result<Response, Problem> {
    let standing = codes::standing(app, ticket(app, headers), PURPOSE).await?;
    let Some(standing) = standing else {
        return anew(back);
    };
    let status = match (&wrong, wait) {
        (_, Some(_)) => StatusCode::TOO_MANY_REQUESTS,
        (Some(_), None) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, None) => StatusCode::OK,
    };
    let page = CodePage {
        back,
        sent_to: standing.contact.masked(),
        wrong,
        wait,
        again_at: web::moment(standing.again_at),
    };
    Ok((status, AppendHeaders(after(wait)), shown(&page)?).into_response())
}

/// The form for the code.
#[utoipa::path(get, path = "/identity/recovery/code", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html"), (status = GONE, content_type = "text/html")))]
async fn code_form(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    code_page(&app, &headers, &back, None, None).await
}

/// Judges the code and leads to the next step.
#[utoipa::path(post, path = "/identity/recovery/code", request_body(content = TypedCode, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = GONE, content_type = "text/html")))]
async fn answer(
    _: OwnPage,
    State(app): State<App>,
    headers: HeaderMap,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Problem> {
    let wrong = match recovery::answer(&app, ticket(&app, &headers), &typed.code).await? {
        Ok(next) => {
            let page = match recovery::next(&app, &next, None).await? {
                Some(Next::Password) => PASSWORD,
                _ => SECOND,
            };
            return Ok(lead(&app, page, &typed.back, &next));
        }
        Err(Refusal::Code(left)) => wrong_one_time_code(left),
        Err(Refusal::Void) => void(),
        Err(_) => return anew(&typed.back),
    };
    let wrong = Some(wrong.vi.into_owned());
    code_page(&app, &headers, &typed.back, wrong, None).await
}

/// Sends another code in place of the one before.
#[utoipa::path(post, path = "/identity/recovery/again", request_body(content = OnlyBack, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = GONE, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn again(
    _: OwnPage,
    State(app): State<App>,
    headers: HeaderMap,
    Form(OnlyBack { back }): Form<OnlyBack>,
) -> Result<Response, Problem> {
    match recovery::again(&app, ticket(&app, &headers)).await? {
        Ok(()) => Ok(Redirect::to(&onward(CODE, &back)).into_response()),
        Err(Refusal::Later(wait)) => {
            code_page(&app, &headers, &back, None, Some(seconds(wait))).await
        }
        Err(_) => anew(&back),
    }
}

#[derive(Template)]
#[template(path = "recovery_second.html")]
struct SecondPage<'a> {
    back: &'a str,
    code: bool,
    passkey: bool,
    /// Where a passkey is used.
    sign_in: String,
    wrong: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

async fn second_page(
    app: &App,
    headers: &HeaderMap,
    back: &str,
    wrong: Option<String>,
    wait: Option<u64>,
) -> Result<Response, Problem> {
    let (code, passkey) = match recovery::next(app, ticket(app, headers), None).await? {
        Some(Next::Code { passkey }) => (true, passkey),
        Some(Next::Passkey) => (false, true),
        Some(Next::Password) => {
            return Ok(Redirect::to(&onward(PASSWORD, back)).into_response());
        }
        None => return anew(back),
    };
    let status = match (&wrong, wait) {
        (_, Some(_)) => StatusCode::TOO_MANY_REQUESTS,
        (Some(_), None) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, None) => StatusCode::OK,
    };
    let page = SecondPage {
        back,
        code,
        passkey,
        sign_in: onward("/identity/sign-in", &onward(PASSWORD, back)),
        wrong,
        wait: wait.map(|seconds| seconds.div_ceil(60)),
    };
    Ok((status, AppendHeaders(after(wait)), shown(&page)?).into_response())
}

/// What else is to be shown by who has a second factor.
#[utoipa::path(get, path = "/identity/recovery/second", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER), (status = GONE, content_type = "text/html")))]
async fn second_form(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    second_page(&app, &headers, &back, None, None).await
}

/// Judges a code of the app or a recovery code.
#[utoipa::path(post, path = "/identity/recovery/second", request_body(content = TypedCode, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"),
        (status = GONE, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn second(
    _: OwnPage,
    State(app): State<App>,
    headers: HeaderMap,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Problem> {
    let (wrong, wait) = match recovery::second(&app, ticket(&app, &headers), &typed.code).await? {
        Ok(()) => return Ok(Redirect::to(&onward(PASSWORD, &typed.back)).into_response()),
        Err(Refusal::Second) => (Some(wrong_code().vi.into_owned()), None),
        Err(Refusal::Wait(wait)) => (None, Some(seconds(wait))),
        Err(_) => return anew(&typed.back),
    };
    second_page(&app, &headers, &typed.back, wrong, wait).await
}

#[derive(Template, Default)]
#[template(path = "recovery_password.html")]
struct PasswordPage<'a> {
    back: &'a str,
    error: Option<String>,
    /// The passkeys that still open the account, once it is done.
    done: Option<u64>,
}

/// The form for the new password.
#[utoipa::path(get, path = "/identity/recovery/password", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER), (status = GONE, content_type = "text/html")))]
async fn password_form(
    State(app): State<App>,
    here: Option<Person>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let here = here.as_ref().map(|Person(claims)| claims);
    match recovery::next(&app, ticket(&app, &headers), here).await? {
        Some(Next::Password) => shown(&PasswordPage {
            back: &back,
            ..PasswordPage::default()
        }),
        Some(_) => Ok(Redirect::to(&onward(SECOND, &back)).into_response()),
        None => anew(&back),
    }
}

/// A new password.
#[derive(Deserialize, utoipa::ToSchema)]
struct Chosen {
    /// The password as it is to be: 8 to 128 characters.
    #[serde(default)]
    #[schema(format = Password)]
    password: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

/// Sets the new password and ends all sessions.
#[utoipa::path(post, path = "/identity/recovery/password", request_body(content = Chosen, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"),
        (status = GONE, content_type = "text/html")))]
async fn set(
    _: OwnPage,
    State(app): State<App>,
    here: Option<Person>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let here = here.as_ref().map(|Person(claims)| claims);
    let page = PasswordPage {
        back: own_path(&chosen.back),
        ..PasswordPage::default()
    };
    let held = ticket(&app, &headers);
    match recovery::set(&app, held, &chosen.password, here).await? {
        Ok(done) => {
            let url = &app.settings().public_url;
            // Whoever is signed in here is so no more.
            let cookies = AppendHeaders([
                (header::SET_COOKIE, codes::cookie(&app, PURPOSE, "")),
                (header::SET_COOKIE, crate::sessions::no_cookie(url)),
            ]);
            let done = Some(done.passkeys);
            Ok((cookies, shown(&PasswordPage { done, ..page })?).into_response())
        }
        Err(Refusal::Field(error)) => {
            let error = Some(error.vi.clone());
            let page = shown(&PasswordPage { error, ..page })?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refusal::Busy) => Err(busy()),
        Err(_) => anew(&chosen.back),
    }
}
