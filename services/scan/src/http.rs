//! The API: upload a document, ask what became of it, get its file and its text.

use axum::{
    Json,
    body::Body,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Citizen, Claims, Person, Role},
    http::{Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{DocumentId, DossierId};
use files::Files;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    domain::{By, Deed, FileName, MediaType, Part, Provenance, Rejection},
    pages,
    reading::Reader,
    store::{self, Document},
};

mod archive;
pub mod batches;
mod fields;
pub mod papers;
mod progress;
mod quality;
mod resumable;
mod share;
mod upload;

pub use progress::Watchers;

/// The most documents a list shows.
const MOST: u64 = 200;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload::add, list))
        // The upload sets its own limit, which is far above the others'.
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(show))
        .routes(routes!(file))
        .routes(routes!(text))
        .merge(archive::routes())
        .merge(batches::routes())
        .merge(papers::routes())
        .merge(pages::routes())
        .merge(progress::routes())
        .merge(quality::routes())
        .merge(resumable::routes())
}

/// A document and where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct View {
    /// Its id.
    id: Uuid,
    /// `stored`, `accepted` or `rejected`.
    #[schema(example = "stored")]
    state: &'static str,
    /// Why it was rejected, in Vietnamese.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_vi: Option<String>,
    /// Why it was rejected, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_en: Option<String>,
    /// What it was rejected for: `content` (for good) or `quality` (an officer who sees the paper may overrule it).
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    /// What is wrong with the pictures of its pages, once it is checked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flaws: Vec<quality::FlawView>,
    /// The officer's word by which it was taken in spite of its pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    overruled: Option<quality::OverruleView>,
    /// What was read on it, field by field, where its kind of paper is known; once it is checked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<fields::FieldView>,
    /// What its owner calls the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Under which name it is handed out.
    name: String,
    /// SHA-256 of the file, lower hex.
    sha256: String,
    /// Size of the file.
    bytes: u64,
    /// Media type, by content.
    #[schema(example = "image/jpeg")]
    media_type: &'static str,
    /// Letters read on all pages, once it is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    letters: Option<u32>,
    /// Whether it carries an electronic signature; known once it is checked.
    signed: bool,
    /// What the virus scanner calls what it found; for officers.
    #[serde(skip_serializing_if = "Option::is_none")]
    threat: Option<String>,
    /// When its bytes were safe.
    stored_at: DateTime<Utc>,
    /// When it was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<DateTime<Utc>>,
}

impl From<Document> for View {
    fn from(document: Document) -> Self {
        let (reason_vi, reason_en) = document
            .reason
            .map(|reason| (reason.vi.into_owned(), reason.en.into_owned()))
            .unzip();
        Self {
            id: document.id.0,
            state: document.state.as_str(),
            reason_vi,
            reason_en,
            fault: document.fault.map(Rejection::as_str),
            flaws: Vec::new(),
            overruled: None,
            fields: Vec::new(),
            kind: document.kind,
            name: document.name.as_str().to_owned(),
            sha256: document.hash.as_str().to_owned(),
            bytes: document.bytes,
            media_type: document.media_type.as_str(),
            letters: document.letters,
            signed: document.signed,
            threat: None,
            stored_at: document.stored_at,
            checked_at: document.checked_at,
        }
    }
}

/// A document's text.
#[derive(Debug, Serialize, ToSchema)]
struct Text {
    /// The document.
    document: Uuid,
    /// Its pages in order.
    pages: Vec<PageText>,
}

/// A page's text.
#[derive(Debug, Serialize, ToSchema)]
struct PageText {
    /// The page, from 1.
    number: usize,
    /// `embedded` (the file carried it), `ocr` (read from the picture) or `unread` (nobody could, in the time there was).
    #[schema(example = "ocr")]
    source: &'static str,
    /// Mean confidence of the words read from a picture, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f32>,
    /// The text.
    text: String,
    /// What is wrong with its picture.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flaws: Vec<quality::FlawView>,
}

