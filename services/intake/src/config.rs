//! What can be configured; `config.toml` explains each key.

use std::path::PathBuf;

use chassis::{
    App, StartError,
    config::{Secret, Settings},
};
use serde::Deserialize;

use crate::domain::{
    share::Share,
    signals::{Code, Rules, Weights},
};

/// Intake's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many drafts one citizen may have open at once.
    pub most_drafts: u64,
    /// Megabytes that the papers of one dossier may have together.
    dossier_megabytes: u32,
    /// How many papers one dossier may have.
    dossier_papers: u32,
    /// Signals against forged dossiers.
    pub signals: Signals,
}

/// Signals against forged dossiers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signals {
    /// The key of the digests by which dossiers are compared; empty for the one in the file.
    pub key: Secret,
    /// Where that key is.
    key_file: String,
    /// For how many days a dossier is compared with others.
    pub days: u32,
    /// From where on something is out of the ordinary.
    pub rules: Rules,
    /// How much each signal weighs.
    pub weights: Weights,
}

impl Signals {
    /// The file with the key.
    pub fn key_file(&self, settings: &Settings) -> PathBuf {
        let folder = settings.data_dir.to_string_lossy();
        self.key_file.replace("{data_dir}", &folder).into()
    }

    /// Why these cannot be, if so.
    fn unfit(&self) -> Option<String> {
        let heavy = Code::ALL
            .into_iter()
            .find(|code| self.weights.of(*code) > 100);
        let key = |rest: &str| format!("intake: INTAKE__SIGNALS__{rest}");
        match (heavy, &self.rules) {
            (Some(code), _) => Some(key(&format!(
                "WEIGHTS__{} must be 0 to 100",
                code.name().to_uppercase()
            ))),
            (_, rules) if !(1..=rules.high).contains(&rules.medium) || rules.high > 100 => Some(
                key("RULES__MEDIUM must be 1 at least and at most …__HIGH, which is at most 100"),
            ),
            _ if !(1..=3_650).contains(&self.days) => Some(key("DAYS must be 1 to 3650")),
            _ => None,
        }
    }
}

/// Refuses to start with signals that make no sense.
pub async fn fits(app: App) -> Result<(), StartError> {
    match app.config::<Config>().signals.unfit() {
        None => Ok(()),
        Some(why) => Err(StartError::new(why)),
    }
}

impl Config {
    /// What the papers of one dossier may have together.
    pub fn share(&self) -> Share {
        Share {
            bytes: u64::from(self.dossier_megabytes) * 1024 * 1024,
            papers: usize::try_from(self.dossier_papers).unwrap_or(usize::MAX),
        }
    }
}
