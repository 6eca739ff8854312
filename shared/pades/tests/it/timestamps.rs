//! Confirmed times, and what keeps signatures checkable for long.

use pades::testing::Clock;
use pades::{Cause, Error, Revocation, Signer, Stamp, TimestampAuthority, Trust};

use crate::{at, authority, documents, grounds, judges, request, signing_time};

fn signer() -> Signer {
    authority().signer("Hoàng Đình Khuê").unwrap()
}

fn clock() -> Clock {
    authority().clock(at("2026-02-05T07:03:09Z")).unwrap()
}

fn lists() -> Revocation {
    Revocation {
        crls: authority().revoked(&[], signing_time()).unwrap(),
        certificates: vec![authority().issuer().clone(), authority().root().clone()],
        ..Revocation::default()
    }
}

fn stamped() -> Vec<u8> {
    pades::sign_with_timestamp(
        &documents::result(),
        &signer(),
        &request("ChuKy1"),
        &clock(),
    )
    .unwrap()
}

#[test]
fn a_timestamp_confirms_the_time() {
    let signed = stamped();
    judges::valid("stamped", &signed, "ChuKy1 B-T");
    let found = pades::verify(
        &signed,
        &grounds(),
        signing_time() + chrono::TimeDelta::days(1),
    )
    .unwrap();
    assert_eq!(found[0].confirmed_at, Some(at("2026-02-05T07:03:09Z")));
}

#[test]
fn both_signatures_may_have_timestamps_and_be_kept_for_long() {
    let once = stamped();
    let seal = authority().signer("Ủy ban nhân dân xã Bản Mây").unwrap();
    let mut last = request("CoQuan");
    last.protection = pades::Protection::Final;
    let twice = pades::sign_with_timestamp(&once, &seal, &last, &clock()).unwrap();
    judges::valid("stamped-two", &twice, "ChuKy1 B-T, CoQuan B-T");
    let kept = pades::embed(&twice, &lists()).unwrap();
    assert!(kept.starts_with(&twice));
    judges::well_formed(&kept);
    judges::valid("kept-two", &kept, "ChuKy1 B-LT, CoQuan B-LT");
}

#[test]
fn what_is_kept_can_be_added_to() {
    let kept = pades::embed(&stamped(), &lists()).unwrap();
    judges::valid("kept", &kept, "ChuKy1 B-LT");
    let again = pades::embed(&kept, &lists()).unwrap();
    judges::valid("kept-again", &again, "ChuKy1 B-LT");
}

#[test]
fn a_confirmed_signature_outlives_its_certificate() {
    let kept = pades::embed(&stamped(), &lists()).unwrap();
    let years_later = at("2028-06-01T00:00:00Z");
    let found = pades::verify(&kept, &grounds(), years_later).unwrap();
    assert!(pades::all_valid(&found), "{found:#?}");
}

#[test]
fn a_certificate_taken_back_later_does_not_undo_a_confirmed_signature() {
    let signer = signer();
    let document =
        pades::sign_with_timestamp(&documents::plain(), &signer, &request("ChuKy1"), &clock())
            .unwrap();
    let judged = |taken_back| {
        let mut grounds = grounds();
        grounds.crls = authority()
            .revoked(&[signer.chain().own().clone()], taken_back)
            .unwrap();
        pades::verify(&document, &grounds, at("2026-06-01T00:00:00Z")).unwrap()[0].trust
    };
    assert_eq!(judged(at("2026-03-01T00:00:00Z")), Trust::Anchored);
    let before = at("2026-02-01T00:00:00Z");
    assert_eq!(judged(before), Trust::Revoked(before));
}

struct Answers<F>(F);

impl<F: Fn(&[u8]) -> Vec<u8>> TimestampAuthority for Answers<F> {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, Cause> {
        Ok((self.0)(request))
    }
}

fn refusal(answer: impl Fn(&[u8]) -> Vec<u8>) -> Error {
    let authority = Answers(answer);
    pades::sign_with_timestamp(
        &documents::plain(),
        &signer(),
        &request("ChuKy1"),
        &authority,
    )
    .unwrap_err()
}

