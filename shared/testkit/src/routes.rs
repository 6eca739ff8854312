//! Every route of a router, described in OpenAPI or not: what answers cannot be left out of a test by leaving it out of a document.

use std::collections::BTreeMap;

use axum::Router;

/// A route: its method and the path as the router has it, with the names of its parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The path.
    pub path: String,
    /// The method in capitals; `ANY` where all are taken.
    pub method: String,
}

const METHODS: [&str; 9] = [
    "get", "head", "delete", "options", "patch", "post", "put", "trace", "connect",
];

/// All routes of a router, by path.
///
/// axum lists them nowhere but in how a router is shown for debugging. That is no promise of theirs: whoever uses this compares
/// it with routes that are known otherwise, so that a change of that form is seen. It fails on what it cannot read.
pub fn of(router: &Router) -> Vec<Route> {
    let shown = format!("{router:?}");
    let (own, _) = shown
        .split_once("fallback_router")
        .expect("axum shows a router's routes before those of its fallback");
    let (mut paths, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for piece in own.split("RouteId(").skip(1) {
        let (id, rest) = piece.split_once("): ").expect("a route's id");
        match rest.strip_prefix('"') {
            Some(path) => {
                let (path, _) = path.split_once('"').expect("a path in quotes");
                paths.insert(id, path);
            }
            None => {
                methods.insert(id, taken(rest));
            }
        }
    }
    assert_eq!(paths.len(), methods.len(), "each route has a path");
    let mut all: Vec<Route> = paths
        .into_iter()
        .flat_map(|(id, path)| {
            let route = move |method: String| Route {
                path: path.to_owned(),
                method,
            };
            methods
                .remove(id)
                .expect("its methods")
                .into_iter()
                .map(route)
        })
        .collect();
    all.sort();
    all
}

/// The methods that a route takes.
fn taken(shown: &str) -> Vec<String> {
    let takes = |method: &&'static str| {
        let field = format!("{method}: ");
        shown
            .split_once(&field)
            .is_some_and(|(_, value)| !value.starts_with("None"))
    };
    let named: Vec<String> = METHODS
        .into_iter()
        .filter(takes)
        .map(str::to_uppercase)
        .collect();
    if named.is_empty() {
        vec!["ANY".to_owned()]
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{any, delete, get, patch};

    use super::*;

    #[test]
    fn every_route_is_listed_with_its_methods_also_behind_layers_and_nests() {
        let nested = Router::new().route("/in/{id}", patch(async || ()).delete(async || ()));
        let router = Router::new()
            .route("/", get(async || ()).post(async || ()))
            .route("/any", any(async || ()))
            .nest("/nest", nested)
            .merge(Router::new().route("/merged/{a}/{b}", delete(async || ())))
            .layer(axum::extract::DefaultBodyLimit::max(1))
            .fallback(async || ());
        let listed: Vec<_> = of(&router)
            .into_iter()
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        assert_eq!(
            listed,
            [
                "GET /",
                "POST /",
                "ANY /any",
                "DELETE /merged/{a}/{b}",
                "DELETE /nest/in/{id}",
                "PATCH /nest/in/{id}",
            ]
        );
    }
}
