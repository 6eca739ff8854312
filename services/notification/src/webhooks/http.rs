//! The agencies that are told over HTTP: operators open, pause and replay them, and change their secrets.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::Operator,
    http::{Act, Answer, Json, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{ProcedureCode, Refused};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    guard::{self, Inadmissible},
    handlers::{Caller, new_secret},
    pages,
    store::{self, Delivery, Webhook},
};
use crate::{domain::news::TOLD, own::CallWebhooks};

/// Deliveries that are shown at once.
const SHOWN: u64 = 100;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(rotate))
        .routes(routes!(settle))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(journal))
        .routes(routes!(replay))
        .merge(pages::routes())
}

/// An agency that is told over HTTP.
#[derive(Serialize, ToSchema)]
struct WebhookView {
    /// Names it.
    id: Uuid,
    /// What the agency is called.
    name: String,
    /// Where it is called.
    url: String,
    /// The wire names that it wants; empty for all.
    events: Vec<String>,
    /// The procedures that it wants; empty for all.
    procedures: Vec<String>,
    /// Whether it is called.
    is_active: bool,
    /// Calls that failed since the last that did not.
    failures: u32,
    /// Whether two secrets are valid.
    is_changing_secrets: bool,
    /// Since when.
    made_at: DateTime<Utc>,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            is_changing_secrets: webhook.is_changing_secrets(),
            name: webhook.name,
            url: webhook.url,
            events: webhook.events,
            procedures: webhook.procedures,
            is_active: webhook.is_active,
            failures: webhook.failures,
            made_at: webhook.made_at,
        }
    }
}

/// All of them.
#[utoipa::path(get, path = "/notification/webhooks", responses((status = OK, body = Vec<WebhookView>)))]
async fn list(
    _: Operator,
    State(app): State<App>,
) -> Result<axum::Json<Vec<WebhookView>>, Problem> {
    let all = store::all(app.db().reads()).await?;
    Ok(axum::Json(all.into_iter().map(WebhookView::from).collect()))
}

/// What a new one is to be.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// What the agency is called.
    pub name: String,
    /// Where it is called: https, and no address of a private network.
    pub url: String,
    /// The wire names that it wants; empty for all.
    #[serde(default)]
    pub events: Vec<String>,
    /// The procedures that it wants; empty for all.
    #[serde(default)]
    pub procedures: Vec<String>,
}

impl NewWebhook {
    /// It with its first secret.
    pub fn opened(&self, id: Uuid, secret: &str, now: DateTime<Utc>) -> Webhook {
        let (name, url) = (self.name.trim().to_owned(), self.url.clone());
        let mut webhook = Webhook::new(id, name, url, secret.to_owned(), now);
        webhook.events.clone_from(&self.events);
        webhook.procedures.clone_from(&self.procedures);
        webhook
    }
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
struct SecretView {
    /// The webhook.
    id: Uuid,
    /// What its calls are signed with.
    secret: String,
}

/// Refuses what cannot be called or is not known, by the field that is wrong.
pub(super) fn checked(new: &NewWebhook, private: bool) -> Result<(), Problem> {
    let wrong = |field: &str, vi, en| Err(Problem::field(field, Refused::new(vi, en)));
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        return wrong(
            "name",
            "Tên gồm 1 đến 200 chữ",
            "A name has 1 to 200 letters",
        );
    }
    match guard::admit(&new.url, private) {
        Ok(_) => {}
        Err(Inadmissible::NoAddress) => {
            return wrong(
                "url",
                "Phải là địa chỉ https://",
                "It is an https:// address",
            );
        }
        Err(Inadmissible::Private) => {
            return wrong(
                "url",
                "Địa chỉ này dẫn vào mạng nội bộ",
                "This address leads into a private network",
            );
        }
    }
    if new
        .events
        .iter()
        .any(|event| !TOLD.contains(&event.as_str()))
    {
        return wrong("events", "Không có sự kiện này", "There is no such event");
    }
    let is_code = |code: &String| code.parse::<ProcedureCode>().is_ok();
    if !new.procedures.iter().all(is_code) {
        return wrong(
            "procedures",
            "Không phải mã thủ tục",
            "It is no procedure's code",
        );
    }
    Ok(())
}

