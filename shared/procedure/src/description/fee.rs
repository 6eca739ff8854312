//! What a procedure costs (phí, lệ phí).

use contracts::{Channel, Refused, Vnd, payment::FeeLine};
use serde::{Deserialize, Serialize};

use super::{Description, Form, When};
use crate::Bilingual;

/// The fee table; free of charge when it has no lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeTable {
    /// When it has to be paid.
    #[serde(default)]
    pub due: Due,
    /// Whether what was paid goes back when the dossier is refused.
    #[serde(default)]
    pub returned_on_refusal: bool,
    /// Line by line; all that apply are added.
    #[serde(default)]
    pub lines: Vec<FeeRule>,
    /// Who pays nothing or less, in words.
    #[serde(default)]
    pub exemptions: Vec<Bilingual>,
    /// What else the citizen should know, e.g. who set the amount.
    #[serde(default)]
    pub note: Option<Bilingual>,
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

/// One line of the fee table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRule {
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

/// What one dossier costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Line by line; quantity times unit is the amount of each.
    pub lines: Vec<FeeLine>,
    /// The sum of the lines.
    pub total: Vnd,
}

/// Why a dossier has no price.
#[derive(Debug, thiserror::Error)]
pub enum Unpriced {
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

impl Description {
    /// What a dossier with this form costs when filed by `channel`.
    ///
    /// Lines that come to nothing are left out, so that a free dossier has none.
    pub fn fee(&self, form: &Form, channel: Channel) -> Result<Quote, Unpriced> {
        let applies = |rule: &&FeeRule| {
            (rule.channels.is_empty() || rule.channels.contains(&channel))
                && rule.when.as_ref().is_none_or(|when| when.holds(form))
        };
        let lines = self
            .fee
            .lines
            .iter()
            .filter(applies)
            .map(|rule| rule.line(form));
        let lines = lines.filter(|line| !matches!(line, Ok(line) if line.amount.is_zero()));
        Quote::of(lines.collect::<Result<_, _>>()?)
    }
}

impl FeeRule {
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
