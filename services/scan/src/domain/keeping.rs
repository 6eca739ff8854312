//! Keeping a paper for later dossiers: its owner's word, and how long the paper is valid.

use chrono::{DateTime, Months, NaiveDate, Utc};
use contracts::Refused;
use procedure::{Paper, paper::Validity};

use super::State;

/// How a document came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Its owner uploaded it.
    Uploaded,
    /// An officer scanned the paper at a counter.
    Counter,
    /// An agency issued it.
    Issued,
}

impl Provenance {
    const ALL: [Self; 3] = [Self::Uploaded, Self::Counter, Self::Issued];

    /// The word it is stored and answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Counter => "counter",
            Self::Issued => "issued",
        }
    }

    /// The origin of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == word)
    }
}

/// What a paper's owner said about it. At first: nothing, and so it is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// Since when it may be used in later dossiers.
    pub consented_at: Option<DateTime<Utc>>,
    /// The last day on which it is valid, as its owner says.
    pub said_until: Option<NaiveDate>,
    /// When it was taken off their list.
    pub removed_at: Option<DateTime<Utc>>,
    /// Counts what was said to others about it.
    pub revision: u32,
}

/// How a paper stands with its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is of no kind that can be used twice.
    OneDossier,
    /// Its owner does not keep it.
    NotKept,
    /// It is offered to later dossiers.
    Kept,
    /// It is valid no more, so it is not offered, kept or not.
    Expired,
}

impl Standing {
    /// The word it is answered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneDossier => "one_dossier",
            Self::NotKept => "not_kept",
            Self::Kept => "kept",
            Self::Expired => "expired",
        }
    }
}

/// The last day that the law of its kind leaves to a paper that was given on this day. It was issued before, so it may end sooner:
/// how much, its owner can say.
pub fn lifetime(validity: Option<Validity>, given: NaiveDate) -> Option<NaiveDate> {
    let months = Months::new(validity?.months.get().into());
    Some(given.checked_add_months(months).unwrap_or(NaiveDate::MAX))
}

impl Keeping {
    /// The last day on which a paper is valid: what its owner says, and never beyond what its kind allows.
    pub fn valid_until(&self, kind: Option<&Paper>, given: NaiveDate) -> Option<NaiveDate> {
        let lifetime = kind.and_then(|kind| lifetime(kind.validity, given));
        [self.said_until, lifetime].into_iter().flatten().min()
    }

    /// How the paper stands today.
    pub fn standing(&self, kind: Option<&Paper>, given: NaiveDate, today: NaiveDate) -> Standing {
        let is_over = self
            .valid_until(kind, given)
            .is_some_and(|last| last < today);
        match kind.filter(|kind| kind.reusable) {
            None => Standing::OneDossier,
            Some(_) if is_over => Standing::Expired,
            Some(_) if self.consented_at.is_some() => Standing::Kept,
            Some(_) => Standing::NotKept,
        }
    }

    /// Its owner gives their consent. Tells whether that is new.
    pub fn consent(
        &mut self,
        state: State,
        kind: Option<&Paper>,
        now: DateTime<Utc>,
    ) -> Result<bool, Refused> {
        if state != State::Accepted {
            return Err(NOT_ACCEPTED);
        }
        if !kind.is_some_and(|kind| kind.reusable) {
            return Err(ONE_DOSSIER);
        }
        let is_new = self.consented_at.is_none();
        self.consented_at.get_or_insert(now);
        Ok(is_new)
    }

    /// Consent is withdrawn. Tells whether there was any.
    pub const fn withdraw(&mut self) -> bool {
        self.consented_at.take().is_some()
    }

    /// Its owner says until when it is valid; with nothing, that it does not expire. Tells whether that is new.
    pub fn date(
        &mut self,
        until: Option<NaiveDate>,
        kind: Option<&Paper>,
        given: NaiveDate,
    ) -> Result<bool, Refused> {
        let lifetime = kind.and_then(|kind| lifetime(kind.validity, given));
        if let (Some(until), Some(lifetime)) = (until, lifetime)
            && until > lifetime
        {
            let last = lifetime.format("%d/%m/%Y");
            return Err(Refused::because(
                format!("Theo quy định, giấy tờ này có giá trị muộn nhất đến {last}"),
                format!("By law this paper is valid until {last} at the latest"),
            ));
        }
        let is_new = self.said_until != until;
        self.said_until = until;
        Ok(is_new)
    }
}

