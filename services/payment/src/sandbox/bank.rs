//! How the pretend bank decides and what it says: the real protocol, with bad days on request. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::Vnd;
use serde::{Deserialize, Serialize};

use crate::vnpay::{self, Fields, QUERY, QUERY_ANSWER, REFUND, REFUND_ANSWER, Secret};

/// The bank everybody has an account at.
const BANK: &str = "NCB";
/// A notification is said at most this often.
pub const TRIES: u32 = 8;

/// A payment that a browser came with, its checksum right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The merchant's terminal.
    pub tmn_code: String,
    /// What the merchant calls it.
    pub txn_ref: String,
    /// How much.
    pub amount: Vnd,
    /// What for.
    pub info: String,
    /// Where the browser goes afterwards.
    pub return_url: String,
    /// When the merchant made it, as it said.
    pub created: String,
    /// Until when it may be paid.
    pub expires: Option<DateTime<Utc>>,
}

/// Why the bank does not show its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Not signed with the merchant's secret.
    Forged,
    /// A field is missing or unreadable.
    Malformed,
    /// No such merchant.
    Terminal,
    /// Its time is over.
    Expired,
}

/// Reads what the browser came with, as the real gateway would.
pub fn read(
    pairs: impl IntoIterator<Item = (String, String)>,
    secret: &Secret,
    terminal: &str,
    now: DateTime<Utc>,
) -> Result<Asked, Rejection> {
    let fields = Fields::from_query(pairs, secret).map_err(|_| Rejection::Forged)?;
    let needed = [
        "vnp_TxnRef",
        "vnp_OrderInfo",
        "vnp_ReturnUrl",
        "vnp_IpAddr",
        "vnp_OrderType",
        "vnp_Locale",
    ];
    let well_formed = fields.get("vnp_Version") == vnpay::VERSION
        && fields.get("vnp_Command") == "pay"
        && fields.get("vnp_CurrCode") == "VND"
        && vnpay::moment(fields.get("vnp_CreateDate")).is_some()
        && needed.iter().all(|name| !fields.get(name).is_empty());
    let amount = vnpay::dong(fields.get("vnp_Amount")).filter(|amount| !amount.is_zero());
    let (true, Some(amount)) = (well_formed, amount) else {
        return Err(Rejection::Malformed);
    };
    if fields.get("vnp_TmnCode") != terminal {
        return Err(Rejection::Terminal);
    }
    let own = |name| fields.get(name).to_owned();
    let asked = Asked {
        tmn_code: own("vnp_TmnCode"),
        txn_ref: own("vnp_TxnRef"),
        amount,
        info: own("vnp_OrderInfo"),
        return_url: own("vnp_ReturnUrl"),
        created: own("vnp_CreateDate"),
        expires: vnpay::moment(fields.get("vnp_ExpireDate")),
    };
    if asked.expires.is_some_and(|expires| expires < now) {
        Err(Rejection::Expired)
    } else {
        Ok(asked)
    }
}

/// How long the bank takes to give money back.
const GIVING_BACK: TimeDelta = TimeDelta::minutes(10);

/// What the payer presses, bad days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The payment goes through.
    Pay,
    /// The payer cancels: 24.
    Cancel,
    /// Too little on the account: 51.
    NoFunds,
    /// The bank takes the money and suspects fraud: 07.
    Suspect,
    /// The money is taken, the notification never arrives.
    Lost,
    /// The money is taken, the notification comes half a minute later.
    Late,
    /// The money is taken, the notification comes twice at once.
    Twice,
    /// The money is taken, the notification names another amount.
    WrongAmount,
    /// The money is taken, the notification's checksum is wrong.
    WrongSignature,
    /// The payment goes through, and giving money back is refused later: 09.
    NoRefund,
    /// The money is taken, the notification never arrives, and the next calls about it are heard and never answered.
    Silent,
}

/// How many calls about a payment a silent bank does not answer.
const UNANSWERED: u8 = 2;

impl Choice {
    /// The response code and the transaction status.
    const fn codes(self) -> (&'static str, &'static str) {
        match self {
            Self::Cancel => ("24", "02"),
            Self::NoFunds => ("51", "02"),
            Self::Suspect => ("07", "07"),
            _ => ("00", "00"),
        }
    }
}

/// What the bank tells the merchant's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// When.
    pub due: DateTime<Utc>,
    /// The signed query string.
    pub query: String,
    /// How many at once.
    pub copies: u8,
}

