//! What delivery says: results issued and handed over.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Delivery, DossierId, ResultId, message::messages};

/// Delivery asks itself to render a numbered result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct RenderResult {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
}

/// A result is numbered, rendered and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultIssued {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its number and symbol, as printed.
    pub number: String,
    /// SHA-256 of the PDF, lower hex.
    pub sha256: String,
    /// The code by which anybody can check it.
    pub check_code: String,
    /// How it shall be handed over.
    pub delivery: Delivery,
    /// When.
    pub issued_at: DateTime<Utc>,
}

/// A result is in the citizen's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultHandedOver {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
    /// By which way.
    pub delivery: Delivery,
    /// When.
    pub handed_over_at: DateTime<Utc>,
}

/// A result counts no more: the agency took it back, or issued another one for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultRevoked {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its number and symbol, as printed.
    pub number: String,
    /// Why.
    pub reason: String,
    /// The one that stands for it, if there is one.
    pub replaced_by: Option<ResultId>,
    /// When.
    pub revoked_at: DateTime<Utc>,
}

messages! {
    RenderResult = "delivery.render-result.v1", Command, "Render a numbered result.", dossier: |m| Some(m.dossier);
    ResultIssued = "delivery.result-issued.v1", Event, "A result is numbered, rendered and stored.", dossier: |m| Some(m.dossier);
    ResultHandedOver = "delivery.result-handed-over.v1", Event, "A result is in the citizen's hands.", dossier: |m| Some(m.dossier);
    ResultRevoked = "delivery.result-revoked.v1", Event, "A result counts no more: it was taken back, or replaced.", dossier: |m| Some(m.dossier);
}
