//! Signing in elsewhere, over HTTP: the way to a provider, the way back, and what a provider says by itself.

use axum::{
    Json as Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::{Claims, Person, cookie},
    http::{Form, Path, Problem, Query},
};
use contracts::Refused;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::{
    domain::{Place, own_path},
    oidc::{
        Providers, Trouble,
        begin::{self, Browser, Prompt, Purpose, Wish},
        callback::{self, Returned},
        logout,
    },
    pages::oidc::{away, ended, not_begun},
    store,
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(begin))
        .routes(routes!(back))
        .routes(routes!(signed_out))
}

/// Who else people may sign in with.
#[derive(Serialize, ToSchema)]
struct ProviderLine {
    /// What addresses call it.
    id: String,
    /// What people call it.
    name: String,
    /// The same in English.
    name_en: String,
    /// Where signing in there begins.
    begin: String,
}

/// Who else people may sign in with.
#[utoipa::path(get, path = "/identity/oidc", responses((status = OK, body = Vec<ProviderLine>)))]
async fn list(State(app): State<App>) -> Body<Vec<ProviderLine>> {
    let providers = app.part::<Providers>();
    let lines = providers.all().map(|provider| {
        let (name, name_en) = (&provider.config.name, &provider.config.name_en);
        let name_en = if name_en.is_empty() { name } else { name_en };
        ProviderLine {
            id: provider.id.clone(),
            name: name.clone(),
            name_en: name_en.clone(),
            begin: format!("/identity/oidc/{}", provider.id),
        }
    });
    Body(lines.collect())
}

/// What is asked of the provider.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Ask {
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
    /// The context (`acr`) that is wanted: one whose level is configured. Whoever is signed in is then asked again, and comes in
    /// as surely as that, or not at all.
    acr: Option<String>,
    /// What is asked of the person there.
    #[param(inline)]
    prompt: Option<Prompt>,
    /// How long ago they may have signed in there, in seconds.
    max_age: Option<u32>,
}

/// Who is signed in in this browser, in a session that nobody has ended.
async fn here(app: &App, person: Option<Person>) -> Result<Option<Claims>, Problem> {
    let Some(Person(claims)) = person else {
        return Ok(None);
    };
    let session = store::sessions::find(app.db().reads(), claims.sid).await?;
    Ok(session.filter(|session| !session.ended).map(|_| claims))
}

/// Sends the browser to a provider. Whoever is signed in and asks for a context, a prompt or an age is asked again there.
#[utoipa::path(get, path = "/identity/oidc/{provider}", params(("provider" = String, Path), Ask),
    responses((status = SEE_OTHER), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem),
        (status = SERVICE_UNAVAILABLE, content_type = "text/html"), (status = BAD_GATEWAY, content_type = "text/html")))]
async fn begin(
    Path(id): Path<String>,
    State(app): State<App>,
    Query(ask): Query<Ask>,
    person: Option<Person>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let providers = app.part::<Providers>();
    let provider = providers.find(&id).ok_or_else(Problem::not_found)?;
    if ask.acr.as_ref().is_some_and(|acr| !provider.knows(acr)) {
        let refused = Refused::new(
            "Không có mức xác thực này",
            "No level is configured for this context",
        );
        return Err(Problem::field("acr", refused));
    }
    let again = ask.acr.is_some() || ask.prompt.is_some() || ask.max_age.is_some();
    let here = here(&app, person).await?.filter(|_| again);
    let purpose = here.map_or(Purpose::SignIn, |claims| Purpose::StepUp {
        account: claims.sub,
    });
    let wish = Wish {
        purpose,
        back: own_path(&ask.back).to_owned(),
        acr: ask.acr,
        prompt: ask.prompt,
        max_age: ask.max_age,
    };
    let brought = cookie(&headers, Browser::cookie_name(&app.settings().public_url));
    match begin::begin(&app, provider, &wish, brought).await? {
        Ok(to) => Ok(away(&to)),
        Err(trouble) => not_begun(visitor, provider, &trouble, &wish.back),
    }
}

/// Where a provider sends the browser back to.
#[utoipa::path(get, path = "/identity/oidc/{provider}/callback", params(("provider" = String, Path),
        ("state" = Option<String>, Query), ("code" = Option<String>, Query), ("error" = Option<String>, Query),
        ("iss" = Option<String>, Query)),
    responses((status = SEE_OTHER), (status = OK, content_type = "text/html", description = "Signed in, with something to be told"),
        (status = BAD_REQUEST, content_type = "text/html"), (status = FORBIDDEN, content_type = "text/html"),
        (status = CONFLICT, content_type = "text/html"), (status = BAD_GATEWAY, content_type = "text/html"),
        (status = SERVICE_UNAVAILABLE, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn back(
    Path(id): Path<String>,
    State(app): State<App>,
    Query(returned): Query<Returned>,
    person: Option<Person>,
    visitor: Visitor,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let providers = app.part::<Providers>();
    let provider = providers.find(&id).ok_or_else(Problem::not_found)?;
    let here = here(&app, person).await?;
    let brought = cookie(&headers, Browser::cookie_name(&app.settings().public_url));
    let outcome =
        callback::finish(&app, provider, &returned, brought, here.as_ref(), &place).await?;
    ended(&app, visitor, provider, outcome)
}

/// What a provider says of sessions that ended there.
#[derive(Deserialize, ToSchema)]
struct LogoutForm {
    /// A token that it signed (OpenID Connect Back-Channel Logout 1.0).
    #[serde(default)]
    logout_token: String,
}

/// Why a logout token ended nothing, as RFC 6749 words it.
#[derive(Serialize, ToSchema)]
struct LogoutRefused {
    error: &'static str,
    error_description: String,
}

/// Ends the sessions that a provider brought and says are over. Only its signature opens this door.
#[utoipa::path(post, path = "/identity/oidc/{provider}/backchannel-logout", params(("provider" = String, Path)),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK), (status = BAD_REQUEST, body = LogoutRefused), (status = NOT_FOUND, body = Problem),
        (status = SERVICE_UNAVAILABLE, body = Problem)))]
async fn signed_out(
    Path(id): Path<String>,
    State(app): State<App>,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Problem> {
    let providers = app.part::<Providers>();
    let provider = providers.find(&id).ok_or_else(Problem::not_found)?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    match logout::by_token(&app, provider, &form.logout_token).await? {
        Ok(ended) => {
            tracing::info!(provider = id, ended, "a provider ended sessions");
            Ok((StatusCode::OK, no_store).into_response())
        }
        Err(Trouble::Away(reason)) => {
            tracing::warn!(
                provider = id,
                reason,
                "a logout token cannot be checked now"
            );
            Err(Problem::unavailable())
        }
        Err(trouble) => {
            tracing::warn!(provider = id, error = %trouble, "a logout token is refused");
            let refused = LogoutRefused {
                error: "invalid_request",
                error_description: trouble.to_string(),
            };
            Ok((StatusCode::BAD_REQUEST, no_store, Body(refused)).into_response())
        }
    }
}
