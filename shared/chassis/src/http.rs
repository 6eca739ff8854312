//! The HTTP edge every service shares: problems, idempotent acts, health, metrics, the parked messages.

mod act;
mod caller;
mod door;
mod extract;
mod ops;
pub mod page;
mod problem;
mod reading;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

pub(crate) use door::Door;
pub(crate) use ops::routes as ops_routes;

pub use act::{Act, Answer};
pub use caller::Caller;
pub use extract::{Form, Json, Path, Query};
pub use problem::{FieldError, Problem};

use crate::{App, Service, config::Settings, telemetry};

/// The whole answer of a process that lives.
const LIVE: &str = "live\n";

/// `path` if it is one on this site: where a page may send a person back to.
///
/// Browsers read `//host` and `/\\host` as other sites, and drop tabs and line ends before they read.
pub fn own_path(path: &str) -> Option<&str> {
    let elsewhere = path.starts_with("//") || path.contains('\\');
    let plain = path.len() <= 2_000 && path.bytes().all(|byte| byte.is_ascii_graphic());
    (path.starts_with('/') && !elsewhere && plain).then_some(path)
}

/// All routes of some services in one process, with what they share.
pub(crate) fn router(services: &[(&Service, App)], settings: &Settings) -> Router {
    let apps: Vec<App> = services.iter().map(|(_, app)| app.clone()).collect();
    let mut router = Router::new()
        .route("/live", get(|| async { LIVE }))
        .route("/ready", get(ready).with_state(apps))
        .route("/metrics", get(|| async { metrics() }));
    for (service, app) in services {
        let (own, _) = (service.routes)()
            .merge(ops::routes(service.name(), service.audits))
            .split_for_parts();
        let document = service.openapi().to_json().unwrap_or_default();
        let path = format!("/{}/openapi.json", service.name());
        let own = own.route(
            &path,
            get(move || {
                let document = document.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], document) }
            }),
        );
        router = router.merge(own.with_state(app.clone()));
    }
    let public_url = settings.public_url.clone();
    let timeout = Duration::from_secs(settings.http_timeout_seconds);
    router
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Không dùng được cách gọi này ở đây",
                "This method is not for this address",
            )
        })
        .layer(DefaultBodyLimit::max(settings.http_body_limit))
        .layer(middleware::from_fn(move |request, next| {
            in_time(timeout, request, next)
        }))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| Problem::internal().into_response(),
        ))
        .layer(middleware::from_fn(problem::for_people))
        .layer(middleware::from_fn(move |request, next| {
            guarded(public_url.clone(), request, next)
        }))
        .layer(middleware::from_fn(traced))
}

async fn in_time(timeout: Duration, request: Request, next: Next) -> Response {
    let upload = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| {
            value.as_bytes().starts_with(b"multipart/")
                || value.as_bytes() == b"application/offset+octet-stream"
        });
    if upload {
        return next.run(request).await;
    }
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable().into_response(),
    }
}

/// Headers that keep pages from being framed, guessed at, or fed with foreign scripts.
async fn guarded(public_url: String, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    if public_url.starts_with("https:") {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        );
    }
    response
}

async fn traced(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let quiet = matches!(request.uri().path(), "/live" | "/ready" | "/metrics");
    if quiet {
        return next.run(request).await;
    }
    let method = request.method().clone();
    // The route, not the path: paths hold codes.
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {}", route.as_deref().unwrap_or("unmatched")),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route.as_deref().unwrap_or_default(),
        http.response.status_code = tracing::field::Empty,
    );
    if let Some(parent) = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
    {
        telemetry::continue_trace(&span, parent);
    }
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.in_scope(|| tracing::error!(status = response.status().as_u16(), "request failed"));
    }
    response
}

/// Ready means: the own database answers. Not the broker, which the outbox covers, and not the neighbours.
async fn ready(State(apps): State<Vec<App>>) -> Result<&'static str, Problem> {
    for app in &apps {
        if app.stopping().is_cancelled() {
            return Err(Problem::unavailable().detail("Đang dừng", "Stopping"));
        }
        if app.db().ping().await.is_err() {
            let name = app.name();
            return Err(Problem::unavailable().detail(
                &format!("{name}: cơ sở dữ liệu không trả lời"),
                &format!("{name}: its database does not answer"),
            ));
        }
    }
    Ok("ready\n")
}

fn metrics() -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        telemetry::metrics_text(),
    )
        .into_response()
}
