//! A person's own papers: what they keep for later dossiers, until when each is valid, and the record of each. Browsers get pages.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App, Tx,
    auth::Citizen,
    http::{Act, Answer, Json, Path, Problem, Query},
};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{AccountId, DocumentId, DossierId};
use procedure::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use crate::{
    domain::{self, Entry, Keeping, lifetime},
    keeping::{self, given_on, kind_of},
    pages,
    store::{self, Document, record},
};

/// The most papers that are shown at once.
pub const PAPERS: u64 = 20;
/// The most lines of a record that are shown at once.
pub const LINES: u64 = 50;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(papers))
        .routes(routes!(paper, remove))
        .routes(routes!(keep, release))
        .routes(routes!(date))
        .routes(routes!(record_of))
}

/// A paper as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Paper {
    /// The document.
    pub id: Uuid,
    /// Which kind of paper, as its sender called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What that kind is called in Vietnamese, where procedures share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind_vi: Option<String>,
    /// The same in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind_en: Option<String>,
    /// What its file is called.
    pub name: String,
    /// `uploaded` by its owner, scanned at a `counter`, or `issued` by an agency.
    #[schema(example = "uploaded")]
    pub origin: &'static str,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// The dossier that was filed with it first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_use: Option<Use>,
    /// `kept` (offered to later dossiers), `not_kept`, `expired` (offered no more), or `one_dossier` (of no kind that is used twice).
    #[schema(example = "kept")]
    pub standing: &'static str,
    /// Since when its owner consents to its use in later dossiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consented_at: Option<DateTime<Utc>>,
    /// The last day on which it is valid; without one it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// The latest day that its owner may say, where the law of its kind sets one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_at_most_until: Option<NaiveDate>,
    /// Whether its owner has taken it off their list.
    pub removed: bool,
}

/// A dossier that a paper was filed with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Use {
    /// The dossier.
    pub dossier: Uuid,
    /// The procedure it is under.
    pub procedure: String,
    /// When it was filed.
    pub at: DateTime<Utc>,
}

impl Paper {
    fn of(
        document: Document,
        keeping: &Keeping,
        first: Option<record::FirstUse>,
        catalogue: &Catalogue,
        today: NaiveDate,
    ) -> Self {
        let kind = kind_of(catalogue, &document);
        let given = given_on(&document);
        let is_accepted = document.state == domain::State::Accepted;
        let standing = match keeping.standing(kind, given, today) {
            domain::Standing::Kept if !is_accepted => domain::Standing::NotKept,
            standing => standing,
        };
        Self {
            id: document.id.0,
            kind_vi: kind.map(|kind| kind.name.vi.clone()),
            kind_en: kind.map(|kind| kind.name.en.clone()),
            name: document.name.as_str().to_owned(),
            origin: document.origin.as_str(),
            given_at: document.stored_at,
            first_use: first.map(|first| Use {
                dossier: first.dossier.0,
                procedure: first.procedure,
                at: first.at,
            }),
            standing: standing.as_str(),
            consented_at: keeping.consented_at,
            valid_until: keeping.valid_until(kind, given),
            valid_at_most_until: kind.and_then(|kind| lifetime(kind.validity, given)),
            removed: keeping.removed_at.is_some(),
            kind: document.kind,
        }
    }
}

/// Some of a person's papers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Papers {
    /// Newest first.
    pub papers: Vec<Paper>,
    /// How many to leave out to see older ones; nothing when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older: Option<u64>,
}

/// Which part of something long.
#[derive(Deserialize)]
pub struct Part {
    /// What to leave out, newest first.
    #[serde(default)]
    pub skip: u32,
}

/// Takes the one too many off, which tells that there are older ones.
fn older<T>(found: &mut Vec<T>, skip: u64, most: u64) -> Option<u64> {
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    more.then_some(skip + most)
}

/// One's own accepted papers, without those taken off the list.
#[utoipa::path(
    get,
    path = "/scan/papers",
    params(("skip" = Option<u32>, Query, description = "Papers to leave out, newest first")),
    responses((status = OK, body = Papers))
)]
async fn papers(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Query(part): Query<Part>,
    reader: Reader,
) -> Result<Response, Problem> {
    let (reads, skip) = (app.db().reads(), u64::from(part.skip));
    let mut found = store::keeping::papers(reads, claims.sub, skip, PAPERS + 1).await?;
    let older = older(&mut found, skip, PAPERS);
    let ids: Vec<DocumentId> = found.iter().map(|document| document.id).collect();
    let keepings = store::keeping::of(reads, ids.clone()).await?;
    let mut firsts = record::first_uses(reads, ids).await?;
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let nothing = Keeping::default();
    let paper = |document: Document| {
        let keeping = keepings.get(&document.id).unwrap_or(&nothing);
        let first = firsts.remove(&document.id);
        Paper::of(document, keeping, first, &catalogue, today)
    };
    let papers = Papers {
        papers: found.into_iter().map(paper).collect(),
        older,
    };
    match reader {
        Reader::Person => pages::list(&app, &claims, &papers),
        Reader::Program => Ok(private(&papers)),
    }
}

