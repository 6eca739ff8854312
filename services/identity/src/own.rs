//! What identity says to itself. These messages cross no boundary, so they are no contracts of others'.

use contracts::{DossierId, Kind, Message};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A code was asked for at a contact that nobody has: nothing is sent. It is said in place of the code, so that the one takes as
/// long as the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendNoCode {
    /// What would have been sent.
    pub id: Uuid,
}

/// Codes whose time is over are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetCodes {}

impl Message for SendNoCode {
    const TYPE: &'static str = "identity.send-no-code.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for ForgetCodes {
    const TYPE: &'static str = "identity.forget-codes.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}
