//! The pretend provider over HTTP: its page, its token, userinfo and keys, and signing out there.

use std::time::Duration;

use askama::Template;
use axum::{
    Json as Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64},
};
use chassis::{
    App,
    auth::{Jwks, OwnPage, Signer},
    http::{Answer, Form, Problem, Query},
    random,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use strum::VariantArray;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    CLIENT, Enabled, SECRET, Sandbox,
    books::Grant,
    people::{Day, PEOPLE, Person},
};

/// Longer than anybody waits for a provider.
const SILENCE: Duration = Duration::from_secs(20);

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask, agree))
        .routes(routes!(token))
        .routes(routes!(userinfo))
        .routes(routes!(keys))
        .routes(routes!(logout))
}

/// What a client asks for (OpenID Connect Core, section 3.1.2.1).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Asked {
    /// Who asks.
    client_id: String,
    /// Where to send the browser.
    redirect_uri: String,
    /// `code`.
    response_type: String,
    /// With `openid`.
    scope: String,
    /// Comes back.
    state: String,
    /// Stands in the token.
    nonce: String,
    /// Which contexts are wanted.
    acr_values: String,
    /// What the person is to be asked.
    prompt: String,
    /// The digest of the verifier.
    code_challenge: String,
    /// `S256`.
    code_challenge_method: String,
}

impl Asked {
    /// What is wrong with it, if the browser cannot even be sent back.
    fn wrong(&self, sandbox: &Sandbox) -> Option<&'static str> {
        if self.client_id != CLIENT {
            return Some("client_id");
        }
        if self.redirect_uri != sandbox.redirect_uri {
            return Some("redirect_uri");
        }
        let protocol = self.response_type == "code"
            && self.scope.split_whitespace().any(|scope| scope == "openid")
            && self.code_challenge_method == "S256"
            && !self.code_challenge.is_empty();
        (!protocol).then_some("response_type, scope, code_challenge")
    }

    /// Back to the client, with what there is to say.
    fn back(&self, sandbox: &Sandbox, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            (name, value),
            ("state", &self.state),
            ("iss", &sandbox.issuer),
        ];
        query.extend_pairs(pairs);
        format!("{}?{}", self.redirect_uri, query.finish())
    }
}

#[derive(Template)]
#[template(path = "sandbox_authorize.html")]
struct AskPage<'a> {
    people: &'a [Person],
    days: &'a [Day],
    asked: &'a Asked,
    wants_two: bool,
}

#[derive(Template)]
#[template(path = "sandbox_logout.html")]
struct LogoutPage<'a> {
    back: Option<&'a str>,
}

fn page(page: &impl Template) -> Result<Html<String>, Problem> {
    page.render().map(Html).map_err(|_| Problem::internal())
}

fn rejected(what: &str) -> Response {
    let told = format!("sandbox: {what}");
    (StatusCode::BAD_REQUEST, told).into_response()
}

/// The pretend provider's page: as whom somebody signs in, and what goes wrong.
#[utoipa::path(get, path = "/identity/sandbox/authorize",
    responses((status = OK, content_type = "text/html"), (status = BAD_REQUEST, content_type = "text/plain"), (status = NOT_FOUND, body = Problem)))]
async fn ask(
    _: Enabled,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let sandbox = app.part::<Sandbox>();
    if let Some(what) = asked.wrong(&sandbox) {
        return Ok(rejected(what));
    }
    if asked.prompt == "none" {
        // Nobody is ever signed in here: each time they are asked.
        let to = asked.back(&sandbox, "error", "login_required");
        return Ok(Answer::see_other(to).into_response());
    }
    let ask = AskPage {
        people: &PEOPLE,
        days: Day::VARIANTS,
        wants_two: asked.acr_values.contains("LoA2"),
        asked: &asked,
    };
    Ok(page(&ask)?.into_response())
}

/// Who agrees, and how the day is.
#[derive(Debug, Deserialize, ToSchema)]
struct Agreed {
    #[serde(flatten)]
    asked: Asked,
    /// As whom.
    person: String,
    /// What goes wrong.
    #[serde(default)]
    day: String,
}

/// Somebody has chosen.
#[utoipa::path(post, path = "/identity/sandbox/authorize", request_body(content = Agreed, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = BAD_REQUEST, content_type = "text/plain"), (status = NOT_FOUND, body = Problem)))]
async fn agree(
    _: Enabled,
    _: OwnPage,
    State(app): State<App>,
    Form(agreed): Form<Agreed>,
) -> Result<Response, Problem> {
    let sandbox = app.part::<Sandbox>();
    let Agreed { asked, person, day } = agreed;
    if let Some(what) = asked.wrong(&sandbox) {
        return Ok(rejected(what));
    }
    let Some(person) = Person::of(&person) else {
        return Ok(rejected("person"));
    };
    let day = day.parse().unwrap_or_default();
    let to = match day {
        Day::Denied => asked.back(&sandbox, "error", "access_denied"),
        Day::Unavailable => asked.back(&sandbox, "error", "temporarily_unavailable"),
        day => {
            let code = BASE64.encode(random::<24>());
            let to = asked.back(&sandbox, "code", &code);
            let grant = Grant {
                person,
                context: person.context(&asked.acr_values),
                nonce: asked.nonce,
                challenge: asked.code_challenge,
                day,
                at: app.clock().now(),
            };
            books(&sandbox).grant(code, grant);
            to
        }
    };
    Ok(Answer::see_other(to).into_response())
}

