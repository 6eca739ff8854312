//! A certification authority and a timestamp authority that anybody can play, for tests and for a sandbox: nothing that they
//! vouch for is true.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use cms::signed_data::EncapsulatedContentInfo;
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, OctetString, UtcTime};
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
use der::{Decode as _, Encode as _};
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CrlDistributionPoints, CrlNumber, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate as Parsed, TbsCertificate, Version};

use crate::cms::{Signature, to_be_signed};
use crate::error::Cause;
use crate::signer::{Algorithm, Chain, Signer};
use crate::timestamp::authority;
use crate::{Certificate, Error, TimestampAuthority, oid};

/// A key pair over P-256 that exists nowhere else.
struct Key {
    pkcs8: Vec<u8>,
    public: SubjectPublicKeyInfoOwned,
}

impl Key {
    fn new() -> Result<Self, Error> {
        let random = SystemRandom::new();
        let failed = |_| Error::Key("it could not be made");
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)
            .map_err(failed)?
            .as_ref()
            .to_vec();
        let pair = pair(&pkcs8)?;
        let public = SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: oid::EC,
                parameters: Some(Any::encode_from(&oid::P256)?),
            },
            subject_public_key: BitString::from_bytes(pair.public_key().as_ref())?,
        };
        Ok(Self { pkcs8, public })
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = pair(&self.pkcs8)?
            .sign(&SystemRandom::new(), message)
            .map_err(|_| Error::Key("it could not sign"))?;
        Ok(signature.as_ref().to_vec())
    }

    fn pem(&self) -> Result<String, Error> {
        let document = der::SecretDocument::try_from(self.pkcs8.as_slice())?;
        Ok(document
            .to_pem("PRIVATE KEY", der::pem::LineEnding::LF)?
            .to_string())
    }
}

fn pair(pkcs8: &[u8]) -> Result<EcdsaKeyPair, Error> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &SystemRandom::new())
        .map_err(|_| Error::Key("it could not be read"))
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Issuing,
    Signing,
    Timestamping,
}

/// A pretend certification authority: a root, and beneath it one that issues.
pub struct Authority {
    root: Certificate,
    root_key: Key,
    issuer: Certificate,
    key: Key,
    from: DateTime<Utc>,
    serial: AtomicU64,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// Certificate and key of somebody whom the authority vouches for, in PEM.
pub struct Issued {
    /// The private key.
    pub key: String,
    /// The certificate and its issuer's.
    pub chain: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued")
    }
}

impl Authority {
    /// One that begins at this moment. Itself it lasts ten years, what it issues two.
    pub fn new(from: DateTime<Utc>) -> Result<Self, Error> {
        let (root_key, key) = (Key::new()?, Key::new()?);
        let root_name = name("Gốc thử nghiệm")?;
        let years = |count: i64| from + TimeDelta::days(365 * count);
        let root = certificate(&Wanted {
            serial: 1,
            subject: root_name.clone(),
            public: &root_key.public,
            validity: (from, years(10)),
            purpose: Use::Issuing,
            issuer: (root_name, &root_key),
        })?;
        let issuer = certificate(&Wanted {
            serial: 2,
            subject: name("Chứng thực chữ ký số thử nghiệm")?,
            public: &key.public,
            validity: (from, years(10)),
            purpose: Use::Issuing,
            issuer: (root.parsed.tbs_certificate.subject.clone(), &root_key),
        })?;
        Ok(Self {
            root,
            root_key,
            issuer,
            key,
            from,
            serial: AtomicU64::new(3),
        })
    }

    /// The root's certificate: the anchor for whoever believes in it.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The certificate of the one that issues.
    pub fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// Certificate and new key of somebody, or of an agency's seal, with this common name.
    pub fn issue(&self, common_name: &str) -> Result<Issued, Error> {
        let key = Key::new()?;
        let own = self.certify_as(common_name, &key.public, Use::Signing, self.lasting())?;
        Ok(Issued {
            key: key.pem()?,
            chain: self.chain_pem(&own)?,
        })
    }

    /// Somebody, or an agency's seal, with this common name.
    pub fn signer(&self, common_name: &str) -> Result<Signer, Error> {
        let issued = self.issue(common_name)?;
        Signer::from_pem(&issued.key, &issued.chain)
    }

