//! Passkeys on the pages: the list with the form that adds one, which needs JavaScript, and the form that removes one.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Path, Problem},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::username;
use crate::{
    ceremonies::Ceremonies,
    domain::PASSKEYS,
    http::{
        passkeys::{PasskeyView, the_last, theirs},
        password::wrong_password,
        second_factor::{ByBoth, wrong_code},
        seconds,
    },
    passkeys::{self, Refusal},
    second_factor::{self, Refusal as Unproven},
    sessions::Known,
};

/// The page's address.
const PAGE: &str = "/identity/passkeys";

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(removal, remove))
}

/// The origin of pages on which passkeys can be used; nothing where browsers have none.
pub fn origin(app: &App) -> Option<String> {
    app.part::<Ceremonies>().origin().map(str::to_owned)
}

#[derive(Template)]
#[template(path = "passkeys.html")]
struct PasskeysPage<'a> {
    username: String,
    passkeys: &'a [PasskeyView],
    /// Where they can be used.
    origin: Option<String>,
    /// Where the system is.
    address: &'a str,
    /// Whether a code is asked for beside the password.
    has_app: bool,
    is_full: bool,
    /// What is wrong with a field, which the script says here.
    unsaid: Option<String>,
}

/// Somebody's passkeys.
pub async fn list(
    app: &App,
    claims: &Claims,
    passkeys: &[PasskeyView],
) -> Result<Response, Problem> {
    let page = PasskeysPage {
        username: username(claims),
        passkeys,
        origin: origin(app),
        address: &app.settings().public_url,
        has_app: second_factor::has(app.db().reads(), claims.sub).await?,
        is_full: passkeys.len() >= PASSKEYS,
        unsaid: None,
    };
    web::page(claims, &page)
}

#[derive(Template)]
#[template(path = "passkey_removal.html")]
struct RemovalPage {
    username: String,
    passkey: PasskeyView,
    has_app: bool,
    /// What is wrong with the password.
    password: Option<String>,
    /// What is wrong with the code.
    code: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
    /// Why it cannot go.
    stays: Option<String>,
}

async fn about(app: &App, claims: &Claims, id: Uuid) -> Result<RemovalPage, Problem> {
    let passkeys = theirs(app, claims).await?;
    let passkey = passkeys.into_iter().find(|passkey| passkey.id == id);
    Ok(RemovalPage {
        username: username(claims),
        passkey: passkey.ok_or_else(Problem::not_found)?,
        has_app: second_factor::has(app.db().reads(), claims.sub).await?,
        password: None,
        code: None,
        wait: None,
        stays: None,
    })
}

/// The form that removes a passkey.
#[utoipa::path(get, path = "/identity/passkeys/{id}/remove", params(("id" = Uuid, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, content_type = "text/html")))]
async fn removal(
    Known(claims): Known,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    web::page(&claims, &about(&app, &claims, id).await?)
}

/// Removes a passkey and shows the others.
#[utoipa::path(post, path = "/identity/passkeys/{id}/remove", params(("id" = Uuid, Path)),
    request_body(content = ByBoth, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = NOT_FOUND, content_type = "text/html"), (status = CONFLICT, content_type = "text/html"),
        (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn remove(
    Known(claims): Known,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Form(by): Form<ByBoth>,
) -> Result<Response, Problem> {
    let removed = passkeys::remove_with(&app, &claims, id, &by.password, &by.code).await?;
    let Err(refusal) = removed else {
        return Ok(Redirect::to(PAGE).into_response());
    };
    let mut page = about(&app, &claims, id).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut after = None;
    match refusal {
        Refusal::Proof(Unproven::Password) => {
            page.password = Some(wrong_password().vi.into_owned());
        }
        Refusal::Proof(Unproven::Code) => {
            page.code = Some(wrong_code().vi.into_owned());
        }
        Refusal::Proof(Unproven::Wait(wait)) => {
            let seconds = seconds(wait);
            status = StatusCode::TOO_MANY_REQUESTS;
            after = Some((header::RETRY_AFTER, seconds.to_string()));
            page.wait = Some(seconds.div_ceil(60));
        }
        Refusal::Last => {
            status = StatusCode::CONFLICT;
            page.stays = Some(the_last().vi.into_owned());
        }
        other => return Err(other.into()),
    }
    let page = web::page(&claims, &page)?;
    Ok((status, AppendHeaders(after), page).into_response())
}
