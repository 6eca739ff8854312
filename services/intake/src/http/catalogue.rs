//! The catalogue's API: search, and one procedure.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::Response,
};
use chassis::{
    App,
    auth::Person,
    http::{Path, Problem, Query},
};
use contracts::ProcedureCode;
use procedure::{Catalogue, Description};
use serde::Deserialize;
use web::{Reader, Visitor};

use super::{answer, view::ProcedureView};
use crate::{agents, pages};

/// The procedure a path names, in the version in force today. What is no code names none.
pub struct InForce(pub Arc<Description>);

impl FromRequestParts<App> for InForce {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(code) = Path::<ProcedureCode>::from_request_parts(parts, app).await?;
        let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
        let description = catalogue.at(&code, today).cloned();
        description.map(Self).ok_or_else(Problem::not_found)
    }
}

/// What to search for.
#[derive(Debug, Deserialize)]
pub struct Search {
    /// Words, with or without accents.
    #[serde(default)]
    pub q: String,
}

impl Search {
    /// The procedures in force that fit; all for no words.
    pub fn run(&self, app: &App) -> Vec<Arc<Description>> {
        let words: String = self.q.chars().take(100).collect();
        let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
        catalogue
            .search(&words, today)
            .into_iter()
            .cloned()
            .collect()
    }
}

/// The procedures in force, best match first.
#[utoipa::path(get, path = "/intake/procedures", params(("q" = Option<String>, Query, description = "Words, with or without accents")),
    responses((status = OK, body = Vec<ProcedureView>)))]
pub async fn procedures(
    State(app): State<App>,
    Query(search): Query<Search>,
) -> axum::Json<Vec<ProcedureView>> {
    let found = search.run(&app);
    axum::Json(
        found
            .iter()
            .map(|description| (&**description).into())
            .collect(),
    )
}

/// A procedure: its form, papers, fees, time limits and legal basis, as its YAML file has them.
#[utoipa::path(get, path = "/intake/procedures/{code}", params(("code" = ProcedureCode, Path)),
    responses((status = OK, body = Object), (status = NOT_FOUND, body = Problem)))]
pub async fn procedure(
    InForce(description): InForce,
    visitor: Visitor,
    // Whoever cannot be told is a stranger: the page is for everybody.
    person: Result<Person, Problem>,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    match reader {
        Reader::Person => {
            let offer = match person {
                Ok(Person(claims)) => agents::offer(&app, &claims, &description.code).await?,
                Err(_) => agents::Offer::default(),
            };
            pages::catalogue::procedure(&app, visitor, &description, offer)
        }
        Reader::Program => Ok(answer(&*description)),
    }
}