/// A person's own document, on their list or not. To anybody else there is no such document.
async fn own(app: &App, owner: AccountId, id: DocumentId) -> Result<Document, Problem> {
    let found = store::find(app.db().reads(), id).await?;
    found
        .filter(|document| document.owner == owner)
        .ok_or_else(Problem::not_found)
}

/// One's own paper.
#[utoipa::path(
    get,
    path = "/scan/papers/{id}",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Paper), (status = NOT_FOUND, body = Problem))
)]
async fn paper(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(part): Query<Part>,
    reader: Reader,
) -> Result<Response, Problem> {
    let document = own(&app, claims.sub, id).await?;
    let paper = seen(&app, document).await?;
    match reader {
        Reader::Person => {
            let record = lines(&app, id, part.skip.into()).await?;
            pages::show(&app, &claims, &paper, &record)
        }
        Reader::Program => Ok(private(&paper)),
    }
}

async fn seen(app: &App, document: Document) -> Result<Paper, Problem> {
    let (reads, id) = (app.db().reads(), document.id);
    let keeping = store::keeping::of(reads, [id]).await?.remove(&id);
    let first = record::first_uses(reads, [id]).await?.remove(&id);
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let keeping = keeping.unwrap_or_default();
    Ok(Paper::of(document, &keeping, first, &catalogue, today))
}

/// Takes a paper off one's list. It is kept no more; dossiers that have it keep it, and its record stays.
#[utoipa::path(
    delete,
    path = "/scan/papers/{id}",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
async fn remove(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        keeping::remove(&tx, claims.sub, id).await?;
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}

/// Consents to the use of a paper in later dossiers.
#[utoipa::path(
    put,
    path = "/scan/papers/{id}/consent",
    params(("id" = Uuid, Path)),
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem, description = "It is not accepted, or of no kind that is used twice"),
    )
)]
async fn keep(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        keeping::keep(&tx, claims.sub, id).await?;
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}

/// Withdraws that consent. Dossiers that have the paper keep it.
#[utoipa::path(
    delete,
    path = "/scan/papers/{id}/consent",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
async fn release(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        keeping::release(&tx, claims.sub, id).await?;
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}

/// Until when a paper is valid.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The last day; null: it does not expire, as far as the law of its kind goes.
    valid_until: Option<NaiveDate>,
}

/// Says until when a paper is valid.
#[utoipa::path(
    put,
    path = "/scan/papers/{id}/validity",
    params(("id" = Uuid, Path)),
    request_body = Validity,
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "Later than the law of its kind allows"),
    )
)]
async fn date(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
    Json(validity): Json<Validity>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&validity);
    let work = async |tx: Tx| {
        keeping::date(&tx, claims.sub, id, validity.valid_until).await?;
        Ok(Answer::nothing())
    };
    act.transact(work).await
}

/// What was done with a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Record {
    /// Newest first.
    pub lines: Vec<Line>,
    /// How many to leave out to see older ones; nothing when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older: Option<u64>,
}

/// One thing that was done with a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// `viewed_file`, `viewed_archive`, `viewed_text`, `viewed_preview`, `enclosed` (a dossier was filed with it), `kept`,
    /// `released`, `dated`, `removed`, `overruled` or `taken_back`.
    #[schema(example = "viewed_file")]
    pub deed: &'static str,
    /// What, in Vietnamese.
    pub words_vi: &'static str,
    /// Who: its `owner`, an `officer`, or the `system` by itself.
    #[schema(example = "officer")]
    pub role: &'static str,
    /// The officer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For which dossier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dossier: Option<DossierId>,
    /// Under which procedure that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
}

async fn lines(app: &App, id: DocumentId, skip: u64) -> Result<Record, Problem> {
    let reads = app.db().reads();
    let mut entries = record::of(reads, id, skip, LINES + 1).await?;
    let older = older(&mut entries, skip, LINES);
    let first = record::first_uses(reads, [id]).await?.remove(&id);
    let first = first.map(|first| first.dossier);
    let line = |entry: Entry| Line {
        at: entry.at,
        deed: entry.deed.as_str(),
        words_vi: entry.deed.words(entry.dossier != first),
        role: entry.role,
        name: entry.name,
        dossier: entry.dossier,
        procedure: entry.procedure,
    };
    Ok(Record {
        lines: entries.into_iter().map(line).collect(),
        older,
    })
}

/// The record of one's own document: every look that somebody else took at it, and every dossier that has it.
#[utoipa::path(
    get,
    path = "/scan/papers/{id}/record",
    params(("id" = Uuid, Path), ("skip" = Option<u32>, Query, description = "Lines to leave out, newest first")),
    responses((status = OK, body = Record), (status = NOT_FOUND, body = Problem))
)]
async fn record_of(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let document = own(&app, claims.sub, id).await?;
    Ok(private(&lines(&app, document.id, part.skip.into()).await?))
}

/// JSON about one person, or that depends on what the reader accepts: no cache keeps it.
fn private(body: &impl Serialize) -> Response {
    let headers = [
        (axum::http::header::CACHE_CONTROL, "private, no-store"),
        (axum::http::header::VARY, "Accept"),
    ];
    (StatusCode::OK, headers, axum::Json(body)).into_response()
}
