//! A stack of papers scanned in one go, and how its cover sheets divide it.

use contracts::{CoverSheet, Refused};
use strum::{AsRefStr, EnumString};

/// What was seen on one page of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackPage {
    /// The cover sheet that it is.
    pub sheet: Option<CoverSheet>,
    /// Whether nothing is on it.
    pub is_blank: bool,
}

/// Pages that belong together, and what they lay behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The page of the cover sheet, from 1; none for what lay before the first.
    pub sheet: Option<u32>,
    /// What that sheet says.
    pub says: Option<CoverSheet>,
    /// The first and the last page, from 1; none where nothing lay behind the sheet.
    pub pages: Option<(u32, u32)>,
    /// Whether an earlier sheet of the stack says the same.
    pub is_repeated: bool,
}

/// Divides a stack. A sheet's own back, and blank pages at the front of the stack, belong to nothing; blank pages among and behind
/// papers stay with them, since nobody can tell that they are not meant.
pub fn cuts(pages: &[StackPage]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut current: Option<Cut> = None;
    for (number, page) in (1..).zip(pages) {
        if let Some(says) = &page.sheet {
            cuts.extend(current.take());
            current = Some(Cut {
                sheet: Some(number),
                says: Some(says.clone()),
                pages: None,
                is_repeated: cuts.iter().any(|cut| cut.says.as_ref() == Some(says)),
            });
            continue;
        }
        let cut = current.get_or_insert(Cut {
            sheet: None,
            says: None,
            pages: None,
            is_repeated: false,
        });
        match &mut cut.pages {
            Some((_, last)) => *last = number,
            None if page.is_blank => {}
            empty => *empty = Some((number, number)),
        }
    }
    cuts.extend(current);
    // Blank pages before the first sheet are no papers that somebody misses.
    cuts.retain(|cut| cut.sheet.is_some() || cut.pages.is_some());
    cuts
}

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum BatchState {
    /// Its bytes are safe.
    Stored,
    /// It is divided.
    Split,
    /// It cannot be used.
    Refused,
}

/// Where a part of a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum PartState {
    /// Nothing lay behind its sheet.
    Empty,
    /// An officer has to say where it belongs.
    Open,
    /// The dossier's service was asked whether it takes it.
    Asked,
    /// It is a document of the dossier's owner.
    Filed,
    /// An officer set it aside.
    Dropped,
}

impl PartState {
    /// Whether an officer may say where it belongs, or set it aside.
    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}

/// Why pages wait for an officer from the start.
pub fn open_because(cut: &Cut) -> Option<Refused> {
    if cut.says.is_none() {
        return Some(NO_SHEET);
    }
    cut.is_repeated.then_some(REPEATED)
}

const NO_SHEET: Refused = Refused::new(
    "Những trang này không có tờ phân tách phía trước",
    "No cover sheet lay before these pages",
);
const REPEATED: Refused = Refused::new(
    "Trong xấp có hai tờ phân tách giống nhau, xin xem phần nào là đúng",
    "Two cover sheets of the stack are the same, please see which part is right",
);

#[cfg(test)]
mod tests {
    use contracts::DossierId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn sheet(dossier: u128, component: &str) -> StackPage {
        StackPage {
            sheet: Some(CoverSheet {
                dossier: DossierId(Uuid::from_u128(dossier)),
                component: Some(component.to_owned()),
            }),
            is_blank: false,
        }
    }

    fn page() -> StackPage {
        StackPage::default()
    }

    fn blank() -> StackPage {
        StackPage {
            is_blank: true,
            ..page()
        }
    }

    /// Of each part the page of its sheet, its pages, and whether its sheet came before.
    type Divided = (Option<u32>, Option<(u32, u32)>, bool);

    fn divided(pages: &[StackPage]) -> Vec<Divided> {
        let cuts = cuts(pages);
        cuts.iter()
            .map(|cut| (cut.sheet, cut.pages, cut.is_repeated))
            .collect()
    }

    #[test]
    fn pages_belong_to_the_sheet_before_them() {
        let one = [sheet(1, "a"), page(), page(), sheet(1, "b"), page()];
        assert_eq!(
            divided(&one),
            [
                (Some(1), Some((2, 3)), false),
                (Some(4), Some((5, 5)), false)
            ]
        );
        // What lies before the first sheet belongs to nobody, a sheet without papers has none.
        let loose = [page(), blank(), sheet(1, "a"), sheet(2, "a"), page()];
        assert_eq!(
            divided(&loose),
            [
                (None, Some((1, 2)), false),
                (Some(3), None, false),
                (Some(4), Some((5, 5)), false)
            ]
        );
    }

    #[test]
    fn the_backs_of_sheets_are_left_out_and_those_of_papers_are_not() {
        let both_sides = [
            blank(),
            sheet(1, "a"),
            blank(),
            page(),
            blank(),
            page(),
            blank(),
        ];
        assert_eq!(divided(&both_sides), [(Some(2), Some((4, 7)), false)]);
    }

    #[test]
    fn a_sheet_that_comes_twice_is_told() {
        let twice = [
            sheet(1, "a"),
            page(),
            sheet(2, "a"),
            page(),
            sheet(1, "a"),
            page(),
        ];
        let repeated: Vec<bool> = cuts(&twice).iter().map(|cut| cut.is_repeated).collect();
        assert_eq!(repeated, [false, false, true]);
        assert_eq!(open_because(&cuts(&twice)[2]), Some(REPEATED));
        assert_eq!(open_because(&cuts(&twice)[0]), None);
    }

    proptest! {
        #[test]
        fn every_page_with_something_on_it_is_in_one_part(kinds in proptest::collection::vec(0..4u8, 0..40)) {
            let pages: Vec<StackPage> = kinds.iter().map(|kind| match kind {
                0 => sheet(1, "a"),
                1 => sheet(2, "b"),
                2 => blank(),
                _ => page(),
            }).collect();
            let cuts = cuts(&pages);
            for (number, page) in (1..).zip(&pages) {
                let within = cuts.iter().filter(|cut| cut.pages.is_some_and(|(first, last)| (first..=last).contains(&number)));
                let sheets = cuts.iter().filter(|cut| cut.sheet == Some(number));
                match (within.count(), sheets.count()) {
                    (0, 1) => prop_assert!(page.sheet.is_some()),
                    (1, 0) => prop_assert!(page.sheet.is_none()),
                    (0, 0) => prop_assert!(page.is_blank),
                    both => prop_assert!(false, "page {number}: {both:?}"),
                }
            }
        }
    }
}
