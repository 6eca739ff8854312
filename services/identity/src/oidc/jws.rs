//! Signatures of others (compact JWS, RFC 7515) and the keys that they are checked by (RFC 7517). Only what is signed by a private
//! key counts: nothing unsigned, and nothing under a secret that two know.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};

/// More than any token is long.
const LONGEST: usize = 32 * 1024;

/// An algorithm that we check (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// The same with SHA-384.
    Rs384,
    /// The same with SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// The same with SHA-384.
    Ps384,
    /// The same with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}

/// Why something signed is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// It is no compact JWS, or one of a kind that we do not take.
    #[error("it is no signed token that we take")]
    Malformed,
    /// None of the keys can have signed it: they may have changed.
    #[error("it is signed by an unknown key")]
    UnknownKey,
    /// The key that it names did not sign it.
    #[error("its signature does not fit")]
    Forged,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A public key of a provider.
#[derive(Debug, Clone)]
pub struct Key {
    kid: Option<String>,
    alg: Option<String>,
    public: Public,
}

#[derive(Debug, Clone)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    fn read(jwk: &Jwk) -> Option<Self> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let bytes = |text: &Option<String>| BASE64.decode(text.as_ref()?).ok();
        let point = |size: usize| {
            let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
            (x.len() == size && y.len() == size).then(|| [&[4], x.as_slice(), &y].concat())
        };
        let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Public::Rsa {
                n: bytes(&jwk.n)?,
                e: bytes(&jwk.e)?,
            },
            ("EC", Some("P-256")) => Public::P256(point(32)?),
            ("EC", Some("P-384")) => Public::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Public::Ed25519(bytes(&jwk.x)?),
            _ => return None,
        };
        Some(Self {
            kid: jwk.kid.clone(),
            alg: jwk.alg.clone(),
            public,
        })
    }

    fn may_have_signed(&self, header: &Header) -> bool {
        let named = header.kid.is_none() || header.kid == self.kid;
        let fits = self.alg.is_none() || self.alg.as_deref() == Some(header.alg.as_str());
        named && fits
    }

    /// Whether this key made the signature by this algorithm. A key of another kind made none.
    fn signed(&self, algorithm: Algorithm, said: &[u8], signature: &[u8]) -> bool {
        use Algorithm as A;
        let point = |how: &'static dyn signature::VerificationAlgorithm, public: &[u8]| {
            UnparsedPublicKey::new(how, public)
                .verify(said, signature)
                .is_ok()
        };
        match (&self.public, algorithm) {
            (Public::Rsa { n, e }, _) => {
                let how = match algorithm {
                    A::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    A::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    A::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    A::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                    A::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
                    A::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
                    A::Es256 | A::Es384 | A::EdDsa => return false,
                };
                let public = RsaPublicKeyComponents { n, e };
                public.verify(how, said, signature).is_ok()
            }
            (Public::P256(public), A::Es256) => point(&signature::ECDSA_P256_SHA256_FIXED, public),
            (Public::P384(public), A::Es384) => point(&signature::ECDSA_P384_SHA384_FIXED, public),
            (Public::Ed25519(public), A::EdDsa) => point(&signature::ED25519, public),
            _ => false,
        }
    }
}

/// The keys of a list that can sign. `None` when it is no list. A key that we do not know how to use stands for nothing.
pub fn keys(jwks: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct Jwks {
        keys: Vec<Value>,
    }
    let jwks: Jwks = serde_json::from_slice(jwks).ok()?;
    let read = |key: Value| Key::read(&serde_json::from_value::<Jwk>(key).ok()?);
    Some(jwks.keys.into_iter().filter_map(read).collect())
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    crit: Option<Value>,
}

/// A compact JWS, taken apart. What it says counts only once a key is found to have signed it.
pub struct Sealed<'a> {
    header: Header,
    /// How it is signed.
    pub algorithm: Algorithm,
    said: &'a str,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

impl<'a> Sealed<'a> {
    /// Takes it apart. One with conditions that we do not know (`crit`), or with something else inside (`cty`), is not taken.
    pub fn read(token: &'a str) -> Result<Self, Unbelieved> {
        let malformed = Unbelieved::Malformed;
        if token.len() > LONGEST {
            return Err(malformed);
        }
        let (said, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = said.split_once('.').ok_or(malformed)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
        if header.crit.is_some() || header.cty.is_some() {
            return Err(malformed);
        }
        Ok(Self {
            algorithm: Algorithm::read(&header.alg).ok_or(malformed)?,
            header,
            said,
            signature: decode(signature)?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| malformed)?,
        })
    }

    /// What it says it is, in small letters; nothing when it does not say.
    pub fn kind(&self) -> Option<String> {
        let kind = self.header.typ.as_ref()?.to_ascii_lowercase();
        let kind = kind.strip_prefix("application/").unwrap_or(&kind);
        Some(kind.to_owned())
    }

