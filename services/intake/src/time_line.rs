//! What happened to a dossier, as sentences; the words stand in `templates/time_line.*.txt`.

use askama::Template;
use chassis::http::Problem;
use chrono::{DateTime, Utc};
use contracts::{Delivery, identity::Consent, notification::Way, payment::Method};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Fact, Life};

/// One entry of the time line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Entry {
    /// What happened, e.g. `received`.
    pub event: &'static str,
    /// When.
    pub at: DateTime<Utc>,
    /// In Vietnamese.
    pub text_vi: String,
    /// In English.
    pub text_en: String,
}

/// How much an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Everything: for the citizen and the officers.
    InFull,
    /// Nothing that is about a person: for who knows only the code.
    Bare,
}

#[derive(Template)]
#[template(path = "time_line.vi.txt")]
struct Vietnamese<'a> {
    fact: &'a Fact,
    in_full: bool,
}

#[derive(Template)]
#[template(path = "time_line.en.txt")]
struct English<'a> {
    fact: &'a Fact,
    in_full: bool,
}

/// The time line, oldest first.
pub fn of(life: &Life, telling: Telling) -> Result<Vec<Entry>, Problem> {
    let in_full = telling == Telling::InFull;
    let events = life.events().iter();
    events
        .map(|event| {
            let fact = &event.fact;
            Ok(Entry {
                event: fact.name(),
                at: event.at,
                text_vi: rendered(&Vietnamese { fact, in_full })?,
                text_en: rendered(&English { fact, in_full })?,
            })
        })
        .collect()
}

fn rendered(template: &impl Template) -> Result<String, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %error, "a time line cannot be told");
        Problem::internal()
    })?;
    Ok(text.trim().to_owned())
}
