//! The check that is open to all: whether a paper, or a file, was issued here and still holds.

use axum::{
    extract::{DefaultBodyLimit, Multipart, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::Jwks,
    http::{Path, Problem},
};
use chrono::{DateTime, Utc};
use procedure::Catalogue;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Reader, Visitor};

use crate::{
    config::Config,
    domain::{State as Standing, code::CheckCode},
    handlers::CheckPage,
    pages, proofs,
    store::{self, Entry},
};

/// The check's routes. The configuration, not the general limit, says how large a compared file may be.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(compare))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(check))
        .routes(routes!(keys))
        .routes(routes!(checker))
}

/// The keys that papers' statements were ever signed with. Whoever checks papers without a line keeps a copy.
#[utoipa::path(get, path = "/delivery/check/keys", responses((status = OK, body = Jwks)))]
async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let listed = axum::Json(proofs::listed(&app).await?);
    Ok(([(header::CACHE_CONTROL, "public, max-age=3600")], listed).into_response())
}

/// A page to keep and to open without a line: it checks what a paper's QR code says by the keys listed on the day it was
/// fetched. It is a file of its own, with its script inside.
#[utoipa::path(get, path = "/delivery/check/checker", responses((status = OK, content_type = "text/html")))]
async fn checker(State(app): State<App>) -> Result<Response, Problem> {
    let listed = proofs::listed(&app).await?;
    let catalogue = app.part::<Catalogue>();
    let page = app.part::<CheckPage>();
    let names = catalogue
        .organisations()
        .map(|one| (one.code.to_string(), &one.name.vi));
    let html = pages::checker(&listed, names.collect(), &page.0, app.clock().now())?;
    let kept = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"kiem-tra-giay-to.html\"",
        ),
    ];
    Ok((kept, html).into_response())
}

/// What anybody may learn of a paper. The same shape whether it is known or not.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CheckView {
    /// `valid`, `revoked`, `replaced` or `unknown`.
    pub standing: &'static str,
    /// Number and symbol.
    pub number: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What it is called in English.
    pub title_en: Option<String>,
    /// The procedure's code.
    pub procedure: Option<String>,
    /// The body that issued it.
    pub organisation: Option<String>,
    /// The initials of whom it is for.
    pub initials: Option<String>,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it was taken back or replaced.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The number and symbol of the one that stands for it.
    pub replaced_by: Option<String>,
    /// Whose digital seal the PDF bears.
    pub sealed_by: Option<String>,
    /// SHA-256 of the PDF, lower hex.
    pub sha256: Option<String>,
}

impl CheckView {
    /// What the public learns of what was found, and of the one that stands for it. A result whose file is not made yet is not
    /// known yet.
    fn of(found: Option<Entry>, successor: Option<Entry>) -> Self {
        let Some((entry, (hash, issued_at))) = found.and_then(|entry| {
            let issued = entry.issued.clone()?;
            Some((entry, issued))
        }) else {
            return Self {
                standing: "unknown",
                ..Self::default()
            };
        };
        Self {
            standing: match entry.state {
                Standing::Revoked => "revoked",
                Standing::Replaced => "replaced",
                Standing::Numbered | Standing::Issued | Standing::HandedOver => "valid",
            },
            number: Some(entry.number),
            title: Some(entry.title),
            title_en: Some(entry.title_en),
            procedure: Some(entry.procedure),
            organisation: Some(entry.organisation_name),
            initials: Some(entry.initials),
            issued_at: Some(issued_at),
            revoked_at: entry.revoked_at,
            replaced_by: successor.map(|other| other.number),
            sealed_by: entry.sealed.map(|(by, _)| by),
            sha256: Some(hash.to_string()),
        }
    }

    /// The same, with the one that stands for it looked up.
    async fn told(app: &App, found: Option<Entry>) -> Result<Self, Problem> {
        let successor = found.as_ref().and_then(|entry| entry.replaced_by);
        let successor = match successor {
            Some(other) => store::entry(app.db().reads(), other).await?,
            None => None,
        };
        Ok(Self::of(found, successor))
    }

    fn answer(self, reader: Reader, visitor: Visitor) -> Result<Response, Problem> {
        let status = if self.standing == "unknown" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        Ok(match reader {
            Reader::Person => (status, pages::checked(visitor, &self)?).into_response(),
            Reader::Program => (status, axum::Json(self)).into_response(),
        })
    }
}

/// Checks a paper by its code: open to all. A code has sixty random bits, so it cannot be found by trying.
#[utoipa::path(get, path = "/delivery/check/{code}", params(("code" = String, Path)),
    responses((status = OK, body = CheckView), (status = NOT_FOUND, body = CheckView)))]
async fn check(
    State(app): State<App>,
    Path(code): Path<String>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let found = match code.parse::<CheckCode>() {
        Ok(code) => store::by_code(app.db().reads(), &code).await?,
        Err(_) => None,
    };
    CheckView::told(&app, found).await?.answer(reader, visitor)
}

/// A file to be compared with what was issued.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
struct CompareForm {
    /// The PDF.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Checks a file: whether exactly these bytes were issued. Open to all; nothing of the file is kept.
#[utoipa::path(post, path = "/delivery/check", request_body(content = CompareForm, content_type = "multipart/form-data"),
    responses((status = OK, body = CheckView), (status = NOT_FOUND, body = CheckView)))]
async fn compare(
    State(app): State<App>,
    reader: Reader,
    visitor: Visitor,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let unreadable = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "Không đọc được tệp",
            "The file cannot be read",
        )
    };
    let limit = app.config::<Config>().compare_limit;
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        let (mut hasher, mut length) = (Sha256::new(), 0);
        while let Some(piece) = field.chunk().await.map_err(unreadable)? {
            length += piece.len();
            if length > limit {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "Tệp quá lớn",
                    "The file is too large",
                ));
            }
            hasher.update(&piece);
        }
        let found = store::by_hash(app.db().reads(), &hex::encode(hasher.finalize())).await?;
        return CheckView::told(&app, found).await?.answer(reader, visitor);
    }
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "Xin chọn một tệp",
        "Please choose a file",
    ))
}
