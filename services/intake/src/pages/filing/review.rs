//! A last look: step three. What is missing is named and linked; then the dossier is filed.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    http::{Act, Answer, Form, Path, Problem, Query},
};
use contracts::{
    Delivery, DossierId, PersonName, Vnd,
    identity::{Consent, MandateAct},
};
use procedure::{Catalogue, Description, FieldError, Quote};
use serde::Deserialize;

use super::Open;
use crate::{
    acts::{self, Submission},
    assurance::{self, Reviewing, Submitting},
    domain::{State as Standing, draft::Unready},
    fee,
    http::{Seen, seen_by},
    pages::fields,
};

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    id: DossierId,
    acted_for: Option<&'a PersonName>,
    procedure: &'a Description,
    asked: &'a [String],
    answers: Vec<(String, String)>,
    papers: Vec<&'a str>,
    way: Option<Delivery>,
    address: Option<String>,
    /// What it costs if it is filed today; of a supplement, by the day of filing, until it is received.
    fee: Option<Quote>,
    /// What the citizen saw, where that has changed.
    seen: Option<Vnd>,
    form_mistakes: Vec<fields::Mistake>,
    paper_mistakes: Vec<fields::Mistake>,
    checking: Vec<String>,
    contradictions: Vec<fields::Contradiction>,
    identified: bool,
    /// Whether whoever has it in hand may file it.
    may_submit: bool,
    supplement: bool,
    key: String,
}

/// The fee that the citizen saw before it changed.
#[derive(Deserialize)]
pub struct FeeSeen {
    fee: Option<Vnd>,
}

/// Everything at a glance.
pub async fn show(
    Reviewing(claims): Reviewing,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    Query(FeeSeen { fee: seen }): Query<FeeSeen>,
) -> Result<Response, Problem> {
    let open = Open::load(&app, &claims, id).await?;
    let (draft, description) = (&open.dossier.draft, &open.description);
    let (errors, checking) = match open.unready() {
        // The button is the next thing they press: what it needs is asked here, and not while something is missing.
        None => {
            assurance::to_submit(&claims, id, description)?;
            (Vec::new(), Vec::new())
        }
        Some(Unready::Wrong(errors)) => (errors, Vec::new()),
        Some(Unready::Checking(papers)) => (Vec::new(), papers),
    };
    let (papers, form): (Vec<FieldError>, Vec<FieldError>) = errors
        .into_iter()
        .partition(|error| error.field.starts_with("documents"));
    let enclosed = draft
        .documents
        .keys()
        .filter_map(|id| description.component(id));
    let fee = fee::expected(&app, &open.dossier, description, &open.life);
    let papers_read = fields::Papers {
        catalogue: &app.part::<Catalogue>(),
        readings: draft.readings(&open.checked),
    };
    let page = ReviewPage {
        id,
        acted_for: open.acted_for.as_ref(),
        procedure: description,
        asked: open.asked(),
        answers: fields::answered(description, &draft.form),
        papers: enclosed
            .map(|component| component.name.vi.as_str())
            .collect(),
        way: draft.delivery,
        address: draft.address.as_ref().map(ToString::to_string),
        seen: seen.filter(|seen| fee.as_ref().is_some_and(|fee| fee.total != *seen)),
        fee,
        form_mistakes: fields::mistakes(description, &form),
        paper_mistakes: fields::mistakes(description, &papers),
        checking,
        contradictions: papers_read.mismatches(description, &draft.form),
        // Of whom is acted for, it is known when it is filed.
        identified: open.hand.by.is_some() || claims.citizen_id.is_some(),
        may_submit: open.hand.may(MandateAct::Submit),
        supplement: open.is_supplement(),
        key: app.clock().new_id().to_string(),
    };
    web::page(&claims, &page)
}

/// The button's form: its key, and the fee that stood above it.
#[derive(Deserialize)]
pub struct Filing {
    key: String,
    fee: Option<Vnd>,
}

/// Files the dossier, or sends what was asked for. At another fee than the page showed it shows the new one first.
pub async fn submit(
    Submitting(claims): Submitting,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    act: Act,
    Form(button): Form<Filing>,
) -> Result<Response, Problem> {
    let Seen { dossier, hand } = seen_by(&app, &claims, id).await?;
    let supplements = dossier.state == Standing::SupplementRequested;
    // Once it is filed, whoever helped on the spot has nothing more to do with it.
    let helped = hand.by.is_some_and(|by| by.consent == Consent::Assisted);
    let then = if helped {
        "/intake/dossiers".to_owned()
    } else {
        format!("/intake/dossiers/{id}")
    };
    let work = async |tx: Tx| {
        if supplements {
            acts::supplement(&tx, &claims, id, BTreeMap::new(), BTreeMap::new()).await?;
        } else {
            let submission = acts::submit(&tx, &claims, id, button.fee).await?;
            if let Submission::FeeChanged { seen, .. } = submission {
                let again = format!("/intake/dossiers/{id}/review?fee={}", seen.dong());
                return Ok(Answer::see_other(again));
            }
        }
        Ok(Answer::see_other(then))
    };
    let act = act.by(claims.sub).keyed(&button.key)?;
    act.transact(work).await
}
