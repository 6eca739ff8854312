//! What can be configured; `config.toml` explains each key.

use contracts::delivery::WaitsFor;
use serde::Deserialize;

use crate::{deposits::Shape, post::Contract};

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
    /// When owners are reminded.
    pub unclaimed: Unclaimed,
    /// The national store of citizens' papers.
    pub store: Shape,
}

/// After how many days owners are reminded of results that they have not taken; after the last of them an officer calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unclaimed {
    /// On paper at the counter, since it was issued.
    pub counter: Vec<u32>,
    /// In the portal, unopened, since it was there.
    pub portal: Vec<u32>,
    /// Brought back by the post, since then.
    pub returned: Vec<u32>,
}

impl Unclaimed {
    /// The days for what waits so.
    pub fn days(&self, waits_for: WaitsFor) -> &[u32] {
        match waits_for {
            WaitsFor::Collection => &self.counter,
            WaitsFor::Opening => &self.portal,
            WaitsFor::AnotherWay => &self.returned,
        }
    }
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
