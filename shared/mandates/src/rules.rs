//! What a mandate lets its agent do, without input or output.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use contracts::{
    AccountId, MandateId, ProcedureCode,
    identity::{Consent, MandateAct, MandateGiven},
};

/// What one person lets another do for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its id.
    pub id: MandateId,
    /// Who is acted for.
    pub giver: AccountId,
    /// Who acts.
    pub agent: AccountId,
    /// What for.
    pub acts: BTreeSet<MandateAct>,
    /// Under which procedures; under all when absent.
    pub procedures: Option<BTreeSet<ProcedureCode>>,
    /// How it was agreed to.
    pub consent: Consent,
    /// When it began to count.
    pub given_at: DateTime<Utc>,
    /// When it ends by itself.
    pub valid_until: DateTime<Utc>,
}

impl From<MandateGiven> for Mandate {
    fn from(given: MandateGiven) -> Self {
        Self {
            id: given.mandate,
            giver: given.giver,
            agent: given.agent,
            acts: given.acts,
            procedures: given.procedures,
            consent: given.consent,
            given_at: given.given_at,
            valid_until: given.valid_until,
        }
    }
}

impl Mandate {
    /// Whether it is for this act.
    pub fn is_for(&self, act: MandateAct) -> bool {
        self.acts.contains(&act)
    }

    /// Whether it is for dossiers under this procedure. Of one whose procedure is not known, only if it is for all.
    pub fn covers(&self, procedure: Option<&ProcedureCode>) -> bool {
        match (&self.procedures, procedure) {
            (None, _) => true,
            (Some(covered), Some(procedure)) => covered.contains(procedure),
            (Some(_), None) => false,
        }
    }

    /// Whether it reaches a dossier of its giver's. What was agreed to by a code for one sitting reaches what was opened in it, and
    /// only until that is filed.
    pub fn reaches(
        &self,
        procedure: &ProcedureCode,
        opened_under: Option<MandateId>,
        is_draft: bool,
    ) -> bool {
        let of_this_sitting = || is_draft && opened_under == Some(self.id);
        self.covers(Some(procedure)) && (self.consent == Consent::Given || of_this_sitting())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mandate(consent: Consent, procedures: Option<&[&str]>) -> Mandate {
        let at = DateTime::from_timestamp(1_791_396_900, 0).unwrap();
        let parsed = |codes: &[&str]| codes.iter().map(|code| code.parse().unwrap()).collect();
        Mandate {
            id: uuid::Uuid::from_u128(1).into(),
            giver: uuid::Uuid::from_u128(2).into(),
            agent: uuid::Uuid::from_u128(3).into(),
            acts: BTreeSet::from([MandateAct::View, MandateAct::Fill]),
            procedures: procedures.map(parsed),
            consent,
            given_at: at,
            valid_until: at,
        }
    }

    fn code(text: &str) -> ProcedureCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_mandate_is_for_the_acts_and_procedures_it_names() {
        let narrow = mandate(Consent::Given, Some(&["2.000635"]));
        assert!(narrow.is_for(MandateAct::Fill) && !narrow.is_for(MandateAct::Submit));
        assert!(narrow.reaches(&code("2.000635"), None, false));
        assert!(!narrow.reaches(&code("1.004873"), None, true));
        assert!(
            !narrow.covers(None),
            "what is not known is not within a list"
        );
        let wide = mandate(Consent::Given, None);
        assert!(wide.covers(None) && wide.reaches(&code("1.004873"), None, false));
    }

    #[test]
    fn help_at_a_counter_reaches_only_what_was_opened_in_that_sitting_and_only_as_a_draft() {
        let help = mandate(Consent::Assisted, Some(&["2.000635"]));
        let (own, other) = (Some(help.id), Some(uuid::Uuid::from_u128(9).into()));
        assert!(help.reaches(&code("2.000635"), own, true));
        assert!(!help.reaches(&code("2.000635"), own, false));
        for opened_under in [None, other] {
            assert!(!help.reaches(&code("2.000635"), opened_under, true));
        }
    }
}
