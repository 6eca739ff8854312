//! The rules of the desk as sentences.

mod clock;
mod hearing;

use chrono::{DateTime, Utc};
use contracts::{
    AccountId, Channel, Delivery, DossierId, Vnd,
    desk::{Field, Outcome, lines},
    intake::DossierSubmitted,
    payment::FeeLine,
};
use procedure::{Level, Quote, description::Due, sample};
use proptest::prelude::*;
use strum::VariantArray;
use uuid::Uuid;

use super::{
    Refusal, State, Step, TRANSITIONS, decision,
    item::{Owner, Proposal, Reception, WorkItem},
};

/// A moment as the clock on the wall shows it.
fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M");
    calendar::instant(local.unwrap())
}

fn item() -> WorkItem {
    let application = sample::application("2.000635", &[], &[]).unwrap();
    let submitted = DossierSubmitted {
        dossier: DossierId(Uuid::from_u128(7)),
        procedure: application.procedure,
        procedure_version: 1,
        channel: Channel::Online,
        applicant: application.applicant,
        form: application.form,
        documents: application.documents,
        delivery: Delivery::Portal,
        filed_by: None,
        submitted_at: at("2026-10-08 09:00"),
    };
    WorkItem::open(submitted, Some("agency-civil-status".to_owned()))
}

fn received() -> WorkItem {
    let mut item = item();
    let received_at = at("2026-10-08 09:15");
    item.reception = Some(Reception {
        code: "H15.50.05.13-261008-0001".parse().unwrap(),
        organisation: "H15.50.05.13".parse().unwrap(),
        received_at,
        promised_at: at("2026-10-08 17:00"),
        due_at: at("2026-10-08 17:00"),
    });
    item.state = State::Received;
    item
}

fn fee() -> Quote {
    let amount = Vnd::new(8_000).unwrap();
    Quote::of(vec![FeeLine {
        label: "Phí".to_owned(),
        quantity: 1,
        unit: amount,
        amount,
        reduction: None,
    }])
    .unwrap()
}

