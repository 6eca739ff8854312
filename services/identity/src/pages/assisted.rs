//! The pages by which somebody at a counter, or in the village, is helped to file.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{FieldError, Form, Problem, Query},
};
use procedure::Catalogue;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    assisted::{self, Agreed, PURPOSE, Person, Refusal},
    codes,
    http::{
        assisted::ANOTHER_PERSON,
        contacts::{void, wrong_code},
        seconds,
    },
    sessions::Known,
};

/// The form's address.
const PAGE: &str = "/identity/assisted";
/// The address of the page for the code.
const CODE: &str = "/identity/assisted/code";

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(form, begin))
        .routes(routes!(code_form, agree))
        .routes(routes!(again))
}

/// What is to be filed.
#[derive(Deserialize)]
struct What {
    #[serde(default)]
    procedure: String,
}

#[derive(Template)]
#[template(path = "assisted.html")]
struct PersonPage<'a> {
    filled: &'a Person,
    /// Code, name, and whether it is the one.
    procedures: Vec<(String, String, bool)>,
    errors: &'a [FieldError],
    /// Why no code is sent.
    refused: Option<String>,
}

impl PersonPage<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        let error = self.errors.iter().find(|error| error.field == field);
        error.map(|error| error.vi.as_str())
    }
}

fn person_page(
    app: &App,
    claims: &Claims,
    filled: &Person,
    errors: &[FieldError],
    refused: Option<String>,
) -> Result<Response, Problem> {
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let offered = catalogue.search("", today).into_iter();
    let offered = offered.filter(|description| description.is_offered_online());
    let choice = |description: &std::sync::Arc<procedure::Description>| {
        let code = description.code.to_string();
        let is_it = code == filled.procedure.text;
        (code, description.name.vi.clone(), is_it)
    };
    let page = PersonPage {
        filled,
        procedures: offered.map(choice).collect(),
        errors,
        refused,
    };
    web::page(claims, &page)
}

/// The form: who is helped, and with what.
#[utoipa::path(get, path = "/identity/assisted", params(("procedure" = Option<String>, Query, description = "What is to be filed")),
    responses((status = OK, content_type = "text/html"), (status = FORBIDDEN, content_type = "text/html")))]
async fn form(
    Known(claims): Known,
    State(app): State<App>,
    Query(What { procedure }): Query<What>,
) -> Result<Response, Problem> {
    if !assisted::may_help(&claims) {
        return Err(Refusal::NotAHelper.into());
    }
    let filled = Person {
        procedure: procedure.as_str().into(),
        ..Person::default()
    };
    person_page(&app, &claims, &filled, &[], None)
}

/// Sends a code and leads to its page.
#[utoipa::path(post, path = "/identity/assisted", request_body(content = Person, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html")))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Form(person): Form<Person>,
) -> Result<Response, Problem> {
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, errors, refused) = match assisted::begin(&app, &claims, &person).await? {
        Ok(begun) => {
            let cookie = codes::cookie(&app, PURPOSE, &begun.ticket);
            return Ok(([(header::SET_COOKIE, cookie)], Redirect::to(CODE)).into_response());
        }
        Err(Refusal::Unfit(errors)) => (unfit, errors, None),
        Err(Refusal::AnotherPerson) => {
            let words = ANOTHER_PERSON.vi.into_owned();
            (StatusCode::CONFLICT, Vec::new(), Some(words))
        }
        Err(Refusal::Later(wait)) => {
            let minutes = seconds(wait).div_ceil(60);
            let words = format!("Đã gửi nhiều mã. Xin thử lại sau {minutes} phút.");
            (StatusCode::TOO_MANY_REQUESTS, Vec::new(), Some(words))
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let page = person_page(&app, &claims, &person, &errors, refused)?;
    Ok((status, page).into_response())
}

#[derive(Template)]
#[template(path = "assisted_code.html")]
struct CodePage {
    helper: String,
    /// Where the code went, masked.
    sent_to: String,
    /// Hours that what is agreed to lasts.
    hours: u32,
    wrong: Option<String>,
    failed: bool,
}

async fn code_page(
    app: &App,
    claims: &Claims,
    headers: &HeaderMap,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(app, PURPOSE, headers).unwrap_or_default();
    let Some(standing) = codes::standing(app, ticket, PURPOSE).await? else {
        return Ok(Redirect::to(PAGE).into_response());
    };
    let page = CodePage {
        helper: claims.name.to_string(),
        sent_to: standing.contact.masked(),
        hours: app.config::<crate::config::Config>().assisted_hours,
        wrong,
        failed: standing.failed,
    };
    web::page(claims, &page)
}

/// What is agreed to, for whoever is helped to read, and the form for their code.
#[utoipa::path(get, path = "/identity/assisted/code", responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn code_form(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !assisted::may_help(&claims) {
        return Err(Refusal::NotAHelper.into());
    }
    code_page(&app, &claims, &headers, None).await
}

/// The code that whoever is helped has told.
#[derive(Deserialize, utoipa::ToSchema)]
struct Typed {
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "assisted_agreed.html")]
struct AgreedPage {
    agreed: Agreed,
    until: String,
    key: String,
}

/// Takes the consent.
#[utoipa::path(post, path = "/identity/assisted/code", request_body(content = Typed, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = SEE_OTHER)))]
async fn agree(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let ticket = codes::ticket(&app, PURPOSE, &headers).unwrap_or_default();
    let wrong = match assisted::agree(&app, &claims, ticket, &typed.code).await? {
        Ok(agreed) => {
            let page = AgreedPage {
                until: web::moment(agreed.mandate.terms.valid_until),
                agreed,
                key: app.clock().new_id().to_string(),
            };
            let cookie = codes::cookie(&app, PURPOSE, "");
            let page = web::page(&claims, &page)?;
            return Ok(([(header::SET_COOKIE, cookie)], page).into_response());
        }
        Err(Refusal::Code(left)) => wrong_code(left),
        Err(Refusal::Void) => void(),
        Err(Refusal::Over) => return Ok(Redirect::to(PAGE).into_response()),
        Err(refusal) => return Err(refusal.into()),
    };
    let wrong = Some(wrong.vi.into_owned());
    let page = code_page(&app, &claims, &headers, wrong).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Sends another code in place of the one before.
#[utoipa::path(post, path = "/identity/assisted/again", responses((status = SEE_OTHER), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn again(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !assisted::may_help(&claims) {
        return Err(Refusal::NotAHelper.into());
    }
    let ticket = codes::ticket(&app, PURPOSE, &headers).unwrap_or_default();
    match assisted::again(&app, ticket).await? {
        Ok(()) => Ok(Redirect::to(CODE).into_response()),
        Err(Refusal::Over) => Ok(Redirect::to(PAGE).into_response()),
        Err(refusal) => Err(refusal.into()),
    }
}
