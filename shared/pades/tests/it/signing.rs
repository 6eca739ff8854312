//! One signature.

use pades::{Error, Extent, Malformed, Protection, Signer};

use crate::{authority, documents, grounds, judges, request, signing_time};

fn signer() -> Signer {
    authority().signer("Vừ A Sính").unwrap()
}

#[test]
fn the_document_stays_a_prefix() {
    for pdf in [
        documents::result(),
        documents::plain(),
        documents::packed(&documents::plain()),
    ] {
        let signed = pades::sign(&pdf, &signer(), &request("ChuKy1")).unwrap();
        assert!(signed.starts_with(&pdf));
        judges::well_formed(&signed);
    }
}

#[test]
fn all_ways_of_writing_files_are_signed() {
    let result = documents::result();
    for (name, pdf) in [
        ("typst", result.clone()),
        ("typst-packed", documents::packed(&result)),
        ("plain", documents::plain()),
        ("plain-packed", documents::packed(&documents::plain())),
    ] {
        let signed = pades::sign(&pdf, &signer(), &request("ChuKy1")).unwrap();
        judges::valid(name, &signed, "ChuKy1 B-B");
    }
}

#[test]
fn a_signature_tells_who_when_and_why() {
    let mut request = request("ChuKy1");
    request.reason = Some("Ký duyệt kết quả".into());
    let signed = pades::sign(&documents::plain(), &signer(), &request).unwrap();
    let found = &pades::verify(&signed, &grounds(), signing_time()).unwrap()[0];
    assert_eq!(found.name().unwrap(), "Vừ A Sính");
    assert_eq!(found.signed_at, Some(signing_time()));
    assert_eq!(found.confirmed_at, None);
    assert_eq!(found.reason.as_deref(), Some("Ký duyệt kết quả"));
    assert_eq!(found.extent, Extent::Whole);
}

#[test]
fn a_certifying_signature_alone_is_valid() {
    for protection in [
        Protection::Certify,
        Protection::CertifyAnnotations,
        Protection::CertifyFinal,
        Protection::Final,
    ] {
        let mut request = request("ChuKy1");
        request.protection = protection;
        let signed = pades::sign(&documents::result(), &signer(), &request).unwrap();
        judges::valid(&format!("{protection:?}"), &signed, "ChuKy1 B-B");
    }
}

#[test]
fn a_signature_by_another_key_is_not_taken() {
    let (one, other) = (signer(), signer());
    let stamp = pades::Stamp::None;
    let prepared = |who: &Signer| {
        pades::prepare(&documents::plain(), who.chain(), &request("A"), stamp).unwrap()
    };
    let (mine, theirs) = (prepared(&one), prepared(&other));
    // Both sign a document that differs in nothing but the signer.
    assert_ne!(mine.to_be_signed(), theirs.to_be_signed());
    let refused = mine.attach(&[7; 70]).err().unwrap();
    assert!(matches!(refused, Error::WrongSignature), "{refused:?}");
}

#[test]
fn what_is_no_document_of_ours_is_refused() {
    let plain = documents::plain();
    let text = String::from_utf8(plain.clone()).unwrap();
    for (pdf, why) in [
        (b"%PDF-1.7\nhello".to_vec(), "ends"),
        (
            text.replace("/Root 1 0 R", "/Root 1 0 R/Encrypt 9 0 R")
                .into_bytes(),
            "encrypted",
        ),
        (plain[..plain.len() - 20].to_vec(), "cut"),
        ([&plain[..], b"trailing words"].concat(), "trailing"),
    ] {
        let refused = pades::sign(&pdf, &signer(), &request("ChuKy1")).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Document(Malformed::Structure(_) | Malformed::Unsupported(_))
            ),
            "{why}: {refused:?}"
        );
    }
}

#[test]
fn a_field_has_a_name_of_its_own() {
    for name in ["", "a.b"] {
        let refused = pades::sign(&documents::plain(), &signer(), &request(name)).unwrap_err();
        assert!(matches!(refused, Error::FieldName), "{refused:?}");
    }
    let once = pades::sign(&documents::plain(), &signer(), &request("ChuKy1")).unwrap();
    let refused = pades::sign(&once, &signer(), &request("ChuKy1")).unwrap_err();
    assert!(matches!(refused, Error::FieldTaken(_)), "{refused:?}");
}
