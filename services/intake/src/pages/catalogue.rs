//! The catalogue's pages: search, one procedure at its level, the form to print.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use calendar::TimeLimit;
use chassis::{
    App,
    auth::Person,
    http::{Form, Problem},
};
use contracts::Channel;
use procedure::{
    Description, FieldError, Level,
    description::{Handling, Limit},
};

use super::{fields, who};
use crate::http::catalogue::{InForce, Search};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    who: Option<String>,
    q: String,
    found: Vec<Arc<Description>>,
}

/// The first page: search and the list of procedures.
pub async fn home(
    person: Option<Person>,
    State(app): State<App>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let found = search.run(&app);
    let who = who(person.as_ref());
    web::page(&Home {
        who,
        q: search.q,
        found,
    })
}

#[derive(Template)]
#[template(path = "procedure.html")]
struct Page<'a> {
    who: Option<String>,
    procedure: &'a Description,
    /// By channel: which, how long, what else.
    limits: Vec<(&'static str, String, Option<&'a str>)>,
    key: String,
}

/// A procedure at its level.
pub fn procedure(
    app: &App,
    person: Option<&Person>,
    description: &Description,
) -> Result<Response, Problem> {
    let limits = [
        (Channel::Online, "Trực tuyến"),
        (Channel::Counter, "Tại quầy"),
        (Channel::Post, "Qua bưu điện"),
    ]
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
    web::page(&Page {
        who: who(person),
        procedure: description,
        limits: limits.collect(),
        key: app.clock().new_id().to_string(),
    })
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
    who: Option<String>,
    procedure: &'a Description,
    fields: Vec<fields::Field>,
    mistakes: Vec<fields::Mistake>,
}

/// A level-2 form to fill in; nothing of it is kept.
pub async fn blank(
    person: Option<Person>,
    InForce(description): InForce,
) -> Result<Response, Problem> {
    fill_in(person.as_ref(), &description, &BTreeMap::new(), &[])
}

fn fill_in(
    person: Option<&Person>,
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
    web::page(&Blank {
        who: who(person),
        procedure: description,
        fields: fields::to_fill_in(description, answers, &errors),
        mistakes: fields::mistakes(description, &errors),
    })
}

#[derive(Template)]
#[template(path = "printed.html")]
struct Printed<'a> {
    who: Option<String>,
    procedure: &'a Description,
    answers: Vec<(String, String)>,
    papers: Vec<&'a str>,
    fee: Option<String>,
    date: String,
}

/// The filled-in form, to be printed and signed.
pub async fn printed(
    person: Option<Person>,
    State(app): State<App>,
    InForce(description): InForce,
    Form(posted): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let answers = fields::posted(&posted);
    let form = match description.validate_form(&answers) {
        Ok(form) => form,
        Err(errors) => {
            let page = fill_in(person.as_ref(), &description, &answers, &errors)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let concerns =
        |when: Option<&procedure::description::When>| when.is_none_or(|when| when.holds(&form));
    let papers = description
        .documents
        .iter()
        .filter(|paper| concerns(paper.when.as_ref()));
    let fee = description.fee(&form, Channel::Counter).ok();
    web::page(&Printed {
        who: who(person.as_ref()),
        procedure: &description,
        answers: fields::answered(&description, form.answers()),
        papers: papers.map(|paper| paper.name.vi.as_str()).collect(),
        fee: fee.map(|quote| quote.total.to_string()),
        date: web::day(app.clock().now()),
    })
}
