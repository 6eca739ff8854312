//! Recovery codes: written on paper for the day on which the telephone is lost, each good once.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Digits and letters that nobody takes for one another (Crockford's base32): 5 bits each.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many somebody gets.
pub const RECOVERY_CODES: usize = 10;

/// A recovery code: ten letters, 50 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// How many letters it has.
    pub const LENGTH: usize = 10;

    /// A code from random bytes.
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
        Self(bytes.iter().map(letter).collect())
    }

    /// Reads what somebody typed from a paper. `None`: it is no such code.
    pub fn read(text: &str) -> Option<Self> {
        let typed = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .flat_map(char::to_lowercase);
        let meant = typed.map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
        let code: String = meant.collect();
        let well_formed = code.len() == Self::LENGTH && code.bytes().all(|c| LETTERS.contains(&c));
        well_formed.then_some(Self(code))
    }

    /// For hashing only.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

/// As it is shown, once: `k7m2p-9x4hd`.
impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(Self::LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_shown_and_as_people_copy_it() {
        let code = RecoveryCode::new([0, 1, 20, 31, 32, 255, 9, 10, 17, 18]);
        let shown = code.to_string();
        assert_eq!(shown, "01mz0-z9ahj");
        for text in [shown.as_str(), "01MZ0 Z9AHJ", " oimz0z9ahj ", "Olmz0-z9ahj"] {
            assert!(RecoveryCode::read(text) == Some(code.clone()), "{text}");
        }
        for text in ["", "279037", "01mz0-z9ah", "01mz0-z9ahj0", "01mz0-z9ahu"] {
            assert!(RecoveryCode::read(text).is_none(), "{text}");
        }
    }
}
