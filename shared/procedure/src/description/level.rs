//! How much of a procedure goes online.

use serde::{Deserialize, Serialize};

/// The level of an online public service (mức độ 1–4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// 1: the citizen can read about it.
    Information,
    /// 2: the citizen can also get the form, fill it in and print it.
    Forms,
    /// 3: the citizen files online; payment and result are at the desk.
    Filing,
    /// 4: the citizen files, pays and gets the result online or by post.
    Whole,
}

/// What Decree 42/2022/NĐ-CP calls the levels today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Levels 1 and 2: cung cấp thông tin.
    Information,
    /// Level 3: dịch vụ công trực tuyến một phần.
    Partial,
    /// Level 4: dịch vụ công trực tuyến toàn trình.
    EndToEnd,
}

impl Level {
    /// The modern term for it.
    pub const fn term(self) -> Term {
        match self {
            Self::Information | Self::Forms => Term::Information,
            Self::Filing => Term::Partial,
            Self::Whole => Term::EndToEnd,
        }
    }

    /// Whether dossiers are filed online.
    pub const fn is_filed_online(self) -> bool {
        matches!(self, Self::Filing | Self::Whole)
    }

    /// Whether the citizen fills in a form here, be it only to print it.
    pub const fn has_form(self) -> bool {
        !matches!(self, Self::Information)
    }

    /// The level's number.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

impl TryFrom<u8> for Level {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::Information),
            2 => Ok(Self::Forms),
            3 => Ok(Self::Filing),
            4 => Ok(Self::Whole),
            _ => Err("a level is 1, 2, 3 or 4"),
        }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.number()
    }
}
