//! What people see: signing in, registering, signing out; their sessions, their password, their second factor, their passkeys. Only
//! passkeys need JavaScript.

pub mod assisted;
pub mod contacts;
pub mod document_checks;
pub mod mandates;
pub(crate) mod oidc;
pub mod passkeys;
pub mod password;
pub mod providers;
mod recovery;
pub mod second_factor;
pub(crate) mod second_step;
pub mod sessions;
pub mod step_up;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::{Claims, OwnPage, Person},
    http::{Act, Answer, FieldError, Form, Problem, Query},
};
use qr::Picture;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::{
    domain::{Place, own_path},
    http::{busy, open, registered_already, seconds},
    registration::NewCitizen,
    sessions::no_cookie,
    sign_in::{self, Outcome},
    store,
};

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in_form))
        .routes(routes!(sign_in))
        .routes(routes!(register_form))
        .routes(routes!(register))
        .routes(routes!(sign_out))
        .merge(sessions::routes())
        .merge(password::routes())
        .merge(second_step::routes())
        .merge(second_factor::routes())
        .merge(contacts::routes())
        .merge(recovery::routes())
        .merge(providers::routes())
        .merge(passkeys::routes())
        .merge(mandates::routes())
        .merge(assisted::routes())
        .merge(step_up::routes())
        .merge(document_checks::routes())
}

/// Where to go afterwards.
#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    back: &'a str,
    login: &'a str,
    /// The origin at which passkeys can be used.
    passkeys: Option<String>,
    wrong: bool,
    /// Minutes to wait.
    wait: Option<u64>,
    /// The other ways in.
    providers: Vec<oidc::Way>,
}

/// The form to sign in with.
#[utoipa::path(get, path = "/identity/sign-in", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html")))]
async fn sign_in_form(
    visitor: Visitor,
    State(app): State<App>,
    headers: HeaderMap,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let named = Some(back.as_str()).filter(|back| !back.is_empty());
    let page = SignInPage {
        back: own_path(named.or_else(|| page_before(&headers)).unwrap_or_default()),
        login: "",
        passkeys: passkeys::origin(&app),
        wrong: false,
        wait: None,
        providers: oidc::ways(&app),
    };
    web::page(visitor, &page)
}

/// The page of this site on which a link was followed that names no place to come back to, as the browser tells it. Not one
/// of ours: whoever came from here wants to go on elsewhere.
fn page_before(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (_, address) = text(header::REFERER)?.split_once("://")?;
    let path = address.strip_prefix(text(header::HOST)?)?;
    (!path.starts_with("/identity/")).then_some(path)
}

/// The form, filled in.
#[derive(Deserialize, utoipa::ToSchema)]
struct SignInForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

/// Signs in and goes on to where the person came from.
#[utoipa::path(post, path = "/identity/sign-in", request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNAUTHORIZED, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn sign_in(
    _: OwnPage,
    State(app): State<App>,
    place: Place,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    enter(&app, &form, &place).await
}

