//! Where somebody links and unlinks the other ways in which they sign in.

use askama::Template;
use axum::{
    Json as Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chassis::{
    App,
    auth::{Claims, cookie},
    http::{Form, Problem},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::{Reader, Visitor};

use super::oidc::{ONLY_WAY, PROVIDERS, Way, not_begun, onward};
use crate::{
    oidc::{
        Providers,
        begin::{self, Browser, Purpose, Wish},
        linking::{self, Refusal},
    },
    sessions::Known,
    store::external,
};

/// So recently must somebody have signed in to change how they do: a browser left open is not enough.
pub(crate) const FRESH: TimeDelta = TimeDelta::minutes(10);

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(link))
        .routes(routes!(unlink))
}

/// Another way in which somebody signs in.
#[derive(Serialize, ToSchema)]
pub struct LinkLine {
    /// Names it.
    pub id: Uuid,
    /// What the provider is called.
    pub name: String,
    /// The provider.
    pub issuer: String,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When they last came that way.
    pub last_at: DateTime<Utc>,
    /// An organisation's tax code (mã số thuế).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
}

#[derive(Template)]
#[template(path = "providers.html")]
struct ProvidersPage {
    lines: Vec<LinkLine>,
    /// What can be linked yet.
    ways: Vec<Way>,
    error: Option<&'static str>,
}

async fn standing(app: &App, claims: &Claims) -> Result<ProvidersPage, Problem> {
    let providers = app.part::<Providers>();
    let identities = external::of(app.db().reads(), claims.sub).await?;
    let is_linked = |issuer: &str| identities.iter().any(|identity| identity.issuer == issuer);
    let ways = providers.all();
    let ways = ways.filter(|provider| !is_linked(&provider.config.issuer));
    let ways = ways.map(Way::from).collect();
    let line = |identity: external::Identity| {
        let provider = providers.of_issuer(&identity.issuer);
        let name = provider.map(|provider| provider.config.name.clone());
        LinkLine {
            id: identity.id,
            name: name.unwrap_or_else(|| identity.issuer.clone()),
            issuer: identity.issuer,
            linked_at: identity.linked_at,
            last_at: identity.last_at,
            tax_code: identity.tax_code,
        }
    };
    Ok(ProvidersPage {
        lines: identities.into_iter().map(line).collect(),
        ways,
        error: None,
    })
}

/// The other ways in which somebody signs in.
#[utoipa::path(get, path = "/identity/providers",
    responses((status = OK, body = Vec<LinkLine>), (status = UNAUTHORIZED, body = Problem)))]
async fn list(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let page = standing(&app, &claims).await?;
    match reader {
        Reader::Person => web::page(&claims, &page),
        Reader::Program => {
            let headers = [(header::CACHE_CONTROL, "no-store")];
            Ok((headers, Body(page.lines)).into_response())
        }
    }
}

/// Whoever signed in too long ago does so again.
fn stale(app: &App, claims: &Claims) -> Option<Response> {
    let since = DateTime::from_timestamp(claims.iat, 0).unwrap_or_default();
    let again = || Redirect::to("/identity/sign-in?back=%2Fidentity%2Fproviders").into_response();
    (app.clock().now() - since > FRESH).then(again)
}

/// Which provider.
#[derive(Deserialize, ToSchema)]
struct LinkForm {
    #[serde(default)]
    provider: String,
}

/// Begins to link: the person signs in at the provider.
#[utoipa::path(post, path = "/identity/providers/link", request_body(content = LinkForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html", description = "Goes on to the provider"), (status = SEE_OTHER),
        (status = NOT_FOUND, body = Problem), (status = SERVICE_UNAVAILABLE, content_type = "text/html")))]
async fn link(
    Known(claims): Known,
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<LinkForm>,
) -> Result<Response, Problem> {
    let providers = app.part::<Providers>();
    let provider = providers.find(&form.provider);
    let provider = provider.ok_or_else(Problem::not_found)?;
    if let Some(again) = stale(&app, &claims) {
        return Ok(again);
    }
    let purpose = Purpose::Link {
        account: claims.sub,
        session: claims.sid,
    };
    let wish = Wish {
        purpose,
        back: PROVIDERS.to_owned(),
        acr: None,
        prompt: None,
        max_age: None,
    };
    let brought = cookie(&headers, Browser::cookie_name(&app.settings().public_url));
    let visitor = Visitor::from(&claims);
    match begin::begin(&app, provider, &wish, brought).await? {
        Ok(away) => onward(visitor, provider, &away),
        Err(trouble) => not_begun(visitor, provider, &trouble, PROVIDERS),
    }
}

/// Which link.
#[derive(Deserialize, ToSchema)]
struct UnlinkForm {
    id: Uuid,
}

/// Unlinks a provider. The only way in stays.
#[utoipa::path(post, path = "/identity/providers/unlink", request_body(content = UnlinkForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = NOT_FOUND, body = Problem), (status = CONFLICT, content_type = "text/html")))]
async fn unlink(
    Known(claims): Known,
    State(app): State<App>,
    Form(form): Form<UnlinkForm>,
) -> Result<Response, Problem> {
    if let Some(again) = stale(&app, &claims) {
        return Ok(again);
    }
    let unlinked = app
        .transact(async |tx| linking::unlink(&tx, &claims, form.id).await)
        .await?;
    match unlinked {
        Ok(()) => Ok(Redirect::to(PROVIDERS).into_response()),
        Err(Refusal::OnlyWay) => {
            let page = ProvidersPage {
                error: Some(ONLY_WAY),
                ..standing(&app, &claims).await?
            };
            Ok((StatusCode::CONFLICT, web::page(&claims, &page)?).into_response())
        }
        Err(_) => Err(Problem::not_found()),
    }
}
