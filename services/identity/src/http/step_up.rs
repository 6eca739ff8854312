//! Step-up over HTTP: what leads to the assurance that an act needs, and showing it.

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    http::{Json, Problem, Query},
};
use contracts::{Assurance, Refused, notification::CodePurpose};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use super::{
    contacts::{CodeOnItsWay, later, on_its_way, over, void, wrong_code as wrong_one_time_code},
    passkeys::challenge,
    second_factor::wrong_code,
    sessions::{SessionView, begun},
    waits,
};
use crate::{
    domain::{Contact, Place, own_path},
    http::passkeys::ChallengeView,
    pages,
    sessions::Known,
    step_up::{self, Elsewhere, Refusal, Ways},
};

/// The step-up's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ways))
        .routes(routes!(by_code))
        .routes(routes!(ask_passkey))
        .routes(routes!(ask_contact, by_contact))
}

/// What is asked for, and where its person was going.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The assurance that is needed, by its number or its name.
    assurance: String,
    /// Where to go afterwards: a path of this site.
    #[serde(default)]
    back: String,
}

/// The assurance of a number or a name.
pub(crate) fn read(asked: &str) -> Result<Assurance, Problem> {
    let number = asked.parse().ok().and_then(Assurance::of_level);
    let level = number.or_else(|| asked.parse().ok());
    level.ok_or_else(|| {
        let refused = Refused::new(
            "Mức xác thực là một số từ 1 đến 5",
            "An assurance is a number from 1 to 5, or its name",
        );
        Problem::field("assurance", refused)
    })
}

/// A provider that leads there.
#[derive(Serialize, ToSchema)]
struct ElsewhereView {
    /// What addresses call it.
    id: String,
    /// What people call it.
    name: String,
    /// Where to begin.
    begin: String,
}

/// A contact of one's own.
#[derive(Serialize, ToSchema)]
struct ReachedView {
    /// `phone` or `email`.
    kind: &'static str,
    /// As much of it as its owner needs to know it again.
    masked: String,
}

impl From<&Contact> for ReachedView {
    fn from(contact: &Contact) -> Self {
        Self {
            kind: contact.kind().name(),
            masked: contact.masked(),
        }
    }
}

/// What leads to the assurance that is needed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each way leads there or does not, whatever the others do"
)]
#[derive(Serialize, ToSchema)]
struct StepUpView {
    /// What is needed.
    needed: Assurance,
    /// What the session is by now.
    present: Assurance,
    /// Whether that is enough: then nothing is to be shown.
    enough: bool,
    /// Whether a code of the app, or a recovery code, leads there.
    code: bool,
    /// Whether a passkey does.
    passkey: bool,
    /// The contacts to which a one-time code does.
    contacts: Vec<ReachedView>,
    /// Whether proving a contact does.
    to_prove: bool,
    /// The providers that do.
    providers: Vec<ElsewhereView>,
    /// The providers that would, once the account is linked to them.
    unlinked: Vec<ElsewhereView>,
}

/// Where signing in again at a provider begins; at one that does not know the account yet, where it is linked.
pub(crate) fn begin_at(way: &Elsewhere, back: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (id, back) = (&way.id, encode(back));
    let acr = way.acr.as_deref().map(encode);
    let acr = acr.map_or_else(String::new, |acr| format!("acr={acr}&"));
    format!("/identity/oidc/{id}?{acr}prompt=login&back={back}")
}

