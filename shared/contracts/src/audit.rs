//! What every service says of its audit log.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::messages;

/// A service's audit log has grown, and what it is now is signed. Others keep that, so that nobody changes the log unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct CheckpointSealed {
    /// The service.
    pub log: String,
    /// How many entries the log had before.
    pub from: u64,
    /// The edge of the tree over those (RFC 6962): the roots of its full subtrees, the largest first, in base64.
    pub edge: Vec<String>,
    /// The hashes of the entries that were added, in their order, in base64.
    pub leaves: Vec<String>,
    /// What the log is now: a signed note (C2SP `tlog-checkpoint`).
    pub note: String,
    /// When.
    pub sealed_at: DateTime<Utc>,
}

messages! {
    CheckpointSealed = "audit.checkpoint-sealed.v1", Event,
        "A service's audit log has grown, and what it is now is signed.",
        dossier: |_message| None;
}
