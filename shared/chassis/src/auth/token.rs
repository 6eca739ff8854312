//! Tokens (compact JWS, EdDSA): signed by identity, checked by everybody against its published keys; and whatever else is sealed
//! in the same way by a service's own key.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::RwLock;

use super::Claims;
use crate::failure::with_causes;

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: String,
    kid: String,
}

/// The type of identity's tokens.
const TOKEN: &str = "JWT";

/// Signs: tokens by identity's key, which only identity has, and what else a service seals by a key of its own.
pub struct Signer {
    key: SigningKey,
    kid: String,
}

/// A public key as JWKS lists it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key, base64url.
    pub x: String,
    /// The key's id.
    pub kid: String,
    /// `EdDSA`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
}

/// A list of public keys (RFC 7517).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl Signer {
    /// A signer over a 32-byte Ed25519 seed. Its key id is derived from the public key.
    pub fn new(seed: &[u8; 32]) -> Self {
        use sha2::{Digest, Sha256};
        let key = SigningKey::from_bytes(seed);
        let kid = BASE64.encode(&Sha256::digest(key.verifying_key().as_bytes())[..9]);
        Self { key, kid }
    }

    /// The public key.
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: BASE64.encode(self.key.verifying_key().as_bytes()),
            kid: self.kid.clone(),
            alg: "EdDSA".to_owned(),
            usage: "sig".to_owned(),
        }
    }

    /// A signed token (compact JWS).
    pub fn sign(&self, claims: &Claims) -> String {
        self.seal(TOKEN, claims)
    }

    /// A compact JWS (RFC 7515) of the type `typ` over what is said. Who opens it asks for that type: what is signed for one
    /// purpose counts for no other.
    pub fn seal(&self, typ: &str, said: &impl Serialize) -> String {
        let header = serde_json::json!({ "alg": "EdDSA", "typ": typ, "kid": self.kid });
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(serde_json::json!(said).to_string())
        );
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// It is not a token.
    #[error("not a token")]
    Malformed,
    /// It is signed with a key that identity does not list.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// Its signature does not fit.
    #[error("the signature does not fit")]
    Forged,
    /// It has expired.
    #[error("expired")]
    Expired,
    /// Identity's keys cannot be fetched.
    #[error("identity's keys cannot be fetched")]
    NoKeys,
}

/// The keys that tokens are checked with. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Source>);

enum Source {
    Fixed(HashMap<String, VerifyingKey>),
    Remote {
        url: String,
        /// Made when first needed: it loads every authority that the machine trusts.
        client: std::sync::OnceLock<reqwest::Client>,
        cache: RwLock<Cache>,
    },
}

#[derive(Default)]
struct Cache {
    keys: HashMap<String, VerifyingKey>,
    fetched: Option<Instant>,
}

/// How soon an unknown key makes the list be fetched again.
const REFETCH: Duration = Duration::from_secs(5);

fn index(jwks: &Jwks) -> HashMap<String, VerifyingKey> {
    let read = |jwk: &Jwk| {
        let bytes: [u8; 32] = BASE64.decode(&jwk.x).ok()?.try_into().ok()?;
        (jwk.kty == "OKP" && jwk.crv == "Ed25519").then(|| VerifyingKey::from_bytes(&bytes).ok())?
    };
    jwks.keys
        .iter()
        .filter_map(|jwk| Some((jwk.kid.clone(), read(jwk)?)))
        .collect()
}

impl Keys {
    /// Keys that are known already.
    pub fn fixed(jwks: &Jwks) -> Self {
        Self(Arc::new(Source::Fixed(index(jwks))))
    }

    /// Keys fetched from identity when first needed, and again when a token names an unknown one.
    pub fn remote(url: impl Into<String>) -> Self {
        Self(Arc::new(Source::Remote {
            url: url.into(),
            client: std::sync::OnceLock::new(),
            cache: RwLock::default(),
        }))
    }

