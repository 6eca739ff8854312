//! Who signs: a chain of certificates, and something that holds the key.

mod local;
mod pkcs12;
#[cfg(feature = "pkcs11")]
mod token;

use chrono::{DateTime, Utc};
use der::asn1::{Any, Null, ObjectIdentifier};
use ring::digest;
use x509_cert::spki::AlgorithmIdentifierOwned;

pub use local::LocalKey;
#[cfg(feature = "pkcs11")]
pub use token::TokenAddress;

use crate::error::Cause;
use crate::{Certificate, Error, certificate, oid};

/// What a key signs with. Each names the hash that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA with PKCS#1 v1.5 padding and SHA-256: what every reader of PDF checks, which is not so of PSS.
    RsaSha256,
    /// ECDSA over P-256 with SHA-256.
    P256Sha256,
    /// ECDSA over P-384 with SHA-384.
    P384Sha384,
}

impl Algorithm {
    /// The one for a certificate's key.
    pub fn of(certificate: &Certificate) -> Result<Self, Error> {
        if certificate.key().algorithm.oid == oid::RSA {
            return Ok(Self::RsaSha256);
        }
        match certificate::curve(certificate.key()) {
            Some(oid::P256) => Ok(Self::P256Sha256),
            Some(oid::P384) => Ok(Self::P384Sha384),
            _ => Err(Error::Key(
                "neither RSA nor a curve that is signed with here",
            )),
        }
    }

    pub(crate) fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::RsaSha256 | Self::P256Sha256 => &digest::SHA256,
            Self::P384Sha384 => &digest::SHA384,
        }
    }

    pub(crate) fn hash_identifier(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::RsaSha256 | Self::P256Sha256 => oid::SHA256,
            Self::P384Sha384 => oid::SHA384,
        };
        AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        }
    }

    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        let plain = |oid: ObjectIdentifier| AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        };
        match self {
            Self::RsaSha256 => AlgorithmIdentifierOwned {
                oid: oid::SHA256_WITH_RSA,
                parameters: Some(Any::from(Null)),
            },
            Self::P256Sha256 => plain(oid::ECDSA_SHA256),
            Self::P384Sha384 => plain(oid::ECDSA_SHA384),
        }
    }
}

/// What a key is asked to sign: the signed attributes of a signature, which hold the document's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToBeSigned {
    pub(crate) algorithm: Algorithm,
    pub(crate) bytes: Vec<u8>,
}

impl ToBeSigned {
    /// How it is to be signed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes, for a holder that hashes by itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their hash, for a holder that is sent nothing else.
    pub fn digest(&self) -> Vec<u8> {
        digest::digest(self.algorithm.hash(), &self.bytes)
            .as_ref()
            .to_vec()
    }
}

/// What holds a private key, near or far.
///
/// One that is asked over a network does better with [`prepare`](crate::prepare), which needs no thread to wait.
pub trait SigningKey: Send + Sync {
    /// A signature: for RSA as PKCS#1 writes it, for ECDSA the two numbers in DER.
    fn sign(&self, what: &ToBeSigned) -> Result<Vec<u8>, Cause>;
}

/// The certificates of one who signs: first their own, then each one's issuer. The anchor may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    certificates: Vec<Certificate>,
    algorithm: Algorithm,
}

impl Chain {
    /// A chain in any order, as long as `own` begins it.
    pub fn new(own: Certificate, others: Vec<Certificate>) -> Result<Self, Error> {
        let algorithm = Algorithm::of(&own)?;
        if !own.signs_documents() {
            return Err(Error::WrongUse);
        }
        let mut certificates = vec![own];
        loop {
            let issuer = certificates.last().and_then(|last| {
                let mut free = others.iter().filter(|other| !certificates.contains(other));
                free.find(|candidate| candidate.issued(last))
            });
            match issuer.cloned() {
                Some(issuer) => certificates.push(issuer),
                None => {
                    return Ok(Self {
                        certificates,
                        algorithm,
                    });
                }
            }
        }
    }

    /// The signer's own certificate.
    pub fn own(&self) -> &Certificate {
        // A chain is made with one.
        &self.certificates[0]
    }

    /// All certificates, the signer's own first.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What its key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Refuses a moment at which one of them is not valid.
    pub fn valid_at(&self, at: DateTime<Utc>) -> Result<(), Error> {
        self.certificates
            .iter()
            .try_for_each(|certificate| certificate.valid_at(at))
    }
}

/// One who signs.
pub struct Signer {
    chain: Chain,
    key: Box<dyn SigningKey>,
}

/// Without the key.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// One whose key is held elsewhere: in an HSM, by a signing service. Whether the key is that of the chain shows with
    /// the first signature ([`Error::WrongSignature`]).
    pub fn new(chain: Chain, key: Box<dyn SigningKey>) -> Self {
        Self { chain, key }
    }

    /// One from a private key in PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted) and the certificates in PEM, in any order.
    pub fn from_pem(key: &str, chain: &str) -> Result<Self, Error> {
        let (kind, der) = local::unwrap_pem(key)?;
        Self::from_local(kind, &der, Certificate::from_pem(chain)?)
    }

    /// One from a PKCS#12 container (`.p12`, `.pfx`).
    pub fn from_pkcs12(container: &[u8], password: &str) -> Result<Self, Error> {
        let (key, certificates) = pkcs12::open(container, password)?;
        Self::from_local(local::Kind::Pkcs8, &key, certificates)
    }

    fn from_local(
        kind: local::Kind,
        key: &[u8],
        certificates: Vec<Certificate>,
    ) -> Result<Self, Error> {
        if certificates.is_empty() {
            return Err(Error::EmptyChain);
        }
        let parts = local::Parts::read(kind, key)?;
        for (index, own) in certificates.iter().enumerate() {
            if let Some(key) = LocalKey::matching(&parts, own)? {
                let mut others = certificates.clone();
                let own = others.remove(index);
                return Ok(Self::new(Chain::new(own, others)?, Box::new(key)));
            }
        }
        Err(Error::KeyMismatch)
    }

    /// The certificates.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Has the key sign what was [prepared](crate::prepare).
    pub fn sign(&self, what: &ToBeSigned) -> Result<Vec<u8>, Error> {
        self.key.sign(what).map_err(Error::Signing)
    }
}
