//! One address for services that run apart: passes each request on by the first segment of its path.
//!
//! For compose and small installations; in Kubernetes the Ingress does this.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chassis::{StartError, http::Problem};
use clap::Args;

/// Where it listens and whom it asks.
#[derive(Args)]
pub struct Options {
    /// Address and port to serve.
    #[arg(long, env = "GATEWAY_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where a service is; {service} is the first segment of the path.
    #[arg(
        long,
        env = "GATEWAY_UPSTREAM",
        default_value = "http://{service}:8080"
    )]
    upstream: String,
}

#[derive(Clone)]
struct Upstream {
    pattern: String,
    names: Vec<&'static str>,
    client: reqwest::Client,
}

/// Serves until the process is told to stop.
pub async fn run(options: Options) -> Result<(), StartError> {
    chassis::install_cryptography();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(5))
        .no_proxy()
        .build()
        .map_err(|error| StartError::because("an HTTP client", &error))?;
    let upstream = Upstream {
        pattern: options.upstream,
        names: crate::services()
            .iter()
            .map(chassis::Service::name)
            .collect(),
        client,
    };
    let router = Router::new()
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(|| async { "ready\n" }))
        .fallback(pass_on)
        .with_state(upstream)
        .merge(crate::beside());
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|error| {
            StartError::because(
                &format!("cannot listen at {} (GATEWAY_LISTEN)", options.listen),
                &error,
            )
        })?;
    println!("gateway at http://{}", options.listen);
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped())
    .await
    .map_err(|error| StartError::because("serving HTTP", &error))
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Headers that concern one connection only (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
];

async fn pass_on(
    State(upstream): State<Upstream>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let segment = request.uri().path().split('/').nth(1).unwrap_or_default();
    let Some(service) = upstream.names.iter().find(|name| **name == segment) else {
        return Problem::not_found().into_response();
    };
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let url = format!("{}{target}", upstream.pattern.replace("{service}", service));
    let (mut parts, body) = request.into_parts();
    for name in &HOP_BY_HOP {
        parts.headers.remove(name);
    }
    // The address as this gateway saw it: what a client claims to be is not believed.
    if let Ok(value) = HeaderValue::from_str(&peer.ip().to_string()) {
        parts.headers.insert("x-forwarded-for", value);
    }
    let sent = upstream
        .client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()))
        .send()
        .await;
    let Ok(answer) = sent else {
        return Problem::unavailable().into_response();
    };
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
        for name in &HOP_BY_HOP {
            headers.remove(name);
        }
    }
    response
        .body(Body::from_stream(answer.bytes_stream()))
        .unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}