    /// What it says, once one of the keys is found to have signed it.
    pub fn open(&self, keys: &[Key]) -> Result<&Map<String, Value>, Unbelieved> {
        let mut fitting = keys.iter().filter(|key| key.may_have_signed(&self.header));
        let said = self.said.as_bytes();
        if fitting
            .clone()
            .any(|key| key.signed(self.algorithm, said, &self.signature))
        {
            return Ok(&self.claims);
        }
        // One that names no key may be signed by one that we have not seen yet.
        if fitting.next().is_some() && self.header.kid.is_some() {
            Err(Unbelieved::Forged)
        } else {
            Err(Unbelieved::UnknownKey)
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
    };
    use serde_json::json;

    use super::*;

    fn sealed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let said = format!("{}.{}", part(header), part(claims));
        format!("{said}.{}", BASE64.encode(sign(said.as_bytes())))
    }

    /// A key of Ed25519, with what lists it.
    fn ed25519(seed: u8) -> (Ed25519KeyPair, Value) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let x = BASE64.encode(pair.public_key());
        (
            pair,
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("k{seed}"), "use": "sig"}),
        )
    }

    fn list(keys_: &[Value]) -> Vec<Key> {
        keys(json!({ "keys": keys_ }).to_string().as_bytes()).unwrap()
    }

    fn opened(token: &str, keys: &[Key]) -> Result<Value, Unbelieved> {
        let read = Sealed::read(token)?;
        read.open(keys).map(|claims| Value::Object(claims.clone()))
    }

    #[test]
    fn what_a_listed_key_signed_is_believed_and_nothing_else() {
        let (one, jwk) = ed25519(1);
        let (two, _) = ed25519(2);
        let claims = json!({"sub": "a"});
        let by = |pair: &Ed25519KeyPair, header: Value| {
            sealed(&header, &claims, |said| pair.sign(said).as_ref().to_vec())
        };
        let keys = list(&[jwk]);
        let named = json!({"alg": "EdDSA", "kid": "k1"});
        assert_eq!(opened(&by(&one, named.clone()), &keys), Ok(claims.clone()));
        let unnamed = json!({"alg": "EdDSA"});
        assert_eq!(
            opened(&by(&one, unnamed.clone()), &keys),
            Ok(claims.clone())
        );
        assert_eq!(opened(&by(&two, named), &keys), Err(Unbelieved::Forged));
        assert_eq!(
            opened(&by(&two, unnamed), &keys),
            Err(Unbelieved::UnknownKey)
        );
        let other = json!({"alg": "EdDSA", "kid": "k2"});
        assert_eq!(opened(&by(&two, other), &keys), Err(Unbelieved::UnknownKey));
        let rsa = json!({"alg": "RS256", "kid": "k1"});
        assert_eq!(opened(&by(&one, rsa), &keys), Err(Unbelieved::Forged));
    }

    #[test]
    fn a_point_on_a_curve_signs_too() {
        let random = SystemRandom::new();
        let how = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(how, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(how, pkcs8.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk =
            json!({"kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y)});
        let claims = json!({"sub": "a"});
        let header = json!({"alg": "ES256"});
        let token = sealed(&header, &claims, |said| {
            pair.sign(&random, said).unwrap().as_ref().to_vec()
        });
        assert_eq!(
            opened(&token, &list(std::slice::from_ref(&jwk))),
            Ok(claims)
        );
        let for_encryption = json!({"use": "enc", "kty": jwk["kty"], "crv": jwk["crv"], "x": jwk["x"], "y": jwk["y"]});
        assert_eq!(
            opened(&token, &list(&[for_encryption])),
            Err(Unbelieved::UnknownKey)
        );
    }

    #[test]
    fn nothing_unsigned_shared_or_with_conditions_is_taken() {
        let (pair, jwk) = ed25519(1);
        let keys = list(&[jwk]);
        let by = |header: Value| {
            sealed(&header, &json!({}), |said| {
                pair.sign(said).as_ref().to_vec()
            })
        };
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "HS256"}),
            json!({"alg": "EdDSA", "crit": ["exp"]}),
            json!({"alg": "EdDSA", "cty": "JWT"}),
            json!({"kid": "k1"}),
        ] {
            let said = opened(&by(header.clone()), &keys);
            assert_eq!(said, Err(Unbelieved::Malformed), "{header}");
        }
        for text in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "e30.e30.",
            "e30.e30",
            "....",
            "\u{1f5dd}.e30.e30",
        ] {
            assert_eq!(opened(text, &keys), Err(Unbelieved::Malformed), "{text}");
        }
        let long = format!("e30.{}.e30", "a".repeat(LONGEST));
        assert_eq!(opened(&long, &keys), Err(Unbelieved::Malformed));
    }

    #[test]
    fn a_key_that_cannot_be_used_stands_for_nothing() {
        let (_, good) = ed25519(1);
        let odd = [
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "RSA"}),
            json!("key"),
        ];
        let all: Vec<_> = odd.into_iter().chain([good]).collect();
        assert_eq!(list(&all).len(), 1);
        assert!(keys(b"[]").is_none() && keys(b"{}").is_none() && keys(b"").is_none());
    }
}
