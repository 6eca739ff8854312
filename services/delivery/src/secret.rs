//! A secret of the configuration: it can be used, and cannot be printed.

use std::fmt;

use serde::Deserialize;

/// A password or a token. Its `Debug` shows nothing of it.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be handed to who asks for it.
    pub fn expose(&self) -> &str {
        self.0.trim()
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
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
    fn it_is_never_printed() {
        assert_eq!(format!("{:?}", Secret::from("s3cr3t")), "Secret(…)");
        assert!(Secret::from(" \n").is_empty() && Secret::default().is_empty());
    }
}
