//! What is wrong with the pictures, a look at where, and an officer's word against it.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    auth::{Officer, Person},
    http::{Act, Answer, Json, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{DocumentId, Text};
use files::Files;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{For, View, concerns, on_record, open_to};
use crate::{
    domain::{By, Deed, Flaw, Part, Rejection},
    handlers::preview_name,
    said,
    store::{self, Document},
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview))
        .routes(routes!(overrule))
}

/// Something wrong with the picture of a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlawView {
    /// The page, from 1.
    page: usize,
    /// `blur`, `dark`, `glare`, `coarse` (too few pixels), `cut` (print beyond the edge), `blank` or `turned`.
    #[schema(example = "blur")]
    kind: &'static str,
    /// `note` (nothing to do), `advice` (another picture would be better) or `unusable`.
    #[schema(example = "advice")]
    weight: &'static str,
    /// What to do, in Vietnamese.
    words_vi: &'static str,
    /// What to do, in English.
    words_en: &'static str,
    /// Where on the straightened page: left, top, width and height as fractions of it.
    place: [f32; 4],
}

impl FlawView {
    /// A flaw as it is shown.
    pub fn of(page: usize, flaw: &Flaw) -> Self {
        let (words_vi, words_en) = flaw.kind.words();
        let place = flaw.place;
        Self {
            page,
            kind: flaw.kind.as_str(),
            weight: flaw.weight.as_str(),
            words_vi,
            words_en,
            place: [place.left, place.top, place.width, place.height],
        }
    }
}

/// An officer's word that a document is taken in spite of its pictures.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverruleView {
    /// The officer.
    by: Uuid,
    /// Why.
    reason: String,
    /// When.
    at: DateTime<Utc>,
}

/// A document with what is wrong with it, what was said against that, and what was read on it.
pub async fn view(app: &App, document: Document) -> Result<View, Problem> {
    let reads = app.db().reads();
    let flaws = store::quality::flaws(reads, document.id).await?;
    let overruled = match document.fault {
        Some(Rejection::Quality) => store::quality::overruled(reads, document.id).await?,
        _ => None,
    };
    let fields = store::fields::of(reads, document.id).await?;
    let mut view = View::from(document);
    view.fields = fields.into_iter().map(Into::into).collect();
    view.flaws = flaws
        .iter()
        .map(|(page, flaw)| FlawView::of(*page, flaw))
        .collect();
    view.overruled = overruled.map(|overrule| OverruleView {
        by: overrule.officer.0,
        reason: overrule.reason,
        at: overrule.at,
    });
    Ok(view)
}

/// A page in small, as it was straightened, with frames around what is wrong. Never of a file that is not checked, or was
/// rejected for what it holds.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}/pages/{page}/preview",
    params(("id" = Uuid, Path), ("page" = usize, Path, description = "From 1"), For),
    responses(
        (status = OK, content_type = "image/jpeg", description = "At most 60 KB, without metadata"),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem, description = "It is not checked yet, or rejected for what it holds"),
    )
)]
async fn preview(
    Person(claims): Person,
    State(app): State<App>,
    Path((id, page)): Path<(Uuid, usize)>,
    Query(look): Query<For>,
) -> Result<Response, Problem> {
    let document = open_to(&claims, &app, id).await?;
    let is_accepted = document.state.shows_file();
    // By its pictures an officer sees whether to overrule the verdict on them.
    if !is_accepted && document.fault != Some(Rejection::Quality) {
        return Err(super::not_shown(&document));
    }
    if is_accepted && !concerns(&claims, &app, &document).await? {
        return Err(Problem::not_found());
    }
    let preview = app
        .part::<Files>()
        .derived(&document.hash, &preview_name(page))
        .await
        .map_err(chassis::Failure::from)?
        .ok_or_else(Problem::not_found)?;
    on_record(&app, &claims, &document, Part::Preview, look).await?;
    let mut response = Body::from(preview).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Why a document is taken in spite of its pictures.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// For the record.
    #[schema(value_type = String)]
    reason: Text,
}

/// An officer takes a document that was rejected for its pictures alone.
#[utoipa::path(
    post,
    path = "/scan/documents/{id}/overrule",
    params(("id" = Uuid, Path)),
    request_body = Ground,
    responses(
        (status = OK, body = View),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem, description = "It is not checked yet, accepted already, or rejected for what it holds"),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
    )
)]
async fn overrule(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
    State(app): State<App>,
    Json(ground): Json<Ground>,
) -> Result<Response, Problem> {
    let officer = claims.sub;
    let document = open_to(&claims, &app, id).await?;
    act.by(officer)
        .about(&ground)
        .transact(|tx| async move {
            let id = DocumentId(id);
            let (db, now) = (tx.db(), tx.now());
            if !store::quality::overrule(db, id, officer, &ground.reason, now).await? {
                return Err(Problem::conflict(
                    "Chỉ giấy tờ bị từ chối vì chất lượng ảnh mới nhận lại được",
                    "Only a document rejected for its pictures can be taken in spite of them",
                ));
            }
            let by = By::Officer(officer, claims.name.as_str());
            store::record::add(db, tx.new_id(), id, Deed::Overruled, by, None, now).await?;
            let pages = store::page_count(db, id).await?;
            let fields = store::fields::of(tx.db(), document.id).await?;
            tx.say(&said::overruled(&document, pages, &fields, now));
            let document = store::find(db, id).await?.ok_or_else(Problem::not_found)?;
            Ok(Answer::json(StatusCode::OK, &View::from(document)))
        })
        .await
}
