//! What scan says to itself, to be heard later. This crosses no boundary, so it is no contract of others'.

use contracts::{BatchId, DocumentId, DossierId, Kind, Message};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An upload's time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireUpload {
    /// The upload.
    pub upload: Uuid,
}

impl Message for ExpireUpload {
    const TYPE: &'static str = "scan.expire-upload.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

/// A stack is to be divided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitBatch {
    /// The stack.
    pub batch: BatchId,
}

impl Message for SplitBatch {
    const TYPE: &'static str = "scan.split-batch.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

/// It is time to look again at what was found clean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanAgain {
    /// The document that was looked at last in this round; none at its beginning.
    pub after: Option<DocumentId>,
}

impl Message for ScanAgain {
    const TYPE: &'static str = "scan.scan-again.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}
