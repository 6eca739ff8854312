//! What people see: the check that is open to all; the officers' pages are below. Works without JavaScript.

pub mod desk;
pub mod result;

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use chassis::{
    App,
    auth::Jwks,
    http::{Problem, Query},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::http::check::CheckView;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .merge(desk::routes())
        .merge(result::routes())
}

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage<'a> {
    /// Nothing before anything was checked.
    checked: Option<&'a CheckView>,
    issued_at: String,
    revoked_at: String,
}

/// The page that tells what was found.
pub fn checked(visitor: Visitor, view: &CheckView) -> Result<Response, Problem> {
    let page = CheckPage {
        checked: Some(view),
        issued_at: view.issued_at.map(web::moment).unwrap_or_default(),
        revoked_at: view.revoked_at.map(web::moment).unwrap_or_default(),
    };
    web::page(visitor, &page)
}

#[derive(Template)]
#[template(path = "checker.html")]
struct Checker<'a> {
    keys: String,
    names: String,
    made_on: String,
    check: &'a str,
}

/// The page that checks papers without a line, with the keys and the bodies' names in it.
pub fn checker(
    keys: &Jwks,
    names: BTreeMap<String, &String>,
    check: &str,
    now: DateTime<Utc>,
) -> Result<String, Problem> {
    let page = Checker {
        keys: in_script(keys)?,
        names: in_script(&names)?,
        made_on: calendar::date(now).format("%d/%m/%Y").to_string(),
        check,
    };
    page.render().map_err(|_| Problem::internal())
}

/// A value as JSON that ends no script.
fn in_script(value: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_string(value).map_err(|_| Problem::internal())?;
    Ok(json.replace('<', "\\u003c"))
}

/// The code that somebody typed.
#[derive(Deserialize, ToSchema)]
struct Typed {
    code: Option<String>,
}

/// Where anybody types a code or brings a file.
#[utoipa::path(get, path = "/delivery/check", params(("code" = Option<String>, Query)),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn ask(visitor: Visitor, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    if let Some(code) = typed.code {
        // Whatever was typed, only letters and digits can be a code and only they go into the address.
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(20)
            .collect();
        if !code.is_empty() {
            return Ok(Redirect::to(&format!("/delivery/check/{code}")).into_response());
        }
    }
    let page = CheckPage {
        checked: None,
        issued_at: String::new(),
        revoked_at: String::new(),
    };
    web::page(visitor, &page)
}
