//! What can be configured; `config.toml` explains each key.

use serde::Deserialize;

/// Notification's configuration.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The mail server.
    pub smtp: Smtp,
}

/// The mail server. Its address may hold a password, so that this is never printed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Where it is; empty to write files.
    pub url: String,
    /// Whom mails come from.
    pub from: String,
    /// The longest that one step may take.
    pub timeout_seconds: u64,
    /// How long a server that cannot be reached is left alone.
    pub rest_seconds: u32,
}
