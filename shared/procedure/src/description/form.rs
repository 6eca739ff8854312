//! The electronic form: its fields, and answers that were checked against them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use contracts::{CitizenId, PersonName, PhoneNumber, Refused, Text};
use serde::{Deserialize, Serialize};

use super::{Description, When};
use crate::{Bilingual, fold, paper::PaperFieldName, spelling};

/// One field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "written::Field", into = "written::Field")]
pub struct FormField {
    /// Its id: lower-case letters, digits and `_`.
    pub id: String,
    /// What is asked.
    pub label: Bilingual,
    /// What an answer looks like.
    pub kind: FieldKind,
    /// Whether it must be answered.
    pub required: bool,
    /// How to answer.
    pub help: Option<Bilingual>,
    /// An example of an answer.
    pub example: Option<String>,
    /// Whom it concerns; everybody when absent. Asks about a field above.
    pub when: Option<When>,
    /// Where the answer may stand already: on papers that were read, the best first.
    pub from: Vec<PaperFieldName>,
}

/// What an answer looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of at most so many characters.
    Text {
        /// Most characters.
        max_length: u16,
    },
    /// Several lines of at most so many characters.
    Paragraph {
        /// Most characters.
        max_length: u16,
    },
    /// A person's full name.
    Name,
    /// A personal identification number.
    CitizenId,
    /// A mobile number.
    Phone,
    /// A date, normalised to `2026-11-24`; `24/11/2026` is read as the same.
    Date,
    /// A whole number.
    Number {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// One of several answers.
    Choice {
        /// The answers.
        options: Vec<Choice>,
    },
}

/// One answer of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub label: Bilingual,
}

/// Answers that fit the form: every one normalised, required ones present, no other among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Form(BTreeMap<String, String>);

/// Why one answer isn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// The field's id.
    pub field: String,
    /// The reason, for the citizen.
    pub reason: Refused,
}

impl Form {
    /// The answer to a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// The answer to a number field.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.get(field)?.parse().ok()
    }

    /// The answer to a date field.
    pub fn date(&self, field: &str) -> Option<NaiveDate> {
        self.get(field)?.parse().ok()
    }

    /// All answers by field.
    pub fn answers(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// All answers by field, for a message.
    pub fn into_answers(self) -> BTreeMap<String, String> {
        self.0
    }
}

impl Description {
    /// The form's field called `id`.
    pub fn form_field(&self, id: &str) -> Option<&FormField> {
        self.form.iter().find(|field| field.id == id)
    }

    /// The kinds of papers on which answers may stand already, each once, in the order of the form.
    pub fn papers_read(&self) -> Vec<&str> {
        let mut papers: Vec<&str> = Vec::new();
        for name in self.form.iter().flat_map(|field| &field.from) {
            if !papers.contains(&name.paper.as_str()) {
                papers.push(&name.paper);
            }
        }
        papers
    }

    /// Checks and normalises a citizen's answers, or says of every wrong one why.
    ///
    /// Blank answers count as none; answers to fields that don't concern the applicant are left out.
    pub fn validate_form(
        &self,
        answers: &BTreeMap<String, String>,
    ) -> Result<Form, Vec<FieldError>> {
        let unknown = answers
            .keys()
            .filter(|id| self.form_field(id).is_none())
            .take(20);
        let mut errors: Vec<FieldError> = unknown.map(|id| not_asked(id)).collect();
        let mut form = Form::default();
        for field in &self.form {
            if !field.when.as_ref().is_none_or(|when| when.holds(&form)) {
                continue;
            }
            match field.normalise(answers.get(&field.id).map_or("", |answer| answer.trim())) {
                Ok(Some(answer)) => {
                    form.0.insert(field.id.clone(), answer);
                }
                Ok(None) => {}
                Err(reason) => errors.push(FieldError {
                    field: field.id.clone(),
                    reason,
                }),
            }
        }
        if errors.is_empty() {
            Ok(form)
        } else {
            Err(errors)
        }
    }
}

impl FormField {
    fn normalise(&self, answer: &str) -> Result<Option<String>, Refused> {
        match (answer.is_empty(), self.required) {
            (false, _) => self.kind.normalise(answer).map(Some),
            (true, false) => Ok(None),
            (true, true) => Err(Refused::new("Vui lòng điền mục này", "Please fill this in")),
        }
    }
}

impl FieldKind {
    /// Whether two answers say the same: names and texts in another spelling do.
    pub fn agree(&self, one: &str, other: &str) -> bool {
        let said = |answer: &str| self.normalise(answer).unwrap_or_else(|_| answer.to_owned());
        match self {
            Self::Name => spelling(&said(one)) == spelling(&said(other)),
            Self::Text { .. } | Self::Paragraph { .. } => fold(one) == fold(other),
            _ => said(one) == said(other),
        }
    }

