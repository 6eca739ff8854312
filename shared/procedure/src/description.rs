//! The description of a procedure (thủ tục): everything about it that is data, written as one YAML file.

use calendar::{Cause, TimeLimit};
use chrono::NaiveDate;
use contracts::{
    Channel, Delivery, ProcedureCode,
    desk::{self, Application},
};
use serde::{Deserialize, Serialize};

use crate::Bilingual;

mod assurance;
mod check;
mod documents;
mod fee;
mod form;
mod level;
pub mod notices;
mod when;

pub use assurance::Needs;
pub(crate) use check::is_id;
pub use check::{Invalid, read_yaml};
pub use documents::{Component, Handling};
pub use fee::{
    Due, Exemption, FeeRule, FeeTable, Filing, Less, Percent, Piece, Quantity, Quote, Source, Step,
    Tariff, Unpriced,
};
pub use form::{Choice, FieldError, FieldKind, Form, FormField};
pub use level::{Level, Term};
pub use notices::{News, Notice, Notices};
pub use when::When;

/// One version of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Its national code.
    pub code: ProcedureCode,
    /// Counts the versions, from 1. A dossier keeps the version under which it was received.
    pub version: u32,
    /// The first day on which this version is in force.
    pub effective_from: NaiveDate,
    /// What it is called.
    pub name: Bilingual,
    /// What it is for, in a sentence or two for the citizen.
    pub summary: Bilingual,
    /// Other words by which people look for it.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// How much of it goes online.
    pub level: Level,
    /// The field it belongs to (lĩnh vực).
    pub field: ServiceField,
    /// The service that handles it; examined by officers alone when absent.
    #[serde(default)]
    pub agency: Option<String>,
    /// The levels of authority that settle it.
    pub authorities: Vec<Authority>,
    /// Who may ask for it.
    pub subjects: Vec<Subject>,
    /// How it can be filed (cách thức thực hiện).
    pub channels: Vec<Channel>,
    /// How long it may take, by channel.
    pub time_limits: TimeLimits,
    /// What stops the legal clock.
    #[serde(default = "supplement_only")]
    pub clock_stops_for: Vec<Cause>,
    /// How surely its applicant must be known for each act; as they say themselves where it is left out.
    #[serde(default)]
    pub assurance: Needs,
    /// The papers to hand in or to show (thành phần hồ sơ).
    #[serde(default)]
    pub documents: Vec<Component>,
    /// The electronic form (tờ khai), field by field.
    #[serde(default)]
    pub form: Vec<FormField>,
    /// What it costs.
    #[serde(default)]
    pub fee: FeeTable,
    /// Who receives a dossier that comes in online.
    pub reception: Reception,
    /// Who signs the result.
    pub sign_off: SignOff,
    /// What the citizen gets.
    pub result: ResultKind,
    /// How the result can be handed over.
    pub delivery: Vec<Delivery>,
    /// What happens, step by step.
    pub steps: Vec<Bilingual>,
    /// Requirements and conditions, if any.
    #[serde(default)]
    pub conditions: Vec<Bilingual>,
    /// The law it rests on.
    pub legal_basis: Vec<LegalBasis>,
    /// What its people are told in words of its own.
    #[serde(default)]
    pub notices: Notices,
}

/// A field of public services (lĩnh vực), e.g. civil status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceField {
    /// Its national code where known, e.g. `G15-TP07`.
    #[serde(default)]
    pub code: Option<String>,
    /// What it is called.
    pub name: Bilingual,
}

/// A level of authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The commune (xã, phường, đặc khu).
    Commune,
    /// The district (huyện), which there was until 30 June 2025.
    District,
    /// The province (tỉnh, thành phố).
    Province,
}

/// Who may ask for a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Vietnamese citizens.
    Citizen,
    /// Vietnamese who live abroad.
    OverseasVietnamese,
    /// Foreigners.
    Foreigner,
    /// Enterprises.
    Enterprise,
    /// Cooperatives.
    Cooperative,
    /// Other organisations.
    Organisation,
    /// Officials.
    Official,
}

/// How long the procedure may take; a channel left out isn't offered or has no limit of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimits {
    /// Filed over the web.
    #[serde(default)]
    pub online: Option<Limit>,
    /// Filed at the desk.
    #[serde(default)]
    pub counter: Option<Limit>,
    /// Sent by public post.
    #[serde(default)]
    pub post: Option<Limit>,
}

/// A time limit with what the citizen should know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How long.
    pub limit: TimeLimit,
    /// What else the law says.
    #[serde(default)]
    pub note: Option<Bilingual>,
}

/// Who receives a dossier that comes in online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reception {
    /// An officer looks at it first.
    Officer,
    /// It is received at once when nothing is missing.
    Rule,
}

/// Who signs the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The signer's title as printed.
    pub title: Bilingual,
}

/// What the citizen gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultKind {
    /// What it is called.
    pub name: Bilingual,
    /// Its national code, e.g. `KQ.G15.000342`.
    pub code: String,
    /// The layout that it is printed by: `layouts/NAME.typ` in the catalogue. The house's own when absent.
    #[serde(default)]
    pub layout: Option<String>,
    /// What may stand on it, of nobody that there is: what its layout is tried with and shown by.
    #[serde(default)]
    pub examples: Vec<Vec<desk::Field>>,
    /// The symbol after the number, e.g. `TLHT-BS` in `12/TLHT-BS`.
    pub symbol: String,
    /// How many copies of it are issued; one when absent.
    #[serde(default)]
    pub copies: Quantity,
}

/// One law, decree or circular.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// Its number, e.g. `60/2014/QH13`.
    pub number: String,
    /// Its title; left out where nobody has checked it.
    #[serde(default)]
    pub title: Option<String>,
}

/// The index counts supplements only; other causes stop the clock where the law of a procedure says so.
fn supplement_only() -> Vec<Cause> {
    vec![Cause::Supplement]
}

impl Description {
    /// Reads a description and checks that it makes sense as a whole.
    pub fn from_yaml(text: &str) -> Result<Self, Invalid> {
        let description: Self = read_yaml(text)?;
        description.check()?;
        Ok(description)
    }

    /// Whether a dossier can be filed online (levels 3 and 4).
    pub fn is_offered_online(&self) -> bool {
        self.level.is_filed_online() && self.channels.contains(&Channel::Online)
    }

    /// How long the procedure may take when filed by `channel`.
    pub fn time_limit(&self, channel: Channel) -> Option<&Limit> {
        match channel {
            Channel::Online => self.time_limits.online.as_ref(),
            Channel::Counter => self.time_limits.counter.as_ref(),
            Channel::Post => self.time_limits.post.as_ref(),
        }
    }

    /// How many copies of the result this form asks for.
    pub fn copies(&self, form: &Form) -> u32 {
        self.result.copies.resolve(form).unwrap_or(1)
    }

    /// What an application lacks, each a sentence in Vietnamese; empty when it is complete.
    ///
    /// A form that isn't filled in properly counts as something missing: so nothing incomplete is ever examined.
    pub fn missing(&self, application: &Application) -> Vec<String> {
        match self.validate_form(&application.form) {
            Ok(form) => self.missing_documents(&form, &application.documents),
            Err(errors) => errors.iter().map(|error| self.sentence(error)).collect(),
        }
    }

    /// A wrong answer as a sentence in Vietnamese that names the field as the form does.
    pub fn sentence(&self, error: &FieldError) -> String {
        let field = self
            .form_field(&error.field)
            .map_or(error.field.as_str(), |field| &field.label.vi);
        format!("{field}: {}.", error.reason.vi)
    }
}
