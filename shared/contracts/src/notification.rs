//! What notification says to itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DossierId, message::messages};

/// Notification asks itself to send a written message through one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SendMessage {
    /// The written message.
    pub message: Uuid,
    /// The dossier it is about.
    pub dossier: DossierId,
}

messages! {
    SendMessage = "notification.send-message.v1", Command, "Send a written message through one channel.", dossier: |m| Some(m.dossier);
}
