//! What becomes of messages that come early, late or twice, as sentences.

use contracts::{
    DossierId,
    agency::{DossierExamined, Verdict},
    intake::DossierSupplemented,
    payment::{FeePaid, Method},
};
use strum::VariantArray;
use uuid::Uuid;

use super::{at, fee, item, received};
use crate::domain::{State, hearing::Heard, item::WorkItem};

#[test]
fn an_assessment_counts_once_and_only_for_the_round_that_was_asked() {
    let mut item = item();
    assert_eq!(item.hears_assessment(1), Heard::Now);
    assert!(matches!(item.hears_assessment(2), Heard::TooEarly(_)));
    item.state = State::AwaitingReception;
    assert_eq!(item.hears_assessment(1), Heard::Before);
    (item.state, item.round) = (State::AwaitingAssessment, 2);
    assert_eq!(item.hears_assessment(1), Heard::Before);
    assert_eq!(item.hears_assessment(2), Heard::Now);
}

#[test]
fn a_payment_counts_once_and_only_for_its_own_dossier() {
    let mut item = received();
    let paid = |order| FeePaid {
        order,
        dossier: item.dossier,
        total: fee().total,
        method: Method::Cash,
        paid_at: at("2026-10-08 10:00"),
    };
    let (own, other) = (
        paid(WorkItem::fee_order(item.dossier)),
        paid(Uuid::from_u128(9).into()),
    );
    assert!(matches!(item.hears_payment(&own), Heard::TooEarly(_)));
    assert!(matches!(item.hears_payment(&other), Heard::Never(_)));
    item.order = Some(own.order);
    assert_eq!(item.hears_payment(&own), Heard::Now);
    item.fee_paid_at = Some(own.paid_at);
    assert_eq!(item.hears_payment(&own), Heard::Before);
}

#[test]
fn a_verdict_counts_once_and_only_for_the_examination_that_was_asked() {
    let mut item = received();
    let verdict = |n, handler: &str| DossierExamined {
        dossier: DossierId(Uuid::from_u128(7)),
        examination: WorkItem::examination(DossierId(Uuid::from_u128(7)), n),
        handler: handler.to_owned(),
        verdict: Verdict::Officer {
            note: String::new(),
        },
        examined_at: at("2026-10-08 10:00"),
    };
    let civil = "agency-civil-status";
    assert!(matches!(
        item.hears_verdict(&verdict(1, civil)),
        Heard::TooEarly(_)
    ));
    (item.state, item.examinations) = (State::HandlerExamines, 2);
    assert_eq!(item.hears_verdict(&verdict(1, civil)), Heard::Before);
    assert_eq!(item.hears_verdict(&verdict(2, civil)), Heard::Now);
    assert!(matches!(
        item.hears_verdict(&verdict(3, civil)),
        Heard::TooEarly(_)
    ));
    assert!(matches!(
        item.hears_verdict(&verdict(2, "agency-land")),
        Heard::Never(_)
    ));
    item.state = State::AwaitingSignOff;
    assert_eq!(item.hears_verdict(&verdict(2, civil)), Heard::Before);
}

#[test]
fn a_supplement_counts_once_and_waits_for_its_question() {
    let mut item = item();
    let added = DossierSupplemented {
        dossier: item.dossier,
        form: item.application.form.clone(),
        documents: vec![],
        supplemented_at: at("2026-10-08 10:00"),
    };
    assert!(matches!(item.hears_supplement(&added), Heard::TooEarly(_)));
    item.state = State::SupplementRequested;
    assert_eq!(item.hears_supplement(&added), Heard::Now);
    item.supplement(added.clone());
    assert_eq!(
        item.hears_supplement(&added),
        Heard::Before,
        "even if more is asked for"
    );
    assert_eq!(item.round, 2);
}

#[test]
fn a_hand_over_waits_for_the_decision() {
    let mut item = item();
    for &state in State::VARIANTS {
        item.state = state;
        match state {
            State::Decided => assert_eq!(item.hears_hand_over(), Heard::Now),
            State::Returned => assert_eq!(item.hears_hand_over(), Heard::Before),
            State::Rejected => assert!(matches!(item.hears_hand_over(), Heard::Never(_))),
            _ => assert!(matches!(item.hears_hand_over(), Heard::TooEarly(_))),
        }
    }
}
