//! Telephone numbers as people write them, in one form: who gets an SMS, and who can only be called. Pure.

use contracts::PhoneNumber;

/// A Vietnamese number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// A mobile: it can be written to.
    Mobile(PhoneNumber),
    /// A landline, as `+84…`: it can only be called.
    Landline(String),
}

impl Phone {
    /// Reads `0912 345 678`, `+84912345678`, `84912345678`, `(024) 3825 1234`; nothing when it is no number of Vietnam's.
    pub fn read(text: &str) -> Option<Self> {
        if let Ok(mobile) = text.parse() {
            return Some(Self::Mobile(mobile));
        }
        let is_space = |c: char| matches!(c, ' ' | '.' | '-' | '(' | ')');
        let compact: String = text.chars().filter(|c| !is_space(*c)).collect();
        let national = compact
            .strip_prefix("+84")
            .or_else(|| compact.strip_prefix('0'))
            .or_else(|| compact.strip_prefix("84").filter(|rest| rest.len() >= 9))?;
        // Landlines: 02x and seven or eight digits more.
        let is_landline = matches!(national.len(), 9 | 10)
            && national.starts_with('2')
            && national.bytes().all(|byte| byte.is_ascii_digit());
        is_landline.then(|| Self::Landline(format!("+84{national}")))
    }

    /// The number that can be written to.
    pub const fn mobile(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Mobile(number) => Some(number),
            Self::Landline(_) => None,
        }
    }

    /// As it is dialled within the country.
    pub fn dialled(&self) -> String {
        let number = match self {
            Self::Mobile(number) => number.as_str(),
            Self::Landline(number) => number,
        };
        number.replacen("+84", "0", 1)
    }

    /// As much of it as its owner needs to recognise it: `091•••5678`.
    pub fn masked(&self) -> String {
        let dialled = self.dialled();
        let (first, last) = (&dialled[..3], &dialled[dialled.len() - 3..]);
        format!("{first}••••{last}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mobile_is_one_number_however_it_is_written() {
        for text in ["0912345678", "0912 345 678", "+84912345678", "84912345678"] {
            let phone = Phone::read(text).unwrap();
            assert_eq!(phone.mobile().unwrap().as_str(), "+84912345678", "{text}");
            assert_eq!(phone.dialled(), "0912345678");
            assert_eq!(phone.masked(), "091••••678");
        }
    }

    #[test]
    fn a_landline_can_only_be_called() {
        for text in [
            "(024) 3825 1234",
            "02438251234",
            "+84 24 38251234",
            "842438251234",
        ] {
            let phone = Phone::read(text).unwrap();
            assert_eq!(phone, Phone::Landline("+842438251234".to_owned()), "{text}");
            assert_eq!(phone.mobile(), None);
        }
        assert_eq!(Phone::read("0251 382 512").unwrap().dialled(), "0251382512");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "113",
            "0112345678",
            "+1 202 555 0100",
            "024382512345",
            "không có",
        ] {
            assert_eq!(Phone::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_is_dialled_is_read_as_the_same(text in "[0-9+ ().-]{0,16}|.*") {
            if let Some(phone) = Phone::read(&text) {
                prop_assert_eq!(Phone::read(&phone.dialled()), Some(phone.clone()));
                prop_assert!(phone.masked().contains('•'));
            }
        }
    }
}