    /// The certificate and its issuer's, in PEM, for a key of one's own: its public half in DER (SubjectPublicKeyInfo).
    pub fn certify(&self, common_name: &str, public_key: &[u8]) -> Result<String, Error> {
        self.certify_until(common_name, public_key, self.lasting().1)
    }

    /// As [`certify`](Self::certify), valid until that moment.
    pub fn certify_until(
        &self,
        common_name: &str,
        public_key: &[u8],
        until: DateTime<Utc>,
    ) -> Result<String, Error> {
        let public = SubjectPublicKeyInfoOwned::from_der(public_key)?;
        let own = self.certify_as(common_name, &public, Use::Signing, (self.from, until))?;
        self.chain_pem(&own)
    }

    /// A timestamp authority whose clock stands still at that moment.
    pub fn clock(&self, at: DateTime<Utc>) -> Result<Clock, Error> {
        let key = Key::new()?;
        let own = self.certify_as(
            "Dấu thời gian thử nghiệm",
            &key.public,
            Use::Timestamping,
            self.lasting(),
        )?;
        Ok(Clock {
            at,
            key,
            own,
            issuer: self.issuer.clone(),
            serial: AtomicU64::new(1),
        })
    }

    /// The lists of revoked certificates, in DER: the issuer's with these in it, and the root's with none.
    pub fn revoked(
        &self,
        certificates: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        Ok(vec![
            list(&self.issuer, &self.key, certificates, at)?,
            list(&self.root, &self.root_key, &[], at)?,
        ])
    }

    fn lasting(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.from, self.from + TimeDelta::days(730))
    }

    fn certify_as(
        &self,
        common_name: &str,
        public: &SubjectPublicKeyInfoOwned,
        purpose: Use,
        validity: (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Certificate, Error> {
        certificate(&Wanted {
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            subject: name(common_name)?,
            public,
            validity,
            purpose,
            issuer: (
                self.issuer.parsed.tbs_certificate.subject.clone(),
                &self.key,
            ),
        })
    }

    fn chain_pem(&self, own: &Certificate) -> Result<String, Error> {
        Ok(own.to_pem()? + &self.issuer.to_pem()?)
    }
}

/// A pretend timestamp authority.
pub struct Clock {
    at: DateTime<Utc>,
    key: Key,
    own: Certificate,
    issuer: Certificate,
    serial: AtomicU64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Clock {
    /// Answers a request, saying this time.
    pub fn answer_at(&self, request: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>, Error> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let Ok(statement) = authority::statement(request, serial, at) else {
            return authority::refused();
        };
        let chain = Chain::new(self.own.clone(), vec![self.issuer.clone()])?;
        let hash = digest::digest(Algorithm::P256Sha256.hash(), &statement);
        let signed = to_be_signed(oid::TST_INFO, hash.as_ref(), &chain)?;
        let content = EncapsulatedContentInfo {
            econtent_type: oid::TST_INFO,
            econtent: Some(Any::encode_from(&OctetString::new(statement)?)?),
        };
        let signature = self.key.sign(signed.bytes())?;
        authority::granted(&Signature::assemble(content, &chain, &signed, &signature)?.to_der()?)
    }
}

impl TimestampAuthority for Clock {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, Cause> {
        Ok(self.answer_at(request, self.at)?)
    }
}

struct Wanted<'a> {
    serial: u64,
    subject: Name,
    public: &'a SubjectPublicKeyInfoOwned,
    validity: (DateTime<Utc>, DateTime<Utc>),
    purpose: Use,
    issuer: (Name, &'a Key),
}

fn certificate(wanted: &Wanted<'_>) -> Result<Certificate, Error> {
    let (issuer, key) = &wanted.issuer;
    let signature = Algorithm::P256Sha256.identifier();
    let (from, until) = wanted.validity;
    let tbs_certificate = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::from(wanted.serial),
        signature: signature.clone(),
        issuer: issuer.clone(),
        validity: Validity {
            not_before: time(from)?,
            not_after: time(until)?,
        },
        subject: wanted.subject.clone(),
        subject_public_key_info: wanted.public.clone(),
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions(wanted)?),
    };
    let signed = key.sign(&tbs_certificate.to_der()?)?;
    let parsed = Parsed {
        tbs_certificate,
        signature_algorithm: signature,
        signature: BitString::from_bytes(&signed)?,
    };
    Certificate::from_der(&parsed.to_der()?)
}

