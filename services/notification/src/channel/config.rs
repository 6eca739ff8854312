//! What can be configured of the channels; `config.example.toml` beside this file explains each key.

use std::{collections::BTreeMap, time::Duration};

use chassis::config::Secret;
use chrono::TimeDelta;
use serde::Deserialize;

use super::{
    choice::{Limit, Rules},
    sms::shape::{Codes, Shape},
};

/// All channels. What is left out is off, but for mail, which is then written to files.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Channels {
    /// E-mail.
    pub mail: Mail,
    /// Text messages.
    pub sms: Sms,
    /// Template messages in Zalo.
    pub zalo: Zalo,
    /// Notes in the browser.
    pub push: Push,
    /// When a provider is left alone.
    pub failover: Failover,
}

/// At most so many messages in so many seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rate {
    /// How many; 0 for no limit.
    pub messages: u32,
    /// In how many seconds.
    pub seconds: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            messages: 0,
            seconds: 1,
        }
    }
}

impl From<Rate> for Limit {
    fn from(rate: Rate) -> Self {
        Self::new(rate.messages, TimeDelta::seconds(rate.seconds.into()))
    }
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
    /// The envelope sender, by which bounces come back; empty for whom mails come from.
    pub bounces: String,
    /// What mails are signed with.
    pub dkim: Dkim,
    /// How many it takes.
    pub rate: Rate,
}

/// The domain's signature on mails (RFC 6376); none without a key.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dkim {
    /// The domain that signs.
    pub domain: String,
    /// Which of its keys: the name below `_domainkey` in its DNS.
    pub selector: String,
    /// The private key, RSA, in PKCS#8 PEM.
    pub key: Secret,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            url: String::new(),
            from: "Một Cửa <mot-cua@example.vn>".into(),
            timeout_seconds: 10,
            rest_seconds: 5,
            bounces: String::new(),
            dkim: Dkim::default(),
            rate: Rate::default(),
        }
    }
}

/// Text messages: the providers by name, which their receipts are told by.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// The providers.
    pub providers: BTreeMap<String, SmsProvider>,
}

/// One provider of text messages; exactly one of its ways is set.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsProvider {
    /// Its share of the messages, next to the weights of the others; 0 for none.
    pub weight: u32,
    /// How many it takes.
    pub rate: Rate,
    /// Its HTTP interface.
    pub http: Option<SmsHttp>,
    /// Its SMPP interface.
    pub smpp: Option<Smpp>,
}

impl Default for SmsProvider {
    fn default() -> Self {
        Self {
            weight: 1,
            rate: Rate::default(),
            http: None,
            smpp: None,
        }
    }
}

/// A provider's HTTP interface.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsHttp {
    /// The shape that ships under this name; empty with a shape of one's own.
    pub preset: String,
    /// A shape of one's own.
    pub shape: Option<Shape>,
    /// Where it is, with places if need be.
    pub url: String,
    /// What messages come from: the registered brand name.
    pub brand: String,
    /// What the places of the shape are filled in with: account, password and the like.
    pub values: BTreeMap<String, Secret>,
    /// Whether texts keep their accents, for which they are sent in UCS-2: more than twice the price.
    pub accents: bool,
    /// The longest that an answer may take.
    pub timeout_seconds: u64,
    /// What its reports are believed by.
    pub reports_secret: Secret,
}

impl Default for SmsHttp {
    fn default() -> Self {
        Self {
            preset: String::new(),
            shape: None,
            url: String::new(),
            brand: String::new(),
            values: BTreeMap::new(),
            accents: false,
            timeout_seconds: 10,
            reports_secret: Secret::default(),
        }
    }
}

/// How a text that does not fit into one short message goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Long {
    /// In parts, each with a header that says which it is.
    #[default]
    Header,
    /// As one, in `message_payload`: the provider divides it.
    Payload,
}

/// How a provider's receipts name a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// As its answer did.
    #[default]
    Same,
    /// Its answer writes the number in hex, its receipts in decimal.
    Decimal,
}

/// A provider's SMPP interface.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smpp {
    /// Its address, as `host:port`.
    pub address: String,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The authority that its certificate is trusted by, in PEM; empty for those of this machine.
    pub ca_file: String,
    /// Who we are to it: at most 15 letters.
    pub system_id: String,
    /// Our password: at most 8 letters, as SMPP has it.
    pub password: Secret,
    /// What kind of system we are to it: at most 12 letters, mostly none.
    pub system_type: String,
    /// What messages come from: the registered brand name.
    pub brand: String,
    /// Whether texts keep their accents, for which they are sent in UCS-2.
    pub accents: bool,
    /// How long texts go.
    pub long: Long,
    /// How its receipts name a message.
    pub receipts: Naming,
    /// How many messages may wait for their answer at once.
    pub window: u32,
    /// The longest that an answer may take.
    pub timeout_seconds: u64,
    /// After how many quiet seconds it is asked whether it is there.
    pub enquire_seconds: u32,
    /// Seconds until a line that broke off is tried again; each failed try doubles them.
    pub reconnect_seconds: u32,
    /// The most that they become.
    pub longest_reconnect_seconds: u32,
    /// Seconds that it is left alone when it is at its limit.
    pub limited_seconds: u32,
    /// What statuses of its own mean, written as `0x00000401`.
    pub codes: Codes,
}

