//! What officers see: the list of work and one dossier with everything that can be done to it. Works without JavaScript.

use askama::Template;
use axum::{extract::State as Of, response::Response};
use chassis::{
    App, Tx,
    auth::{Claims, DecisionSigner, Officer, Role},
    http::{Act, Answer, Form, Path, Problem, Query},
};
use chrono::{DateTime, Utc};
use contracts::{
    DossierId, Text,
    desk::{DossierDecided, Outcome, lines},
    identity::Consent,
    intake::SignalLevel,
};
use procedure::{
    Description,
    description::{FieldKind, FormField},
    reading::{Readings, told},
};
use serde::{Deserialize, Serialize};
use strum::VariantArray;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    acts,
    domain::{
        State, Step, decision,
        signals::{self, Finding},
    },
    http::{Detail, Listed, Wanted},
    office::Office,
    openings,
};

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(work))
        .routes(routes!(view))
        .routes(routes!(take))
        .routes(routes!(receive))
        .routes(routes!(reject))
        .routes(routes!(grant))
        .routes(routes!(refuse))
        .routes(routes!(sign_off))
}

/// A moment as people in Vietnam read it.
fn local(at: &DateTime<Utc>) -> String {
    web::moment(*at)
}

/// A state in Vietnamese.
fn words(name: &str) -> &'static str {
    State::named(name).map_or("", |state| state.words().0)
}

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    items: Vec<Listed>,
    states: &'static [State],
    chosen: Option<State>,
    levels: Vec<LevelChoice>,
    highest_first: bool,
}

/// A level of signals, to be chosen.
struct LevelChoice {
    name: &'static str,
    words: &'static str,
    chosen: bool,
}

fn levels(chosen: Option<SignalLevel>) -> Vec<LevelChoice> {
    let levels = [SignalLevel::Low, SignalLevel::Medium, SignalLevel::High];
    let choice = |level| LevelChoice {
        name: signals::name_of(level),
        words: signals::words(level),
        chosen: chosen == Some(level),
    };
    levels.map(choice).into()
}

/// The list of work, the oldest due first.
#[utoipa::path(get, path = "/desk/", params(Wanted), responses((status = OK, content_type = "text/html")))]
async fn work(
    Officer(claims): Officer,
    Of(app): Of<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let among = wanted.among()?;
    let page = WorkPage {
        items: wanted.find(&app).await?,
        states: State::VARIANTS,
        chosen: wanted.state()?,
        levels: levels(among.least),
        highest_first: among.highest_first,
    };
    web::page(&claims, &page)
}

#[derive(Template)]
#[template(path = "view.html")]
struct ViewPage {
    dossier: DossierId,
    item: Detail,
    state: State,
    /// The form's questions and answers in Vietnamese.
    answers: Vec<Answered>,
    /// What the papers are called.
    papers: Vec<Paper>,
    /// The answers as a first draft of the result.
    draft: String,
    /// The decision as far as it is known, for whoever wants to see its paper before it is one; nothing before it is received.
    decided: Option<String>,
    /// Carried by the forms, so that two presses of a button are one act.
    key: String,
    may_sign: bool,
    mine: bool,
}

struct Paper {
    name: String,
    href: String,
}

impl ViewPage {
    fn may(&self, step: Step) -> bool {
        self.state.after(step).is_some()
    }
}

/// One dossier.
#[utoipa::path(get, path = "/desk/view/{id}", params(("id" = DossierId, Path)),
    responses((status = OK, content_type = "text/html"), (status = NOT_FOUND, body = Problem)))]
async fn view(
    Officer(claims): Officer,
    Of(app): Of<App>,
    Path(id): Path<DossierId>,
) -> Result<Response, Problem> {
    let item = openings::open(&app, id, &claims).await?;
    let answers = answers(&app.part::<Office>(), &item);
    let draft = answers
        .iter()
        .map(|answer| (answer.label.as_str(), answer.value.as_str()));
    let page = ViewPage {
        dossier: id,
        state: State::named(item.listed.standing.state).unwrap_or(State::AwaitingAssessment),
        papers: papers(&app.part::<Office>(), &item),
        draft: lines::write(draft),
        decided: decided(&app, id, &item, &claims)
            .map(|decided| serde_json::to_string(&decided))
            .transpose()
            .map_err(|_| Problem::internal())?,
        key: app.clock().new_id().to_string(),
        may_sign: claims.roles.contains(&Role::Signer),
        mine: item.listed.owner.account == Some(claims.sub),
        answers,
        item,
    };
    web::page(&claims, &page)
}

