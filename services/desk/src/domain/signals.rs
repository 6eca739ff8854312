//! Signals against forged dossiers, which intake finds: what officers read of them, and what they note when they have looked. They
//! change nothing that may happen to a dossier.

use contracts::intake::SignalLevel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an officer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The originals were seen and agree.
    OriginalsChecked,
    /// There is an honest reason.
    Explained,
    /// Something is suspected to be forged. What follows is a person's decision, by the acts that there are.
    ForgerySuspected,
}

impl Finding {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [
        Self::OriginalsChecked,
        Self::Explained,
        Self::ForgerySuspected,
    ];

    /// As rows, messages and forms call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OriginalsChecked => "originals_checked",
            Self::Explained => "explained",
            Self::ForgerySuspected => "forgery_suspected",
        }
    }

    /// As officers read it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OriginalsChecked => "đã đối chiếu bản chính, khớp",
            Self::Explained => "có lý do chính đáng",
            Self::ForgerySuspected => "nghi giả mạo",
        }
    }
}

/// How much a level is, as officers read it.
pub const fn words(level: SignalLevel) -> &'static str {
    match level {
        SignalLevel::None => "không còn",
        SignalLevel::Low => "thấp",
        SignalLevel::Medium => "trung bình",
        SignalLevel::High => "cao",
    }
}

/// The level of this name.
pub fn named(name: &str) -> Option<SignalLevel> {
    [SignalLevel::Low, SignalLevel::Medium, SignalLevel::High]
        .into_iter()
        .find(|level| name_of(*level) == name)
}

/// As rows and addresses call it.
pub const fn name_of(level: SignalLevel) -> &'static str {
    match level {
        SignalLevel::None => "none",
        SignalLevel::Low => "low",
        SignalLevel::Medium => "medium",
        SignalLevel::High => "high",
    }
}

/// The levels from this one on.
pub fn from(least: SignalLevel) -> impl Iterator<Item = &'static str> {
    let levels = [
        SignalLevel::None,
        SignalLevel::Low,
        SignalLevel::Medium,
        SignalLevel::High,
    ];
    levels
        .into_iter()
        .filter(move |level| *level >= least)
        .map(name_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_findings_go_by_the_words_of_the_contract() {
        for name in from(SignalLevel::None) {
            let level: SignalLevel = serde_json::from_value(name.into()).unwrap();
            assert_eq!(name_of(level), name);
        }
        for finding in Finding::ALL {
            assert_eq!(serde_json::to_value(finding).unwrap(), finding.name());
        }
    }

    #[test]
    fn who_asks_for_a_level_gets_what_is_above_it_too() {
        for (name, expected) in [
            ("low", vec!["low", "medium", "high"]),
            ("medium", vec!["medium", "high"]),
            ("high", vec!["high"]),
        ] {
            let least = named(name).unwrap();
            assert_eq!(from(least).collect::<Vec<_>>(), expected);
        }
        assert_eq!(named("none"), None);
        assert_eq!(named(""), None);
    }
}
