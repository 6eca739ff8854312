//! The ways to reach a person: one port for all of them, behind which stand the providers that carry a message.
//!
//! What the port promises:
//! - A message that a provider took, or may have taken, is not handed to a second one. When a provider stops answering
//!   after it was asked, [`Untaken::Later`] says so with the code [`UNANSWERED`]; for a while, asking again with the same
//!   id gives the same answer and sends nothing.
//! - No error quotes the recipient, the text or a secret.

mod carriers;
pub mod choice;
pub mod config;
mod http;
pub mod mail;
mod providers;
pub mod push;
mod recent;
pub mod sandbox;
pub mod smpp;
pub mod sms;
mod xml;
pub mod zalo;

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

pub use self::providers::Providers;

/// The code of [`Untaken::Later`] when the provider was asked and did not answer: it may have taken the message.
pub const UNANSWERED: &str = "unanswered";

/// A way to reach a person.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Channel {
    /// E-mail.
    Mail,
    /// A text message to a telephone.
    Sms,
    /// A template message in Zalo (ZNS).
    Zalo,
    /// A note in the browser (web push).
    Push,
}

impl Channel {
    /// The name it is stored and configured by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What is to be sent. The same id is never sent twice by us; a provider that knows an idempotency or request id is given
/// this one. Its `Debug` shows the id only: the rest is somebody's.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Names it for ever.
    pub id: Uuid,
    /// An address, a telephone number as `+84…` (E.164), or a push subscription as JSON.
    pub to: String,
    /// The recipient's name.
    pub name: String,
    /// Whether it goes before those that are not.
    pub urgent: bool,
    /// What it says.
    pub content: Content,
    /// When it was written: its date, however late it is sent.
    pub written_at: DateTime<Utc>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a message says, as its channel wants it.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// An e-mail.
    Mail {
        /// Its subject: no personal data beyond need.
        subject: String,
        /// Its text.
        text: String,
        /// The same as HTML.
        html: Option<String>,
        /// The https address for `List-Unsubscribe`, which takes one click (RFC 8058).
        unsubscribe: Option<String>,
        /// A file.
        attachment: Option<Attachment>,
    },
    /// A text message.
    Sms {
        /// Its text.
        text: String,
    },
    /// A template message of Zalo's.
    Zalo {
        /// The template's number.
        template: String,
        /// What it is filled in with.
        data: BTreeMap<String, String>,
    },
    /// A note in the browser.
    Push {
        /// Its first line.
        title: String,
        /// Its text.
        body: String,
        /// Where it leads.
        link: String,
    },
}

impl Content {
    /// The channel that it is written for.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Mail { .. } => Channel::Mail,
            Self::Sms { .. } => Channel::Sms,
            Self::Zalo { .. } => Channel::Zalo,
            Self::Push { .. } => Channel::Push,
        }
    }
}

/// A file that goes with a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called, such as `giay-tiep-nhan.pdf`.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The provider took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which one.
    pub provider: String,
    /// What its receipts name.
    pub reference: Option<String>,
    /// Whether taking is all that will ever be known: this provider sends no receipts.
    pub confirmed: bool,
}

/// Why a message was not taken. No reason quotes the recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    /// Never for this recipient.
    #[error("{provider} refuses it: {code} {reason}")]
    Refused {
        /// Who says so.
        provider: String,
        /// Its code.
        code: String,
        /// What that means.
        reason: String,
    },
    /// Not now. With the code [`UNANSWERED`] the provider may have taken it.
    #[error("{provider} wants it later: {code} {reason}")]
    Later {
        /// Who says so.
        provider: String,
        /// Its code.
        code: String,
        /// What that means.
        reason: String,
    },
    /// The provider's rate or quota.
    #[error("{provider} takes no more until {until}")]
    Limited {
        /// Whose.
        provider: String,
        /// When it is worth trying again.
        until: DateTime<Utc>,
    },
    /// Every message would fare the same.
    #[error("{provider} is down: {reason}")]
    Down {
        /// Which one.
        provider: String,
        /// What is known of it.
        reason: String,
    },
    /// Our own mistake: it will never be right, and a person has to look.
    #[error("it cannot be put together: {0}")]
    Malformed(String),
    /// Nobody carries this channel.
    #[error("nobody is configured to carry it")]
    NotConfigured,
}

/// What became of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It reached the person's device or box.
    Delivered,
    /// It never will.
    Undeliverable {
        /// The provider's code.
        code: String,
        /// What that means.
        reason: String,
    },
    /// The provider itself cannot tell, or cannot tell yet.
    Unknown,
}

/// A receipt of the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose.
    pub provider: String,
    /// What the provider called the message when it took it.
    pub reference: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
}
