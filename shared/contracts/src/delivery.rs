//! What delivery says: results issued and handed over.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Delivery, DossierId, PersonName, ResultId, message::messages};

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

/// An officer opened a result, for the first time on that day in Vietnam. Its owner is told who has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultOpened {
    /// The result.
    pub result: ResultId,
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

/// A code was made for whoever collects a result at the counter: its owner is to have it, and nobody else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct CollectionCodeMade {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
    /// The code: six digits.
    pub code: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for CollectionCodeMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the code.
        f.debug_struct("CollectionCodeMade")
            .field("result", &self.result)
            .field("dossier", &self.dossier)
            .finish_non_exhaustive()
    }
}

/// What a result waits for that its owner has not taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// To be collected at the counter.
    Collection,
    /// To be opened in the portal.
    Opening,
    /// To be collected or sent again: the post brought it back.
    AnotherWay,
}

/// A result waits, and its owner has not taken it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct ResultUnclaimed {
    /// The result.
    pub result: ResultId,
    /// The dossier.
    pub dossier: DossierId,
    /// Its number and symbol, as printed.
    pub number: String,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// For how many days.
    pub days: u32,
    /// Whether its owner is reminded no more, and an officer calls.
    pub is_last: bool,
    /// When that was noticed.
    pub noticed_at: DateTime<Utc>,
}

messages! {
    RenderResult = "delivery.render-result.v1", Command, "Render a numbered result.", dossier: |m| Some(m.dossier);
    ResultIssued = "delivery.result-issued.v1", Event, "A result is numbered, rendered and stored.", dossier: |m| Some(m.dossier);
    ResultHandedOver = "delivery.result-handed-over.v1", Event, "A result is in the citizen's hands.", dossier: |m| Some(m.dossier);
    ResultRevoked = "delivery.result-revoked.v1", Event, "A result counts no more: it was taken back, or replaced.", dossier: |m| Some(m.dossier);
    ResultOpened = "delivery.result-opened.v1", Event, "An officer opened a result.", dossier: |m| Some(m.dossier);
    CollectionCodeMade = "delivery.collection-code-made.v1", Event, "A code was made for whoever collects a result.", dossier: |m| Some(m.dossier);
    ResultUnclaimed = "delivery.result-unclaimed.v1", Event, "A result waits, and its owner has not taken it.", dossier: |m| Some(m.dossier);
}
