//! Where somebody is signed in, and the buttons that end it.

use askama::Template;
use axum::response::Response;
use chassis::{
    App,
    auth::Claims,
    http::{Act, Answer, Path, Problem},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    http::sessions::{SessionLine, one, others},
    oidc::Providers,
    sessions::Known,
};

/// The page's address.
const PAGE: &str = "/identity/sessions";

/// The page's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(end_one))
        .routes(routes!(end_others))
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage<'a> {
    lines: &'a [SessionLine],
    /// Whether there are others than the one that asks.
    has_others: bool,
    /// Whether there are other ways to sign in than a password.
    has_providers: bool,
}

/// Where somebody is signed in.
pub fn list(app: &App, claims: &Claims, lines: &[SessionLine]) -> Result<Response, Problem> {
    let page = SessionsPage {
        lines,
        has_others: lines.iter().any(|line| !line.current),
        has_providers: app.part::<Providers>().all().next().is_some(),
    };
    web::page(claims, &page)
}

/// Ends one session and shows the others again.
#[utoipa::path(post, path = "/identity/sessions/{id}/end", params(("id" = Uuid, Path)),
    responses((status = SEE_OTHER), (status = NOT_FOUND, content_type = "text/html")))]
async fn end_one(
    Known(claims): Known,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    act.transact(async |tx| {
        one(&tx, &claims, id).await?;
        Ok(Answer::see_other(PAGE))
    })
    .await
}

/// Ends all sessions but the one that asks.
#[utoipa::path(post, path = "/identity/sessions/others/end", responses((status = SEE_OTHER)))]
async fn end_others(Known(claims): Known, act: Act) -> Result<Response, Problem> {
    act.transact(async |tx| {
        others(&tx, &claims).await?;
        Ok(Answer::see_other(PAGE))
    })
    .await
}
