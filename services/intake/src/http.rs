//! Intake's API: the catalogue, a citizen's dossiers, filing, supplements, tracking. Browsers get the pages instead.

pub mod catalogue;
pub mod view;

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Tx,
    auth::{Claims, Filer, Role},
    http::{Act, Answer, Json, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{
    CitizenId, DocumentId, DossierCode, DossierId, MandateId, ProcedureCode, Vnd,
    identity::MandateAct,
};
use procedure::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use crate::{
    acts::{self, Filed, Submission, description_of},
    agents,
    assurance::{self, Filling, Submitting, Viewing},
    domain::{self, draft::Changes, hand::Hand},
    fee, openings, pages,
    store::{self, Dossier},
    time_line::{self, Telling},
};
use view::{DossierLine, DossierView, OpeningView, TrackView};

/// The most dossiers a list shows.
const MOST: u64 = 200;

/// Everything intake answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(catalogue::procedures))
        .routes(routes!(catalogue::procedure))
        .routes(routes!(dossiers, open))
        .routes(routes!(dossier, save, withdraw))
        .routes(routes!(submit))
        .routes(routes!(supplement))
        .routes(routes!(track))
        .merge(pages::routes())
}

/// A dossier to open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDossier {
    /// The procedure.
    pub procedure: ProcedureCode,
    /// For whoever gave this mandate; for oneself when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<MandateId>,
}

/// A dossier that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opened {
    /// Its id.
    pub dossier: DossierId,
    /// `draft`.
    pub state: domain::State,
}

/// Opens a draft under the version of the procedure in force today.
#[utoipa::path(post, path = "/intake/dossiers", request_body = OpenDossier,
    responses((status = CREATED, body = Opened), (status = FORBIDDEN, body = Problem, description = "The mandate does not include this"),
        (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn open(
    Filer(claims): Filer,
    act: Act,
    Json(asked): Json<OpenDossier>,
) -> Result<Response, Problem> {
    assurance::to_open_today(act.app(), &claims, &asked.procedure)?;
    let work = async |tx: Tx| {
        let dossier = acts::open(&tx, &claims, &asked.procedure, asked.mandate).await?;
        let state = domain::State::Draft;
        let place = format!("/intake/dossiers/{dossier}");
        Ok(Answer::json(StatusCode::CREATED, &Opened { dossier, state }).header("location", place))
    };
    act.by(claims.sub).about(&asked).transact(work).await
}

/// A citizen's own dossiers, and those of others that they may see under a mandate, newest first.
#[utoipa::path(get, path = "/intake/dossiers", responses((status = OK, body = Vec<DossierLine>)))]
async fn dossiers(
    Filer(claims): Filer,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let catalogue = app.part::<Catalogue>();
    let own = store::of_account(app.db().reads(), claims.sub, MOST).await?;
    let mut all: Vec<_> = own.into_iter().map(|dossier| (dossier, None)).collect();
    all.extend(agents::of_others(&app, claims.sub, MOST).await?);
    all.sort_by_key(|(dossier, _)| std::cmp::Reverse(dossier.opened_at));
    let lines = all.into_iter().map(|(dossier, acted_for)| {
        let description = description_of(&catalogue, &dossier)?;
        Ok(DossierLine {
            dossier: dossier.id,
            procedure: (&*description).into(),
            state: dossier.state,
            code: dossier.code,
            opened_at: dossier.opened_at,
            acted_for,
        })
    });
    let lines = lines.collect::<Result<Vec<_>, Problem>>()?;
    match reader {
        Reader::Person => pages::dossier::list(&claims, &lines),
        Reader::Program => Ok(answer(&lines)),
    }
}

/// A dossier, and what whoever looks at it may do.
pub struct Seen {
    /// The dossier.
    pub dossier: Dossier,
    /// Who looks.
    pub hand: Hand,
}

/// A dossier for whom it concerns: its owner, who may see it for them, and the officers, who print its cover sheets. To anybody else
/// there is no such dossier.
pub async fn seen_by(app: &App, claims: &Claims, id: DossierId) -> Result<Seen, Problem> {
    let (db, now) = (app.db().reads(), app.clock().now());
    let found = store::dossier(db, id).await?;
    let dossier = found.ok_or_else(Problem::not_found)?;
    let hand = match agents::acting(db, claims, &dossier, MandateAct::View, now).await {
        Ok(hand) => hand,
        Err(_) if claims.roles.contains(&Role::Officer) => Hand::onlooker(claims.sub),
        Err(problem) => return Err(problem),
    };
    Ok(Seen { dossier, hand })
}

/// The same with what is written in it: a draft is its owner's alone, and theirs who act for them; nothing of it concerns an officer
/// before it is filed. That it is opened by anybody but its owner is put on record.
async fn read_by(app: &App, claims: &Claims, id: DossierId) -> Result<Seen, Problem> {
    let seen = seen_by(app, claims, id).await?;
    if seen.dossier.account == claims.sub {
        return Ok(seen);
    }
    if seen.hand.by.is_none() && !seen.dossier.state.was_filed() {
        return Err(Problem::not_found());
    }
    let mandate = seen.hand.by.as_ref().map(|by| by.mandate);
    openings::note(app, id, claims, mandate).await?;
    Ok(seen)
}

/// A dossier with all that is known of it.
#[utoipa::path(get, path = "/intake/dossiers/{id}", params(("id" = DossierId, Path)),
    responses((status = OK, body = DossierView), (status = NOT_FOUND, body = Problem)))]
