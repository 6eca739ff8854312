//! What intake says: the citizen's acts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, BatchPartId, Channel, CitizenId, Delivery, DocumentId, DossierId, MandateId,
    PersonName, PhoneNumber, ProcedureCode, Text, identity::Consent, message::messages,
    scan::ReadField,
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

/// Who typed and filed a dossier that is another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct FiledBy {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: PersonName,
    /// What lets them.
    pub mandate: MandateId,
    /// How its applicant agreed to it.
    #[serde(default)]
    pub consent: Consent,
    /// The tax code of the organisation that they act for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
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
    /// Who filed it under a mandate; absent when its applicant did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_by: Option<FiledBy>,
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
    /// Whose it is, so that they see what others have enclosed for them. Senders from before it was there leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AccountId>,
    /// All documents that it has now.
    pub documents: Vec<DocumentId>,
    /// When.
    pub enclosed_at: DateTime<Utc>,
}

/// Papers of a counter's batch may be filed, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PartPlaced {
    /// The papers.
    pub part: BatchPartId,
    /// The question that this answers.
    pub question: u32,
    /// The dossier.
    pub dossier: DossierId,
    /// The component they answer.
    pub component: String,
    /// What that is called, in Vietnamese.
    pub paper_vi: String,
    /// What that is called, in English.
    pub paper_en: String,
    /// As what kind of paper they are read.
    pub kind: String,
    /// Whose dossier it is.
    pub owner: AccountId,
    /// When.
    pub placed_at: DateTime<Utc>,
}

/// A component that papers could be filed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PartChoice {
    /// The component.
    pub component: String,
    /// What it is called, in Vietnamese.
    pub name_vi: String,
    /// What it is called, in English.
    pub name_en: String,
    /// Whether something is enclosed for it already.
    pub is_there: bool,
}

/// Papers of a counter's batch cannot be filed as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PartRefused {
    /// The papers.
    pub part: BatchPartId,
    /// The question that this answers.
    pub question: u32,
    /// Why, in Vietnamese.
    pub reason_vi: String,
    /// Why, in English.
    pub reason_en: String,
    /// What they could be filed for instead, where the dossier takes papers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<PartChoice>,
    /// When.
    pub refused_at: DateTime<Utc>,
}

/// How much about a dossier should be looked at by a person.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SignalLevel {
    /// Nothing.
    None,
    /// Something small.
    Low,
    /// Something worth a look.
    Medium,
    /// Look before anything else.
    High,
}

/// Something about a dossier that happens with forged ones more often than with honest ones. It proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Signal {
    /// What, in a word: `file_spread`, `card_of_another`; more may come.
    pub code: String,
    /// How much it weighs, 1 to 100.
    pub weight: u8,
    /// What was compared and found, in Vietnamese. Names nobody.
    pub why_vi: String,
    /// The same in English.
    pub why_en: String,
    /// What an officer can do about it, in Vietnamese.
    pub advice_vi: String,
    /// The same in English.
    pub advice_en: String,
    /// The other dossiers that it is about, the newest of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dossiers: Vec<DossierId>,
}

/// What was found about a dossier that an officer should look at. Of what is said about one dossier, the highest revision counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SignalsFound {
    /// The dossier.
    pub dossier: DossierId,
    /// Counts what was said about this dossier.
    pub revision: u32,
    /// All of it together, 0 to 100.
    pub score: u8,
    /// How much that is.
    pub level: SignalLevel,
    /// Each, the weightiest first; none where what was found before holds no more.
    pub signals: Vec<Signal>,
    /// When.
    pub found_at: DateTime<Utc>,
}

messages! {
    DossierSubmitted = "intake.dossier-submitted.v1", Event, "A citizen submitted a dossier.", dossier: |m| Some(m.dossier);
    DossierSupplemented = "intake.dossier-supplemented.v1", Event, "The citizen answered a supplement request.", dossier: |m| Some(m.dossier);
    PapersEnclosed = "intake.papers-enclosed.v1", Event, "Which documents a dossier was filed with.", dossier: |m| Some(m.dossier);
    SignalsFound = "intake.signals-found.v1", Event, "What about a dossier an officer should look at.", dossier: |m| Some(m.dossier);
    PartPlaced = "intake.part-placed.v1", Event, "Papers of a counter's batch may be filed, and whose they are.", dossier: |m| Some(m.dossier);
    PartRefused = "intake.part-refused.v1", Event, "Papers of a counter's batch cannot be filed as asked for.", dossier: |_m| None;
}
