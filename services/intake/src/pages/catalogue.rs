//! The catalogue's pages: search, one procedure at its level, the form to print.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use calendar::TimeLimit;
use chassis::{
    App,
    http::{Form, Problem, Query},
};
use contracts::Channel;
use procedure::{
    Description, FieldError, Filing, Level,
    description::{Due, Handling, Less, Limit},
};
use web::Visitor;

use super::fields;
use crate::{
    agents::Offer,
    assurance::{self, Need},
    fee::{CHANNELS, Prices},
    http::catalogue::{InForce, Search},
};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    q: String,
    found: Vec<Arc<Description>>,
}

/// The first page: search and the list of procedures.
pub async fn home(
    visitor: Visitor,
    State(app): State<App>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let found = search.run(&app);
    web::page(visitor, &Home { q: search.q, found })
}

#[derive(Template)]
#[template(path = "procedure.html")]
struct Page<'a> {
    is_signed_in: bool,
    /// Whom they may file for.
    offer: Offer,
    procedure: &'a Description,
    /// By channel: which, how long, what else.
    limits: Vec<(&'static str, String, Option<&'a str>)>,
    prices: Prices<'a>,
    /// What it asks for beyond an account.
    needs: Vec<Need>,
    key: String,
}

/// A procedure at its level.
pub fn procedure(
    app: &App,
    visitor: Visitor,
    description: &Description,
    offer: Offer,
) -> Result<Response, Problem> {
    let limits = CHANNELS
        .into_iter()
        .filter(|(channel, _)| description.channels.contains(channel))
        .filter_map(|(channel, name)| Some((name, description.time_limit(channel)?)))
        .map(|(name, limit)| {
            (
                name,
                in_words(limit),
                limit.note.as_ref().map(|note| note.vi.as_str()),
            )
        });
    let page = Page {
        is_signed_in: visitor.is_signed_in(),
        offer,
        procedure: description,
        limits: limits.collect(),
        needs: assurance::told(description),
        prices: Prices::of(
            &app.settings().organisation,
            description,
            calendar::date(app.clock().now()),
        ),
        key: app.clock().new_id().to_string(),
    };
    web::page(visitor, &page)
}

fn in_words(limit: &Limit) -> String {
    match limit.limit {
        TimeLimit::WorkingDays(n) => format!("{n} ngày làm việc"),
        TimeLimit::CalendarDays(n) => format!("{n} ngày"),
        TimeLimit::WorkingHours(n) => format!("{n} giờ làm việc"),
        TimeLimit::SameDay => "Trong ngày".to_owned(),
        TimeLimit::Months(n) => format!("{n} tháng"),
    }
}

#[derive(Template)]
#[template(path = "print_form.html")]
struct Blank<'a> {
    procedure: &'a Description,
    fields: Vec<fields::Field>,
    mistakes: Vec<fields::Mistake>,
}

/// A level-2 form to fill in; nothing of it is kept.
pub async fn blank(visitor: Visitor, InForce(description): InForce) -> Result<Response, Problem> {
    fill_in(visitor, &description, &BTreeMap::new(), &[])
}

fn fill_in(
    visitor: Visitor,
    description: &Description,
    answers: &BTreeMap<String, String>,
    errors: &[FieldError],
) -> Result<Response, Problem> {
    if !description.level.has_form() {
        return Err(Problem::not_found());
    }
    let named = |error: &FieldError| FieldError {
        field: format!("form.{}", error.field),
        reason: error.reason.clone(),
    };
    let errors: Vec<FieldError> = errors.iter().map(named).collect();
    let page = Blank {
        procedure: description,
        fields: fields::to_fill_in(description, answers, &errors, None),
        mistakes: fields::mistakes(description, &errors),
    };
    web::page(visitor, &page)
}

#[derive(Template)]
#[template(path = "printed.html")]
struct Printed<'a> {
    procedure: &'a Description,
    answers: Vec<(String, String)>,
    papers: Vec<&'a str>,
    fee: Option<String>,
    date: String,
}

/// The filled-in form, to be printed and signed.
pub async fn printed(
    visitor: Visitor,
    State(app): State<App>,
    InForce(description): InForce,
    Form(posted): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let answers = fields::posted(&posted);
    let form = match description.validate_form(&answers) {
        Ok(form) => form,
        Err(errors) => {
            let page = fill_in(visitor, &description, &answers, &errors)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let concerns =
        |when: Option<&procedure::description::When>| when.is_none_or(|when| when.holds(&form));
    let papers = description
        .documents
        .iter()
        .filter(|paper| concerns(paper.when.as_ref()));
    let filing = Filing {
        channel: Channel::Counter,
        on: calendar::date(app.clock().now()),
        office: Some(&app.settings().organisation),
    };
    let fee = description.fee(&form, filing).ok();
    let page = Printed {
        procedure: &description,
        answers: fields::answered(&description, form.answers()),
        papers: papers.map(|paper| paper.name.vi.as_str()).collect(),
        fee: fee.map(|quote| quote.total.to_string()),
        date: web::day(app.clock().now()),
    };
    web::page(visitor, &page)
}
