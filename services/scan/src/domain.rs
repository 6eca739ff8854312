//! What scan decides: which files it takes, and what becomes of a document. No I/O, no clock, no chance.

use std::fmt;

use contracts::Refused;
use serde::{Deserialize, Serialize};

mod media;
mod name;
mod quality;
mod quota;
pub mod tus;

pub use media::{HEAD, MediaType, begins_foreign};
pub use name::FileName;
pub use quality::{Flaw, FlawKind, Lie, Place, Preview, Weight};
pub use quota::Quota;

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
            _ => Err(Refused::because(
                format!("Tệp có hơn {} trang; hãy chia thành nhiều tệp", self.pages),
                format!("The file has more than {} pages; split it", self.pages),
            )),
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

/// How a page's text was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was in the file, as born-digital PDFs have it.
    Embedded,
    /// Tesseract read it from the picture.
    Ocr,
    /// Nobody: reading the page took too long or ended the reading program.
    Unread,
}

impl Source {
    /// Every source there is.
    pub const ALL: [Self; 3] = [Self::Embedded, Self::Ocr, Self::Unread];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Ocr => "ocr",
            Self::Unread => "unread",
        }
    }

    /// The source of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }
}

/// A word that was read from a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// How sure its reader is, 0 to 100.
    pub confidence: f32,
    /// Where it stands on the straightened page.
    pub place: Place,
    /// Which line of the page it stands in, from 0.
    pub line: u32,
}

/// One page as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Where its text comes from.
    pub source: Source,
    /// Its text; empty when there is none.
    pub text: String,
    /// Mean confidence of the words read, 0 to 100; none where nothing was read from a picture.
    pub confidence: Option<f32>,
    /// The words read from a picture, in reading order.
    pub words: Vec<Word>,
    /// What is wrong with its picture.
    pub flaws: Vec<Flaw>,
    /// How it lay in its picture, if it was straightened.
    pub lie: Option<Lie>,
    /// The straightened page in small with its flaws marked; empty if it could not be drawn.
    pub preview: Preview,
}

impl Page {
    /// A page without anything on it.
    pub const fn of(source: Source) -> Self {
        Self {
            source,
            text: String::new(),
            confidence: None,
            words: Vec::new(),
            flaws: Vec::new(),
            lie: None,
            preview: Preview(Vec::new()),
        }
    }

    /// A page that the reading program could not cope with.
    pub const fn unread() -> Self {
        Self::of(Source::Unread)
    }

    /// Letters and digits on the page.
    pub fn letters(&self) -> usize {
        letters(&self.text)
    }
}

/// Letters and digits in a text: what is left when leaders, rules and specks are not counted.
pub fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// What checking a document brought to light.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// It opens and has these pages. A page without text is no fault: a photograph has none.
    Readable(Vec<Page>),
    /// It can't be used, and why.
    Unreadable(Refused),
}

impl Finding {
    /// The pages found; none where the document can't be used.
    pub fn pages(&self) -> &[Page] {
        match self {
            Self::Readable(pages) => pages,
            Self::Unreadable(_) => &[],
        }
    }

    /// The same, to be changed.
    pub fn pages_mut(&mut self) -> &mut [Page] {
        match self {
            Self::Readable(pages) => pages,
            Self::Unreadable(_) => &mut [],
        }
    }

    /// Whether it is a reason not to take the document, and which. A page that nobody can work with is; a blank one only where
    /// nothing else was sent.
    pub fn rejection(&self) -> Option<(Rejection, Refused)> {
        let pages = match self {
            Self::Unreadable(reason) => return Some((Rejection::Content, reason.clone())),
            Self::Readable(pages) => pages,
        };
        let flaws = || {
            (1..)
                .zip(pages)
                .flat_map(|(number, page)| page.flaws.iter().map(move |flaw| (number, flaw)))
        };
        let unusable = flaws().find(|(_, flaw)| flaw.weight == Weight::Unusable);
        let is_blank = |page: &Page| page.flaws.iter().any(|flaw| flaw.kind == FlawKind::Blank);
        let all_blank = !pages.is_empty() && pages.iter().all(is_blank);
        let blank = || flaws().find(|(_, flaw)| flaw.kind == FlawKind::Blank);
        let (page, flaw) = unusable.or_else(|| all_blank.then(blank).flatten())?;
        Some((Rejection::Quality, flaw.reason(page)))
    }

    /// Letters and digits on all pages.
    pub fn letters(&self) -> u32 {
        u32::try_from(self.pages().iter().map(Page::letters).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

/// What a document is rejected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// It can't be opened, or must not be.
    Content,
    /// Its picture is too bad. An officer who sees the paper may overrule that.
    Quality,
}

impl Rejection {
    /// Every one there is.
    pub const ALL: [Self; 2] = [Self::Content, Self::Quality];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Quality => "quality",
        }
    }

    /// The rejection of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == word)
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

    fn page(flaws: &[(FlawKind, Weight)]) -> Page {
        let place = Place::WHOLE;
        let flaw = |&(kind, weight): &(FlawKind, Weight)| Flaw {
            kind,
            weight,
            place,
        };
        Page {
            flaws: flaws.iter().map(flaw).collect(),
            ..Page::of(Source::Ocr)
        }
    }

    #[test]
    fn a_page_that_nobody_can_work_with_is_a_reason_and_advice_is_none() {
        let advised = page(&[
            (FlawKind::Glare, Weight::Advice),
            (FlawKind::Turned, Weight::Note),
        ]);
        let illegible = page(&[(FlawKind::Blur, Weight::Unusable)]);
        assert_eq!(Finding::Readable(vec![advised.clone()]).rejection(), None);
        let rejection = Finding::Readable(vec![advised, illegible]).rejection();
        assert!(
            matches!(&rejection, Some((Rejection::Quality, reason)) if reason.en.starts_with("Page 2: Take it again")),
            "{rejection:?}"
        );
    }

    #[test]
    fn a_blank_page_is_a_reason_only_where_there_is_no_other() {
        let (blank, written) = (page(&[(FlawKind::Blank, Weight::Note)]), page(&[]));
        assert_eq!(
            Finding::Readable(vec![blank.clone(), written]).rejection(),
            None
        );
        let rejection = Finding::Readable(vec![blank.clone(), blank]).rejection();
        assert!(
            matches!(rejection, Some((Rejection::Quality, _))),
            "{rejection:?}"
        );
        assert_eq!(Finding::Readable(vec![]).rejection(), None);
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
    fn every_state_and_source_is_found_by_its_word() {
        for state in State::ALL {
            assert_eq!(State::named(state.as_str()), Some(state));
        }
        for source in Source::ALL {
            assert_eq!(Source::named(source.as_str()), Some(source));
        }
        assert_eq!(State::named("lost"), None);
    }

    #[test]
    fn a_document_has_at_least_one_page_and_at_most_a_hundred() {
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

    #[test]
    fn dot_leaders_are_not_letters() {
        assert_eq!(letters("Họ tên: ............ Dụ 07"), 9);
    }
}