    async fn find(&self, kid: &str) -> Result<VerifyingKey, Unbelieved> {
        match &*self.0 {
            Source::Fixed(keys) => keys.get(kid).copied().ok_or(Unbelieved::UnknownKey),
            Source::Remote { url, client, cache } => {
                if let Some(key) = cache.read().await.keys.get(kid) {
                    return Ok(*key);
                }
                let mut cache = cache.write().await;
                if let Some(key) = cache.keys.get(kid) {
                    return Ok(*key);
                }
                if cache
                    .fetched
                    .is_some_and(|fetched| fetched.elapsed() < REFETCH)
                {
                    return Err(Unbelieved::UnknownKey);
                }
                let client = client.get_or_init(|| {
                    let builder = reqwest::Client::builder().timeout(Duration::from_secs(5));
                    builder.build().unwrap_or_default()
                });
                let fetched = async {
                    client
                        .get(url)
                        .send()
                        .await?
                        .error_for_status()?
                        .json::<Jwks>()
                        .await
                };
                let jwks: Jwks = fetched.await.map_err(|error| {
                    tracing::warn!(url, error = %with_causes(&error), "identity's keys (JWKS_URL) are not to be had: nobody who is signed in is let in");
                    Unbelieved::NoKeys
                })?;
                cache.keys = index(&jwks);
                cache.fetched = Some(Instant::now());
                cache.keys.get(kid).copied().ok_or(Unbelieved::UnknownKey)
            }
        }
    }

    /// Checks a token at `now`.
    pub async fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Unbelieved> {
        let claims: Claims = self.open(TOKEN, token).await?;
        if claims.exp <= now.timestamp() {
            return Err(Unbelieved::Expired);
        }
        Ok(claims)
    }

    /// What a compact JWS of the type `typ` says, when one of the keys signed it.
    pub async fn open<T: DeserializeOwned>(
        &self,
        typ: &str,
        sealed: &str,
    ) -> Result<T, Unbelieved> {
        let malformed = Unbelieved::Malformed;
        let (signed, signature) = sealed.rsplit_once('.').ok_or(malformed)?;
        let (header, body) = signed.split_once('.').ok_or(malformed)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
        if header.alg != "EdDSA" || header.typ != typ {
            return Err(malformed);
        }
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| malformed)?;
        let key = self.find(&header.kid).await?;
        key.verify_strict(signed.as_bytes(), &signature)
            .map_err(|_| Unbelieved::Forged)?;
        serde_json::from_slice(&decode(body)?).map_err(|_| malformed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::AccountId;

    use super::*;
    use crate::auth::Role;

    fn claims() -> Claims {
        Claims {
            sub: AccountId(uuid::Uuid::nil()),
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            roles: BTreeSet::from([Role::Citizen]),
            assurance: 1,
            citizen_id: None,
            phone: None,
            email: None,
            title: None,
            posts: None,
            sid: uuid::Uuid::nil(),
            iat: 0,
            exp: 1_000,
        }
    }

    #[tokio::test]
    async fn what_is_sealed_for_one_purpose_counts_for_no_other() {
        let signer = Signer::new(&[7; 32]);
        let keys = Keys::fixed(&Jwks {
            keys: vec![signer.jwk()],
        });
        let sealed = signer.seal("paper", &claims());
        assert_eq!(keys.open("paper", &sealed).await, Ok(claims()));
        let as_token = keys.check(&sealed, DateTime::UNIX_EPOCH).await;
        assert_eq!(as_token, Err(Unbelieved::Malformed));
        let token = signer.sign(&claims());
        let as_paper = keys.open::<Claims>("paper", &token).await;
        assert_eq!(as_paper, Err(Unbelieved::Malformed));
    }

    #[tokio::test]
    async fn a_signed_token_is_believed_until_it_expires() {
        let signer = Signer::new(&[7; 32]);
        let keys = Keys::fixed(&Jwks {
            keys: vec![signer.jwk()],
        });
        let token = signer.sign(&claims());
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(keys.check(&token, at(999)).await, Ok(claims()));
        assert_eq!(
            keys.check(&token, at(1_000)).await,
            Err(Unbelieved::Expired)
        );
    }

    #[tokio::test]
    async fn a_changed_or_foreign_token_is_not_believed() {
        let signer = Signer::new(&[7; 32]);
        let keys = Keys::fixed(&Jwks {
            keys: vec![signer.jwk()],
        });
        let now = DateTime::UNIX_EPOCH;
        let other = Signer::new(&[8; 32]).sign(&claims());
        assert_eq!(keys.check(&other, now).await, Err(Unbelieved::UnknownKey));
        let token = signer.sign(&claims());
        let mut parts: Vec<&str> = token.split('.').collect();
        let mut richer = claims();
        richer.roles.insert(Role::Operator);
        let body = BASE64.encode(serde_json::to_vec(&richer).unwrap());
        parts[1] = &body;
        assert_eq!(
            keys.check(&parts.join("."), now).await,
            Err(Unbelieved::Forged)
        );
        let none = format!("{}.{}.", BASE64.encode(r#"{"alg":"none","kid":""}"#), body);
        assert_eq!(keys.check(&none, now).await, Err(Unbelieved::Malformed));
        assert_eq!(keys.check("", now).await, Err(Unbelieved::Malformed));
    }
}
