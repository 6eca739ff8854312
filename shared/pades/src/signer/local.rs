//! A private key in this process.

use std::sync::Arc;

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode as _, SecretDocument, Sequence};
use pkcs8::PrivateKeyInfo;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use zeroize::Zeroizing;

use super::{Algorithm, SigningKey, ToBeSigned};
use crate::error::Cause;
use crate::{Certificate, Error, certificate, oid};

/// How a key is written down.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Pkcs8,
    Pkcs1,
    Sec1,
}

/// The one private key of a text in PEM.
pub fn unwrap_pem(pem: &str) -> Result<(Kind, Zeroizing<Vec<u8>>), Error> {
    // Files of keys for curves may begin with the curve's parameters, and any may begin with words about it.
    let begin = pem
        .match_indices("-----BEGIN ")
        .map(|(at, _)| &pem[at..])
        .find(|text| {
            text.lines()
                .next()
                .is_some_and(|line| line.contains("PRIVATE KEY"))
        })
        .ok_or(Error::Key("there is no private key in PEM"))?;
    let end = begin
        .find("-----END ")
        .and_then(|at| Some(at + 9 + begin[at + 9..].find("-----")? + 5))
        .ok_or(Error::Key("its PEM has no end"))?;
    let (label, document) = SecretDocument::from_pem(&begin[..end])
        .map_err(|_| Error::Key("its PEM cannot be read"))?;
    let kind = match label {
        "PRIVATE KEY" => Kind::Pkcs8,
        "RSA PRIVATE KEY" => Kind::Pkcs1,
        "EC PRIVATE KEY" => Kind::Sec1,
        _ => {
            return Err(Error::Key(
                "it is encrypted; a PKCS#12 container may be, a PEM may not",
            ));
        }
    };
    Ok((kind, document.to_bytes()))
}

/// A curve's key as SEC 1 writes it.
#[derive(Sequence)]
struct EcPrivateKey {
    version: u8,
    private_key: OctetString,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    public_key: Option<der::asn1::BitString>,
}

/// A key that has been read, before it is known whose it is.
pub enum Parts {
    Rsa(Arc<RsaKeyPair>),
    Curve {
        secret: Zeroizing<Vec<u8>>,
        curve: Option<ObjectIdentifier>,
    },
}

impl Parts {
    pub fn read(kind: Kind, der: &[u8]) -> Result<Self, Error> {
        match kind {
            Kind::Pkcs1 => rsa(der),
            Kind::Sec1 => curve(der, None),
            Kind::Pkcs8 => {
                let info =
                    PrivateKeyInfo::try_from(der).map_err(|_| Error::Key("it is not in DER"))?;
                match info.algorithm.oid {
                    oid::RSA => rsa(info.private_key),
                    oid::EC => curve(info.private_key, info.algorithm.parameters_oid().ok()),
                    _ => Err(Error::Key(
                        "neither RSA nor a curve that is signed with here",
                    )),
                }
            }
        }
    }
}

fn rsa(der: &[u8]) -> Result<Parts, Error> {
    RsaKeyPair::from_der(der)
        .map(|pair| Parts::Rsa(Arc::new(pair)))
        .map_err(|_| Error::Key("not RSA of 2048 to 4096 bits"))
}

fn curve(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Parts, Error> {
    let key = EcPrivateKey::from_der(der).map_err(|_| Error::Key("it is not in DER"))?;
    Ok(Parts::Curve {
        secret: Zeroizing::new(key.private_key.into_bytes()),
        curve: curve.or(key.parameters),
    })
}

enum Pair {
    Rsa(Arc<RsaKeyPair>),
    Curve(Box<EcdsaKeyPair>),
}

/// A private key that is kept in this process's memory.
pub struct LocalKey {
    pair: Pair,
    random: SystemRandom,
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalKey")
    }
}

impl LocalKey {
    /// The key, if it is that of the certificate.
    pub(super) fn matching(parts: &Parts, own: &Certificate) -> Result<Option<Self>, Error> {
        let random = SystemRandom::new();
        let pair = match parts {
            Parts::Rsa(pair) if own.key_bits() == pair.public().as_ref() => {
                Pair::Rsa(Arc::clone(pair))
            }
            Parts::Rsa(_) => return Ok(None),
            Parts::Curve { secret, curve } => {
                let theirs = certificate::curve(own.key());
                if theirs.is_none() || curve.is_some_and(|curve| Some(curve) != theirs) {
                    return Ok(None);
                }
                let algorithm = match Algorithm::of(own)? {
                    Algorithm::P384Sha384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
                    _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
                };
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    algorithm,
                    secret,
                    own.key_bits(),
                    &random,
                );
                match pair {
                    Ok(pair) => Pair::Curve(Box::new(pair)),
                    Err(_) => return Ok(None),
                }
            }
        };
        Ok(Some(Self { pair, random }))
    }
}

impl SigningKey for LocalKey {
    fn sign(&self, what: &ToBeSigned) -> Result<Vec<u8>, Cause> {
        let failed = |_| Cause::from("the key could not sign");
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, &what.bytes, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Pair::Curve(pair) => Ok(pair
                .sign(&self.random, &what.bytes)
                .map_err(failed)?
                .as_ref()
                .to_vec()),
        }
    }
}