/// What the bank keeps of a decided payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// What was asked.
    pub asked: Asked,
    /// The bank's number, eight digits.
    pub number: i64,
    /// The response code.
    pub code: String,
    /// The transaction status.
    pub status: String,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
    /// How much was given back.
    pub refunded: Vnd,
    /// The transaction status that giving back ends with.
    pub refund_status: String,
    /// The last giving back: how much, and when.
    pub last_refund: Option<(Vnd, DateTime<Utc>)>,
    /// How many calls about it are still heard without an answer.
    pub unanswered: u8,
}

impl Transaction {
    /// The bank's decision.
    pub fn decide(asked: Asked, number: i64, choice: Choice, now: DateTime<Utc>) -> Self {
        let (code, status) = choice.codes();
        Self {
            asked,
            number,
            code: code.into(),
            status: status.into(),
            decided_at: now,
            refunded: Vnd::ZERO,
            refund_status: if matches!(choice, Choice::NoRefund) {
                "09"
            } else {
                "00"
            }
            .into(),
            last_refund: None,
            unanswered: if matches!(choice, Choice::Silent) {
                UNANSWERED
            } else {
                0
            },
        }
    }

    fn report(&self) -> Fields {
        let taken = self.status != "02";
        Fields::default()
            .with("vnp_Amount", vnpay::amount(self.asked.amount))
            .with("vnp_BankCode", BANK)
            .with(
                "vnp_BankTranNo",
                if taken {
                    format!("VNP{}", self.number)
                } else {
                    String::new()
                },
            )
            .with("vnp_CardType", "ATM")
            .with("vnp_OrderInfo", &self.asked.info)
            .with("vnp_PayDate", vnpay::date(self.decided_at))
            .with("vnp_ResponseCode", &self.code)
            .with("vnp_TmnCode", &self.asked.tmn_code)
            .with(
                "vnp_TransactionNo",
                if taken {
                    self.number.to_string()
                } else {
                    "0".into()
                },
            )
            .with("vnp_TransactionStatus", &self.status)
            .with("vnp_TxnRef", &self.asked.txn_ref)
    }

    /// The address the browser is sent back to.
    pub fn return_address(&self, secret: &Secret) -> String {
        let url = &self.asked.return_url;
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}{}", self.report().signed_query(secret))
    }

    /// The notification that follows, if any.
    pub fn notification(&self, choice: Choice, secret: &Secret) -> Option<Notification> {
        let report = self.report();
        let good = Notification {
            due: self.decided_at,
            query: report.signed_query(secret),
            copies: 1,
        };
        match choice {
            Choice::Pay | Choice::Cancel | Choice::NoFunds | Choice::Suspect | Choice::NoRefund => {
                Some(good)
            }
            Choice::Lost | Choice::Silent => None,
            Choice::Late => Some(Notification {
                due: good.due + TimeDelta::seconds(30),
                ..good
            }),
            Choice::Twice => Some(Notification { copies: 2, ..good }),
            Choice::WrongAmount => {
                let hundredfold = format!("{}00", vnpay::amount(self.asked.amount));
                Some(Notification {
                    query: report.with("vnp_Amount", hundredfold).signed_query(secret),
                    ..good
                })
            }
            Choice::WrongSignature => Some(Notification {
                query: swap_last_digit(good.query),
                ..good
            }),
        }
    }

    /// The type and the status that a query is told of: of the payment, or of giving back once there is any.
    fn latest(&self, now: DateTime<Utc>) -> (&'static str, &str) {
        match self.last_refund {
            None => ("01", &self.status),
            Some((amount, at)) => {
                let kind = if amount == self.asked.amount {
                    "02"
                } else {
                    "03"
                };
                let under_way = now < at + GIVING_BACK;
                (kind, if under_way { "05" } else { &self.refund_status })
            }
        }
    }

    /// The answer to a query about it.
    fn told(&self, command: &str, kind: &str, status: &str, id: String) -> Fields {
        Fields::default()
            .with("vnp_ResponseId", id)
            .with("vnp_Command", command)
            .with("vnp_ResponseCode", "00")
            .with("vnp_Message", "Success")
            .with("vnp_TmnCode", &self.asked.tmn_code)
            .with("vnp_TxnRef", &self.asked.txn_ref)
            .with("vnp_Amount", vnpay::amount(self.asked.amount))
            .with("vnp_BankCode", BANK)
            .with("vnp_PayDate", vnpay::date(self.decided_at))
            .with("vnp_TransactionNo", self.number.to_string())
            .with("vnp_TransactionType", kind)
            .with("vnp_TransactionStatus", status)
            .with("vnp_OrderInfo", &self.asked.info)
    }
}

