//! Papers that a citizen keeps for later dossiers: which are offered, and which may be used.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{AccountId, DocumentId, DossierId, Refused};
use procedure::{FieldError, description::Component};

use super::draft::{Checked, Draft};

/// The most papers that are offered for one component, newest first.
pub const MOST_OFFERED: usize = 5;

/// A paper that its owner keeps, as scan said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The document.
    pub document: DocumentId,
    /// Whose it is.
    pub owner: AccountId,
    /// Which kind of paper.
    pub kind: String,
    /// What its file is called.
    pub name: String,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// The last day on which it is valid.
    pub valid_until: Option<NaiveDate>,
    /// The dossier that was filed with it first.
    pub first_dossier: Option<DossierId>,
}

impl Kept {
    /// Why it may not be used today, if so.
    pub fn expired(&self, today: NaiveDate) -> Option<Refused> {
        let last = self.valid_until.filter(|last| *last < today)?;
        let last = last.format("%d/%m/%Y");
        Some(Refused::because(
            format!("Giấy tờ này đã hết hạn ngày {last}; xin tải lên bản mới"),
            format!("This paper expired on {last}; please upload a new one"),
        ))
    }
}

/// Which of a citizen's kept papers, newest first, are offered for a component: those of its kind that are valid today and that scan
/// accepts.
pub fn offered<'a>(
    kept: &'a [Kept],
    component: &Component,
    checked: &Checked,
    today: NaiveDate,
) -> Vec<&'a Kept> {
    let usable = |kept: &&Kept| {
        let accepted = checked.get(&kept.document);
        component.paper.as_deref() == Some(&kept.kind)
            && kept.expired(today).is_none()
            && accepted.is_some_and(|known| known.rejected.is_none() && known.owner == kept.owner)
    };
    kept.iter().filter(usable).take(MOST_OFFERED).collect()
}

/// Whether a kept paper may be used for a component today, or why not. Of one that is kept no more nothing is known.
pub fn usable(
    kept: Option<&Kept>,
    owner: AccountId,
    component: Option<&Component>,
    today: NaiveDate,
) -> Result<(), Refused> {
    let asked = component.ok_or(NOT_ASKED)?.paper.as_deref();
    let kept = kept.filter(|kept| kept.owner == owner).ok_or(NOT_KEPT)?;
    if asked != Some(&kept.kind) {
        return Err(ANOTHER_KIND);
    }
    kept.expired(today).map_or(Ok(()), Err)
}

/// The papers of a draft that have expired since they were enclosed.
pub fn expired(draft: &Draft, kept: &[Kept], today: NaiveDate) -> Vec<FieldError> {
    let over = |(component, document): (&String, &DocumentId)| {
        let kept = kept.iter().find(|kept| kept.document == *document)?;
        Some(FieldError {
            field: format!("documents.{component}"),
            reason: kept.expired(today)?,
        })
    };
    draft.documents.iter().filter_map(over).collect()
}

const NOT_ASKED: Refused = Refused::new(
    "Thủ tục không yêu cầu nộp giấy tờ này",
    "The procedure does not ask for this paper",
);
const NOT_KEPT: Refused = Refused::new(
    "Giấy tờ này không còn được giữ để dùng lại; xin chọn giấy tờ khác hoặc tải lên",
    "This paper is not kept for reuse any more; please choose another or upload it",
);
const ANOTHER_KIND: Refused = Refused::new(
    "Giấy tờ này thuộc loại khác; xin chọn đúng loại",
    "This paper is of another kind; please choose one of the right kind",
);

#[cfg(test)]
mod tests {
    use procedure::Description;
    use uuid::Uuid;

    use super::*;
    use crate::domain::draft::Document;

    const EXTRACT: &str = include_str!("../../../../catalogue/procedures/2.000635.yaml");
    const OWNER: AccountId = AccountId(Uuid::from_u128(1));

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn kept(number: u128, valid_until: Option<&str>) -> Kept {
        Kept {
            document: DocumentId(Uuid::from_u128(number)),
            owner: OWNER,
            kind: "giay-to-quan-he".to_owned(),
            name: "Giấy khai sinh.jpg".to_owned(),
            given_at: DateTime::UNIX_EPOCH,
            valid_until: valid_until.map(day),
            first_dossier: None,
        }
    }

    fn checked(document: DocumentId, owner: AccountId, rejected: Option<Refused>) -> Checked {
        let known = Document {
            owner,
            sha256: "0".repeat(64),
            bytes: 1,
            rejected,
            flaws: Vec::new(),
            kind: None,
            fields: Vec::new(),
        };
        Checked::from([(document, known)])
    }

    #[test]
    fn only_what_is_of_the_kind_valid_and_accepted_is_offered() {
        let description = Description::from_yaml(EXTRACT).unwrap();
        let component = |id: &str| description.component(id).unwrap();
        let today = day("2026-10-08");
        let infected = Refused::new("Có mã độc", "Infected");
        let good = |paper: &Kept| checked(paper.document, OWNER, None);
        let (lasting, last_day, expired) = (
            kept(1, None),
            kept(2, Some("2026-10-08")),
            kept(3, Some("2026-10-07")),
        );
        for (paper, asked, known, expected) in [
            (&lasting, "giay-to-quan-he", good(&lasting), true),
            (&last_day, "giay-to-quan-he", good(&last_day), true),
            (&expired, "giay-to-quan-he", good(&expired), false),
            (&lasting, "to-khai", good(&lasting), false),
            (&lasting, "giay-to-quan-he", Checked::new(), false),
            (
                &lasting,
                "giay-to-quan-he",
                checked(lasting.document, OWNER, Some(infected)),
                false,
            ),
            (
                &lasting,
                "giay-to-quan-he",
                checked(lasting.document, AccountId(Uuid::nil()), None),
                false,
            ),
        ] {
            let all = std::slice::from_ref(paper);
            let offered = offered(all, component(asked), &known, today);
            assert_eq!(!offered.is_empty(), expected, "{asked} {paper:?}");
        }
    }

    #[test]
    fn why_a_paper_is_not_used_is_told() {
        let description = Description::from_yaml(EXTRACT).unwrap();
        let (today, paper) = (day("2026-10-08"), kept(1, Some("2026-10-07")));
        let lasting = kept(1, None);
        let stranger = AccountId(Uuid::nil());
        for (kept, owner, component, expected) in [
            (Some(&lasting), OWNER, "giay-to-quan-he", None),
            (
                Some(&paper),
                OWNER,
                "giay-to-quan-he",
                Some("hết hạn ngày 07/10/2026"),
            ),
            (Some(&lasting), OWNER, "to-khai", Some("loại khác")),
            (
                Some(&lasting),
                stranger,
                "giay-to-quan-he",
                Some("không còn được giữ"),
            ),
            (None, OWNER, "giay-to-quan-he", Some("không còn được giữ")),
            (Some(&lasting), OWNER, "ho-chieu", Some("không yêu cầu")),
        ] {
            let told = usable(kept, owner, description.component(component), today);
            let told = told.err().map(|reason| reason.vi.into_owned());
            let told_right = match (told.as_deref(), expected) {
                (Some(told), Some(expected)) => told.contains(expected),
                (told, expected) => told == expected,
            };
            assert!(told_right, "{component}: {told:?}");
        }
    }
}
