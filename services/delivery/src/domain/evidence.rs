//! What proves that a result is in the right hands, by the way it went. Pure.

use std::fmt;

use chrono::{DateTime, Utc};
use contracts::Refused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody showed at the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The citizen's card (căn cước).
    CitizenCard,
    /// A passport.
    Passport,
    /// The card in the national identity app.
    Vneid,
    /// An authorisation, with the card of whoever came.
    Authorisation,
}

impl Shown {
    /// Its name, as officers and owners read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CitizenCard => "căn cước",
            Self::Passport => "hộ chiếu",
            Self::Vneid => "VNeID",
            Self::Authorisation => "giấy ủy quyền",
        }
    }
}

/// The last four signs of a paper's number: enough to find it again, too little to use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
pub struct Ending(String);

impl TryFrom<String> for Ending {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Refused> {
        let text = text.trim();
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text.to_ascii_uppercase()));
        }
        Err(Refused::new(
            "Ghi bốn ký tự cuối của số giấy tờ, không ghi cả số",
            "Note the last four signs of the number, not all of it",
        ))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who somebody is, as the officer saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// What was shown.
    pub shown: Shown,
    /// How its number ends.
    pub ending: Ending,
}

/// How somebody confirmed at the counter that they have the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// By the code that the applicant was sent.
    Code,
    /// By a signature in the register.
    Signature,
}

/// What proves a hand-over. One in the portal is proved by its owner's opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Evidence {
    /// At the counter.
    Counter {
        /// Who took it.
        identity: Identity,
        /// How they confirmed it.
        confirmed: Confirmed,
    },
    /// The post office says so.
    Tracking {
        /// Our number of the parcel.
        parcel: String,
        /// The post office's number of what it said.
        event: i64,
        /// What it said.
        message: String,
        /// When that happened.
        at: DateTime<Utc>,
    },
    /// An officer says that the post delivered it.
    Officer,
}

/// Whether what came to the counter is enough: a code or a signature.
pub fn confirmed(has_code: bool, has_signed: bool) -> Option<Confirmed> {
    match (has_code, has_signed) {
        (true, _) => Some(Confirmed::Code),
        (false, true) => Some(Confirmed::Signature),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_number_is_four_signs_and_never_the_number() {
        for wrong in ["", "123", "066090001234", "12 4", "12-4", "Ấ123"] {
            assert!(Ending::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        let ending = Ending::try_from(" b123 ".to_owned()).unwrap();
        assert_eq!(ending.to_string(), "B123");
    }

    #[test]
    fn a_code_or_a_signature_is_wanted_and_the_code_counts_for_more() {
        assert_eq!(confirmed(false, false), None);
        assert_eq!(confirmed(false, true), Some(Confirmed::Signature));
        assert_eq!(confirmed(true, true), Some(Confirmed::Code));
    }

    #[test]
    fn evidence_is_kept_as_it_was() {
        let evidence = Evidence::Counter {
            identity: Identity {
                shown: Shown::CitizenCard,
                ending: Ending("1234".into()),
            },
            confirmed: Confirmed::Signature,
        };
        let text = serde_json::to_string(&evidence).unwrap();
        assert_eq!(
            text,
            r#"{"by":"counter","identity":{"shown":"citizen_card","ending":"1234"},"confirmed":"signature"}"#
        );
        assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    }
}
