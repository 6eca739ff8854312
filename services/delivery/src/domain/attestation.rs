//! The three proofs of a result: it was signed, it was numbered, it was sealed. One row each, in this order
//! (docs/decisions/0040).

use chrono::{DateTime, Utc};
use contracts::AccountId;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// What is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Deed {
    /// The competent person signed the decision off (ký).
    Signed,
    /// The deciding body's book gave it a number (cấp số).
    Numbered,
    /// The deciding body set its seal (đóng dấu).
    Sealed,
}

impl Deed {
    /// The name it is stored and told by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// What has to be proved before it.
    pub const fn follows(self) -> Option<Self> {
        match self {
            Self::Signed => None,
            Self::Numbered => Some(Self::Signed),
            Self::Sealed => Some(Self::Numbered),
        }
    }
}

/// How long a signature can be checked (ETSI EN 319 142-1).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
pub enum Level {
    /// A signature, with the time that the signer claims.
    #[strum(serialize = "B-B")]
    Basic,
    /// Its time is confirmed by a timestamp authority.
    #[strum(serialize = "B-T")]
    Timestamped,
    /// And what its certificate's issuer said of it at that time is kept with it.
    #[strum(serialize = "B-LT")]
    LongTerm,
}

impl Level {
    /// As the standard calls it.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A digital signature in a result's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The certificate's subject (RFC 4514).
    pub subject: String,
    /// Its number with its issuer, lower hex.
    pub serial: String,
    /// Its SHA-256, lower hex.
    pub fingerprint: String,
    /// How long it can be checked.
    pub level: Level,
    /// The SHA-256, lower hex, of the file as this signature left it: the final file begins with these bytes.
    pub sha256: String,
}

/// One proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// What is proved.
    pub deed: Deed,
    /// Who did it: the signer, the body whose book it is, the name on the seal.
    pub by: String,
    /// The signer's office as printed.
    pub title: Option<String>,
    /// The signer's account, where it is known.
    pub account: Option<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The book and the place in it.
    pub book: Option<(String, i64)>,
    /// The signature in the file; none where no key is configured.
    pub signature: Option<Signature>,
}

impl Attestation {
    /// That the competent person signed it off.
    pub const fn signed(
        by: String,
        title: String,
        account: Option<AccountId>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            deed: Deed::Signed,
            by,
            title: Some(title),
            account,
            at,
            book: None,
            signature: None,
        }
    }

    /// That a body's book gave it a number.
    pub const fn numbered(by: String, book: String, sequence: i64, at: DateTime<Utc>) -> Self {
        Self {
            deed: Deed::Numbered,
            by,
            title: None,
            account: None,
            at,
            book: Some((book, sequence)),
            signature: None,
        }
    }

    /// That a body set its seal.
    pub const fn sealed(by: String, at: DateTime<Utc>, signature: Signature) -> Self {
        Self {
            deed: Deed::Sealed,
            by,
            title: None,
            account: None,
            at,
            book: None,
            signature: Some(signature),
        }
    }

    /// The level of its signature, as the standard calls it.
    pub fn level(&self) -> Option<&'static str> {
        self.signature
            .as_ref()
            .map(|signature| signature.level.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deed_follows_the_one_before_it() {
        let mut before = None;
        for deed in Deed::VARIANTS {
            assert_eq!(deed.follows(), before, "{deed:?}");
            before = Some(*deed);
        }
    }

    #[test]
    fn levels_are_named_as_the_standard_does_and_rise() {
        let names: Vec<_> = Level::VARIANTS.iter().map(|level| level.name()).collect();
        assert_eq!(names, ["B-B", "B-T", "B-LT"]);
        for level in Level::VARIANTS {
            assert_eq!(level.name().parse(), Ok(*level));
        }
        assert!(Level::Basic < Level::Timestamped && Level::Timestamped < Level::LongTerm);
    }
}