async fn enter(app: &App, form: &SignInForm, place: &Place) -> Result<Response, Problem> {
    let page = SignInPage {
        back: own_path(&form.back),
        login: &form.login,
        passkeys: passkeys::origin(app),
        wrong: false,
        wait: None,
        providers: oidc::ways(app),
    };
    match sign_in::sign_in(app, &form.login, &form.password, place).await? {
        Outcome::In(session) => {
            let headers = [
                (header::LOCATION, page.back.to_owned()),
                (
                    header::SET_COOKIE,
                    session.cookie(&app.settings().public_url),
                ),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((StatusCode::SEE_OTHER, headers).into_response())
        }
        Outcome::Second { ticket, .. } => Ok(second_step::lead(app, &ticket, page.back)),
        Outcome::Wrong => {
            let wrong = SignInPage {
                wrong: true,
                ..page
            };
            let shown = web::page(Visitor::Stranger, &wrong)?;
            Ok((StatusCode::UNAUTHORIZED, shown).into_response())
        }
        Outcome::Busy => Err(busy()),
        Outcome::Wait(wait) => {
            let seconds = seconds(wait);
            let waiting = SignInPage {
                wait: Some(seconds.div_ceil(60)),
                ..page
            };
            let shown = web::page(Visitor::Stranger, &waiting)?;
            let after = [(header::RETRY_AFTER, seconds.to_string())];
            Ok((StatusCode::TOO_MANY_REQUESTS, after, shown).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    back: &'a str,
    /// Carried by the form, so that two presses of the button open one account.
    key: String,
    filled: &'a NewCitizen,
    errors: &'a [FieldError],
    taken: bool,
}

impl RegisterPage<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.vi.as_str())
    }

    fn email(&self) -> &str {
        self.filled
            .email
            .as_ref()
            .map_or("", |email| email.text.as_str())
    }
}

/// The form to open an account with.
#[utoipa::path(get, path = "/identity/register", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, content_type = "text/html")))]
async fn register_form(
    visitor: Visitor,
    State(app): State<App>,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Problem> {
    let filled = NewCitizen::default();
    let key = app.clock().new_id().to_string();
    let page = RegisterPage {
        back: own_path(&back),
        key,
        filled: &filled,
        errors: &[],
        taken: false,
    };
    web::page(visitor, &page)
}

/// The form, filled in.
#[derive(Deserialize, utoipa::ToSchema)]
struct RegisterForm {
    #[serde(flatten)]
    citizen: NewCitizen,
    /// The same for two presses of one button.
    #[serde(default)]
    key: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

/// Opens an account and signs its owner in.
#[utoipa::path(post, path = "/identity/register", request_body(content = RegisterForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = CONFLICT, content_type = "text/html")))]
async fn register(
    _: OwnPage,
    act: Act,
    place: Place,
    Form(form): Form<RegisterForm>,
) -> Result<Response, Problem> {
    let app = act.app().clone();
    let again = |status: StatusCode, errors: &[FieldError]| {
        let key = app.clock().new_id().to_string();
        let taken = status == StatusCode::CONFLICT;
        let page = RegisterPage {
            back: own_path(&form.back),
            key,
            filled: &form.citizen,
            errors,
            taken,
        };
        Ok((status, web::page(Visitor::Stranger, &page)?).into_response())
    };
    let (account, password) = match form.citizen.read(app.clock().new_id().into()) {
        Ok(read) => read,
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, &errors),
    };
    match open(
        act.keyed(&form.key)?,
        account,
        password,
        None,
        registered_already(),
    )
    .await
    {
        Ok(_) => {}
        Err(problem) if problem.status() == StatusCode::CONFLICT => {
            return again(StatusCode::CONFLICT, &[]);
        }
        Err(problem) => return Err(problem),
    }
    // On to proving the contact, which may be left for later.
    let credentials = SignInForm {
        login: form.citizen.citizen_id.text.clone(),
        password: form.citizen.password.text.clone(),
        back: contacts::onward("/identity/contacts", own_path(&form.back)),
    };
    enter(&app, &credentials, &place).await
}

/// Ends the session, if there is one, and takes the cookie away.
#[utoipa::path(post, path = "/identity/sign-out", responses((status = SEE_OTHER)))]
async fn sign_out(_: OwnPage, person: Option<Person>, act: Act) -> Result<Response, Problem> {
    let app = act.app().clone();
    let brought = match &person {
        Some(Person(claims)) => store::provider_sessions::of(app.db().reads(), claims.sid).await?,
        None => None,
    };
    let cookie = no_cookie(&app.settings().public_url);
    let done = act
        .transact(async |tx| {
            if let Some(Person(claims)) = person {
                crate::sessions::end(&tx, claims.sub, claims.sid).await?;
            }
            Ok(Answer::see_other("/intake/").header(header::SET_COOKIE.as_str(), cookie))
        })
        .await?;
    match brought {
        Some(brought) => oidc::farewell(&app, &brought, done).await,
        None => Ok(done),
    }
}

/// What an authenticator app reads.
fn drawn(otpauth: &str) -> Result<Picture, Problem> {
    Picture::of(otpauth).map_err(|_| Problem::internal())
}

/// What whoever is signed in signs in with, as far as their token tells: by it a browser finds the password that it keeps for them.
fn username(claims: &Claims) -> String {
    let phone = claims.phone.as_ref().map(ToString::to_string);
    let number = || claims.citizen_id.as_ref().map(ToString::to_string);
    let email = || claims.email.clone();
    phone.or_else(number).or_else(email).unwrap_or_default()
}
