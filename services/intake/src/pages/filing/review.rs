//! A last look: step three. What is missing is named and linked; then the dossier is filed.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use chassis::{
    App, Tx,
    auth::Citizen,
    http::{Act, Answer, Form, Path, Problem},
};
use contracts::{Channel, Delivery, DossierId};
use procedure::{Catalogue, Description, FieldError};

use super::{Button, Open};
use crate::{
    acts,
    domain::{State as Standing, draft::Unready},
    pages::fields,
};

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    id: DossierId,
    procedure: &'a Description,
    asked: &'a [String],
    answers: Vec<(String, String)>,
    papers: Vec<&'a str>,
    way: Option<Delivery>,
    address: Option<String>,
    fee: Option<String>,
    form_mistakes: Vec<fields::Mistake>,
    paper_mistakes: Vec<fields::Mistake>,
    checking: Vec<String>,
    contradictions: Vec<fields::Contradiction>,
    identified: bool,
    supplement: bool,
    key: String,
}

/// Everything at a glance.
pub async fn show(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Path(id): Path<DossierId>,
) -> Result<Response, Problem> {
    let open = Open::load(&app, claims.sub, id).await?;
    let (draft, description) = (&open.dossier.draft, &open.description);
    let (errors, checking) = match open.unready() {
        None => (Vec::new(), Vec::new()),
        Some(Unready::Wrong(errors)) => (errors, Vec::new()),
        Some(Unready::Checking(papers)) => (Vec::new(), papers),
    };
    let (papers, form): (Vec<FieldError>, Vec<FieldError>) = errors
        .into_iter()
        .partition(|error| error.field.starts_with("documents"));
    let valid = description.validate_form(&draft.form).ok();
    let quote = valid.and_then(|form| description.fee(&form, Channel::Online).ok());
    let enclosed = draft
        .documents
        .keys()
        .filter_map(|id| description.component(id));
    let papers_read = fields::Papers {
        catalogue: &app.part::<Catalogue>(),
        readings: draft.readings(&open.checked),
    };
    let page = ReviewPage {
        id,
        procedure: description,
        asked: open.asked(),
        answers: fields::answered(description, &draft.form),
        papers: enclosed
            .map(|component| component.name.vi.as_str())
            .collect(),
        way: draft.delivery,
        address: draft.address.as_ref().map(ToString::to_string),
        fee: quote.map(|quote| quote.total.to_string()),
        form_mistakes: fields::mistakes(description, &form),
        paper_mistakes: fields::mistakes(description, &papers),
        checking,
        contradictions: papers_read.mismatches(description, &draft.form),
        identified: claims.citizen_id.is_some(),
        supplement: open.is_supplement(),
        key: app.clock().new_id().to_string(),
    };
    web::page(&claims, &page)
}

/// Files the dossier, or sends what was asked for.
pub async fn submit(
    Citizen(claims): Citizen,
    State(app): State<App>,
    Path(id): Path<DossierId>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let dossier = crate::http::seen_by(&app, &claims, id).await?;
    let supplements = dossier.state == Standing::SupplementRequested;
    let work = async |tx: Tx| {
        if supplements {
            acts::supplement(&tx, claims.sub, id, BTreeMap::new(), BTreeMap::new()).await?;
        } else {
            acts::submit(&tx, &claims, id).await?;
        }
        Ok(Answer::see_other(format!("/intake/dossiers/{id}")))
    };
    let act = act.by(claims.sub).keyed(&button.key)?;
    act.transact(work).await
}