/// What the officer who looks at it would say now, were it decided as it is proposed.
fn decided(
    app: &App,
    dossier: DossierId,
    item: &Detail,
    officer: &Claims,
) -> Option<DossierDecided> {
    let office = app.part::<Office>();
    let procedure = office.procedure(&item.application)?;
    let form = procedure.validate_form(&item.application.form);
    let proposed = item.proposal.as_ref().map(|proposal| &proposal.outcome);
    Some(DossierDecided {
        dossier,
        code: item.listed.standing.code.clone()?,
        procedure: procedure.code.clone(),
        procedure_version: procedure.version,
        organisation: office.authority.clone(),
        applicant: item.application.applicant.clone(),
        delivery: item.delivery,
        copies: procedure.copies(&form.unwrap_or_default()),
        outcome: proposed
            .cloned()
            .unwrap_or(Outcome::Granted { result: Vec::new() }),
        signed_by: officer.name.clone(),
        signer: None,
        signer_title: officer
            .title
            .clone()
            .filter(|_| officer.roles.contains(&Role::Signer))
            .unwrap_or_else(|| procedure.sign_off.title.vi.clone()),
        decided_at: app.clock().now(),
    })
}

/// A question, its answer, and what a paper says to it.
struct Answered {
    label: String,
    value: String,
    read: Option<Read>,
}

/// What a paper says where the form asks.
struct Read {
    value: String,
    /// Whether that is what was answered.
    agrees: bool,
    /// Whether it need not be looked at again.
    certain: bool,
    /// What the paper is called.
    paper: String,
    /// Where it can be seen.
    href: String,
}

fn answers(office: &Office, item: &Detail) -> Vec<Answered> {
    let form = &item.application.form;
    let Some(procedure) = office.procedure(&item.application) else {
        let bare = |(label, value): (&String, &String)| Answered {
            label: label.clone(),
            value: value.clone(),
            read: None,
        };
        return form.iter().map(bare).collect();
    };
    let asked = procedure.form.iter();
    let answered = asked.filter_map(|field| Some((field, form.get(&field.id)?)));
    answered
        .map(|(field, answer)| Answered {
            label: field.label.vi.clone(),
            value: in_words(&field.kind, answer),
            read: read(procedure, field, answer, item),
        })
        .collect()
}

/// What the enclosed papers say to an answer.
fn read(procedure: &Description, field: &FormField, answer: &str, item: &Detail) -> Option<Read> {
    item.application.documents.iter().find_map(|sealed| {
        let component = procedure.component(&sealed.component)?;
        let paper = component.paper.as_ref()?;
        let readings = Readings::from([(paper.clone(), sealed.read.clone())]);
        let told = told(field, &readings)?;
        Some(Read {
            agrees: field.kind.agree(answer, &told.value),
            value: in_words(&field.kind, &told.value),
            certain: told.certain,
            paper: component.name.vi.clone(),
            href: format!(
                "/scan/documents/{}/pages/{}/preview?dossier={}",
                sealed.document, told.page, item.listed.standing.dossier
            ),
        })
    })
}

/// An answer as people read it.
fn in_words(kind: &FieldKind, answer: &str) -> String {
    let shown = match kind {
        FieldKind::Choice { options } => {
            let chosen = options.iter().find(|option| option.value == *answer);
            chosen.map(|option| option.label.vi.clone())
        }
        FieldKind::Date => {
            let date = answer.parse::<chrono::NaiveDate>().ok();
            date.map(web::date)
        }
        _ => None,
    };
    shown.unwrap_or_else(|| answer.to_owned())
}

