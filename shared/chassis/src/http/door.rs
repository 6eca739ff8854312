//! What answers before the services do: the process lives, and is not ready.
//!
//! A service waits for its database as long as it takes. Unanswered, whoever watches it would take that for a hang and kill it.

use std::{
    convert::Infallible,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use tower::{ServiceExt, service_fn};

use super::Problem;

/// Closed until the services' routes are there.
#[derive(Clone, Default)]
pub(crate) struct Door(Arc<OnceLock<Router>>);

impl Door {
    /// From now on these routes answer.
    pub fn open(&self, routes: Router) {
        let _ = self.0.set(routes);
    }

    /// What listens from the beginning.
    pub fn router(self) -> Router {
        Router::new().fallback_service(service_fn(move |request: Request| {
            let routes = self.0.get().cloned();
            async move {
                match routes {
                    Some(routes) => routes.oneshot(request).await,
                    None => Ok::<_, Infallible>(closed(request.uri().path())),
                }
            }
        }))
    }
}

fn closed(path: &str) -> Response {
    match path {
        "/live" => super::LIVE.into_response(),
        "/metrics" => super::metrics(),
        _ => Problem::unavailable()
            .detail(
                "Đang khởi động",
                "Starting: the log says what is waited for",
            )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};

    use super::*;

    #[tokio::test]
    async fn until_it_is_opened_it_lives_and_asks_to_come_again() {
        let door = Door::default();
        let ask = async |path: &'static str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = door.clone().router().oneshot(request).await.unwrap();
            (
                response.status().as_u16(),
                response.headers().contains_key("retry-after"),
            )
        };
        assert_eq!(ask("/live").await, (200, false));
        assert_eq!(ask("/ready").await, (503, true));
        assert_eq!(ask("/intake/").await, (503, true));
        door.open(Router::new().route("/intake/", get(|| async { "open" })));
        assert_eq!(ask("/intake/").await, (200, false));
        assert_eq!(ask("/live").await.0, 404);
    }
}
