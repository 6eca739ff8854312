//! Signals: what happens with forged dossiers more often than with honest ones. They are weighed and told to officers, who judge;
//! nothing is refused by them.

pub mod card;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use contracts::{
    DossierId, ProcedureCode,
    intake::{Signal, SignalLevel},
};
use procedure::Bilingual;
use serde::{Deserialize, Serialize};

use card::Remark;

/// The most of everything together.
const MOST: u8 = 100;
/// The most other dossiers that one signal names.
const NAMED: usize = 10;
/// The most signals that are told of one dossier.
const TOLD: usize = 20;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A file that a few other people enclosed too.
    SameFile,
    /// A file that more people enclosed than live together.
    FileSpread,
    /// Another account files under the same identification number.
    PersonElsewhere,
    /// A telephone number of more people than share one.
    SharedPhone,
    /// An e-mail address of more people than share one.
    SharedEmail,
    /// More dossiers in a short time than people file.
    FastFiling,
    /// An identity card of neither the applicant nor whom the form names.
    CardOfAnother,
    /// A card that has the applicant's number and another name.
    CardName,
    /// A card that contradicts itself.
    CardAtOdds,
    /// A card that is no longer valid.
    CardExpired,
    /// A form that says otherwise than the card beyond doubt.
    FormDiffers,
    /// Somebody who is little known files what much depends on.
    LowAssurance,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SameFile,
        Self::FileSpread,
        Self::PersonElsewhere,
        Self::SharedPhone,
        Self::SharedEmail,
        Self::FastFiling,
        Self::CardOfAnother,
        Self::CardName,
        Self::CardAtOdds,
        Self::CardExpired,
        Self::FormDiffers,
        Self::LowAssurance,
    ];

    /// As messages, metrics and the configuration call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameFile => "same_file",
            Self::FileSpread => "file_spread",
            Self::PersonElsewhere => "person_elsewhere",
            Self::SharedPhone => "shared_phone",
            Self::SharedEmail => "shared_email",
            Self::FastFiling => "fast_filing",
            Self::CardOfAnother => "card_of_another",
            Self::CardName => "card_name",
            Self::CardAtOdds => "card_at_odds",
            Self::CardExpired => "card_expired",
            Self::FormDiffers => "form_differs",
            Self::LowAssurance => "low_assurance",
        }
    }

    /// What counts together with it: of one thing that looks odd in two ways, the weightier counts.
    const fn group(self) -> u8 {
        match self {
            Self::SameFile | Self::FileSpread => 0,
            Self::PersonElsewhere => 1,
            Self::SharedPhone | Self::SharedEmail => 2,
            Self::FastFiling => 3,
            Self::CardOfAnother
            | Self::CardName
            | Self::CardAtOdds
            | Self::CardExpired
            | Self::FormDiffers => 4,
            Self::LowAssurance => 5,
        }
    }
}

/// How much each weighs, 0 (off) to 100.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    same_file: u8,
    file_spread: u8,
    person_elsewhere: u8,
    shared_phone: u8,
    shared_email: u8,
    fast_filing: u8,
    card_of_another: u8,
    card_name: u8,
    card_at_odds: u8,
    card_expired: u8,
    form_differs: u8,
    low_assurance: u8,
}

impl Weights {
    /// How much one weighs.
    pub const fn of(&self, code: Code) -> u8 {
        match code {
            Code::SameFile => self.same_file,
            Code::FileSpread => self.file_spread,
            Code::PersonElsewhere => self.person_elsewhere,
            Code::SharedPhone => self.shared_phone,
            Code::SharedEmail => self.shared_email,
            Code::FastFiling => self.fast_filing,
            Code::CardOfAnother => self.card_of_another,
            Code::CardName => self.card_name,
            Code::CardAtOdds => self.card_at_odds,
            Code::CardExpired => self.card_expired,
            Code::FormDiffers => self.form_differs,
            Code::LowAssurance => self.low_assurance,
        }
    }
}

/// From where on something is out of the ordinary.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// How many people may have enclosed the same file before it is more than a household's.
    pub file_people: usize,
    /// How many people may give the same telephone number or e-mail address.
    pub contact_people: usize,
    /// How many dossiers in an hour are ordinary.
    pub hour: usize,
    /// How many dossiers in a day are ordinary.
    pub day: usize,
    /// The procedures that much depends on: their codes with a comma between.
    pub stakes: String,
    /// How surely known who files one of these should be.
    pub assurance: u8,
    /// From which score on it is medium.
    pub medium: u8,
    /// From which score on it is high.
    pub high: u8,
}

