//! The national payment platform's side of the configuration.

use chassis::{StartError, config::Settings};
use serde::Deserialize;

use crate::platform::{Addresses, Beneficiary, Secret};

/// The secret in `config.toml`, which everybody knows.
const MADE_UP: &str = "MOTCUA0TEST0PLATFORM0NOT0REAL001";

/// How this service stands to the platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// When fees can be paid through it.
    pub enabled: Enabled,
    /// What the platform calls the agency: `MaDoiTac`.
    pub partner: String,
    /// The secret.
    pub secret: Secret,
    /// Where a payment is begun; empty for the sandbox's.
    pub init_url: String,
    /// Where it is asked about; empty for the sandbox's.
    pub status_url: String,
    /// Where its receipt is; empty for the sandbox's.
    pub receipt_url: String,
    /// The origin of its pay pages; empty for that of `init_url`.
    pub pay_origin: String,
    /// Minutes that one visit to it may last.
    pub attempt_minutes: u32,
    /// The account that it pays to.
    pub account: String,
    /// Whose it is.
    pub holder: String,
    /// Its bank's code.
    pub bank: String,
}

/// When fees can be paid through the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enabled {
    /// While the sandbox plays it.
    Sandbox,
    /// Always: the real one.
    Yes,
    /// Never.
    No,
}

impl Platform {
    /// The agency's account.
    pub fn beneficiary(&self) -> Beneficiary {
        Beneficiary {
            account: self.account.clone(),
            holder: self.holder.clone(),
            bank: self.bank.clone(),
        }
    }

    /// Finds the addresses, or says which key is wrong. Nothing while it is off. `own` is where the sandbox is reached, if it is
    /// there.
    pub(super) fn addresses(
        &self,
        settings: &Settings,
        own: Option<&str>,
    ) -> Result<Option<Addresses>, StartError> {
        let refuse = |reason: &str| Err(StartError::new(format!("payment: {reason}")));
        let urls = [&self.init_url, &self.status_url, &self.receipt_url];
        let wanted = match (self.enabled, own) {
            (Enabled::No, _) | (Enabled::Sandbox, None) => false,
            (Enabled::Yes, Some(_)) => {
                return refuse(
                    "with the sandbox, PAYMENT__PLATFORM__ENABLED must be sandbox or no",
                );
            }
            (Enabled::Sandbox, Some(_)) | (Enabled::Yes, None) => true,
        };
        if !wanted {
            return Ok(None);
        }
        if self.partner.is_empty() || self.partner.contains('|') {
            return refuse("PAYMENT__PLATFORM__PARTNER must be the agency's code at the platform");
        }
        if let Some(own) = own {
            if urls.iter().any(|url| !url.is_empty()) {
                return refuse(
                    "with the sandbox, PAYMENT__PLATFORM__INIT_URL, _STATUS_URL and _RECEIPT_URL must be empty",
                );
            }
            return Ok(Some(Addresses {
                init: format!("{own}/payment/sandbox/platform/init"),
                status: format!("{own}/payment/sandbox/platform/status"),
                receipt: format!("{own}/payment/sandbox/platform/receipt"),
                pay_origin: origin(&settings.public("")).unwrap_or_default(),
            }));
        }
        if self.secret.is(MADE_UP) {
            return refuse("without the sandbox, PAYMENT__PLATFORM__SECRET must be the real one");
        }
        if self.account == super::MADE_UP_ACCOUNT {
            return refuse(
                "without the sandbox, PAYMENT__PLATFORM__ACCOUNT must be the agency's own",
            );
        }
        if urls.iter().any(|url| origin(url).is_none()) {
            return refuse(
                "PAYMENT__PLATFORM__INIT_URL, _STATUS_URL and _RECEIPT_URL must be the platform's addresses",
            );
        }
        let pay = match self.pay_origin.as_str() {
            "" => &self.init_url,
            pay => pay,
        };
        let Some(pay_origin) = origin(pay) else {
            return refuse("PAYMENT__PLATFORM__PAY_ORIGIN must be an address");
        };
        Ok(Some(Addresses {
            init: self.init_url.clone(),
            status: self.status_url.clone(),
            receipt: self.receipt_url.clone(),
            pay_origin,
        }))
    }
}

/// The origin of a web address; `None` when it is none.
fn origin(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}
