//! The signature itself: CMS SignedData over a hash that was made elsewhere (RFC 5652, ETSI EN 319 122).

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier,
    SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, Sequence};
use ring::digest;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::signer::{Chain, ToBeSigned};
use crate::{Certificate, Error, certificate, oid};

/// Size of a signature that is read, in bytes. Sets are sorted as they are read, which takes long for large ones.
const LIMIT: usize = 64 << 10;
/// Certificates that a signature may carry.
const CERTIFICATES: usize = 32;

/// Which certificate a signature is by, so that another with the same key cannot be put in its place (RFC 5035).
#[derive(Debug, Clone, Sequence)]
pub struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
}

/// The hash of a certificate: SHA-256 unless it says otherwise.
#[derive(Debug, Clone, Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// What is signed: the kind of content, its hash, and by which certificate. No time: that stands in the document, and a
/// timestamp proves it.
pub fn attributes(
    content: ObjectIdentifier,
    hash: &[u8],
    own: &Certificate,
) -> Result<SignedAttributes, Error> {
    let certificate = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: OctetString::new(digest::digest(&digest::SHA256, own.as_der()).as_ref())?,
            issuer_serial: None,
        }],
    };
    Ok(SetOfVec::try_from(vec![
        attribute(oid::CONTENT_TYPE, Any::from(content))?,
        attribute(
            oid::MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(hash)?)?,
        )?,
        attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&certificate)?)?,
    ])?)
}

/// The signed attributes, ready for the key.
pub fn to_be_signed(
    content: ObjectIdentifier,
    hash: &[u8],
    chain: &Chain,
) -> Result<ToBeSigned, Error> {
    let bytes = attributes(content, hash, chain.own())?.to_der()?;
    Ok(ToBeSigned {
        algorithm: chain.algorithm(),
        bytes,
    })
}

/// A signature in the making or read.
pub struct Signature {
    data: SignedData,
}

