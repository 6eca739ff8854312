//! What can be set: see `config.toml`, which is the manual.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    child::Surroundings,
    clamd::Clamd,
    domain::{Limits, Quota},
    reading::{Gate, Reader},
    rescan::Scanner,
};

/// The keys of `config.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    max_megabytes: u32,
    max_pages: u32,
    max_megapixels: u32,
    language: String,
    page_seconds: u32,
    document_seconds: u32,
    page_workers: u32,
    person_documents: u32,
    upload_seconds: u32,
    upload_hours: u32,
    person_megabytes: u32,
    person_uploads: u32,
    dossier_megabytes: u32,
    dossier_papers: u32,
    clamd: String,
    clamd_seconds: u32,
    rescan_hours: u32,
}

impl Config {
    /// What one upload may bring.
    pub fn limits(&self) -> Limits {
        Limits {
            bytes: u64::from(self.max_megabytes) * 1024 * 1024,
            pages: self.max_pages,
            pixels: u64::from(self.max_megapixels) * 1_000_000,
        }
    }

    /// How documents are read.
    pub fn reader(&self) -> Reader {
        Reader {
            limits: self.limits(),
            language: self.language.clone(),
            page_time: Duration::from_secs(self.page_seconds.into()),
            document_time: Duration::from_secs(self.document_seconds.into()),
            surroundings: Surroundings::default(),
            gate: Gate::of(usize::try_from(self.page_workers).unwrap_or_default()),
        }
    }

    /// How many documents of one person are read at once, over all replicas.
    pub fn person_documents(&self) -> u64 {
        self.person_documents.max(1).into()
    }

    /// What may be kept here for one person, and for one dossier.
    pub fn quota(&self) -> Quota {
        Quota {
            bytes: u64::from(self.person_megabytes) * 1024 * 1024,
            uploads: self.person_uploads.into(),
            dossier_bytes: u64::from(self.dossier_megabytes) * 1024 * 1024,
            dossier_papers: self.dossier_papers.into(),
        }
    }

    /// The virus scanner, where there is one.
    pub fn scanner(&self) -> Scanner {
        Scanner {
            clamd: Clamd::at(&self.clamd, Duration::from_secs(self.clamd_seconds.into())),
            every: TimeDelta::hours(self.rescan_hours.max(1).into()),
        }
    }

    /// How long an upload that breaks off can go on.
    pub fn upload_life(&self) -> TimeDelta {
        TimeDelta::hours(self.upload_hours.into())
    }

    /// Time for one upload, or one piece of one, to arrive.
    pub fn upload_time(&self) -> Duration {
        Duration::from_secs(self.upload_seconds.into())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// How documents are read where nothing is set.
    pub fn reader() -> Reader {
        let config: Config = toml::from_str(include_str!("../config.toml")).unwrap();
        config.reader()
    }
}
