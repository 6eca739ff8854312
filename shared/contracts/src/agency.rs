//! What every agency's handler says in answer to the desk.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DossierId, ExaminationId, Vnd, desk::Field, message::messages, payment::FeeLine};

/// The answer to `AssessDossier`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierAssessed {
    /// The dossier.
    pub dossier: DossierId,
    /// The asking it answers.
    pub round: u32,
    /// What is missing, each a sentence; empty when complete.
    pub missing: Vec<String>,
    /// The fee, line by line; empty when free.
    pub fee: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
    /// When.
    pub assessed_at: DateTime<Utc>,
}

/// A handler's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Grant, with what stands on the result.
    Grant {
        /// Fields of the result, in order of printing.
        result: Vec<Field>,
    },
    /// Refuse.
    Refuse {
        /// Why.
        reason: String,
    },
    /// Ask the citizen for more.
    Supplement {
        /// What to add, each a sentence.
        items: Vec<String>,
    },
    /// A person must look at it.
    Officer {
        /// What to look at.
        note: String,
    },
}

/// The answer to `ExamineDossier`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct DossierExamined {
    /// The dossier.
    pub dossier: DossierId,
    /// The asking it answers.
    pub examination: ExaminationId,
    /// The handler service that answers.
    pub handler: String,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// When.
    pub examined_at: DateTime<Utc>,
}

messages! {
    DossierAssessed = "agency.dossier-assessed.v1", Event, "What is missing and what it costs.", dossier: |m| Some(m.dossier);
    DossierExamined = "agency.dossier-examined.v1", Event, "A handler's verdict.", dossier: |m| Some(m.dossier);
}
