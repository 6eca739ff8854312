//! The code by which anybody can check a result: twelve characters that cannot be guessed, nor misread over the telephone.

use std::{fmt, str::FromStr};

/// Crockford's alphabet: no I, L, O or U. Five bits a character, so sixty in all.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 12;

/// A check code, shown in groups of four: `7K3M-Q2XV-9TRP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckCode(String);

/// A text that is no check code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a check code has 12 letters and digits")]
pub struct NoCode;

impl CheckCode {
    /// The code that random bytes make: each byte gives its lower five bits.
    pub fn of(random: [u8; LENGTH]) -> Self {
        let letters = random.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self::grouped(letters.iter())
    }

    fn grouped<'a>(letters: impl Iterator<Item = &'a char>) -> Self {
        let mut text = String::with_capacity(LENGTH + 2);
        for (place, letter) in letters.enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(*letter);
        }
        Self(text)
    }

    /// As it is printed and kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CheckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CheckCode {
    type Err = NoCode;

    /// Reads what a person typed: in any case, with or without hyphens, O for zero, I or L for one.
    fn from_str(text: &str) -> Result<Self, NoCode> {
        let mut letters = Vec::with_capacity(LENGTH);
        for typed in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let letter = match typed.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || letters.len() == LENGTH {
                return Err(NoCode);
            }
            letters.push(letter);
        }
        if letters.len() == LENGTH {
            Ok(Self::grouped(letters.iter()))
        } else {
            Err(NoCode)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let printed = "7K30-Q21V-9TRP";
        for typed in [printed, "7k30q21v9trp", " 7K3O QLIV 9TRP", "7k3o-q2iv-9trp"] {
            let read = typed.parse::<CheckCode>().map(|code| code.to_string());
            if typed.contains("QLIV") {
                assert_eq!(read.as_deref(), Ok("7K30-Q11V-9TRP"));
            } else {
                assert_eq!(read.as_deref(), Ok(printed), "{typed}");
            }
        }
        for typed in [
            "",
            "7K30-Q21V-9TR",
            "7K30-Q21V-9TRPX",
            "7K30-Q21V-9TRU",
            "7K30-Q21V-9TRÉ",
        ] {
            assert_eq!(typed.parse::<CheckCode>(), Err(NoCode), "{typed}");
        }
    }

    #[test]
    fn every_letter_of_the_alphabet_is_as_likely() {
        let mut seen = [0; 128];
        for byte in 0..=255 {
            let code = CheckCode::of([byte; LENGTH]);
            seen[usize::from(code.as_str().as_bytes()[0])] += 1;
        }
        assert!(
            ALPHABET
                .iter()
                .all(|letter| seen[usize::from(*letter)] == 8)
        );
    }

    proptest! {
        #[test]
        fn a_printed_code_reads_as_itself(random: [u8; LENGTH]) {
            let code = CheckCode::of(random);
            prop_assert_eq!(code.as_str().parse::<CheckCode>(), Ok(code.clone()));
        }

        #[test]
        fn reading_any_text_never_panics(text in ".*") {
            let _ = text.parse::<CheckCode>();
        }
    }
}
