//! What desk says: reception, examination asked, decision.

pub mod lines;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Channel, Delivery, DossierCode, DossierId, ExaminationId, OrderId, OrganisationCode,
    PersonName, ProcedureCode, Vnd,
    intake::{Applicant, SealedDocument},
    message::messages,
};

/// What a handler is asked about: the application as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Application {
    /// The procedure.
    pub procedure: ProcedureCode,
    /// The version it was submitted under.
    pub procedure_version: u32,
    /// How it came in; fees and time limits may depend on it.
    pub channel: Channel,
    /// Who it is for.
    pub applicant: Applicant,
    /// The form's answers.
    pub form: BTreeMap<String, String>,
    /// The sealed papers.
    pub documents: Vec<SealedDocument>,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
}

/// Desk asks an agency's handler what is missing and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct AssessDossier {
    /// Which handler service is asked.
    pub handler: String,
    /// The dossier.
    pub dossier: DossierId,
    /// Counts the askings of one dossier, from 1; the answer repeats it.
    pub round: u32,
    /// The office that it is filed at; its tariffs count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationCode>,
    /// What is asked about.
    pub application: Application,
}

/// Desk asks an agency's handler for its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ExamineDossier {
    /// Which handler service is asked.
    pub handler: String,
    /// This asking; the answer repeats it.
    pub examination: ExaminationId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its code.
    pub code: DossierCode,
    /// What is asked about.
    pub application: Application,
}

/// The one-stop desk took a dossier in; the legal clock runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierReceived {
    /// The dossier.
    pub dossier: DossierId,
    /// The code the citizen gets.
    pub code: DossierCode,
    /// The office that received it.
    pub organisation: OrganisationCode,
    /// When.
    pub received_at: DateTime<Utc>,
    /// When the result is promised.
    pub due_at: DateTime<Utc>,
}

/// The desk did not take a dossier in (form 03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierRejected {
    /// The dossier.
    pub dossier: DossierId,
    /// Why.
    pub reason: String,
    /// When.
    pub rejected_at: DateTime<Utc>,
}

/// The citizen is asked to add something (form 02); the clock pauses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SupplementRequested {
    /// The dossier.
    pub dossier: DossierId,
    /// What to add, each a sentence.
    pub items: Vec<String>,
    /// When.
    pub requested_at: DateTime<Utc>,
}

/// An officer opened a dossier, for the first time on that day in Vietnam. Its owner is told who has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierOpened {
    /// The dossier.
    pub dossier: DossierId,
    /// The officer's account.
    pub officer: AccountId,
    /// The officer's name.
    pub name: PersonName,
    /// The officer's title, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When.
    pub opened_at: DateTime<Utc>,
}

/// The outcome of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Granted; the result shall be issued.
    Granted {
        /// The fields of the result, in order of printing.
        result: Vec<Field>,
    },
    /// Refused.
    Refused {
        /// Why.
        reason: String,
    },
}

/// One labelled value of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Field {
    /// The label as printed.
    pub label: String,
    /// The value as printed.
    pub value: String,
}

/// A dossier is decided and signed off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierDecided {
    /// The dossier.
    pub dossier: DossierId,
    /// Its code.
    pub code: DossierCode,
    /// The procedure.
    pub procedure: ProcedureCode,
    /// The version it was received under.
    pub procedure_version: u32,
    /// The office that decides.
    pub organisation: OrganisationCode,
    /// Who it is for.
    pub applicant: Applicant,
    /// How the result shall be handed over.
    pub delivery: Delivery,
    /// Number of copies of the result.
    pub copies: u32,
    /// Granted or refused.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Who signed it off.
    pub signed_by: PersonName,
    /// The signer's account; unknown for what was said before accounts were named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<AccountId>,
    /// The signer's title as printed.
    pub signer_title: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// A dossier is granted and signed off, and its result waits for the fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultAwaitsFee {
    /// The dossier.
    pub dossier: DossierId,
    /// The order that has to be paid.
    pub order: OrderId,
    /// What is owed.
    pub total: Vnd,
    /// When it was signed off.
    pub decided_at: DateTime<Utc>,
}

messages! {
    AssessDossier = "desk.assess-dossier.v1", Command, "What is missing, and what does it cost?", dossier: |m| Some(m.dossier), to: |m| &m.handler;
    ExamineDossier = "desk.examine-dossier.v1", Command, "What is the verdict?", dossier: |m| Some(m.dossier), to: |m| &m.handler;
    DossierOpened = "desk.dossier-opened.v1", Event, "An officer opened a dossier.", dossier: |m| Some(m.dossier);
    DossierReceived = "desk.dossier-received.v1", Event, "The desk took a dossier in; the legal clock runs.", dossier: |m| Some(m.dossier);
    DossierRejected = "desk.dossier-rejected.v1", Event, "The desk did not take a dossier in.", dossier: |m| Some(m.dossier);
    SupplementRequested = "desk.supplement-requested.v1", Event, "The citizen is asked to add something.", dossier: |m| Some(m.dossier);
    ResultAwaitsFee = "desk.result-awaits-fee.v1", Event, "A result is there and waits for its fee.", dossier: |m| Some(m.dossier);
    DossierDecided = "desk.dossier-decided.v1", Event, "A dossier is decided and signed off.", dossier: |m| Some(m.dossier);
}
