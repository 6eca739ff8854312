//! The page on which somebody shows more of who they are, and goes on where they were.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem},
};
use contracts::Assurance;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::passkeys;
use crate::{
    domain::{Place, own_path},
    http::{
        second_factor::wrong_code,
        seconds,
        step_up::{begin_at, read},
    },
    sessions::Known,
    step_up::{self, Refusal, Ways},
};

/// The page's routes; showing it is the API's.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(by_code))
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
    let providers = ways.providers.iter();
    StepUpPage {
        needed,
        present: claims.known(),
        back,
        code: ways.code,
        passkey: passkeys::origin(app).filter(|_| ways.passkey),
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