async fn dossier(
    Viewing(claims): Viewing,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    reader: Reader,
) -> Result<Response, Problem> {
    let Seen { dossier, hand } = read_by(&app, &claims, id).await?;
    let db = app.db().reads();
    let acted_for = agents::acted_for(db, &hand, dossier.account).await?;
    let description = description_of(&app.part::<Catalogue>(), &dossier)?;
    let life = store::life(db, id).await?;
    let checked = store::documents::checked(db, dossier.draft.document_ids()).await?;
    let expected = fee::expected(&app, &dossier, &description, &life);
    let mut view = DossierView::new(dossier, &description, &life, &checked, expected)?;
    let openings = store::openings::of(db, id).await?;
    view.openings = openings.into_iter().map(OpeningView::from).collect();
    view.acted_for = acted_for;
    match reader {
        Reader::Person => pages::dossier::show(&app, &claims, &hand, &description, &life, &view),
        Reader::Program => Ok(answer(&view)),
    }
}

/// A dossier that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct Saved {
    /// Its id.
    pub dossier: DossierId,
    /// Where it stands.
    pub state: domain::State,
}

/// Saves a draft, complete or not.
#[utoipa::path(put, path = "/intake/dossiers/{id}", params(("id" = DossierId, Path)), request_body = Changes,
    responses((status = OK, body = Saved), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem, description = "Filed already"),
        (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn save(
    Filling(claims): Filling,
    Path(id): Path<DossierId>,
    act: Act,
    Json(changes): Json<Changes>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&changes);
    let work = async |tx: Tx| {
        let state = acts::save(&tx, &claims, id, changes).await?.state;
        Ok(Answer::json(StatusCode::OK, &Saved { dossier: id, state }))
    };
    act.transact(work).await
}

/// Gives a draft up: what was written is gone.
#[utoipa::path(delete, path = "/intake/dossiers/{id}", params(("id" = DossierId, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem, description = "Filed already")))]
async fn withdraw(
    Filling(claims): Filling,
    Path(id): Path<DossierId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        acts::withdraw(&tx, &claims, id).await?;
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await
}

/// A dossier that was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Its id.
    pub dossier: DossierId,
    /// Where it stands: `submitted`, or further when it was filed before.
    pub state: domain::State,
    /// When it was filed.
    pub submitted_at: DateTime<Utc>,
}

/// What was agreed to.
#[derive(Debug, Deserialize)]
struct Agreed {
    /// The fee that the citizen saw.
    fee: Option<Vnd>,
}

/// Files a dossier. Filed already, it answers the same.
#[utoipa::path(post, path = "/intake/dossiers/{id}/submit", params(("id" = DossierId, Path),
        ("fee" = Option<Vnd>, Query, description = "The fee that the citizen saw, in đồng; at another the dossier is not filed")),
    responses((status = OK, body = Receipt), (status = NOT_FOUND, body = Problem), (status = FORBIDDEN, body = Problem, description = "The account has no identification number"),
        (status = CONFLICT, body = Problem, description = "The fee has changed, or papers are still being checked (Retry-After)"),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = GONE, body = Problem)))]
