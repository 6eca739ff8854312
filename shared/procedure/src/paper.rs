//! A kind of paper (loại giấy tờ), whatever procedure asks for it: how it is known from others, what stands where on it, and
//! whether one can be used twice. One YAML file under `catalogue/papers/` a kind.

pub mod card;
mod limits;
mod media;

use std::{collections::HashSet, fmt, num::NonZeroU16};

use serde::{Deserialize, Serialize};

use crate::{
    Bilingual, Invalid,
    description::{is_id, read_yaml},
};

pub use self::{limits::Limits, media::MediaType};

/// A kind of paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// By which procedures and uploads name it, e.g. `can-cuoc`.
    pub id: String,
    /// What it is called.
    pub name: Bilingual,
    /// What is printed large at its head, each as it may stand there: by this it is known.
    #[serde(default)]
    pub titles: Vec<String>,
    /// What stands on it, from the top down.
    #[serde(default)]
    pub fields: Vec<PaperField>,
    /// Whether its owner may keep one, so that later dossiers have it without another scan. What is written for one dossier, such as
    /// its application, is no such paper.
    #[serde(default)]
    pub reusable: bool,
    /// How long one is good for; without it for ever, as far as the law of its kind goes.
    #[serde(default)]
    pub validity: Option<Validity>,
    /// What one may be at most, where that is less than what is taken of any paper.
    #[serde(default)]
    pub limits: Limits,
}

/// How long papers of a kind are good for, from the day they are issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// In months.
    pub months: NonZeroU16,
}

/// Something that stands on a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperField {
    /// Its id: lower-case letters, digits and `_`.
    pub id: String,
    /// What it is called.
    pub name: Bilingual,
    /// What it looks like.
    pub kind: Content,
    /// What is printed before it, each as it may stand there. None where only a code or a zone tells it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// A line below which its label is looked for, where the same label stands further up too.
    #[serde(default)]
    pub below: Option<String>,
    /// What an identity card's code or zone calls it.
    #[serde(default)]
    pub card: Option<CardFact>,
}

/// What something that stands on a paper looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A person's full name.
    Name,
    /// A personal identification number.
    CitizenId,
    /// A date.
    Date,
    /// Nam or Nữ.
    Sex,
    /// A mobile number.
    Phone,
    /// Anything in one or two lines.
    Text,
}

/// What an identity card tells in its QR code or its machine-readable zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardFact {
    /// The personal identification number.
    Number,
    /// The number of nine digits that its holder had before.
    OldNumber,
    /// The full name.
    Name,
    /// Date of birth.
    Born,
    /// Nam or Nữ.
    Sex,
    /// Place of permanent residence.
    Residence,
    /// The day it was issued.
    Issued,
    /// The last day on which it is valid.
    Until,
}

/// Names a field of a kind of paper: `can-cuoc.ho_ten`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaperFieldName {
    /// The kind of paper.
    pub paper: String,
    /// The field.
    pub field: String,
}

impl Paper {
    /// Reads a description and checks that it makes sense.
    pub fn from_yaml(text: &str) -> Result<Self, Invalid> {
        let paper: Self = read_yaml(text)?;
        paper.check()?;
        Ok(paper)
    }

    /// Its field of that id.
    pub fn field(&self, id: &str) -> Option<&PaperField> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Whether it is an identity card, whose codes are believed.
    pub fn is_identity_card(&self) -> bool {
        self.fields.iter().any(|field| field.card.is_some())
    }

    fn check(&self) -> Result<(), Invalid> {
        let wrong = |key: String, reason: &str| {
            Err(Invalid::Sense {
                key,
                reason: reason.to_owned(),
            })
        };
        let blank = |texts: &[String]| texts.iter().any(|text| crate::fold(text).is_empty());
        if !is_id(&self.id, '-') {
            return wrong("id".to_owned(), "lower-case letters, digits and -");
        }
        if blank(&self.titles) {
            return wrong("titles".to_owned(), "what stands at its head");
        }
        if let Some(reason) = self.limits.nonsense() {
            return wrong("limits".to_owned(), reason);
        }
        let mut seen = HashSet::new();
        for (place, field) in self.fields.iter().enumerate() {
            let key = format!("fields[{place}]");
            if !is_id(&field.id, '_') {
                return wrong(key, "id: lower-case letters, digits and _");
            }
            if !seen.insert(&field.id) {
                return wrong(key, "another field has this id");
            }
            if blank(&field.labels) || field.labels.is_empty() && field.card.is_none() {
                return wrong(
                    key,
                    "labels: what is printed before it, or card: what its code calls it",
                );
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for PaperFieldName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once('.') {
            Some((paper, field)) if is_id(paper, '-') && is_id(field, '_') => Ok(Self {
                paper: paper.to_owned(),
                field: field.to_owned(),
            }),
            _ => Err("a paper and its field, e.g. can-cuoc.ho_ten"),
        }
    }
}

impl From<PaperFieldName> for String {
    fn from(name: PaperFieldName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for PaperFieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.paper, self.field)
    }
}