    /// The answer as it is stored.
    pub fn normalise(&self, answer: &str) -> Result<String, Refused> {
        match self {
            Self::Text { max_length } => {
                let text = text(answer, *max_length)?;
                Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            Self::Paragraph { max_length } => text(answer, *max_length),
            Self::Name => answer.parse().map(PersonName::into),
            Self::CitizenId => answer.parse().map(CitizenId::into),
            Self::Phone => answer.parse().map(PhoneNumber::into),
            Self::Date => date(answer),
            Self::Number { min, max } => number(answer, *min, *max),
            Self::Choice { options } if options.iter().any(|option| option.value == answer) => {
                Ok(answer.to_owned())
            }
            Self::Choice { .. } => Err(Refused::new(
                "Vui lòng chọn một trong các mục",
                "Please choose one of the options",
            )),
        }
    }
}

fn text(answer: &str, max_length: u16) -> Result<String, Refused> {
    let text: String = answer.parse::<Text>()?.into();
    if text.chars().count() <= usize::from(max_length) {
        return Ok(text);
    }
    Err(Refused::because(
        format!("Nội dung dài quá {max_length} ký tự"),
        format!("The text is longer than {max_length} characters"),
    ))
}

fn date(answer: &str) -> Result<String, Refused> {
    let read = |format| NaiveDate::parse_from_str(answer, format).ok();
    ["%Y-%m-%d", "%d/%m/%Y"]
        .into_iter()
        .find_map(read)
        .filter(|date| (1800..=2200).contains(&date.year()))
        .map(|date| date.to_string())
        .ok_or(Refused::new(
            "Ngày có dạng ngày/tháng/năm, ví dụ 24/11/2026",
            "A date is day/month/year, e.g. 24/11/2026",
        ))
}

fn number(answer: &str, min: i64, max: i64) -> Result<String, Refused> {
    match answer.parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
        _ => Err(Refused::because(
            format!("Cần một số nguyên từ {min} đến {max}"),
            format!("A whole number from {min} to {max} is needed"),
        )),
    }
}

fn not_asked(id: &str) -> FieldError {
    let field: String = id.chars().take(64).collect();
    let reason = Refused::because(
        format!("Tờ khai không có mục “{field}”"),
        format!("The form has no field “{field}”"),
    );
    FieldError { field, reason }
}

/// The field as YAML writes it: flat, with what only some kinds have beside `kind`.
mod written {
    use serde::{Deserialize, Serialize};

    use super::{Bilingual, Choice, FieldKind, FormField, PaperFieldName, When};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Field {
        id: String,
        label: Bilingual,
        kind: Kind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        options: Option<Vec<Choice>>,
        required: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<Bilingual>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<When>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<PaperFieldName>,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Text,
        Paragraph,
        Name,
        CitizenId,
        Phone,
        Date,
        Number,
        Choice,
    }

    impl TryFrom<Field> for FormField {
        type Error = &'static str;

        fn try_from(field: Field) -> Result<Self, Self::Error> {
            let kind = match (
                field.kind,
                field.max_length,
                field.min,
                field.max,
                field.options,
            ) {
                (Kind::Text, max, None, None, None) => FieldKind::Text {
                    max_length: max.unwrap_or(200),
                },
                (Kind::Paragraph, max, None, None, None) => FieldKind::Paragraph {
                    max_length: max.unwrap_or(2000),
                },
                (Kind::Name, None, None, None, None) => FieldKind::Name,
                (Kind::CitizenId, None, None, None, None) => FieldKind::CitizenId,
                (Kind::Phone, None, None, None, None) => FieldKind::Phone,
                (Kind::Date, None, None, None, None) => FieldKind::Date,
                (Kind::Number, None, Some(min), Some(max), None) if min <= max => {
                    FieldKind::Number { min, max }
                }
                (Kind::Choice, None, None, None, Some(options)) if !options.is_empty() => {
                    FieldKind::Choice { options }
                }
                (Kind::Number, ..) => {
                    return Err("a number has min and max, in order, and nothing else");
                }
                (Kind::Choice, ..) => return Err("a choice has options and nothing else"),
                _ => {
                    return Err(
                        "min, max and options are for numbers and choices, max_length is for texts",
                    );
                }
            };
            Ok(Self {
                id: field.id,
                label: field.label,
                kind,
                required: field.required,
                help: field.help,
                example: field.example,
                when: field.when,
                from: field.from,
            })
        }
    }

    impl From<FormField> for Field {
        fn from(field: FormField) -> Self {
            let (kind, max_length, min, max, options) = match field.kind {
                FieldKind::Text { max_length } => (Kind::Text, Some(max_length), None, None, None),
                FieldKind::Paragraph { max_length } => {
                    (Kind::Paragraph, Some(max_length), None, None, None)
                }
                FieldKind::Name => (Kind::Name, None, None, None, None),
                FieldKind::CitizenId => (Kind::CitizenId, None, None, None, None),
                FieldKind::Phone => (Kind::Phone, None, None, None, None),
                FieldKind::Date => (Kind::Date, None, None, None, None),
                FieldKind::Number { min, max } => (Kind::Number, None, Some(min), Some(max), None),
                FieldKind::Choice { options } => (Kind::Choice, None, None, None, Some(options)),
            };
            Self {
                id: field.id,
                label: field.label,
                kind,
                max_length,
                min,
                max,
                options,
                required: field.required,
                help: field.help,
                example: field.example,
                when: field.when,
                from: field.from,
            }
        }
    }
}
