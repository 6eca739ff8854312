//! Object identifiers, each with its name in the standards.

use der::asn1::ObjectIdentifier as Oid;

const fn oid(text: &str) -> Oid {
    Oid::new_unwrap(text)
}

pub const COMMON_NAME: Oid = oid("2.5.4.3");
pub const RSA: Oid = oid("1.2.840.113549.1.1.1");
pub const SHA256_WITH_RSA: Oid = oid("1.2.840.113549.1.1.11");
pub const SHA384_WITH_RSA: Oid = oid("1.2.840.113549.1.1.12");
pub const SHA512_WITH_RSA: Oid = oid("1.2.840.113549.1.1.13");
pub const EC: Oid = oid("1.2.840.10045.2.1");
pub const P256: Oid = oid("1.2.840.10045.3.1.7");
pub const P384: Oid = oid("1.3.132.0.34");
pub const ECDSA_SHA256: Oid = oid("1.2.840.10045.4.3.2");
pub const ECDSA_SHA384: Oid = oid("1.2.840.10045.4.3.3");
pub const SHA256: Oid = oid("2.16.840.1.101.3.4.2.1");
pub const SHA384: Oid = oid("2.16.840.1.101.3.4.2.2");
pub const SHA512: Oid = oid("2.16.840.1.101.3.4.2.3");

pub const DATA: Oid = oid("1.2.840.113549.1.7.1");
pub const SIGNED_DATA: Oid = oid("1.2.840.113549.1.7.2");
pub const CONTENT_TYPE: Oid = oid("1.2.840.113549.1.9.3");
pub const MESSAGE_DIGEST: Oid = oid("1.2.840.113549.1.9.4");
pub const SIGNING_CERTIFICATE_V2: Oid = oid("1.2.840.113549.1.9.16.2.47");
pub const SIGNATURE_TIMESTAMP: Oid = oid("1.2.840.113549.1.9.16.2.14");
pub const TST_INFO: Oid = oid("1.2.840.113549.1.9.16.1.4");
pub const TIME_STAMPING: Oid = oid("1.3.6.1.5.5.7.3.8");

pub const OCSP: Oid = oid("1.3.6.1.5.5.7.48.1");
pub const BASIC_OCSP: Oid = oid("1.3.6.1.5.5.7.48.1.1");
pub const OCSP_SIGNING: Oid = oid("1.3.6.1.5.5.7.3.9");
pub const SHA1: Oid = oid("1.3.14.3.2.26");
pub const CA_ISSUERS: Oid = oid("1.3.6.1.5.5.7.48.2");
/// Of the pretend timestamp authority: beneath the number that is kept for examples (RFC 5612).
#[cfg(feature = "testing")]
pub const PRETEND_POLICY: Oid = oid("1.3.6.1.4.1.32473.1");
