//! The archival copy of a document.

use axum::{body::Body, extract::State, response::Response};
use chassis::{
    App, Failure,
    auth::Person,
    http::{Path, Problem, Query},
};
use files::{self, Files, Hash};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{For, accepted, handed_out, on_record, original};
use crate::{
    domain::{FileName, MediaType, Part},
    handlers::ARCHIVE,
    store::archives,
};

/// The endpoint.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(archive))
}

/// The archival copy: a PDF/A-2b of the straightened pages in order, searchable, without anything that the original tells about its
/// maker. A signed PDF is its own copy and comes as it is: any other would not be signed.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}/archive",
    params(("id" = Uuid, Path), For),
    responses(
        (status = OK, content_type = "application/pdf", description = "The copy"),
        (status = NOT_FOUND, body = Problem, description = "No such document, or not all of its pages could be copied"),
        (status = CONFLICT, body = Problem, description = "It is not checked yet, or rejected"),
    )
)]
async fn archive(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(look): Query<For>,
) -> Result<Response, Problem> {
    let document = accepted(&claims, &app, id).await?;
    if document.signed {
        let original = original(&app, &document).await?;
        on_record(&app, &claims, &document, Part::Archive, look).await?;
        return Ok(original);
    }
    let copy = archives::find(app.db().reads(), document.id).await?;
    let copy = copy.ok_or_else(Problem::not_found)?;
    let bytes = app.part::<Files>().derived(&document.hash, ARCHIVE).await;
    let bytes = bytes.map_err(Failure::from)?;
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    if Hash::of_bytes(&bytes) != copy.hash {
        return Err(Failure::from(files::Error::Altered).into());
    }
    on_record(&app, &claims, &document, Part::Archive, look).await?;
    let stem = document.name.as_str().rsplit_once('.');
    let stem = stem.map_or(document.name.as_str(), |(stem, _)| stem);
    let name = FileName::of(Some(&format!("{stem}.pdf")), MediaType::Pdf);
    Ok(handed_out(
        Body::from(bytes),
        copy.bytes,
        MediaType::Pdf,
        &name,
    ))
}
