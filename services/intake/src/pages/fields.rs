//! The form's fields as a page shows them: to be filled in, or as they were answered.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use procedure::{
    Catalogue, Description, FieldError,
    description::{FieldKind, FormField},
    reading::{Mismatch, Readings, mismatches, told},
};

/// A field to fill in.
#[derive(Debug)]
pub struct Field {
    /// Its name in the posted form, and its id in the page: `form.ho_ten`.
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub example: Option<String>,
    pub required: bool,
    /// `choice`, `paragraph`, `number`, `tel` or `text`.
    pub kind: &'static str,
    pub max_length: u16,
    pub value: String,
    pub error: Option<String>,
    pub options: Vec<Choice>,
    /// Whom it concerns, when not everybody.
    pub only_if: Option<String>,
    /// What a paper says here.
    pub read: Option<Read>,
}

/// What a paper says where a field asks.
#[derive(Debug)]
pub struct Read {
    /// What the paper is called.
    pub paper: String,
    /// What it says, where something else was answered; none where it was filled in.
    pub instead: Option<String>,
}

/// One answer of a choice.
#[derive(Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// The form's fields with what was answered and what is wrong with it.
pub fn to_fill_in(
    description: &Description,
    answers: &BTreeMap<String, String>,
    errors: &[FieldError],
    papers: Option<&Papers<'_>>,
) -> Vec<Field> {
    let field = |field: &FormField| {
        let answered = answers.get(&field.id).map(String::as_str);
        let (answer, read) = match papers {
            Some(papers) => papers.fill_in(field, answered),
            None => (answered.unwrap_or_default().to_owned(), None),
        };
        let answer = answer.as_str();
        let name = format!("form.{}", field.id);
        let wrong = errors
            .iter()
            .find(|error| error.field == name || error.field == field.id);
        let (kind, max_length) = shape(&field.kind);
        Field {
            label: field.label.vi.clone(),
            help: field.help.as_ref().map(|help| help.vi.clone()),
            example: field.example.clone(),
            required: field.required,
            kind,
            max_length,
            value: in_words(&field.kind, answer, false),
            error: wrong.map(|error| error.reason.vi.to_string()),
            options: options(&field.kind, answer),
            only_if: only_if(description, field),
            read,
            name,
        }
    };
    description.form.iter().map(field).collect()
}

/// What was read on a person's papers, and what these are called.
pub struct Papers<'a> {
    pub catalogue: &'a Catalogue,
    pub readings: Readings,
}

impl Papers<'_> {
    /// A field's answer: what was answered, else what a paper says; and what is to be said of that.
    fn fill_in(&self, field: &FormField, answer: Option<&str>) -> (String, Option<Read>) {
        let Some(told) = told(field, &self.readings) else {
            return (answer.unwrap_or_default().to_owned(), None);
        };
        let read = |instead| Read {
            paper: self.name(&told.paper),
            instead,
        };
        match answer {
            None => (told.value.clone(), Some(read(None))),
            Some(answer) if field.kind.agree(answer, &told.value) => (answer.to_owned(), None),
            Some(answer) => {
                let instead = in_words(&field.kind, &told.value, true);
                (answer.to_owned(), Some(read(Some(instead))))
            }
        }
    }

    /// The answers that a paper contradicts, in words.
    pub fn mismatches(
        &self,
        description: &Description,
        answers: &BTreeMap<String, String>,
    ) -> Vec<Contradiction> {
        let all = mismatches(description, answers, &self.readings).into_iter();
        let in_words = |Mismatch { field, told }: Mismatch| {
            let field = description.form_field(&field)?;
            Some(Contradiction {
                id: format!("form.{}", field.id),
                label: field.label.vi.clone(),
                paper: self.name(&told.paper),
                says: in_words(&field.kind, &told.value, true),
            })
        };
        all.filter_map(in_words).collect()
    }

    fn name(&self, paper: &str) -> String {
        let known = self.catalogue.paper(paper);
        known.map_or_else(|| paper.to_owned(), |known| known.name.vi.clone())
    }
}

