//! What intake says to itself. These messages cross no boundary, so they are no contracts of others'; of people they hold digests.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId, Kind, Message};
use serde::{Deserialize, Serialize};

/// A dossier was filed or supplemented: make it one that is found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkDossier {
    /// The dossier.
    pub dossier: DossierId,
    /// How it was filed; nothing where it was supplemented.
    pub filing: Option<Filing>,
}

/// How a dossier was filed: keyed digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// By whom.
    pub account: AccountId,
    /// Of their number.
    pub person: String,
    /// Of their name.
    pub name: String,
    /// Of their telephone number.
    pub phone: Option<String>,
    /// Of their e-mail address.
    pub email: Option<String>,
    /// How surely they were known.
    pub assurance: u8,
    /// When.
    pub filed_at: DateTime<Utc>,
}

/// Weigh what there is to see of a dossier. Said once its marks are there for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeighDossier {
    /// The dossier.
    pub dossier: DossierId,
    /// Whether it is weighed because of another: then no more are.
    pub again: bool,
}

/// Forget the marks whose time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetMarks {}

impl Message for MarkDossier {
    const TYPE: &'static str = "intake.mark-dossier.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for WeighDossier {
    const TYPE: &'static str = "intake.weigh-dossier.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}

impl Message for ForgetMarks {
    const TYPE: &'static str = "intake.forget-marks.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}