/// The documents of who asks, newest first.
#[utoipa::path(get, path = "/scan/documents", responses((status = OK, body = Vec<View>)))]
async fn list(
    Citizen(claims): Citizen,
    State(app): State<App>,
) -> Result<Json<Vec<View>>, Problem> {
    let documents = store::of_owner(app.db().reads(), claims.sub, MOST).await?;
    Ok(Json(documents.into_iter().map(View::from).collect()))
}

/// A document and where it stands.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = View), (status = NOT_FOUND, body = Problem))
)]
async fn show(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<View>, Problem> {
    let document = open_to(&claims, &app, id).await?;
    let threat = document.threat.clone();
    let is_officer = claims.roles.contains(&Role::Officer);
    Ok(Json(View {
        threat: threat.filter(|_| is_officer),
        ..stands(&claims, &app, document).await?
    }))
}

/// The file. Only after it is accepted. Its owner gets the original, byte for byte. Others get it without what it tells about
/// its maker (place, device, time, author), and HEIC as JPEG; a signed PDF they get as it is, for a changed byte breaks it.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}/file",
    params(("id" = Uuid, Path), For),
    responses(
        (status = OK, content_type = "application/octet-stream", description = "The bytes, with their own media type"),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem, description = "It is not checked yet, or rejected"),
    )
)]
async fn file(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(look): Query<For>,
) -> Result<Response, Problem> {
    let document = accepted(&claims, &app, id).await?;
    let file = if document.owner != claims.sub && !document.signed {
        bare_file(&app, &document).await?
    } else {
        original(&app, &document).await?
    };
    on_record(&app, &claims, &document, Part::File, look).await?;
    Ok(file)
}

/// What somebody looks at a document for.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct For {
    /// The dossier that an officer works on; it is put on record where it is known to have the document.
    #[param(value_type = Option<Uuid>)]
    dossier: Option<DossierId>,
}

/// Puts a look at a document on its record. What could not be put there is not handed out.
///
/// Its owner's own looks are on it too, for one that they did not take tells them that somebody else uses their account; but not
/// at previews, which come by themselves with every page that shows how an upload went.
async fn on_record(
    app: &App,
    claims: &Claims,
    document: &Document,
    part: Part,
    look: For,
) -> Result<(), Problem> {
    let by = match document.owner == claims.sub {
        true if part == Part::Preview => return Ok(()),
        true => By::Owner(claims.sub),
        // Whoever it was filed for looks at what is theirs by now.
        false if !claims.roles.contains(&Role::Officer) => By::Owner(claims.sub),
        false => By::Officer(claims.sub, claims.name.as_str()),
    };
    let deed = Deed::Viewed(part);
    let note = async |tx: Tx| {
        let (id, now) = (tx.new_id(), tx.now());
        let noted = store::record::add(tx.db(), id, document.id, deed, by, look.dossier, now);
        Ok(noted.await?)
    };
    Ok(app.transact(note).await?)
}

/// The bytes that were sent.
async fn original(app: &App, document: &Document) -> Result<Response, Problem> {
    let stream = app.part::<Files>().stream(&document.hash).await;
    let body = Body::from_stream(stream.map_err(Failure::from)?);
    let (length, kind) = (document.bytes, document.media_type);
    Ok(handed_out(body, length, kind, &document.name))
}

/// How many files are made bare at once; who comes later waits for a turn.
pub struct Turns(Semaphore);

impl Turns {
    /// As many as that.
    pub fn of(most: usize) -> Self {
        Self(Semaphore::new(most))
    }
}

async fn bare_file(app: &App, document: &Document) -> Result<Response, Problem> {
    let turns = app.part::<Turns>();
    let _turn = turns.0.acquire().await.map_err(Failure::retry)?;
    let bytes = app.part::<Files>().load(&document.hash).await;
    let bytes = bytes.map_err(Failure::from)?;
    let surroundings = &app.part::<Reader>().surroundings;
    let bare = surroundings.bare(document.media_type, bytes).await;
    let (kind, bytes) = bare.map_err(Failure::from)?.map_err(|reason| {
        Problem::conflict(
            "Không tách được thông tin riêng khỏi tệp này",
            "Private details cannot be taken out of this file",
        )
        .detail(&reason.vi, &reason.en)
    })?;
    let name = FileName::of(Some(document.name.as_str()), kind);
    let length = bytes.len() as u64;
    Ok(handed_out(Body::from(bytes), length, kind, &name))
}