async fn submit(
    Submitting(claims): Submitting,
    Path(id): Path<DossierId>,
    Query(Agreed { fee }): Query<Agreed>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        let Filed { state, at } = match acts::submit(&tx, &claims, id, fee).await? {
            Submission::Filed(filed) => filed,
            Submission::FeeChanged { seen, now } => return Err(fee::changed(seen, now)),
        };
        let filed = Receipt {
            dossier: id,
            state,
            submitted_at: at,
        };
        Ok(Answer::json(StatusCode::OK, &filed))
    };
    act.by(claims.sub).transact(work).await
}

/// What the citizen adds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// Changed answers; the others stay.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// Changed papers; the others stay.
    #[serde(default)]
    pub documents: BTreeMap<String, DocumentId>,
}

/// A dossier that was supplemented.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupplementReceipt {
    /// Its id.
    pub dossier: DossierId,
    /// Where it stands now.
    pub state: domain::State,
    /// When.
    pub supplemented_at: DateTime<Utc>,
}

/// Answers a supplement request.
#[utoipa::path(post, path = "/intake/dossiers/{id}/supplement", params(("id" = DossierId, Path)), request_body = Supplement,
    responses((status = OK, body = SupplementReceipt), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem, description = "Nothing is asked, or papers are still being checked (Retry-After)"),
        (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn supplement(
    Submitting(claims): Submitting,
    Path(id): Path<DossierId>,
    act: Act,
    Json(added): Json<Supplement>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&added);
    let work = async |tx: Tx| {
        let Supplement { form, documents } = added;
        let Filed { state, at } = acts::supplement(&tx, &claims, id, form, documents).await?;
        let supplemented = SupplementReceipt {
            dossier: id,
            state,
            supplemented_at: at,
        };
        Ok(Answer::json(StatusCode::OK, &supplemented))
    };
    act.transact(work).await
}

/// Who asks where a dossier stands.
#[derive(Debug, Deserialize)]
pub struct Tracking {
    /// The identification number of who filed it.
    #[serde(default)]
    pub citizen_id: String,
}

/// Where a dossier stands, for anybody who has its code and its owner's identification number.
#[utoipa::path(get, path = "/intake/track/{code}", params(("code" = DossierCode, Path), ("citizen_id" = CitizenId, Query)),
    responses((status = OK, body = TrackView), (status = NOT_FOUND, body = Problem, description = "There is none, or the number is another")))]
async fn track(
    State(app): State<App>,
    Path(code): Path<String>,
    Query(tracking): Query<Tracking>,
) -> Result<Response, Problem> {
    Ok(answer(&tracked(&app, &code, &tracking.citizen_id).await?))
}

/// The dossier with this code and this owner's number. A wrong number and a wrong code look the same.
pub async fn tracked(app: &App, code: &str, citizen_id: &str) -> Result<TrackView, Problem> {
    let code: DossierCode = code.parse().map_err(|_| Problem::not_found())?;
    let citizen_id: CitizenId = citizen_id.parse().map_err(|_| Problem::not_found())?;
    let found = store::by_code(app.db().reads(), &code).await?;
    let own = |dossier: &Dossier| dossier.citizen_id.as_ref() == Some(&citizen_id);
    let dossier = found.filter(own).ok_or_else(Problem::not_found)?;
    let description = description_of(&app.part::<Catalogue>(), &dossier)?;
    let life = store::life(app.db().reads(), dossier.id).await?;
    Ok(TrackView {
        code,
        procedure: (&*description).into(),
        state: life.state(),
        national_status: life.national_status(),
        due_at: life.reception().map(|reception| reception.due_at),
        time_line: time_line::of(&life, Telling::Bare)?,
    })
}

/// JSON about one person, or that depends on what the reader accepts: no cache keeps it.
fn answer(body: &impl Serialize) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept"),
    ];
    (headers, axum::Json(body)).into_response()
}