#[test]
fn answers_that_were_not_asked_for_are_refused() {
    let now = signing_time();
    let another = {
        let prepared = pades::prepare(
            &documents::plain(),
            signer().chain(),
            &request("A"),
            Stamp::Expected,
        )
        .unwrap();
        assert!(!prepared.to_be_signed().digest().is_empty());
        stamped_request()
    };
    let stale = clock().answer_at(&another, now).unwrap();
    let stale_again = stale.clone();
    for (why, refused) in [
        ("another's", refusal(move |_| stale_again.clone())),
        ("nothing", refusal(|_| Vec::new())),
        ("a page", refusal(|_| b"<html>busy</html>".to_vec())),
        (
            "refused",
            refusal(|_| clock().answer_at(b"what?", signing_time()).unwrap()),
        ),
        (
            "cut",
            refusal(|request| {
                let mut answer = clock().answer_at(request, signing_time()).unwrap();
                answer.truncate(answer.len() - 5);
                answer
            }),
        ),
        (
            "changed",
            refusal(|request| {
                let mut answer = clock().answer_at(request, signing_time()).unwrap();
                let at = answer
                    .windows(5)
                    .rposition(|window| window == b"20260")
                    .unwrap();
                answer[at + 3] = b'5';
                answer
            }),
        ),
        (
            "expired",
            refusal(|request| {
                clock()
                    .answer_at(request, at("2029-01-01T00:00:00Z"))
                    .unwrap()
            }),
        ),
    ] {
        assert!(matches!(refused, Error::Timestamp(_)), "{why}: {refused:?}");
    }
}

/// A request that somebody else made.
fn stamped_request() -> Vec<u8> {
    use std::sync::{Arc, Mutex};
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let refused = refusal(move |request| {
        *keep.lock().unwrap() = request.to_vec();
        Vec::new()
    });
    assert!(matches!(refused, Error::Timestamp(_)));
    kept.lock().unwrap().clone()
}

/// What a responder of OpenSSL's says about a certificate.
fn ocsp_answer() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |line: &str| crate::keys::openssl(folder.path(), line);
    std::fs::write(folder.path().join("index.txt"), "").unwrap();
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    openssl("req -x509 -key key.pem -subj /CN=Responder -days 2 -out ca.pem");
    openssl("ocsp -issuer ca.pem -cert ca.pem -reqout request.der");
    openssl(
        "ocsp -index index.txt -rsigner ca.pem -rkey key.pem -CA ca.pem -reqin request.der -respout answer.der",
    );
    std::fs::read(folder.path().join("answer.der")).unwrap()
}

#[test]
fn answers_of_responders_are_kept_beside_the_signature() {
    let revocation = Revocation {
        ocsp: vec![ocsp_answer()],
        ..Revocation::default()
    };
    let kept = pades::embed(&stamped(), &revocation).unwrap();
    judges::well_formed(&kept);
    let found = pades::verify(
        &kept,
        &grounds(),
        signing_time() + chrono::TimeDelta::days(1),
    )
    .unwrap();
    assert!(pades::all_valid(&found), "{found:#?}");
    let additions = std::collections::BTreeSet::from([pades::Addition::ValidationData]);
    assert_eq!(found[0].extent, pades::Extent::Followed(additions));
}

#[test]
fn only_revocation_data_are_embedded() {
    let signed = stamped();
    for revocation in [
        Revocation {
            crls: vec![b"no list".to_vec()],
            ..Revocation::default()
        },
        Revocation {
            ocsp: vec![b"no answer".to_vec()],
            ..Revocation::default()
        },
        // "Try later" is an answer, but says nothing.
        Revocation {
            ocsp: vec![vec![0x30, 3, 0x0a, 1, 3]],
            ..Revocation::default()
        },
    ] {
        let refused = pades::embed(&signed, &revocation).unwrap_err();
        assert!(matches!(refused, Error::Revocation(_)), "{refused:?}");
    }
}
