//! The page on which somebody gets the code that they read to an officer, and the officer's page.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::{Claims, Officer},
    http::{FieldError, Form, Problem},
};
use chrono::NaiveDate;
use contracts::Refused;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    document_checks::{self, Asked, Shown},
    http::document_checks::{DocumentsView, reasons},
    sessions::still_open,
};

/// The pages' routes; the others are the API's.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(check))
}

#[derive(Template)]
#[template(path = "document_check.html")]
struct StandingPage<'a> {
    view: &'a DocumentsView,
    /// The code, shown this once, and until when it is good.
    shown: Option<(String, String)>,
}

/// How somebody's documents stand, with the code that was just made.
pub fn standing(
    claims: &Claims,
    view: &DocumentsView,
    shown: Option<&Shown>,
) -> Result<Response, Problem> {
    let shown = shown.map(|shown| (shown.code.to_string(), web::moment(shown.expires_at)));
    web::page(claims, &StandingPage { view, shown })
}

#[derive(Template, Default)]
#[template(path = "document_checks.html")]
struct CheckPage<'a> {
    code: &'a str,
    card: &'a str,
    expires_on: &'a str,
    errors: Vec<FieldError>,
    done: bool,
}

/// The officer's form, empty.
pub fn form(claims: &Claims) -> Result<Response, Problem> {
    web::page(claims, &CheckPage::default())
}

/// The form, filled in.
#[derive(Deserialize, utoipa::ToSchema)]
struct CheckForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    card: String,
    /// Day, month and year, or nothing.
    #[serde(default)]
    expires_on: String,
    /// A box that is ticked.
    #[serde(default)]
    seen: String,
}

fn day(typed: &str) -> Result<Option<NaiveDate>, FieldError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let read = ["%Y-%m-%d", "%d/%m/%Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(typed, format).ok());
    read.map(Some).ok_or_else(|| {
        let refused = Refused::new(
            "Ngày có dạng ngày/tháng/năm, ví dụ 24/11/2036",
            "A date is day/month/year, e.g. 24/11/2036",
        );
        FieldError::new("expires_on", &refused)
    })
}

/// Checks a card at the counter.
#[utoipa::path(post, path = "/identity/document-checks/check", request_body(content = CheckForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html")))]
async fn check(
    Officer(claims): Officer,
    State(app): State<App>,
    Form(form): Form<CheckForm>,
) -> Result<Response, Problem> {
    still_open(&app, &claims).await?;
    let errors = match day(&form.expires_on) {
        Err(error) => vec![error],
        Ok(expires_on) => {
            let asked = Asked {
                code: &form.code,
                card: &form.card,
                expires_on,
                seen: !form.seen.is_empty(),
            };
            match document_checks::check(&app, &claims, &asked).await? {
                Ok(_) => Vec::new(),
                Err(refusal) => reasons(&refusal),
            }
        }
    };
    if errors.is_empty() {
        let done = CheckPage {
            done: true,
            ..CheckPage::default()
        };
        return web::page(&claims, &done);
    }
    let again = CheckPage {
        code: &form.code,
        card: &form.card,
        expires_on: &form.expires_on,
        errors,
        done: false,
    };
    let shown = web::page(&claims, &again)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}
