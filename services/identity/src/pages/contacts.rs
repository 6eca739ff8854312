//! The pages by which somebody proves or changes their telephone and e-mail address.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem, Query},
};
use contracts::notification::CodePurpose;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Back, username};
use crate::{
    codes,
    contacts::{self, Confirmed, Line, Refusal, is_fresh},
    domain::{Place, own_path},
    http::{
        contacts::{ToProve, taken, void, wrong_code},
        password::wrong_password,
        seconds,
    },
    sessions::Known,
    store,
};

/// The address of the page for the code.
const CODE: &str = "/identity/contacts/code";
/// What it is all for.
const PURPOSE: CodePurpose = CodePurpose::ProveContact;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(form, confirm))
        .routes(routes!(again))
}

#[derive(Template, Default)]
#[template(path = "contacts.html")]
struct ContactsPage {
    lines: Vec<Line>,
    username: String,
    has_password: bool,
    is_fresh: bool,
    back: String,
    /// Where it goes on without, for who was led here.
    later: Option<String>,
    /// One has just been proven.
    done: bool,
    filled: String,
    /// What is wrong with the contact, and with the password.
    error: Option<String>,
    password: Option<String>,
    /// Why nothing is sent.
    refused: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

/// One's own contacts.
pub async fn show(app: &App, claims: &Claims, back: &str) -> Result<Response, Problem> {
    shown(app, claims, back, ContactsPage::default()).await
}

async fn shown(
    app: &App,
    claims: &Claims,
    back: &str,
    page: ContactsPage,
) -> Result<Response, Problem> {
    let is_fresh = is_fresh(claims, app.clock().now());
    let later = Some(back).filter(|back| !back.is_empty());
    let page = ContactsPage {
        lines: contacts::lines(app, claims.sub).await?,
        username: username(claims),
        has_password: !is_fresh && store::has_password(app.db().reads(), claims.sub).await?,
        is_fresh,
        back: back.to_owned(),
        later: later.map(|back| own_path(back).to_owned()),
        ..page
    };
    web::page(claims, &page)
}

/// What a refusal says on the page of contacts.
fn told(refusal: &Refusal) -> (StatusCode, ContactsPage, Option<u64>) {
    let (unfit, none) = (StatusCode::UNPROCESSABLE_ENTITY, ContactsPage::default());
    let many = StatusCode::TOO_MANY_REQUESTS;
    match refusal {
        Refusal::Field(error) => {
            let error = Some(error.vi.clone());
            (unfit, ContactsPage { error, ..none }, None)
        }
        Refusal::Password => {
            let password = Some(wrong_password().vi.into_owned());
            (unfit, ContactsPage { password, ..none }, None)
        }
        Refusal::Taken => {
            let refused = Some(taken().vi.into_owned());
            (unfit, ContactsPage { refused, ..none }, None)
        }
        Refusal::Wait(wait) => {
            let seconds = seconds(*wait);
            let wait = Some(seconds.div_ceil(60));
            (many, ContactsPage { wait, ..none }, Some(seconds))
        }
        Refusal::Later(wait) => {
            let seconds = seconds(*wait);
            let words = format!(
                "Đã xin nhiều mã. Xin thử lại sau {} phút.",
                seconds.div_ceil(60)
            );
            let refused = Some(words);
            (many, ContactsPage { refused, ..none }, Some(seconds))
        }
        Refusal::Code(_) | Refusal::Void | Refusal::Over => {
            let words = "Mã đã hết hạn hoặc đã dùng rồi. Xin gửi mã khác.";
            let refused = Some(words.to_owned());
            (StatusCode::GONE, ContactsPage { refused, ..none }, None)
        }
    }
}

async fn refused(
    app: &App,
    claims: &Claims,
    back: &str,
    filled: &str,
    refusal: &Refusal,
) -> Result<Response, Problem> {
    let (status, page, seconds) = told(refusal);
    let page = ContactsPage {
        filled: filled.to_owned(),
        ..page
    };
    let page = shown(app, claims, back, page).await?;
    Ok((status, AppendHeaders(after(seconds)), page).into_response())
}

/// Says when one may try again.
pub(super) fn after(seconds: Option<u64>) -> Option<(header::HeaderName, String)> {
    seconds.map(|seconds| (header::RETRY_AFTER, seconds.to_string()))
}

/// The address of a page that leads on to `back`.
pub(super) fn onward(page: &str, back: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("{page}?back={back}")
}

/// Sends a code and leads to its page.
#[utoipa::path(post, path = "/identity/contacts/begin", request_body(content = ToProve, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Form(wanted): Form<ToProve>,
) -> Result<Response, Problem> {
    match contacts::begin(&app, &claims, &wanted.contact, &wanted.password).await? {
        Ok(ticket) => {
            let headers = [
                (header::LOCATION, onward(CODE, &wanted.back)),
                (header::SET_COOKIE, codes::cookie(&app, PURPOSE, &ticket)),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((StatusCode::SEE_OTHER, headers).into_response())
        }
        Err(refusal) => refused(&app, &claims, &wanted.back, &wanted.contact, &refusal).await,
    }
}

#[derive(Template)]
#[template(path = "contact_code.html")]
struct CodePage<'a> {
    back: &'a str,
    sent_to: String,
    wrong: Option<String>,
    /// Seconds until another code may be asked for.
    wait: Option<u64>,
    failed: bool,
    again_at: String,
}

