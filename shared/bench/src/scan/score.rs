//! How much of a page was read: errors by character and by word, and fields found whole.

use std::collections::BTreeMap;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::Told;

/// Errors out of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Insertions, deletions and substitutions.
    pub wrong: usize,
    /// What there was to read.
    pub of: usize,
}

impl Rate {
    /// As a share; nothing to read is read without errors.
    #[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
    pub fn share(self) -> f64 {
        self.wrong as f64 / self.of.max(1) as f64
    }
}

impl std::ops::AddAssign for Rate {
    fn add_assign(&mut self, other: Self) {
        self.wrong += other.wrong;
        self.of += other.of;
    }
}

/// The letters that count: NFC, without white space and without the dots that lead to the end of a line. Case, tone marks
/// and punctuation count.
pub fn letters(text: &str) -> Vec<char> {
    without_leaders(text)
        .into_iter()
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// The words that count, in the same way.
pub fn words(text: &str) -> Vec<String> {
    without_leaders(text)
        .split(|c| c.is_whitespace())
        .filter(|word| !word.is_empty())
        .map(|word| word.iter().collect())
        .collect()
}

/// Three dots or underscores in a row lead somewhere, with spaces between them or without, and so does an ellipsis; one or
/// two are punctuation.
fn without_leaders(text: &str) -> Vec<char> {
    let text: Vec<char> = text.nfc().collect();
    let dot = |c: &char| matches!(c, '.' | '…' | '·' | '•' | '_' | '‥');
    let dotted = |c: &char| dot(c) || c.is_whitespace();
    let mut kept = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| dotted(a) == dotted(b)) {
        let dots = run.iter().filter(|c| dot(c)).count();
        if dots >= 3 || run.contains(&'…') {
            kept.push(' ');
        } else {
            kept.extend_from_slice(run);
        }
    }
    kept
}

/// The fewest insertions, deletions and substitutions from one to the other (Levenshtein).
pub fn edits<T: PartialEq>(truth: &[T], read: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (above, wanted) in truth.iter().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (at, got) in read.iter().enumerate() {
            let changed = corner + usize::from(wanted != got);
            corner = row[at + 1];
            row[at + 1] = changed.min(corner + 1).min(row[at] + 1);
        }
    }
    row[read.len()]
}

/// Errors by character.
pub fn characters(truth: &str, read: &str) -> Rate {
    let (truth, read) = (letters(truth), letters(read));
    Rate {
        wrong: edits(&truth, &read),
        of: truth.len(),
    }
}

/// Errors by word.
pub fn by_word(truth: &str, read: &str) -> Rate {
    let (truth, read) = (words(truth), words(read));
    Rate {
        wrong: edits(&truth, &read),
        of: truth.len(),
    }
}

/// The names of the fields that stand in the text letter by letter, wherever its lines break.
pub fn found<'a>(fields: &'a BTreeMap<String, String>, read: &str) -> Vec<&'a str> {
    let read: String = letters(read).into_iter().collect();
    fields
        .iter()
        .filter(|(_, value)| read.contains(&letters(value).into_iter().collect::<String>()))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// How well fields were made out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Values {
    /// Values of the truth that were told.
    pub right: usize,
    /// Numbers of twelve digits that were told and are nobody's.
    pub wrong: usize,
    /// Of these, those shown as certain.
    pub certainly_wrong: usize,
}

/// Compares what was told with the truth: its fields, and all its text.
pub fn told(fields: &BTreeMap<String, String>, text: &str, told: &[Told]) -> Values {
    let said: Vec<String> = told.iter().map(|told| form(&told.value)).collect();
    let truths: Vec<String> = fields.values().map(|value| form(value)).collect();
    let is_number = |told: &&Told| {
        told.value.len() == 12 && told.value.bytes().all(|byte| byte.is_ascii_digit())
    };
    let wrong: Vec<&Told> = told
        .iter()
        .filter(is_number)
        .filter(|told| !text.contains(&told.value))
        .collect();
    Values {
        right: truths.iter().filter(|truth| said.contains(truth)).count(),
        wrong: wrong.len(),
        certainly_wrong: wrong.iter().filter(|told| told.certain).count(),
    }
}

/// A value as it is compared: dates and telephone numbers have several forms, spaces and case mean nothing.
fn form(value: &str) -> String {
    let strokes: Vec<&str> = value.split('/').collect();
    if let [day, month, year] = strokes[..]
        && year.len() == 4
    {
        return format!("{year}{month:0>2}{day:0>2}");
    }
    let value = value
        .strip_prefix("+84")
        .map_or_else(|| value.to_owned(), |rest| format!("0{rest}"));
    let inner = value
        .nfc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-'));
    inner.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_in_any_form_and_wrong_numbers_are_counted() {
        let fields = [
            ("a", "066090001234"),
            ("b", "15/01/1990"),
            ("c", "0912 345 678"),
            ("d", "LÊ NGỌC"),
        ];
        let fields = fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let said = [
            ("1990-01-15", false),
            ("+84912345678", false),
            ("066090001235", true),
            ("Lê Ngọc", false),
        ];
        let said = said.map(|(value, certain)| Told {
            name: String::new(),
            value: value.to_owned(),
            certain,
        });
        assert_eq!(
            told(&fields, "066090001234", &said),
            Values {
                right: 3,
                wrong: 1,
                certainly_wrong: 1
            }
        );
    }

    #[test]
    fn what_counts_are_letters_and_not_how_they_are_set() {
        let letters = |text: &str| letters(text).into_iter().collect::<String>();
        assert_eq!(letters("Họ tên: ........ NGỌC....\n"), "Họtên:NGỌC");
        assert_eq!(letters("Ho\u{323} . . . . te\u{302}n"), "Họtên");
        assert_eq!(letters("8.000 đồng.. …x"), "8.000đồngx");
        assert_eq!(letters("Tp. Huế, v.v."), "Tp.Huế,v.v.");
        assert_eq!(letters("ký:______"), "ký:");
        assert_eq!(words("Số: .......  12 . . . bản...."), ["Số:", "12", "bản"]);
    }

    #[test]
    fn edits_are_counted_as_the_book_says() {
        let edits = |a: &str, b: &str| {
            edits(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("abc", "abc"), 0);
        assert_eq!(edits("flaw", "lawn"), 2);
    }

    #[test]
    fn a_lost_tone_mark_is_one_wrong_letter_and_one_wrong_word() {
        let (truth, read) = ("Nguyễn Văn Tuấn", "Nguyên Văn  Tuấn ....");
        assert_eq!(characters(truth, read), Rate { wrong: 1, of: 13 });
        assert_eq!(by_word(truth, read), Rate { wrong: 1, of: 3 });
    }

    #[test]
    fn a_field_is_found_whole_or_not_at_all() {
        let fields: BTreeMap<String, String> = [
            ("a", "066090001234"),
            ("b", "Số 12, xã Tân Lập"),
            ("c", "LÊ NHẪN"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let read = "Số định danh: 066090001234...\nNơi ở: Số 12, xã\nTân Lập. LÊ NHẤN";
        assert_eq!(found(&fields, read), ["a", "b"]);
    }

    #[test]
    fn rates_add_up_by_letters_and_not_by_pages() {
        let mut sum = Rate { wrong: 1, of: 10 };
        sum += Rate { wrong: 0, of: 90 };
        assert!((sum.share() - 0.01).abs() < 1e-9);
        assert!(Rate::default().share() < 1e-9);
    }
}
