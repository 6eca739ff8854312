//! What can be configured (`config.toml` explains each key) and which values are refused.

use std::path::PathBuf;

use chassis::{StartError, config::Settings};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::tokens::Lives;

/// Identity's configuration.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Hours that a citizen's token is believed.
    pub citizen_hours: u32,
    /// Hours that an officer's token is believed.
    pub officer_hours: u32,
    /// The seed to sign with; empty for the one in the database.
    pub signing_key: String,
    /// The first operator's password; empty for the one in the file.
    pub operator_password: String,
    /// Where the first operator's password is.
    pub operator_password_file: String,
    /// What hashing costs.
    pub argon2: Argon2,
}

/// What hashing a password costs.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2 {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Config {
    /// The seed that was given, if one was.
    pub fn seed(&self) -> Result<Option<[u8; 32]>, StartError> {
        let text = self.signing_key.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let mut seed = [0; 32];
        hex::decode_to_slice(text, &mut seed).map_err(|_| {
            StartError::new(
                "identity: IDENTITY__SIGNING_KEY must be 32 bytes in hexadecimal, 64 digits",
            )
        })?;
        Ok(Some(seed))
    }

    /// How long tokens are believed.
    pub fn lives(&self) -> Result<Lives, StartError> {
        let read = |key: &str, hours: u32| match hours {
            1..=720 => Ok(TimeDelta::hours(i64::from(hours))),
            _ => Err(StartError::new(format!(
                "identity: {key} must be 1 to 720 hours"
            ))),
        };
        Ok(Lives {
            citizen: read("IDENTITY__CITIZEN_HOURS", self.citizen_hours)?,
            officer: read("IDENTITY__OFFICER_HOURS", self.officer_hours)?,
        })
    }

    /// The file with the first operator's password.
    pub fn operator_password_file(&self, settings: &Settings) -> PathBuf {
        self.operator_password_file
            .replace("{data_dir}", &settings.data_dir.to_string_lossy())
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            citizen_hours: 8,
            officer_hours: 8,
            signing_key: String::new(),
            operator_password: String::new(),
            operator_password_file: "{data_dir}/operator-password".to_owned(),
            argon2: Argon2 {
                memory_kib: 19_456,
                iterations: 2,
                parallelism: 1,
            },
        }
    }

    #[test]
    fn a_seed_is_64_hexadecimal_digits_or_nothing() {
        let seed = |text: &str| {
            Config {
                signing_key: text.to_owned(),
                ..config()
            }
            .seed()
        };
        assert!(matches!(seed(""), Ok(None)));
        assert!(matches!(seed(&"2a".repeat(32)), Ok(Some(seed)) if seed == [42; 32]));
        for wrong in ["2a", "zz", &"2a".repeat(33)] {
            assert!(
                seed(wrong)
                    .unwrap_err()
                    .to_string()
                    .contains("IDENTITY__SIGNING_KEY")
            );
        }
    }

    #[test]
    fn a_token_lives_at_least_an_hour_and_at_most_a_month() {
        assert!(config().lives().is_ok());
        for hours in [0, 721] {
            let refused = Config {
                officer_hours: hours,
                ..config()
            }
            .lives();
            assert!(
                refused.is_err_and(|error| error.to_string().contains("IDENTITY__OFFICER_HOURS"))
            );
        }
    }
}
