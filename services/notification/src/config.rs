//! What can be configured; `config.toml` explains each key.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::channel::config::{Channels, Failover, Mail, Push, Sms, Zalo};

/// Notification's configuration.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The mail server.
    pub smtp: Mail,
    /// Text messages.
    pub sms: Sms,
    /// Zalo.
    pub zalo: Zalo,
    /// Notes in the browser.
    pub push: Push,
    /// When a provider is left alone.
    pub failover: Failover,
    /// Whether pretend providers carry every channel that nobody is configured for.
    pub pretend: bool,
    /// One-time codes, and warnings of what was done to accounts.
    pub codes: Codes,
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
    /// Agencies that are told over HTTP.
    pub webhooks: Webhooks,
    /// The templates of Zalo's, by kind of news.
    pub zalo_templates: BTreeMap<String, String>,
}

impl Config {
    /// The channels.
    pub fn channels(&self) -> Channels {
        Channels {
            mail: self.smtp.clone(),
            sms: self.sms.clone(),
            zalo: self.zalo.clone(),
            push: self.push.clone(),
            failover: self.failover,
        }
    }
}

/// How codes and warnings go out.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// The ways to a telephone in their order.
    pub phone: String,
    /// The template of Zalo's for codes.
    pub zalo_template: String,
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
