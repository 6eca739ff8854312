//! How far the reading of a document is, page by page, told as it happens: server-sent events. What is told stands in a row
//! that every replica can read, so it does not matter which one reads the document and which one is asked.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use chassis::{
    App,
    auth::{Claims, Person},
    http::{Path, Problem},
};
use contracts::DocumentId;
use futures::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{View, open_to, stands};
use crate::{
    reading::Progress,
    store::{self, readings},
};

/// The endpoint.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(progress))
}

/// From one look at the row to the next: two small reads by key.
const LOOK: Duration = Duration::from_millis(500);
/// The longest that one answer takes; a browser asks again by itself.
const LONGEST: Duration = Duration::from_mins(10);
/// The most who watch at once at one replica.
const WATCHERS: usize = 500;
/// The id of the last event there is.
const CHECKED: &str = "checked";

/// Room for those who watch.
pub struct Watchers(Arc<Semaphore>);

impl Default for Watchers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WATCHERS)))
    }
}

/// The data of a `page` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
struct PageEvent {
    /// Pages done.
    done: u32,
    /// Pages there are.
    pages: u32,
}

/// How far the reading of a document is, as server-sent events: `page` (how many of how many are done; its id is the number
/// done) and, last, `checked` with the document as it then is. The stream ends by itself; asked again with the `Last-Event-ID` of its end, it is 204.
#[utoipa::path(
    get,
    path = "/scan/documents/{id}/progress",
    params(("id" = Uuid, Path)),
    responses(
        (status = OK, body = PageEvent, content_type = "text/event-stream"),
        (status = NO_CONTENT, description = "All was told before"),
        (status = NOT_FOUND, body = Problem),
        (status = SERVICE_UNAVAILABLE, body = Problem, description = "Too many watch"),
    )
)]
async fn progress(
    Person(claims): Person,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = open_to(&claims, &app, id).await?.id;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    if last == Some(CHECKED) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let room = app.part::<Watchers>().0.clone();
    let room = room.try_acquire_owned();
    let watch = Watch {
        _room: room.map_err(|_| Problem::unavailable())?,
        claims,
        app,
        document,
        last: last.and_then(|id| id.parse().ok()),
        end: Instant::now() + LONGEST,
        over: false,
    };
    let mut response = Sse::new(watch.events())
        .keep_alive(KeepAlive::default())
        .into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    // A proxy that gathers an answer before it passes it on would tell all of it at the end.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// One who watches.
struct Watch {
    _room: OwnedSemaphorePermit,
    claims: Claims,
    app: App,
    document: DocumentId,
    /// Pages done when it was last told.
    last: Option<u32>,
    end: Instant,
    over: bool,
}

/// What is told.
enum Told {
    Page(PageEvent),
    Checked(Box<View>),
}

impl Watch {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, async |mut watch| {
            let told = watch.next().await?;
            Some((Ok(event(&told)?), watch))
        })
    }

    /// The next thing to tell; none at the end.
    async fn next(&mut self) -> Option<Told> {
        while !self.over && Instant::now() < self.end {
            match self.look().await {
                Ok(Some(told)) => return Some(told),
                Ok(None) => sleep(LOOK).await,
                // The browser asks again, with what it was told last.
                Err(_) => return None,
            }
        }
        None
    }

    /// What is new.
    async fn look(&mut self) -> Result<Option<Told>, Problem> {
        let reads = self.app.db().reads();
        let document = store::find(reads, self.document).await?;
        let document = document.ok_or_else(Problem::not_found)?;
        if document.checked_at.is_some() {
            self.over = true;
            let view = stands(&self.claims, &self.app, document).await?;
            return Ok(Some(Told::Checked(Box::new(view))));
        }
        let progress = readings::progress(reads, self.document).await?;
        let new = |told: &Progress| told.pages > 0 && self.last.is_none_or(|last| told.done > last);
        Ok(progress.filter(new).map(|Progress { done, pages }| {
            self.last = Some(done);
            Told::Page(PageEvent { done, pages })
        }))
    }
}

fn event(told: &Told) -> Option<Event> {
    let event = match told {
        Told::Page(page) => Event::default()
            .event("page")
            .id(page.done.to_string())
            .json_data(page),
        Told::Checked(view) => Event::default().event(CHECKED).id(CHECKED).json_data(view),
    };
    event.ok()
}

#[cfg(test)]
mod tests {
    use chassis::{Tx, auth::Role};
    use testkit::Stage;

    use super::*;
    use crate::{
        domain::{Finding, State as Stands},
        store::tests::upload,
    };

    async fn note(app: &App, document: DocumentId, done: u32) {
        let progress = Progress { done, pages: 10 };
        let note = async |tx: Tx| Ok(readings::note(tx.db(), document, progress, tx.now()).await?);
        app.transact(note).await.unwrap();
    }

    fn pages_done(told: Option<Told>) -> Option<u32> {
        match told {
            Some(Told::Page(page)) => {
                assert_eq!(page.pages, 10);
                Some(page.done)
            }
            _ => None,
        }
    }

    #[tokio::test]
    async fn pages_are_told_as_they_are_done_and_then_the_verdict() {
        let stage = Stage::with(vec![crate::service()]).await;
        let app = stage.app("scan").clone();
        let owner = Uuid::from_u128(1).into();
        let add = async |tx: Tx| {
            let upload = upload(owner, 1);
            let (document, _) = store::add(tx.db(), tx.new_id().into(), &upload, tx.now()).await?;
            readings::take(tx.db(), document.id, owner, 1, tx.now()).await?;
            Ok(document.id)
        };
        let document = app.transact(add).await.unwrap();
        let claims = Claims {
            sub: owner,
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            roles: [Role::Citizen].into(),
            assurance: 1,
            citizen_id: None,
            phone: None,
            email: None,
            title: None,
            posts: None,
            sid: Uuid::nil(),
            iat: 0,
            exp: 0,
        };
        let watch = |last| Watch {
            _room: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
            claims: claims.clone(),
            app: app.clone(),
            document,
            last,
            end: Instant::now() + LONGEST,
            over: false,
        };
        let mut first = watch(None);
        assert!(
            first.look().await.unwrap().is_none(),
            "nothing is known yet"
        );
        note(&app, document, 0).await;
        assert_eq!(pages_done(first.next().await), Some(0));
        note(&app, document, 3).await;
        assert_eq!(pages_done(first.next().await), Some(3));
        assert!(first.look().await.unwrap().is_none(), "it was told");
        let mut again = watch(Some(3));
        assert!(
            again.look().await.unwrap().is_none(),
            "it was told before the line broke"
        );
        note(&app, document, 4).await;
        assert_eq!(pages_done(again.next().await), Some(4));
        let judge = async |tx: Tx| {
            let finding = Finding::Readable(vec![]);
            readings::end(tx.db(), document).await?;
            Ok(store::judge(tx.db(), document, Stands::Accepted, &finding, tx.now()).await?)
        };
        assert!(app.transact(judge).await.unwrap());
        let told = first.next().await;
        assert!(matches!(&told, Some(Told::Checked(view)) if view.state == "accepted"));
        assert!(first.next().await.is_none(), "it ends by itself");
    }
}
