//! Keys, certificates and lists that are worth nothing.

use chrono::{DateTime, TimeDelta, Utc};
use der::Encode as _;
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, OctetString, UtcTime};
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
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

use crate::signer::Algorithm;
use crate::{Certificate, Error, oid};

/// A key pair over P-256 that exists nowhere else.
pub struct Key {
    pkcs8: Vec<u8>,
    pub public: SubjectPublicKeyInfoOwned,
}

impl Key {
    pub fn new() -> Result<Self, Error> {
        let random = SystemRandom::new();
        let failed = |_| Error::Key("it could not be made");
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)
            .map_err(failed)?
            .as_ref()
            .to_vec();
        Self::of(pkcs8)
    }

    /// The first key of a text in PEM.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        const END: &str = "-----END PRIVATE KEY-----";
        let end = text.find(END).ok_or(Error::Key("it is not in PEM"))? + END.len();
        let (_, document) = der::SecretDocument::from_pem(&text[..end])?;
        Self::of(document.as_bytes().to_vec())
    }

    fn of(pkcs8: Vec<u8>) -> Result<Self, Error> {
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

    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = pair(&self.pkcs8)?
            .sign(&SystemRandom::new(), message)
            .map_err(|_| Error::Key("it could not sign"))?;
        Ok(signature.as_ref().to_vec())
    }

    pub fn pem(&self) -> Result<String, Error> {
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
pub enum Use {
    Root,
    Issuing,
    Signing,
    Timestamping,
}

/// A certificate to be issued.
pub struct Wanted<'a> {
    pub serial: u64,
    pub subject: Name,
    pub public: &'a SubjectPublicKeyInfoOwned,
    pub validity: (DateTime<Utc>, DateTime<Utc>),
    pub purpose: Use,
    pub issuer: (Name, &'a Key),
    /// Where the issuer can be asked.
    pub base: &'a str,
}

pub fn certificate(wanted: &Wanted<'_>) -> Result<Certificate, Error> {
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
            &format!("{}/{path}", wanted.base),
        )?))
    };
    let usage: FlagSet<KeyUsages> = match wanted.purpose {
        Use::Root | Use::Issuing => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
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
    let lists = |path| {
        let name = DistributionPointName::FullName(vec![url(path)?]);
        let point = DistributionPoint {
            distribution_point: Some(name),
            reasons: None,
            crl_issuer: None,
        };
        extension(&CrlDistributionPoints(vec![point]), false)
    };
    match wanted.purpose {
        Use::Root | Use::Issuing => {
            list.push(extension(
                &BasicConstraints {
                    ca: true,
                    path_len_constraint: None,
                },
                true,
            )?);
            if wanted.purpose == Use::Issuing {
                list.push(lists("root.crl")?);
            }
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
    list.push(lists("issuer.crl")?);
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

pub fn name(common_name: &str) -> Result<Name, Error> {
    use std::str::FromStr as _;
    let escaped: String = common_name
        .chars()
        .flat_map(|letter| {
            let special = ",+\"\\<>;=#".contains(letter);
            special.then_some('\\').into_iter().chain([letter])
        })
        .collect();
    Ok(Name::from_str(&format!("CN={escaped},O=Thử nghiệm,C=VN"))?)
}

fn time(at: DateTime<Utc>) -> Result<Time, Error> {
    let whole = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    Ok(match UtcTime::from_system_time(whole.into()) {
        Ok(time) => Time::UtcTime(time),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_system_time(whole.into())?),
    })
}

/// A list of revoked certificates.
pub fn list(
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
