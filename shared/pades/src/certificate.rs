//! Certificates: whose they are, how long they hold, whom they name to be asked, and who vouches for them.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Document, Encode as _};
use ring::digest;
use ring::signature::{self, UnparsedPublicKey};
use x509_cert::Certificate as Parsed;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::{Error, oid};

/// Size of a certificate that is read, in bytes.
const LIMIT: usize = 16 << 10;
/// Certificates between a signer and an anchor.
const PATH: usize = 6;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A certificate, kept as it was issued.
#[derive(Clone)]
pub struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) parsed: Parsed,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificate").field(&self.subject()).finish()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// Addresses that a certificate names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urls {
    /// Where its state is asked (OCSP).
    pub ocsp: Vec<String>,
    /// Where its issuer's list of revoked certificates lies.
    pub crl: Vec<String>,
    /// Where its issuer's certificate lies.
    pub issuer: Vec<String>,
}

impl Certificate {
    /// A certificate in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > LIMIT {
            return Err(Error::Certificate("it is too large"));
        }
        let parsed = Parsed::from_der(der).map_err(|_| Error::Certificate("it is not in DER"))?;
        // It is written into signatures from its parts, which must be the same bytes.
        if parsed.to_der()? != der {
            return Err(Error::Certificate("it is not in DER"));
        }
        Ok(Self {
            der: der.to_vec(),
            parsed,
        })
    }

    /// All certificates of a text in PEM, in their order.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, Error> {
        let unread = || Error::Certificate("it is not in PEM");
        let mut certificates = Vec::new();
        // Words may stand around them; OpenSSL writes some.
        let mut rest = pem;
        while let Some(begin) = rest.find(BEGIN) {
            let end = rest[begin..].find(END).ok_or_else(unread)? + begin + END.len();
            let (_, der) = Document::from_pem(&rest[begin..end]).map_err(|_| unread())?;
            certificates.push(Self::from_der(der.as_bytes())?);
            rest = &rest[end..];
        }
        Ok(certificates)
    }

    /// Its bytes in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Its text in PEM.
    pub fn to_pem(&self) -> Result<String, Error> {
        use der::EncodePem as _;
        Ok(self.parsed.to_pem(der::pem::LineEnding::LF)?)
    }

    /// The subject's name as RFC 4514 writes it.
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    /// The issuer's name as RFC 4514 writes it.
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    /// The subject's common name: a person's or an agency's.
    pub fn common_name(&self) -> Option<String> {
        let names = &self.parsed.tbs_certificate.subject.0;
        let mut attributes = names.iter().flat_map(|set| set.0.iter());
        let found = attributes.find(|attribute| attribute.oid == oid::COMMON_NAME)?;
        let value = found.value.value();
        match der::Tagged::tag(&found.value) {
            // UTF-16, big-endian.
            der::Tag::BmpString => {
                let units = value.chunks(2).map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                });
                char::decode_utf16(units).collect::<Result<_, _>>().ok()
            }
            _ => std::str::from_utf8(value).ok().map(Into::into),
        }
    }

    /// Its number with its issuer, in lower hex.
    pub fn serial(&self) -> String {
        hex(self.parsed.tbs_certificate.serial_number.as_bytes())
    }

    /// The SHA-256 of its bytes, in lower hex: what tells it from all others.
    pub fn fingerprint(&self) -> String {
        hex(digest::digest(&digest::SHA256, &self.der).as_ref())
    }

    /// Whether it is its own issuer's, as a root is.
    pub fn is_root(&self) -> bool {
        let tbs = &self.parsed.tbs_certificate;
        tbs.subject == tbs.issuer
    }

    /// First moment of validity.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.parsed
            .tbs_certificate
            .validity
            .not_before
            .to_system_time()
            .into()
    }

    /// Last moment of validity.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.parsed
            .tbs_certificate
            .validity
            .not_after
            .to_system_time()
            .into()
    }

    /// The addresses it names.
    pub fn urls(&self) -> Urls {
        let mut urls = Urls::default();
        if let Some(access) = self.extension::<AuthorityInfoAccessSyntax>() {
            for description in access.0 {
                if let GeneralName::UniformResourceIdentifier(url) = description.access_location {
                    if description.access_method == oid::OCSP {
                        urls.ocsp.push(url.to_string());
                    } else if description.access_method == oid::CA_ISSUERS {
                        urls.issuer.push(url.to_string());
                    }
                }
            }
        }
        for point in self
            .extension::<CrlDistributionPoints>()
            .into_iter()
            .flat_map(|list| list.0)
        {
            let Some(DistributionPointName::FullName(names)) = point.distribution_point else {
                continue;
            };
            for name in names {
                if let GeneralName::UniformResourceIdentifier(url) = name {
                    urls.crl.push(url.to_string());
                }
            }
        }
        urls
    }

    pub(crate) fn key(&self) -> &SubjectPublicKeyInfoOwned {
        &self.parsed.tbs_certificate.subject_public_key_info
    }

    /// The public key's own bits: the point of a curve, or modulus and exponent.
    pub(crate) fn key_bits(&self) -> &[u8] {
        self.key().subject_public_key.raw_bytes()
    }

    /// An extension, or nothing where it is missing or unreadable.
    pub(crate) fn extension<T>(&self) -> Option<T>
    where
        T: for<'a> der::Decode<'a> + der::oid::AssociatedOid,
    {
        self.parsed
            .tbs_certificate
            .get::<T>()
            .ok()
            .flatten()
            .map(|(_, value)| value)
    }

    /// Refuses a moment at which it is not valid.
    pub(crate) fn valid_at(&self, at: DateTime<Utc>) -> Result<(), Error> {
        if at < self.not_before() {
            return Err(Error::NotYetValid(self.not_before()));
        }
        if at > self.not_after() {
            return Err(Error::Expired(self.not_after()));
        }
        Ok(())
    }

    /// Whether it may sign documents: where it says what it is for, that must be among it.
    pub(crate) fn signs_documents(&self) -> bool {
        self.extension::<KeyUsage>()
            .is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
    }

    /// Whether it may sign timestamps, and nothing else.
    pub(crate) fn signs_timestamps(&self) -> bool {
        self.extension::<ExtendedKeyUsage>()
            .is_some_and(|usage| usage.0 == [oid::TIME_STAMPING])
    }

    fn issues(&self) -> bool {
        self.extension::<BasicConstraints>()
            .is_some_and(|constraints| constraints.ca)
            && self
                .extension::<KeyUsage>()
                .is_none_or(|usage| usage.key_cert_sign())
    }

    /// Whether it vouches for another.
    pub fn issued(&self, other: &Self) -> bool {
        self.parsed.tbs_certificate.subject == other.parsed.tbs_certificate.issuer
            && self.issues()
            && other.parsed.tbs_certificate.to_der().is_ok_and(|signed| {
                verifies(
                    self.key(),
                    &other.parsed.signature_algorithm,
                    &signed,
                    other.parsed.signature.raw_bytes(),
                )
            })
    }
}

