//! What can be configured; `config.toml` explains each key.

use chassis::config::Secret;
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
    /// The folder of the bodies' seals; empty for none, `pretend` for worthless ones.
    pub seals: String,
    /// The folder of the officers' keys; empty for none, `pretend` for worthless ones.
    pub signers: String,
    /// The folder of the certificates that are believed when files are judged.
    pub anchors: String,
    /// Seconds that a timestamp authority or an issuer is waited for.
    pub outside_seconds: u64,
    /// Who confirms the time of signatures.
    pub timestamp: Timestamp,
    /// What is kept of what issuers say.
    pub revocation: Revocation,
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

/// A timestamp authority (RFC 3161).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    /// Its address; empty for none.
    pub url: String,
    /// The name to log in with; empty for none.
    pub user: String,
    /// The password to it.
    pub password: Secret,
}

/// What issuers say of certificates.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Whether it is fetched and kept in the files.
    pub fetch: bool,
    /// Hosts that may be asked beside those that our own keys' certificates name.
    pub hosts: Vec<String>,
}
