//! The agency's account as this service knows it: where transfers go, and what its bank signs with.

use chassis::StartError;
use chrono::TimeDelta;
use contracts::Vnd;

use super::{Reference, webhook::Secret};
use crate::{
    config::Config,
    vietqr::{Beneficiary, Purpose, Service, Transfer, Unreadable},
};

/// Where transfers go.
#[derive(Debug)]
pub struct Receiver {
    to: Beneficiary,
    /// The bank's name.
    pub bank_name: String,
    /// Whose account it is, as the payer's bank shows it.
    pub holder: String,
    words: String,
    /// What the bank signs with.
    pub secret: Secret,
    /// How old what it signed may be.
    pub patience: TimeDelta,
}

impl Receiver {
    /// Takes the configuration, or says which key of it is wrong.
    pub fn new(config: &Config) -> Result<Self, StartError> {
        let of = &config.transfer;
        let wrong = |reason: &str| StartError::new(format!("payment: {reason}"));
        let to = Beneficiary::new(&of.bank, &of.account, Service::Account).map_err(|_| {
            wrong("PAYMENT__TRANSFER__BANK takes the bank's six digits at Napas, PAYMENT__TRANSFER__ACCOUNT at most 19 letters and digits")
        })?;
        let secret = Secret::try_from(of.webhook_secret.as_str())
            .map_err(|error| StartError::because("payment", &error))?;
        let receiver = Self {
            to,
            bank_name: of.bank_name.clone(),
            holder: of.holder.clone(),
            words: of.words.clone(),
            secret,
            patience: TimeDelta::minutes(i64::from(of.webhook_minutes)),
        };
        let sample = Reference::of(uuid::Uuid::nil().into(), 0);
        receiver.purpose(&sample).map_err(|_| {
            wrong("PAYMENT__TRANSFER__WORDS has at most 13 characters: with the reference, banks carry 25 over")
        })?;
        if of.columns.are_whole() {
            Ok(receiver)
        } else {
            Err(wrong(
                "PAYMENT__TRANSFER__COLUMNS__… must name the reference, the day, the purpose and the credit or the amount",
            ))
        }
    }

    /// The account as a payer's bank names it.
    pub const fn beneficiary(&self) -> &Beneficiary {
        &self.to
    }

    /// The account's number.
    pub fn account(&self) -> &str {
        self.to.number()
    }

    /// What stands on both sides' statements.
    pub fn purpose(&self, reference: &Reference) -> Result<Purpose, Unreadable> {
        Purpose::plain(&format!("{reference} {}", self.words))
    }

    /// The transfer that pays an order.
    pub fn transfer(&self, reference: &Reference, amount: Vnd) -> Result<Transfer, Unreadable> {
        Ok(Transfer {
            to: self.to.clone(),
            amount: Some(amount),
            purpose: Some(self.purpose(reference)?),
            name: None,
        })
    }
}
