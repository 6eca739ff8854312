//! How much the papers of one dossier may have together. Scan counts uploads by the same measure; what is filed is counted here.

use contracts::{DocumentId, Refused};
use procedure::FieldError;

use super::draft::Checked;

/// What the papers of one dossier may have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Bytes.
    pub bytes: u64,
    /// How many papers.
    pub papers: usize,
}

impl Share {
    /// What is wrong with so many documents, each counted once; nothing where they are within the share, as far as they are
    /// checked.
    pub fn exceeded(
        &self,
        documents: impl IntoIterator<Item = DocumentId>,
        checked: &Checked,
    ) -> Option<FieldError> {
        let documents: std::collections::BTreeSet<_> = documents.into_iter().collect();
        let known = documents.iter().filter_map(|id| checked.get(id));
        let bytes = known.fold(0_u64, |sum, known| sum.saturating_add(known.bytes));
        let reason = if documents.len() > self.papers {
            let (count, most) = (documents.len(), self.papers);
            Refused::because(
                format!("Hồ sơ có {count} giấy tờ, nhiều nhất {most}; hãy gộp hoặc bỏ bớt"),
                format!(
                    "The dossier has {count} papers, {most} are the most; put some together or leave some out"
                ),
            )
        } else if bytes > self.bytes {
            // Rounded so that what is too much never looks as if it were not.
            let (sum, most) = (bytes.div_ceil(MEGABYTE), self.bytes / MEGABYTE);
            Refused::because(
                format!(
                    "Giấy tờ kèm theo có tất cả {sum} MB, nhiều nhất {most} MB; hãy thay bằng tệp nhỏ hơn"
                ),
                format!(
                    "The papers have {sum} MB together, {most} MB are the most; replace some by smaller files"
                ),
            )
        } else {
            return None;
        };
        Some(FieldError {
            field: "documents".to_owned(),
            reason,
        })
    }
}

const MEGABYTE: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use contracts::AccountId;
    use uuid::Uuid;

    use super::*;
    use crate::domain::draft::Document;

    const SHARE: Share = Share {
        bytes: 10 * MEGABYTE,
        papers: 3,
    };

    fn id(number: u128) -> DocumentId {
        Uuid::from_u128(number).into()
    }

    fn checked(sizes: &[u64]) -> Checked {
        let document = |bytes: &u64| Document {
            owner: AccountId(Uuid::nil()),
            sha256: String::new(),
            bytes: *bytes,
            rejected: None,
            flaws: Vec::new(),
            kind: None,
            fields: Vec::new(),
        };
        let known = sizes.iter().map(document);
        (1..).map(id).zip(known).collect()
    }

    #[test]
    fn papers_within_their_share_are_no_fault() {
        let known = checked(&[5 * MEGABYTE, 5 * MEGABYTE]);
        assert_eq!(SHARE.exceeded([id(1), id(2)], &known), None);
        assert_eq!(
            SHARE.exceeded([id(1), id(2), id(2), id(1)], &known),
            None,
            "one paper for several components is one paper"
        );
    }

    #[test]
    fn what_is_too_much_is_told_with_how_much_there_is_and_may_be() {
        let known = checked(&[5 * MEGABYTE, 5 * MEGABYTE + 1]);
        let error = SHARE.exceeded([id(1), id(2)], &known).unwrap();
        assert_eq!(error.field, "documents");
        assert!(error.reason.vi.contains("11 MB, nhiều nhất 10 MB"));
        assert!(error.reason.en.contains("11 MB together, 10 MB are"));
        let error = SHARE.exceeded((1..=4).map(id), &checked(&[])).unwrap();
        assert!(error.reason.en.contains("4 papers, 3 are the most"));
    }
}
