//! The browsers that a person wants to be noted in (web push, RFC 8030), and the two scripts that ask for it.

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use chassis::{
    App, Tx,
    auth::Person,
    http::{Act, Answer, Json, Problem},
};
use contracts::Refused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    store::wishes::{self, Subscription},
    webhooks::{guard, handlers::Caller},
};

/// The longest address of a push service.
const ENDPOINT: usize = 1_000;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(subscribe))
        .routes(routes!(unsubscribe))
        .route(
            "/notification/push.js",
            get(async || script(include_str!("../../assets/push.js"))),
        )
        .route(
            "/notification/worker.js",
            get(async || script(include_str!("../../assets/worker.js"))),
        )
}

fn script(content: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, content)
}

/// A browser's subscription, as `PushSubscription.toJSON()` has it.
#[derive(Serialize, Deserialize, ToSchema)]
struct Browser {
    /// Where notes go.
    endpoint: String,
    /// What they are encrypted with.
    keys: BrowserKeys,
}

/// What notes to a browser are encrypted with (RFC 8291).
#[derive(Serialize, Deserialize, ToSchema)]
struct BrowserKeys {
    /// The browser's public key.
    p256dh: String,
    /// The secret that it shares with us.
    auth: String,
}

fn is_key(text: &str, longest: usize) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    !text.is_empty() && text.len() <= longest && text.bytes().all(is_letter)
}

/// Notes in this browser from now on. A browser that somebody else used before is theirs no more.
#[utoipa::path(post, path = "/notification/push/subscribe", request_body = Browser,
    responses((status = NO_CONTENT), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn subscribe(
    Person(claims): Person,
    act: Act,
    Json(browser): Json<Browser>,
) -> Result<Response, Problem> {
    let private = act.app().part::<Caller>().private;
    let refused = |field: &str| {
        let refused = Refused::new(
            "Trình duyệt này không nhận tin được",
            "This browser cannot be noted in",
        );
        Problem::field(field, refused)
    };
    if browser.endpoint.len() > ENDPOINT || guard::admit(&browser.endpoint, private).is_err() {
        return Err(refused("endpoint"));
    }
    if !is_key(&browser.keys.p256dh, 200) || !is_key(&browser.keys.auth, 100) {
        return Err(refused("keys"));
    }
    let act = act.by(claims.sub).about(&browser);
    let work = async |tx: Tx| {
        let kept = Subscription {
            id: tx.new_id(),
            account: claims.sub,
            endpoint: browser.endpoint.clone(),
            keys: chassis::rows::json(&browser)?,
        };
        wishes::subscribe(tx.db(), &kept, tx.now()).await?;
        Ok(Answer::nothing())
    };
    act.transact(work).await
}

/// Which browser.
#[derive(Serialize, Deserialize, ToSchema)]
struct Endpoint {
    /// Where its notes go.
    endpoint: String,
}

/// No more notes in a browser of one's own. One that is not known is off already.
#[utoipa::path(post, path = "/notification/push/unsubscribe", request_body = Endpoint,
    responses((status = NO_CONTENT)))]
async fn unsubscribe(
    Person(claims): Person,
    act: Act,
    Json(browser): Json<Endpoint>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&browser);
    let work = async |tx: Tx| {
        wishes::unsubscribe(tx.db(), Some(claims.sub), &browser.endpoint).await?;
        Ok(Answer::nothing())
    };
    act.transact(work).await
}
