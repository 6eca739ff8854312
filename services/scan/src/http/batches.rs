//! A counter's stacks: sent in one go, divided by their cover sheets, and what an officer does with what found no place by itself.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Json, Path, Problem, page},
};
use chrono::{DateTime, Utc};
use contracts::{
    BatchId, BatchPartId, CoverSheet, DocumentId, DossierCode, DossierId, Refused,
    intake::PartChoice, scan::DossierNamed,
};
use files::Files;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use super::{handed_out, upload};
use crate::{
    batch::{self, Whither},
    domain::{FileName, MediaType, batch::BatchState},
    handlers::preview_name,
    own::SplitBatch,
    pages,
    reading::Progress,
    store::batches::{self, Batch, BatchPart},
};

/// The most batches a list shows.
const MOST: u64 = 50;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        // A stack sets its own limit, as every upload does.
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(show))
        .routes(routes!(file))
        .routes(routes!(preview))
        .routes(routes!(settle))
        .routes(routes!(set_aside))
}

/// A stack and where it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// `stored`, `split` or `refused`.
    pub state: String,
    /// Why it cannot be used, in Vietnamese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_vi: Option<String>,
    /// Why it cannot be used, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_en: Option<String>,
    /// What its file is called.
    pub name: String,
    /// SHA-256 of the file, lower hex.
    pub sha256: String,
    /// Pages looked at.
    pub done: u32,
    /// Pages it has; 0 while that is not known.
    pub pages: u32,
    /// Who scanned it.
    pub officer: String,
    /// When its bytes were safe.
    pub stored_at: DateTime<Utc>,
    /// What it was divided into.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartView>,
}

/// What stood behind one sheet of a stack.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartView {
    /// Its id.
    pub id: BatchPartId,
    /// Its place among the parts, from 1.
    pub number: u32,
    /// The page of its sheet; none for what lay before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<u32>,
    /// Its first page; none where nothing lay behind the sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_page: Option<u32>,
    /// Its last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_page: Option<u32>,
    /// `empty`, `open`, `asked`, `filed` or `dropped`.
    pub state: String,
    /// Why it waits for an officer, in Vietnamese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_vi: Option<String>,
    /// Why it waits for an officer, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_en: Option<String>,
    /// The dossier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dossier: Option<DossierId>,
    /// The dossier's code, where an officer gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<DossierCode>,
    /// The component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// What that paper is called, in Vietnamese, once it is filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper_vi: Option<String>,
    /// The same in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper_en: Option<String>,
    /// For what it could be filed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<PartChoice>,
    /// The document it has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// When an officer said where it belongs, or set it aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
}

fn words(reason: Option<Refused>) -> (Option<String>, Option<String>) {
    reason
        .map(|reason| (reason.vi.into_owned(), reason.en.into_owned()))
        .unzip()
}

impl BatchView {
    fn of(batch: Batch, parts: Vec<BatchPart>) -> Self {
        let (reason_vi, reason_en) = words(batch.reason);
        Self {
            id: batch.id,
            state: batch.state.as_ref().to_owned(),
            reason_vi,
            reason_en,
            name: batch.name.as_str().to_owned(),
            sha256: batch.file.hash.to_string(),
            done: batch.progress.done,
            pages: batch.progress.pages,
            officer: batch.officer_name.to_string(),
            stored_at: batch.stored_at,
            parts: parts.into_iter().map(PartView::from).collect(),
        }
    }

    /// Whether something about it is still to come by itself.
    pub fn is_under_way(&self) -> bool {
        self.state == BatchState::Stored.as_ref()
            || self.parts.iter().any(|part| part.state == "asked")
    }
}

impl From<BatchPart> for PartView {
    fn from(part: BatchPart) -> Self {
        let (reason_vi, reason_en) = words(part.reason);
        let (first_page, last_page) = part.pages.unzip();
        let (paper_vi, paper_en) = part.paper.unzip();
        Self {
            id: part.id,
            number: part.number,
            sheet: part.sheet,
            first_page,
            last_page,
            state: part.state.as_ref().to_owned(),
            reason_vi,
            reason_en,
            dossier: part.dossier,
            code: part.code,
            component: part.component,
            paper_vi,
            paper_en,
            choices: part.choices,
            document: part.document,
            settled_at: part.settled_at,
        }
    }
}

