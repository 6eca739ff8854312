//! Who is asking: tokens signed by identity (EdDSA, RFC 8037), checked by every service against identity's keys.
//!
//! An access rule is an extractor: an endpoint that takes [`Officer`] is for officers.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Utc};
use contracts::{AccountId, CitizenId, PersonName};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use tokio::sync::RwLock;

use crate::{App, http::Problem};

/// The cookie in which a browser carries its token.
pub const COOKIE: &str = "motcua_session";

/// What a person may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// File dossiers for oneself.
    Citizen,
    /// Work at the desk.
    Officer,
    /// Sign decisions.
    Signer,
    /// Run the system: parked messages, accounts of officers.
    Operator,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: AccountId,
    /// The person's name.
    pub name: PersonName,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// How surely the person is known, from 1 (self-declared).
    pub assurance: u8,
    /// The person's identification number, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citizen_id: Option<CitizenId>,
    /// Mobile number, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<contracts::PhoneNumber>,
    /// E-mail address, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An officer's title as it stands under a signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The session, so that it can be ended.
    pub sid: uuid::Uuid,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Valid until, seconds since 1970.
    pub exp: i64,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// Signs tokens: only identity has one.
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
        let header = serde_json::json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.kid });
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(serde_json::json!(claims).to_string())
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
        client: reqwest::Client,
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
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap_or_default();
        Self(Arc::new(Source::Remote {
            url: url.into(),
            client,
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
                let fetched = async {
                    client
                        .get(url)
                        .send()
                        .await?
                        .error_for_status()?
                        .json::<Jwks>()
                        .await
                };
                cache.keys = index(&fetched.await.map_err(|_| Unbelieved::NoKeys)?);
                cache.fetched = Some(Instant::now());
                cache.keys.get(kid).copied().ok_or(Unbelieved::UnknownKey)
            }
        }
    }

    /// Checks a token at `now`.
    pub async fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Unbelieved> {
        let malformed = Unbelieved::Malformed;
        let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, body) = signed.split_once('.').ok_or(malformed)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| malformed);
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
        if header.alg != "EdDSA" {
            return Err(malformed);
        }
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| malformed)?;
        let key = self.find(&header.kid).await?;
        key.verify_strict(signed.as_bytes(), &signature)
            .map_err(|_| Unbelieved::Forged)?;
        let claims: Claims = serde_json::from_slice(&decode(body)?).map_err(|_| malformed)?;
        if claims.exp <= now.timestamp() {
            return Err(Unbelieved::Expired);
        }
        Ok(claims)
    }
}

/// The token of a request: the Authorization header, or the session cookie of a browser.
fn token(headers: &HeaderMap) -> Option<(&str, bool)> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some((token.trim(), false));
    }
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .into_iter()
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| (token, true))
}

/// A browser sends its cookie with every request, also with those that another site makes it send: those are refused.
fn from_own_pages(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
        (None, _) => true,
        _ => false,
    }
}

/// Anybody who is signed in.
pub struct Person(pub Claims);
/// A citizen.
pub struct Citizen(pub Claims);
/// An officer of the desk.
pub struct Officer(pub Claims);
/// An officer who signs decisions.
pub struct DecisionSigner(pub Claims);
/// Who runs the system.
pub struct Operator(pub Claims);

/// A request from our own pages, for forms that are posted before anybody is signed in. Another site must not sign
/// anybody in: they would put their papers into somebody else's account.
pub struct OwnPage;

impl FromRequestParts<App> for OwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        if from_own_pages(&parts.method, &parts.headers) {
            Ok(Self)
        } else {
            Err(from_elsewhere())
        }
    }
}

fn from_elsewhere() -> Problem {
    Problem::forbidden(
        "Yêu cầu này đến từ một trang khác",
        "This request comes from another site",
    )
}

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some((token, from_cookie)) = token(&parts.headers) else {
            return Err(Problem::unauthenticated());
        };
        if from_cookie && !from_own_pages(&parts.method, &parts.headers) {
            return Err(from_elsewhere());
        }
        match app.keys().check(token, app.clock().now()).await {
            Ok(claims) => Ok(Self(claims)),
            Err(Unbelieved::NoKeys) => Err(Problem::unavailable()),
            Err(_) => Err(Problem::unauthenticated()),
        }
    }
}

impl axum::extract::OptionalFromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(person) => Ok(Some(person)),
            Err(problem) if problem.status() == axum::http::StatusCode::UNAUTHORIZED => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// Implements an extractor for people with one role.
macro_rules! role {
    ($($name:ident: $role:ident, $vi:literal, $en:literal;)+) => {$(
        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let Person(claims) = <Person as FromRequestParts<App>>::from_request_parts(parts, app).await?;
                if claims.roles.contains(&Role::$role) {
                    Ok(Self(claims))
                } else {
                    Err(Problem::forbidden($vi, $en))
                }
            }
        }
    )+};
}

role! {
    Citizen: Citizen, "Việc này dành cho công dân", "This is for citizens";
    Officer: Officer, "Việc này dành cho cán bộ", "This is for officers";
    DecisionSigner: Signer, "Việc này dành cho người có thẩm quyền ký", "This is for officers who sign decisions";
    Operator: Operator, "Việc này dành cho người vận hành hệ thống", "This is for operators of the system";
}

#[cfg(test)]
mod tests {
    use super::*;

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
            sid: uuid::Uuid::nil(),
            iat: 0,
            exp: 1_000,
        }
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