const NOT_ACCEPTED: Refused = Refused::new(
    "Chỉ giữ được giấy tờ đã kiểm tra xong và dùng được",
    "Only a paper that is checked and accepted can be kept",
);
const ONE_DOSSIER: Refused = Refused::new(
    "Giấy tờ này làm riêng cho một hồ sơ nên không giữ để dùng lại được",
    "This paper was made for one dossier and cannot be kept for others",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn kind(reusable: bool, months: Option<u16>) -> Paper {
        let months = months.map(|months| months.try_into().unwrap());
        Paper {
            id: "giay-xac-nhan".to_owned(),
            name: serde_json::from_value(serde_json::json!({ "vi": "Giấy", "en": "Paper" }))
                .unwrap(),
            titles: Vec::new(),
            fields: Vec::new(),
            reusable,
            validity: months.map(|months| Validity { months }),
            limits: procedure::paper::Limits::default(),
        }
    }

    #[test]
    fn every_origin_is_found_by_its_word() {
        for origin in Provenance::ALL {
            assert_eq!(Provenance::named(origin.as_str()), Some(origin));
        }
        assert_eq!(Provenance::named("found"), None);
    }

    #[test]
    fn a_paper_is_valid_as_long_as_its_owner_says_and_never_longer_than_its_kind() {
        for (months, said, expected) in [
            (None, None, None),
            (None, Some("2030-01-01"), Some("2030-01-01")),
            (Some(6), None, Some("2027-02-28")),
            (Some(6), Some("2026-12-31"), Some("2026-12-31")),
            // Said before the law of its kind became stricter.
            (Some(6), Some("2030-01-01"), Some("2027-02-28")),
        ] {
            let keeping = Keeping {
                said_until: said.map(day),
                ..Keeping::default()
            };
            let until = keeping.valid_until(Some(&kind(true, months)), day("2026-08-31"));
            assert_eq!(until, expected.map(day), "{months:?} {said:?}");
        }
    }

    #[test]
    fn a_paper_stands_by_its_kind_then_its_validity_then_its_owners_word() {
        let given = day("2026-01-10");
        let (now, last, after) = (DateTime::UNIX_EPOCH, day("2026-07-10"), day("2026-07-11"));
        for (kind, consents, today, expected) in [
            (None, false, last, Standing::OneDossier),
            (Some(kind(false, None)), true, last, Standing::OneDossier),
            (Some(kind(true, None)), false, after, Standing::NotKept),
            (Some(kind(true, None)), true, after, Standing::Kept),
            (Some(kind(true, Some(6))), true, last, Standing::Kept),
            (Some(kind(true, Some(6))), true, after, Standing::Expired),
            (Some(kind(true, Some(6))), false, after, Standing::Expired),
        ] {
            let keeping = Keeping {
                consented_at: consents.then_some(now),
                ..Keeping::default()
            };
            let standing = keeping.standing(kind.as_ref(), given, today);
            assert_eq!(standing, expected, "{kind:?} {today}");
        }
    }

    #[test]
    fn consent_is_given_once_to_what_is_accepted_and_can_be_used_twice_and_withdrawn_at_any_time() {
        let now = DateTime::UNIX_EPOCH;
        let reusable = kind(true, None);
        let mut keeping = Keeping::default();
        for state in [State::Stored, State::Rejected] {
            assert!(keeping.consent(state, Some(&reusable), now).is_err());
        }
        for kind in [None, Some(&kind(false, None))] {
            assert!(keeping.consent(State::Accepted, kind, now).is_err());
        }
        assert!(!keeping.withdraw(), "there was none");
        let mut consent = || keeping.consent(State::Accepted, Some(&reusable), now);
        assert_eq!((consent(), consent()), (Ok(true), Ok(false)));
        assert_eq!((keeping.withdraw(), keeping.withdraw()), (true, false));
    }

    #[test]
    fn nobody_dates_a_paper_beyond_what_its_kind_allows() {
        let (given, six) = (day("2026-01-10"), kind(true, Some(6)));
        let mut keeping = Keeping::default();
        let mut date = |until: Option<&str>| keeping.date(until.map(day), Some(&six), given);
        assert_eq!(date(Some("2026-07-10")), Ok(true));
        assert_eq!(date(Some("2026-07-10")), Ok(false));
        assert_eq!(date(None), Ok(true));
        let refused = date(Some("2026-07-11")).unwrap_err();
        assert!(refused.vi.contains("10/07/2026"), "{refused}");
        assert_eq!(keeping.said_until, None);
    }
}
