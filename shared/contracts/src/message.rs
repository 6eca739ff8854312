//! What a message is, and the list of all of them.

use schemars::Schema;
use serde::{Serialize, de::DeserializeOwned};

use crate::DossierId;

/// Whether a message tells what happened or asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something that happened; whoever cares hears it.
    Event,
    /// Something one service asks of one other.
    Command,
}

/// A contract: a type that crosses a service boundary.
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The wire name, `{owner}.{kebab}.v{n}`.
    const TYPE: &'static str;
    /// Event or command.
    const KIND: Kind;
    /// Whether it names its hearer in [`Message::addressee`] instead of going to all who hear its type.
    const ADDRESSED: bool = false;

    /// The dossier it is about, if any.
    fn dossier(&self) -> Option<DossierId>;

    /// The one service it is for; only when [`Message::ADDRESSED`].
    fn addressee(&self) -> Option<&str> {
        None
    }
}

/// One message type, for generators and checks.
pub struct Descriptor {
    /// The wire name.
    pub wire: &'static str,
    /// The Rust name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Event or command.
    pub kind: Kind,
    /// Its JSON Schema (2020-12).
    pub schema: fn() -> Schema,
    /// Its golden example.
    pub golden: &'static str,
    /// Reads a JSON text as this type and writes it again: what survives is what the type understands.
    pub round_trip: fn(&str) -> Result<serde_json::Value, serde_json::Error>,
}

/// Every message there is, in the order of its owners.
pub fn all() -> Vec<Descriptor> {
    [
        crate::intake::descriptors(),
        crate::scan::descriptors(),
        crate::desk::descriptors(),
        crate::payment::descriptors(),
        crate::agency::descriptors(),
        crate::delivery::descriptors(),
        crate::notification::descriptors(),
        crate::audit::descriptors(),
        crate::identity::descriptors(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Implements [`Message`] for types of one owner and lists them as `descriptors()`.
macro_rules! messages {
    ($($name:ident = $wire:literal, $kind:ident, $purpose:literal, dossier: |$message:ident| $dossier:expr $(, to: |$to:ident| $addressee:expr)?;)+) => {
        $(
            impl crate::Message for $name {
                const TYPE: &'static str = $wire;
                const KIND: crate::Kind = crate::Kind::$kind;
                $(
                    const ADDRESSED: bool = true;
                    fn addressee(&self) -> Option<&str> {
                        let $to = self;
                        Some($addressee)
                    }
                )?
                fn dossier(&self) -> Option<crate::DossierId> {
                    let $message = self;
                    $dossier
                }
            }
        )+

        /// The messages of this owner.
        pub fn descriptors() -> Vec<crate::Descriptor> {
            vec![$(crate::Descriptor {
                wire: $wire,
                name: stringify!($name),
                purpose: $purpose,
                kind: crate::Kind::$kind,
                schema: || schemars::schema_for!($name),
                golden: include_str!(concat!("../golden/", $wire, ".json")),
                round_trip: |text| serde_json::from_str::<$name>(text).and_then(serde_json::to_value),
            }),+]
        }
    };
}
pub(crate) use messages;
