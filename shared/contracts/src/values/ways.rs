//! The ways in and out: how a dossier comes, how its result goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a dossier came in (KenhThucHien of the national dossier list).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Over the web.
    Online,
    /// At the one-stop desk.
    Counter,
    /// By public post.
    Post,
}

/// How the citizen wants the result.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As a file in the portal.
    Portal,
    /// On paper, at the one-stop desk.
    Counter,
    /// On paper, by public post.
    Post,
}