async fn code_page(
    app: &App,
    claims: &Claims,
    headers: &HeaderMap,
    back: &str,
    wrong: Option<String>,
    wait: Option<u64>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(app, PURPOSE, headers).unwrap_or_default();
    let standing = codes::standing(app, ticket, PURPOSE).await?;
    let standing = standing.filter(|standing| standing.account == Some(claims.sub));
    let Some(standing) = standing else {
        return refused(app, claims, back, "", &Refusal::Over).await;
    };
    let page = CodePage {
        back,
        sent_to: standing.contact.readable(),
        wrong,
        wait,
        failed: standing.failed,
        again_at: web::moment(standing.again_at),
    };
    web::page(claims, &page)
}

/// The form for the code.
#[utoipa::path(get, path = "/identity/contacts/code", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html"), (status = GONE, content_type = "text/html")))]
async fn form(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    code_page(&app, &claims, &headers, &back, None, None).await
}

/// A code that was typed.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct TypedCode {
    #[serde(default)]
    pub code: String,
    /// Where to go afterwards.
    #[serde(default)]
    pub back: String,
}

/// Proves the contact by its code.
#[utoipa::path(post, path = "/identity/contacts/code", request_body(content = TypedCode, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"),
        (status = GONE, content_type = "text/html")))]
async fn confirm(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(&app, PURPOSE, &headers).unwrap_or_default();
    let wrong = match contacts::confirm(&app, &claims, ticket, &typed.code, &place).await? {
        Ok(confirmed) => return proven(&app, &claims, &typed.back, confirmed).await,
        Err(Refusal::Code(left)) => wrong_code(left),
        Err(Refusal::Void) => void(),
        Err(refusal) => return refused(&app, &claims, &typed.back, "", &refusal).await,
    };
    let wrong = Some(wrong.vi.into_owned());
    let page = code_page(&app, &claims, &headers, &typed.back, wrong, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn proven(
    app: &App,
    claims: &Claims,
    back: &str,
    confirmed: Confirmed,
) -> Result<Response, Problem> {
    let mut cookies = vec![(header::SET_COOKIE, codes::cookie(app, PURPOSE, ""))];
    let done = ContactsPage {
        done: true,
        ..ContactsPage::default()
    };
    let claims = match &confirmed.session {
        Some(session) => {
            let cookie = session.cookie(&app.settings().public_url);
            cookies.push((header::SET_COOKIE, cookie));
            &session.claims
        }
        None => claims,
    };
    let page = shown(app, claims, back, done).await?;
    Ok((AppendHeaders(cookies), page).into_response())
}

/// Where to go afterwards.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct OnlyBack {
    #[serde(default)]
    pub back: String,
}

/// Sends another code in place of the one before.
#[utoipa::path(post, path = "/identity/contacts/again", request_body(content = OnlyBack, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = GONE, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn again(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
    Form(OnlyBack { back }): Form<OnlyBack>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(&app, PURPOSE, &headers).unwrap_or_default();
    match contacts::again(&app, &claims, ticket).await? {
        Ok(()) => {
            let on = [(header::LOCATION, onward(CODE, &back))];
            Ok((StatusCode::SEE_OTHER, on).into_response())
        }
        Err(Refusal::Later(wait)) => {
            let wait = Some(seconds(wait));
            let page = code_page(&app, &claims, &headers, &back, None, wait).await?;
            let after = AppendHeaders(after(wait));
            Ok((StatusCode::TOO_MANY_REQUESTS, after, page).into_response())
        }
        Err(refusal) => refused(&app, &claims, &back, "", &refusal).await,
    }
}
