//! How a push service knows who is asking: RFC 8292, a signed statement for one service and half a day.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use p256::ecdsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer, Verifier},
};
use serde_json::{Value, json};

/// How long a statement is good; a day is the most that services take.
const GOOD: TimeDelta = TimeDelta::hours(12);

/// Our key: whom subscriptions are made for.
#[derive(Clone)]
pub struct Key {
    key: SigningKey,
    public: String,
}

impl Key {
    /// Reads a private key: 32 bytes in URL-safe base64, as other libraries write it.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.trim().trim_end_matches('=')).ok()?;
        let key = SigningKey::from_slice(&bytes).ok()?;
        let public = BASE64.encode(p256::PublicKey::from(key.verifying_key()).to_sec1_bytes());
        Some(Self { key, public })
    }

    /// The public key, as a page hands it to the browser when somebody subscribes (`applicationServerKey`).
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` for a push service: its origin, and whom to write to about us.
    pub fn authorization(&self, origin: &str, contact: &str, now: DateTime<Utc>) -> String {
        let part = |value: Value| BASE64.encode(value.to_string());
        let header = part(json!({"typ": "JWT", "alg": "ES256"}));
        let claims = part(json!({"aud": origin, "exp": (now + GOOD).timestamp(), "sub": contact}));
        let said = format!("{header}.{claims}");
        let signature: Signature = self.key.sign(said.as_bytes());
        format!(
            "vapid t={said}.{}, k={}",
            BASE64.encode(signature.to_bytes()),
            self.public
        )
    }
}

/// What a push service checks: the public key and the claims of a statement, if it is signed by that key and still good.
pub fn check(authorization: &str, now: DateTime<Utc>) -> Option<(String, Value)> {
    let (token, public) = authorization.strip_prefix("vapid t=")?.split_once(", k=")?;
    let (said, signature) = token.rsplit_once('.')?;
    let key = VerifyingKey::from_sec1_bytes(&BASE64.decode(public).ok()?).ok()?;
    let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
    key.verify(said.as_bytes(), &signature).ok()?;
    let claims: Value =
        serde_json::from_slice(&BASE64.decode(said.split_once('.')?.1).ok()?).ok()?;
    let until = claims.get("exp")?.as_i64()?;
    let good = until > now.timestamp() && until <= (now + TimeDelta::days(1)).timestamp();
    good.then(|| (public.to_owned(), claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_believed_for_half_a_day_and_by_its_key_only() {
        let key = Key::read("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
        // The public key that belongs to it in RFC 8291.
        assert_eq!(
            key.public(),
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
        );
        let now = DateTime::UNIX_EPOCH;
        let said = key.authorization("https://push.example", "mailto:a@example.vn", now);
        let (public, claims) = check(&said, now).unwrap();
        assert_eq!(
            (public.as_str(), claims["aud"].as_str()),
            (key.public(), Some("https://push.example"))
        );
        assert_eq!(claims["sub"], "mailto:a@example.vn");
        assert!(check(&said, now + TimeDelta::hours(12)).is_none());
        let other = Key::read("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").unwrap();
        assert!(check(&said.replace(key.public(), other.public()), now).is_none());
        assert!(Key::read("short").is_none() && Key::read(&BASE64.encode([0; 32])).is_none());
    }
}
