//! VNPAY 2.1.0 as it is spoken: signed fields, the pay page's address, the notification (IPN) and the answers it wants.

pub(crate) mod gateway;
mod query;
mod sources;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use contracts::Vnd;
use hmac::Hmac;
use sha2::Sha512;

use crate::port::{Notice, Returned, Through, Verdict};

pub use gateway::{Gateway, GiveBack, Visit};
pub use query::{QUERY, QUERY_ANSWER, REFUND, REFUND_ANSWER};
pub use sources::{NoAddress, Sources};

/// The version of the protocol.
pub const VERSION: &str = "2.1.0";
const HASH: &str = "vnp_SecureHash";
const HASH_TYPE: &str = "vnp_SecureHashType";
const DATE: &str = "%Y%m%d%H%M%S";
/// Vietnam's time, in which banks count their days.
pub(crate) const GMT_7: FixedOffset = match FixedOffset::east_opt(7 * 3600) {
    Some(offset) => offset,
    None => panic!("seven hours are an offset"),
};

/// The merchant's secret.
pub type Secret = crate::secret::Secret<Hmac<Sha512>>;

/// A secret that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("the VNPAY hash secret is empty: set PAYMENT__VNPAY__HASH_SECRET")]
pub struct NoSecret;

impl TryFrom<String> for Secret {
    type Error = NoSecret;
    fn try_from(text: String) -> Result<Self, NoSecret> {
        Self::new(&text, 1).ok_or(NoSecret)
    }
}

/// What was signed with another secret, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the checksum is wrong")]
pub struct Forged;

/// The `vnp_` fields of one message; a field without a value does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Adds a field, unless its value is empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// A field's value; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The fields as they are, to send as JSON.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The fields as a query string, sorted by name: the text that is signed.
    pub fn query(&self) -> String {
        let pairs = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", form(name), form(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The query string with its checksum at the end.
    pub fn signed_query(&self, secret: &Secret) -> String {
        let query = self.query();
        let hash = secret.signature(&[query.as_bytes()]);
        format!("{query}&{HASH}={hash}")
    }

    /// Reads a query's pairs, refusing them unless the checksum is right. Foreign fields are left out, as VNPAY does.
    pub fn from_query(
        pairs: impl IntoIterator<Item = (String, String)>,
        secret: &Secret,
    ) -> Result<Self, Forged> {
        let (fields, hash) = Self::apart(pairs);
        if secret.made(&[fields.query().as_bytes()], &hash) {
            Ok(fields)
        } else {
            Err(Forged)
        }
    }

    /// The fields with a checksum over the values named in `order`, as the JSON calls have it.
    #[must_use]
    pub fn sealed(self, order: &[&str], secret: &Secret) -> Self {
        let hash = secret.signature(&[self.joined(order).as_bytes()]);
        self.with(HASH, hash)
    }

    /// Reads a JSON call or answer, refusing it unless the checksum over the values named in `order` is right.
    pub fn unsealed(
        pairs: impl IntoIterator<Item = (String, String)>,
        order: &[&str],
        secret: &Secret,
    ) -> Result<Self, Forged> {
        let (fields, hash) = Self::apart(pairs);
        if secret.made(&[fields.joined(order).as_bytes()], &hash) {
            Ok(fields)
        } else {
            Err(Forged)
        }
    }

    fn joined(&self, order: &[&str]) -> String {
        order
            .iter()
            .map(|name| self.get(name))
            .collect::<Vec<_>>()
            .join("|")
    }

    fn apart(pairs: impl IntoIterator<Item = (String, String)>) -> (Self, String) {
        let mut fields = Self::default();
        let mut hash = String::new();
        for (name, value) in pairs {
            match name.as_str() {
                HASH => hash = value,
                HASH_TYPE => {}
                _ if name.starts_with("vnp_") => fields = fields.with(&name, value),
                _ => {}
            }
        }
        (fields, hash)
    }
}

/// Form encoding (application/x-www-form-urlencoded): space is `+`, all but `*-._` and ASCII letters and digits is `%XX`.
fn form(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.push_str(&hex::encode_upper([byte]));
            }
        }
    }
    encoded
}