impl Rules {
    /// Whether much depends on a procedure.
    pub fn are_high_for(&self, procedure: &ProcedureCode) -> bool {
        let mut codes = self.stakes.split(',').map(str::trim);
        codes.any(|code| code == procedure.as_str())
    }

    /// How much a score is.
    pub const fn level(&self, score: u8) -> SignalLevel {
        match score {
            0 => SignalLevel::None,
            score if score >= self.high => SignalLevel::High,
            score if score >= self.medium => SignalLevel::Medium,
            _ => SignalLevel::Low,
        }
    }
}

/// Other dossiers that have something in common with this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// How many other people they are of.
    pub people: usize,
    /// They, newest first.
    pub dossiers: Vec<DossierId>,
}

/// A file of the dossier that others have too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What the paper is called.
    pub paper: Bilingual,
    /// Who else enclosed it.
    pub others: Others,
}

/// From whom, or for whom, dossiers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// One account.
    Account,
    /// One telephone number.
    Phone,
    /// For one person.
    Person,
}

/// How many dossiers came up to this one, itself among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From whom.
    pub source: Source,
    /// In the hour before.
    pub hour: usize,
    /// In the day before.
    pub day: usize,
}

/// What was seen of a dossier and of those filed before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its files that others have too.
    pub files: Vec<File>,
    /// Dossiers of the same person that other accounts filed.
    pub elsewhere: Vec<DossierId>,
    /// Who else gives this telephone number.
    pub phone: Others,
    /// Who else gives this e-mail address.
    pub email: Others,
    /// How fast dossiers came.
    pub paces: Vec<Pace>,
    /// What is odd about the identity card.
    pub card: Vec<Remark>,
    /// How surely known who filed it was, where much depends on it.
    pub little_known: Option<u8>,
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// 0 to 100.
    pub score: u8,
    /// How much that is.
    pub level: SignalLevel,
    /// The weightiest first.
    pub signals: Vec<Signal>,
}

/// Weighs what was seen.
pub fn weigh(seen: &Seen, rules: &Rules, weights: &Weights) -> Weighed {
    let mut found = Vec::new();
    for file in &seen.files {
        found.extend(of_file(file, rules));
    }
    if !seen.elsewhere.is_empty() {
        found.push((Code::PersonElsewhere, words::elsewhere(&seen.elsewhere)));
    }
    if seen.phone.people + 1 > rules.contact_people {
        found.push((Code::SharedPhone, words::phone(&seen.phone)));
    }
    if seen.email.people + 1 > rules.contact_people {
        found.push((Code::SharedEmail, words::email(&seen.email)));
    }
    let fast = |pace: &&Pace| pace.hour > rules.hour || pace.day > rules.day;
    if let Some(pace) = seen.paces.iter().find(fast) {
        found.push((Code::FastFiling, words::pace(pace)));
    }
    for remark in &seen.card {
        found.push((remark.code(), words::card(remark)));
    }
    if let Some(assurance) = seen.little_known.filter(|known| *known < rules.assurance) {
        found.push((Code::LowAssurance, words::assurance(assurance)));
    }
    total(found, rules, weights)
}

fn of_file(file: &File, rules: &Rules) -> Option<(Code, Signal)> {
    let code = match file.others.people {
        0 => return None,
        people if people + 1 > rules.file_people => Code::FileSpread,
        _ => Code::SameFile,
    };
    Some((code, words::file(file, code)))
}

fn total(found: Vec<(Code, Signal)>, rules: &Rules, weights: &Weights) -> Weighed {
    let mut groups: BTreeMap<u8, u8> = BTreeMap::new();
    let mut signals: Vec<Signal> = Vec::new();
    for (code, mut signal) in found {
        let weight = weights.of(code).min(MOST);
        if weight == 0 {
            continue;
        }
        let group = groups.entry(code.group()).or_default();
        *group = (*group).max(weight);
        code.name().clone_into(&mut signal.code);
        signal.weight = weight;
        signal.dossiers.truncate(NAMED);
        signals.push(signal);
    }
    // Stable: what weighs the same stays in the order in which it was looked at.
    signals.sort_by_key(|signal| std::cmp::Reverse(signal.weight));
    signals.truncate(TOLD);
    let sum = groups.values().copied().map(u32::from).sum::<u32>();
    let score = u8::try_from(sum.min(MOST.into())).unwrap_or(MOST);
    Weighed {
        score,
        level: rules.level(score),
        signals,
    }
}
