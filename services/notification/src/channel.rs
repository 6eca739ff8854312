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
pub mod push;
mod recent;
pub mod sandbox;
pub mod secret;
pub mod smpp;
pub mod sms;
mod xml;
pub mod zalo;

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use chassis::StartError;
use chrono::{DateTime, Utc};
use futures::Stream;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use self::{
    carriers::{Carrier, Carriers},
    config::{Channels, Failover},
    mail::Mailer,
    push::Push,
    smpp::Told,
    sms::webhook::{Called, Disbelieved},
    zalo::{
        Zalo,
        tokens::{OwnStore, TokenStore},
    },
};

/// The code of [`Untaken::Later`] when the provider was asked and did not answer: it may have taken the message.
pub const UNANSWERED: &str = "unanswered";

/// How many receipts wait to be read; who has more to tell is asked to tell them later.
const MOST_TOLD: usize = 256;

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

/// Those who carry messages, as configured.
pub struct Providers {
    mail: Carriers,
    sms: Carriers,
    zalo: Carriers,
    push: Carriers,
    told: Arc<Mutex<mpsc::Receiver<Told>>>,
    /// Without a line nobody tells, and nobody shall think that all is told.
    _telling: mpsc::Sender<Told>,
}

impl Providers {
    /// Reads the configuration. `folder` takes the mails when no server is named; Zalo's tokens are in a file beside it, which
    /// is right for one process only: several use [`Providers::open_with`].
    pub async fn open(config: &Channels, folder: PathBuf) -> Result<Self, StartError> {
        let tokens = OwnStore::in_file(folder.with_file_name("zalo.json"));
        Self::open_with(config, folder, Arc::new(tokens)).await
    }

    /// The same, with a store of Zalo's tokens that all replicas share.
    pub async fn open_with(
        config: &Channels,
        folder: PathBuf,
        tokens: Arc<dyn TokenStore>,
    ) -> Result<Self, StartError> {
        let failover = config.failover;
        let mailer = Carrier::Mail(Box::new(Mailer::open(&config.mail, folder).await?));
        let (telling, told) = mpsc::channel(MOST_TOLD);
        let zalo = if config.zalo.app_id.is_empty() {
            Carriers::none(failover)
        } else {
            let zalo = Carrier::Zalo(Box::new(Zalo::open(&config.zalo, tokens)?));
            Carriers::of_one(zalo::PROVIDER, zalo, config.zalo.rate, failover)
        };
        let push = if config.push.key.is_empty() {
            Carriers::none(failover)
        } else {
            let push = Carrier::Push(Box::new(Push::open(&config.push)?));
            Carriers::of_one(push::PROVIDER, push, config.push.rate, failover)
        };
        Ok(Self {
            // The mail server is left alone by who sends mails, with a time of its own.
            mail: Carriers::of_one(
                mail::PROVIDER,
                mailer,
                config.mail.rate,
                Failover {
                    failures: u32::MAX,
                    ..failover
                },
            ),
            sms: Carriers::of_sms(&config.sms, failover, &telling)?,
            zalo,
            push,
            told: Arc::new(Mutex::new(told)),
            _telling: telling,
        })
    }

    /// Hands a message to a provider of its channel. A provider that is down or at its limit is passed over for the next;
    /// any other answer is final for this call.
    pub async fn send(
        &self,
        channel: Channel,
        outgoing: Outgoing,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        if outgoing.content.channel() != channel {
            return Err(Untaken::Malformed(
                "it is written for another channel".into(),
            ));
        }
        match self.carriers(channel) {
            Some(carriers) => carriers.send(&outgoing, now).await,
            None => Err(Untaken::NotConfigured),
        }
    }

    /// Whether somebody carries this channel.
    pub fn can(&self, channel: Channel) -> bool {
        self.carriers(channel).is_some()
    }

    fn carriers(&self, channel: Channel) -> Option<&Carriers> {
        let carriers = match channel {
            Channel::Mail => &self.mail,
            Channel::Sms => &self.sms,
            Channel::Zalo => &self.zalo,
            Channel::Push => &self.push,
        };
        Some(carriers).filter(|carriers| !carriers.is_empty())
    }

    /// What a call of a provider's says about text messages that it took, if the provider is known and the call believed.
    /// The call may come twice, late, or about messages that we never sent.
    pub fn reports(
        &self,
        provider: &str,
        called: Called,
        now: DateTime<Utc>,
    ) -> Result<Vec<Receipt>, Disbelieved> {
        match self.sms.named(provider) {
            Some(Carrier::Http(gateway)) => gateway.reports(called, now),
            _ => Err(Disbelieved::Unexpected),
        }
    }

    /// The key that a page subscribes with for notes in the browser (`applicationServerKey`).
    pub fn push_key(&self) -> Option<&str> {
        match self.push.named(push::PROVIDER) {
            Some(Carrier::Push(push)) => Some(push.public_key()),
            _ => None,
        }
    }

    /// What an event of Zalo's says about a message that it took; nothing for an event of another kind. The signature stands in
    /// the header [`zalo::event::SIGNATURE`].
    pub fn zalo_event(&self, signature: &str, body: &[u8]) -> Result<Option<Receipt>, Disbelieved> {
        match self.zalo.named(zalo::PROVIDER) {
            Some(Carrier::Zalo(zalo)) => zalo.event(signature, body),
            _ => Err(Disbelieved::Unexpected),
        }
    }

    /// The receipts that come over lines which are held open (SMPP), one by one. Asking for the next tells the provider
    /// that the one before is written down: a receipt whose reader ends before that comes again. Ends with the providers.
    pub fn receipts(&self) -> impl Stream<Item = Receipt> + Send + 'static {
        let told = self.told.clone();
        let begun: Option<oneshot::Sender<()>> = None;
        futures::stream::unfold((told, begun), async |(told, before)| {
            if let Some(before) = before {
                // A line that broke off meanwhile hears nothing: the receipt comes again.
                let _ = before.send(());
            }
            let (receipt, written) = told.lock().await.recv().await?;
            Some((receipt, (told, Some(written))))
        })
    }

    /// Takes leave of the providers with whom a line is held open: to be awaited before the process ends. Nothing can be
    /// sent over them any more.
    pub async fn close(&self) {
        self.sms.close().await;
    }
}
