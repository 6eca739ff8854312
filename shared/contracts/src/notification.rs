//! What notification says: to itself, and of how its messages fared.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DossierId, message::messages};

/// Notification asks itself to send a written message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SendMessage {
    /// The written message.
    pub message: Uuid,
    /// The dossier it is about.
    pub dossier: DossierId,
}

/// The way in which a message reached somebody.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// E-mail.
    Mail,
    /// A text message to a telephone.
    Sms,
    /// A message in Zalo.
    Zalo,
    /// A note in the browser.
    Push,
    /// An officer called.
    Call,
}

/// A message reached its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MessageDelivered {
    /// The message.
    pub message: Uuid,
    /// The dossier it is about.
    pub dossier: DossierId,
    /// The event it tells of: a wire name.
    pub tells: String,
    /// By which way.
    pub way: Way,
    /// Whether a receipt says so; if not, it was taken by somebody who sends no receipts.
    pub confirmed: bool,
    /// When.
    pub delivered_at: DateTime<Utc>,
}

/// No channel could bring a message to its person. It stands in their inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct MessageUndeliverable {
    /// The message.
    pub message: Uuid,
    /// The dossier it is about.
    pub dossier: DossierId,
    /// The event it tells of: a wire name.
    pub tells: String,
    /// Whether an officer will call.
    pub call: bool,
    /// When that was known.
    pub given_up_at: DateTime<Utc>,
}

messages! {
    SendMessage = "notification.send-message.v1", Command, "Send a written message.", dossier: |m| Some(m.dossier);
    MessageDelivered = "notification.message-delivered.v1", Event, "A message reached its person.", dossier: |m| Some(m.dossier);
    MessageUndeliverable = "notification.message-undeliverable.v1", Event, "No channel could bring a message to its person.", dossier: |m| Some(m.dossier);
}
