//! What is asked of a signature: where it stands, what it shows, what it allows to follow.

use chrono::{DateTime, Utc};

use crate::appearance::{Appearance, Area};

/// What a signature allows to be added after it. Whatever else is added, it no longer vouches for the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protection {
    /// Says nothing about it (an approval signature): further signatures may follow.
    #[default]
    Open,
    /// The first signature of a document that others are to sign: further signatures and filled-in forms (DocMDP level 2).
    /// Readers accept a visible one only in a field that was [reserved](Request::reserve).
    Certify,
    /// As [`Certify`](Self::Certify), and annotations (DocMDP level 3).
    CertifyAnnotations,
    /// The only signature of a document: nothing may follow but validation data (DocMDP level 1).
    CertifyFinal,
    /// The last of several signatures: nothing may follow but validation data (a lock on all fields, with DocMDP level 1).
    Final,
}

impl Protection {
    pub(crate) fn certifies(self) -> bool {
        matches!(
            self,
            Self::Certify | Self::CertifyAnnotations | Self::CertifyFinal
        )
    }

    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::CertifyFinal | Self::Final)
    }

    /// The level by the standard.
    pub(crate) fn level(self) -> i64 {
        match self {
            Self::CertifyFinal | Self::Final => 1,
            Self::Certify | Self::Open => 2,
            Self::CertifyAnnotations => 3,
        }
    }
}

/// An empty field that a later signature goes into.
#[derive(Debug, Clone, PartialEq)]
pub struct Reserved {
    /// Its name.
    pub field: String,
    /// Page, the first being 1.
    pub page: usize,
    /// Where it stands on the page.
    pub area: Area,
    /// It is for the last signature, which has to be [`Protection::Final`]. Said beforehand, since readers take it for a
    /// forgery when a field changes more than by being signed.
    pub last: bool,
}

/// One signature.
#[derive(Debug, Clone)]
pub struct Request {
    /// Name of the field, which no other has: a reserved one, or else a new one.
    pub field: String,
    /// When it is signed, as the clock of whoever asks says. Kept to the second.
    pub signed_at: DateTime<Utc>,
    /// The signer's name; the certificate's common name where it is not given.
    pub name: Option<String>,
    /// Why it is signed.
    pub reason: Option<String>,
    /// Where it is signed.
    pub location: Option<String>,
    /// What it shows. In a reserved field it is drawn where that stands.
    pub appearance: Option<Appearance>,
    /// What may follow.
    pub protection: Protection,
    /// Fields for signatures to come.
    pub reserve: Vec<Reserved>,
}

impl Request {
    /// An invisible signature that says nothing about what may follow.
    pub fn new(field: impl Into<String>, signed_at: DateTime<Utc>) -> Self {
        Self {
            field: field.into(),
            signed_at,
            name: None,
            reason: None,
            location: None,
            appearance: None,
            protection: Protection::default(),
            reserve: Vec::new(),
        }
    }
}