fn books(sandbox: &Sandbox) -> std::sync::MutexGuard<'_, super::Books> {
    let books = sandbox.books.lock();
    books.unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What is redeemed.
#[derive(Debug, Deserialize, ToSchema)]
struct Redeemed {
    /// `authorization_code`.
    grant_type: String,
    /// The code.
    code: String,
    /// Where the browser was sent.
    redirect_uri: String,
    /// What the challenge was made of.
    code_verifier: String,
}

/// Whether this is our one client (`client_secret_basic`).
fn is_client(headers: &HeaderMap) -> bool {
    let wanted = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|given| given.as_bytes() == wanted.as_bytes())
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Body(json!({ "error": error }))).into_response()
}

/// Redeems a code for tokens.
#[utoipa::path(post, path = "/identity/sandbox/token", request_body(content = Redeemed, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, body = serde_json::Value), (status = BAD_REQUEST), (status = UNAUTHORIZED), (status = NOT_FOUND, body = Problem)))]
async fn token(
    _: Enabled,
    State(app): State<App>,
    headers: HeaderMap,
    Form(redeemed): Form<Redeemed>,
) -> Response {
    let sandbox = app.part::<Sandbox>();
    if !is_client(&headers) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if redeemed.grant_type != "authorization_code" || redeemed.redirect_uri != sandbox.redirect_uri
    {
        return refused(StatusCode::BAD_REQUEST, "invalid_request");
    }
    let (now, access_token) = (app.clock().now(), BASE64.encode(random::<24>()));
    let (code, verifier) = (&redeemed.code, &redeemed.code_verifier);
    let grant = books(&sandbox).redeem(code, verifier, access_token.clone(), now);
    let Some(grant) = grant else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    match grant.day {
        Day::Broken => return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        Day::Garbage => return Html("<h1>Xin chào</h1>").into_response(),
        Day::Silent => tokio::time::sleep(SILENCE).await,
        _ => {}
    }
    let expires_in = TimeDelta::minutes(5);
    let issued_at = match grant.day {
        Day::Expired => grant.at - TimeDelta::hours(1),
        _ => grant.at,
    };
    let nonce = match grant.day {
        Day::OtherNonce => BASE64.encode(random::<16>()),
        _ => grant.nonce,
    };
    let claims = json!({
        "iss": sandbox.issuer, "sub": grant.person.id, "aud": CLIENT, "nonce": nonce, "acr": grant.context,
        "iat": issued_at.timestamp(), "auth_time": issued_at.timestamp(), "exp": (issued_at + expires_in).timestamp(),
    });
    let id_token = match grant.day {
        Day::Forged => Signer::new(&random()).seal("JWT", &claims),
        _ => sandbox.signer.seal("JWT", &claims),
    };
    let tokens = json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": expires_in.num_seconds(), "id_token": id_token,
    });
    ([(header::CACHE_CONTROL, "no-store")], Body(tokens)).into_response()
}

/// Says who signed in.
#[utoipa::path(get, path = "/identity/sandbox/userinfo",
    responses((status = OK, body = serde_json::Value), (status = UNAUTHORIZED), (status = NOT_FOUND, body = Problem)))]
async fn userinfo(_: Enabled, State(app): State<App>, headers: HeaderMap) -> Response {
    let sandbox = app.part::<Sandbox>();
    let given = headers.get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let grant = given.and_then(|token| books(&sandbox).open(token, app.clock().now()));
    let Some(grant) = grant else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_token");
    };
    let mut others = PEOPLE.iter().filter(|person| *person != grant.person);
    let person = match grant.day {
        Day::SomebodyElse => others.next().unwrap_or(grant.person),
        _ => grant.person,
    };
    Body(person.claims()).into_response()
}

/// Its keys.
#[utoipa::path(get, path = "/identity/sandbox/jwks", responses((status = OK, body = Jwks), (status = NOT_FOUND, body = Problem)))]
async fn keys(_: Enabled, State(app): State<App>) -> Body<Jwks> {
    let key = app.part::<Sandbox>().signer.jwk();
    Body(Jwks { keys: vec![key] })
}

/// Where to go after signing out there.
#[derive(Debug, Deserialize)]
struct Leaving {
    #[serde(default)]
    post_logout_redirect_uri: String,
}

/// Signed out there.
#[utoipa::path(get, path = "/identity/sandbox/logout", responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn logout(
    _: Enabled,
    State(app): State<App>,
    Query(leaving): Query<Leaving>,
) -> Result<Response, Problem> {
    let back = leaving.post_logout_redirect_uri.as_str();
    let registered = app.settings().public("/intake/");
    let back = (back == registered).then_some(back);
    Ok(page(&LogoutPage { back })?.into_response())
}
