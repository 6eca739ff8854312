//! What a transfer is called: short enough for a purpose, and safe from what banks and people do to it.

use std::fmt;

use contracts::OrderId;
use sha2::{Digest, Sha256};

/// What every reference begins with, so that it is found in the middle of a bank's own words.
const PREFIX: &[u8] = b"MC";
/// Letters and digits that nobody mistakes for one another: no I, L, O, U and Z. A prime number of them.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTVWXY";
/// How many of them there are before the check character.
const LENGTH: usize = 8;
/// How long a reference is in all.
pub const WHOLE: usize = 2 + LENGTH + 1;
/// The most references that are looked for in one text.
const MOST: usize = 8;

/// A reference: `MC`, eight letters and digits, and one that checks them.
///
/// The check is a weighted sum modulo 31. As 31 is prime and no weight comes twice, one wrong character is always seen, and
/// so are two that changed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference([u8; WHOLE]);

impl Reference {
    /// An order's reference. Two orders in a million million have the same: the second of them takes its next `turn`.
    pub fn of(order: OrderId, turn: u8) -> Self {
        let mut hash = Sha256::new();
        hash.update(order.0.as_bytes());
        hash.update([turn]);
        let mut values = [0; LENGTH];
        let bytes = hash.finalize();
        let mut number = bytes
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        for value in &mut values {
            *value = usize::try_from(number % 31).unwrap_or_default();
            number /= 31;
        }
        Self::with_check(values)
    }

    fn with_check(values: [usize; LENGTH]) -> Self {
        let mut text = [0; WHOLE];
        text[..2].copy_from_slice(PREFIX);
        for (letter, value) in text[2..].iter_mut().zip(values) {
            *letter = ALPHABET[value];
        }
        text[WHOLE - 1] = ALPHABET[check(values)];
        Self(text)
    }

    /// Reads eleven capital letters and digits, taking O for nought, I and L for one.
    fn read(text: &[u8]) -> Option<Self> {
        let rest = text
            .strip_prefix(PREFIX)
            .filter(|rest| rest.len() == LENGTH + 1)?;
        let mut values = [0; LENGTH + 1];
        for (value, letter) in values.iter_mut().zip(rest) {
            let meant = match letter {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                letter => *letter,
            };
            *value = ALPHABET.iter().position(|known| *known == meant)?;
        }
        let [first @ .., last] = values;
        (check(first) == last).then(|| Self::with_check(first))
    }

    /// The references in a statement's words, whatever the bank put around or into them: case, spaces and signs mean nothing.
    pub fn find(words: &str) -> Vec<Self> {
        let letters = words.bytes().filter(u8::is_ascii_alphanumeric);
        let letters: Vec<u8> = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let mut found = Vec::new();
        for reference in letters.windows(WHOLE).filter_map(Self::read) {
            if !found.contains(&reference) && found.len() < MOST {
                found.push(reference);
            }
        }
        found
    }

    /// Its letters and digits.
    pub fn as_str(&self) -> &str {
        // They are ASCII, all of them.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn check(values: [usize; LENGTH]) -> usize {
    let weighted = values.iter().zip(1..).map(|(value, weight)| value * weight);
    weighted.sum::<usize>() % ALPHABET.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn any_reference() -> impl Strategy<Value = Reference> {
        (any::<u128>(), any::<u8>())
            .prop_map(|(id, turn)| Reference::of(OrderId(Uuid::from_u128(id)), turn))
    }

    /// What is read where a person typed this.
    fn read(text: &[u8]) -> Vec<Reference> {
        Reference::find(std::str::from_utf8(text).unwrap())
    }

    #[test]
    fn an_order_has_always_the_same_reference_and_another_at_its_next_turn() {
        let order = OrderId("0199e3a0-0000-7000-8000-000000000004".parse().unwrap());
        let first = Reference::of(order, 0);
        assert_eq!(first, Reference::of(order, 0));
        assert_ne!(first, Reference::of(order, 1));
        assert_eq!(first.as_str().len(), 11);
        assert!(first.as_str().starts_with("MC"));
    }

    #[test]
    fn more_references_than_anybody_writes_are_not_looked_for() {
        let many = (0..20).map(|id| Reference::of(OrderId(Uuid::from_u128(id)), 0).to_string());
        assert_eq!(Reference::find(&many.collect::<String>()).len(), MOST);
    }

    proptest! {
        #[test]
        fn a_reference_is_found_whatever_a_bank_does_to_it(reference in any_reference(), before in "[A-Z0-9]{0,9}[. -]", gaps in prop::collection::vec("[ .\n-]?", WHOLE)) {
            let typed: String = reference.as_str().chars().zip(gaps).flat_map(|(letter, gap)| format!("{letter}{gap}").chars().collect::<Vec<_>>()).collect();
            let words = format!("{before}{} LE PHI HO SO-FT26281", typed.to_lowercase());
            prop_assert!(Reference::find(&words).contains(&reference), "{}", words);
        }

        #[test]
        fn one_wrong_character_is_never_another_orders(reference in any_reference(), at in 2..WHOLE, other in prop::sample::select(ALPHABET.to_vec())) {
            let mut typed = reference.0;
            prop_assume!(typed[at] != other);
            typed[at] = other;
            prop_assert_eq!(read(&typed), []);
        }

        #[test]
        fn two_characters_that_changed_places_are_seen(reference in any_reference(), one in 2..WHOLE, other in 2..WHOLE) {
            let mut typed = reference.0;
            prop_assume!(typed[one] != typed[other]);
            typed.swap(one, other);
            prop_assert_eq!(read(&typed), []);
        }

        #[test]
        fn letters_that_look_like_digits_are_read_as_digits(reference in any_reference()) {
            let typed = reference.as_str().replace('0', "o").replace('1', "l");
            prop_assert_eq!(Reference::find(&typed), [reference]);
        }

        #[test]
        fn whatever_is_written_is_looked_through(words: String) {
            let _ = Reference::find(&words);
        }
    }
}
