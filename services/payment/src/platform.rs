//! The national payment platform (Nền tảng thanh toán quốc gia, DVCQG PaymentPlatform) as it is spoken: JSON whose scalar fields
//! are hashed together with a secret. What is assumed of it stands in docs/decisions/0033.

/// A message with the values that are hashed of it, and their hash.
macro_rules! hashed {
    ($($message:ty)+) => {$(
        impl $message {
            /// The same with its hash.
            #[must_use]
            pub fn sealed(mut self, secret: &Secret) -> Self {
                self.hash = secret.hash(&self.values());
                self
            }

            /// Whether whoever said it knows the secret.
            pub fn is_believed(&self, secret: &Secret) -> bool {
                secret.made(&self.values(), &self.hash)
            }
        }
    )+};
}

pub(crate) mod gateway;
mod init;

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::Vnd;
use hmac::digest::CtOutput;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

pub use gateway::{Addresses, Beneficiary, Payment, Platform};
pub use init::{Init, Item, Opened, Part, Receipt};

use crate::{
    port::{Notice, Through, Told, Unanswered, Verdict},
    vnpay,
};

/// The version of the protocol.
pub const VERSION: &str = "1.0.6";
/// What it calls its money.
pub const CURRENCY: &str = "VND";
/// Begins a payment.
pub const INIT: &str = "INIT";
/// Says what became of a payment.
pub const CONFIRM: &str = "CONFIRM";
/// Asks what became of a payment.
pub const QUERY: &str = "QUERY";
/// Asks for the platform's receipt.
pub const GET_BILL: &str = "GET_BILL";
/// The code of what went well.
pub const OK: &str = "00";
/// The code for a payment that the platform has never seen.
pub const UNKNOWN: &str = "01";
/// The status of a payment that is paid.
pub const PAID: &str = "1";
/// The status of a payment that is not decided.
pub const PENDING: &str = "3";
/// The status of a payment that failed.
pub const FAILED: &str = "4";

/// The secret shared with the platform. It stands behind what is hashed, so it has to be kept as it is; no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A secret that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("the platform's secret is shorter than 16 characters: set PAYMENT__PLATFORM__SECRET")]
pub struct NoSecret;

impl TryFrom<String> for Secret {
    type Error = NoSecret;
    fn try_from(text: String) -> Result<Self, NoSecret> {
        let text = text.trim();
        if text.len() < 16 {
            return Err(NoSecret);
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Whether it is this one.
    pub fn is(&self, text: &str) -> bool {
        self.0 == text
    }

    fn digest(&self, values: &[&str]) -> sha2::digest::Output<Sha256> {
        let mut hash = Sha256::new();
        for value in values {
            hash.update(value);
            hash.update("|");
        }
        hash.update(&self.0);
        hash.finalize()
    }

    /// `MaXacThuc`: SHA-256 in lower hex over the values and the secret, joined by `|`.
    pub fn hash(&self, values: &[&str]) -> String {
        hex::encode(self.digest(values))
    }

    /// Whether `claimed`, in hex of either case, is the hash of the values. Compares in constant time. A value with a `|` in it
    /// is never believed: it could be read as two.
    pub fn made(&self, values: &[&str], claimed: &str) -> bool {
        let mut bytes = [0; 32];
        let whole = values.iter().all(|value| !value.contains('|'));
        whole
            && hex::decode_to_slice(claimed, &mut bytes).is_ok()
            && CtOutput::<Sha256>::new(self.digest(values)) == CtOutput::<Sha256>::new(bytes.into())
    }
}

/// A text, or a number that stands for one; nothing is an empty one.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(serde::de::Error::custom("neither a text nor a number")),
    }
}

/// A moment as the platform writes it: `yyyyMMddHHmmss` in Vietnam, the hour of 24.
pub fn date(moment: DateTime<Utc>) -> String {
    vnpay::date(moment)
}

/// An amount as the platform writes it: đồng.
pub fn amount(total: Vnd) -> String {
    total.dong().to_string()
}

/// Reads an amount of đồng: digits only.
pub fn dong(text: &str) -> Option<Vnd> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let dong = digits.then(|| text.parse().ok()).flatten()?;
    Vnd::new(dong).ok()
}

/// What the platform says of a payment: by itself (a confirmation), or when it is asked, then with the status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Word {
    /// What kind of message it is.
    #[serde(rename = "LoaiBanTin", deserialize_with = "text")]
    pub kind: String,
    /// 00 when it went well.
    #[serde(rename = "MaLoi", deserialize_with = "text")]
    pub code: String,
    /// The partner: us.
    #[serde(rename = "MaDoiTac", deserialize_with = "text")]
    pub partner: String,
    /// What we call the payment.
    #[serde(rename = "MaThamChieu", deserialize_with = "text")]
    pub reference: String,
    /// How much, in đồng.
    #[serde(rename = "SoTien", deserialize_with = "text")]
    pub amount: String,
    /// Of which money.
    #[serde(rename = "MaTienTe", deserialize_with = "text")]
    pub currency: String,
    /// The platform's number.
    #[serde(rename = "MaGiaoDich", deserialize_with = "text")]
    pub number: String,
    /// The payer's bank.
    #[serde(rename = "MaNganHang", deserialize_with = "text")]
    pub bank: String,
    /// When.
    #[serde(rename = "ThoiGianGD", deserialize_with = "text")]
    pub at: String,
    /// What for.
    #[serde(rename = "ThongTinGiaoDich", deserialize_with = "text")]
    pub info: String,
    /// 1 paid, 3 pending, 4 failed; only in an answer.
    #[serde(
        rename = "TrangThaiGD",
        deserialize_with = "text",
        skip_serializing_if = "String::is_empty"
    )]
    pub status: String,
    /// The hash.
    #[serde(rename = "MaXacThuc", deserialize_with = "text")]
    pub hash: String,
}

