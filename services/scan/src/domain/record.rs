//! The record of a document: who did what with it, in which role. What is on it stays there.

use chrono::{DateTime, Utc};
use contracts::{AccountId, DossierId};

/// What was done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Something of it was handed out.
    Viewed(Part),
    /// A dossier was filed with it.
    Enclosed,
    /// Its owner gave their consent to its use in later dossiers.
    Kept,
    /// That consent was withdrawn.
    Released,
    /// Its owner said until when it is valid.
    Dated,
    /// Its owner took it off their list.
    Removed,
    /// An officer took it in spite of its pictures.
    Overruled,
    /// It turned out to be infected and was taken back.
    TakenBack,
}

/// What of a document was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The file.
    File,
    /// The archival copy.
    Archive,
    /// What is written on it.
    Text,
    /// The small picture of a page.
    Preview,
}

impl Deed {
    const ALL: [Self; 11] = [
        Self::Viewed(Part::File),
        Self::Viewed(Part::Archive),
        Self::Viewed(Part::Text),
        Self::Viewed(Part::Preview),
        Self::Enclosed,
        Self::Kept,
        Self::Released,
        Self::Dated,
        Self::Removed,
        Self::Overruled,
        Self::TakenBack,
    ];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewed(Part::File) => "viewed_file",
            Self::Viewed(Part::Archive) => "viewed_archive",
            Self::Viewed(Part::Text) => "viewed_text",
            Self::Viewed(Part::Preview) => "viewed_preview",
            Self::Enclosed => "enclosed",
            Self::Kept => "kept",
            Self::Released => "released",
            Self::Dated => "dated",
            Self::Removed => "removed",
            Self::Overruled => "overruled",
            Self::TakenBack => "taken_back",
        }
    }

    /// The deed of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == word)
    }

    /// What it was, as its document's owner reads it. Of two dossiers only the first was not a reuse.
    pub const fn words(self, is_reuse: bool) -> &'static str {
        match self {
            Self::Viewed(Part::File) => "Xem tệp",
            Self::Viewed(Part::Archive) => "Xem bản lưu trữ",
            Self::Viewed(Part::Text) => "Xem chữ đọc được trên giấy tờ",
            Self::Viewed(Part::Preview) => "Xem ảnh nhỏ của một trang",
            Self::Enclosed if is_reuse => "Dùng lại cho hồ sơ",
            Self::Enclosed => "Nộp cùng hồ sơ",
            Self::Kept => "Đồng ý giữ để dùng lại",
            Self::Released => "Thôi giữ để dùng lại",
            Self::Dated => "Ghi lại hạn dùng",
            Self::Removed => "Bỏ khỏi danh sách",
            Self::Overruled => "Nhận giấy tờ dù ảnh chưa đạt",
            Self::TakenBack => "Thu hồi vì tệp có mã độc",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    /// The document's owner.
    Owner(AccountId),
    /// An officer; their name stands on the record with them.
    Officer(AccountId, &'a str),
    /// Nobody: the system by itself.
    System,
}

/// A line of the record, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub deed: Deed,
    /// In which role: `owner`, `officer` or `system`.
    pub role: &'static str,
    /// Who, if it was somebody else than the owner.
    pub name: Option<String>,
    /// For which dossier.
    pub dossier: Option<DossierId>,
    /// Under which procedure that dossier is.
    pub procedure: Option<String>,
}

/// The roles, as rows keep them.
pub const ROLES: [&str; 3] = ["owner", "officer", "system"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_deed_has_a_word_and_words_of_its_own() {
        for deed in Deed::ALL {
            assert_eq!(Deed::named(deed.as_str()), Some(deed));
        }
        assert_eq!(Deed::named("burnt"), None);
        let words: BTreeSet<_> = Deed::ALL.into_iter().map(|deed| deed.words(true)).collect();
        assert_eq!(words.len(), Deed::ALL.len());
    }
}
