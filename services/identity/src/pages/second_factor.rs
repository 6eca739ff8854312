//! The pages by which somebody begins, confirms and removes their second factor.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem},
};
use qr::Picture;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{drawn, second_step::CodesPage, username};
use crate::{
    domain::Place,
    http::{
        password::wrong_password,
        second_factor::{ByBoth, ByCode, ByPassword, FactorView, standing, wrong_code},
        seconds,
    },
    second_factor::{self, Confirmed, Enrolment, Refusal},
    sessions::{Known, no_cookie},
    store,
};

/// The page's address.
const PAGE: &str = "/identity/second-factor";

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(form, confirm))
        .routes(routes!(remove))
}

#[derive(Default)]
struct Told {
    /// What is wrong with the password.
    password: Option<String>,
    /// What is wrong with the code.
    code: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct FactorPage<'a> {
    username: String,
    view: &'a FactorView,
    told: Told,
}

/// How somebody's second factor stands.
pub fn show(claims: &Claims, view: &FactorView) -> Result<Response, Problem> {
    let page = FactorPage {
        username: username(claims),
        view,
        told: Told::default(),
    };
    web::page(claims, &page)
}

/// What a refusal says on a page.
fn told(refusal: Refusal) -> Result<(StatusCode, Told, u64), Problem> {
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    let none = Told::default();
    Ok(match refusal {
        Refusal::Password => {
            let password = Some(wrong_password().vi.into_owned());
            (unfit, Told { password, ..none }, 0)
        }
        Refusal::Code => {
            let code = Some(wrong_code().vi.into_owned());
            (unfit, Told { code, ..none }, 0)
        }
        Refusal::Wait(wait) => {
            let seconds = seconds(wait);
            let wait = Some(seconds.div_ceil(60));
            (
                StatusCode::TOO_MANY_REQUESTS,
                Told { wait, ..none },
                seconds,
            )
        }
        Refusal::State | Refusal::Weak => return Err(refusal.into()),
    })
}

/// Answers a page again with what is wrong.
fn again(status: StatusCode, seconds: u64, page: Response) -> Response {
    let after = (seconds > 0).then(|| (header::RETRY_AFTER, seconds.to_string()));
    (status, AppendHeaders(after), page).into_response()
}

async fn refused(app: &App, claims: &Claims, refusal: Refusal) -> Result<Response, Problem> {
    let (status, told, seconds) = told(refusal)?;
    let view = &standing(app, claims).await?;
    let page = FactorPage {
        username: username(claims),
        view,
        told,
    };
    let page = web::page(claims, &page)?;
    Ok(again(status, seconds, page))
}

/// Begins a second factor and leads to its code.
#[utoipa::path(post, path = "/identity/second-factor/begin", request_body(content = ByPassword, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Form(by): Form<ByPassword>,
) -> Result<Response, Problem> {
    match second_factor::begin_with(&app, &claims, &by.password).await? {
        Ok(_) => Ok(Redirect::to("/identity/second-factor/confirm").into_response()),
        Err(refusal) => refused(&app, &claims, refusal).await,
    }
}

#[derive(Template)]
#[template(path = "second_factor_confirm.html")]
struct ConfirmPage {
    enrolment: Enrolment,
    picture: Picture,
    told: Told,
}

async fn begun(app: &App, claims: &Claims, told: Told) -> Result<Option<ConfirmPage>, Problem> {
    let account = store::with_hash(app.db().reads(), claims.sub).await?;
    let enrolment = match account {
        Some((account, _)) => second_factor::begun(app, &account).await?,
        None => None,
    };
    let Some(enrolment) = enrolment else {
        return Ok(None);
    };
    Ok(Some(ConfirmPage {
        picture: drawn(&enrolment.otpauth)?,
        enrolment,
        told,
    }))
}

/// What the app is told, and the form for its first code.
#[utoipa::path(get, path = "/identity/second-factor/confirm", responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn form(Known(claims): Known, State(app): State<App>) -> Result<Response, Problem> {
    match begun(&app, &claims, Told::default()).await? {
        Some(page) => web::page(&claims, &page),
        None => Ok(Redirect::to(PAGE).into_response()),
    }
}

/// Confirms a second factor and shows the recovery codes, this once.
#[utoipa::path(post, path = "/identity/second-factor/confirm", request_body(content = ByCode, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn confirm(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Form(by): Form<ByCode>,
) -> Result<Response, Problem> {
    match second_factor::confirm_with(&app, &claims, &by.code, &place).await? {
        Ok(Confirmed { session, codes }) => {
            let codes = codes.iter().map(ToString::to_string).collect();
            let page = web::page(&session.claims, &CodesPage { codes, back: PAGE })?;
            let cookie = session.cookie(&app.settings().public_url);
            Ok(([(header::SET_COOKIE, cookie)], page).into_response())
        }
        Err(refusal) => {
            let (status, told, seconds) = told(refusal)?;
            match begun(&app, &claims, told).await? {
                Some(page) => Ok(again(status, seconds, web::page(&claims, &page)?)),
                None => Ok(Redirect::to(PAGE).into_response()),
            }
        }
    }
}

/// Removes the second factor.
#[utoipa::path(post, path = "/identity/second-factor/remove", request_body(content = ByBoth, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn remove(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Form(by): Form<ByBoth>,
) -> Result<Response, Problem> {
    let url = &app.settings().public_url;
    match second_factor::remove_with(&app, &claims, &by.password, &by.code, &place).await? {
        Ok(session) => {
            let cookie = session.map_or_else(|| no_cookie(url), |session| session.cookie(url));
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(PAGE)).into_response())
        }
        Err(refusal) => refused(&app, &claims, refusal).await,
    }
}
