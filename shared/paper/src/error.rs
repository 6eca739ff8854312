//! Why a paper could not be made, naming the field so that its writer can be told.

/// Why a paper could not be made. All but the last three are about what was asked to be printed.
///
/// A field is named by its path in the struct, such as `papers[2].name`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text has more characters than fit any paper.
    #[error("{field} has {length} characters, more than {limit}")]
    TooLong {
        /// Path of the field.
        field: String,
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A list has more entries than fit any paper.
    #[error("{field} has {count} entries, more than {limit}")]
    TooMany {
        /// Path of the field.
        field: String,
        /// Entries found.
        count: usize,
        /// Entries allowed.
        limit: usize,
    },
    /// Words are missing where the paper cannot do without.
    #[error("{0} is blank")]
    Blank(String),
    /// The embedded font has no picture for a character.
    #[error("{field} holds U+{:04X}, which cannot be printed", u32::from(*character))]
    Unprintable {
        /// Path of the field.
        field: String,
        /// The first such character.
        character: char,
    },
    /// An amount is negative, or a sum is larger than 64 bits hold.
    #[error("{0} is not an amount that can be printed")]
    Amount(String),
    /// A link is not a plain `http` or `https` address of at most [`LIMIT_LINK`](crate::LIMIT_LINK) ASCII characters.
    #[error("{0} is not a web address that can be printed as a QR code")]
    Link(String),
    /// A moment lies outside the years 1 to 9999.
    #[error("{0} is outside the calendar")]
    Moment(String),
    /// The QR code could not be made.
    #[error("the QR code could not be drawn")]
    Qr(#[from] qr::TooLong),
    /// The input could not be turned into template data.
    #[error("the paper could not be written as data")]
    Data(#[from] serde_json::Error),
    /// The template and its input do not fit: a fault of this crate's template, or of an agency's [`Layout`](crate::Layout).
    #[error("the template {template} failed: {reason}")]
    Template {
        /// Which template.
        template: String,
        /// What the compiler said, with the line of an agency's template.
        reason: String,
    },
}
