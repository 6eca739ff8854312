//! What a procedure costs (phí, lệ phí).

mod check;
mod exemption;
mod tariff;

use chrono::NaiveDate;
use contracts::{Channel, OrganisationCode, ProcedureCode, Refused, Vnd, payment::FeeLine};
use serde::{Deserialize, Serialize};

pub use exemption::{Exemption, Less, Percent};
pub use tariff::{Source, Tariff};

use super::{Description, Form, When};
use crate::Bilingual;

/// What a procedure costs, by its tariffs; free of charge when it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeTable {
    /// When it has to be paid.
    #[serde(default)]
    pub due: Due,
    /// Whether what was paid goes back when the dossier is refused.
    #[serde(default)]
    pub returned_on_refusal: bool,
    /// Each with the days on which it is in force, in their order. The one of the day of filing counts.
    #[serde(default)]
    pub tariffs: Vec<Tariff>,
}

/// When a fee has to be paid, by which nothing goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Before the dossier is received.
    BeforeReception,
    /// Once it is received, before it is examined; of a dossier filed at the counter, or of a procedure that is not wholly online,
    /// the examination does not wait for it.
    #[default]
    BeforeExamination,
    /// Before a result that was granted is issued.
    BeforeResult,
}

/// One line of a tariff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRule {
    /// By which exemptions name it; needed only where one concerns some of the lines.
    #[serde(default)]
    pub id: Option<String>,
    /// What for.
    pub label: Bilingual,
    /// The price of one, in đồng: of one unit of a piece where `piece` is given.
    pub unit: Vnd,
    /// How many are paid for; one when absent.
    #[serde(default)]
    pub quantity: Quantity,
    /// How one of them is priced by its size, e.g. a copy by its pages.
    #[serde(default)]
    pub piece: Option<Piece>,
    /// By which channels it is charged; all when empty.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Whom it concerns; everybody when absent.
    #[serde(default)]
    pub when: Option<When>,
}

/// A number, or the id of the number field in the form that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a quantity is a number or the id of a number field of the form"
)]
pub enum Quantity {
    /// Always so many.
    Fixed(u32),
    /// As many as the citizen asks for.
    Field(String),
}

impl Default for Quantity {
    fn default() -> Self {
        Self::Fixed(1)
    }
}

impl Quantity {
    /// How many this form asks for.
    pub fn resolve(&self, form: &Form) -> Result<u32, Unpriced> {
        match self {
            Self::Fixed(count) => Ok(*count),
            Self::Field(field) => count(form, field),
        }
    }
}

/// The price of one thing by its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The number field that holds the size, e.g. the pages of one copy.
    pub size: String,
    /// What the size counts, e.g. trang / pages.
    pub noun: Bilingual,
    /// Other prices from a certain unit on, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The most that one piece costs.
    #[serde(default)]
    pub cap: Option<Vnd>,
}

/// From the `from`th unit on, a unit costs `unit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The first unit with this price, counted from 1.
    pub from: u32,
    /// The price of one unit from there on, in đồng.
    pub unit: Vnd,
}

/// How, when and where a dossier is filed, as far as its price depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filing<'a> {
    /// How it comes in.
    pub channel: Channel,
    /// The day in Vietnam on which it is filed.
    pub on: NaiveDate,
    /// The office that it is filed at; without one only the tariffs of the whole country count.
    pub office: Option<&'a OrganisationCode>,
}

/// What one dossier costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Line by line; quantity times unit, less the reduction, is the amount of each.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
}

