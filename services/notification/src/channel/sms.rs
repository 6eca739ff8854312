//! Text messages to telephones: as texts, over a provider's HTTP interface, or over SMPP.

pub mod http;
pub mod shape;
pub mod template;
pub mod text;
pub mod webhook;

/// How a provider wants a telephone number, which we keep as `+84…`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// `84912345678`: most want it so.
    #[default]
    Bare,
    /// `+84912345678`.
    Plus,
    /// `0912345678`.
    National,
}

impl Phone {
    /// The number as the provider wants it; nothing for what is no number.
    pub fn write(self, e164: &str) -> Option<String> {
        let digits = e164.strip_prefix('+')?;
        let fits =
            (8..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        match self {
            _ if !fits || digits.starts_with('0') => None,
            Self::Bare => Some(digits.to_owned()),
            Self::Plus => Some(e164.to_owned()),
            // A number of another country has no national form here.
            Self::National => Some(
                digits
                    .strip_prefix("84")
                    .map_or_else(|| format!("00{digits}"), |rest| format!("0{rest}")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn a_number_is_written_as_the_provider_wants_it() {
        let number = "+84912345678";
        assert_eq!(Phone::Bare.write(number).unwrap(), "84912345678");
        assert_eq!(Phone::Plus.write(number).unwrap(), number);
        assert_eq!(Phone::National.write(number).unwrap(), "0912345678");
        assert_eq!(
            Phone::National.write("+85620123456").unwrap(),
            "0085620123456"
        );
        for wrong in [
            "0912345678",
            "+84 912",
            "",
            "+",
            "+84912345678901234",
            "+0912345678",
            "+84９12345678",
        ] {
            assert_eq!(Phone::Bare.write(wrong), None, "{wrong}");
        }
    }
}