fn extensions(wanted: &Wanted<'_>) -> Result<Vec<Extension>, Error> {
    let url = |path: &str| {
        Ok::<_, Error>(GeneralName::UniformResourceIdentifier(Ia5String::new(
            &format!("http://ca.motcua.example/{path}"),
        )?))
    };
    let usage: FlagSet<KeyUsages> = match wanted.purpose {
        Use::Issuing => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
        Use::Signing => KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
        Use::Timestamping => KeyUsages::DigitalSignature.into(),
    };
    let mut list = vec![
        extension(&KeyUsage(usage), true)?,
        extension(
            &SubjectKeyIdentifier(OctetString::new(identifier(wanted.public))?),
            false,
        )?,
        extension(
            &AuthorityKeyIdentifier {
                key_identifier: Some(OctetString::new(identifier(&wanted.issuer.1.public))?),
                ..AuthorityKeyIdentifier::default()
            },
            false,
        )?,
    ];
    match wanted.purpose {
        Use::Issuing => {
            list.push(extension(
                &BasicConstraints {
                    ca: true,
                    path_len_constraint: None,
                },
                true,
            )?);
            return Ok(list);
        }
        Use::Signing => {}
        Use::Timestamping => {
            list.push(extension(
                &ExtendedKeyUsage(vec![oid::TIME_STAMPING]),
                true,
            )?);
        }
    }
    let access = |method, path| {
        Ok::<_, Error>(AccessDescription {
            access_method: method,
            access_location: url(path)?,
        })
    };
    list.push(extension(
        &AuthorityInfoAccessSyntax(vec![
            access(oid::OCSP, "ocsp")?,
            access(oid::CA_ISSUERS, "issuer.cer")?,
        ]),
        false,
    )?);
    list.push(extension(
        &CrlDistributionPoints(vec![DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![url("issuer.crl")?])),
            reasons: None,
            crl_issuer: None,
        }]),
        false,
    )?);
    Ok(list)
}

fn extension<T: AssociatedOid + der::Encode>(
    value: &T,
    critical: bool,
) -> Result<Extension, Error> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn identifier(key: &SubjectPublicKeyInfoOwned) -> Vec<u8> {
    digest::digest(&digest::SHA256, key.subject_public_key.raw_bytes()).as_ref()[..20].to_vec()
}

fn name(common_name: &str) -> Result<Name, Error> {
    use std::str::FromStr as _;
    let escaped: String = common_name
        .chars()
        .flat_map(|letter| {
            let special = ",+\"\\<>;=#".contains(letter);
            special.then_some('\\').into_iter().chain([letter])
        })
        .collect();
    Ok(Name::from_str(&format!("CN={escaped},O=Xã Bản Mây,C=VN"))?)
}

fn time(at: DateTime<Utc>) -> Result<Time, Error> {
    let whole = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    Ok(match UtcTime::from_system_time(whole.into()) {
        Ok(time) => Time::UtcTime(time),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_system_time(whole.into())?),
    })
}

fn list(
    issuer: &Certificate,
    key: &Key,
    revoked: &[Certificate],
    at: DateTime<Utc>,
) -> Result<Vec<u8>, Error> {
    let signature = Algorithm::P256Sha256.identifier();
    let revoked = revoked
        .iter()
        .map(|one| {
            Ok(RevokedCert {
                serial_number: one.parsed.tbs_certificate.serial_number.clone(),
                revocation_date: time(at)?,
                crl_entry_extensions: None,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(identifier(&key.public))?),
        ..AuthorityKeyIdentifier::default()
    };
    let number = CrlNumber(der::asn1::Uint::new(&at.timestamp().to_be_bytes())?);
    let tbs_cert_list = TbsCertList {
        version: Version::V2,
        signature: signature.clone(),
        issuer: issuer.parsed.tbs_certificate.subject.clone(),
        this_update: time(at)?,
        next_update: Some(time(at + TimeDelta::days(7))?),
        revoked_certificates: (!revoked.is_empty()).then_some(revoked),
        crl_extensions: Some(vec![
            extension(&authority, false)?,
            extension(&number, false)?,
        ]),
    };
    let signed = key.sign(&tbs_cert_list.to_der()?)?;
    let list = CertificateList {
        tbs_cert_list,
        signature_algorithm: signature,
        signature: BitString::from_bytes(&signed)?,
    };
    Ok(list.to_der()?)
}
