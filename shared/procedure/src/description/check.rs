//! What a description must be beyond its shape: references that lead somewhere, a level that keeps its promise.

use std::collections::HashSet;

use contracts::{Channel, desk};
use serde::de::DeserializeOwned;

use super::{Description, FieldKind, FormField, Quantity, When};

/// Why a text is no description of a procedure.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// It hasn't the shape; says at which key and line.
    #[error("{0}")]
    Shape(String),
    /// It contradicts itself.
    #[error("{key}: {reason}")]
    Sense {
        /// Where in the file.
        key: String,
        /// What is wrong there.
        reason: String,
    },
}

/// Reads YAML; what is wrong is told with its key and line.
pub fn read_yaml<T: DeserializeOwned>(text: &str) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(serde_yaml_ng::Deserializer::from_str(text)).map_err(|error| {
        let (key, told) = (error.path().to_string(), error.inner().to_string());
        // The parser names the key of some mistakes itself, or that of what is around it.
        let named = told
            .split_once(": ")
            .filter(|(around, _)| key.starts_with(around));
        let reason = named.map_or(told.as_str(), |(_, reason)| reason);
        Invalid::Shape(if key == "." {
            reason.to_owned()
        } else {
            format!("{key}: {reason}")
        })
    })
}

pub(in crate::description) type Checked = Result<(), Invalid>;

pub(super) fn wrong(key: impl Into<String>, reason: impl Into<String>) -> Checked {
    Err(Invalid::Sense {
        key: key.into(),
        reason: reason.into(),
    })
}

impl Description {
    /// Checks that the description makes sense as a whole.
    pub(super) fn check(&self) -> Checked {
        if self.version == 0 {
            return wrong("version", "versions count from 1");
        }
        if self
            .agency
            .as_deref()
            .is_some_and(|agency| !is_id(agency, '-'))
        {
            return wrong(
                "agency",
                "is the name of a service, e.g. agency-civil-status",
            );
        }
        self.check_level()?;
        self.check_assurance()?;
        self.check_form()?;
        self.check_documents()?;
        if let Quantity::Field(field) = &self.result.copies {
            self.check_count("result.copies", field)?;
        }
        self.check_result()?;
        self.check_notices()?;
        self.check_fee()
    }

    fn check_level(&self) -> Checked {
        let online = self.channels.contains(&Channel::Online);
        if self.level.is_filed_online() != online {
            return wrong(
                "channels",
                format!(
                    "online is for levels 3 and 4; this is level {}",
                    self.level.number()
                ),
            );
        }
        if self.level.has_form() == self.form.is_empty() {
            return wrong("form", "levels 2, 3 and 4 have a form, level 1 has none");
        }
        for channel in &self.channels {
            if self.time_limit(*channel).is_none() {
                return wrong(
                    "time_limits",
                    format!("has nothing for {channel:?}, which channels names"),
                );
            }
        }
        if self.delivery.is_empty() && self.level.is_filed_online() {
            return wrong(
                "delivery",
                "a dossier filed here needs a way to hand over its result",
            );
        }
        Ok(())
    }

    /// A layout is tried with what may stand on it, so there is something to try it with.
    fn check_result(&self) -> Checked {
        if self
            .result
            .layout
            .as_deref()
            .is_some_and(|layout| !is_id(layout, '-'))
        {
            return wrong(
                "result.layout",
                "is the name of a file in layouts/, e.g. trich-luc-ho-tich",
            );
        }
        if self.result.layout.is_some() && self.result.examples.is_empty() {
            return wrong(
                "result.examples",
                "a result with a layout of its own has an example to try it with",
            );
        }
        for (place, lines) in self.result.examples.iter().enumerate() {
            let blank = |line: &desk::Field| line.label.trim().is_empty();
            if lines.is_empty() || lines.iter().any(blank) {
                return wrong(
                    format!("result.examples[{place}]"),
                    "has lines, each with a label",
                );
            }
        }
        Ok(())
    }

    fn check_form(&self) -> Checked {
        let mut seen = HashSet::new();
        for (place, field) in self.form.iter().enumerate() {
            let key = format!("form[{place}]");
            if !is_id(&field.id, '_') {
                return wrong(
                    key,
                    format!("id {:?}: lower-case letters, digits and _", field.id),
                );
            }
            if !seen.insert(&field.id) {
                return wrong(key, format!("a second field {}", field.id));
            }
            check_when(&key, field.when.as_ref(), &self.form[..place])?;
            if let Some(example) = &field.example
                && let Err(reason) = field.kind.normalise(example)
            {
                return wrong(format!("{key}.example"), reason.en);
            }
        }
        Ok(())
    }

    fn check_documents(&self) -> Checked {
        let mut seen = HashSet::new();
        for (place, component) in self.documents.iter().enumerate() {
            let key = format!("documents[{place}]");
            if !is_id(&component.id, '-') {
                return wrong(
                    key,
                    format!("id {:?}: lower-case letters, digits and -", component.id),
                );
            }
            if !seen.insert(&component.id) {
                return wrong(key, format!("a second paper {}", component.id));
            }
            check_when(&key, component.when.as_ref(), &self.form)?;
        }
        Ok(())
    }

    /// A number that is reckoned with is always answered, so that every complete form has a price.
    pub(super) fn check_count(&self, key: &str, id: &str) -> Checked {
        let is_count = |field: &FormField| {
            let in_range = matches!(
                field.kind,
                FieldKind::Number {
                    min: 0..,
                    max: ..=0xFFFF_FFFF
                }
            );
            field.id == id && in_range && field.required && field.when.is_none()
        };
        if self.form.iter().any(is_count) {
            return Ok(());
        }
        wrong(
            key,
            format!("{id} is no number field from 0 that everybody must answer"),
        )
    }
}

/// A condition asks about a choice among `fields`, and names answers that it offers.
pub(super) fn check_when(key: &str, when: Option<&When>, fields: &[FormField]) -> Checked {
    let Some(when) = when else { return Ok(()) };
    let asked = fields.iter().find(|field| field.id == when.field());
    match asked.map(|field| &field.kind) {
        Some(FieldKind::Choice { options }) => {
            let offered = |value: &String| options.iter().any(|option| option.value == *value);
            match when.values().iter().find(|value| !offered(value)) {
                Some(value) => wrong(
                    format!("{key}.when"),
                    format!("{} has no option {value}", when.field()),
                ),
                None => Ok(()),
            }
        }
        _ => wrong(
            format!("{key}.when"),
            format!("{} is no choice field before this one", when.field()),
        ),
    }
}

/// Whether a text is a plain id: small letters, digits and `joint`, a letter first.
pub(crate) fn is_id(text: &str, joint: char) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint;
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(allowed)
        && text.len() <= 64
}
