//! The platform as this service reaches it: beginning a payment, asking what became of it, and its receipt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::Vnd;
use serde::Serialize;

use super::{
    CURRENCY, GET_BILL, INIT, Init, Item, OK, Opened, Part, QUERY, Question, Receipt, Secret,
    VERSION, Word, amount, date,
};
use crate::{
    port::{Notice, Told, Unanswered},
    vnpay::Forged,
};

/// The longest that the platform may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const LARGEST_ANSWER: usize = 64 * 1024;
/// The most bytes of a receipt.
const LARGEST_RECEIPT: usize = 8 * 1024 * 1024;

/// Where the platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where a payment is begun.
    pub init: String,
    /// Where it is asked about.
    pub status: String,
    /// Where its receipt is.
    pub receipt: String,
    /// The origin of its pay pages: the browser is sent nowhere else.
    pub pay_origin: String,
}

/// The agency's account that the platform pays to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// Its number.
    pub account: String,
    /// Whose it is.
    pub holder: String,
    /// Its bank's code.
    pub bank: String,
}

/// One partner's line to the platform.
#[derive(Debug)]
pub struct Platform {
    http: reqwest::Client,
    secret: Secret,
    partner: String,
    beneficiary: Beneficiary,
    addresses: Option<Addresses>,
}

/// A payment that is begun. The same one is always begun with the same message.
#[derive(Debug, Clone)]
pub struct Payment<'a> {
    /// What the attempt is called.
    pub txn_ref: &'a str,
    /// How much.
    pub amount: Vnd,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// The payer's address.
    pub ip: &'a str,
    /// The dossier's code.
    pub code: &'a str,
    /// The procedure's code and name.
    pub procedure: (&'a str, &'a str),
    /// The office's code and name.
    pub office: (&'a str, &'a str),
    /// Whose name stands on the receipt.
    pub payer: &'a str,
    /// What for, and how much of it.
    pub lines: Vec<(&'a str, Vnd)>,
}

