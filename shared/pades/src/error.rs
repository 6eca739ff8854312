//! Why a signature could not be made.

use chrono::{DateTime, Utc};

use crate::pdf::Malformed;

/// What somebody else's code failed of.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a signature, or what belongs to it, could not be made. No secret and no personal data stand in any of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The document is not a PDF that can be signed.
    #[error("the document cannot be worked on")]
    Document(#[from] Malformed),
    /// A field's name is empty, long, or has a dot in it.
    #[error("a field cannot have this name")]
    FieldName,
    /// The document has a field of this name, signed or of another kind.
    #[error("the field {0} is taken")]
    FieldTaken(String),
    /// Only a document without signatures can be certified.
    #[error("the document is signed already, so that no signature can certify it")]
    CertifiedTooLate,
    /// A signature in the document forbids what was asked for.
    #[error("a signature in the document forbids further ones")]
    Locked,
    /// Fields were reserved in a document that is closed to further signatures.
    #[error("fields are reserved for signatures that the same request forbids")]
    ReservedInVain,
    /// A field that was reserved for the last signature is to get another, or the other way round.
    #[error("the field {0} is reserved for another kind of signature")]
    ReservedOtherwise(String),
    /// There is no certificate.
    #[error("the chain of certificates is empty")]
    EmptyChain,
    /// A certificate or a chain of them is not one.
    #[error("a certificate cannot be read: {0}")]
    Certificate(&'static str),
    /// The key is not one of those that sign here: RSA of 2048 to 4096 bits, or ECDSA over P-256 or P-384.
    #[error("the private key cannot be used: {0}")]
    Key(&'static str),
    /// No certificate belongs to the key.
    #[error("the private key does not belong to any of the certificates")]
    KeyMismatch,
    /// The container does not open with this password.
    #[error("the password is wrong")]
    WrongPassword,
    /// The container is damaged, or packed in a way that is not read here.
    #[error("the PKCS#12 container cannot be read: {0}")]
    Container(&'static str),
    /// The token that holds the key is away, locked, or another.
    #[error("the token cannot be used: {0}")]
    Token(&'static str),
    /// A certificate was no longer valid when the document was signed.
    #[error("a certificate of the chain expired at {0}")]
    Expired(DateTime<Utc>),
    /// A certificate was not valid yet when the document was signed.
    #[error("a certificate of the chain is not valid before {0}")]
    NotYetValid(DateTime<Utc>),
    /// The certificate is for other things than signing.
    #[error("the certificate is not for signing documents")]
    WrongUse,
    /// The token, or what else holds the key, failed.
    #[error("the holder of the key did not sign")]
    Signing(#[source] Cause),
    /// What came back is no signature by the certificate's key.
    #[error("the signature that came back is not by the certificate's key")]
    WrongSignature,
    /// The timestamp authority could not be asked.
    #[error("the timestamp authority did not answer")]
    Timestamping(#[source] Cause),
    /// The timestamp authority's answer is not what was asked for.
    #[error("the timestamp authority's answer is refused: {0}")]
    Timestamp(&'static str),
    /// Signature and timestamp are larger than what was kept free for them.
    #[error("the signature takes {needed} bytes and {kept} were kept")]
    Room {
        /// Bytes of the signature.
        needed: usize,
        /// Bytes kept free in the document.
        kept: usize,
    },
    /// Revocation data cannot be read.
    #[error("revocation data cannot be read: {0}")]
    Revocation(&'static str),
    /// The picture is no PNG of reasonable size.
    #[error("the picture cannot be used: {0}")]
    Picture(&'static str),
    /// The font is none.
    #[error("the font cannot be read")]
    Font,
    /// The font does not have a character.
    #[error("the font does not draw {0:?}")]
    Glyph(char),
    /// The appearance does not fit or has no size.
    #[error("the appearance cannot be drawn: {0}")]
    Appearance(&'static str),
    /// Something could not be written as ASN.1.
    #[error("a structure could not be encoded")]
    Encoding(#[from] der::Error),
}