/// The certificates from this one to an anchor, both included, all valid at that moment; or none.
pub(crate) fn path(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Certificate],
    at: DateTime<Utc>,
) -> Option<Vec<Certificate>> {
    let mut path = vec![leaf.clone()];
    loop {
        let last = path.last()?;
        last.valid_at(at).ok()?;
        if anchors.contains(last) {
            return Some(path);
        }
        if path.len() == PATH {
            return None;
        }
        let issuer = anchors
            .iter()
            .chain(others)
            .find(|candidate| !path.contains(candidate) && candidate.issued(last))?;
        path.push(issuer.clone());
    }
}

/// Whether this is a signature of those bytes by that key.
pub(crate) fn verifies(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(algorithm) = verification(key, algorithm.oid) else {
        return false;
    };
    UnparsedPublicKey::new(algorithm, key.subject_public_key.raw_bytes())
        .verify(message, signature)
        .is_ok()
}

fn verification(
    key: &SubjectPublicKeyInfoOwned,
    signature: ObjectIdentifier,
) -> Option<&'static dyn signature::VerificationAlgorithm> {
    if key.algorithm.oid == oid::RSA {
        return Some(match signature {
            oid::SHA256_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA256,
            oid::SHA384_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA384,
            oid::SHA512_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA512,
            _ => return None,
        });
    }
    let curve = curve(key)?;
    Some(match (curve, signature) {
        (oid::P256, oid::ECDSA_SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
        (oid::P256, oid::ECDSA_SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
        (oid::P384, oid::ECDSA_SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
        (oid::P384, oid::ECDSA_SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
        _ => return None,
    })
}

/// The named curve of a key, where it has one.
pub(crate) fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<ObjectIdentifier> {
    if key.algorithm.oid != oid::EC {
        return None;
    }
    key.algorithm.parameters.as_ref()?.decode_as().ok()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