#[test]
fn what_can_happen_is_this_and_nothing_else() {
    let mut all = Vec::new();
    for state in State::VARIANTS {
        let steps = Step::VARIANTS
            .iter()
            .filter_map(|step| Some((step, state.after(*step)?)));
        let steps: Vec<_> = steps
            .map(|(step, to)| format!("{} → {}", step.name(), to.name()))
            .collect();
        let line = format!("{}: {}", state.name(), steps.join(", "));
        all.push(line.trim_end().to_owned());
    }
    insta::assert_snapshot!(all.join("\n"), @"
    awaiting_assessment: find_complete → awaiting_reception, ask_supplement → supplement_requested, resume → received, ask_fee → awaiting_advance_fee
    supplement_requested: supplement → awaiting_assessment
    awaiting_reception: receive → received, reject → rejected
    received: ask_fee → awaiting_fee, ask_handler → under_examination_by_handler, ask_officer → under_examination_by_officer
    awaiting_fee: take_fee → received
    under_examination_by_handler: ask_supplement → supplement_requested, ask_officer → under_examination_by_officer, hear_verdict → awaiting_sign_off
    under_examination_by_officer: propose → awaiting_sign_off
    awaiting_sign_off: propose → awaiting_sign_off, sign_off → decided
    decided: ask_fee → awaiting_result_fee, hand_over → returned
    returned:
    awaiting_advance_fee: reject → rejected, take_fee → awaiting_reception
    awaiting_result_fee: take_fee → decided
    rejected:
    ");
}

#[test]
fn one_step_leads_to_one_place() {
    for (place, (from, step, _)) in TRANSITIONS.iter().enumerate() {
        let again = TRANSITIONS[..place]
            .iter()
            .any(|(f, s, _)| f == from && s == step);
        assert!(!again, "{} twice from {}", step.name(), from.name());
    }
    for step in Step::VARIANTS {
        assert!(
            TRANSITIONS.iter().any(|(_, s, _)| s == step),
            "{} never happens",
            step.name()
        );
    }
}

#[test]
fn every_state_is_reached_and_all_but_the_final_ones_are_left() {
    let mut reached = vec![State::AwaitingAssessment];
    let mut next = 0;
    while let Some(state) = reached.get(next).copied() {
        next += 1;
        for to in Step::VARIANTS.iter().filter_map(|step| state.after(*step)) {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    for state in State::VARIANTS {
        assert!(reached.contains(state), "{} is never reached", state.name());
        let ends = Step::VARIANTS
            .iter()
            .all(|step| state.after(*step).is_none());
        assert_eq!(ends, state.is_final(), "{}", state.name());
        assert_eq!(State::named(state.name()), Some(*state));
    }
}

#[test]
fn a_step_at_the_wrong_time_changes_nothing_and_names_the_state() {
    for &state in State::VARIANTS {
        for &step in Step::VARIANTS {
            let mut item = item();
            item.state = state;
            let before = item.clone();
            match (item.step(step), state.after(step)) {
                (Ok(()), Some(to)) => assert_eq!(item.state, to),
                (Err(refusal), None) => {
                    assert_eq!(refusal, Refusal::WrongState { state, step });
                    assert_eq!(item, before);
                }
                (done, _) => panic!("{} from {}: {done:?}", step.name(), state.name()),
            }
        }
    }
}

#[test]
fn whatever_an_assessment_finds_there_is_a_next_step() {
    for mut item in [item(), received()] {
        item.state = State::AwaitingAssessment;
        for missing in [vec![], vec!["Thiếu giấy tờ: Tờ khai.".to_owned()]] {
            item.assess(missing, fee());
            for due in DUES {
                assert!(item.may(item.after_assessment(due)).is_ok());
            }
        }
    }
}

const DUES: [Due; 3] = [
    Due::BeforeReception,
    Due::BeforeExamination,
    Due::BeforeResult,
];

#[test]
fn the_fee_comes_first_only_where_it_is_paid_online() {
    let (due, mut item) = (Due::BeforeExamination, received());
    let whole = |item: &WorkItem| item.after_reception(Level::Whole, due);
    assert_eq!(whole(&item), Step::AskHandler, "nothing to pay");
    item.fee = fee();
    assert_eq!(whole(&item), Step::AskFee);
    for other in [Due::BeforeReception, Due::BeforeResult] {
        assert_eq!(item.after_reception(Level::Whole, other), Step::AskHandler);
    }
    assert_eq!(
        item.after_reception(Level::Filing, due),
        Step::AskHandler,
        "level 3 pays at the counter"
    );
    item.application.channel = Channel::Counter;
    assert_eq!(
        whole(&item),
        Step::AskHandler,
        "whoever files at the counter pays there"
    );
    item.application.channel = Channel::Online;
    item.fee_paid_at = Some(at("2026-10-08 10:00"));
    assert_eq!(whole(&item), Step::AskHandler, "paid");
    item.handler = None;
    assert_eq!(whole(&item), Step::AskOfficer);
    assert!(item.may(Step::AskOfficer).is_ok() && item.may(Step::AskFee).is_ok());
}

#[test]
fn the_fee_comes_before_reception_only_where_it_is_due_then_and_is_asked_for_once() {
    let mut item = item();
    item.assess(vec![], fee());
    for due in [Due::BeforeExamination, Due::BeforeResult] {
        assert_eq!(item.after_assessment(due), Step::FindComplete);
    }
    let due = Due::BeforeReception;
    assert_eq!(item.after_assessment(due), Step::AskFee);
    item.order = Some(WorkItem::fee_order(item.dossier));
    item.assess(vec![], Quote::default());
    assert_eq!(item.fee, fee(), "what is asked for stays");
    item.fee_paid_at = Some(at("2026-10-08 10:00"));
    assert_eq!(item.after_assessment(due), Step::FindComplete);
    item.fee = Quote::default();
    assert_eq!(item.after_assessment(due), Step::FindComplete, "free");
}

#[test]
fn a_result_waits_for_its_fee_only_where_it_was_granted() {
    let mut item = received();
    item.fee = fee();
    let proposal = |outcome| Proposal {
        outcome,
        by: None,
        name: "agency".to_owned(),
    };
    let refused = Outcome::Refused {
        reason: "Không đủ điều kiện.".to_owned(),
    };
    let granted = Outcome::Granted { result: vec![] };
    for (outcome, due, waits) in [
        (&granted, Due::BeforeResult, true),
        (&granted, Due::BeforeExamination, false),
        (&refused, Due::BeforeResult, false),
    ] {
        item.proposal = Some(proposal(outcome.clone()));
        assert_eq!(item.withholds_result(due), waits, "{due:?}");
    }
    item.proposal = Some(proposal(granted));
    item.fee_paid_at = Some(at("2026-10-08 10:00"));
    assert!(!item.withholds_result(Due::BeforeResult), "paid");
}

#[test]
fn the_fee_promised_at_reception_stays() {
    let mut item = received();
    item.fee = fee();
    item.assess(vec![], Quote::default());
    assert_eq!(item.fee, fee());
    item.reception = None;
    item.assess(vec![], Quote::default());
    assert!(item.fee.total.is_zero());
}

#[test]
fn a_dossier_is_taken_once_by_one_officer_and_not_when_it_is_over() {
    let officer = |number| Owner {
        account: AccountId(Uuid::from_u128(number)),
        name: "Trần Văn Mẫu".to_owned(),
    };
    let mut item = item();
    assert_eq!(item.owner, None, "the reception pool's");
    assert_eq!(item.take(officer(1)), Ok(true));
    assert_eq!(item.take(officer(1)), Ok(false));
    assert_eq!(item.take(officer(2)), Ok(true), "a colleague takes over");
    item.state = State::Rejected;
    item.closed_at = Some(at("2026-10-08 10:00"));
    assert_eq!(item.take(officer(1)), Err(Refusal::Over(State::Rejected)));
}

#[test]
fn with_four_eyes_the_proposer_does_not_sign() {
    let (me, other) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
    let mut item = received();
    item.state = State::AwaitingSignOff;
    let outcome = decision::grant(vec![Field {
        label: "a".to_owned(),
        value: "b".to_owned(),
    }])
    .unwrap();
    item.proposal = Some(Proposal {
        outcome,
        by: Some(me),
        name: String::new(),
    });
    assert_eq!(item.may_sign(me, true), Err(Refusal::OwnProposal));
    assert_eq!(item.may_sign(other, true), Ok(()));
    assert_eq!(item.may_sign(me, false), Ok(()));
    item.state = State::Decided;
    assert!(item.may_sign(other, false).is_err());
}

#[test]
fn a_result_typed_line_by_line_is_read_as_fields() {
    let fields = lines::read("Họ tên: Nguyễn Thị Ví Dụ\n\n  Giờ sinh :  08:15 \r\n").unwrap();
    let lines: Vec<_> = fields
        .iter()
        .map(|field| (field.label.as_str(), field.value.as_str()))
        .collect();
    assert_eq!(
        lines,
        [("Họ tên", "Nguyễn Thị Ví Dụ"), ("Giờ sinh", "08:15")]
    );
    assert!(lines::read("không có nhãn").is_err());
    assert!(decision::grant(vec![]).is_err());
    let long = Field {
        label: "a".to_owned(),
        value: "b".repeat(25 * 1024),
    };
    assert!(
        decision::grant(vec![long]).is_err(),
        "a result fits into one message"
    );
}

proptest! {
    #[test]
    fn what_an_officer_typed_is_read_without_panic(text in ".*") {
        if let Ok(fields) = lines::read(&text) {
            let lines = lines::write(fields.iter().map(|field| (field.label.as_str(), field.value.as_str())));
            prop_assert_eq!(lines::read(&lines), Ok(fields));
        }
    }
}
