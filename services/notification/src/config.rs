//! What can be configured; `config.toml` explains each key.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::channel::config::Channels;

/// Notification's configuration.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The mail server.
    pub smtp: Smtp,
    /// The other channels.
    #[serde(default)]
    pub channels: Channels,
    /// How many messages are handed to providers at once.
    pub in_flight: usize,
    /// When digests go out, in Vietnam.
    pub digest_at: String,
    /// From when on people are left alone, in Vietnam; empty for never.
    pub quiet_from: String,
    /// Until when.
    pub quiet_to: String,
    /// News that asks for something while a legal time runs.
    pub urgent: Telling,
    /// News of the day.
    pub normal: Telling,
    /// News for the record.
    pub low: Telling,
    /// How long each channel has to confirm a delivery.
    pub confirm_minutes: Confirm,
    /// The public key by which browsers know us (VAPID), base64url; empty to offer no notes.
    pub push_public_key: String,
    /// Agencies that are told over HTTP.
    pub webhooks: Webhooks,
    /// The templates of Zalo's, by kind of news.
    pub zalo_templates: BTreeMap<String, String>,
}

/// How news of one urgency is told.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// The channels in their order.
    pub channels: String,
    /// Whether it may be told in quiet hours.
    pub passes_quiet_hours: bool,
    /// Whether an officer calls when nothing else reached the person.
    pub call: bool,
    /// For how long a channel that says "not now" is tried again.
    pub patience_minutes: u32,
}

/// How long each channel has to confirm a delivery; 0 where being taken has to do.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// Of e-mail.
    pub mail: u32,
    /// Of SMS.
    pub sms: u32,
    /// Of Zalo.
    pub zalo: u32,
    /// Of notes in the browser.
    pub push: u32,
}

/// Agencies that are told over HTTP.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Whether they may be in a private network, and be called without TLS.
    pub private: bool,
    /// The longest that an answer may take.
    pub timeout_seconds: u64,
    /// After how many failures in a row one is paused.
    pub pause_after: u32,
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
