//! The file format, as far as signing needs it: objects, cross-references and updates. Strict where readers are lenient, because
//! what one reader repairs another reads otherwise, and a signature must mean the same to both.

pub mod file;
pub mod forms;
pub mod inflate;
pub mod object;
pub mod pages;
pub mod parse;
pub mod update;
pub mod xref;

pub use file::File;
pub use object::{Dict, Object, Reference};
pub use update::Update;

/// Why bytes are not a PDF that this crate works on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes break a rule of the format.
    #[error("at byte {at}: {rule}")]
    Syntax {
        /// Offset in the file, or in the object stream that is being read.
        at: usize,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// Something that the document needs is missing or of another kind.
    #[error("{0}")]
    Structure(&'static str),
    /// It is larger or deeper than any paper of ours.
    #[error("{0} exceeds what is read")]
    TooLarge(&'static str),
    /// Well-formed, but of a sort that is not signed or checked here.
    #[error("{0} are not supported")]
    Unsupported(&'static str),
}
