//! The kinds of news: how much each can wait, which of them the law wants told, and which make others moot. Pure.

use contracts::{
    Message,
    delivery::{
        CollectionCodeMade, ResultHandedOver, ResultIssued, ResultRevoked, ResultUnclaimed,
    },
    desk::{
        DossierDecided, DossierReceived, DossierRejected, ResultAwaitsFee, SupplementRequested,
    },
    intake::{DossierSubmitted, DossierSupplemented},
    payment::{FeeCancelled, FeeExpired, FeeOrdered, FeePaid, FeeRefunded},
};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// How much a piece of news can wait.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// The person has to do something, and a legal time runs.
    Urgent,
    /// The person wants to know today.
    Normal,
    /// For the record.
    Low,
}

impl Urgency {
    /// The name it is stored and shown by.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// Its place in the queue, first things first.
    pub const fn lane(self) -> i16 {
        match self {
            Self::Urgent => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }
}

/// The urgency of an event, by its wire name.
pub fn urgency(event: &str) -> Urgency {
    match event {
        SupplementRequested::TYPE
        | DossierRejected::TYPE
        | ResultAwaitsFee::TYPE
        | ResultRevoked::TYPE
        | CollectionCodeMade::TYPE => Urgency::Urgent,
        DossierSubmitted::TYPE
        | FeePaid::TYPE
        | FeeCancelled::TYPE
        | FeeRefunded::TYPE
        | ResultHandedOver::TYPE => Urgency::Low,
        _ => Urgency::Normal,
    }
}

/// Whether the law wants the person told of it: then it never waits for a digest.
pub fn is_mandatory(event: &str) -> bool {
    matches!(
        event,
        SupplementRequested::TYPE
            | DossierRejected::TYPE
            | DossierDecided::TYPE
            | ResultIssued::TYPE
            | ResultRevoked::TYPE
            | DossierReceived::TYPE
    )
}

/// The events that an event makes moot when it happens after them: what they ask for is done.
pub fn makes_moot(event: &str) -> &'static [&'static str] {
    match event {
        FeePaid::TYPE | FeeCancelled::TYPE => {
            &[FeeOrdered::TYPE, FeeExpired::TYPE, ResultAwaitsFee::TYPE]
        }
        DossierSupplemented::TYPE => &[SupplementRequested::TYPE],
        ResultHandedOver::TYPE | ResultRevoked::TYPE => {
            &[CollectionCodeMade::TYPE, ResultUnclaimed::TYPE]
        }
        _ => &[],
    }
}

/// The events that make an event moot when they happen after it.
pub fn made_moot_by(event: &str) -> Vec<&'static str> {
    let later = [
        FeePaid::TYPE,
        FeeCancelled::TYPE,
        DossierSupplemented::TYPE,
        ResultHandedOver::TYPE,
        ResultRevoked::TYPE,
    ];
    let later = later.into_iter();
    later
        .filter(|later| makes_moot(later).contains(&event))
        .collect()
}

/// Every kind of news that is told, by its wire name.
pub const TOLD: [&str; 16] = [
    DossierSubmitted::TYPE,
    DossierReceived::TYPE,
    DossierRejected::TYPE,
    SupplementRequested::TYPE,
    FeeOrdered::TYPE,
    FeePaid::TYPE,
    FeeExpired::TYPE,
    FeeCancelled::TYPE,
    FeeRefunded::TYPE,
    ResultAwaitsFee::TYPE,
    DossierDecided::TYPE,
    ResultIssued::TYPE,
    ResultHandedOver::TYPE,
    ResultRevoked::TYPE,
    CollectionCodeMade::TYPE,
    ResultUnclaimed::TYPE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_the_person_for_something_goes_first() {
        let urgent: Vec<_> = TOLD
            .into_iter()
            .filter(|event| urgency(event) == Urgency::Urgent)
            .collect();
        assert_eq!(
            urgent,
            [
                DossierRejected::TYPE,
                SupplementRequested::TYPE,
                ResultAwaitsFee::TYPE,
                ResultRevoked::TYPE,
                CollectionCodeMade::TYPE,
            ]
        );
        let lanes: Vec<_> = Urgency::VARIANTS.iter().map(|one| one.lane()).collect();
        assert_eq!(lanes, [0, 1, 2]);
    }

    #[test]
    fn what_is_done_makes_the_asking_moot_and_nothing_the_law_wants_told_but_that() {
        assert_eq!(
            made_moot_by(FeeOrdered::TYPE),
            [FeePaid::TYPE, FeeCancelled::TYPE]
        );
        assert_eq!(
            made_moot_by(SupplementRequested::TYPE),
            [DossierSupplemented::TYPE]
        );
        for event in TOLD {
            if is_mandatory(event) && event != SupplementRequested::TYPE {
                assert!(made_moot_by(event).is_empty(), "{event}");
            }
        }
    }
}