/// An answer that a paper contradicts.
#[derive(Debug)]
pub struct Contradiction {
    /// The field's id in the form's page.
    pub id: String,
    pub label: String,
    pub paper: String,
    pub says: String,
}

const fn shape(kind: &FieldKind) -> (&'static str, u16) {
    match kind {
        FieldKind::Text { max_length } => ("text", *max_length),
        FieldKind::Paragraph { max_length } => ("paragraph", *max_length),
        FieldKind::Name => ("text", 100),
        FieldKind::Phone => ("tel", 20),
        FieldKind::Date => ("text", 10),
        FieldKind::CitizenId | FieldKind::Number { .. } => ("number", 20),
        FieldKind::Choice { .. } => ("choice", 0),
    }
}

fn options(kind: &FieldKind, answer: &str) -> Vec<Choice> {
    let FieldKind::Choice { options } = kind else {
        return Vec::new();
    };
    let option = |option: &procedure::description::Choice| Choice {
        value: option.value.clone(),
        label: option.label.vi.clone(),
        chosen: option.value == answer,
    };
    options.iter().map(option).collect()
}

/// Without scripts a page cannot hide a field that does not concern somebody; it says whom it concerns.
fn only_if(description: &Description, field: &FormField) -> Option<String> {
    let when = field.when.as_ref()?;
    let asked = description.form_field(when.field())?;
    let named: Vec<String> = when
        .values()
        .iter()
        .map(|value| format!("“{}”", in_words(&asked.kind, value, true)))
        .collect();
    let but = if when.is_negated() {
        "không phải là "
    } else {
        "là "
    };
    Some(format!(
        "Chỉ điền khi mục “{}” {but}{}.",
        asked.label.vi,
        named.join(" hoặc ")
    ))
}

/// An answer as people read it: dates as they are written here, and the label of a choice where `labels` says so.
fn in_words(kind: &FieldKind, answer: &str, labels: bool) -> String {
    match kind {
        FieldKind::Date => answer
            .parse::<NaiveDate>()
            .map_or_else(|_| answer.to_owned(), web::date),
        FieldKind::Choice { options } if labels => {
            let chosen = options.iter().find(|option| option.value == answer);
            chosen.map_or_else(|| answer.to_owned(), |option| option.label.vi.clone())
        }
        _ => answer.to_owned(),
    }
}

/// The answered fields: label and answer.
pub fn answered(
    description: &Description,
    answers: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let answer = |field: &FormField| {
        let answer = answers.get(&field.id)?;
        Some((field.label.vi.clone(), in_words(&field.kind, answer, true)))
    };
    description.form.iter().filter_map(answer).collect()
}

/// A posted form's answers: what stands under `form.`.
pub fn posted(form: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let answers = form.iter().filter_map(|(name, answer)| {
        let id = name.strip_prefix("form.")?;
        // Browsers end lines with CR LF.
        Some((id.to_owned(), answer.replace("\r\n", "\n")))
    });
    answers.collect()
}

/// An error with the label of what it is about, and where in the page that is.
#[derive(Debug)]
pub struct Mistake {
    pub id: String,
    pub label: String,
    pub reason: String,
}

/// What is wrong, as people read it.
pub fn mistakes(description: &Description, errors: &[FieldError]) -> Vec<Mistake> {
    let label = |field: &str| {
        if let Some(id) = field.strip_prefix("form.") {
            return description
                .form_field(id)
                .map(|field| field.label.vi.clone());
        }
        if let Some(id) = field.strip_prefix("documents.") {
            return description
                .component(id)
                .map(|component| component.name.vi.clone());
        }
        match field {
            "delivery" => Some("Cách nhận kết quả".to_owned()),
            "address" => Some("Địa chỉ nhận kết quả".to_owned()),
            "documents" => Some("Giấy tờ kèm theo".to_owned()),
            _ => None,
        }
    };
    let mistake = |error: &FieldError| Mistake {
        id: error.field.clone(),
        label: label(&error.field).unwrap_or_default(),
        reason: error.reason.vi.to_string(),
    };
    errors.iter().map(mistake).collect()
}