/// Why a dossier has no price.
#[derive(Debug, thiserror::Error)]
pub enum Unpriced {
    /// The procedure costs something, but no tariff is in force there on that day.
    #[error("{procedure} has no tariff in force on {on}")]
    NoTariff {
        /// The procedure.
        procedure: ProcedureCode,
        /// The day.
        on: NaiveDate,
    },
    /// The form doesn't say how many.
    #[error("the form has no number in {0}")]
    Quantity(String),
    /// The sum is beyond what an amount can hold.
    #[error("the fee is out of range")]
    Amount(#[from] Refused),
}

impl Quote {
    /// Adds up `lines`.
    pub fn of(lines: Vec<FeeLine>) -> Result<Self, Unpriced> {
        let total = lines
            .iter()
            .try_fold(Vnd::ZERO, |sum, line| sum.plus(line.amount))?;
        Ok(Self { lines, total })
    }
}

impl FeeTable {
    /// The tariff in force at `office` on `on`: the one of the lowest body above it that has one.
    pub fn tariff(&self, office: Option<&OrganisationCode>, on: NaiveDate) -> Option<&Tariff> {
        let there = self.tariffs.iter().filter(|tariff| tariff.is_for(office));
        let in_force = there.filter(|tariff| tariff.is_in_force(on));
        in_force.max_by_key(|tariff| (tariff.depth(), tariff.from))
    }

    /// The tariff that will be in force at `office` next after `on`.
    pub fn next(&self, office: Option<&OrganisationCode>, on: NaiveDate) -> Option<&Tariff> {
        let later = self.tariffs.iter().filter(|tariff| tariff.from > on);
        let counts = |tariff: &&Tariff| self.tariff(office, tariff.from) == Some(*tariff);
        later.filter(counts).min_by_key(|tariff| tariff.from)
    }
}

impl Description {
    /// What a dossier with this form costs, filed like this.
    ///
    /// Lines that come to nothing are left out; a line that is reduced to nothing stays, with the reason.
    pub fn fee(&self, form: &Form, filing: Filing<'_>) -> Result<Quote, Unpriced> {
        if self.fee.tariffs.is_empty() {
            return Ok(Quote::default());
        }
        let no_tariff = || Unpriced::NoTariff {
            procedure: self.code.clone(),
            on: filing.on,
        };
        let tariff = self.fee.tariff(filing.office, filing.on);
        tariff.ok_or_else(no_tariff)?.quote(form, filing.channel)
    }
}

impl FeeRule {
    /// Whether it is charged by `channel`.
    pub fn is_charged_by(&self, channel: Channel) -> bool {
        self.channels.is_empty() || self.channels.contains(&channel)
    }

    /// What it comes to before any reduction.
    fn line(&self, form: &Form) -> Result<FeeLine, Unpriced> {
        let quantity = self.quantity.resolve(form)?;
        let (label, unit) = match &self.piece {
            None => (self.label.vi.clone(), self.unit),
            Some(piece) => {
                let size = count(form, &piece.size)?;
                (
                    format!("{} ({size} {})", self.label.vi, piece.noun.vi),
                    piece.price(self.unit, size)?,
                )
            }
        };
        Ok(FeeLine {
            label,
            quantity,
            unit,
            amount: unit.times(quantity)?,
            reduction: None,
        })
    }
}

impl Piece {
    /// The price of a piece of `size` units whose first units cost `unit` each.
    fn price(&self, unit: Vnd, size: u32) -> Result<Vnd, Unpriced> {
        let first = Step { from: 1, unit };
        let steps: Vec<&Step> = std::iter::once(&first).chain(&self.steps).collect();
        let mut price = Vnd::ZERO;
        for (place, step) in steps.iter().enumerate() {
            let end = steps
                .get(place + 1)
                .map_or(size, |next| size.min(next.from.saturating_sub(1)));
            // Both ends are among them.
            let units = end
                .checked_sub(step.from)
                .map_or(0, |more| more.saturating_add(1));
            price = price.plus(step.unit.times(units)?)?;
        }
        Ok(self.cap.map_or(price, |cap| price.min(cap)))
    }
}

fn count(form: &Form, field: &str) -> Result<u32, Unpriced> {
    let number = form
        .number(field)
        .and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| Unpriced::Quantity(field.to_owned()))
}
