//! Where dossiers stand: the citizen's list, one dossier with its time line, tracking by code.

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App,
    auth::Claims,
    http::{Form, Problem},
};
use contracts::{Delivery, identity::MandateAct};
use procedure::{Catalogue, Description, Level};
use serde::Deserialize;
use web::Visitor;

use super::fields;
use crate::{
    domain::{HandingState, Life, MoneyState, State as Standing, hand::Hand},
    http::{
        tracked,
        view::{DossierLine, DossierView, PaperState, TrackView},
    },
};

#[derive(Template)]
#[template(path = "dossiers.html")]
struct List<'a> {
    dossiers: &'a [DossierLine],
}

/// A citizen's own dossiers.
pub fn list(claims: &Claims, dossiers: &[DossierLine]) -> Result<Response, Problem> {
    web::page(claims, &List { dossiers })
}

#[derive(Template)]
#[template(path = "dossier.html")]
struct Show<'a> {
    dossier: &'a DossierView,
    procedure: &'a Description,
    state: Standing,
    /// What whoever looks may do.
    hand: &'a Hand,
    /// The office that holds it, once it is received.
    office: Option<String>,
    answers: Vec<(String, String)>,
    papers: Vec<(&'a str, PaperState)>,
    key: String,
}

impl Show<'_> {
    fn may_fill(&self) -> bool {
        self.hand.may(MandateAct::Fill)
    }

    fn may_pay(&self) -> bool {
        self.hand.may(MandateAct::Pay)
    }

    /// Whoever acts for its owner opens the result only if they may; officers may.
    fn may_open_result(&self) -> bool {
        self.hand.by.is_none() || self.hand.may(MandateAct::Receive)
    }
}

/// One dossier: who holds it and until when, what is to be done, what happened.
pub fn show(
    app: &App,
    claims: &Claims,
    hand: &Hand,
    description: &Description,
    life: &Life,
    view: &DossierView,
) -> Result<Response, Problem> {
    let catalogue = app.part::<Catalogue>();
    let office = life.reception().map(|reception| {
        let known = catalogue.organisation(reception.organisation);
        known.map_or_else(
            || reception.organisation.to_string(),
            |known| known.name.vi.clone(),
        )
    });
    let papers = view.documents.iter().filter_map(|paper| {
        let component = description.component(&paper.component)?;
        Some((component.name.vi.as_str(), paper.state))
    });
    let page = Show {
        dossier: view,
        procedure: description,
        state: view.state,
        hand,
        office,
        answers: fields::answered(description, &view.form),
        papers: papers.collect(),
        key: app.clock().new_id().to_string(),
    };
    web::page(claims, &page)
}

#[derive(Template)]
#[template(path = "track.html")]
struct Track {
    /// What was asked; empty at first.
    code: String,
    asked: bool,
    found: Option<TrackView>,
}

/// Asks for a dossier's code and its owner's number.
pub async fn track_form(visitor: Visitor) -> Result<Response, Problem> {
    let page = Track {
        code: String::new(),
        asked: false,
        found: None,
    };
    web::page(visitor, &page)
}

/// What to look for. Posted, so that the number stands in no address, history or log.
#[derive(Deserialize)]
pub struct Wanted {
    code: String,
    citizen_id: String,
}

/// Where a dossier stands.
pub async fn track(
    visitor: Visitor,
    State(app): State<App>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let found = match tracked(&app, &wanted.code, &wanted.citizen_id).await {
        Ok(found) => Some(found),
        Err(problem) if problem.status() == axum::http::StatusCode::NOT_FOUND => None,
        Err(problem) => return Err(problem),
    };
    let page = Track {
        code: wanted.code,
        asked: true,
        found,
    };
    web::page(visitor, &page)
}
