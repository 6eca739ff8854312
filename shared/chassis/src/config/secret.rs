//! A secret of the configuration: it can be used, and cannot be printed.

use std::fmt;

use serde::Deserialize;
use subtle::ConstantTimeEq;

/// A password, a key or a token. Its `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be handed to who asks for it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `claimed` is this secret. Compares in constant time; an empty secret is nobody's.
    pub fn is(&self, claimed: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(claimed.as_bytes()))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_itself_only_and_never_printed() {
        let secret = Secret::from("s3cr3t");
        assert!(secret.is("s3cr3t") && !secret.is("s3cr3") && !secret.is(""));
        assert!(!Secret::default().is(""));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