impl Signature {
    /// From what was signed, and the signature that the key's holder gave back.
    pub fn assemble(
        content: EncapsulatedContentInfo,
        chain: &Chain,
        signed: &ToBeSigned,
        signature: &[u8],
    ) -> Result<Self, Error> {
        let own = chain.own();
        let algorithm = signed.algorithm;
        if !certificate::verifies(own.key(), &algorithm.identifier(), &signed.bytes, signature) {
            return Err(Error::WrongSignature);
        }
        let issuer = IssuerAndSerialNumber {
            issuer: own.parsed.tbs_certificate.issuer.clone(),
            serial_number: own.parsed.tbs_certificate.serial_number.clone(),
        };
        let info = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(issuer),
            digest_alg: algorithm.hash_identifier(),
            signed_attrs: Some(SignedAttributes::from_der(&signed.bytes)?),
            signature_algorithm: algorithm.identifier(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let certificates = chain
            .certificates()
            .iter()
            .map(|certificate| CertificateChoices::Certificate(certificate.parsed.clone()))
            .collect::<Vec<_>>();
        // Only what is not plain data is of a later version.
        let version = if content.econtent_type == oid::DATA {
            CmsVersion::V1
        } else {
            CmsVersion::V3
        };
        Ok(Self {
            data: SignedData {
                version,
                digest_algorithms: SetOfVec::try_from(vec![algorithm.hash_identifier()])?,
                encap_content_info: content,
                certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
                crls: None,
                signer_infos: SignerInfos(SetOfVec::try_from(vec![info])?),
            },
        })
    }

    /// Reads one. Zeros behind it, which fill up the room in a document, are left aside.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > LIMIT {
            return Err("it is too large");
        }
        let mut reader = der::SliceReader::new(bytes).map_err(|_| "it is too large")?;
        let info = ContentInfo::decode(&mut reader).map_err(|_| "it is not in DER")?;
        let rest = &bytes[usize::try_from(der::Reader::position(&reader)).unwrap_or(bytes.len())..];
        if rest.iter().any(|&byte| byte != 0) {
            return Err("something stands behind it");
        }
        if info.content_type != oid::SIGNED_DATA {
            return Err("it is no SignedData");
        }
        let data = info
            .content
            .decode_as::<SignedData>()
            .map_err(|_| "it is no SignedData")?;
        if data.signer_infos.0.len() != 1 {
            return Err("it does not have exactly one signer");
        }
        Ok(Self { data })
    }

    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let info = ContentInfo {
            content_type: oid::SIGNED_DATA,
            content: Any::encode_from(&self.data)?,
        };
        Ok(info.to_der()?)
    }

    pub fn info(&self) -> Option<&SignerInfo> {
        self.data.signer_infos.0.get(0)
    }

    /// The signature's own bytes: what a timestamp is about.
    pub fn value(&self) -> &[u8] {
        self.info().map_or(&[], |info| info.signature.as_bytes())
    }

    /// The content that it carries within itself.
    pub fn content(&self) -> Option<(ObjectIdentifier, &[u8])> {
        let content = &self.data.encap_content_info;
        Some((content.econtent_type, content.econtent.as_ref()?.value()))
    }

    /// The same with a timestamp beside it.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Self, Error> {
        let mut info = self.info().cloned().ok_or(Error::WrongSignature)?;
        let attribute = attribute(oid::SIGNATURE_TIMESTAMP, Any::from_der(token)?)?;
        info.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute])?);
        self.data.signer_infos = SignerInfos(SetOfVec::try_from(vec![info])?);
        Ok(self)
    }

    /// The timestamp beside it.
    pub fn timestamp(&self) -> Option<Vec<u8>> {
        let attributes = self.info()?.unsigned_attrs.as_ref()?;
        let attribute = attributes
            .iter()
            .find(|a| a.oid == oid::SIGNATURE_TIMESTAMP)?;
        attribute.values.get(0)?.to_der().ok()
    }

    pub fn certificates(&self) -> Vec<Certificate> {
        let set = self.data.certificates.iter().flat_map(|set| set.0.iter());
        set.filter_map(|choice| match choice {
            CertificateChoices::Certificate(parsed) => {
                Certificate::from_der(&parsed.to_der().ok()?).ok()
            }
            CertificateChoices::Other(_) => None,
        })
        .take(CERTIFICATES)
        .collect()
    }

    /// The certificate that it says it is by.
    pub fn signer(&self) -> Option<Certificate> {
        let SignerIdentifier::IssuerAndSerialNumber(wanted) = &self.info()?.sid else {
            return None;
        };
        self.certificates().into_iter().find(|certificate| {
            let own = &certificate.parsed.tbs_certificate;
            own.issuer == wanted.issuer && own.serial_number == wanted.serial_number
        })
    }

    /// The hash that the content must have, and how it is made.
    pub fn hash(&self) -> Option<(&'static digest::Algorithm, Vec<u8>)> {
        let value = self
            .signed(oid::MESSAGE_DIGEST)?
            .decode_as::<OctetString>()
            .ok()?;
        Some((hash(&self.info()?.digest_alg)?, value.into_bytes()))
    }

    /// Whether the certificate signed this, and the attributes speak of a content of this kind and of this certificate.
    pub fn is_by(&self, own: &Certificate, content: ObjectIdentifier) -> Result<(), &'static str> {
        let info = self.info().ok_or("it has no signer")?;
        let attributes = info
            .signed_attrs
            .as_ref()
            .ok_or("it has no signed attributes")?;
        let bytes = attributes
            .to_der()
            .map_err(|_| "its attributes are not in DER")?;
        let kind = self
            .signed(oid::CONTENT_TYPE)
            .and_then(|value| value.decode_as().ok());
        if kind != Some(content) || self.data.encap_content_info.econtent_type != content {
            return Err("it is about another kind of content");
        }
        let algorithm = full(&info.digest_alg, &info.signature_algorithm)
            .ok_or("its hash and its signature's do not agree, or are not supported")?;
        if !certificate::verifies(own.key(), &algorithm, &bytes, info.signature.as_bytes()) {
            return Err("it is not by the certificate's key");
        }
        let named = self
            .signed(oid::SIGNING_CERTIFICATE_V2)
            .and_then(|value| value.decode_as::<SigningCertificateV2>().ok())
            .and_then(|value| value.certs.into_iter().next())
            .ok_or("it does not say which certificate it is by")?;
        let algorithm = match &named.hash_algorithm {
            None => &digest::SHA256,
            Some(identifier) => {
                hash(identifier).ok_or("it names the certificate by an old hash")?
            }
        };
        if digest::digest(algorithm, own.as_der()).as_ref() != named.cert_hash.as_bytes() {
            return Err("it is by another certificate");
        }
        Ok(())
    }

    /// The one value of a signed attribute that stands there once.
    fn signed(&self, oid: ObjectIdentifier) -> Option<&Any> {
        let attributes = self.info()?.signed_attrs.as_ref()?;
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        let attribute = found.next()?;
        (found.next().is_none() && attribute.values.len() == 1).then(|| attribute.values.get(0))?
    }
}

/// The signature's algorithm with its hash, where the two agree. rsaEncryption names none by itself.
fn full(
    hash: &AlgorithmIdentifierOwned,
    signature: &AlgorithmIdentifierOwned,
) -> Option<AlgorithmIdentifierOwned> {
    let oid = match (signature.oid, hash.oid) {
        (oid::RSA | oid::SHA256_WITH_RSA, oid::SHA256) => oid::SHA256_WITH_RSA,
        (oid::RSA | oid::SHA384_WITH_RSA, oid::SHA384) => oid::SHA384_WITH_RSA,
        (oid::RSA | oid::SHA512_WITH_RSA, oid::SHA512) => oid::SHA512_WITH_RSA,
        (oid::ECDSA_SHA256, oid::SHA256) => oid::ECDSA_SHA256,
        (oid::ECDSA_SHA384, oid::SHA384) => oid::ECDSA_SHA384,
        _ => return None,
    };
    Some(AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    })
}

pub fn hash(identifier: &AlgorithmIdentifierOwned) -> Option<&'static digest::Algorithm> {
    match identifier.oid {
        oid::SHA256 => Some(&digest::SHA256),
        oid::SHA384 => Some(&digest::SHA384),
        oid::SHA512 => Some(&digest::SHA512),
        _ => None,
    }
}