fn swap_last_digit(mut query: String) -> String {
    let last = query.pop();
    query.push(if last == Some('0') { '1' } else { '0' });
    query
}

/// When a notification that was answered with `code` is said again after `tries`; `None` when it has been heard (00, 02)
/// or the bank gives up.
pub fn again(code: &str, tries: u32) -> Option<TimeDelta> {
    let heard = matches!(code, "00" | "02");
    (!heard && tries < TRIES).then(|| TimeDelta::seconds(5 << tries.min(8)))
}

/// A call of the merchant's to `/merchant_webapi/api/transaction`, its checksum right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// What became of it?
    Query(Fields),
    /// Give back this much.
    Refund(Fields, Vnd),
}

impl Call {
    /// Reads a call; the error is the answer's response code.
    pub fn read(
        body: BTreeMap<String, String>,
        secret: &Secret,
        terminal: &str,
    ) -> Result<Self, &'static str> {
        let command = body.get("vnp_Command").cloned().unwrap_or_default();
        let order = match command.as_str() {
            "querydr" => &QUERY[..],
            "refund" => &REFUND[..],
            _ => return Err("03"),
        };
        let fields = Fields::unsealed(body, order, secret).map_err(|_| "97")?;
        if fields.get("vnp_TmnCode") != terminal {
            return Err("02");
        }
        let needed = [
            "vnp_RequestId",
            "vnp_TxnRef",
            "vnp_CreateDate",
            "vnp_TransactionDate",
        ];
        if needed.iter().any(|name| fields.get(name).is_empty()) {
            return Err("03");
        }
        match (command.as_str(), vnpay::dong(fields.get("vnp_Amount"))) {
            ("querydr", _) => Ok(Self::Query(fields)),
            ("refund", Some(amount)) if !amount.is_zero() => Ok(Self::Refund(fields, amount)),
            _ => Err("03"),
        }
    }

    /// The fields of the call.
    pub const fn fields(&self) -> &Fields {
        match self {
            Self::Query(fields) | Self::Refund(fields, _) => fields,
        }
    }

    /// The signed answer, given what the bank has on it; for a refund that is granted, its amount and what has been given
    /// back in all.
    pub fn answer(
        &self,
        found: Option<&Transaction>,
        id: String,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> (Fields, Option<(Vnd, Vnd)>) {
        let found =
            found.filter(|found| found.asked.created == self.fields().get("vnp_TransactionDate"));
        match (self, found) {
            (_, None) => (self.refuse("91", id, secret), None),
            (Self::Query(_), Some(found)) => {
                let (kind, status) = found.latest(now);
                let told = found.told("querydr", kind, status, id);
                (told.sealed(&QUERY_ANSWER, secret), None)
            }
            (Self::Refund(fields, amount), Some(found)) => match refundable(found, *amount) {
                Ok(refunded) => {
                    let told = found.told("refund", fields.get("vnp_TransactionType"), "05", id);
                    (
                        told.sealed(&REFUND_ANSWER, secret),
                        Some((*amount, refunded)),
                    )
                }
                Err(code) => (self.refuse(code, id, secret), None),
            },
        }
    }

    /// The signed answer that says no.
    pub fn refuse(&self, code: &str, id: String, secret: &Secret) -> Fields {
        let fields = self.fields();
        let refusal = Fields::default()
            .with("vnp_ResponseId", id)
            .with("vnp_Command", fields.get("vnp_Command"))
            .with("vnp_ResponseCode", code)
            .with("vnp_Message", "Refused")
            .with("vnp_TmnCode", fields.get("vnp_TmnCode"))
            .with("vnp_TxnRef", fields.get("vnp_TxnRef"));
        match self {
            Self::Query(_) => refusal.sealed(&QUERY_ANSWER, secret),
            Self::Refund(..) => refusal.sealed(&REFUND_ANSWER, secret),
        }
    }
}

/// What would have been given back in all; the error is the answer's response code.
fn refundable(found: &Transaction, amount: Vnd) -> Result<Vnd, &'static str> {
    if found.status != "00" {
        return Err("95");
    }
    found
        .refunded
        .plus(amount)
        .ok()
        .filter(|refunded| *refunded <= found.asked.amount)
        .ok_or("99")
}

#[cfg(test)]
mod tests;
