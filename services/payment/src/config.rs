//! What can be configured (`config.toml` explains each key) and which combinations are refused.

mod platform;

use std::{fmt, time::Duration};

use chassis::{StartError, config::Settings};
use contracts::Vnd;
use serde::{Deserialize, Deserializer, de::Error as _};

pub use self::platform::{Enabled, Platform};
use crate::{
    platform::Addresses as PlatformAddresses,
    statement::Columns,
    vnpay::{Secret, Sources},
};

/// The secret in `config.toml`, which everybody knows.
const MADE_UP: &str = "MOTCUA0TEST0SECRET0NOT0REAL00001";
/// The webhook secret in `config.toml`, as public.
const MADE_UP_WEBHOOK: &str = "MOTCUA0TEST0BANK0SECRET0NOT0REAL";
/// The account in `config.toml`, which is nobody's.
const MADE_UP_ACCOUNT: &str = "0011001234567";

/// Payment's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Days that an order can be paid online.
    pub order_days: u32,
    /// Minutes that one visit to the gateway may last.
    pub attempt_minutes: u32,
    /// Up to this much, one officer alone gives money back.
    pub refund_limit: Vnd,
    /// What a receipt is called.
    pub receipt_title: String,
    /// What a receipt says the money is for.
    pub receipt_purpose: String,
    /// The gateway.
    pub vnpay: Vnpay,
    /// The national payment platform.
    pub platform: Platform,
    /// Bank transfers.
    pub transfer: Transfer,
    /// The provider of electronic invoices.
    pub invoices: Invoices,
    /// What is late, and how the gateways' files are read.
    pub reconciliation: Reconciliation,
    /// The pretend bank.
    pub sandbox: Sandbox,
}

/// The provider of electronic invoices.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoices {
    /// Where receipts are told; empty without a provider.
    pub url: String,
    /// What it knows this service by.
    pub token: String,
}

impl fmt::Debug for Invoices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the token.
        f.debug_struct("Invoices")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// After how many days something is a work item, and what the columns of the gateways' files are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// Days after a visit's end in which the gateway may still tell.
    pub attempt_days: u32,
    /// Days in which what a gateway or the card terminal took comes to the bank.
    pub payout_days: u32,
    /// Days that a line of the bank's may wait.
    pub line_days: u32,
    /// Days in which money goes back.
    pub refund_days: u32,
    /// Days in which the treasurer receives a counted till.
    pub till_days: u32,
    /// What the columns of the gateways' files are called.
    pub columns: Columns,
}

/// The gateway's side of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vnpay {
    /// The terminal.
    pub tmn_code: String,
    /// The secret.
    pub hash_secret: HashSecret,
    /// The pay page; empty for the sandbox's.
    pub pay_url: String,
    /// The query interface; empty for the sandbox's.
    pub api_url: String,
    /// Seconds that the gateway may take to answer, 1 to 60.
    #[serde(deserialize_with = "patience")]
    pub timeout_seconds: Duration,
    /// Where notifications may come from.
    pub ipn_sources: Sources,
}

fn patience<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let seconds = u64::deserialize(value)?;
    if (1..=60).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(D::Error::custom("timeout_seconds must be 1 to 60"))
    }
}

/// The secret, and whether it is the one that everybody knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct HashSecret {
    /// What is signed with.
    pub secret: Secret,
    made_up: bool,
}

impl TryFrom<String> for HashSecret {
    type Error = crate::vnpay::NoSecret;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let made_up = text.trim() == MADE_UP;
        Ok(Self {
            secret: Secret::try_from(text)?,
            made_up,
        })
    }
}

