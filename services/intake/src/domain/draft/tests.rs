//! What a draft takes and when it may be filed, as sentences.

use std::collections::BTreeMap;

use contracts::{AccountId, Delivery, DocumentId, Refused};
use procedure::Description;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Changes, Checked, Document, Draft, Sealed, Unready};

const EXTRACT: &str = include_str!("../../../../../catalogue/procedures/2.000635.yaml");
const OWNER: AccountId = AccountId(Uuid::from_u128(1));
const DOCUMENT: DocumentId = DocumentId(Uuid::from_u128(2));

fn description() -> Description {
    Description::from_yaml(EXTRACT).unwrap()
}

fn answers(changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::from([
        ("loai_giay_to", "khai_sinh"),
        ("ho_ten", "Nguyễn Thị Ví Dụ"),
        ("ngay_sinh", "15/01/1990"),
        ("quan_he", "ban_than"),
        ("so_ban_sao", "2"),
    ]);
    answers.extend(changed.iter().copied());
    answers
        .into_iter()
        .map(|(id, answer)| (id.to_owned(), answer.to_owned()))
        .collect()
}

fn full() -> Draft {
    Draft {
        form: answers(&[]),
        documents: BTreeMap::from([("to-khai".to_owned(), DOCUMENT)]),
        delivery: Some(Delivery::Portal),
        address: None,
    }
}

fn checked(owner: AccountId, rejected: Option<Refused>) -> Checked {
    let sha256 = "0".repeat(64);
    Checked::from([(
        DOCUMENT,
        Document {
            owner,
            sha256,
            bytes: 1,
            rejected,
            flaws: Vec::new(),
            kind: None,
            fields: Vec::new(),
        },
    )])
}

fn wrong_fields(unready: Result<Sealed, Unready>) -> Vec<String> {
    match unready {
        Err(Unready::Wrong(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_draft_is_sealed_by_its_hashes() {
    let sealed = full()
        .seal(&description(), OWNER, &checked(OWNER, None))
        .unwrap();
    assert_eq!(sealed.documents[0].sha256, "0".repeat(64));
    assert_eq!(sealed.form.get("ngay_sinh"), Some("1990-01-15"));
}

#[test]
fn what_is_wrong_is_named_all_at_once() {
    let draft = Draft {
        form: answers(&[("so_ban_sao", "hai")]),
        ..Draft::default()
    };
    let fields = wrong_fields(draft.seal(&description(), OWNER, &Checked::new()));
    assert_eq!(fields, ["form.so_ban_sao", "documents.to-khai", "delivery"]);
}

#[test]
fn a_paper_that_the_answers_call_for_is_missed() {
    let draft = Draft {
        form: answers(&[("quan_he", "uy_quyen")]),
        ..full()
    };
    let fields = wrong_fields(draft.seal(&description(), OWNER, &checked(OWNER, None)));
    assert_eq!(fields, ["documents.van-ban-uy-quyen"]);
}

#[test]
fn a_paper_that_is_not_checked_yet_is_waited_for() {
    let unready = full().seal(&description(), OWNER, &Checked::new());
    assert!(
        matches!(unready, Err(Unready::Checking(papers)) if papers[0].contains("documents.to-khai"))
    );
}

#[test]
fn other_peoples_and_rejected_papers_are_refused() {
    let other = AccountId(Uuid::from_u128(9));
    for checked in [
        checked(other, None),
        checked(OWNER, Some(Refused::new("Trang trắng", "A blank page"))),
    ] {
        assert_eq!(
            wrong_fields(full().seal(&description(), OWNER, &checked)),
            ["documents.to-khai"]
        );
    }
}

#[test]
fn by_post_needs_an_address() {
    let draft = Draft {
        delivery: Some(Delivery::Post),
        ..full()
    };
    assert_eq!(
        wrong_fields(draft.seal(&description(), OWNER, &checked(OWNER, None))),
        ["address"]
    );
}

#[test]
fn a_draft_takes_what_is_incomplete_but_not_what_is_not_asked() {
    let changes = Changes {
        form: Some(BTreeMap::from([
            ("ho_ten".to_owned(), "Ng".to_owned()),
            ("luong".to_owned(), "1".to_owned()),
        ])),
        documents: Some(BTreeMap::from([("giay-to-tuy-than".to_owned(), DOCUMENT)])),
        ..Changes::default()
    };
    let errors = full()
        .changed(&description(), changes.clone(), OWNER, &Checked::new())
        .unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        ["form.luong", "documents.giay-to-tuy-than"],
        "that card is only shown at the desk"
    );
    let changes = Changes {
        form: Some(BTreeMap::from([
            ("ho_ten".to_owned(), "Ng".to_owned()),
            ("ly_do".to_owned(), " ".to_owned()),
        ])),
        ..Changes::default()
    };
    let draft = full()
        .changed(&description(), changes, OWNER, &Checked::new())
        .unwrap();
    assert_eq!(
        draft.form,
        BTreeMap::from([("ho_ten".to_owned(), "Ng".to_owned())])
    );
    assert_eq!(draft.documents, full().documents, "what is left out stays");
}

proptest! {
    #[test]
    fn no_answer_breaks_a_draft(answer in ".{0,200}", long in 0_usize..9_000) {
        for text in [answer, "x".repeat(long)] {
            let form = BTreeMap::from([("ly_do".to_owned(), text)]);
            let changes = Changes { form: Some(form), ..Changes::default() };
            if let Ok(draft) = full().changed(&description(), changes, OWNER, &Checked::new()) {
                prop_assert!(draft.form.values().all(|answer| answer.chars().count() <= 4_000));
                drop(draft.seal(&description(), OWNER, &checked(OWNER, None)));
            }
        }
    }
}
