//! Keys as they come: made by OpenSSL, in PEM and in PKCS#12.

use std::path::Path;
use std::process::Command;

use pades::signer::{Chain, SigningKey, ToBeSigned};
use pades::{Cause, Certificate, Error, Signer};

use crate::{authority, documents, judges, request};

pub struct Made {
    pub key: String,
    pub chain: String,
}

pub fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(line.split(' '))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A key by OpenSSL's `genpkey`, and certificates for it.
pub fn made(how: &str, name: &str) -> Made {
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), &format!("genpkey {how} -out key.pem"));
    openssl(
        folder.path(),
        "pkey -in key.pem -pubout -outform DER -out public.der",
    );
    let public = std::fs::read(folder.path().join("public.der")).unwrap();
    Made {
        key: std::fs::read_to_string(folder.path().join("key.pem")).unwrap(),
        chain: authority().certify(name, &public).unwrap(),
    }
}

pub const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
pub const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
pub const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";

/// A key in another form of PEM.
fn rewritten(key: &str, line: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    openssl(folder.path(), line);
    std::fs::read_to_string(folder.path().join("out.pem")).unwrap()
}

fn container(made: &Made, how: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.pem"), &made.key).unwrap();
    std::fs::write(folder.path().join("chain.pem"), &made.chain).unwrap();
    openssl(
        folder.path(),
        &format!(
            "pkcs12 -export -inkey key.pem -in chain.pem -passout pass:mở-khóa -out out.p12{how}"
        ),
    );
    std::fs::read(folder.path().join("out.p12")).unwrap()
}

#[test]
fn rsa_signs() {
    let made = made(RSA, "Vừ A Sính");
    let signer = Signer::from_pem(&made.key, &made.chain).unwrap();
    let document = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
    judges::valid("rsa", &document, "ChuKy1 B-B");
}

#[test]
fn both_curves_sign() {
    for (name, how) in [("p256", P256), ("p384", P384)] {
        let made = made(how, "Vừ A Sính");
        let signer = Signer::from_pem(&made.key, &made.chain).unwrap();
        let document = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
        judges::valid(name, &document, "ChuKy1 B-B");
    }
}

#[test]
fn older_forms_of_pem_are_read() {
    let rsa = made(RSA, "Vừ A Sính");
    let pkcs1 = rewritten(&rsa.key, "rsa -traditional -in key.pem -out out.pem");
    assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY"));
    Signer::from_pem(&pkcs1, &rsa.chain).unwrap();

    let curve = made(P256, "Vừ A Sính");
    let sec1 = rewritten(&curve.key, "ec -in key.pem -out out.pem");
    assert!(sec1.contains("BEGIN EC PRIVATE KEY"));
    Signer::from_pem(&sec1, &curve.chain).unwrap();
    // OpenSSL's `ecparam -genkey` writes the parameters first.
    let with_parameters = format!(
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{sec1}"
    );
    Signer::from_pem(&with_parameters, &curve.chain).unwrap();
}

#[test]
fn containers_open_with_their_password() {
    for how in [RSA, P256] {
        let made = made(how, "Vừ A Sính");
        let signer = Signer::from_pkcs12(&container(&made, ""), "mở-khóa").unwrap();
        assert_eq!(signer.chain().certificates().len(), 2);
        assert_eq!(signer.chain().own().common_name().unwrap(), "Vừ A Sính");
        let document = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
        judges::valid("pkcs12", &document, "ChuKy1 B-B");
    }
}

#[test]
fn containers_by_older_programs_open() {
    let made = made(RSA, "Vừ A Sính");
    let old = container(
        &made,
        " -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
    );
    Signer::from_pkcs12(&old, "mở-khóa").unwrap();
}

#[test]
fn a_wrong_password_and_a_damaged_container_are_told_apart() {
    let mut container = container(&made(P256, "Vừ A Sính"), "");
    let refused = Signer::from_pkcs12(&container, "mo-khoa").unwrap_err();
    assert!(matches!(refused, Error::WrongPassword), "{refused:?}");
    container.truncate(container.len() / 2);
    let refused = Signer::from_pkcs12(&container, "mở-khóa").unwrap_err();
    assert!(matches!(refused, Error::Container(_)), "{refused:?}");
}

#[test]
fn a_key_signs_for_its_own_certificate_only() {
    for (one, other) in [(RSA, RSA), (P256, P256), (P256, P384), (RSA, P256)] {
        let (one, other) = (made(one, "Vừ A Sính"), made(other, "Lò Văn Păn"));
        let refused = Signer::from_pem(&one.key, &other.chain).unwrap_err();
        assert!(matches!(refused, Error::KeyMismatch), "{refused:?}");
    }
}

