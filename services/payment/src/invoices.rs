//! The port to a provider of electronic invoices: each receipt is told to it once, when it is issued and when it is cancelled.

use std::{fmt, time::Duration};

use chassis::{Setup, StartError};
use chrono::{DateTime, Utc};
use contracts::{
    DossierCode, Vnd,
    payment::{FeeLine, Method, ReceiptNumber},
};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use crate::config::Config;

/// The longest that the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest reference of the provider's that is kept, in characters.
const LONGEST: usize = 100;

/// What is told of a receipt.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Word {
    /// It is issued.
    Issued,
    /// It is not valid any more.
    Cancelled,
}

impl Word {
    /// The name it is stored and told by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// What the provider gets, as JSON.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Document {
    /// Whether it is issued or cancelled.
    pub word: Word,
    /// The receipt's number.
    pub receipt: ReceiptNumber,
    /// The one that it stands for instead.
    pub replaces: Option<ReceiptNumber>,
    /// The dossier's code.
    pub dossier: DossierCode,
    /// Whose name stands on it.
    pub payer_name: String,
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// The sum.
    pub total: Vnd,
    /// How it was paid.
    pub method: Option<Method>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
}

impl Document {
    /// The same for every try, so that the provider does it once.
    pub fn key(&self) -> String {
        let ReceiptNumber { series, number } = &self.receipt;
        format!("{series}/{number}/{}", self.word.name())
    }
}

/// What the provider answers.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Accepted {
    /// What the provider, or the tax authority, calls it.
    pub reference: String,
}

/// Why there is no answer to go by.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// It cannot be reached, or is busy.
    #[error("the provider of invoices does not answer")]
    Silent(#[source] reqwest::Error),
    /// It is busy.
    #[error("the provider of invoices answers {0}")]
    Busy(StatusCode),
    /// It says no.
    #[error("the provider of invoices refuses the receipt with {0}")]
    Refused(StatusCode),
    /// What it answers is no reference.
    #[error("the provider of invoices gives no reference")]
    Unreadable,
}

/// The line to the provider.
pub struct Exporter {
    http: reqwest::Client,
    /// Where receipts are told; nowhere without a provider.
    url: Option<Url>,
    token: String,
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the token.
        f.debug_struct("Exporter")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Makes the line, or says which key is wrong.
pub async fn exporter(setup: Setup) -> Result<Exporter, StartError> {
    let config = &setup.config::<Config>().invoices;
    let url = match config.url.trim() {
        "" => None,
        url => Some(Url::parse(url).map_err(|error| {
            StartError::because("payment: PAYMENT__INVOICES__URL is no address", &error)
        })?),
    };
    if url.is_some() && config.token.trim().is_empty() {
        return Err(StartError::new(
            "payment: with PAYMENT__INVOICES__URL, PAYMENT__INVOICES__TOKEN must be set",
        ));
    }
    let http = reqwest::Client::builder().timeout(PATIENCE).build();
    Ok(Exporter {
        http: http
            .map_err(|error| StartError::because("payment: its line for invoices", &error))?,
        url,
        token: config.token.trim().to_owned(),
    })
}

impl Exporter {
    /// Whether there is a provider.
    pub const fn is_there(&self) -> bool {
        self.url.is_some()
    }

    /// Tells the provider; `None` without one. Said twice, the provider does it once, by the document's key.
    pub async fn tell(&self, document: &Document) -> Result<Option<String>, Untold> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        let request = self
            .http
            .post(url.clone())
            .bearer_auth(&self.token)
            .header("idempotency-key", document.key())
            .json(document);
        let answer = request.send().await.map_err(Untold::Silent)?;
        let status = answer.status();
        let is_busy = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT
            );
        if is_busy {
            return Err(Untold::Busy(status));
        }
        if !status.is_success() {
            return Err(Untold::Refused(status));
        }
        let accepted: Accepted = answer.json().await.map_err(|error| {
            if error.is_decode() {
                Untold::Unreadable
            } else {
                Untold::Silent(error)
            }
        })?;
        let reference = accepted.reference.trim();
        let is_one = !reference.is_empty() && reference.chars().count() <= LONGEST;
        is_one
            .then(|| Some(reference.to_owned()))
            .ok_or(Untold::Unreadable)
    }
}
