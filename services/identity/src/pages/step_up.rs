//! The page on which somebody shows more of who they are, and goes on where they were.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem, Query},
};
use contracts::{Assurance, notification::CodePurpose};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{contacts::onward, passkeys};
use crate::{
    codes,
    domain::{Place, own_path},
    http::{
        contacts::{void, wrong_code as wrong_one_time_code},
        second_factor::wrong_code,
        seconds,
        step_up::{begin_at, read},
    },
    sessions::Known,
    step_up::{self, Refusal, Ways},
};

/// The page's routes; showing it is the API's.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(by_code))
        .routes(routes!(send))
        .routes(routes!(typed, by_contact))
}

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpPage<'a> {
    needed: Assurance,
    present: Assurance,
    back: &'a str,
    code: bool,
    /// The origin at which a passkey is a way.
    passkey: Option<String>,
    /// The kind of each contact to which a one-time code may go, and as much of it as its owner needs to know it again.
    contacts: Vec<(&'static str, String)>,
    /// Where a contact is proven, where that leads there.
    to_prove: Option<String>,
    /// What each provider is called, and where it begins.
    providers: Vec<(&'a str, String)>,
    /// What is called so would do, once it is linked.
    unlinked: Vec<&'a str>,
    none: bool,
    wrong: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
}

fn page<'a>(
    app: &App,
    claims: &Claims,
    needed: Assurance,
    back: &'a str,
    ways: &'a Ways,
) -> StepUpPage<'a> {
    let (providers, contacts) = (ways.providers.iter(), ways.contacts.iter());
    StepUpPage {
        needed,
        present: claims.known(),
        back,
        code: ways.code,
        passkey: passkeys::origin(app).filter(|_| ways.passkey),
        contacts: contacts
            .map(|contact| (contact.kind().name(), contact.masked()))
            .collect(),
        to_prove: ways.to_prove.then(|| onward("/identity/contacts", back)),
        providers: providers
            .map(|way| (way.name.as_str(), begin_at(way, back)))
            .collect(),
        unlinked: ways.unlinked.iter().map(|way| way.name.as_str()).collect(),
        none: ways.none(),
        wrong: None,
        wait: None,
    }
}

/// What leads there, or, where nothing does, what to do.
pub fn show(
    app: &App,
    claims: &Claims,
    needed: Assurance,
    back: &str,
    ways: &Ways,
) -> Result<Response, Problem> {
    web::page(claims, &page(app, claims, needed, back, ways))
}

