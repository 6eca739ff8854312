//! The calls to be made: what no channel could tell, and an officer tells by telephone. Each has one officer by name.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{
    AccountId, DossierId, Refused,
    notification::{MessageDelivered, Way},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use crate::{
    domain::phone::Phone,
    http::Part,
    store::{
        self,
        attempts::{self, State as Stands},
        calls::{self, Call, CallResult},
    },
};

/// Calls that are shown at once.
const SHOWN: u64 = 50;
/// The longest note on a call, in letters.
const NOTE: usize = 1_000;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(conclude))
}

/// The calls that wait.
#[derive(Serialize, ToSchema)]
struct Calls {
    /// The calls, oldest first.
    calls: Vec<CallView>,
}

/// A call to be made.
#[derive(Serialize, ToSchema)]
struct CallView {
    /// The call.
    id: Uuid,
    /// The dossier.
    dossier: DossierId,
    /// Its code, once it has one.
    code: Option<String>,
    /// What is to be told.
    news: Vec<String>,
    /// Since when.
    opened_at: DateTime<Utc>,
    /// Whose task it is.
    owner: Option<AccountId>,
    /// What they are called.
    owner_name: Option<String>,
    /// How often somebody called.
    tries: u32,
    /// What the last call came to.
    result: Option<CallResult>,
    /// Whether the person has it by now: they read it in the portal, or a late receipt says so.
    is_known: bool,
    /// Whom to call; for the officer whose task it is.
    name: Option<String>,
    /// The number: for the officer whose task it is; for others as much as shows which one.
    phone: Option<String>,
    /// The whole of the news, for the officer whose task it is.
    #[serde(skip)]
    bodies: Vec<String>,
    /// Whether it is the reader's own.
    #[serde(skip)]
    is_mine: bool,
}

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsPage {
    calls: Vec<CallView>,
    /// Where more are; nothing when there are none.
    more: Option<u64>,
}

async fn views(app: &App, claims: &Claims, skip: u64) -> Result<Vec<CallView>, Problem> {
    let reads = app.db().reads();
    let calls = calls::waiting(reads, skip, SHOWN + 1).await?;
    let contacts = store::contacts(reads, calls.iter().map(|call| call.dossier)).await?;
    let ids = || calls.iter().map(|call| call.telling);
    let messages = store::told_by(reads, ids()).await?;
    let attempts = attempts::of(reads, ids()).await?;
    let view = |call: &Call| {
        let contact = contacts.iter().find(|one| one.dossier == call.dossier);
        let is_mine = matches!(&call.owner, Some((owner, _)) if *owner == claims.sub);
        let own: Vec<_> = messages
            .iter()
            .filter(|message| message.telling == Some(call.telling))
            .collect();
        let is_read = !own.is_empty() && own.iter().all(|message| message.read_at.is_some());
        let arrived = attempts
            .iter()
            .any(|one| one.telling == call.telling && one.state == Stands::Delivered);
        let phone = contact
            .and_then(|contact| contact.phone.as_deref())
            .and_then(Phone::read);
        CallView {
            id: call.telling,
            dossier: call.dossier,
            code: contact.and_then(|contact| contact.code.clone()),
            news: own
                .iter()
                .map(|message| message.letter.title.clone())
                .collect(),
            opened_at: call.opened_at,
            owner: call.owner.as_ref().map(|(owner, _)| *owner),
            owner_name: call.owner.as_ref().map(|(_, name)| name.clone()),
            tries: call.tries,
            result: call.result,
            is_known: is_read || arrived,
            name: contact
                .filter(|_| is_mine)
                .map(|contact| contact.name.clone()),
            phone: phone.map(|phone| {
                if is_mine {
                    phone.dialled()
                } else {
                    phone.masked()
                }
            }),
            bodies: own
                .iter()
                .map(|message| message.letter.body.clone())
                .collect(),
            is_mine,
        }
    };
    Ok(calls.iter().map(view).collect())
}

/// The calls to be made: a page for people, JSON for programs.
#[utoipa::path(get, path = "/notification/calls", params(("skip" = Option<u32>, Query)),
    responses((status = OK, body = Calls), (status = FORBIDDEN, body = Problem)))]
async fn list(
    Officer(claims): Officer,
    State(app): State<App>,
    reader: Reader,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let skip = u64::from(part.skip);
    let mut calls = views(&app, &claims, skip).await?;
    let most = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = (calls.len() > most).then_some(skip + SHOWN);
    calls.truncate(most);
    match reader {
        Reader::Person => web::page(&claims, &CallsPage { calls, more }),
        Reader::Program => Ok(axum::Json(Calls { calls }).into_response()),
    }
}

fn back(id: Uuid) -> Answer {
    Answer::see_other(format!("/notification/calls#c-{id}"))
}

fn not_yours() -> Problem {
    Problem::conflict(
        "Cuộc gọi này không phải của bạn hoặc đã xong",
        "This call is not yours, or it is done",
    )
}

/// Takes a call on: from then on it is this officer's, by name.
#[utoipa::path(post, path = "/notification/calls/{id}/claim", params(("id" = Uuid, Path)),
    responses((status = SEE_OTHER), (status = CONFLICT, body = Problem)))]
async fn claim(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        if calls::claim(tx.db(), id, claims.sub, &claims.name, tx.now()).await? {
            return Ok(back(id));
        }
        match calls::find(tx.db(), id).await? {
            None => Err(Problem::not_found()),
            Some(_) => Err(Problem::conflict(
                "Cán bộ khác đã nhận cuộc gọi này",
                "Another officer has taken this call on",
            )),
        }
    };
    act.by(claims.sub).transact(work).await
}

/// Gives a call back.
#[utoipa::path(post, path = "/notification/calls/{id}/release", params(("id" = Uuid, Path)),
    responses((status = SEE_OTHER), (status = CONFLICT, body = Problem)))]
async fn release(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        if calls::release(tx.db(), id, claims.sub).await? {
            Ok(back(id))
        } else {
            Err(not_yours())
        }
    };
    act.by(claims.sub).transact(work).await
}

/// Writes down what a call came to.
#[utoipa::path(post, path = "/notification/calls/{id}/result", params(("id" = Uuid, Path)),
    request_body(content = BTreeMap<String, String>, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn conclude(
    Officer(claims): Officer,
    Path(id): Path<Uuid>,
    act: Act,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let field = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    let result = field("result").parse::<CallResult>().map_err(|_| {
        let refused = Refused::new("Hãy chọn kết quả cuộc gọi", "Choose what the call came to");
        Problem::field("result", refused)
    })?;
    let note = field("note");
    if note.chars().count() > NOTE {
        let refused = Refused::new(
            "Ghi chú dài quá 1.000 chữ",
            "The note is longer than 1,000 letters",
        );
        return Err(Problem::field("note", refused));
    }
    let work = async |tx: Tx| {
        if !calls::conclude(tx.db(), id, claims.sub, result, note, tx.now()).await? {
            return Err(not_yours());
        }
        if result == CallResult::Told {
            for message in store::told_by(tx.db(), [id]).await? {
                tx.say(&MessageDelivered {
                    message: message.id,
                    dossier: message.dossier,
                    tells: message.event,
                    way: Way::Call,
                    confirmed: true,
                    delivered_at: tx.now(),
                });
            }
        }
        Ok(back(id))
    };
    act.by(claims.sub).transact(work).await
}
