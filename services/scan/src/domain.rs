//! What scan decides: which files it takes, and what becomes of a document. No I/O, no clock, no chance.

use std::fmt;

use contracts::Refused;
use serde::{Deserialize, Serialize};

mod allowed;
pub mod batch;
mod code;
mod fields;
mod finding;
mod keeping;
mod media;
mod name;
mod quality;
mod quota;
mod record;
pub mod tus;
mod zone;

pub use allowed::Allowed;
pub use code::{Code, MOST_CODES};
pub use fields::{CERTAIN, Field, Origin, other_paper, paper_of, read as fields_on};
pub use finding::{Finding, Page, Rejection, Source, Word, letters};
pub use keeping::{Keeping, Provenance, Standing, lifetime};
pub use media::{HEAD, MediaType, begins_foreign, media_of};
pub use name::FileName;
pub use procedure::paper::card::{CardCode, agrees};
pub use quality::{Flaw, FlawKind, Lie, Place, Preview, Weight};
pub use quota::{Bundle, Claim, Held, Quota};
pub use record::{By, Deed, Entry, Part, ROLES};
pub use zone::{LETTERS as ZONE_LETTERS, Zone};

/// How much of anything one upload may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Size of a file, in bytes.
    pub bytes: u64,
    /// Pages of a document.
    pub pages: u32,
    /// Pixels of one page, decoded or drawn.
    pub pixels: u64,
}

impl Limits {
    /// The refusal of a file larger than allowed.
    pub fn too_large(&self) -> Refusal {
        let most = self.bytes / (1024 * 1024);
        Refusal::new(
            Fault::TooLarge,
            Refused::because(
                format!("Tệp lớn hơn {most} MB; hãy giảm độ phân giải hoặc chia thành nhiều tệp"),
                format!("The file is larger than {most} MB; lower its resolution or split it"),
            ),
        )
    }

    /// Takes a number of pages that is neither none nor too many.
    pub fn take_pages(&self, pages: usize) -> Result<u32, Refused> {
        match u32::try_from(pages) {
            Ok(0) => Err(Refused::new(
                "Tệp không có trang nào",
                "The file has no pages",
            )),
            Ok(pages) if pages <= self.pages => Ok(pages),
            _ => {
                let most = self.pages;
                let pages = if most == 1 { "page" } else { "pages" };
                Err(Refused::because(
                    format!("Tệp có hơn {most} trang; hãy bỏ trang thừa hoặc chia thành nhiều tệp"),
                    format!(
                        "The file has more than {most} {pages}; leave out what does not belong to the paper, or split it"
                    ),
                ))
            }
        }
    }

    /// Takes a picture's size that is neither empty nor too large to decode.
    pub fn take_pixels(&self, width: u32, height: u32) -> Result<(), Refused> {
        match u64::from(width) * u64::from(height) {
            0 => Err(unreadable()),
            pixels if pixels <= self.pixels => Ok(()),
            _ => {
                let most = self.pixels / 1_000_000;
                Err(Refused::because(
                    format!(
                        "Ảnh {width} × {height} điểm lớn hơn {most} triệu điểm ảnh; hãy quét ở 300 dpi"
                    ),
                    format!(
                        "The picture of {width} × {height} has more than {most} megapixels; scan it at 300 dpi"
                    ),
                ))
            }
        }
    }
}

/// The reason given for whatever no program can open.
pub fn unreadable() -> Refused {
    Refused::new(
        "Tệp hỏng hoặc tải lên chưa trọn, không mở được; hãy quét hoặc chụp lại rồi gửi lại",
        "The file is damaged or incomplete and cannot be opened; scan it again and send it again",
    )
}

/// The reason given for what a virus scanner knows. Its name for it would help nobody but who made it.
pub fn infected() -> Refused {
    Refused::new(
        "Tệp có mã độc (vi-rút), không nhận; hãy quét vi-rút trên máy của bạn, rồi chụp hoặc quét lại giấy tờ và gửi bản mới",
        "The file carries malicious code (a virus) and is not taken; check your device for viruses, then photograph or scan the paper again and send that",
    )
}

/// Which rule an upload broke, as far as an answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was sent, or not in the form it has to be sent in.
    Malformed,
    /// More bytes than allowed.
    TooLarge,
    /// More uploads at once than allowed.
    TooMany,
    /// More papers for one dossier than allowed.
    TooManyPapers,
    /// A kind of file that isn't taken.
    NotTaken,
}

/// An upload refused on the spot: nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The broken rule.
    pub fault: Fault,
    /// What the citizen is told.
    pub reason: Refused,
}

impl Refusal {
    /// A refusal for breaking `fault`.
    pub const fn new(fault: Fault, reason: Refused) -> Self {
        Self { fault, reason }
    }
}

