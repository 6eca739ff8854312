//! What an identity card says of its holder by the QR code on its front.

use chrono::{Datelike, NaiveDate};
use contracts::{CitizenId, PersonName};
use unicode_normalization::UnicodeNormalization;

/// More fields than any card's code has: seven, and on cards since 2024 some more.
const MOST_FIELDS: usize = 20;

/// The QR code of an identity card: seven fields, and more that are not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCode {
    /// The personal identification number.
    pub number: CitizenId,
    /// The number of nine digits that the holder had before.
    pub old_number: Option<String>,
    /// Full name.
    pub name: PersonName,
    /// Date of birth.
    pub born: NaiveDate,
    /// Whether it says male.
    pub male: bool,
    /// Place of permanent residence.
    pub residence: String,
    /// The day the card was issued.
    pub issued: NaiveDate,
}

impl CardCode {
    /// Reads what a code says; none where it is not that of an identity card, whole and well-formed.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().nfc().collect();
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let [number, old, name, born, sex, residence, issued, ..] = fields[..] else {
            return None;
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if fields.len() > MOST_FIELDS || !(old.is_empty() || old.len() == 9 && digits(old)) {
            return None;
        }
        Some(Self {
            number: number.parse().ok()?,
            old_number: (!old.is_empty()).then(|| old.to_owned()),
            name: name.parse().ok()?,
            born: date(born)?,
            male: match sex {
                "Nam" => true,
                "Nữ" => false,
                _ => return None,
            },
            residence: residence.to_owned(),
            issued: date(issued)?,
        })
    }
}

/// A date in eight digits; some issuers of codes write strokes between.
fn date(text: &str) -> Option<NaiveDate> {
    ["%d%m%Y", "%d/%m/%Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .filter(|date| (1900..=2100).contains(&date.year()))
}

/// Whether a number says the same as a date of birth and a sex: its fourth digit tells century and sex, the two behind it the
/// year.
pub fn agrees(number: &CitizenId, born: Option<NaiveDate>, male: Option<bool>) -> bool {
    let number = number.as_str();
    let told = |from: usize, to: usize| {
        number
            .get(from..to)
            .and_then(|text| text.parse::<i32>().ok())
    };
    let (Some(fourth), Some(year)) = (told(3, 4), told(4, 6)) else {
        return false;
    };
    let of_year = born.is_none_or(|born| born.year() == 1900 + 100 * (fourth / 2) + year);
    let of_sex = male.is_none_or(|male| male == (fourth % 2 == 0));
    of_year && of_sex
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str =
        "066090001234|240123456|Trần Văn Thử|15011990|Nam|Thôn 2, xã A, tỉnh B|01072022";

    #[test]
    fn a_code_of_seven_fields_is_read() {
        let card = CardCode::parse(WHOLE).unwrap();
        assert_eq!(card.number.as_str(), "066090001234");
        assert_eq!(card.old_number.as_deref(), Some("240123456"));
        assert_eq!(card.name.as_str(), "Trần Văn Thử");
        assert_eq!(card.born.to_string(), "1990-01-15");
        assert!(card.male);
        assert_eq!(card.residence, "Thôn 2, xã A, tỉnh B");
        assert_eq!(card.issued.to_string(), "2022-07-01");
        let young = CardCode::parse(
            "001304005678||Lê Thị Bích Ngọc|29/02/2004|Nữ|Hà Nội|01012023||Lê A|Trần B",
        );
        assert!(young.is_some_and(|card| card.old_number.is_none() && !card.male));
    }

    #[test]
    fn other_codes_are_none_of_a_card() {
        for text in [
            "",
            "https://example.gov.vn/x|y",
            "066090001234|240123456|Trần Văn Thử|15011990|Nam|Thôn 2",
            "06609000123|240123456|Trần Văn Thử|15011990|Nam|Thôn 2|01072022",
            "066090001234|24012345|Trần Văn Thử|15011990|Nam|Thôn 2|01072022",
            "066090001234||Trần Văn Thử|31021990|Nam|Thôn 2|01072022",
            "066090001234||Trần Văn Thử|15011990|M|Thôn 2|01072022",
            "066090001234|||15011990|Nam|Thôn 2|01072022",
        ] {
            assert_eq!(CardCode::parse(text), None, "{text}");
        }
        assert_eq!(CardCode::parse(&format!("{WHOLE}{}", "|".repeat(20))), None);
    }

    #[test]
    fn a_number_tells_year_and_sex() {
        let number: CitizenId = "066090001234".parse().unwrap();
        let born = NaiveDate::from_ymd_opt(1990, 1, 15);
        assert!(agrees(&number, born, Some(true)));
        assert!(agrees(&number, None, None));
        assert!(!agrees(&number, born, Some(false)));
        assert!(!agrees(
            &number,
            NaiveDate::from_ymd_opt(1991, 1, 15),
            Some(true)
        ));
        assert!(!agrees(
            &number,
            NaiveDate::from_ymd_opt(2090, 1, 15),
            Some(true)
        ));
    }

    proptest! {
        #[test]
        fn any_code_gets_an_answer(text in "[0-9|a-zAễ/ ]{0,80}") {
            let _ = CardCode::parse(&text);
        }
    }
}
