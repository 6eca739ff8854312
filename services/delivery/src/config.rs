//! What can be configured; `config.toml` explains each key.

use serde::Deserialize;

use crate::post::Contract;

/// Delivery's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who gets a copy of a result.
    pub recipients: Vec<String>,
    /// Bytes of a file brought for comparison.
    pub compare_limit: usize,
    /// The seed that statements are signed with; empty for the one in the database.
    pub proof_key: String,
    /// The folder of the bodies' seals; empty for none.
    pub seals: String,
    /// The words of a refusal.
    pub refusal: Refusal,
    /// The post office.
    pub post: Contract,
}

/// The words of the notice that a refused dossier gets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The symbol after the number.
    pub symbol: String,
    /// The title.
    pub title: String,
    /// What it is called in English.
    pub title_en: String,
    /// The label before the procedure's name.
    pub request: String,
    /// The label before the reason.
    pub reason: String,
    /// The last paragraph.
    pub closing: String,
}
