//! What the bank, or who speaks for it, says of lines as they are booked: JSON, signed together with the time it was said.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::{Refused, Vnd};
use hmac::Hmac;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::statement::{Direction, Draft, Line, Unreadable, Wrong, refused};

/// The header with the time, in seconds since 1970.
pub const TIMESTAMP: &str = "x-bank-timestamp";
/// The header with the signature: HMAC-SHA256 in hex over the time, a full stop and the body.
pub const SIGNATURE: &str = "x-bank-signature";
/// The most lines of one call.
pub const MOST: usize = 200;

/// The secret that is shared with the bank.
pub type Secret = crate::secret::Secret<Hmac<Sha256>>;
/// The fewest bytes of it.
const SHORTEST: usize = 16;

/// A secret that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error(
    "the bank's webhook secret is shorter than 16 characters: set PAYMENT__TRANSFER__WEBHOOK_SECRET"
)]
pub struct NoSecret;

impl TryFrom<&str> for Secret {
    type Error = NoSecret;
    fn try_from(text: &str) -> Result<Self, NoSecret> {
        Self::new(text, SHORTEST).ok_or(NoSecret)
    }
}

/// Why a call is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelieved {
    /// Not signed with our secret, or changed since.
    #[error("the signature is missing or wrong")]
    Forged,
    /// Said too long ago, or in the future.
    #[error("the call was signed too long ago, or by a clock that is wrong")]
    Stale,
}

impl Secret {
    /// The two headers of a call: the time and the signature.
    pub fn sign(&self, now: DateTime<Utc>, body: &[u8]) -> [(&'static str, String); 2] {
        let timestamp = now.timestamp().to_string();
        let signature = self.signature(&[timestamp.as_bytes(), b".", body]);
        [(TIMESTAMP, timestamp), (SIGNATURE, signature)]
    }

    /// Believes a call that was signed with this secret, at most `patience` ago. Compares in constant time.
    pub fn check(
        &self,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: DateTime<Utc>,
        patience: TimeDelta,
    ) -> Result<(), Disbelieved> {
        if !self.made(&[timestamp.as_bytes(), b".", body], signature) {
            return Err(Disbelieved::Forged);
        }
        let said = timestamp
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        said.filter(|said| (now - *said).abs() <= patience)
            .map(drop)
            .ok_or(Disbelieved::Stale)
    }
}

/// A call's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The account that the lines are of.
    pub account: String,
    /// At most 200 booked lines.
    pub lines: Vec<SaidLine>,
}

/// One booked line as the bank says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaidLine {
    /// The bank's own reference; the same line always has the same, here and in the statement.
    pub reference: String,
    /// The booking day.
    pub booked_on: NaiveDate,
    /// Whether money came (`credit`) or went (`debit`).
    pub direction: Direction,
    /// How much, in đồng.
    pub amount: Vnd,
    /// Who sent it, or got it.
    #[serde(default)]
    pub remitter: String,
    /// What for.
    #[serde(default)]
    pub purpose: String,
    /// What the payer's bank called it.
    #[serde(default)]
    pub end_to_end: String,
    /// Whether it takes an earlier line back.
    #[serde(default)]
    pub reversal: bool,
}

impl Said {
    /// The call's lines, or the field that is wrong and why.
    pub fn lines(&self) -> Result<Vec<Line>, (String, Refused)> {
        if !(1..=MOST).contains(&self.lines.len()) {
            let refused = Refused::new(
                "Mỗi lần gửi từ 1 đến 200 giao dịch",
                "A call has 1 to 200 lines",
            );
            return Err(("lines".into(), refused));
        }
        let wrong = |at: usize, wrong: Wrong| {
            (
                format!("lines.{at}"),
                refused(&Unreadable::Line(at + 1, wrong)),
            )
        };
        let lines = self.lines.iter().enumerate();
        lines
            .map(|(at, line)| line.line().map_err(|error| wrong(at, error)))
            .collect()
    }
}

