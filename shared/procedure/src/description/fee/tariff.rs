//! A tariff (biểu mức thu): what is charged from one day on, by whose word.

use chrono::NaiveDate;
use contracts::{
    Channel, OrganisationCode,
    payment::{FeeLine, Reduction},
};
use serde::{Deserialize, Serialize};

use super::{Exemption, FeeRule, Form, Quote, Unpriced};
use crate::Bilingual;

/// What is charged from one day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// The first day on which it is in force, in Vietnam.
    pub from: NaiveDate,
    /// The last one; until the next begins when absent.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// For whose offices it is: this body's and those of all below it; for the whole country when absent.
    #[serde(default)]
    pub organisation: Option<OrganisationCode>,
    /// Who set it.
    pub set_by: Source,
    /// Line by line; all that apply are added.
    pub lines: Vec<FeeRule>,
    /// Who pays nothing or less.
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
    /// What else the citizen should know.
    #[serde(default)]
    pub note: Option<Bilingual>,
}

/// Whose word something is, e.g. a council's resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Who, e.g. Hội đồng nhân dân tỉnh.
    pub name: Bilingual,
    /// The number of the paper; left out where nobody has checked it.
    #[serde(default)]
    pub number: Option<String>,
    /// The day on which it was signed.
    #[serde(default)]
    pub date: Option<NaiveDate>,
}

impl Tariff {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.from <= on && self.until.is_none_or(|last| on <= last)
    }

    /// Whether it is for `office`.
    pub(super) fn is_for(&self, office: Option<&OrganisationCode>) -> bool {
        let Some(body) = &self.organisation else {
            return true;
        };
        office.is_some_and(|office| body.includes(office))
    }

    /// How far below the root its body stands: the nearest body's word counts.
    pub(super) fn depth(&self) -> usize {
        let body = self.organisation.as_ref();
        body.map_or(0, |body| body.as_str().split('.').count())
    }

    /// The lines that are charged by `channel`.
    pub fn lines_by(&self, channel: Channel) -> impl Iterator<Item = &FeeRule> {
        self.lines
            .iter()
            .filter(move |rule| rule.is_charged_by(channel))
    }

    /// What it makes of a form.
    pub(super) fn quote(&self, form: &Form, channel: Channel) -> Result<Quote, Unpriced> {
        let concerns = |rule: &&FeeRule| rule.when.as_ref().is_none_or(|when| when.holds(form));
        let mut lines = Vec::new();
        for rule in self.lines_by(channel).filter(concerns) {
            let line = rule.line(form)?;
            if !line.amount.is_zero() {
                lines.push(self.reduced(rule, line, form)?);
            }
        }
        Quote::of(lines)
    }

    /// The line with the largest reduction that the form claims, the first of several; they do not add up.
    fn reduced(&self, rule: &FeeRule, full: FeeLine, form: &Form) -> Result<FeeLine, Unpriced> {
        let mut best = full.clone();
        for exemption in &self.exemptions {
            if !(exemption.concerns(rule) && exemption.when.holds(form)) {
                continue;
            }
            let by = exemption.less.of(full.amount)?;
            let amount = full.amount.minus(by)?;
            if amount < best.amount {
                let reduction = Reduction {
                    by,
                    reason: exemption.who.vi.clone(),
                };
                best = FeeLine {
                    amount,
                    reduction: Some(reduction),
                    ..full.clone()
                };
            }
        }
        Ok(best)
    }
}
