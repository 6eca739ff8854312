//! How a text becomes short messages: the alphabet it needs, the parts it takes, and the way out of Vietnamese accents. Pure.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The letters of the GSM 7-bit default alphabet by their number (3GPP TS 23.038 §6.2.1); the 28th is the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Those behind the escape (§6.2.1.1): two septets each.
const EXTENDED: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1B;

/// The alphabet that a text is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// GSM 7-bit: 160 septets, or 153 a part.
    Gsm,
    /// UCS-2, two bytes a letter: 70, or 67 a part.
    Ucs2,
}

impl Alphabet {
    /// How many units one message alone holds.
    pub const fn alone(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units each part of a longer one holds, next to the header that says which part it is.
    pub const fn in_parts(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// A text as it goes into short messages: one after the other, each the bytes of its letters. No letter is cut in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Its alphabet.
    pub alphabet: Alphabet,
    /// Septets one a byte (GSM), or big-endian pairs of bytes (UCS-2).
    pub parts: Vec<Vec<u8>>,
}

/// How many short messages a text takes: what is paid for.
pub fn count(text: &str) -> usize {
    split(text).parts.len()
}

/// Whether a text needs UCS-2.
pub fn needs_ucs2(text: &str) -> bool {
    text.nfc().any(|letter| gsm(letter).is_none())
}

/// Divides a text into short messages.
pub fn split(text: &str) -> Parts {
    let letters: Option<Vec<Vec<u8>>> = text.nfc().map(gsm).collect();
    let (alphabet, letters, unit) = match letters {
        Some(letters) => (Alphabet::Gsm, letters, 1),
        None => (Alphabet::Ucs2, text.nfc().map(ucs2).collect(), 2),
    };
    let units = letters.iter().map(Vec::len).sum::<usize>() / unit;
    let room = if units <= alphabet.alone() {
        alphabet.alone()
    } else {
        alphabet.in_parts()
    };
    let mut parts = vec![Vec::new()];
    for letter in letters {
        match parts.last_mut() {
            Some(part) if part.len() + letter.len() <= room * unit => part.extend(letter),
            _ => parts.push(letter),
        }
    }
    Parts { alphabet, parts }
}

fn gsm(letter: char) -> Option<Vec<u8>> {
    if let Some((_, code)) = EXTENDED.iter().find(|(known, _)| *known == letter) {
        return Some(vec![ESCAPE, *code]);
    }
    let at = BASIC.chars().position(|known| known == letter)?;
    let at = u8::try_from(at).ok().filter(|at| *at != ESCAPE)?;
    Some(vec![at])
}

/// A letter beyond the basic plane is a pair of surrogates, as telephones have long understood it.
fn ucs2(letter: char) -> Vec<u8> {
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units);
    units.iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

/// The letters behind septets, one a byte. For who reads what was sent.
pub fn from_gsm(septets: &[u8]) -> String {
    let mut text = String::new();
    let mut septets = septets.iter();
    while let Some(septet) = septets.next() {
        let letter = if *septet == ESCAPE {
            let code = septets.next();
            let known = EXTENDED.iter().find(|(_, known)| Some(known) == code);
            known.map(|(letter, _)| *letter)
        } else {
            BASIC.chars().nth(usize::from(*septet))
        };
        text.push(letter.unwrap_or('?'));
    }
    text
}

/// A text without its Vietnamese accents, and with plain quotation marks, dashes and spaces: what the 7-bit alphabet holds.
/// `đ` and `Đ` are letters of their own, which no decomposition knows.
pub fn unaccented(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'đ' | '₫' => plain.push('d'),
            'Đ' => plain.push('D'),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' | '‚' => plain.push('\''),
            '‐' | '‑' | '–' | '—' | '−' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{202f}' | '\u{2009}' => plain.push(' '),
            '\u{200b}' | '\u{feff}' => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_has_its_letters_where_they_belong() {
        assert_eq!(BASIC.chars().count(), 128);
        for (letter, code) in [
            ('@', 0),
            ('\n', 0x0A),
            ('Δ', 0x10),
            ('A', 0x41),
            ('a', 0x61),
            ('à', 0x7F),
            ('¿', 0x60),
        ] {
            assert_eq!(gsm(letter), Some(vec![code]), "{letter}");
        }
        assert_eq!(gsm('€'), Some(vec![0x1B, 0x65]));
        assert_eq!(gsm('\u{1b}'), None);
        assert_eq!(gsm('ạ'), None);
    }

    #[test]
    fn accents_go_and_letters_stay() {
        let text = "Đã có kết quả: hồ sơ của Ông Nguyễn Văn Ước, mời đến “Bộ phận Một cửa” – đừng quên… 16.000\u{a0}₫";
        let plain = "Da co ket qua: ho so cua Ong Nguyen Van Uoc, moi den \"Bo phan Mot cua\" - dung quen... 16.000 d";
        assert_eq!(unaccented(text), plain);
        let decomposed: String = text.nfd().collect();
        assert_eq!(unaccented(&decomposed), plain);
        assert!(!needs_ucs2(plain) && needs_ucs2(text));
    }

    #[test]
    fn every_vietnamese_letter_becomes_one_latin_letter() {
        let letters = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ";
        for letter in letters.chars().chain(letters.to_uppercase().chars()) {
            let plain = unaccented(&letter.to_string());
            assert!(
                plain.len() == 1 && plain.chars().all(|plain| plain.is_ascii_alphabetic()),
                "{letter}: {plain}"
            );
            assert_eq!(
                letter.is_uppercase(),
                plain.chars().all(char::is_uppercase),
                "{letter}"
            );
        }
    }

    #[test]
    fn parts_are_counted_as_they_are_paid_for() {
        for (text, expected) in [
            ("a".repeat(160), (Alphabet::Gsm, 1)),
            ("a".repeat(161), (Alphabet::Gsm, 2)),
            ("a".repeat(306), (Alphabet::Gsm, 2)),
            ("a".repeat(307), (Alphabet::Gsm, 3)),
            ("€".repeat(80), (Alphabet::Gsm, 1)),
            // A pair of septets is not cut: 76 a part, not 76.5.
            ("€".repeat(153), (Alphabet::Gsm, 3)),
            ("ạ".repeat(70), (Alphabet::Ucs2, 1)),
            ("ạ".repeat(71), (Alphabet::Ucs2, 2)),
            ("ạ".repeat(134), (Alphabet::Ucs2, 2)),
            ("ạ".repeat(135), (Alphabet::Ucs2, 3)),
            ("😀".repeat(35), (Alphabet::Ucs2, 1)),
            ("😀".repeat(67), (Alphabet::Ucs2, 3)),
            (String::new(), (Alphabet::Gsm, 1)),
        ] {
            let parts = split(&text);
            assert_eq!(
                (parts.alphabet, parts.parts.len()),
                expected,
                "{}",
                text.chars().count()
            );
            assert_eq!(count(&text), expected.1);
        }
    }

    proptest! {
        #[test]
        fn a_text_is_the_sum_of_its_parts(text in "\\PC{0,400}") {
            let composed: String = text.nfc().collect();
            let Parts { alphabet, parts } = split(&text);
            let whole = parts.concat();
            let read = match alphabet {
                Alphabet::Gsm => from_gsm(&whole),
                Alphabet::Ucs2 => {
                    let units: Vec<u16> = whole.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                    String::from_utf16(&units).unwrap()
                }
            };
            prop_assert_eq!(read, composed);
            let unit = if alphabet == Alphabet::Gsm { 1 } else { 2 };
            let room = if parts.len() == 1 { alphabet.alone() } else { alphabet.in_parts() };
            for part in &parts {
                prop_assert!(part.len() <= room * unit);
                prop_assert!(alphabet == Alphabet::Gsm || String::from_utf16(&part.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()).is_ok());
            }
        }

        #[test]
        fn taking_accents_away_twice_changes_nothing(text in "\\PC{0,200}") {
            let once = unaccented(&text);
            prop_assert_eq!(unaccented(&once), once);
        }
    }
}