/// The agency's account at its bank, and how the bank tells of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Whether fees can be paid by transfer.
    pub enabled: bool,
    /// The bank's six digits at Napas.
    pub bank: String,
    /// The bank's name.
    pub bank_name: String,
    /// The account.
    pub account: String,
    /// Whose it is.
    pub holder: String,
    /// What stands behind the reference in every purpose.
    pub words: String,
    /// What the bank signs its webhook with.
    pub webhook_secret: String,
    /// How many minutes old what it signed may be.
    pub webhook_minutes: u32,
    /// What the columns of its statements are called.
    pub columns: Columns,
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the secret.
        f.debug_struct("Transfer")
            .field("enabled", &self.enabled)
            .field("bank", &self.bank)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// The pretend bank's side of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// Whether it is there.
    pub enabled: bool,
    /// Whether it may be there on a system that looks like a real one.
    pub on_https: bool,
    /// Where it reaches this service.
    pub own_url: String,
}

/// Where everything is, once the configuration is found to make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The pay page.
    pub pay: String,
    /// The query interface.
    pub api: String,
    /// Where the browser comes back to.
    pub back: String,
    /// Where the pretend bank notifies; empty without it.
    pub ipn: String,
    /// Where it tells of lines; empty without it.
    pub lines: String,
}

impl Config {
    /// Where the national payment platform is; nothing while it is off.
    pub fn platform_addresses(
        &self,
        settings: &Settings,
    ) -> Result<Option<PlatformAddresses>, StartError> {
        let own = self.sandbox.enabled.then(|| self.own_url(settings));
        self.platform.addresses(settings, own.as_deref())
    }

    /// Where the sandbox reaches this service.
    pub(crate) fn own_url(&self, settings: &Settings) -> String {
        match self.sandbox.own_url.trim_end_matches('/') {
            "" => format!("http://127.0.0.1:{}", settings.http_listen.port()),
            url => url.to_owned(),
        }
    }

    /// Finds the addresses, or says which key is wrong.
    pub fn addresses(&self, settings: &Settings) -> Result<Addresses, StartError> {
        let refuse = |reason: &str| Err(StartError::new(format!("payment: {reason}")));
        let Vnpay {
            hash_secret,
            pay_url,
            api_url,
            ..
        } = &self.vnpay;
        let own = self.own_url(settings);
        let back = settings.public("/payment/vnpay/return");
        if !self.sandbox.enabled {
            if pay_url.is_empty() || api_url.is_empty() {
                return refuse(
                    "without the sandbox, PAYMENT__VNPAY__PAY_URL and PAYMENT__VNPAY__API_URL must be set",
                );
            }
            if hash_secret.made_up {
                return refuse(
                    "without the sandbox, PAYMENT__VNPAY__HASH_SECRET must be the real one",
                );
            }
            let transfer = &self.transfer;
            if transfer.enabled && transfer.webhook_secret.trim() == MADE_UP_WEBHOOK {
                return refuse(
                    "without the sandbox, PAYMENT__TRANSFER__WEBHOOK_SECRET must be the real one, or PAYMENT__TRANSFER__ENABLED=false",
                );
            }
            if transfer.enabled && transfer.account == MADE_UP_ACCOUNT {
                return refuse(
                    "without the sandbox, PAYMENT__TRANSFER__ACCOUNT must be the agency's own, or PAYMENT__TRANSFER__ENABLED=false",
                );
            }
            return Ok(Addresses {
                pay: pay_url.clone(),
                api: api_url.clone(),
                back,
                ipn: String::new(),
                lines: String::new(),
            });
        }
        if settings.public_url.starts_with("https:") && !self.sandbox.on_https {
            return refuse(
                "the sandbox pays any fee without money, and PUBLIC_URL looks like a real system: set \
                 PAYMENT__SANDBOX__ENABLED=false, or PAYMENT__SANDBOX__ON_HTTPS=true for a showcase",
            );
        }
        if !pay_url.is_empty() || !api_url.is_empty() {
            return refuse(
                "with the sandbox, PAYMENT__VNPAY__PAY_URL and PAYMENT__VNPAY__API_URL must be empty",
            );
        }
        Ok(Addresses {
            pay: settings.public("/payment/sandbox/paymentv2/vpcpay.html"),
            api: format!("{own}/payment/sandbox/merchant_webapi/api/transaction"),
            back,
            ipn: format!("{own}/payment/vnpay/ipn"),
            lines: format!("{own}/payment/bank/lines"),
        })
    }
}
