//! What notification says: to itself, and of how its messages fared.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DossierId, PhoneNumber, message::messages};

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

/// Where somebody can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// A telephone.
    Phone(PhoneNumber),
    /// An e-mail address.
    Email(String),
}

/// A language that people are written to in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// What a one-time code is asked for: its message says so, and it is good for nothing else.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// To show that messages to this address reach somebody.
    ProveContact,
    /// To show once more who is signed in.
    StepUp,
    /// To choose a new password.
    RecoverPassword,
    /// To agree that somebody else acts in one's name.
    Consent,
}

/// Somebody asks for a one-time code to be sent, at once or not at all. It is about no dossier and stands in no inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SendCode {
    /// Names this sending: it is sent once.
    pub id: Uuid,
    /// Where to.
    pub to: Address,
    /// The code.
    pub code: String,
    /// What it is for.
    pub purpose: CodePurpose,
    /// It is not sent after this.
    pub expires_at: DateTime<Utc>,
    /// In which language.
    pub language: Language,
}

/// No way brought a code to its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct CodeUndeliverable {
    /// The sending.
    pub id: Uuid,
    /// When that was known.
    pub given_up_at: DateTime<Utc>,
}

/// What was done to somebody's account, of which its owner is warned in case it was not them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Another telephone or e-mail address took the place of this one.
    ContactChanged,
    /// A new password was chosen by a code.
    PasswordRecovered,
}

/// The owner of an account is to be warned at one address. It is about no dossier and stands in no inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct SendWarning {
    /// Names this sending: it is sent once.
    pub id: Uuid,
    /// Where to.
    pub to: Address,
    /// Of what.
    pub about: Warning,
    /// When it was done.
    pub happened_at: DateTime<Utc>,
    /// It is not sent after this.
    pub expires_at: DateTime<Utc>,
    /// In which language.
    pub language: Language,
}

messages! {
    SendMessage = "notification.send-message.v1", Command, "Send a written message.", dossier: |m| Some(m.dossier);
    MessageDelivered = "notification.message-delivered.v1", Event, "A message reached its person.", dossier: |m| Some(m.dossier);
    MessageUndeliverable = "notification.message-undeliverable.v1", Event, "No channel could bring a message to its person.", dossier: |m| Some(m.dossier);
    SendCode = "notification.send-code.v1", Command, "Send a one-time code to a telephone or an e-mail address.", dossier: |_message| None;
    CodeUndeliverable = "notification.code-undeliverable.v1", Event, "No way brought a one-time code to its address.", dossier: |_message| None;
    SendWarning = "notification.send-warning.v1", Command, "Warn the owner of an account of what was done to it.", dossier: |_message| None;
}
