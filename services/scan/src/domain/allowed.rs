//! What a paper may be: what is taken of any, and what its kind says, whichever is less.

use std::num::NonZeroU32;

use contracts::Refused;
use procedure::Paper;

use super::{Fault, Limits, MediaType, Refusal};

/// What a paper may be.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// How much of anything.
    pub limits: Limits,
    /// What its kind says of itself, where it is known.
    kind: Option<Kind>,
}

/// A kind of paper, as far as it says what a paper may be.
#[derive(Debug, Clone)]
struct Kind {
    /// What it is called, in Vietnamese and English.
    name: (String, String),
    /// Bytes of its file.
    bytes: Option<u64>,
    /// Which kinds of file it may be; any, where none is named.
    media: Vec<MediaType>,
}

impl Allowed {
    /// What a paper of that kind may be, where one that is known is named.
    pub fn of(limits: Limits, kind: Option<&Paper>) -> Self {
        let Some(paper) = kind else {
            return Self { limits, kind: None };
        };
        let own = &paper.limits;
        let bytes = own.megabytes.map(|most| u64::from(most.get()) * MEGABYTE);
        let pages = own.pages.map_or(limits.pages, NonZeroU32::get);
        Self {
            limits: Limits {
                bytes: limits.bytes.min(bytes.unwrap_or(limits.bytes)),
                pages: limits.pages.min(pages),
                ..limits
            },
            kind: Some(Kind {
                name: (paper.name.vi.clone(), paper.name.en.clone()),
                bytes: bytes.filter(|bytes| *bytes < limits.bytes),
                media: own.media.clone(),
            }),
        }
    }

    /// Takes a file of so many bytes.
    pub fn take_length(&self, bytes: u64) -> Result<(), Refusal> {
        if bytes <= self.limits.bytes {
            Ok(())
        } else {
            Err(self.too_large())
        }
    }

    /// The refusal of a file larger than allowed.
    pub fn too_large(&self) -> Refusal {
        match &self.kind {
            Some(Kind {
                name: (vi, en),
                bytes: Some(bytes),
                ..
            }) => {
                let most = bytes / MEGABYTE;
                let reason = Refused::because(
                    format!("{vi}: tệp lớn hơn {most} MB; hãy giảm độ phân giải"),
                    format!("{en}: the file is larger than {most} MB; lower its resolution"),
                );
                Refusal::new(Fault::TooLarge, reason)
            }
            _ => self.limits.too_large(),
        }
    }

    /// Takes a kind of file.
    pub fn take_media(&self, media_type: MediaType) -> Result<(), Refusal> {
        let Some(Kind { name, media, .. }) = &self.kind else {
            return Ok(());
        };
        if media.is_empty() || media.contains(&media_type) {
            return Ok(());
        }
        let taken: Vec<_> = media.iter().map(|media| media.name()).collect();
        let (taken, (vi, en)) = (taken.join(", "), name);
        let reason = Refused::because(
            format!("{vi}: chỉ nhận tệp {taken}"),
            format!("{en}: only {taken} files are taken"),
        );
        Err(Refusal::new(Fault::NotTaken, reason))
    }
}

const MEGABYTE: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 50 * MEGABYTE,
        pages: 200,
        pixels: 1,
    };

    fn card(limits: &str) -> Paper {
        let text = format!(
            "id: can-cuoc\nname: {{ vi: Thẻ căn cước, en: Identity card }}\nlimits: {limits}\n"
        );
        Paper::from_yaml(&text).unwrap()
    }

    #[test]
    fn the_lower_of_what_its_kind_and_the_service_say_holds() {
        for (said, bytes, pages) in [
            ("{ megabytes: 15, pages: 2 }", 15, 2),
            ("{ megabytes: 80, pages: 300 }", 50, 200),
            ("{ pages: 4 }", 50, 4),
        ] {
            let allowed = Allowed::of(LIMITS, Some(&card(said)));
            let limits = allowed.limits;
            assert_eq!((limits.bytes / MEGABYTE, limits.pages), (bytes, pages));
            assert_eq!(allowed.take_length(limits.bytes), Ok(()));
            let refusal = allowed.take_length(limits.bytes + 1).unwrap_err();
            assert_eq!(refusal.fault, Fault::TooLarge);
            assert!(refusal.reason.vi.contains(&format!("{bytes} MB")));
        }
        assert_eq!(Allowed::of(LIMITS, None).limits, LIMITS);
    }

    #[test]
    fn a_refusal_names_the_kind_whose_limit_it_is() {
        let refused = |said| {
            let allowed = Allowed::of(LIMITS, Some(&card(said)));
            allowed.too_large().reason.en.into_owned()
        };
        assert_eq!(
            refused("{ megabytes: 15 }"),
            "Identity card: the file is larger than 15 MB; lower its resolution"
        );
        assert!(!refused("{ megabytes: 80 }").contains("Identity card"));
    }

    #[test]
    fn a_kind_of_file_is_taken_where_it_is_named_or_none_is() {
        let pictures = Allowed::of(LIMITS, Some(&card("{ media: [jpeg, png] }")));
        assert_eq!(pictures.take_media(MediaType::Png), Ok(()));
        let refusal = pictures.take_media(MediaType::Pdf).unwrap_err();
        assert_eq!(refusal.fault, Fault::NotTaken);
        assert_eq!(refusal.reason.vi, "Thẻ căn cước: chỉ nhận tệp JPEG, PNG");
        for media_type in MediaType::ALL {
            let any = Allowed::of(LIMITS, Some(&card("{}")));
            assert_eq!(any.take_media(media_type), Ok(()));
            assert_eq!(Allowed::of(LIMITS, None).take_media(media_type), Ok(()));
        }
    }
}