impl From<Line> for SaidLine {
    fn from(line: Line) -> Self {
        Self {
            reference: line.reference,
            booked_on: line.booked_on,
            direction: line.direction,
            amount: line.amount,
            remitter: line.remitter,
            purpose: line.purpose,
            end_to_end: line.end_to_end,
            reversal: line.reversal,
        }
    }
}

impl SaidLine {
    fn line(&self) -> Result<Line, Wrong> {
        Line::new(&Draft {
            reference: &self.reference,
            booked_on: self.booked_on,
            direction: self.direction,
            amount: self.amount,
            remitter: &self.remitter,
            purpose: &self.purpose,
            end_to_end: &self.end_to_end,
            reversal: self.reversal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_791_396_900, 0).unwrap()
    }

    #[test]
    fn only_what_was_signed_just_now_with_our_secret_is_believed() {
        let secret = Secret::try_from("MOTCUA0TEST0BANK0SECRET").unwrap();
        let other = Secret::try_from("MOTCUA0TEST0BANK0SECRE2").unwrap();
        let [(_, time), (_, signature)] = secret.sign(now(), b"{}");
        let check = |secret: &Secret, time: &str, signature: &str, body: &[u8], late| {
            let patience = TimeDelta::minutes(5);
            secret.check(
                time,
                signature,
                body,
                now() + TimeDelta::minutes(late),
                patience,
            )
        };
        assert_eq!(check(&secret, &time, &signature, b"{}", 0), Ok(()));
        assert_eq!(
            check(&secret, &time, &signature.to_uppercase(), b"{}", 5),
            Ok(())
        );
        assert_eq!(
            check(&secret, &time, &signature, b"{}", 6),
            Err(Disbelieved::Stale)
        );
        assert_eq!(
            check(&secret, &time, &signature, b"{}", -6),
            Err(Disbelieved::Stale)
        );
        assert_eq!(
            check(&secret, &time, &signature, b"{ }", 0),
            Err(Disbelieved::Forged)
        );
        assert_eq!(
            check(&secret, "1791396901", &signature, b"{}", 0),
            Err(Disbelieved::Forged)
        );
        assert_eq!(
            check(&secret, &time, "", b"{}", 0),
            Err(Disbelieved::Forged)
        );
        assert_eq!(
            check(&secret, &time, "zz", b"{}", 0),
            Err(Disbelieved::Forged)
        );
        assert_eq!(
            check(&other, &time, &signature, b"{}", 0),
            Err(Disbelieved::Forged)
        );
        // Signed, and yet no time.
        let odd = secret.signature(&[b"soon", b".", b"{}"]);
        assert_eq!(
            check(&secret, "soon", &odd, b"{}", 0),
            Err(Disbelieved::Stale)
        );
        assert!(Secret::try_from("  too short  ").is_err());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_call_is_refused_with_the_line_that_is_wrong() {
        let line = SaidLine {
            reference: "S1".into(),
            booked_on: NaiveDate::from_ymd_opt(2026, 10, 8).unwrap(),
            direction: Direction::Credit,
            amount: Vnd::new(8_000).unwrap(),
            remitter: String::new(),
            purpose: String::new(),
            end_to_end: String::new(),
            reversal: false,
        };
        let said = |lines: Vec<SaidLine>| Said {
            account: "1".into(),
            lines,
        };
        let nameless = SaidLine {
            reference: " ".into(),
            ..line.clone()
        };
        assert_eq!(said(vec![line.clone()]).lines().unwrap().len(), 1);
        assert_eq!(
            said(vec![line.clone(), nameless]).lines().unwrap_err().0,
            "lines.1"
        );
        assert_eq!(said(vec![]).lines().unwrap_err().0, "lines");
        assert_eq!(said(vec![line; MOST + 1]).lines().unwrap_err().0, "lines");
    }
}