impl Platform {
    /// A line to the platform; without addresses it is not reached.
    pub fn new(
        secret: Secret,
        partner: String,
        beneficiary: Beneficiary,
        addresses: Option<Addresses>,
    ) -> reqwest::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().timeout(PATIENCE).build()?,
            secret,
            partner,
            beneficiary,
            addresses,
        })
    }

    /// The partner's code.
    pub fn partner(&self) -> &str {
        &self.partner
    }

    /// The secret.
    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Where it is; `None` when it is off.
    pub const fn addresses(&self) -> Option<&Addresses> {
        self.addresses.as_ref()
    }

    fn reached(&self) -> Result<&Addresses, Unanswered> {
        self.addresses()
            .ok_or_else(|| Unanswered::Refused("the platform is off".to_owned()))
    }

    /// The message that begins a payment.
    pub fn init(&self, payment: &Payment<'_>) -> Init {
        let info = format!("THANH TOAN HO SO {}", payment.code);
        let (procedure, procedure_name) = payment.procedure;
        let service = format!("{procedure}.01");
        let part = |(label, dong): &(&str, Vnd)| Part {
            kind: "Phi".to_owned(),
            code: service.clone(),
            name: (*label).to_owned(),
            amount: amount(*dong),
        };
        let item = |(label, dong): &(&str, Vnd)| Item {
            purpose: (*label).to_owned(),
            amount: amount(*dong),
        };
        let receipt = Receipt {
            procedure: procedure.to_owned(),
            procedure_name: procedure_name.to_owned(),
            service: service.clone(),
            service_name: procedure_name.to_owned(),
            office: payment.office.0.to_owned(),
            office_name: payment.office.1.to_owned(),
            dossier: payment.code.to_owned(),
            account: self.beneficiary.account.clone(),
            holder: self.beneficiary.holder.clone(),
            bank: self.beneficiary.bank.clone(),
            payer: payment.payer.to_owned(),
            payer_number: String::new(),
            payer_address: String::new(),
            purpose: info.clone(),
            parts: payment.lines.iter().map(part).collect(),
            items: payment.lines.iter().map(item).collect(),
        };
        let own = str::to_owned;
        Init {
            kind: own(INIT),
            version: own(VERSION),
            partner: self.partner.clone(),
            reference: payment.txn_ref.to_owned(),
            amount: amount(payment.amount),
            mode: own("PAY"),
            channel: own("1"),
            device: own("1"),
            language: own("vi-VN"),
            currency: own(CURRENCY),
            bank: own("PAYMENT"),
            info,
            at: date(payment.created),
            ip: payment.ip.to_owned(),
            receipt,
            hash: String::new(),
        }
        .sealed(&self.secret)
    }

    /// Begins a payment; gives where the payer pays. Begun again, it is the same payment.
    pub async fn open(&self, payment: &Payment<'_>) -> Result<String, Unanswered> {
        let addresses = self.reached()?;
        let asked = self.init(payment);
        let answer = self.call(&addresses.init, &asked, LARGEST_ANSWER).await?;
        let opened: Opened =
            serde_json::from_slice(&answer).map_err(|_| Unanswered::Unbelievable)?;
        if opened.code != OK {
            return Err(Unanswered::Refused(opened.code));
        }
        let there = reqwest::Url::parse(&opened.pay_url);
        let origin = there.map(|url| url.origin().ascii_serialization());
        if origin.is_ok_and(|origin| origin == addresses.pay_origin) {
            Ok(opened.pay_url)
        } else {
            Err(Unanswered::Unbelievable)
        }
    }

    /// What a confirmation says, if the platform made it.
    pub fn believe(&self, word: &Word) -> Result<Notice, Forged> {
        word.confirmed(&self.secret)
    }

    /// Asks what became of a payment that was begun at `created`.
    pub async fn ask(&self, txn_ref: &str, created: DateTime<Utc>) -> Result<Told, Unanswered> {
        let addresses = self.reached()?;
        let question = self.question(QUERY, txn_ref, created);
        let answer = self
            .call(&addresses.status, &question, LARGEST_ANSWER)
            .await?;
        read(&answer, &self.secret, &self.partner, txn_ref)
    }

    /// The platform's own receipt, a PDF.
    pub async fn receipt(
        &self,
        txn_ref: &str,
        created: DateTime<Utc>,
    ) -> Result<Vec<u8>, Unanswered> {
        let addresses = self.reached()?;
        let question = self.question(GET_BILL, txn_ref, created);
        let answer = self
            .call(&addresses.receipt, &question, LARGEST_RECEIPT)
            .await?;
        if answer.starts_with(b"%PDF-") {
            Ok(answer)
        } else {
            Err(Unanswered::Unbelievable)
        }
    }

    fn question(&self, kind: &str, txn_ref: &str, created: DateTime<Utc>) -> Question {
        Question {
            kind: kind.to_owned(),
            version: VERSION.to_owned(),
            partner: self.partner.clone(),
            reference: txn_ref.to_owned(),
            at: date(created),
            hash: String::new(),
        }
        .sealed(&self.secret)
    }

    async fn call(
        &self,
        address: &str,
        question: &impl Serialize,
        most: usize,
    ) -> Result<Vec<u8>, Unanswered> {
        let asked = self.http.post(address).json(question).send();
        let answered = asked.await.and_then(reqwest::Response::error_for_status);
        let mut answer = answered.map_err(Unanswered::Silent)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Unanswered::Silent)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(Unanswered::Unbelievable);
            }
        }
        Ok(bytes)
    }
}

/// Reads the platform's answer about an attempt, if it made it and it is about what was asked.
pub fn read(
    answer: &[u8],
    secret: &Secret,
    partner: &str,
    txn_ref: &str,
) -> Result<Told, Unanswered> {
    let word: Word = serde_json::from_slice(answer).map_err(|_| Unanswered::Unbelievable)?;
    word.answered(secret, partner, txn_ref)
}
