//! How surely somebody must be known for each act of a procedure, as its file says it.

use contracts::Assurance::{ContactProven, DocumentChecked, SelfAsserted};
use procedure::{Description, description::Needs};

use crate::{changed, described};

/// The copy of an extract with these needs, or why they are refused.
fn asked(needs: &str) -> Result<Needs, String> {
    let text = changed(
        "2.000635",
        "documents:\n",
        &format!("{needs}\ndocuments:\n"),
    );
    let read = Description::from_yaml(&text);
    read.map(|description| description.assurance)
        .map_err(|invalid| invalid.to_string())
}

#[test]
fn what_a_file_does_not_say_asks_for_no_more_than_an_account() {
    assert_eq!(described("2.000635").assurance, Needs::default());
    let marital = described("1.004873").assurance;
    assert_eq!(
        marital.acts().map(|(_, asked)| asked),
        [
            SelfAsserted,
            SelfAsserted,
            DocumentChecked,
            SelfAsserted,
            DocumentChecked
        ]
    );
    let some = asked("assurance: { fill: contact-proven, submit: document-checked }").unwrap();
    assert_eq!(
        (some.fill, some.submit, some.pay),
        (ContactProven, DocumentChecked, SelfAsserted)
    );
}

#[test]
fn a_level_that_there_is_not_and_an_act_that_there_is_not_are_refused_by_name() {
    let told = asked("assurance: { submit: e-id-3 }").unwrap_err();
    let expected = "assurance.submit: unknown variant `e-id-3`, expected one of `self-asserted`, `contact-proven`, \
        `document-checked`, `e-id-1`, `e-id-2`";
    assert!(told.starts_with(expected), "{told}");
    let told = asked("assurance: { sign: e-id-2 }").unwrap_err();
    assert!(
        told.contains("unknown field `sign`, expected one of `view`, `fill`, `submit`"),
        "{told}"
    );
}

#[test]
fn what_shows_more_asks_for_no_less() {
    for (needs, told) in [
        (
            "assurance: { view: contact-proven }",
            "assurance.fill: self-asserted is less than contact-proven, which view asks for",
        ),
        (
            "assurance: { fill: document-checked, submit: contact-proven }",
            "assurance.submit: contact-proven is less than document-checked, which fill asks for",
        ),
        (
            "assurance: { view: e-id-1, fill: e-id-1, submit: e-id-2, receive: document-checked }",
            "assurance.receive: document-checked is less than e-id-1, which view asks for",
        ),
    ] {
        assert_eq!(asked(needs).unwrap_err(), told);
    }
    let whole = "assurance: { view: contact-proven, fill: contact-proven, submit: e-id-1, receive: e-id-2 }";
    assert!(asked(whole).is_ok(), "paying is in no order");
}

#[test]
fn what_is_not_filed_online_asks_nobody_online() {
    let text = changed(
        "1.001612",
        "documents:\n",
        "assurance: { submit: e-id-1 }\ndocuments:\n",
    );
    let told = Description::from_yaml(&text).unwrap_err().to_string();
    assert_eq!(
        told,
        "assurance: is for what is filed online, levels 3 and 4; this is level 1"
    );
}
