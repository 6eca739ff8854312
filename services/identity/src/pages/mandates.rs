//! The pages by which somebody lets another act for them: what they have given and been given, a new one step by step, and the buttons
//! that accept and end one.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use chassis::{
    App, Tx,
    auth::Claims,
    http::{Act, Answer, FieldError, Form, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::{
    MandateId, ProcedureCode,
    identity::{Consent, MandateAct},
};
use procedure::Catalogue;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::username;
use crate::{
    domain::mandate::{Asked, Relation, Standing, Terms},
    http::{
        mandates::{MandateView, MandatesView},
        password::wrong_password,
        second_factor::wrong_code,
        seconds,
    },
    mandates::{self, NotOffered},
    second_factor::{self, Refusal},
    sessions::Known,
};

/// The list's address.
const PAGE: &str = "/identity/mandates";

/// The pages' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(form, consider))
        .routes(routes!(give))
        .routes(routes!(accept))
        .routes(routes!(end))
}

/// A mandate in words.
struct Card {
    view: MandateView,
    /// What its procedures are called; all of them when absent.
    procedures: Option<Vec<String>>,
    /// The last day on which it counts.
    until: String,
}

impl Card {
    fn new(app: &App, view: MandateView) -> Self {
        let codes = view.procedures.iter().flatten();
        Self {
            procedures: view
                .procedures
                .is_some()
                .then(|| codes.map(|code| called(app, code)).collect()),
            until: last_day(view.valid_until),
            view,
        }
    }
}

/// What a procedure is called.
fn called(app: &App, code: &ProcedureCode) -> String {
    let (catalogue, today) = (app.part::<Catalogue>(), calendar::date(app.clock().now()));
    let found = catalogue.at(code, today);
    found.map_or_else(|| code.to_string(), |found| found.name.vi.clone())
}

/// The day at whose end a mandate ends; of one that ends within a day, when.
fn last_day(until: DateTime<Utc>) -> String {
    let before = until - chrono::TimeDelta::seconds(1);
    if calendar::date(before) == calendar::date(until) {
        web::moment(until)
    } else {
        format!("hết ngày {}", web::day(before))
    }
}

#[derive(Template)]
#[template(path = "mandates.html")]
struct ListPage {
    given: Vec<Card>,
    received: Vec<Card>,
}

/// What somebody has given and been given.
pub fn list(app: &App, claims: &Claims, view: &MandatesView) -> Result<Response, Problem> {
    let cards = |views: &[MandateView]| {
        let views = views.iter().cloned();
        views.map(|view| Card::new(app, view)).collect()
    };
    let page = ListPage {
        given: cards(&view.given),
        received: cards(&view.received),
    };
    web::page(claims, &page)
}

/// A box to tick.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "mandate_new.html")]
struct NewPage<'a> {
    filled: &'a Asked,
    acts: Vec<(MandateAct, &'static str, bool)>,
    procedures: Vec<Choice>,
    /// The earliest and the latest last day.
    today: String,
    latest: String,
    errors: &'a [FieldError],
}

impl NewPage<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        let error = self.errors.iter().find(|error| error.field == field);
        error.map(|error| error.vi.as_str())
    }
}

/// An act as forms and programs name it.
const fn word(act: MandateAct) -> &'static str {
    match act {
        MandateAct::View => "view",
        MandateAct::Fill => "fill",
        MandateAct::Submit => "submit",
        MandateAct::Pay => "pay",
        MandateAct::Receive => "receive",
    }
}

fn new_page(
    app: &App,
    claims: &Claims,
    filled: &Asked,
    errors: &[FieldError],
) -> Result<Response, Problem> {
    let today = calendar::date(app.clock().now());
    let months = app.config::<crate::config::Config>().mandates().months;
    let latest = today.checked_add_months(chrono::Months::new(months));
    let catalogue = app.part::<Catalogue>();
    let offered = catalogue.search("", today).into_iter();
    let offered = offered.filter(|description| description.is_offered_online());
    let named = filled.procedures.as_deref().unwrap_or_default();
    let is_named = |code: &str| named.iter().any(|named| named == code);
    let acts = MandateAct::ALL.map(|act| {
        let is_chosen = filled.acts.iter().any(|named| named == word(act));
        (act, word(act), is_chosen)
    });
    let page = NewPage {
        filled,
        acts: acts.into(),
        procedures: offered
            .map(|description| Choice {
                value: description.code.to_string(),
                label: description.name.vi.clone(),
                chosen: is_named(description.code.as_str()),
            })
            .collect(),
        today: today.to_string(),
        latest: latest.unwrap_or(today).to_string(),
        errors,
    };
    web::page(claims, &page)
}

/// The form for a new mandate.
#[utoipa::path(get, path = "/identity/mandates/new", responses((status = OK, content_type = "text/html")))]
async fn form(Known(claims): Known, State(app): State<App>) -> Result<Response, Problem> {
    new_page(&app, &claims, &Asked::default(), &[])
}

/// What is posted: `acts` and `procedures` once for each.
type Fields = Vec<(String, String)>;