/// Opens one. The secret is shown in this answer only, which therefore is not kept for a repetition.
#[utoipa::path(post, path = "/notification/webhooks", request_body = NewWebhook,
    responses((status = CREATED, body = SecretView), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn open(
    _: Operator,
    State(app): State<App>,
    Json(new): Json<NewWebhook>,
) -> Result<Response, Problem> {
    checked(&new, app.part::<Caller>().private)?;
    let (id, secret) = (app.clock().new_id(), new_secret());
    let opened: Result<(), Failure> = app
        .transact(async |tx| {
            let webhook = new.opened(id, &secret, tx.now());
            Ok(store::open(tx.db(), &webhook).await?)
        })
        .await;
    opened.map_err(Problem::from)?;
    let view = axum::Json(SecretView { id, secret });
    Ok((StatusCode::CREATED, view).into_response())
}

/// Gives one a new secret; until [`settle`] calls are signed with both.
#[utoipa::path(post, path = "/notification/webhooks/{id}/rotate", params(("id" = Uuid, Path)),
    responses((status = OK, body = SecretView), (status = NOT_FOUND, body = Problem)))]
async fn rotate(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<SecretView>, Problem> {
    let secret = new_secret();
    let rotated: Result<bool, Failure> = app
        .transact(async |tx| Ok(store::rotate(tx.db(), id, &secret).await?))
        .await;
    if rotated.map_err(Problem::from)? {
        Ok(axum::Json(SecretView { id, secret }))
    } else {
        Err(Problem::not_found())
    }
}

fn done(found: bool) -> Result<Answer, Problem> {
    if found {
        Ok(Answer::nothing())
    } else {
        Err(Problem::not_found())
    }
}

/// Only the newest secret is valid from now on.
#[utoipa::path(post, path = "/notification/webhooks/{id}/settle", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem)))]
async fn settle(
    Operator(claims): Operator,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| done(store::settle(tx.db(), id).await?);
    act.by(claims.sub).transact(work).await
}

/// Calls it no more; what happens meanwhile waits.
#[utoipa::path(post, path = "/notification/webhooks/{id}/pause", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem)))]
async fn pause(
    Operator(claims): Operator,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| done(store::set_active(tx.db(), id, false).await?);
    act.by(claims.sub).transact(work).await
}

/// Calls it again, beginning with what waited.
#[utoipa::path(post, path = "/notification/webhooks/{id}/resume", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem)))]
async fn resume(
    Operator(claims): Operator,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        let answer = done(store::set_active(tx.db(), id, true).await?)?;
        tx.say(&CallWebhooks {});
        Ok(answer)
    };
    act.by(claims.sub).transact(work).await
}

/// Where in the journal.
#[derive(Deserialize)]
struct Behind {
    /// The cursor: the delivery behind which it goes on.
    after: Option<Uuid>,
}

/// What one was told, or is to be.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// Names it: a cursor.
    id: Uuid,
    /// The event.
    event: Uuid,
    /// Its wire name.
    wire: String,
    /// `waiting`, `delivered` or `failed`.
    state: String,
    /// How often it was tried.
    tries: u32,
    /// When it is tried next, while it waits.
    due_at: DateTime<Utc>,
    /// The last answer's status; nothing where nobody answered.
    answer: Option<u16>,
    /// When it was last tried.
    tried_at: Option<DateTime<Utc>>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event,
            wire: delivery.wire,
            state: delivery.state,
            tries: delivery.tries,
            due_at: delivery.due_at,
            answer: delivery.answer,
            tried_at: delivery.tried_at,
        }
    }
}

/// What one was told, in the order of time: a hundred behind the cursor.
#[utoipa::path(get, path = "/notification/webhooks/{id}/deliveries",
    params(("id" = Uuid, Path), ("after" = Option<Uuid>, Query)),
    responses((status = OK, body = Vec<DeliveryView>)))]
async fn journal(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(behind): Query<Behind>,
) -> Result<axum::Json<Vec<DeliveryView>>, Problem> {
    let found = store::journal(app.db().reads(), id, behind.after, SHOWN).await?;
    Ok(axum::Json(
        found.into_iter().map(DeliveryView::from).collect(),
    ))
}

/// From where everything is told again.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Replay {
    /// The cursor: the first delivery that is told again.
    from: Uuid,
}

/// How much is told again.
#[derive(Serialize, ToSchema)]
struct Replayed {
    /// Deliveries.
    deliveries: u64,
}

/// Tells one everything again from a cursor on. It knows repetitions by their ids.
#[utoipa::path(post, path = "/notification/webhooks/{id}/replay", params(("id" = Uuid, Path)), request_body = Replay,
    responses((status = OK, body = Replayed), (status = NOT_FOUND, body = Problem)))]
async fn replay(
    Operator(claims): Operator,
    Path(id): Path<Uuid>,
    act: Act,
    Json(replay): Json<Replay>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).about(&replay);
    let work = async |tx: Tx| {
        if store::find(tx.db(), id).await?.is_none() {
            return Err(Problem::not_found());
        }
        let deliveries = store::replay(tx.db(), id, replay.from, tx.now()).await?;
        tx.say(&CallWebhooks {});
        Ok(Answer::json(StatusCode::OK, &Replayed { deliveries }))
    };
    act.transact(work).await
}
