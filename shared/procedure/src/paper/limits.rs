//! What one paper of a kind may be at most, where that is less than what is taken of any paper.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::MediaType;

/// What one paper of a kind may be at most. What is left out is as for any paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Size of its file, in megabytes (of 1024 × 1024 bytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub megabytes: Option<NonZeroU32>,
    /// Its pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<NonZeroU32>,
    /// Which kinds of file it may be; any that is taken where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<MediaType>,
}

impl Limits {
    /// Which files a browser shall offer for it, as the attribute `accept` says it.
    pub fn accept(&self) -> String {
        let media = match self.media.as_slice() {
            [] => &MediaType::OFFERED[..],
            named => named,
        };
        media
            .iter()
            .map(|media| media.as_str())
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The kinds of file it may be, as people read them: `PDF, JPEG`; empty where it may be any.
    pub fn media_names(&self) -> String {
        let names = self.media.iter().map(|media| media.name());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Whether anything is said of it.
    pub fn say_something(&self) -> bool {
        *self != Self::default()
    }

    /// Why this makes no sense, if it does not.
    pub(crate) fn nonsense(&self) -> Option<&'static str> {
        let mut seen = Vec::new();
        for media in &self.media {
            if seen.contains(media) {
                return Some("media: a kind of file stands here twice");
            }
            seen.push(*media);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_make_no_sense_are_refused() {
        let paper = |limits: &str| {
            let text = format!("id: the\nname: {{ vi: Thẻ, en: Card }}\nlimits: {limits}\n");
            crate::Paper::from_yaml(&text)
        };
        let whole = paper("{ megabytes: 15, pages: 2, media: [pdf, jpeg] }").expect("limits");
        assert_eq!(whole.limits.pages.map(NonZeroU32::get), Some(2));
        for limits in [
            "{ megabytes: 0 }",
            "{ pages: -1 }",
            "{ kilobytes: 3 }",
            "{ media: [docx] }",
            "{ media: [pdf, jpeg, pdf] }",
        ] {
            assert!(paper(limits).is_err(), "{limits}");
        }
    }

    #[test]
    fn a_browser_is_told_what_to_offer() {
        let any = Limits::default();
        assert_eq!(
            any.accept(),
            "application/pdf,image/jpeg,image/png,image/tiff,image/webp"
        );
        assert_eq!(any.media_names(), "");
        let some = Limits {
            media: vec![MediaType::Pdf, MediaType::Heic],
            ..Limits::default()
        };
        assert_eq!(some.accept(), "application/pdf,image/heic");
        assert_eq!(some.media_names(), "PDF, HEIC");
    }
}
