//! What was read on papers, held against the form: offered where it is empty, and told where it says otherwise.

use std::collections::BTreeMap;

use crate::{Description, description::FormField};
use contracts::scan::ReadField;

/// The least confidence with which something is offered or told.
const LEAST: u8 = 60;

/// What was read on papers, by kind of paper.
pub type Readings = BTreeMap<String, Vec<ReadField>>;

/// What a paper says where the form asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The answer as the form keeps it.
    pub value: String,
    /// The kind of paper.
    pub paper: String,
    /// Whether it need not be looked at again.
    pub certain: bool,
    /// On which page of the paper, from 1.
    pub page: u32,
}

/// An answer that a paper contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The form's field.
    pub field: String,
    /// What the paper says.
    pub told: Told,
}

/// What papers say where a field asks: the first kind of paper it names that says anything sensible.
pub fn told(field: &FormField, readings: &Readings) -> Option<Told> {
    field.from.iter().find_map(|name| {
        let read = readings.get(&name.paper)?;
        let read = read.iter().find(|read| read.name == name.field)?;
        if read.disputed || read.confidence < LEAST {
            return None;
        }
        Some(Told {
            value: field.kind.normalise(&read.value).ok()?,
            paper: name.paper.clone(),
            certain: read.certain,
            page: read.page,
        })
    })
}

/// The answers that papers contradict.
pub fn mismatches(
    description: &Description,
    answers: &BTreeMap<String, String>,
    readings: &Readings,
) -> Vec<Mismatch> {
    let mismatch = |field: &FormField| {
        let answer = answers.get(&field.id)?;
        let told = told(field, readings)?;
        (!field.kind.agree(answer, &told.value)).then(|| Mismatch {
            field: field.id.clone(),
            told,
        })
    };
    description.form.iter().filter_map(mismatch).collect()
}

/// Of what was read on a kind of paper, what the form asks for: the rest is nobody's business further on.
pub fn asked_for(description: &Description, paper: &str, read: &[ReadField]) -> Vec<ReadField> {
    let names = || description.form.iter().flat_map(|field| &field.from);
    let asked =
        |read: &&ReadField| names().any(|name| name.paper == paper && name.field == read.name);
    read.iter().filter(asked).cloned().collect()
}

#[cfg(test)]
mod tests {
    use contracts::scan::PagePlace;

    use super::*;

    const EXTRACT: &str = include_str!("../../../catalogue/procedures/2.000635.yaml");
    const PAPER: &str = "to-khai-ban-sao-trich-luc";

    fn read(name: &str, value: &str, confidence: u8) -> ReadField {
        ReadField {
            name: name.to_owned(),
            value: value.to_owned(),
            confidence,
            certain: false,
            disputed: false,
            page: 1,
            place: PagePlace {
                left: 100,
                top: 200,
                width: 300,
                height: 20,
            },
        }
    }

    fn on_paper(fields: &[ReadField]) -> Readings {
        Readings::from([(PAPER.to_owned(), fields.to_vec())])
    }

    fn answers(ho_ten: &str, ngay_sinh: &str) -> BTreeMap<String, String> {
        [("ho_ten", ho_ten), ("ngay_sinh", ngay_sinh)]
            .map(|(id, answer)| (id.to_owned(), answer.to_owned()))
            .into()
    }

    #[test]
    fn an_answer_that_the_paper_contradicts_is_told_and_another_spelling_is_not() {
        let description = Description::from_yaml(EXTRACT).unwrap();
        let readings = on_paper(&[
            read("ho_ten", "TRẦN THỊ HOÀ", 88),
            read("ngay_sinh", "1990-01-15", 88),
        ]);
        let wrong = |name, born| {
            let found = mismatches(&description, &answers(name, born), &readings);
            found
                .into_iter()
                .map(|wrong| wrong.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong("Trần Thị Hòa", "15/01/1990"), Vec::<String>::new());
        assert_eq!(wrong("Trần Thị Hóa", "15/01/1990"), ["ho_ten"]);
        assert_eq!(wrong("Trần Thị Hòa", "1990-01-16"), ["ngay_sinh"]);
    }

    #[test]
    fn what_is_doubtful_disputed_or_senseless_is_not_told() {
        let description = Description::from_yaml(EXTRACT).unwrap();
        let field = description.form_field("ngay_sinh").unwrap();
        let told = |read| told(field, &on_paper(&[read])).map(|told| told.value);
        assert_eq!(
            told(read("ngay_sinh", "1990-01-15", 60)).as_deref(),
            Some("1990-01-15")
        );
        assert_eq!(told(read("ngay_sinh", "1990-01-15", 59)), None);
        assert_eq!(told(read("ngay_sinh", "1990-13-15", 90)), None);
        assert_eq!(told(read("ho_ten", "1990-01-15", 90)), None);
        let disputed = ReadField {
            disputed: true,
            ..read("ngay_sinh", "1990-01-15", 90)
        };
        assert_eq!(told(disputed), None);
    }

    #[test]
    fn only_what_the_form_asks_for_goes_further() {
        let description = Description::from_yaml(EXTRACT).unwrap();
        let all = [
            read("ho_ten", "TRẦN THỊ HOÀ", 88),
            read("dan_toc", "Kinh", 88),
        ];
        assert_eq!(asked_for(&description, PAPER, &all), all[..1]);
        assert_eq!(asked_for(&description, "can-cuoc", &all), []);
    }
}
