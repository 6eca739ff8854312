//! The inbox as people see it. Works without JavaScript.

pub mod calls;
pub mod preferences;

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::{Person, Role},
    http::{Act, Answer, Path, Problem, Query},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    channel::Providers,
    http::{self, Part, SHOWN},
    store::{self, Message},
};

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(inbox))
        .routes(routes!(read))
        .merge(preferences::routes())
        .merge(calls::routes())
}

struct Shown {
    message: Message,
    code: Option<String>,
    at: String,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    unread: u64,
    messages: Vec<Shown>,
    /// Where older messages are; nothing when there are none.
    older: Option<u64>,
    is_officer: bool,
    is_operator: bool,
    /// The key by which browsers know us; nothing where no notes are offered.
    push_key: Option<String>,
}

/// The inbox of whoever is signed in.
#[utoipa::path(get, path = "/notification/", params(("skip" = Option<u32>, Query)),
    responses((status = OK, content_type = "text/html")))]
async fn inbox(
    Person(claims): Person,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let (reads, skip) = (app.db().reads(), u64::from(part.skip));
    let found = store::inbox(reads, claims.sub, skip, SHOWN + 1).await?;
    let older = u64::try_from(found.len())
        .is_ok_and(|count| count > SHOWN)
        .then_some(skip + SHOWN);
    let shown = |(message, code): (Message, Option<String>)| Shown {
        at: web::moment(message.happened_at),
        message,
        code,
    };
    let most = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let page = InboxPage {
        unread: store::unread(reads, claims.sub).await?,
        messages: found.into_iter().take(most).map(shown).collect(),
        older,
        push_key: app.part::<Providers>().push_key().map(str::to_owned),
        is_officer: claims.roles.contains(&Role::Officer),
        is_operator: claims.roles.contains(&Role::Operator),
    };
    web::page(&claims, &page)
}

/// Marks a message as read and shows the inbox again.
#[utoipa::path(post, path = "/notification/inbox/{id}/read", params(("id" = Uuid, Path)), responses((status = SEE_OTHER)))]
async fn read(Person(claims): Person, Path(id): Path<Uuid>, act: Act) -> Result<Response, Problem> {
    let back = || Answer::see_other(format!("/notification/#m-{id}"));
    let work = async |tx: Tx| http::mark(&tx, claims.sub, id).await.map(|()| back());
    act.by(claims.sub).transact(work).await
}
