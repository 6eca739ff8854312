//! The form's fields as a page shows them: to be filled in, or as they were answered.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use procedure::{
    Description, FieldError,
    description::{FieldKind, FormField},
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
) -> Vec<Field> {
    let field = |field: &FormField| {
        let answer = answers.get(&field.id).map_or("", String::as_str);
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
            name,
        }
    };
    description.form.iter().map(field).collect()
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
