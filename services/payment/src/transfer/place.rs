//! What an officer says a line is that no payer sent: money between the agency's own places. Pure.

use contracts::Vnd;
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    domain::ledger::{Account, Cause, Posting},
    statement::{Direction, Line},
};

/// Where the money of a line that is no payer's came from, or went.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Place {
    /// The gateway pays out what it took.
    Gateway,
    /// The national platform pays out what it took.
    Platform,
    /// The card terminal's bank pays out what it took.
    Terminal,
    /// The treasurer pays cash in, or money goes to the State treasury.
    Treasury,
    /// The bank's own charges.
    Charges,
    /// Nobody can say.
    Differences,
}

/// Why a line is not put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// Only what a payout brings can be less a charge.
    #[error("only a payout of a gateway's or the terminal's keeps a charge")]
    Charge,
    /// Somebody was faster.
    #[error("the line has been settled already")]
    Settled,
}

impl Place {
    /// The name it is stored by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    const fn account(self) -> Account {
        match self {
            Self::Gateway => Account::Gateway,
            Self::Platform => Account::Platform,
            Self::Terminal => Account::Terminal,
            Self::Treasury => Account::Treasury,
            Self::Charges => Account::Charges,
            Self::Differences => Account::Differences,
        }
    }

    const fn keeps_charges(self) -> bool {
        matches!(self, Self::Gateway | Self::Platform | Self::Terminal)
    }

    /// What a line posts whose money came from there, or went there; `charge` is what was kept of a payout on its way.
    pub fn postings(self, line: Uuid, of: &Line, charge: Vnd) -> Result<Vec<Posting>, Misplaced> {
        let (account, cause) = (self.account(), Cause::Placed(line));
        let came = of.direction == Direction::Credit;
        let may_keep = came && self.keeps_charges();
        if !charge.is_zero() && !may_keep {
            return Err(Misplaced::Charge);
        }
        let (debit, credit) = if came {
            (Account::Unallocated, account)
        } else {
            (account, Account::Unallocated)
        };
        let mut postings = vec![Posting::new(debit, credit, of.amount, cause)];
        if !charge.is_zero() {
            let kept = Cause::Charged(line);
            postings.push(Posting::new(Account::Charges, account, charge, kept));
        }
        Ok(postings)
    }
}
