//! How an agency knows that a call is ours and new: an HMAC over time and body, by each secret that is valid.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that carries it.
pub const HEADER: &str = "motcua-signature";

fn mac(secret: &str, at: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// `t=1791425700,v1=…`: the HMAC-SHA-256 over the time, a dot and the body, in hex; one `v1` a secret.
pub fn sign<'a>(
    secrets: impl IntoIterator<Item = &'a str>,
    at: DateTime<Utc>,
    body: &[u8],
) -> String {
    let at = at.timestamp();
    let mut header = format!("t={at}");
    for secret in secrets {
        if let Some(mac) = mac(secret, at, body) {
            header.push_str(",v1=");
            header.push_str(&hex::encode(mac.finalize().into_bytes()));
        }
    }
    header
}

/// What an agency checks: that one of the signatures is by its secret, and that the call is not older than `patience`.
pub fn is_ours(
    header: &str,
    secret: &str,
    body: &[u8],
    now: DateTime<Utc>,
    patience: TimeDelta,
) -> bool {
    let parts = || header.split(',').filter_map(|part| part.split_once('='));
    let at = parts().find_map(|(name, value)| (name == "t").then(|| value.parse::<i64>().ok())?);
    let Some(at) = at else {
        return false;
    };
    if (now.timestamp() - at).abs() > patience.num_seconds() {
        return false;
    }
    parts()
        .filter(|(name, _)| *name == "v1")
        .any(|(_, claimed)| {
            let claimed = hex::decode(claimed).unwrap_or_default();
            mac(secret, at, body).is_some_and(|mac| mac.verify_slice(&claimed).is_ok())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn while_secrets_change_both_are_believed_and_no_other() {
        let header = sign(["new", "old"], at(1_000), b"{}");
        let believed = |secret, body: &[u8], now| {
            is_ours(&header, secret, body, at(now), TimeDelta::minutes(5))
        };
        assert!(believed("new", b"{}", 1_000) && believed("old", b"{}", 1_300));
        assert!(!believed("other", b"{}", 1_000), "another secret");
        assert!(!believed("new", b"{ }", 1_000), "another body");
        assert!(!believed("new", b"{}", 1_301), "said again later");
    }

    #[test]
    fn the_signature_is_what_it_is_documented_to_be() {
        // As `printf '1000.{}' | openssl dgst -sha256 -hmac secret` says.
        assert_eq!(
            sign(["secret"], at(1_000), b"{}"),
            "t=1000,v1=026360fb6284f077f1148b1ae7c62679730497810a6a0321574de01e8b009e7a"
        );
    }

    proptest! {
        #[test]
        fn no_header_that_was_made_up_is_believed(header in "(t=1000,v1=[0-9a-f]{0,64}|.*)") {
            let believed = is_ours(&header, "secret", b"{}", at(1_000), TimeDelta::minutes(5));
            prop_assert!(!believed);
        }
    }
}
