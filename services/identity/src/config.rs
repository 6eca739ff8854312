//! What can be configured (`config.toml` explains each key) and which values are refused.

use std::{collections::BTreeMap, path::PathBuf};

use chassis::{StartError, config::Settings};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::{domain::Limits, oidc::config::Provider, tokens::Lives};

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
    /// The key that seeds of second factors are sealed with; empty for the one in the file.
    pub secrets_key: String,
    /// Where that key is.
    pub secrets_key_file: String,
    /// Whether officers may sign in by a password alone.
    pub officers_second_factor: SecondFactor,
    /// How often one-time codes are sent.
    pub codes: Codes,
    /// What hashing costs.
    pub argon2: Argon2,
    /// Who else people may sign in with, by what addresses call them.
    pub providers: BTreeMap<String, Provider>,
}

/// Whether a second factor must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Nobody signs in without one: who has none begins one.
    Required,
    /// Who wants one has one.
    Offered,
}

impl SecondFactor {
    /// Whether there must be one.
    pub fn is_required(self) -> bool {
        self == Self::Required
    }
}

/// How often one-time codes are sent by telephone and e-mail.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// Seconds between one and the next to the same contact.
    pub pause_seconds: u16,
    /// At most so many an hour to the same contact.
    pub an_hour: u16,
    /// At most so many a day to the same contact.
    pub a_day: u16,
    /// At most so many a minute to all together.
    pub a_minute: u32,
}

impl Codes {
    /// How often one contact gets one.
    pub fn limits(&self) -> Limits {
        Limits {
            pause: TimeDelta::seconds(self.pause_seconds.into()),
            an_hour: self.an_hour.into(),
            a_day: self.a_day.into(),
        }
    }

    /// Whether anybody could ever get one.
    pub fn check(&self) -> Result<(), StartError> {
        let none = |key: &str| {
            Err(StartError::new(format!(
                "identity: {key} must be at least 1"
            )))
        };
        if self.an_hour == 0 {
            return none("IDENTITY__CODES__AN_HOUR");
        }
        if self.a_day == 0 {
            return none("IDENTITY__CODES__A_DAY");
        }
        if self.a_minute == 0 {
            return none("IDENTITY__CODES__A_MINUTE");
        }
        Ok(())
    }
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
        let unfit = "identity: IDENTITY__SIGNING_KEY must be 32 bytes in hexadecimal, 64 digits";
        let seed = chassis::config::seed(text);
        seed.map(Some).ok_or_else(|| StartError::new(unfit))
    }

    /// The key for seeds that was given, if one was.
    pub fn given_secrets_key(&self) -> Result<Option<[u8; 32]>, StartError> {
        if self.secrets_key.trim().is_empty() {
            return Ok(None);
        }
        chassis::config::seed(&self.secrets_key)
            .map(Some)
            .ok_or_else(|| {
                StartError::new(
                    "identity: IDENTITY__SECRETS_KEY must be 32 bytes in hexadecimal, 64 digits",
                )
            })
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
        in_data_dir(&self.operator_password_file, settings)
    }

    /// The file with the key for seeds.
    pub fn secrets_key_file(&self, settings: &Settings) -> PathBuf {
        in_data_dir(&self.secrets_key_file, settings)
    }
}

fn in_data_dir(file: &str, settings: &Settings) -> PathBuf {
    file.replace("{data_dir}", &settings.data_dir.to_string_lossy())
        .into()
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
            secrets_key: String::new(),
            secrets_key_file: "{data_dir}/identity-secrets-key".to_owned(),
            officers_second_factor: SecondFactor::Offered,
            codes: Codes {
                pause_seconds: 60,
                an_hour: 5,
                a_day: 10,
                a_minute: 120,
            },
            argon2: Argon2 {
                memory_kib: 19_456,
                iterations: 2,
                parallelism: 1,
            },
            providers: BTreeMap::new(),
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
    fn a_key_for_seeds_is_64_hexadecimal_digits_or_nothing() {
        let key = |text: &str| {
            Config {
                secrets_key: text.to_owned(),
                ..config()
            }
            .given_secrets_key()
        };
        assert!(matches!(key(" "), Ok(None)));
        assert!(matches!(key(&"2a".repeat(32)), Ok(Some(key)) if key == [42; 32]));
        let refused = key("2a").unwrap_err().to_string();
        assert!(refused.contains("IDENTITY__SECRETS_KEY"));
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

    #[test]
    fn a_limit_of_nothing_is_told_by_its_key() {
        let refused = |change: fn(&mut Codes)| {
            let mut codes = config().codes;
            change(&mut codes);
            codes.check().unwrap_err().to_string()
        };
        assert!(config().codes.check().is_ok());
        assert!(refused(|codes| codes.an_hour = 0).contains("CODES__AN_HOUR"));
        assert!(refused(|codes| codes.a_day = 0).contains("CODES__A_DAY"));
        assert!(refused(|codes| codes.a_minute = 0).contains("CODES__A_MINUTE"));
    }
}
