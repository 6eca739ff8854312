//! What scan says: the fate of each document.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, BatchId, BatchPartId, DocumentId, DossierCode, DossierId, PersonName,
    message::messages,
};

/// Scan asks itself to check and read a stored document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ReadDocument {
    /// The document.
    pub document: DocumentId,
}

/// Whether a document may be used in a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    Accepted,
    /// It may not.
    Rejected {
        /// Why, in Vietnamese.
        reason_vi: String,
        /// Why, in English.
        reason_en: String,
    },
}

/// How much it matters that a page's picture has a flaw.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FlawWeight {
    /// Another picture would be better; this one may pass.
    Advice,
    /// Nobody can work with it.
    Unusable,
}

/// What is wrong with the picture of a page, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PageFlaw {
    /// The page, from 1.
    pub page: u32,
    /// What, in a word: `blur`, `dark`, `glare`, `coarse`, `cut`, `blank`; more may come.
    pub kind: String,
    /// How much it matters.
    pub weight: FlawWeight,
    /// What its sender is told, in Vietnamese.
    pub advice_vi: String,
    /// What its sender is told, in English.
    pub advice_en: String,
}

/// The most flaws that a message names; what nobody can work with is among them.
pub const MOST_FLAWS: usize = 20;

/// A place on a straightened page, in thousandths of its width and height.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
pub struct PagePlace {
    /// From the left edge.
    pub left: u16,
    /// From the upper edge.
    pub top: u16,
    /// How wide.
    pub width: u16,
    /// How high.
    pub height: u16,
}

/// Something that was read on a document whose kind of paper is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ReadField {
    /// Which field, as the paper's file in the catalogue calls it.
    pub name: String,
    /// What it says, in the form in which a form's answer is kept.
    pub value: String,
    /// How sure that is, 0 to 100.
    pub confidence: u8,
    /// Whether it need not be looked at again: a code or check digits say so, and nothing speaks against it.
    pub certain: bool,
    /// Whether something else in the document says otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// The page, from 1.
    pub page: u32,
    /// Where on it.
    pub place: PagePlace,
}

/// A document was checked and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DocumentChecked {
    /// The document.
    pub document: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// As what kind of paper it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// SHA-256 of the original, lower hex.
    pub sha256: String,
    /// Media type by content.
    pub media_type: String,
    /// Size of the original in bytes.
    pub bytes: u64,
    /// Number of pages.
    pub pages: u32,
    /// Letters read by OCR or found in the text layer.
    pub letters: u32,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What is wrong with the pictures of its pages, in their order; the worst 20 of more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<PageFlaw>,
    /// What was read on it, 40 fields at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ReadField>,
    /// When.
    pub checked_at: DateTime<Utc>,
}

/// Its owner keeps an accepted paper, so that later dossiers may have it too; or something about a kept one has changed.
/// Of what is said about one document, the highest revision counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PaperKept {
    /// The document.
    pub document: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// Which kind of paper: a file in `catalogue/papers`.
    pub kind: String,
    /// What its owner's file is called: by this they know it again.
    pub name: String,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// The last day on which it is valid; without one it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// The dossier that was filed with it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_dossier: Option<DossierId>,
    /// Counts what was said about keeping this document.
    pub revision: u32,
    /// When this was so.
    pub kept_at: DateTime<Utc>,
}

/// A kept paper is kept no more; dossiers that have it keep it. Of what is said about one document, the highest revision counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PaperReleased {
    /// The document.
    pub document: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// Counts what was said about keeping this document.
    pub revision: u32,
    /// When.
    pub released_at: DateTime<Utc>,
}

/// By what a dossier is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DossierNamed {
    /// By its id, as a cover sheet does.
    Id(DossierId),
    /// By its code, as an officer does.
    Code(DossierCode),
}

/// Papers of a counter's batch are to be filed: whose are they, and may they be?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PartFound {
    /// The papers.
    pub part: BatchPartId,
    /// The stack they lay in.
    pub batch: BatchId,
    /// The dossier they belong to.
    pub dossier: DossierNamed,
    /// The component they answer; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Whether they shall take the place of what is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// Counts how often it was asked for these papers: an answer to an earlier question is no answer any more.
    pub question: u32,
    /// When.
    pub found_at: DateTime<Utc>,
}

/// Papers of a counter's batch are a document of the dossier's owner, to be enclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct PartFiled {
    /// The papers.
    pub part: BatchPartId,
    /// The stack they lay in.
    pub batch: BatchId,
    /// The document they have become.
    pub document: DocumentId,
    /// The dossier they belong to.
    pub dossier: DossierId,
    /// The component they answer.
    pub component: String,
    /// Whether they take the place of what is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// The question that this follows.
    pub question: u32,
    /// Who scanned them.
    pub officer: AccountId,
    /// What they are called.
    pub officer_name: PersonName,
    /// When.
    pub filed_at: DateTime<Utc>,
}

messages! {
    ReadDocument = "scan.read-document.v1", Command, "Check and read a stored document.", dossier: |_m| None;
    DocumentChecked = "scan.document-checked.v1", Event, "A document was checked and read.", dossier: |_m| None;
    PaperKept = "scan.paper-kept.v1", Event, "Its owner keeps a paper for later dossiers.", dossier: |_m| None;
    PaperReleased = "scan.paper-released.v1", Event, "A paper is kept no more.", dossier: |_m| None;
    PartFound = "scan.part-found.v1", Event, "Papers of a counter's batch are to be filed to a dossier.", dossier: |m| match &m.dossier { DossierNamed::Id(id) => Some(*id), DossierNamed::Code(_) => None };
    PartFiled = "scan.part-filed.v1", Event, "Papers of a counter's batch are a document of the dossier's owner.", dossier: |m| Some(m.dossier);
}
