//! How surely it is known who somebody is, from what they say of themselves to an electronic identity that was checked in person.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How surely a person is known (mức độ xác thực). Each level says what the ones before it say, and more; tokens carry its number,
/// files its name.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// They are who they say: a password alone, which others may know.
    #[default]
    SelfAsserted = 1,
    /// Somebody has made sure of one thing: that messages reach them, or, of who works here, that an operator answers for them.
    ContactProven = 2,
    /// Somebody has looked at their papers. It is the most that an account is kept at: what is surer, one sign-in has shown.
    DocumentChecked = 3,
    /// An electronic identity of level 1: registered on line against the population database (Decree 69/2024/NĐ-CP).
    #[serde(rename = "e-id-1")]
    EidOne = 4,
    /// An electronic identity of level 2: face or fingerprints were compared in person.
    #[serde(rename = "e-id-2")]
    EidTwo = 5,
}

impl Assurance {
    /// All of them, the least sure first.
    pub const ALL: [Self; 5] = [
        Self::SelfAsserted,
        Self::ContactProven,
        Self::DocumentChecked,
        Self::EidOne,
        Self::EidTwo,
    ];

    /// As tokens and rows carry it.
    pub const fn level(self) -> u8 {
        self as u8
    }

    /// The level of this number.
    pub fn of_level(number: u8) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|level| level.level() == number)
    }

    /// Whether it proves the personal identification number that comes with it.
    pub fn proves_number(self) -> bool {
        self >= Self::EidOne
    }

    /// As files and `acr_values` name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self-asserted",
            Self::ContactProven => "contact-proven",
            Self::DocumentChecked => "document-checked",
            Self::EidOne => "e-id-1",
            Self::EidTwo => "e-id-2",
        }
    }

    /// What somebody has to have for it, in Vietnamese, as the rest of a sentence.
    pub const fn vi(self) -> &'static str {
        match self {
            Self::SelfAsserted => "tài khoản có mật khẩu",
            Self::ContactProven => "tài khoản có số điện thoại hoặc thư điện tử đã xác nhận",
            Self::DocumentChecked => "tài khoản đã được cán bộ đối chiếu căn cước",
            Self::EidOne => "tài khoản định danh điện tử mức độ 1 trở lên",
            Self::EidTwo => "tài khoản định danh điện tử mức độ 2",
        }
    }

    /// The same in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::SelfAsserted => "an account with a password",
            Self::ContactProven => "an account with a proven telephone number or e-mail address",
            Self::DocumentChecked => "an account whose identity card an officer has checked",
            Self::EidOne => "an electronic identity of level 1 or more",
            Self::EidTwo => "an electronic identity of level 2",
        }
    }
}

impl FromStr for Assurance {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|level| level.name() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_keep_their_numbers_and_are_read_by_their_names() {
        let numbers = Assurance::ALL.map(Assurance::level);
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(Assurance::of_level(4), Some(Assurance::EidOne));
        assert_eq!(Assurance::of_level(6), None);
        assert_eq!(Assurance::of_level(0), None);
        for level in Assurance::ALL {
            assert_eq!(level.name().parse(), Ok(level));
            let written = serde_json::to_value(level).unwrap();
            assert_eq!(written, level.name(), "files name it as we do");
        }
        assert!("e-id-3".parse::<Assurance>().is_err());
    }

    #[test]
    fn only_an_electronic_identity_proves_the_number() {
        let proving = Assurance::ALL.map(Assurance::proves_number);
        assert_eq!(proving, [false, false, false, true, true]);
    }
}
