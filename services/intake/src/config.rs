//! What can be configured; `config.toml` explains each key.

use serde::Deserialize;

use crate::domain::share::Share;

/// Intake's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many drafts one citizen may have open at once.
    pub most_drafts: u64,
    /// Megabytes that the papers of one dossier may have together.
    dossier_megabytes: u32,
    /// How many papers one dossier may have.
    dossier_papers: u32,
}

impl Config {
    /// What the papers of one dossier may have together.
    pub fn share(&self) -> Share {
        Share {
            bytes: u64::from(self.dossier_megabytes) * 1024 * 1024,
            papers: usize::try_from(self.dossier_papers).unwrap_or(usize::MAX),
        }
    }
}