/// The form, filled in.
#[derive(Deserialize, utoipa::ToSchema)]
struct StepUpForm {
    #[serde(default)]
    assurance: String,
    #[serde(default)]
    code: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

/// Goes on in a surer session, by a code, where the person was.
#[utoipa::path(post, path = "/identity/step-up", request_body(content = StepUpForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, content_type = "text/html"),
        (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn by_code(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Form(form): Form<StepUpForm>,
) -> Result<Response, Problem> {
    let (needed, back) = (read(&form.assurance)?, own_path(&form.back));
    let (status, wrong, wait) =
        match step_up::by_code(&app, &claims, needed, &form.code, &place).await? {
            Ok(session) => {
                let headers = [
                    (header::LOCATION, back.to_owned()),
                    (
                        header::SET_COOKIE,
                        session.cookie(&app.settings().public_url),
                    ),
                    (header::CACHE_CONTROL, "no-store".to_owned()),
                ];
                return Ok((StatusCode::SEE_OTHER, headers).into_response());
            }
            Err(Refusal::Wrong) => {
                let wrong = wrong_code().vi.into_owned();
                (StatusCode::UNPROCESSABLE_ENTITY, Some(wrong), None)
            }
            Err(Refusal::Wait(wait)) => (StatusCode::TOO_MANY_REQUESTS, None, Some(seconds(wait))),
            Err(refusal) => return Err(refusal.into()),
        };
    let ways = step_up::ways(&app, &claims, needed).await?;
    let page = StepUpPage {
        wrong,
        wait: wait.map(|seconds| seconds.div_ceil(60)),
        ..page(&app, &claims, needed, back, &ways)
    };
    let after = wait.map(|seconds| (header::RETRY_AFTER, seconds.to_string()));
    Ok((status, AppendHeaders(after), web::page(&claims, &page)?).into_response())
}

const PURPOSE: CodePurpose = CodePurpose::StepUp;

/// What a one-time code is to lead to, and where its person was.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Towards {
    #[serde(default)]
    assurance: String,
    #[serde(default)]
    back: String,
}

/// The address of a page about a one-time code.
fn code_page(page: &str, needed: Assurance, back: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!(
        "/identity/step-up/{page}?assurance={}&back={back}",
        needed.level()
    )
}

/// The form that sends a one-time code.
#[derive(Deserialize, utoipa::ToSchema)]
struct SendForm {
    #[serde(default)]
    contact: String,
}

/// Sends a one-time code to a contact of whoever is signed in, and leads to the page for it.
#[utoipa::path(post, path = "/identity/step-up/code-sent", params(Towards),
    request_body(content = SendForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn send(
    Known(claims): Known,
    State(app): State<App>,
    Query(towards): Query<Towards>,
    Form(form): Form<SendForm>,
) -> Result<Response, Problem> {
    let (needed, back) = (read(&towards.assurance)?, own_path(&towards.back));
    let ticket = step_up::ask_contact(&app, &claims, needed, &form.contact).await??;
    let headers = [
        (header::LOCATION, code_page("code-typed", needed, back)),
        (header::SET_COOKIE, codes::cookie(&app, PURPOSE, &ticket)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

#[derive(Template)]
#[template(path = "step_up_code.html")]
struct CodePage {
    sent_to: String,
    /// The kind of contact that it went to.
    kind: &'static str,
    action: String,
    again: String,
    other: String,
    wrong: Option<String>,
    failed: bool,
}

async fn typing(
    app: &App,
    claims: &Claims,
    headers: &HeaderMap,
    needed: Assurance,
    back: &str,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(app, PURPOSE, headers).unwrap_or_default();
    let standing = codes::standing(app, ticket, PURPOSE).await?;
    let Some(standing) = standing.filter(|standing| standing.account == Some(claims.sub)) else {
        // Nothing waits for a code: what leads there is shown again.
        return Ok(Redirect::to(&chassis::auth::step_up(needed, back)).into_response());
    };
    let page = CodePage {
        sent_to: standing.contact.masked(),
        kind: standing.contact.kind().name(),
        action: code_page("code-typed", needed, back),
        again: code_page("code-sent", needed, back),
        other: chassis::auth::step_up(needed, back),
        wrong,
        failed: standing.failed,
    };
    web::page(claims, &page)
}

/// The form for a one-time code.
#[utoipa::path(get, path = "/identity/step-up/code-typed", params(Towards),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn typed(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
    Query(towards): Query<Towards>,
) -> Result<Response, Problem> {
    let (needed, back) = (read(&towards.assurance)?, own_path(&towards.back));
    typing(&app, &claims, &headers, needed, back, None).await
}

/// A one-time code that was typed.
#[derive(Deserialize, utoipa::ToSchema)]
struct TypedForm {
    #[serde(default)]
    code: String,
}

/// Goes on in a surer session, by a one-time code, where the person was.
#[utoipa::path(post, path = "/identity/step-up/code-typed", params(Towards),
    request_body(content = TypedForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html")))]
async fn by_contact(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    Query(towards): Query<Towards>,
    Form(form): Form<TypedForm>,
) -> Result<Response, Problem> {
    let (needed, back) = (read(&towards.assurance)?, own_path(&towards.back));
    let ticket = codes::ticket(&app, PURPOSE, &headers).unwrap_or_default();
    let by = step_up::by_contact(&app, &claims, needed, ticket, &form.code, &place);
    let wrong = match by.await? {
        Ok(session) => {
            let url = &app.settings().public_url;
            let cookies = AppendHeaders([
                (header::SET_COOKIE, session.cookie(url)),
                (header::SET_COOKIE, codes::cookie(&app, PURPOSE, "")),
            ]);
            let on = [
                (header::LOCATION, back),
                (header::CACHE_CONTROL, "no-store"),
            ];
            return Ok((StatusCode::SEE_OTHER, cookies, on).into_response());
        }
        Err(Refusal::Code(left)) => wrong_one_time_code(left),
        Err(Refusal::Void) => void(),
        Err(Refusal::Gone) => {
            return Ok(Redirect::to(&chassis::auth::step_up(needed, back)).into_response());
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let wrong = Some(wrong.vi.into_owned());
    let page = typing(&app, &claims, &headers, needed, back, wrong).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
