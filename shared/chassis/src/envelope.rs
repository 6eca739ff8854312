//! The envelope of a message: the CloudEvents attributes, and where it goes.

use chrono::{DateTime, Utc};
use contracts::Message;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bodies are small: documents travel by reference.
pub const MAX_BODY: usize = 64 * 1024;

/// A message on its way: CloudEvents 1.0 attributes and the JSON body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// `id`: a UUIDv7; by it the inbox knows a duplicate.
    pub id: Uuid,
    /// `type`: the wire name.
    pub wire: String,
    /// `source`: the service that says it.
    pub source: String,
    /// Where it is routed: the wire name, and the addressee after it if it has one.
    pub routing_key: String,
    /// `subject`: the dossier.
    pub subject: Option<Uuid>,
    /// `time`.
    pub time: DateTime<Utc>,
    /// `traceparent`: W3C trace context.
    pub traceparent: Option<String>,
    /// `causationid`: the message that led to this one.
    pub causation: Option<Uuid>,
    /// The JSON body.
    pub body: String,
}

/// The routing key of a message type, and of its addressee where it has one.
pub fn routing_key(wire: &str, addressee: Option<&str>) -> String {
    addressee.map_or_else(
        || wire.to_owned(),
        |addressee| format!("{wire}.{addressee}"),
    )
}

/// Why a message cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum Unsayable {
    /// Its body does not serialise.
    #[error("{wire} cannot be written as JSON")]
    Body {
        /// The wire name.
        wire: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Its body is over [`MAX_BODY`].
    #[error("{wire} is {bytes} bytes long, over the limit of {MAX_BODY}")]
    TooLong {
        /// The wire name.
        wire: &'static str,
        /// Its length.
        bytes: usize,
    },
}

impl Envelope {
    pub(crate) fn seal<M: Message>(
        message: &M,
        id: Uuid,
        source: &str,
        time: DateTime<Utc>,
        traceparent: Option<String>,
        causation: Option<Uuid>,
    ) -> Result<Self, Unsayable> {
        let body = serde_json::to_string(message).map_err(|source| Unsayable::Body {
            wire: M::TYPE,
            source,
        })?;
        if body.len() > MAX_BODY {
            return Err(Unsayable::TooLong {
                wire: M::TYPE,
                bytes: body.len(),
            });
        }
        Ok(Self {
            id,
            wire: M::TYPE.to_owned(),
            source: source.to_owned(),
            routing_key: routing_key(M::TYPE, message.addressee()),
            subject: message.dossier().map(|dossier| dossier.0),
            time,
            traceparent,
            causation,
            body,
        })
    }

    /// Where the JSON Schema of its body stands.
    pub fn dataschema(&self) -> String {
        format!("urn:motcua:schema:{}", self.wire)
    }
}
