//! The shape of a provider's HTTP interface, as a file can tell it: what is asked, and how the answer is read. The ones that
//! ship are in `presets/`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Phone, template::Kind, webhook::Reports};

/// The shapes that ship, by name.
pub const PRESETS: [(&str, &str); 3] = [
    ("viettel", include_str!("presets/viettel.toml")),
    ("vnpt", include_str!("presets/vnpt.toml")),
    ("esms", include_str!("presets/esms.toml")),
];

/// What is asked and how the answer is read.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The method.
    #[serde(default = "post")]
    pub method: String,
    /// Headers beside the media type, with places.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the body is.
    #[serde(default)]
    pub kind: Kind,
    /// The body, with places.
    #[serde(default)]
    pub body: String,
    /// How telephone numbers are written.
    #[serde(default)]
    pub phone: Phone,
    /// How the answer is read.
    pub answer: Answer,
    /// What its codes mean.
    pub codes: Codes,
    /// Words in the reason, in lower case, which decide where a code says too little; the first that is found counts.
    #[serde(default)]
    pub words: Vec<Word>,
    /// Seconds that a provider which is at its limit is left alone.
    #[serde(default = "a_minute")]
    pub limited_seconds: u32,
    /// How its reports come, if it sends any.
    pub reports: Option<Reports>,
}

/// Where in the answer what stands.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What it is.
    #[serde(default)]
    pub kind: Document,
    /// Where its code stands.
    pub code: String,
    /// Where the reason stands.
    #[serde(default)]
    pub reason: String,
    /// Where its own name for the message stands.
    #[serde(default)]
    pub reference: String,
}

/// What an answer or a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// JSON: places are JSON pointers, such as `/data/code`.
    #[default]
    Json,
    /// XML: places are ends of paths of local names, such as `return/result`.
    Xml,
    /// Pairs, in the body or in the address: places are names.
    Form,
}

/// What a provider's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// It took the message, now or earlier.
    Taken,
    /// Never for this recipient.
    Refused,
    /// Not now.
    Later,
    /// Its rate or quota.
    Limited,
    /// Every message would fare the same.
    Down,
    /// Our own mistake.
    Malformed,
}

/// The codes of each meaning. A code that stands nowhere means "later".
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// It took the message, now or earlier.
    pub taken: Vec<String>,
    /// Never for this recipient.
    pub refused: Vec<String>,
    /// Not now.
    pub later: Vec<String>,
    /// Its rate or quota.
    pub limited: Vec<String>,
    /// Every message would fare the same.
    pub down: Vec<String>,
    /// Our own mistake.
    pub malformed: Vec<String>,
}

impl Codes {
    /// What a code means, if it is told here.
    pub fn meaning(&self, code: &str) -> Option<Meaning> {
        let all = [
            (&self.taken, Meaning::Taken),
            (&self.refused, Meaning::Refused),
            (&self.later, Meaning::Later),
            (&self.limited, Meaning::Limited),
            (&self.down, Meaning::Down),
            (&self.malformed, Meaning::Malformed),
        ];
        let found = all
            .into_iter()
            .find(|(codes, _)| codes.iter().any(|known| known == code));
        found.map(|(_, meaning)| meaning)
    }
}

/// A word of a reason and what it means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// In lower case.
    pub word: String,
    /// What it means.
    pub means: Meaning,
}

fn post() -> String {
    "POST".to_owned()
}

const fn a_minute() -> u32 {
    60
}

impl Shape {
    /// A shape that ships.
    pub fn preset(name: &str) -> Option<Result<Self, toml::de::Error>> {
        let (_, text) = PRESETS.iter().find(|(known, _)| *known == name)?;
        Some(toml::from_str(text))
    }

    /// What a code with its reason means.
    pub fn meaning(&self, code: &str, reason: &str) -> Meaning {
        if let Some(meaning) = self.codes.meaning(code) {
            return meaning;
        }
        let reason = reason.to_lowercase();
        let word = self.words.iter().find(|word| reason.contains(&word.word));
        word.map_or(Meaning::Later, |word| word.means)
    }
}