/// What leads to an assurance. A browser that needs nothing more goes straight back.
#[utoipa::path(get, path = "/identity/step-up", params(Wanted),
    responses((status = OK, body = StepUpView), (status = SEE_OTHER, description = "Enough already, for a browser"),
        (status = UNAUTHORIZED, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn ways(
    Known(claims): Known,
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    reader: Reader,
) -> Result<Response, Problem> {
    let (needed, back) = (read(&wanted.assurance)?, own_path(&wanted.back));
    let enough = claims.known() >= needed;
    if enough && reader == Reader::Person {
        return Ok(Redirect::to(back).into_response());
    }
    let ways = if enough {
        Ways::default()
    } else {
        step_up::ways(&app, &claims, needed).await?
    };
    if reader == Reader::Person {
        return pages::step_up::show(&app, &claims, needed, back, &ways);
    }
    let view = |way: &Elsewhere| ElsewhereView {
        id: way.id.clone(),
        name: way.name.clone(),
        begin: begin_at(way, back),
    };
    let view = StepUpView {
        needed,
        present: claims.known(),
        enough,
        code: ways.code,
        passkey: ways.passkey,
        contacts: ways.contacts.iter().map(ReachedView::from).collect(),
        to_prove: ways.to_prove,
        providers: ways.providers.iter().map(view).collect(),
        unlinked: ways.unlinked.iter().map(view).collect(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Body(view)).into_response())
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoWay => Self::conflict(
                "Cách này không đưa tài khoản của bạn lên mức xác thực cần có",
                "This does not lead your account to the assurance that is needed",
            ),
            Refusal::Wrong => Self::field("code", wrong_code()),
            Refusal::Wait(wait) => waits(wait),
            Refusal::Code(left) => Self::field("code", wrong_one_time_code(left)),
            Refusal::Void => Self::field("code", void()),
            Refusal::Gone => over(),
            Refusal::Later(wait) => later(wait),
            Refusal::Over => Self::unauthenticated(),
        }
    }
}

/// A code, and what it is to lead to.
#[derive(Deserialize, ToSchema)]
pub struct StepUpCode {
    /// The assurance that is needed, by its name.
    pub assurance: Assurance,
    /// Six digits of the app, or a recovery code.
    pub code: String,
}

/// Goes on in a surer session, by a code. The session before ends.
#[utoipa::path(post, path = "/identity/step-up/code", request_body = StepUpCode,
    responses((status = CREATED, body = SessionView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn by_code(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Json(by): Json<StepUpCode>,
) -> Result<Response, Problem> {
    let session = step_up::by_code(&app, &claims, by.assurance, &by.code, &place).await??;
    begun(&app, StatusCode::CREATED, *session, &[])
}

/// Asks for a passkey of whoever is signed in. Its answer, sent as one signs in by a passkey, begins a surer session and ends this one.
#[utoipa::path(post, path = "/identity/step-up/passkey",
    responses((status = CREATED, body = ChallengeView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem)))]
async fn ask_passkey(Known(claims): Known, State(app): State<App>) -> Result<Response, Problem> {
    Ok(challenge(step_up::ask_passkey(&app, &claims).await??))
}

/// A contact to which a one-time code is to go.
#[derive(Deserialize, ToSchema)]
pub struct ContactWanted {
    /// The assurance that is needed, by its name.
    pub assurance: Assurance,
    /// `phone` or `email`.
    pub contact: String,
}

/// Sends a one-time code to a proven contact of whoever is signed in.
#[utoipa::path(post, path = "/identity/step-up/contact", request_body = ContactWanted,
    responses((status = CREATED, body = CodeOnItsWay), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn ask_contact(
    Known(claims): Known,
    State(app): State<App>,
    Json(wanted): Json<ContactWanted>,
) -> Result<Response, Problem> {
    let asked = step_up::ask_contact(&app, &claims, wanted.assurance, &wanted.contact);
    let ticket = asked.await??;
    on_its_way(&app, StatusCode::CREATED, CodePurpose::StepUp, &ticket).await
}

/// A one-time code with what names it, and what it is to lead to.
#[derive(Deserialize, ToSchema)]
pub struct ContactCode {
    /// The assurance that is needed, by its name.
    pub assurance: Assurance,
    /// As it was answered.
    pub ticket: String,
    /// The six digits.
    pub code: String,
}

/// Goes on in a surer session, by a one-time code. The session before ends.
#[utoipa::path(put, path = "/identity/step-up/contact", request_body = ContactCode,
    responses((status = CREATED, body = SessionView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = GONE, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn by_contact(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Json(by): Json<ContactCode>,
) -> Result<Response, Problem> {
    let (ticket, code) = (&by.ticket, &by.code);
    let session = step_up::by_contact(&app, &claims, by.assurance, ticket, code, &place).await??;
    begun(&app, StatusCode::CREATED, *session, &[])
}