/// Sends a stack: a PDF in the field `file` of a form. It is divided in the background.
#[utoipa::path(
    post,
    path = "/scan/batches",
    request_body(content_type = "multipart/form-data", content = upload::Form),
    responses(
        (status = CREATED, body = BatchView),
        (status = SEE_OTHER, description = "For a browser"),
        (status = BAD_REQUEST, body = Problem),
        (status = FORBIDDEN, body = Problem),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem),
        (status = INSUFFICIENT_STORAGE, body = Problem),
    )
)]
async fn add(
    Officer(claims): Officer,
    act: Act,
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let is_browser = page::is_wanted(request.headers());
    let upload::Sent { upload, .. } = upload::receive(&app, claims.sub, request).await?;
    let refused = (upload.media_type != MediaType::Pdf).then_some(NO_PDF);
    act.by(claims.sub)
        .about(&upload.file.hash.as_str())
        .transact(|tx: Tx| async move {
            let batch = Batch {
                id: tx.new_id().into(),
                officer: claims.sub,
                officer_name: claims.name,
                name: upload.name,
                file: upload.file,
                state: BatchState::Stored,
                reason: None,
                progress: Progress::default(),
                stored_at: tx.now(),
            };
            let (db, id) = (tx.db(), batch.id);
            batches::add(db, &batch).await?;
            match refused {
                Some(reason) => {
                    batches::conclude(db, id, &Err(reason), tx.now()).await?;
                }
                None => tx.say(&SplitBatch { batch: id }),
            }
            let place = format!("/scan/batches/{id}");
            if is_browser {
                return Ok(Answer::see_other(place));
            }
            let batch = batches::find(db, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            let view = BatchView::of(batch, Vec::new());
            Ok(Answer::json(StatusCode::CREATED, &view).header("location", place))
        })
        .await
}

/// The newest stacks of all officers.
#[utoipa::path(get, path = "/scan/batches",
    responses((status = OK, body = Vec<BatchView>), (status = FORBIDDEN, body = Problem)))]
async fn list(
    Officer(claims): Officer,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let newest = batches::newest(app.db().reads(), MOST).await?;
    let views = newest
        .into_iter()
        .map(|batch| BatchView::of(batch, Vec::new()));
    let views: Vec<BatchView> = views.collect();
    match reader {
        Reader::Person => pages::batches::list(&claims, &views),
        Reader::Program => Ok(axum::Json(views).into_response()),
    }
}

async fn found(app: &App, id: BatchId) -> Result<Batch, Problem> {
    let batch = batches::find(app.db().reads(), id).await?;
    batch.ok_or_else(Problem::not_found)
}

/// A stack, and what it was divided into.
#[utoipa::path(get, path = "/scan/batches/{id}", params(("id" = BatchId, Path)),
    responses((status = OK, body = BatchView), (status = NOT_FOUND, body = Problem)))]
async fn show(
    Officer(claims): Officer,
    State(app): State<App>,
    Path(id): Path<BatchId>,
    reader: Reader,
) -> Result<Response, Problem> {
    let batch = found(&app, id).await?;
    let view = BatchView::of(batch, batches::parts(app.db().reads(), id).await?);
    match reader {
        Reader::Person => pages::batches::show(&app, &claims, &view),
        Reader::Program => Ok(axum::Json(view).into_response()),
    }
}

/// A stack once it was looked through: before that nobody sees anything of it.
async fn looked_through(app: &App, claims: &Claims, id: BatchId) -> Result<Batch, Problem> {
    let batch = found(app, id).await?;
    if batch.state == BatchState::Split {
        tracing::info!(batch = %id, officer = %claims.sub, "a stack is looked at");
        return Ok(batch);
    }
    Err(Problem::conflict(
        "Xấp giấy tờ này chưa kiểm tra xong, hoặc không dùng được",
        "This stack is not checked yet, or cannot be used",
    ))
}

/// A stack's original, byte for byte. Only once it was looked through.
#[utoipa::path(get, path = "/scan/batches/{id}/file", params(("id" = BatchId, Path)),
    responses((status = OK, content_type = "application/pdf"), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem)))]
