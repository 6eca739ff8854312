//! Tokens and the keys they are believed by.

use chassis::auth::{Claims, Jwks, Keys, Signer, Unbelieved};
use chrono::DateTime;
use futures::FutureExt;

use super::text;

/// Only what identity signed is believed, letter by letter; claims are read as they were signed; a list of keys that others
/// made believes no token of ours unless it holds our key.
pub fn token(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let signer = Signer::new(&[7; 32]);
    let ours = Keys::fixed(&Jwks {
        keys: vec![signer.jwk()],
    });
    if let Ok(claims) = check(&ours, text, 0) {
        assert_eq!(signer.sign(&claims), text, "another token is believed");
    }
    if let Ok(claims) = serde_json::from_str::<Claims>(text) {
        signed(&signer, &ours, &claims);
    }
    if let Ok(jwks) = serde_json::from_str::<Jwks>(text) {
        listed(&signer, &jwks);
    }
}

fn check(keys: &Keys, token: &str, at: i64) -> Result<Claims, Unbelieved> {
    let now = DateTime::from_timestamp(at, 0).unwrap_or(DateTime::UNIX_EPOCH);
    let checked = keys.check(token, now).now_or_never();
    checked.expect("known keys are not waited for")
}

fn signed(signer: &Signer, ours: &Keys, claims: &Claims) {
    let token = signer.sign(claims);
    let now = DateTime::UNIX_EPOCH.timestamp();
    if claims.exp > now {
        assert_eq!(check(ours, &token, now).as_ref(), Ok(claims));
    } else {
        assert_eq!(check(ours, &token, now), Err(Unbelieved::Expired));
    }
    if DateTime::from_timestamp(claims.exp, 0).is_some() {
        assert_eq!(check(ours, &token, claims.exp), Err(Unbelieved::Expired));
    }
    let stranger = Keys::fixed(&Jwks {
        keys: vec![Signer::new(&[8; 32]).jwk()],
    });
    assert_eq!(check(&stranger, &token, now), Err(Unbelieved::UnknownKey));
}

fn listed(signer: &Signer, jwks: &Jwks) {
    let jwk = signer.jwk();
    let body = r#"{"sub":"00000000-0000-0000-0000-000000000000","name":"Dụ","roles":[],"assurance":1,
        "sid":"00000000-0000-0000-0000-000000000000","iat":0,"exp":1}"#;
    let claims: Claims = serde_json::from_str(body).expect("claims");
    let believed = check(&Keys::fixed(jwks), &signer.sign(&claims), 0);
    let ours = jwks
        .keys
        .iter()
        .any(|key| key.kid == jwk.kid && key.x == jwk.x);
    match believed {
        Ok(_) => assert!(ours, "a stranger's key fits our signature"),
        Err(error) => assert!(
            matches!(error, Unbelieved::UnknownKey | Unbelieved::Forged),
            "{error}"
        ),
    }
}
