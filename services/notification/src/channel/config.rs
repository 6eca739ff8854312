//! What can be configured of the channels; `config.example.toml` beside this file explains each key.

use serde::Deserialize;

/// All channels. What is left out is off.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Channels {
    /// E-mail.
    pub mail: Mail,
}

/// The mail server. Its address may hold a password, so that this is never printed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// Where it is; empty to write files.
    pub url: String,
    /// Whom mails come from.
    pub from: String,
    /// The longest that one step may take.
    pub timeout_seconds: u64,
    /// How long a server that cannot be reached is left alone.
    pub rest_seconds: u32,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            url: String::new(),
            from: "Một Cửa <mot-cua@example.vn>".into(),
            timeout_seconds: 10,
            rest_seconds: 5,
        }
    }
}