/// A moment as VNPAY writes it: `yyyyMMddHHmmss` in GMT+7.
pub fn date(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&GMT_7).format(DATE).to_string()
}

/// Reads `yyyyMMddHHmmss` in GMT+7.
pub fn moment(date: &str) -> Option<DateTime<Utc>> {
    // chrono would also take signs, spaces and years of any length.
    if date.len() != 14 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let local = NaiveDateTime::parse_from_str(date, DATE).ok()?;
    Some(local.and_local_timezone(GMT_7).single()?.to_utc())
}

/// An amount as VNPAY writes it: hundredths of a đồng.
pub fn amount(total: Vnd) -> String {
    (total.dong() * 100).to_string()
}

/// Reads hundredths of a đồng; `None` for anything that is no whole amount.
pub fn dong(hundredths: &str) -> Option<Vnd> {
    let value: i64 = hundredths.parse().ok()?;
    (value % 100 == 0)
        .then(|| Vnd::new(value / 100).ok())
        .flatten()
}

/// A payment the citizen is sent to the gateway with.
#[derive(Debug, Clone)]
pub struct Payment<'a> {
    /// The merchant's terminal.
    pub tmn_code: &'a str,
    /// What the attempt is called at the gateway.
    pub txn_ref: &'a str,
    /// How much.
    pub amount: Vnd,
    /// What stands on the bank statement; unaccented, no personal data.
    pub info: &'a str,
    /// Where the browser comes back to.
    pub return_url: &'a str,
    /// The payer's address.
    pub ip: &'a str,
    /// Bank to go to at once; empty lets the payer choose.
    pub bank: &'a str,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Until when it may be paid.
    pub expires: Option<DateTime<Utc>>,
}

impl Payment<'_> {
    /// The fields of the pay page's address.
    pub fn fields(&self) -> Fields {
        Fields::default()
            .with("vnp_Version", VERSION)
            .with("vnp_Command", "pay")
            .with("vnp_TmnCode", self.tmn_code)
            .with("vnp_Amount", amount(self.amount))
            .with("vnp_CurrCode", "VND")
            .with("vnp_TxnRef", self.txn_ref)
            .with("vnp_OrderInfo", self.info)
            .with("vnp_OrderType", "other")
            .with("vnp_Locale", "vn")
            .with("vnp_ReturnUrl", self.return_url)
            .with("vnp_IpAddr", self.ip)
            .with("vnp_BankCode", self.bank)
            .with("vnp_CreateDate", date(self.created))
            .with("vnp_ExpireDate", self.expires.map(date).unwrap_or_default())
    }
}

/// 00 twice is taken, 07 suspected, 01 unfinished; of giving back, 05 and 06 are under way and 00 is done.
impl From<&Fields> for Notice {
    fn from(fields: &Fields) -> Self {
        let own = |name| fields.get(name).to_owned();
        let status = fields.get("vnp_TransactionStatus");
        Self {
            through: Through::Vnpay,
            merchant: own("vnp_TmnCode"),
            txn_ref: own("vnp_TxnRef"),
            amount: dong(fields.get("vnp_Amount")),
            verdict: match (fields.get("vnp_ResponseCode"), status) {
                ("00", "00") => Verdict::Taken,
                ("07", _) | (_, "07") => Verdict::Suspected,
                ("00", "01") => Verdict::Unfinished,
                _ => Verdict::Declined,
            },
            returned: match (fields.get("vnp_TransactionType"), status) {
                ("02" | "03", "05" | "06") => Some(Returned::UnderWay),
                ("02" | "03", "00") => Some(Returned::Done),
                ("02" | "03", _) => Some(Returned::Refused),
                _ => None,
            },
            code: match fields.get("vnp_ResponseCode") {
                "00" => status.to_owned(),
                code => code.to_owned(),
            },
            transaction_no: own("vnp_TransactionNo"),
            bank: own("vnp_BankCode"),
            paid_at: moment(fields.get("vnp_PayDate")),
        }
    }
}

#[cfg(test)]
mod tests;
