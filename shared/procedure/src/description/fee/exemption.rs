//! Who pays nothing or less (miễn, giảm), and the paper that proves it.

use std::fmt;

use contracts::{Refused, Vnd};
use serde::{Deserialize, Serialize};

use super::{FeeRule, Source, When};
use crate::Bilingual;

/// Who pays nothing or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Its id: lower-case letters, digits and `-`.
    pub id: String,
    /// Who; it is the reason that stands beside the line.
    pub who: Bilingual,
    /// What the citizen declares in the form.
    pub when: When,
    /// How much less.
    pub less: Less,
    /// The ids of the lines that it concerns; all when empty.
    #[serde(default)]
    pub lines: Vec<String>,
    /// The component that proves it: nobody who declares it can file without.
    pub proof: String,
    /// Where it stands in the law.
    #[serde(default)]
    pub basis: Option<Source>,
}

impl Exemption {
    pub(super) fn concerns(&self, rule: &FeeRule) -> bool {
        self.lines.is_empty() || rule.id.as_ref().is_some_and(|id| self.lines.contains(id))
    }
}

/// How much less: `free`, `percent: 50` or `amount: 5000` off each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Less {
    /// All of it.
    Free,
    /// A share of it. What is left is rounded down to whole đồng.
    Percent(Percent),
    /// So much, and never more than the line.
    Amount(Vnd),
}

/// A share between nothing and all: 1 to 99 in a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        if (1..=99).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err("a percentage is from 1 to 99; all of it is `free`")
        }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    /// `50%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl Less {
    /// How much is taken off `full`: never more than there is.
    pub fn of(self, full: Vnd) -> Result<Vnd, Refused> {
        match self {
            Self::Free => Ok(full),
            Self::Percent(Percent(percent)) => {
                let left = full.dong() / 100 * i64::from(100 - percent)
                    + full.dong() % 100 * i64::from(100 - percent) / 100;
                full.minus(Vnd::new(left)?)
            }
            Self::Amount(amount) => Ok(amount.min(full)),
        }
    }
}

/// As YAML writes it.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "less is `free`, `{ percent: 1 to 99 }` or `{ amount: đồng }`"
)]
enum Written {
    Word(Word),
    Percent(Share),
    Amount(Sum),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Free,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    percent: Percent,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sum {
    amount: Vnd,
}

impl From<Written> for Less {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(Word::Free) => Self::Free,
            Written::Percent(Share { percent }) => Self::Percent(percent),
            Written::Amount(Sum { amount }) => Self::Amount(amount),
        }
    }
}

impl From<Less> for Written {
    fn from(less: Less) -> Self {
        match less {
            Less::Free => Self::Word(Word::Free),
            Less::Percent(percent) => Self::Percent(Share { percent }),
            Less::Amount(amount) => Self::Amount(Sum { amount }),
        }
    }
}