impl Word {
    /// What is hashed of it: of an answer the status as well.
    fn values(&self) -> Vec<&str> {
        let mut values = vec![
            &*self.kind,
            &*self.code,
            &*self.partner,
            &*self.reference,
            &*self.amount,
            &*self.currency,
            &*self.number,
            &*self.bank,
            &*self.at,
            &*self.info,
        ];
        if !self.status.is_empty() {
            values.push(&self.status);
        }
        values
    }

    /// What a confirmation says, if the platform made it; an answer is none.
    pub fn confirmed(&self, secret: &Secret) -> Result<Notice, vnpay::Forged> {
        if !self.status.is_empty() || !self.is_believed(secret) {
            return Err(vnpay::Forged);
        }
        let verdict = if self.code == OK {
            Verdict::Taken
        } else {
            Verdict::Declined
        };
        Ok(self.notice(verdict, &self.code))
    }

    /// What an answer says, if the platform made it and it is about what was asked.
    pub fn answered(
        &self,
        secret: &Secret,
        partner: &str,
        reference: &str,
    ) -> Result<Told, Unanswered> {
        let asked = self.partner == partner && self.reference == reference;
        if !asked || !self.is_believed(secret) {
            return Err(Unanswered::Unbelievable);
        }
        let verdict = match (&*self.code, &*self.status) {
            (UNKNOWN, "") => return Ok(Told::NotFound),
            (OK, PAID) => Verdict::Taken,
            (OK, PENDING) => Verdict::Unfinished,
            (OK, FAILED) => Verdict::Declined,
            (code, _) => return Err(Unanswered::Refused(code.to_owned())),
        };
        let code = if verdict == Verdict::Taken {
            &self.code
        } else {
            &self.status
        };
        Ok(Told::Known(self.notice(verdict, code)))
    }

    fn notice(&self, verdict: Verdict, code: &str) -> Notice {
        Notice {
            through: Through::Platform,
            merchant: self.partner.clone(),
            txn_ref: self.reference.clone(),
            amount: dong(&self.amount).filter(|_| self.currency == CURRENCY),
            verdict,
            returned: None,
            code: code.to_owned(),
            transaction_no: self.number.clone(),
            bank: self.bank.clone(),
            paid_at: vnpay::moment(&self.at),
        }
    }
}

/// A question about one payment: its status, or the platform's receipt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Question {
    /// QUERY or `GET_BILL`.
    #[serde(rename = "LoaiBanTin", deserialize_with = "text")]
    pub kind: String,
    /// The protocol's version.
    #[serde(rename = "PhienBan", deserialize_with = "text")]
    pub version: String,
    /// The partner: us.
    #[serde(rename = "MaDoiTac", deserialize_with = "text")]
    pub partner: String,
    /// What we call the payment.
    #[serde(rename = "MaThamChieu", deserialize_with = "text")]
    pub reference: String,
    /// When it was begun.
    #[serde(rename = "ThoiGianGD", deserialize_with = "text")]
    pub at: String,
    /// The hash.
    #[serde(rename = "MaXacThuc", deserialize_with = "text")]
    pub hash: String,
}

impl Question {
    fn values(&self) -> [&str; 5] {
        [
            &self.kind,
            &self.version,
            &self.partner,
            &self.reference,
            &self.at,
        ]
    }
}

/// What the platform hears after a confirmation. One that is not believed is answered without a hash, and nothing of it is
/// repeated: a forger gets nothing hashed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Heard {
    /// 00 or 02 when it need not be said again.
    #[serde(rename = "MaLoi", deserialize_with = "text")]
    pub code: String,
    /// The same in words.
    #[serde(rename = "MoTaLoi", deserialize_with = "text")]
    pub words: String,
    /// The partner: us.
    #[serde(rename = "MaDoiTac", deserialize_with = "text")]
    pub partner: String,
    /// What we call the payment.
    #[serde(rename = "MaThamChieu", deserialize_with = "text")]
    pub reference: String,
    /// The time in the confirmation.
    #[serde(rename = "ThoiGianGD", deserialize_with = "text")]
    pub at: String,
    /// The hash.
    #[serde(rename = "MaXacThuc", deserialize_with = "text")]
    pub hash: String,
}

impl Heard {
    fn values(&self) -> [&str; 5] {
        [
            &self.code,
            &self.words,
            &self.partner,
            &self.reference,
            &self.at,
        ]
    }
}

hashed!(Word Question Heard);

#[cfg(test)]
mod tests;
