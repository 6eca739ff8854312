//! What an officer at a counter sees of the stacks that were scanned.

use askama::Template;
use axum::response::Response;
use axum::{extract::State, routing::post};
use chassis::{
    App, Tx,
    auth::{Claims, Officer},
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::{BatchId, BatchPartId};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    batch,
    http::batches::{BatchView, PartView, Settling},
};

/// Pages of a part that are shown in small.
const SHOWN: u32 = 4;

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/scan/batches/{id}/parts/{part}/settle", post(settle))
        .route("/scan/batches/{id}/parts/{part}/set-aside", post(set_aside))
}

#[derive(Template)]
#[template(path = "batches.html")]
struct ListPage<'a> {
    batches: &'a [BatchView],
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage<'a> {
    batch: &'a BatchView,
    key: String,
}

impl PartView {
    /// The pages that are shown of it.
    fn shown(&self) -> Vec<u32> {
        let pages = self.first_page.zip(self.last_page);
        pages.map_or_else(Vec::new, |(first, last)| {
            (first..=last.min(first + SHOWN - 1)).collect()
        })
    }

    /// How many pages it has.
    fn count(&self) -> u32 {
        let pages = self.first_page.zip(self.last_page);
        pages.map_or(0, |(first, last)| last - first + 1)
    }
}

/// The newest stacks, and where one is sent.
pub fn list(claims: &Claims, batches: &[BatchView]) -> Result<Response, Problem> {
    web::page(claims, &ListPage { batches })
}

/// One stack.
pub fn show(app: &App, claims: &Claims, batch: &BatchView) -> Result<Response, Problem> {
    let key = app.clock().new_id().to_string();
    web::page(claims, &BatchPage { batch, key })
}

/// The form that says where a part belongs.
#[derive(Serialize, Deserialize)]
struct Place {
    key: String,
    #[serde(default)]
    dossier: String,
    #[serde(default)]
    component: String,
    replaces: Option<String>,
}

async fn settle(
    Officer(claims): Officer,
    State(app): State<App>,
    Path((id, part)): Path<(BatchId, BatchPartId)>,
    act: Act,
    Form(place): Form<Place>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&place.key)?.about(&place);
    let settling = Settling {
        dossier: place.dossier,
        component: place.component,
        replaces: place.replaces.is_some(),
    };
    let whither = settling.read(&app.settings().public(""))?;
    let work = async |tx: Tx| {
        batch::settle(&tx, claims.sub, part, whither).await?;
        Ok(Answer::see_other(format!("/scan/batches/{id}")))
    };
    act.transact(work).await
}

/// A button's form: the key under which it is done once.
#[derive(Deserialize)]
struct Button {
    key: String,
}

async fn set_aside(
    Officer(claims): Officer,
    Path((id, part)): Path<(BatchId, BatchPartId)>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        batch::set_aside(&tx, claims.sub, part).await?;
        Ok(Answer::see_other(format!("/scan/batches/{id}")))
    };
    act.by(claims.sub).keyed(&button.key)?.transact(work).await
}