/// What the sender calls the paper, e.g. `to-khai` or a national code such as `KQ.G15.000342`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperKind(String);

impl PaperKind {
    /// Takes 1 to 60 letters, digits, dots, dashes and underscores.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if (1..=60).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused::new(
                "Loại giấy tờ gồm 1 đến 60 chữ cái không dấu, chữ số, dấu chấm, gạch ngang hoặc gạch dưới",
                "A kind of paper has 1 to 60 plain letters, digits, dots, dashes and underscores",
            ))
        }
    }

    /// The kind as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a document stands: stored, then checked once. After that an officer's word accepts what was rejected for its picture,
/// and what turns out to be infected is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Its bytes are safe; nobody has looked at them yet.
    Stored,
    /// It may be used and shown.
    Accepted,
    /// It may not.
    Rejected,
}

/// A verdict can't be given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is already {0}")]
pub struct AlreadyChecked(pub State);

/// Only what is accepted can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is {0}, not accepted")]
pub struct NotAccepted(pub State);

impl State {
    /// Every state there is.
    pub const ALL: [Self; 3] = [Self::Stored, Self::Accepted, Self::Rejected];

    /// A stored document is judged by what was found in it.
    pub fn judge(self, finding: &Finding) -> Result<Self, AlreadyChecked> {
        match (self, finding.rejection()) {
            (Self::Stored, None) => Ok(Self::Accepted),
            (Self::Stored, Some(_)) => Ok(Self::Rejected),
            (Self::Accepted | Self::Rejected, _) => Err(AlreadyChecked(self)),
        }
    }

    /// An accepted document that turns out to be harmful is taken back.
    pub const fn withdraw(self) -> Result<Self, NotAccepted> {
        match self {
            Self::Accepted => Ok(Self::Rejected),
            Self::Stored | Self::Rejected => Err(NotAccepted(self)),
        }
    }

    /// Whether people may be given the file. Never before it is checked.
    pub const fn shows_file(self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 50 * 1024 * 1024,
        pages: 100,
        pixels: 80_000_000,
    };

    #[test]
    fn a_document_is_judged_once() {
        let readable = Finding::Readable(vec![]);
        let unreadable = Finding::Unreadable(unreadable());
        for state in State::ALL {
            let verdicts = (state.judge(&readable), state.judge(&unreadable));
            let expected = match state {
                State::Stored => (Ok(State::Accepted), Ok(State::Rejected)),
                checked => (Err(AlreadyChecked(checked)), Err(AlreadyChecked(checked))),
            };
            assert_eq!(verdicts, expected, "{state}");
        }
    }

    #[test]
    fn only_what_is_accepted_is_taken_back() {
        assert_eq!(State::Accepted.withdraw(), Ok(State::Rejected));
        for state in [State::Stored, State::Rejected] {
            assert_eq!(state.withdraw(), Err(NotAccepted(state)));
        }
    }

    #[test]
    fn only_an_accepted_file_is_shown() {
        let shown: Vec<_> = State::ALL
            .into_iter()
            .filter(|state| state.shows_file())
            .collect();
        assert_eq!(shown, [State::Accepted]);
    }

    #[test]
    fn every_state_is_found_by_its_word() {
        for state in State::ALL {
            assert_eq!(State::named(state.as_str()), Some(state));
        }
        assert_eq!(State::named("lost"), None);
    }

    #[test]
    fn a_document_has_at_least_one_page_and_no_more_than_are_allowed() {
        assert!(LIMITS.take_pages(0).is_err());
        assert_eq!(LIMITS.take_pages(1), Ok(1));
        assert_eq!(LIMITS.take_pages(100), Ok(100));
        assert!(LIMITS.take_pages(101).is_err());
        assert!(LIMITS.take_pages(usize::MAX).is_err());
    }

    #[test]
    fn a_picture_has_at_most_eighty_megapixels() {
        assert_eq!(LIMITS.take_pixels(10_000, 8_000), Ok(()));
        assert!(LIMITS.take_pixels(10_000, 8_001).is_err());
        assert!(LIMITS.take_pixels(u32::MAX, u32::MAX).is_err());
        assert!(LIMITS.take_pixels(0, 8_000).is_err());
    }

    #[test]
    fn a_kind_of_paper_is_a_plain_code() {
        for text in ["to-khai", "KQ.G15.000342", " cccd_mat_truoc "] {
            assert_eq!(
                PaperKind::parse(text).map(|kind| kind.as_str().to_owned()),
                Ok(text.trim().to_owned())
            );
        }
        for text in ["", "  ", "tờ khai", "a/b", &"a".repeat(61)] {
            assert!(PaperKind::parse(text).is_err(), "{text}");
        }
    }
}