fn one<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let found = fields.iter().find(|(given, _)| given == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn asked(fields: &Fields) -> Asked {
    let many = |name: &str| {
        let of_name = fields.iter().filter(|(given, _)| given == name);
        of_name.map(|(_, value)| value.clone()).collect()
    };
    Asked {
        agent: one(fields, "agent").to_owned(),
        agent_name: one(fields, "agent_name").to_owned(),
        relation: one(fields, "relation").to_owned(),
        acts: many("acts"),
        procedures: (one(fields, "which") != "all").then(|| many("procedures")),
        until: one(fields, "until").to_owned(),
    }
}

#[derive(Template)]
#[template(path = "mandate_review.html")]
struct ReviewPage<'a> {
    asked: &'a Asked,
    terms: &'a Terms,
    procedures: Option<Vec<String>>,
    until: String,
    username: String,
    /// Whether a password shows who this is.
    by_password: bool,
    /// Whether a code is asked for.
    by_code: bool,
    password: Option<String>,
    code: Option<String>,
    /// Minutes to wait.
    wait: Option<u64>,
    stale: bool,
}

/// What is wrong with how somebody showed who they are.
#[derive(Default)]
struct Told {
    password: Option<String>,
    code: Option<String>,
    wait: Option<u64>,
    stale: bool,
}

async fn review(
    app: &App,
    claims: &Claims,
    asked: &Asked,
    told: Told,
) -> Result<Response, Problem> {
    let terms = match mandates::consider(app, claims, asked).await? {
        Ok(terms) => terms,
        Err(NotOffered::Unfit(errors)) => {
            let again = new_page(app, claims, asked, &errors)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let codes = terms.procedures.as_ref();
    let page = ReviewPage {
        asked,
        procedures: codes.map(|codes| codes.iter().map(|code| called(app, code)).collect()),
        until: last_day(terms.valid_until),
        terms: &terms,
        username: username(claims),
        by_password: mandates::has_password(app, claims).await?,
        by_code: second_factor::has(app.db().reads(), claims.sub).await?,
        password: told.password,
        code: told.code,
        wait: told.wait,
        stale: told.stale,
    };
    web::page(claims, &page)
}

/// Shows what a mandate means in plain words, before it is given.
#[utoipa::path(post, path = "/identity/mandates/new", request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, content_type = "text/html"), (status = UNPROCESSABLE_ENTITY, content_type = "text/html")))]
async fn consider(
    Known(claims): Known,
    State(app): State<App>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    review(&app, &claims, &asked(&fields), Told::default()).await
}

/// Gives the mandate that was shown.
#[utoipa::path(post, path = "/identity/mandates/give", request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = SEE_OTHER), (status = UNPROCESSABLE_ENTITY, content_type = "text/html"), (status = TOO_MANY_REQUESTS, content_type = "text/html")))]
async fn give(
    Known(claims): Known,
    State(app): State<App>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let asked = asked(&fields);
    let proof = (one(&fields, "password"), one(&fields, "code"));
    let (status, told, wait) = match mandates::offer(&app, &claims, &asked, proof).await? {
        Ok(_) => return Ok(Redirect::to(PAGE).into_response()),
        Err(NotOffered::Unproven(refusal)) => match refusal {
            Refusal::Password => told_password(),
            Refusal::Code => told_code(),
            Refusal::Wait(wait) => told_wait(seconds(wait)),
            refusal @ (Refusal::State | Refusal::Weak) => return Err(refusal.into()),
        },
        Err(NotOffered::Stale) => {
            let stale = Told {
                stale: true,
                ..Told::default()
            };
            (StatusCode::FORBIDDEN, stale, 0)
        }
        Err(NotOffered::Unfit(errors)) => {
            let again = new_page(&app, &claims, &asked, &errors)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
        }
        Err(refusal @ (NotOffered::Staff | NotOffered::TooMany(_))) => return Err(refusal.into()),
    };
    let after = (wait > 0).then(|| (header::RETRY_AFTER, wait.to_string()));
    let page = review(&app, &claims, &asked, told).await?;
    Ok((status, AppendHeaders(after), page).into_response())
}

fn told_password() -> (StatusCode, Told, u64) {
    let password = Some(wrong_password().vi.into_owned());
    let told = Told {
        password,
        ..Told::default()
    };
    (StatusCode::UNPROCESSABLE_ENTITY, told, 0)
}

fn told_code() -> (StatusCode, Told, u64) {
    let code = Some(wrong_code().vi.into_owned());
    let told = Told {
        code,
        ..Told::default()
    };
    (StatusCode::UNPROCESSABLE_ENTITY, told, 0)
}

fn told_wait(seconds: u64) -> (StatusCode, Told, u64) {
    let told = Told {
        wait: Some(seconds.div_ceil(60)),
        ..Told::default()
    };
    (StatusCode::TOO_MANY_REQUESTS, told, seconds)
}

/// Accepts a mandate and shows all of them again.
#[utoipa::path(post, path = "/identity/mandates/{id}/page/accept", params(("id" = MandateId, Path)),
    responses((status = SEE_OTHER), (status = NOT_FOUND, content_type = "text/html"), (status = CONFLICT, content_type = "text/html")))]
async fn accept(
    Known(claims): Known,
    Path(id): Path<MandateId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        mandates::accept(&tx, &claims, id).await??;
        Ok(Answer::see_other(PAGE))
    };
    act.by(claims.sub).transact(work).await
}

/// Ends a mandate and shows all of them again.
#[utoipa::path(post, path = "/identity/mandates/{id}/page/end", params(("id" = MandateId, Path)),
    responses((status = SEE_OTHER), (status = NOT_FOUND, content_type = "text/html")))]
async fn end(
    Known(claims): Known,
    Path(id): Path<MandateId>,
    act: Act,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        mandates::end(&tx, &claims, id).await??;
        Ok(Answer::see_other(PAGE))
    };
    act.by(claims.sub).transact(work).await
}
