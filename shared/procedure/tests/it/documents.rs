//! Papers: which ones an applicant must hand in.

use contracts::intake::SealedDocument;

use crate::{described, extract, valid};

fn sealed(component: &str) -> SealedDocument {
    SealedDocument {
        component: component.to_owned(),
        document: uuid::Uuid::nil().into(),
        sha256: "0".repeat(64),
        read: Vec::new(),
    }
}

#[test]
fn a_required_paper_that_is_not_there_is_asked_for_by_its_name() {
    let description = described("2.000635");
    let form = valid(&description, &extract(&[]));
    assert_eq!(
        description.missing_documents(&form, &[]),
        ["Thiếu giấy tờ: Tờ khai cấp bản sao trích lục hộ tịch."]
    );
    assert!(
        description
            .missing_documents(&form, &[sealed("to-khai")])
            .is_empty()
    );
}

#[test]
fn an_authorised_person_brings_the_authorisation_and_kin_need_none() {
    let description = described("2.000635");
    let missing = |who: &str| {
        let form = valid(&description, &extract(&[("quan_he", who)]));
        description.missing_documents(&form, &[sealed("to-khai")])
    };
    assert_eq!(missing("uy_quyen"), ["Thiếu giấy tờ: Văn bản ủy quyền."]);
    assert!(missing("con").is_empty());
}

#[test]
fn papers_that_are_only_shown_are_never_uploaded() {
    let description = described("2.000635");
    let form = valid(&description, &extract(&[("quan_he", "con")]));
    let ids: Vec<&str> = description
        .components_for(&form)
        .map(|component| component.id.as_str())
        .collect();
    assert_eq!(ids, ["to-khai", "giay-to-quan-he"]);
}
