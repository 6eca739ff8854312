//! What notification says to itself, to be heard later. These messages cross no boundary, so they are no contracts of others'.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId, Kind, Message};
use serde::{Deserialize, Serialize};

/// Look what is due to be told, and tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {}

/// A person's news of a day goes out in one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellDigest {
    /// Whose.
    pub account: AccountId,
}

/// What a piece of news asks for can be done no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapse {
    /// The dossier.
    pub dossier: DossierId,
    /// The event: a wire name.
    pub event: String,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
}

/// Look which agencies are to be told over HTTP, and tell them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallWebhooks {}

/// Look which codes and warnings are to go out, and send them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendDirects {}

impl Message for SendDirects {
    const TYPE: &'static str = "notification.send-directs.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for CallWebhooks {
    const TYPE: &'static str = "notification.call-webhooks.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for Dispatch {
    const TYPE: &'static str = "notification.dispatch.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for TellDigest {
    const TYPE: &'static str = "notification.tell-digest.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        None
    }
}

impl Message for Lapse {
    const TYPE: &'static str = "notification.lapse.v1";
    const KIND: Kind = Kind::Command;
    fn dossier(&self) -> Option<DossierId> {
        Some(self.dossier)
    }
}
