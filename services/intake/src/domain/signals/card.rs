//! An identity card as it was read, held against who files with it.

use chrono::{Datelike, NaiveDate};
use contracts::{CitizenId, scan::ReadField};
use procedure::{Bilingual, Paper, paper::CardFact};

use super::Code;

/// From which confidence on something that was read is looked at.
const LEAST: u8 = 60;
/// How many digits a number that was read from print alone may differ in and count as misread.
const MISREAD: usize = 2;

/// What is odd about a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Its number is of neither the applicant nor whom the form names.
    OfAnother,
    /// The number is the applicant's, the name is not.
    Name,
    /// It contradicts itself.
    AtOdds,
    /// It is no longer valid.
    Expired,
    /// The form says otherwise, at these questions.
    FormDiffers(Bilingual),
}

impl Remark {
    /// As which signal it counts.
    pub const fn code(&self) -> Code {
        match self {
            Self::OfAnother => Code::CardOfAnother,
            Self::Name => Code::CardName,
            Self::AtOdds => Code::CardAtOdds,
            Self::Expired => Code::CardExpired,
            Self::FormDiffers(_) => Code::FormDiffers,
        }
    }
}

/// Something that a card says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// What.
    pub value: T,
    /// Whether a code or check digits say so.
    pub certain: bool,
}

/// What a card says, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Its number.
    pub number: Option<Said<CitizenId>>,
    /// Its holder's name.
    pub name: Option<Said<String>>,
    born: Option<NaiveDate>,
    male: Option<bool>,
    until: Option<NaiveDate>,
    disputed: bool,
}

impl Card {
    /// What was read on a paper of this kind.
    pub fn read(paper: &Paper, fields: &[ReadField]) -> Self {
        let of = |fact: CardFact| {
            let field = paper.fields.iter().find(|field| field.card == Some(fact))?;
            fields.iter().find(|read| read.name == field.id)
        };
        let clear = |fact| of(fact).filter(|read| !read.disputed && read.confidence >= LEAST);
        let number = clear(CardFact::Number).and_then(|read| {
            let value = read.value.parse().ok()?;
            Some(Said {
                value,
                certain: read.certain,
            })
        });
        let disputed = |fact| of(fact).is_some_and(|read| read.disputed);
        Self {
            number,
            name: clear(CardFact::Name).map(|read| Said {
                value: read.value.clone(),
                certain: read.certain,
            }),
            born: clear(CardFact::Born).and_then(|read| read.value.parse().ok()),
            male: clear(CardFact::Sex).map(|read| read.value == "Nam"),
            until: clear(CardFact::Until).and_then(|read| read.value.parse().ok()),
            disputed: disputed(CardFact::Number) || disputed(CardFact::Born),
        }
    }
}

/// Who files, and when.
#[derive(Debug, Clone, Copy)]
pub struct Applicant<'a> {
    /// Their number.
    pub number: &'a CitizenId,
    /// Whether the card's name is theirs; nothing where that cannot be told.
    pub is_named_so: Option<bool>,
    /// Other numbers that the form names.
    pub named: &'a [CitizenId],
    /// When.
    pub on: NaiveDate,
}

/// What is odd about a card in the hands of this applicant.
pub fn remarks(card: &Card, applicant: Applicant<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let number = card.number.as_ref();
    let is = |other: &CitizenId| number.is_some_and(|said| same(said, other));
    if number.is_some() && !is(applicant.number) && !applicant.named.iter().any(is) {
        remarks.push(Remark::OfAnother);
    }
    let certainly = card.name.as_ref().is_some_and(|name| name.certain);
    if is(applicant.number) && certainly && applicant.is_named_so == Some(false) {
        remarks.push(Remark::Name);
    }
    let contradicts = number.is_some_and(|said| !agrees(&said.value, card.born, card.male));
    if card.disputed || contradicts {
        remarks.push(Remark::AtOdds);
    }
    if card.until.is_some_and(|until| until < applicant.on) {
        remarks.push(Remark::Expired);
    }
    remarks
}

/// Whether a card's number is this one. Print is misread in a digit or two.
fn same(said: &Said<CitizenId>, other: &CitizenId) -> bool {
    let pairs = said.value.as_str().bytes().zip(other.as_str().bytes());
    let differing = pairs.filter(|(one, other)| one != other).count();
    differing == 0 || !said.certain && differing <= MISREAD
}

/// Whether a number says the same as a date of birth and a sex: its fourth digit tells century and sex, the two behind it the
/// year.
pub fn agrees(number: &CitizenId, born: Option<NaiveDate>, male: Option<bool>) -> bool {
    let number = number.as_str();
    let told = |from: usize, to: usize| {
        let digits = number.get(from..to);
        digits.and_then(|digits| digits.parse::<i32>().ok())
    };
    let (Some(fourth), Some(year)) = (told(3, 4), told(4, 6)) else {
        return false;
    };
    let of_year = born.is_none_or(|born| born.year() == 1900 + 100 * (fourth / 2) + year);
    let of_sex = male.is_none_or(|male| male == (fourth % 2 == 0));
    of_year && of_sex
}
