//! An identity card's fields, from its code and its zone where it has them; what is printed counts where neither tells, and
//! speaks against them where it says otherwise.

use chrono::NaiveDate;
use procedure::{
    fold,
    paper::{CardFact, Paper, PaperField},
};

use super::{Field, Origin};
use crate::domain::{CardCode, Page, Place, Zone, agrees};

/// How sure a code is, which corrects its own errors, or a zone, whose check digits agree.
const SURE: u8 = 99;
/// From this confidence on, print speaks against a code.
const CLEAR: u8 = 75;
/// The most that is believed of what something else in the document contradicts.
const DISPUTED: u8 = 50;

/// What a card says by code or by zone, and where.
struct Told {
    origin: Origin,
    page: u32,
    place: Place,
    facts: Vec<(CardFact, String)>,
}

/// The fields of a card: what its code says, else its zone, else its print.
pub fn confirmed<'p>(
    paper: &'p Paper,
    pages: &[Page],
    printed: Vec<(&'p PaperField, Field)>,
) -> Vec<(&'p PaperField, Field)> {
    let pages = || (1..).zip(pages);
    let code = pages().find_map(|(number, page)| {
        let code = |code: &crate::domain::Code| Some((CardCode::parse(&code.text)?, code.place));
        let (card, place) = page.codes.iter().find_map(code)?;
        Some((number, place, card))
    });
    let zone = pages().find_map(|(number, page)| Some((number, page.zone.as_ref()?)));
    let at_odds = match (&code, &zone) {
        (Some((.., card)), Some((_, zone))) => !is_same(card, zone),
        _ => false,
    };
    let told: Vec<Told> = [
        code.map(|(page, place, card)| Told::by_code(page, place, &card)),
        zone.map(|(page, zone)| Told::by_zone(page, zone)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let field = |field: &'p PaperField| {
        let print = printed.iter().find(|(other, _)| other.id == field.id);
        let print = print.map(|(_, print)| print.clone());
        let fact = field.card.and_then(|fact| {
            told.iter().find_map(|told| {
                let (_, value) = told.facts.iter().find(|(told, _)| *told == fact)?;
                Some(told.field(field, value))
            })
        });
        let mut found = match fact {
            Some(mut fact) => {
                let against = print.is_some_and(|print| {
                    print.confidence >= CLEAR && fold(&print.value) != fold(&fact.value)
                });
                fact.disputed = at_odds || against && is_exact(field.card);
                fact
            }
            None => print?,
        };
        if found.disputed {
            found.confidence = found.confidence.min(DISPUTED);
        }
        Some((field, found))
    };
    let mut fields: Vec<_> = paper.fields.iter().filter_map(field).collect();
    dispute_number(&mut fields);
    fields
}

/// Facts that print is read well enough to speak against.
const fn is_exact(fact: Option<CardFact>) -> bool {
    matches!(
        fact,
        Some(CardFact::Number | CardFact::Born | CardFact::Sex)
    )
}

/// A number that does not say the same as the date of birth and the sex beside it is disputed.
fn dispute_number(fields: &mut [(&PaperField, Field)]) {
    let value = |fact: CardFact| {
        let found = fields.iter().find(|(field, _)| field.card == Some(fact));
        found.map(|(_, field)| field.value.clone())
    };
    let born = value(CardFact::Born).and_then(|born| born.parse::<NaiveDate>().ok());
    let male = value(CardFact::Sex).map(|sex| sex == "Nam");
    for (field, found) in fields {
        if field.card != Some(CardFact::Number) {
            continue;
        }
        let agree = found
            .value
            .parse()
            .is_ok_and(|number| agrees(&number, born, male));
        if !agree {
            found.disputed = true;
            found.confidence = found.confidence.min(DISPUTED);
        }
    }
}

/// Whether code and zone are of one card.
fn is_same(card: &CardCode, zone: &Zone) -> bool {
    card.number == zone.number
        && card.born == zone.born
        && zone.male.is_none_or(|male| male == card.male)
}

const fn sex(male: bool) -> &'static str {
    if male { "Nam" } else { "Nữ" }
}

impl Told {
    fn by_code(page: u32, place: Place, card: &CardCode) -> Self {
        let mut facts = vec![
            (CardFact::Number, card.number.to_string()),
            (CardFact::Name, card.name.to_string()),
            (CardFact::Born, card.born.to_string()),
            (CardFact::Sex, sex(card.male).to_owned()),
            (CardFact::Issued, card.issued.to_string()),
        ];
        facts.extend(
            card.old_number
                .iter()
                .map(|old| (CardFact::OldNumber, old.clone())),
        );
        if !card.residence.is_empty() {
            facts.push((CardFact::Residence, card.residence.clone()));
        }
        Self {
            origin: Origin::Code,
            page,
            place,
            facts,
        }
    }

    /// A name without marks is nobody's name: it is not told.
    fn by_zone(page: u32, zone: &Zone) -> Self {
        let mut facts = vec![
            (CardFact::Number, zone.number.to_string()),
            (CardFact::Born, zone.born.to_string()),
        ];
        facts.extend(zone.male.map(|male| (CardFact::Sex, sex(male).to_owned())));
        facts.extend(zone.until.map(|until| (CardFact::Until, until.to_string())));
        Self {
            origin: Origin::Zone,
            page,
            place: zone.place,
            facts,
        }
    }

    fn field(&self, field: &PaperField, value: &str) -> Field {
        Field {
            name: field.id.clone(),
            value: value.to_owned(),
            confidence: SURE,
            origin: self.origin,
            page: self.page,
            place: self.place,
            disputed: false,
        }
    }
}
