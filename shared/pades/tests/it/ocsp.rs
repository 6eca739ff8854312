//! What issuers' responders say, asked as OpenSSL's responder understands it.

use chrono::TimeDelta;
use pades::{Error, OcspRequest, OcspStanding};

use crate::{authority, keys, signing_time};

/// A responder of OpenSSL's that plays our authority, with a line of its book about the certificate.
struct Responder {
    folder: tempfile::TempDir,
    request: OcspRequest,
}

impl Responder {
    fn new(book: impl Fn(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let issuer = authority().issuer();
        let signer = authority().signer("Hoàng Đình Khuê").unwrap();
        let own = signer.chain().own();
        let kept = authority().to_pem().unwrap();
        // The issuer's key is the second.
        let key = kept.rfind("-----BEGIN PRIVATE KEY-----").unwrap();
        write("key.pem", &kept[key..]);
        write("issuer.pem", &issuer.to_pem().unwrap());
        write("index.txt", &book(&own.serial().to_uppercase()));
        let request = OcspRequest::new(own, issuer).unwrap();
        std::fs::write(folder.path().join("request.der"), request.as_der()).unwrap();
        Self { folder, request }
    }

    fn answer(&self) -> Vec<u8> {
        keys::openssl(
            self.folder.path(),
            "ocsp -index index.txt -rsigner issuer.pem -rkey key.pem -CA issuer.pem -ndays 1 -reqin request.der -respout answer.der",
        );
        std::fs::read(self.folder.path().join("answer.der")).unwrap()
    }
}

/// Where an answer says when it was produced: its first time.
fn time_at(answer: &[u8]) -> usize {
    let is_time = |window: &[u8]| {
        let digits = window[2..16].iter().all(u8::is_ascii_digit);
        window.starts_with(&[0x18, 15]) && window.ends_with(b"Z") && digits
    };
    answer.windows(17).position(is_time).unwrap()
}

/// OpenSSL's responder answers by the machine's clock.
fn produced(answer: &[u8]) -> chrono::DateTime<chrono::Utc> {
    let at = time_at(answer);
    let text = std::str::from_utf8(&answer[at + 2..at + 16]).unwrap();
    chrono::NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S")
        .unwrap()
        .and_utc()
}

fn good(serial: &str) -> String {
    format!("V\t361231000000Z\t\t{serial}\tunknown\t/CN=x\n")
}

#[test]
fn a_certificate_that_holds_is_told_apart_from_a_revoked_and_an_unknown_one() {
    let responder = Responder::new(good);
    let answer = responder.answer();
    let now = produced(&answer);
    let said = responder.request.check(&answer, now).unwrap();
    assert!(
        matches!(said, OcspStanding::Good(Some(until)) if until > now),
        "{said:?}"
    );
    let revoked = Responder::new(|serial| {
        format!("R\t361231000000Z\t260101000000Z\t{serial}\tunknown\t/CN=x\n")
    });
    let answer = revoked.answer();
    let said = revoked.request.check(&answer, now).unwrap();
    assert_eq!(said, OcspStanding::Revoked);
    let unknown = Responder::new(|_| String::new());
    let answer = unknown.answer();
    let said = unknown.request.check(&answer, now).unwrap();
    assert_eq!(said, OcspStanding::Unknown);
}

#[test]
fn an_answer_that_is_old_forged_or_about_another_is_refused() {
    let responder = Responder::new(good);
    let answer = responder.answer();
    let now = produced(&answer);
    let refused = |request: &OcspRequest, answer: &[u8], now| {
        let error = request.check(answer, now).unwrap_err();
        assert!(matches!(error, Error::Revocation(_)), "{error:?}");
    };
    for days in [-1, 3] {
        refused(&responder.request, &answer, now + TimeDelta::days(days));
    }
    // From its time on, through what it says of the certificate.
    let said = time_at(&answer);
    for at in said..said + 100 {
        let mut forged = answer.clone();
        forged[at] ^= 1;
        refused(&responder.request, &forged, now);
    }
    let other = Responder::new(good);
    refused(&other.request, &answer, now);
    let stranger = pades::testing::Authority::new(signing_time()).unwrap();
    let own = authority().signer("Hoàng Đình Khuê").unwrap();
    let of_stranger = OcspRequest::new(own.chain().own(), stranger.issuer()).unwrap();
    refused(&of_stranger, &answer, now);
    refused(&responder.request, b"no answer", now);
    refused(&responder.request, &[0x30, 3, 0x0a, 1, 3], now);
}