/// A stranger's file: never guessed at, never run, never left in a shared computer's cache.
fn handed_out(body: Body, length: u64, kind: MediaType, name: &FileName) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        ),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(saved_as) = HeaderValue::try_from(name.content_disposition()) {
        headers.insert(header::CONTENT_DISPOSITION, saved_as);
    }
    response
}

/// What is written on a document's pages. Only after it is accepted.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}/text",
    params(("id" = Uuid, Path), For),
    responses(
        (status = OK, body = Text),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem, description = "It is not checked yet, or rejected"),
    )
)]
async fn text(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(look): Query<For>,
) -> Result<Response, Problem> {
    let document = accepted(&claims, &app, id).await?;
    let pages = store::pages(app.db().reads(), document.id).await?;
    let flaws = store::quality::flaws(app.db().reads(), document.id).await?;
    let flaws_of = |page: usize| {
        let of_page = flaws.iter().filter(|(number, _)| *number == page);
        of_page
            .map(|(_, flaw)| quality::FlawView::of(page, flaw))
            .collect()
    };
    let pages = (1..).zip(pages).map(|(number, page)| PageText {
        flaws: flaws_of(number),
        number,
        source: page.source.as_str(),
        confidence: page.confidence,
        text: page.text,
    });
    let text = Text {
        document: document.id.0,
        pages: pages.collect(),
    };
    on_record(&app, &claims, &document, Part::Text, look).await?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], Json(text)).into_response())
}

/// The document, for its owner, for whoever it was filed for by another, and for officers; for others there is none.
async fn open_to(claims: &Claims, app: &App, id: Uuid) -> Result<Document, Problem> {
    let (reads, id) = (app.db().reads(), DocumentId(id));
    let document = store::find(reads, id).await?;
    let document = document.ok_or_else(Problem::not_found)?;
    let is_open = document.owner == claims.sub
        || claims.roles.contains(&Role::Officer)
        || store::filed_for::is(reads, id, claims.sub).await?;
    if is_open {
        Ok(document)
    } else {
        Err(Problem::not_found())
    }
}

/// The same, once it is accepted, for whom it concerns what it holds.
async fn accepted(claims: &Claims, app: &App, id: Uuid) -> Result<Document, Problem> {
    let document = open_to(claims, app, id).await?;
    if !document.state.shows_file() {
        return Err(not_shown(&document));
    }
    if !concerns(claims, app, &document).await? {
        return Err(Problem::not_found());
    }
    Ok(document)
}

/// Whether what a document holds concerns somebody to whom it is open. It is its owner's alone until a dossier is filed with it: an
/// officer has no business with what people keep here. What officers scan at a counter they have seen.
async fn concerns(claims: &Claims, app: &App, document: &Document) -> Result<bool, Problem> {
    if document.owner == claims.sub || document.origin == Provenance::Counter {
        return Ok(true);
    }
    let used = store::record::first_uses(app.db().reads(), [document.id]).await?;
    Ok(used.contains_key(&document.id))
}

/// Where a document stands, and what was read on it for whom it concerns.
async fn stands(claims: &Claims, app: &App, document: Document) -> Result<View, Problem> {
    let told = concerns(claims, app, &document).await?;
    let mut view = quality::view(app, document).await?;
    if !told {
        view.fields.clear();
    }
    Ok(view)
}

/// Why nothing of a document is shown.
fn not_shown(document: &Document) -> Problem {
    match &document.reason {
        Some(reason) => Problem::conflict("Giấy tờ này bị từ chối", "This document is rejected")
            .detail(&reason.vi, &reason.en),
        None => Problem::in_progress(
            "Giấy tờ này chưa kiểm tra xong",
            "This document is not checked yet",
        ),
    }
}
