//! What checking a document brings to light: its pages, what is on them, and whether it is a reason not to take it.

use contracts::Refused;

use super::{Code, Flaw, FlawKind, Lie, Place, Preview, Weight, Zone};

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

/// A word that was read.
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
    /// Its words where they stand, in reading order.
    pub words: Vec<Word>,
    /// The QR codes on it.
    pub codes: Vec<Code>,
    /// The machine-readable zone on it.
    pub zone: Option<Zone>,
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
            codes: Vec::new(),
            zone: None,
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn every_source_and_rejection_is_found_by_its_word() {
        for source in Source::ALL {
            assert_eq!(Source::named(source.as_str()), Some(source));
        }
        for fault in Rejection::ALL {
            assert_eq!(Rejection::named(fault.as_str()), Some(fault));
        }
    }

    #[test]
    fn dot_leaders_are_not_letters() {
        assert_eq!(letters("Họ tên: ............ Dụ 07"), 9);
    }
}
