//! Why a value is refused, in two languages, also through serde, whose errors carry nothing but one text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, de};

/// Why a text is not the value it claims to be, in the two languages a citizen is answered in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{en}")]
pub struct Refused {
    /// The reason in Vietnamese.
    pub vi: Cow<'static, str>,
    /// The reason in English.
    pub en: Cow<'static, str>,
}

impl Refused {
    /// A reason known when compiling.
    pub const fn new(vi: &'static str, en: &'static str) -> Self {
        Self {
            vi: Cow::Borrowed(vi),
            en: Cow::Borrowed(en),
        }
    }

    /// A reason with something of the input in it.
    pub fn because(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            vi: Cow::Owned(vi.into()),
            en: Cow::Owned(en.into()),
        }
    }

    /// The refusal of a `Deserialize`: a serde error whose text is this reason as JSON, `{"vi":"…","en":"…"}`.
    /// [`Refused::from_serde`] finds it there. A service's own values refuse in the same way.
    pub fn into_serde<E: de::Error>(self) -> E {
        match serde_json::to_string(&self) {
            Ok(text) => E::custom(text),
            Err(_) => E::custom(self.en),
        }
    }

    /// The reason that a value gave, from the text of a serde error. None when something else was wrong.
    ///
    /// Readers put a place behind the text (`… at line 1 column 9`), so what follows the reason is left alone.
    pub fn from_serde(text: &str) -> Option<Self> {
        let mut found = serde_json::Deserializer::from_str(text).into_iter();
        found.next()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{PersonName, PhoneNumber, Vnd};

    use super::*;

    fn told<T: de::DeserializeOwned>(json: &str) -> Option<Refused> {
        let error = serde_json::from_str::<T>(json).err()?;
        Refused::from_serde(&error.to_string())
    }

    #[test]
    fn a_value_refuses_in_both_languages_through_serde() {
        assert_eq!(told::<Vnd>("-1"), Vnd::new(-1).err());
        assert_eq!(
            told::<PhoneNumber>("\"113\""),
            "113".parse::<PhoneNumber>().err()
        );
        assert!(told::<BTreeMap<String, PersonName>>("{ \"a\": \"A1\" }").is_some());
    }

    #[test]
    fn quotes_braces_and_line_ends_in_a_reason_come_through() {
        let refused = Refused::because("«\"}\\\n⟧ at line 3", "{\"vi\": \"x\"}");
        let error: serde_json::Error = refused.clone().into_serde();
        assert_eq!(
            Refused::from_serde(&format!("{error} at line 1 column 2")),
            Some(refused)
        );
    }

    #[test]
    fn what_serde_itself_says_is_no_reason_of_a_value() {
        for json in ["true", "{}", "[1", ""] {
            assert_eq!(told::<Vnd>(json), None, "{json}");
        }
        assert_eq!(Refused::from_serde("{\"vi\":\"x\"}"), None);
    }
}