fn papers(office: &Office, item: &Detail) -> Vec<Paper> {
    let procedure = office.procedure(&item.application);
    let documents = item.application.documents.iter();
    // So that their owner reads on the document's record for which dossier an officer looked at it.
    let dossier = item.listed.standing.dossier;
    documents
        .map(|sealed| {
            let component = procedure.and_then(|procedure| procedure.component(&sealed.component));
            let name = component.map_or(&sealed.component, |component| &component.name.vi);
            Paper {
                name: name.clone(),
                href: format!("/scan/documents/{}/file?dossier={dossier}", sealed.document),
            }
        })
        .collect()
}

/// After an act the browser goes back to the dossier.
fn back(id: DossierId) -> Answer {
    Answer::see_other(format!("/desk/view/{id}"))
}

/// A button's form.
#[derive(Serialize, Deserialize, ToSchema)]
struct Press {
    /// The same for two presses of one button.
    key: String,
}

/// A form with a reason.
#[derive(Serialize, Deserialize, ToSchema)]
struct ReasonForm {
    key: String,
    /// For the citizen.
    reason: Text,
}

/// A form with a result.
#[derive(Serialize, Deserialize, ToSchema)]
struct GrantForm {
    key: String,
    /// A line a field: `label: value`.
    result: Text,
}

/// Takes the dossier on.
#[utoipa::path(post, path = "/desk/view/{id}/take", params(("id" = DossierId, Path)),
    request_body(content = Press, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn take(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<Press>,
) -> Result<Response, Problem> {
    let take = async |tx: Tx| acts::take(&tx, id, &claims).await.map(|_| back(id));
    act.by(claims.sub).keyed(&form.key)?.transact(take).await
}

/// Receives the dossier.
#[utoipa::path(post, path = "/desk/view/{id}/receive", params(("id" = DossierId, Path)),
    request_body(content = Press, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn receive(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<Press>,
) -> Result<Response, Problem> {
    let receive = async |tx: Tx| acts::receive(&tx, id, &claims).await.map(|_| back(id));
    act.by(claims.sub).keyed(&form.key)?.transact(receive).await
}

/// Doesn't receive the dossier.
#[utoipa::path(post, path = "/desk/view/{id}/reject", params(("id" = DossierId, Path)),
    request_body(content = ReasonForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn reject(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<ReasonForm>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&form.key)?.about(&form);
    let reject = async |tx: Tx| {
        acts::reject(&tx, id, &claims, &form.reason).await?;
        Ok(back(id))
    };
    act.transact(reject).await
}

/// Proposes to grant.
#[utoipa::path(post, path = "/desk/view/{id}/grant", params(("id" = DossierId, Path)),
    request_body(content = GrantForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn grant(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<GrantForm>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&form.key)?.about(&form);
    let outcome = lines::read(form.result.as_str()).and_then(decision::grant);
    let outcome = outcome.map_err(|refused| Problem::field("result", refused))?;
    let grant = async |tx: Tx| {
        acts::decide(&tx, id, &claims, outcome)
            .await
            .map(|_| back(id))
    };
    act.transact(grant).await
}

/// Proposes to refuse.
#[utoipa::path(post, path = "/desk/view/{id}/refuse", params(("id" = DossierId, Path)),
    request_body(content = ReasonForm, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn refuse(
    Officer(claims): Officer,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<ReasonForm>,
) -> Result<Response, Problem> {
    let act = act.by(claims.sub).keyed(&form.key)?.about(&form);
    let reason = form.reason.to_string();
    let outcome = Outcome::Refused { reason };
    let refuse = async |tx: Tx| {
        acts::decide(&tx, id, &claims, outcome)
            .await
            .map(|_| back(id))
    };
    act.transact(refuse).await
}

/// Signs the decision off.
#[utoipa::path(post, path = "/desk/view/{id}/sign-off", params(("id" = DossierId, Path)),
    request_body(content = Press, content_type = "application/x-www-form-urlencoded"), responses((status = SEE_OTHER)))]
async fn sign_off(
    DecisionSigner(claims): DecisionSigner,
    Path(id): Path<DossierId>,
    act: Act,
    Form(form): Form<Press>,
) -> Result<Response, Problem> {
    let sign_off = async |tx: Tx| acts::sign_off(&tx, id, &claims).await.map(|_| back(id));
    act.by(claims.sub)
        .keyed(&form.key)?
        .transact(sign_off)
        .await
}
