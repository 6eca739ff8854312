//! Passkeys, as far as no authenticator is needed to judge: what one may be called, how many there may be, which must stay.

use std::{fmt, str::FromStr};

use contracts::Refused;
use unicode_normalization::UnicodeNormalization;

/// As many an account may have: a person's devices, and no list that nobody reads.
pub const PASSKEYS: usize = 10;

/// What its owner calls a passkey: 1 to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PasskeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PasskeyName {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let name: String = text.trim().nfc().collect();
        if (1..=60).contains(&name.chars().count()) && !name.contains(char::is_control) {
            Ok(Self(name))
        } else {
            Err(Refused::new(
                "Tên gọi gồm 1 đến 60 ký tự, ví dụ: Điện thoại của tôi",
                "A name has 1 to 60 characters, for example: My phone",
            ))
        }
    }
}

/// Whether a passkey may go. `required`: its owner must have a second factor; `has_app`: they have an authenticator app;
/// `others`: their other passkeys that can be used.
pub fn may_go(required: bool, has_app: bool, others: usize) -> bool {
    !required || has_app || others > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_to_sixty_characters_on_one_line() {
        let name: PasskeyName = "  Điện thoại của tôi ".parse().unwrap();
        assert_eq!(name.as_str(), "Điện thoại của tôi");
        assert!("ệ".repeat(60).parse::<PasskeyName>().is_ok());
        for wrong in ["", "  ", "hai\ndòng", &"ệ".repeat(61)] {
            assert!(wrong.parse::<PasskeyName>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_last_of_what_an_officer_must_have_stays() {
        assert!(!may_go(true, false, 0));
        assert!(may_go(true, true, 0));
        assert!(may_go(true, false, 1));
        assert!(may_go(false, false, 0));
    }
}