impl Default for Smpp {
    fn default() -> Self {
        Self {
            address: String::new(),
            tls: false,
            ca_file: String::new(),
            system_id: String::new(),
            password: Secret::default(),
            system_type: String::new(),
            brand: String::new(),
            accents: false,
            long: Long::Header,
            receipts: Naming::Same,
            window: 10,
            timeout_seconds: 10,
            enquire_seconds: 30,
            reconnect_seconds: 1,
            longest_reconnect_seconds: 60,
            limited_seconds: 1,
            codes: Codes::default(),
        }
    }
}

/// An Official Account at Zalo; off without an app's id.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Zalo {
    /// The app's id; empty for none.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: Secret,
    /// The refresh token that a person had from Zalo's pages. It is spent by the first renewal; those that follow are kept in the
    /// store. Another one here means that a person gave a new one.
    pub refresh_token: Secret,
    /// What events are signed with; empty when none are told to us.
    pub event_secret: Secret,
    /// Where messages go.
    pub url: String,
    /// Where tokens are renewed.
    pub oauth_url: String,
    /// Whether messages go to the developers' telephones only.
    pub development: bool,
    /// The hour of the evening from which Zalo takes nothing, in Vietnam's time.
    pub night_from: u32,
    /// The hour of the morning from which it does again.
    pub night_to: u32,
    /// The longest that an answer may take.
    pub timeout_seconds: u64,
    /// How many it takes.
    pub rate: Rate,
}

impl Default for Zalo {
    fn default() -> Self {
        Self {
            app_id: String::new(),
            app_secret: Secret::default(),
            refresh_token: Secret::default(),
            event_secret: Secret::default(),
            url: "https://business.openapi.zalo.me".into(),
            oauth_url: "https://oauth.zaloapp.com/v4/oa/access_token".into(),
            development: false,
            night_from: 22,
            night_to: 6,
            timeout_seconds: 10,
            rate: Rate::default(),
        }
    }
}

/// Notes in the browser; off without a key.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Push {
    /// Our private key (VAPID): 32 bytes in URL-safe base64. Subscriptions are made for it: another one ends them all.
    pub key: Secret,
    /// Whom a push service writes to about us: a `mailto:` or `https:` address.
    pub contact: String,
    /// The hosts that subscriptions may lead to; `*.` stands for whatever comes before. A whole origin for a pretend one.
    pub services: Vec<String>,
    /// How many seconds a note is kept for a browser that is off.
    pub keep_seconds: u32,
    /// The longest that an answer may take.
    pub timeout_seconds: u64,
    /// How many go out.
    pub rate: Rate,
}

impl Default for Push {
    fn default() -> Self {
        let services = [
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
            "web.push.apple.com",
            "*.notify.windows.com",
        ];
        Self {
            key: Secret::default(),
            contact: String::new(),
            services: services.map(str::to_owned).to_vec(),
            keep_seconds: 3 * 86_400,
            timeout_seconds: 10,
            rate: Rate::default(),
        }
    }
}

/// When a provider is left alone, and what becomes of what it did not answer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Failover {
    /// After how many failures in a row.
    pub failures: u32,
    /// For how many seconds at first.
    pub rest_seconds: u32,
    /// For how many seconds at the most.
    pub longest_rest_seconds: u32,
    /// How many times slower than the quickest of the others is too slow.
    pub slower: u32,
    /// Below how many milliseconds nobody is too slow.
    pub quick_millis: u32,
    /// For how many minutes a message that a provider did not answer is not sent again.
    pub unanswered_minutes: u32,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            failures: 5,
            rest_seconds: 30,
            longest_rest_seconds: 900,
            slower: 5,
            quick_millis: 3_000,
            unanswered_minutes: 15,
        }
    }
}

impl From<Failover> for Rules {
    fn from(failover: Failover) -> Self {
        Self {
            failures: failover.failures.max(1),
            rest: Duration::from_secs(failover.rest_seconds.into()),
            longest_rest: Duration::from_secs(failover.longest_rest_seconds.into()),
            slower: failover.slower,
            quick: Duration::from_millis(failover.quick_millis.into()),
        }
    }
}