#[test]
fn there_is_no_signer_without_certificates_or_key() {
    let made = made(P256, "Vừ A Sính");
    let refused = Signer::from_pem(&made.key, "").unwrap_err();
    assert!(matches!(refused, Error::EmptyChain), "{refused:?}");
    let refused = Signer::from_pem(&made.chain, &made.chain).unwrap_err();
    assert!(matches!(refused, Error::Key(_)), "{refused:?}");
}

#[test]
fn keys_that_are_too_weak_or_locked_are_refused() {
    let weak = made("-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "Vừ A Sính");
    let refused = Signer::from_pem(&weak.key, &weak.chain).unwrap_err();
    assert!(matches!(refused, Error::Key(_)), "{refused:?}");

    let made = made(P256, "Vừ A Sính");
    let locked = rewritten(
        &made.key,
        "pkcs8 -topk8 -in key.pem -out out.pem -passout pass:khóa",
    );
    let refused = Signer::from_pem(&locked, &made.chain).unwrap_err();
    assert!(matches!(refused, Error::Key(_)), "{refused:?}");
}

#[test]
fn certificates_that_are_not_valid_do_not_sign() {
    let signer = authority().signer("Vừ A Sính").unwrap();
    let mut request = request("ChuKy1");
    request.signed_at = crate::at("2028-03-01T00:00:00Z");
    let refused = pades::sign(&documents::plain(), &signer, &request).unwrap_err();
    assert!(matches!(refused, Error::Expired(_)), "{refused:?}");
    request.signed_at = crate::at("2025-12-31T23:59:59Z");
    let refused = pades::sign(&documents::plain(), &signer, &request).unwrap_err();
    assert!(matches!(refused, Error::NotYetValid(_)), "{refused:?}");
}

#[test]
fn an_issuers_certificate_does_not_sign_documents() {
    let refused = Chain::new(authority().issuer().clone(), Vec::new()).unwrap_err();
    assert!(matches!(refused, Error::WrongUse), "{refused:?}");
}

#[test]
fn no_secret_shows() {
    let made = made(P256, "Vừ A Sính");
    let signer = Signer::from_pem(&made.key, &made.chain).unwrap();
    let shown = format!("{signer:?} {:?}", authority().issue("Lò Văn Păn").unwrap());
    assert!(shown.contains("Vừ A Sính"), "{shown}");
    let secret: String = made.key.lines().nth(1).unwrap().into();
    assert!(
        !shown.contains(&secret) && !shown.contains("PRIVATE"),
        "{shown}"
    );
}

#[test]
fn certificates_say_where_to_ask() {
    let signer = authority().signer("Vừ A Sính").unwrap();
    let urls = signer.chain().own().urls();
    assert_eq!(urls.ocsp, ["http://ca.motcua.example/ocsp"]);
    assert_eq!(urls.crl, ["http://ca.motcua.example/issuer.crl"]);
    assert_eq!(urls.issuer, ["http://ca.motcua.example/issuer.cer"]);
    assert_eq!(
        Certificate::from_der(signer.chain().own().as_der()).unwrap(),
        *signer.chain().own()
    );
}

/// A signing service: it is sent a hash, and gives back a signature.
struct Far {
    folder: tempfile::TempDir,
}

impl SigningKey for Far {
    fn sign(&self, what: &ToBeSigned) -> Result<Vec<u8>, Cause> {
        std::fs::write(self.folder.path().join("hash"), what.digest())?;
        openssl(
            self.folder.path(),
            "pkeyutl -sign -inkey key.pem -pkeyopt digest:sha256 -in hash -out signature",
        );
        Ok(std::fs::read(self.folder.path().join("signature"))?)
    }
}

#[test]
fn a_key_far_away_is_sent_nothing_but_a_hash() {
    for (name, how) in [("far-rsa", RSA), ("far-p256", P256)] {
        let made = made(how, "Vừ A Sính");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), &made.key).unwrap();
        let mut certificates = Certificate::from_pem(&made.chain).unwrap();
        let chain = Chain::new(certificates.remove(0), certificates).unwrap();
        let signer = Signer::new(chain, Box::new(Far { folder }));
        let document = pades::sign(&documents::result(), &signer, &request("ChuKy1")).unwrap();
        judges::valid(name, &document, "ChuKy1 B-B");
    }
}
