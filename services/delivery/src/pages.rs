//! What people see: the check that is open to all, and the officers' list of results to hand over. Works without JavaScript.

pub mod result;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{
    App, Tx,
    auth::{Jwks, Officer},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{Delivery, PersonName, ResultId, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Visitor;

use crate::{
    http::{self, HandOver, Parcel, check::CheckView},
    store::{
        self, Entry,
        shipments::{self, Shipment},
    },
};

/// Results that the officers' page shows at once.
const SHOWN: u64 = 100;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(desk))
        .routes(routes!(give))
        .routes(routes!(post))
        .routes(routes!(arrived))
        .merge(result::routes())
}

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage<'a> {
    /// Nothing before anything was checked.
    checked: Option<&'a CheckView>,
    issued_at: String,
    revoked_at: String,
}

/// The page that tells what was found.
pub fn checked(visitor: Visitor, view: &CheckView) -> Result<Response, Problem> {
    let page = CheckPage {
        checked: Some(view),
        issued_at: view.issued_at.map(web::moment).unwrap_or_default(),
        revoked_at: view.revoked_at.map(web::moment).unwrap_or_default(),
    };
    web::page(visitor, &page)
}

#[derive(Template)]
#[template(path = "checker.html")]
struct Checker<'a> {
    keys: String,
    names: String,
    made_on: String,
    check: &'a str,
}

/// The page that checks papers without a line, with the keys and the bodies' names in it.
pub fn checker(
    keys: &Jwks,
    names: BTreeMap<String, &String>,
    check: &str,
    now: DateTime<Utc>,
) -> Result<String, Problem> {
    let page = Checker {
        keys: in_script(keys)?,
        names: in_script(&names)?,
        made_on: calendar::date(now).format("%d/%m/%Y").to_string(),
        check,
    };
    page.render().map_err(|_| Problem::internal())
}

/// A value as JSON that ends no script.
fn in_script(value: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_string(value).map_err(|_| Problem::internal())?;
    Ok(json.replace('<', "\\u003c"))
}

/// The code that somebody typed.
#[derive(Deserialize, ToSchema)]
struct Typed {
    code: Option<String>,
}

/// Where anybody types a code or brings a file.
#[utoipa::path(get, path = "/delivery/check", params(("code" = Option<String>, Query)),
    responses((status = OK, content_type = "text/html"), (status = SEE_OTHER)))]
async fn ask(visitor: Visitor, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    if let Some(code) = typed.code {
        // Whatever was typed, only letters and digits can be a code and only they go into the address.
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(20)
            .collect();
        if !code.is_empty() {
            return Ok(Redirect::to(&format!("/delivery/check/{code}")).into_response());
        }
    }
    let page = CheckPage {
        checked: None,
        issued_at: String::new(),
        revoked_at: String::new(),
    };
    web::page(visitor, &page)
}

struct Waiting {
    entry: Entry,
    issued_at: String,
    by_post: bool,
    shipments: Vec<Shipment>,
    /// Carried by its forms, so that two presses of a button are one act.
    key: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    /// What was looked for.
    sought: String,
    /// What was found by it.
    found: Vec<Entry>,
    waiting: Vec<Waiting>,
}

/// What an officer looks for: a dossier's code, a number or a check code.
#[derive(Deserialize, ToSchema)]
struct Sought {
    #[serde(default)]
    q: String,
}

/// The results that wait to be handed over on paper.
#[utoipa::path(get, path = "/delivery/desk", params(("q" = Option<String>, Query)),
    responses((status = OK, content_type = "text/html")))]
async fn desk(
    Officer(claims): Officer,
    State(app): State<App>,
    Query(Sought { q }): Query<Sought>,
) -> Result<Response, Problem> {
    let reads = app.db().reads();
    let sought: String = q.trim().chars().take(60).collect();
    let found = match sought.as_str() {
        "" => Vec::new(),
        words => store::sought(reads, words, SHOWN).await?,
    };
    let entries = store::waiting(reads, SHOWN).await?;
    let shipments = shipments::of(reads, entries.iter().map(|entry| entry.id)).await?;
    let waiting = |entry: Entry| Waiting {
        issued_at: entry
            .issued
            .as_ref()
            .map(|(_, at)| web::moment(*at))
            .unwrap_or_default(),
        by_post: entry.delivery == Delivery::Post,
        key: app.clock().new_id().to_string(),
        shipments: shipments
            .iter()
            .filter(|parcel| parcel.result == entry.id)
            .cloned()
            .collect(),
        entry,
    };
    let waiting = entries.into_iter().map(waiting).collect();
    let page = DeskPage {
        sought,
        found,
        waiting,
    };
    web::page(&claims, &page)
}

fn back() -> Answer {
    Answer::see_other("/delivery/desk")
}

/// The form for the counter.
#[derive(Deserialize, ToSchema)]
struct GiveForm {
    key: String,
    to: PersonName,
    #[serde(default)]
    note: String,
}

/// Hands a result over at the counter.
#[utoipa::path(post, path = "/delivery/desk/{id}/hand-over", params(("id" = ResultId, Path)),
    request_body(content = GiveForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn give(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<GiveForm>,
) -> Result<Response, Problem> {
    let note = Some(form.note).filter(|note| !note.trim().is_empty());
    let to = HandOver {
        to: form.to,
        note: note.map(Text::try_from).transpose()?,
    };
    let work = async |tx: Tx| http::give(&tx, id, claims.sub, to).await.map(|()| back());
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// The form for the post.
#[derive(Deserialize, ToSchema)]
struct PostForm {
    key: String,
    carrier: Text,
    number: Text,
}

/// Gives a result to the post.
#[utoipa::path(post, path = "/delivery/desk/{id}/ship", params(("id" = ResultId, Path)),
    request_body(content = PostForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn post(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<PostForm>,
) -> Result<Response, Problem> {
    let parcel = Parcel {
        carrier: form.carrier,
        number: form.number,
    };
    let work = async |tx: Tx| {
        http::post(&tx, id, claims.sub, &parcel)
            .await
            .map(|()| back())
    };
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}

/// The form that says that a parcel arrived.
#[derive(Deserialize, ToSchema)]
struct ArrivedForm {
    key: String,
}

/// Writes down that the post delivered a result.
#[utoipa::path(post, path = "/delivery/desk/{id}/delivered", params(("id" = ResultId, Path)),
    request_body(content = ArrivedForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn arrived(
    Officer(claims): Officer,
    Path(id): Path<ResultId>,
    act: Act,
    Form(form): Form<ArrivedForm>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| http::arrived(&tx, id, claims.sub).await.map(|()| back());
    act.by(claims.sub).keyed(&form.key)?.transact(work).await
}
