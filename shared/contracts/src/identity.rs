//! What identity says: who may act for whom, and whom they act for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AccountId, CitizenId, MandateId, PersonName, PhoneNumber, ProcedureCode, message::messages,
};

/// What an agent may do for somebody (phạm vi ủy quyền).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MandateAct {
    /// See dossiers and where they stand.
    View,
    /// Open drafts, fill them in and enclose papers.
    Fill,
    /// File dossiers and answer supplement requests.
    Submit,
    /// Pay fees.
    Pay,
    /// Open results.
    Receive,
}

impl MandateAct {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::View,
        Self::Fill,
        Self::Submit,
        Self::Pay,
        Self::Receive,
    ];
}

/// How somebody agreed that another acts for them.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Signed in, to an agent of their own choice.
    #[default]
    Given,
    /// By a one-time code, to whoever sits before them and fills in for them: it reaches no dossier but those that are opened under
    /// it, and those no longer than they are drafts.
    Assisted,
}

/// A mandate counts from now on: its agent has accepted it. It holds ids only; who these people are, other messages say to those who
/// need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MandateGiven {
    /// The mandate.
    pub mandate: MandateId,
    /// Who is acted for.
    pub giver: AccountId,
    /// Who acts.
    pub agent: AccountId,
    /// What for.
    pub acts: BTreeSet<MandateAct>,
    /// Under which procedures; under all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedures: Option<BTreeSet<ProcedureCode>>,
    /// How it was agreed to.
    #[serde(default)]
    pub consent: Consent,
    /// When it began to count.
    pub given_at: DateTime<Utc>,
    /// When it ends by itself.
    pub valid_until: DateTime<Utc>,
}

/// A mandate counts no more: one of the two has ended it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MandateEnded {
    /// The mandate.
    pub mandate: MandateId,
    /// When.
    pub ended_at: DateTime<Utc>,
}

/// Somebody whom others may file for: what a dossier says of whom it is for, who does not file it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct GiverIntroduced {
    /// Their account.
    pub account: AccountId,
    /// Full name; an organisation's own.
    pub name: PersonName,
    /// Personal identification number; an organisation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citizen_id: Option<CitizenId>,
    /// Mobile number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An organisation's tax code (mã số thuế).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// When this was so: the newest counts.
    pub told_at: DateTime<Utc>,
}

/// A session that is over before its token runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct EndedSession {
    /// The token's `sid`.
    pub session: Uuid,
    /// When its token runs out: until then it must not be believed, and then nobody does.
    pub believed_until: DateTime<Utc>,
}

/// Sessions are over: their tokens are believed no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SessionsEnded {
    /// Which.
    pub sessions: Vec<EndedSession>,
    /// When.
    pub ended_at: DateTime<Utc>,
}

messages! {
    SessionsEnded = "identity.sessions-ended.v1", Event, "Sessions are over: their tokens are believed no more.", dossier: |_message| None;
    MandateGiven = "identity.mandate-given.v1", Event, "Somebody may act for another from now on.", dossier: |_m| None;
    MandateEnded = "identity.mandate-ended.v1", Event, "Somebody may act for another no more.", dossier: |_m| None;
    GiverIntroduced = "identity.giver-introduced.v1", Event, "Whom others may file for, as a dossier names them.", dossier: |_m| None;
}
