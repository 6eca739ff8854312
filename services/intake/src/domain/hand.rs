//! Whose hand did something to a dossier: its owner's, or somebody's who may act for them.

use std::collections::BTreeSet;

use contracts::{
    AccountId, MandateId, PersonName,
    identity::{Consent, MandateAct},
};
use serde::{Deserialize, Serialize};

/// Somebody who acts on another's dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: PersonName,
    /// What lets them.
    pub mandate: MandateId,
    /// How the owner agreed to it.
    #[serde(default)]
    pub consent: Consent,
}

/// Who has a dossier in hand, and what they may do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// Whose hand it is.
    pub account: AccountId,
    /// What lets them, where it is not their own.
    pub by: Option<Agent>,
    /// What they may do.
    pub acts: BTreeSet<MandateAct>,
}

impl Hand {
    /// The owner's own.
    pub fn owner(account: AccountId) -> Self {
        Self {
            account,
            by: None,
            acts: MandateAct::ALL.into(),
        }
    }

    /// Somebody's who only looks: an officer.
    pub fn onlooker(account: AccountId) -> Self {
        Self {
            account,
            by: None,
            acts: BTreeSet::new(),
        }
    }

    /// Whether they may do this.
    pub fn may(&self, act: MandateAct) -> bool {
        self.acts.contains(&act)
    }
}

/// Whose documents may lie in a dossier: its owner's, and theirs who have acted on it for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners(BTreeSet<AccountId>);

impl Owners {
    /// The owner, and who has acted for them.
    pub fn of(owner: AccountId, hands: impl IntoIterator<Item = AccountId>) -> Self {
        Self(hands.into_iter().chain([owner]).collect())
    }

    /// Whether a document of this account's may be there.
    pub fn include(&self, account: AccountId) -> bool {
        self.0.contains(&account)
    }
}

impl From<AccountId> for Owners {
    fn from(owner: AccountId) -> Self {
        Self::of(owner, [])
    }
}