async fn file(
    Officer(claims): Officer,
    State(app): State<App>,
    Path(id): Path<BatchId>,
) -> Result<Response, Problem> {
    let batch = looked_through(&app, &claims, id).await?;
    let stream = app.part::<Files>().stream(&batch.file.hash).await;
    let stream = stream.map_err(chassis::Failure::from)?;
    let (body, length) = (Body::from_stream(stream), batch.file.bytes);
    Ok(handed_out(body, length, MediaType::Pdf, &batch.name))
}

/// A page of a stack in small. Only once it was looked through.
#[utoipa::path(get, path = "/scan/batches/{id}/pages/{page}/preview",
    params(("id" = BatchId, Path), ("page" = usize, Path, description = "From 1")),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem)))]
async fn preview(
    Officer(claims): Officer,
    State(app): State<App>,
    Path((id, page)): Path<(BatchId, usize)>,
) -> Result<Response, Problem> {
    let batch = looked_through(&app, &claims, id).await?;
    let preview = app
        .part::<Files>()
        .derived(&batch.file.hash, &preview_name(page))
        .await
        .map_err(chassis::Failure::from)?
        .ok_or_else(Problem::not_found)?;
    let name = FileName::of(Some(&preview_name(page)), MediaType::Jpeg);
    let length = preview.len() as u64;
    Ok(handed_out(
        Body::from(preview),
        length,
        MediaType::Jpeg,
        &name,
    ))
}

/// Where a part belongs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    /// The dossier's code, its id, or the link on a cover sheet; empty leaves the one that is known.
    #[serde(default)]
    pub dossier: String,
    /// The component; empty asks which there are.
    #[serde(default)]
    pub component: String,
    /// Whether it takes the place of what is there.
    #[serde(default)]
    pub replaces: bool,
}

impl Settling {
    /// Reads what an officer typed.
    pub fn read(&self, site: &str) -> Result<Whither, Problem> {
        let (typed, component) = (self.dossier.trim(), self.component.trim());
        let mut component = (!component.is_empty()).then(|| component.to_owned());
        let dossier = if typed.is_empty() {
            None
        } else if let Some(sheet) = CoverSheet::parse(site, typed) {
            component = component.or(sheet.component);
            Some(DossierNamed::Id(sheet.dossier))
        } else if let Ok(id) = typed.parse() {
            Some(DossierNamed::Id(id))
        } else {
            let code = typed.parse::<DossierCode>();
            let code = code.map_err(|reason| Problem::field("dossier", reason))?;
            Some(DossierNamed::Code(code))
        };
        Ok(Whither {
            dossier,
            component,
            replaces: self.replaces,
        })
    }
}

/// Says where a part belongs. Whether the dossier takes it, its state tells soon.
#[utoipa::path(post, path = "/scan/batches/parts/{id}/settle", params(("id" = BatchPartId, Path)), request_body = Settling,
    responses((status = OK, body = PartView), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn settle(
    Officer(claims): Officer,
    State(app): State<App>,
    Path(id): Path<BatchPartId>,
    act: Act,
    Json(settling): Json<Settling>,
) -> Result<Response, Problem> {
    let whither = settling.read(&app.settings().public(""))?;
    let work = async |tx: Tx| {
        let part = batch::settle(&tx, claims.sub, id, whither).await?;
        Ok(Answer::json(StatusCode::OK, &PartView::from(part)))
    };
    act.by(claims.sub).about(&settling).transact(work).await
}

/// Sets a part aside: it goes nowhere, and the stack's original still holds it.
#[utoipa::path(post, path = "/scan/batches/parts/{id}/set-aside", params(("id" = BatchPartId, Path)),
    responses((status = OK, body = PartView), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem)))]
async fn set_aside(
    Officer(claims): Officer,
    Path(id): Path<BatchPartId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        let part = batch::set_aside(&tx, claims.sub, id).await?;
        Ok(Answer::json(StatusCode::OK, &PartView::from(part)))
    };
    act.by(claims.sub).transact(work).await
}

const NO_PDF: Refused = Refused::new(
    "Xấp giấy tờ phải là một tệp PDF: hãy chọn quét ra PDF trên máy quét",
    "A stack has to be one PDF: please set the scanner to PDF",
);
