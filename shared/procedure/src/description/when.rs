//! Conditions on the form: a paper, a field or a fee that concerns only some applicants.

use serde::{Deserialize, Serialize};

use super::Form;

/// Holds by what a field of the form says: `{ field: quan_he, is: [uy_quyen] }`, or `not:` for all but these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct When {
    field: String,
    values: Vec<String>,
    negated: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    field: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    is: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not: Vec<String>,
}

impl TryFrom<Written> for When {
    type Error = &'static str;

    fn try_from(Written { field, is, not }: Written) -> Result<Self, Self::Error> {
        let negated = is.is_empty();
        if is.is_empty() == not.is_empty() {
            return Err("a condition has a list under `is` or under `not`");
        }
        Ok(Self {
            field,
            values: if negated { not } else { is },
            negated,
        })
    }
}

impl From<When> for Written {
    fn from(
        When {
            field,
            values,
            negated,
        }: When,
    ) -> Self {
        let (is, not) = if negated {
            (Vec::new(), values)
        } else {
            (values, Vec::new())
        };
        Self { field, is, not }
    }
}

impl When {
    /// The field it asks about.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The answers it names.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether it holds for everything but the answers it names.
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether it holds. A field without an answer is none of the answers.
    pub fn holds(&self, form: &Form) -> bool {
        self.admits(form.get(&self.field))
    }

    /// Whether it holds for this answer to its field.
    pub(super) fn admits(&self, answer: Option<&str>) -> bool {
        let named = answer.is_some_and(|answer| self.values.iter().any(|value| value == answer));
        named != self.negated
    }
}
