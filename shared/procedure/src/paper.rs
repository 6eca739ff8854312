//! Kinds of papers that several procedures may ask for: one YAML file each, under `catalogue/papers/`.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::Bilingual;

/// A kind of paper (loại giấy tờ), whatever procedure asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// By which components and documents name it: the name of its file.
    pub id: String,
    /// What it is called.
    pub name: Bilingual,
    /// Whether its owner may keep one, so that later dossiers have it without another scan. What is written for one dossier, such as
    /// its application, is no such paper.
    #[serde(default)]
    pub reusable: bool,
    /// How long one is good for; without it for ever, as far as the law of its kind goes.
    #[serde(default)]
    pub validity: Option<Validity>,
}

/// How long papers of a kind are good for, from the day they are issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// In months.
    pub months: NonZeroU16,
}
