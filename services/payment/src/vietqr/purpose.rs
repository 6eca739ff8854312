//! What a transfer is for, as it stands on both sides' statements: unaccented, at most 25 characters.

use super::Unreadable;

/// The most that banks carry over whole.
const LONGEST: usize = 25;

/// A purpose that every bank carries over as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose(String);

impl Purpose {
    /// Takes words in Vietnamese and leaves off what banks would change: accents, tone marks, signs, double spaces.
    /// Refuses what is too long then, since a bank would cut it, and what nothing is left of.
    pub fn plain(words: &str) -> Result<Self, Unreadable> {
        let kept = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                ' '
            }
        };
        let plain: String = procedure::unaccented(words).map(kept).collect();
        Self::read(&plain.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Takes a purpose as it stands in a code.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if printable && (1..=LONGEST).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unreadable::Purpose)
        }
    }

    /// Its words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
