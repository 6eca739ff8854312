//! Texts in two languages, and the accent-free form in which they are searched.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text for citizens in Vietnamese and in English; neither is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Bilingual {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    vi: String,
    en: String,
}

impl TryFrom<Written> for Bilingual {
    type Error = &'static str;

    fn try_from(Written { vi, en }: Written) -> Result<Self, Self::Error> {
        let tidy = |text: String| text.trim().nfc().collect::<String>();
        match (tidy(vi), tidy(en)) {
            (vi, _) if vi.is_empty() => Err("the Vietnamese text is empty"),
            (_, en) if en.is_empty() => Err("the English text is empty"),
            (vi, en) => Ok(Self { vi, en }),
        }
    }
}

impl Bilingual {
    /// The text in `language` (`vi` or `en`); Vietnamese for any other.
    pub fn in_language(&self, language: &str) -> &str {
        if language == "en" { &self.en } else { &self.vi }
    }
}

/// The letters without accents or tone marks; đ becomes d.
pub fn unaccented(text: &str) -> impl Iterator<Item = char> {
    let bare = text.nfd().filter(|letter| !is_combining_mark(*letter));
    bare.map(|letter| match letter {
        'đ' => 'd',
        'Đ' => 'D',
        letter => letter,
    })
}

/// The form in which texts are searched: lower case without accents or tone marks, words separated by one space.
///
/// đ becomes d, and it makes no difference whether a tone stands on the first or the second vowel (hòa, hoà).
pub fn fold(text: &str) -> String {
    let plain = unaccented(text).flat_map(char::to_lowercase);
    let letters: String = plain
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                ' '
            }
        })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form in which two spellings of one name are the same: lower case, one space between words, and each word's tone
/// mark at its end, so that hòa and hoà agree while hóa stays another word.
pub fn spelling(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let letters = word.nfd().flat_map(char::to_lowercase);
        let (tones, letters): (String, String) = letters.partition(|letter| TONES.contains(letter));
        // No syllable has two; where somebody typed two, their order means nothing.
        let mut tones: Vec<char> = tones.chars().collect();
        tones.sort_unstable();
        letters.nfc().chain(tones).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Grave, acute, tilde, hook above and dot below: huyền, sắc, ngã, hỏi, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_search_needs_no_accents() {
        assert_eq!(
            fold("Đăng ký  KHAI SINH (2.000635)"),
            "dang ky khai sinh 2 000635"
        );
        assert_eq!(fold("hòa"), fold("hoà"));
        assert_eq!(fold("Ủy ban"), fold("uỷ ban"));
        assert_eq!(fold("Nguyễn"), "nguyen");
    }

    #[test]
    fn spellings_of_one_name_agree_and_other_names_do_not() {
        assert_eq!(spelling(" Nguyễn  Thị HÒA"), spelling("nguyễn thị hoà"));
        assert_eq!(spelling("Thúy"), spelling("Thuý"));
        assert_ne!(spelling("Hóa"), spelling("Hòa"));
        assert_ne!(spelling("Ân"), spelling("An"));
        assert_ne!(spelling("Đăng"), spelling("Dang"));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn composed_or_not_makes_no_difference(text in "[ a-zA-ZàảãáạăằẳẵắặâầẩẫấậđĐèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ]{0,20}") {
            let apart: String = text.nfd().collect();
            prop_assert_eq!(fold(&apart), fold(&text));
            prop_assert_eq!(spelling(&apart), spelling(&text));
        }
    }
}
