//! What can be configured; `config.toml` explains each key.

use serde::Deserialize;

/// Intake's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many drafts one citizen may have open at once.
    pub most_drafts: u64,
}
