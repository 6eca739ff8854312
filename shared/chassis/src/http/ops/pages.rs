//! The operators' pages: what is parked, one message, and who did what. They work without JavaScript.

use askama::Template;
use axum::{extract::State, response::Response, routing::post};
use chrono::{DateTime, Utc};
use contracts::Text;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Part, done};
use crate::{
    App,
    auth::{Claims, Operator},
    http::{Act, Answer, Form, Path, Problem, page},
    parked::{self, Action, Audited, Direction, Parked, Sight},
};

/// Rows of the audit beside a list and beside a message.
const RECENT: u32 = 10;
const OF_ONE: u32 = 100;

/// What the pages' forms post. Programs have their own, so that these are not in the API's description.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/parked/{id}/page/show", post(show))
        .route("/parked/{id}/page/replay", post(replay))
        .route("/parked/{id}/page/discard", post(discard))
}

/// The head that all these pages have.
struct Head<'a> {
    service: &'static str,
    operator: &'a str,
}

impl<'a> Head<'a> {
    fn new(app: &App, claims: &'a Claims) -> Self {
        Self {
            service: app.name(),
            operator: claims.name.as_str(),
        }
    }
}

/// The way to the neighbouring parts of a long list.
struct Turn {
    page: u32,
    is_last: bool,
}

/// A page's rows, of which one more was asked for than it shows.
fn turned<T>(mut rows: Vec<T>, part: Part) -> (Vec<T>, Turn) {
    let most = usize::try_from(part.limit).unwrap_or(usize::MAX);
    let is_last = rows.len() <= most;
    rows.truncate(most);
    let page = part.page;
    (rows, Turn { page, is_last })
}

#[derive(Template)]
#[template(path = "parked.html")]
struct ListPage<'a> {
    head: Head<'a>,
    kinds: Vec<(String, i64)>,
    chosen: &'a str,
    limit: u32,
    parked: Vec<Parked>,
    turn: Turn,
    trail: Vec<Audited>,
}

impl ListPage<'_> {
    fn total(&self) -> i64 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }

    /// Where page `number` of the same list is.
    fn at(&self, number: u32) -> String {
        form_urlencoded::Serializer::new(String::from("?"))
            .append_pair("kind", self.chosen)
            .append_pair("limit", &self.limit.to_string())
            .append_pair("page", &number.to_string())
            .finish()
    }
}

/// What is parked.
pub(super) async fn list(
    app: &App,
    claims: &Claims,
    kind: Option<&str>,
    part: Part,
) -> Result<Response, Problem> {
    let found = parked::find(app.db(), kind, part.skip(), part.limit + 1).await?;
    let (parked, turn) = turned(found, part);
    page::render(&ListPage {
        head: Head::new(app, claims),
        kinds: parked::kinds(app.db()).await?,
        chosen: kind.unwrap_or_default(),
        limit: part.limit,
        parked,
        turn,
        trail: parked::trail(app.db(), None, 0, RECENT).await?,
    })
}

#[derive(Template)]
#[template(path = "parked_audit.html")]
struct AuditPage<'a> {
    head: Head<'a>,
    of: Option<Uuid>,
    trail: Vec<Audited>,
    turn: Turn,
}

impl AuditPage<'_> {
    /// Where page `number` of the same trail is.
    fn at(&self, number: u32) -> String {
        match self.of {
            Some(id) => format!("?message={id}&page={number}"),
            None => format!("?page={number}"),
        }
    }
}

/// Who did what.
pub(super) async fn audit(
    app: &App,
    claims: &Claims,
    of: Option<Uuid>,
    part: Part,
) -> Result<Response, Problem> {
    let found = parked::trail(app.db(), of, part.skip(), part.limit + 1).await?;
    let (trail, turn) = turned(found, part);
    page::render(&AuditPage {
        head: Head::new(app, claims),
        of,
        trail,
        turn,
    })
}

#[derive(Template)]
#[template(path = "parked_message.html")]
struct OnePage<'a> {
    head: Head<'a>,
    parked: &'a Parked,
    body: String,
    is_whole: bool,
    trail: Vec<Audited>,
    /// Carried by the forms, so that two presses of a button are one act.
    key: String,
}

/// One message with its body.
pub(super) async fn one(
    app: &App,
    claims: &Claims,
    id: Uuid,
    sight: Sight,
) -> Result<Response, Problem> {
    let found = parked::inspect(app.db(), app.clock(), id, sight, claims).await?;
    page::render(&OnePage {
        head: Head::new(app, claims),
        body: parked::indented(found.body.as_deref().unwrap_or_default()),
        parked: &found,
        is_whole: sight == Sight::Whole,
        trail: parked::trail(app.db(), Some(id), 0, OF_ONE).await?,
        key: app.clock().new_id().to_string(),
    })
}

/// Shows a body as it is. Posted, so that no link and no other site makes a browser do it.
async fn show(
    Operator(claims): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    one(&app, &claims, id, Sight::Whole).await
}

/// A button's form with its reason.
#[derive(Deserialize)]
struct Press {
    key: String,
    note: Text,
}

async fn replay(
    operator: Operator,
    act: Act,
    id: Path<Uuid>,
    form: Form<Press>,
) -> Result<Response, Problem> {
    pressed(operator, act, id, form, parked::Act::Replay).await
}

async fn discard(
    operator: Operator,
    act: Act,
    id: Path<Uuid>,
    form: Form<Press>,
) -> Result<Response, Problem> {
    pressed(operator, act, id, form, parked::Act::Discard).await
}

async fn pressed(
    Operator(claims): Operator,
    act: Act,
    Path(id): Path<Uuid>,
    Form(Press { key, note }): Form<Press>,
    what: parked::Act,
) -> Result<Response, Problem> {
    let back = Answer::see_other(format!("/{}/ops/parked", act.app().name()));
    done(act.keyed(&key)?, &claims, id, what, &note, back).await
}

/// A moment as people in Vietnam read it.
fn local(at: &DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh)
        .format("%H:%M:%S ngày %d/%m/%Y")
        .to_string()
}

/// The trace that a message belongs to, as tools search for it.
fn trace_id(parked: &Parked) -> &str {
    let traceparent = parked.traceparent.as_deref().unwrap_or_default();
    traceparent.split('-').nth(1).unwrap_or("—")
}
