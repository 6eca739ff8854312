//! Notification's API: one's own inbox, and for officers what was told about a dossier and by which channel it went.

pub mod push;
pub mod receipts;

use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Citizen, Officer},
    http::{Act, Answer, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    channel::Channel,
    domain::{self, phone::Phone},
    pages,
    store::{
        self, Message,
        attempts::{self, Attempt},
        tellings,
    },
    webhooks,
};

/// Messages that are shown at once.
pub const SHOWN: u64 = 50;

/// Everything notification answers to over HTTP.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(inbox))
        .routes(routes!(read))
        .routes(routes!(of_dossier))
        .merge(push::routes())
        .merge(receipts::routes())
        .merge(webhooks::http::routes())
        .merge(pages::routes())
}

/// An inbox.
#[derive(Serialize, ToSchema)]
struct Inbox {
    /// How many messages are not read yet, of all.
    unread: u64,
    /// The messages, newest first.
    messages: Vec<MessageView>,
}

/// A message.
#[derive(Serialize, ToSchema)]
struct MessageView {
    /// The message.
    id: Uuid,
    /// The dossier it is about.
    dossier: DossierId,
    /// The dossier's code, once it has one.
    code: Option<String>,
    /// The event it tells of: a wire name.
    event: String,
    /// What kind of news.
    title: String,
    /// The news.
    body: String,
    /// What kind of news, in English.
    title_en: String,
    /// The news in English.
    body_en: String,
    /// The path of the page to go to.
    link: String,
    /// When it happened.
    happened_at: DateTime<Utc>,
    /// When it was read.
    read_at: Option<DateTime<Utc>>,
}

impl From<(Message, Option<String>)> for MessageView {
    fn from((message, code): (Message, Option<String>)) -> Self {
        let letter = message.letter;
        Self {
            id: message.id,
            dossier: message.dossier,
            code,
            event: message.event,
            title: letter.title,
            body: letter.body,
            title_en: letter.title_en,
            body_en: letter.body_en,
            link: letter.link,
            happened_at: message.happened_at,
            read_at: message.read_at,
        }
    }
}

/// Which part of an inbox.
#[derive(Deserialize)]
pub struct Part {
    /// Messages to leave out, newest first.
    #[serde(default)]
    pub skip: u32,
}

/// One's own inbox.
#[utoipa::path(get, path = "/notification/messages",
    params(("skip" = Option<u32>, Query, description = "Messages to leave out, newest first")),
    responses((status = OK, body = Inbox)))]
async fn inbox(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<axum::Json<Inbox>, Problem> {
    let reads = app.db().reads();
    let messages = store::inbox(reads, claims.sub, part.skip.into(), SHOWN).await?;
    Ok(axum::Json(Inbox {
        unread: store::unread(reads, claims.sub).await?,
        messages: messages.into_iter().map(MessageView::from).collect(),
    }))
}

/// Marks an own message as read.
pub async fn mark(tx: &Tx, account: AccountId, id: Uuid) -> Result<(), Problem> {
    if store::read(tx.db(), account, id, tx.now()).await? {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

/// Marks an own message as read. Doing it again changes nothing.
#[utoipa::path(post, path = "/notification/messages/{id}/read", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem)))]
async fn read(
    Citizen(claims): Citizen,
    Path(id): Path<Uuid>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| mark(&tx, claims.sub, id).await.map(|()| Answer::nothing());
    act.by(claims.sub).transact(work).await
}

/// What was told about a dossier.
#[derive(Serialize, ToSchema)]
struct Told {
    /// The dossier.
    dossier: DossierId,
    /// The messages, oldest first.
    messages: Vec<ToldView>,
}

/// A message and the channels it took.
#[derive(Serialize, ToSchema)]
struct ToldView {
    /// The message.
    id: Uuid,
    /// The event it tells of: a wire name.
    event: String,
    /// What kind of news.
    title: String,
    /// When it happened.
    happened_at: DateTime<Utc>,
    /// When it was read in the inbox.
    read_at: Option<DateTime<Utc>>,
    /// Where the telling stands: `open`, `delivered`, `superseded`, `exhausted` or `called`; nothing while it waits for a digest.
    state: Option<&'static str>,
    /// What was tried, in order.
    attempts: Vec<AttemptView>,
}

/// How an attempt by one channel fared.
#[derive(Serialize, ToSchema)]
struct AttemptView {
    /// `mail`, `sms`, `zalo` or `push`.
    channel: &'static str,
    /// Enough of the address to recognise it.
    address: String,
    /// `trying`, `later`, `taken`, `accepted`, `delivered` or `failed`.
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// Who carries it.
    provider: Option<String>,
    /// The provider's last code; of a mail server the reply code (RFC 5321).
    code: Option<String>,
    /// When it was last tried.
    tried_at: DateTime<Utc>,
    /// When it was taken, delivered or given up.
    ended_at: Option<DateTime<Utc>>,
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        let address = match attempt.channel {
            Channel::Mail => domain::masked(&attempt.address),
            Channel::Sms | Channel::Zalo => Phone::read(&attempt.address)
                .map_or_else(|| "•••".to_owned(), |phone| phone.masked()),
            Channel::Push => String::new(),
        };
        Self {
            channel: attempt.channel.name(),
            address,
            state: attempt.state.name(),
            attempts: attempt.tries,
            provider: attempt.provider.clone(),
            code: attempt.code.clone(),
            tried_at: attempt.tried_at,
            ended_at: attempt.ended_at,
        }
    }
}

/// What was told about a dossier, and how each attempt fared.
#[utoipa::path(get, path = "/notification/dossiers/{dossier}", params(("dossier" = DossierId, Path)),
    responses((status = OK, body = Told)))]
async fn of_dossier(
    _: Officer,
    State(app): State<App>,
    Path(dossier): Path<DossierId>,
) -> Result<axum::Json<Told>, Problem> {
    let reads = app.db().reads();
    let messages = store::of_dossier(reads, dossier).await?;
    let ids: Vec<Uuid> = messages
        .iter()
        .filter_map(|message| message.telling)
        .collect();
    let tellings = tellings::find(reads, ids.iter().copied()).await?;
    let attempts = attempts::of(reads, ids).await?;
    let view = |message: Message| {
        let telling = tellings.iter().find(|one| Some(one.id) == message.telling);
        let own = attempts
            .iter()
            .filter(|one| Some(one.telling) == message.telling);
        ToldView {
            id: message.id,
            event: message.event,
            title: message.letter.title,
            happened_at: message.happened_at,
            read_at: message.read_at,
            state: telling.map(|telling| telling.state.name()),
            attempts: own.map(AttemptView::from).collect(),
        }
    };
    Ok(axum::Json(Told {
        dossier,
        messages: messages.into_iter().map(view).collect(),
    }))
}
