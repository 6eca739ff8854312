//! What intake says: the citizen's acts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Channel, CitizenId, Delivery, DocumentId, DossierId, PersonName, PhoneNumber,
    ProcedureCode, Text, message::messages, scan::ReadField,
};

/// The person a dossier is for, with what is needed to reach them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Applicant {
    /// Their account.
    pub account: AccountId,
    /// Full name.
    pub name: PersonName,
    /// Personal identification number.
    pub citizen_id: CitizenId,
    /// Mobile number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Postal address on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
}

/// One paper of a sealed dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SealedDocument {
    /// Which component of the procedure it answers (thành phần hồ sơ).
    pub component: String,
    /// The document in scan.
    pub document: DocumentId,
    /// SHA-256 of the original, lower hex.
    pub sha256: String,
    /// What was read on it, as far as the form asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<ReadField>,
}

/// A citizen submitted a dossier; its papers are sealed by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierSubmitted {
    /// The dossier.
    pub dossier: DossierId,
    /// The procedure it is under.
    pub procedure: ProcedureCode,
    /// The procedure's version when it was submitted.
    pub procedure_version: u32,
    /// How it came in.
    pub channel: Channel,
    /// Who it is for.
    pub applicant: Applicant,
    /// The form's answers by field name.
    pub form: BTreeMap<String, String>,
    /// The sealed papers.
    pub documents: Vec<SealedDocument>,
    /// How the result shall be handed over.
    pub delivery: Delivery,
    /// When.
    pub submitted_at: DateTime<Utc>,
}

/// The citizen answered a supplement request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierSupplemented {
    /// The dossier.
    pub dossier: DossierId,
    /// The form as it stands now.
    pub form: BTreeMap<String, String>,
    /// All sealed papers as they stand now.
    pub documents: Vec<SealedDocument>,
    /// When.
    pub supplemented_at: DateTime<Utc>,
}

/// A dossier was filed or supplemented with these documents: what scan needs to know of it, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PapersEnclosed {
    /// The dossier.
    pub dossier: DossierId,
    /// The procedure it is under.
    pub procedure: ProcedureCode,
    /// All documents that it has now.
    pub documents: Vec<DocumentId>,
    /// When.
    pub enclosed_at: DateTime<Utc>,
}

messages! {
    DossierSubmitted = "intake.dossier-submitted.v1", Event, "A citizen submitted a dossier.", dossier: |m| Some(m.dossier);
    DossierSupplemented = "intake.dossier-supplemented.v1", Event, "The citizen answered a supplement request.", dossier: |m| Some(m.dossier);
    PapersEnclosed = "intake.papers-enclosed.v1", Event, "Which documents a dossier was filed with.", dossier: |m| Some(m.dossier);
}
