//! All who carry messages, channel by channel: what the rest of the service has to do with.

use std::{path::PathBuf, sync::Arc};

use chassis::StartError;
use chrono::{DateTime, Utc};
use futures::Stream;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    Channel, Outgoing, Receipt, Taken, Untaken,
    carriers::{Carrier, Carriers},
    config::{Channels, Failover},
    mail::{self, Mailer},
    push::{self, Push},
    smpp::Told,
    sms::webhook::{Called, Disbelieved},
    zalo::{
        self, Zalo,
        tokens::{OwnStore, TokenStore},
    },
};

/// How many receipts wait to be read; who has more to tell is asked to tell them later.
const MOST_TOLD: usize = 256;

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

    /// Takes leave of the providers with whom a line is held open, and waits for a token that is being renewed: to be awaited
    /// before the process ends. Nothing can be sent over those lines any more.
    pub async fn close(&self) {
        tokio::join!(self.mail.close(), self.sms.close(), self.zalo.close());
    }
}
