//! The kinds of file that a paper may come as.

use serde::{Deserialize, Serialize};

/// A kind of file that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaType {
    /// Portable Document Format.
    Pdf,
    /// JPEG picture.
    Jpeg,
    /// Portable Network Graphics.
    Png,
    /// Tagged Image File Format, one page or many.
    Tiff,
    /// WebP picture.
    Webp,
    /// High Efficiency Image File, as iPhones take their pictures.
    Heic,
}

impl MediaType {
    /// Every kind there is.
    pub const ALL: [Self; 6] = [
        Self::Pdf,
        Self::Jpeg,
        Self::Png,
        Self::Tiff,
        Self::Webp,
        Self::Heic,
    ];

    /// What a browser is told to offer where a paper may be of any kind. Without HEIC an iPhone sends a JPEG instead, which
    /// everybody can open.
    pub(super) const OFFERED: [Self; 5] =
        [Self::Pdf, Self::Jpeg, Self::Png, Self::Tiff, Self::Webp];

    /// The IANA media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
        }
    }

    /// The kind of that IANA media type.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What people call it, in any language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Webp => "WebP",
            Self::Heic => "HEIC",
        }
    }

    /// The ending its files have when they are handed out.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Tiff => "tif",
            Self::Webp => "webp",
            Self::Heic => "heic",
        }
    }
}
