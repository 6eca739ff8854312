//! What people see: pages in Vietnamese that need no JavaScript, and upload better with it; phone first.

pub mod catalogue;
pub mod dossier;
pub mod fields;
pub mod filing;

use axum::routing::{get, post};
use chassis::App;
use utoipa_axum::router::OpenApiRouter;

/// The pages' routes. Programs have their own, so that these are not in the API's description.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/intake/", get(catalogue::home))
        .route("/intake/style.css", get(async || web::style()))
        .route("/intake/icon.svg", get(async || web::icon()))
        .route("/intake/upload.js", get(async || web::upload()))
        .route("/intake/live.js", get(async || web::live()))
        .route(
            "/intake/procedures/{code}/print",
            get(catalogue::blank).post(catalogue::printed),
        )
        .route("/intake/procedures/{code}/file", post(filing::begin))
        .route(
            "/intake/dossiers/{id}/form",
            get(filing::form).post(filing::save),
        )
        .route("/intake/dossiers/{id}/papers", get(filing::papers::show))
        .route(
            "/intake/dossiers/{id}/papers/remove",
            post(filing::papers::remove),
        )
        .route(
            "/intake/dossiers/{id}/papers/reuse",
            post(filing::papers::reuse),
        )
        .route(
            "/intake/dossiers/{id}/cover-sheets",
            get(filing::covers::print),
        )
        .route("/intake/dossiers/{id}/attach", get(filing::papers::attach))
        .route(
            "/intake/dossiers/{id}/review",
            get(filing::review::show).post(filing::review::submit),
        )
        .route("/intake/dossiers/{id}/discard", post(filing::discard))
        .route(
            "/intake/track",
            get(dossier::track_form).post(dossier::track),
        )
}
