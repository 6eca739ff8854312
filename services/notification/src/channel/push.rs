//! Notes in the browser (web push, RFC 8030): encrypted for the browser, handed to the service that its maker runs.

pub mod encryption;
pub mod vapid;

use std::time::Duration;

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chassis::StartError;
use chrono::{DateTime, Utc};
use p256::{PublicKey, SecretKey};
use reqwest::{Url, header};
use serde::Deserialize;
use serde_json::json;

use self::vapid::Key;
use super::{Outgoing, Taken, Untaken, config, http};

/// What it is called in what is told of it.
pub const PROVIDER: &str = "web-push";
/// Browsers write it without padding; some pages put it on.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a browser gives when somebody subscribes.
#[derive(Deserialize)]
struct Subscription {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

/// Sends notes.
pub struct Push {
    http: reqwest::Client,
    key: Key,
    config: config::Push,
}

impl Push {
    /// Reads the configuration.
    pub fn open(config: &config::Push) -> Result<Self, StartError> {
        let refuse =
            |key: &str, why: &str| StartError::new(format!("notification: push.{key} {why}"));
        let key = Key::read(config.key.expose())
            .ok_or_else(|| refuse("key", "is no private key of 32 bytes in URL-safe base64"))?;
        if !(config.contact.starts_with("mailto:") || config.contact.starts_with("https://")) {
            return Err(refuse("contact", "is no mailto: or https:// address"));
        }
        Ok(Self {
            http: http::client(Duration::from_secs(config.timeout_seconds))?,
            key,
            config: config.clone(),
        })
    }

    /// The public key that pages subscribe with.
    pub fn public_key(&self) -> &str {
        self.key.public()
    }

    /// Sends a note. The service tells nothing of what becomes of it.
    pub async fn send(
        &self,
        outgoing: &Outgoing,
        note: [&str; 3],
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let refused = |code: &str, reason: &str| Untaken::Refused {
            provider: PROVIDER.into(),
            code: code.into(),
            reason: reason.into(),
        };
        let no_subscription = || {
            refused(
                "subscription",
                "it is no subscription to a known push service",
            )
        };
        let subscription: Subscription =
            serde_json::from_str(&outgoing.to).map_err(|_| no_subscription())?;
        let endpoint = Url::parse(&subscription.endpoint).map_err(|_| no_subscription())?;
        if !self.known(&endpoint) {
            return Err(no_subscription());
        }
        let public = BASE64
            .decode(&subscription.keys.p256dh)
            .ok()
            .and_then(|bytes| PublicKey::from_sec1_bytes(&bytes).ok());
        let auth = BASE64
            .decode(&subscription.keys.auth)
            .ok()
            .filter(|auth| auth.len() == 16);
        let (Some(public), Some(auth)) = (public, auth) else {
            return Err(no_subscription());
        };
        let [title, body, link] = note;
        let note =
            json!({"id": outgoing.id, "title": title, "body": body, "link": link}).to_string();
        let once = SecretKey::from_slice(&chassis::random::<32>())
            .map_err(|_| Untaken::Malformed("a key could not be made".into()))?;
        let body = encryption::encrypt(note.as_bytes(), &public, &auth, chassis::random(), &once)
            .map_err(|_| Untaken::Malformed("the note is too long".into()))?;
        let origin = endpoint.origin().ascii_serialization();
        let request = self
            .http
            .post(endpoint)
            .header(
                header::AUTHORIZATION,
                self.key.authorization(&origin, &self.config.contact, now),
            )
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("TTL", self.config.keep_seconds)
            .header("Urgency", if outgoing.urgent { "high" } else { "normal" })
            // A note that comes twice takes the place of the first: nobody sees two.
            .header("Topic", outgoing.id.simple().to_string())
            .body(body);
        let answer = http::ask(request, PROVIDER, now).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(Taken {
                provider: PROVIDER.into(),
                reference: answer.location,
                confirmed: true,
            }),
            404 | 410 => Err(refused("gone", "the subscription is not there any more")),
            403 => Err(refused("403", "the subscription was made for another key")),
            413 => Err(Untaken::Malformed(
                "the note is too long for this service".into(),
            )),
            _ => Err(http::by_status(&answer, PROVIDER, now)),
        }
    }

    /// Whether an address is one of a push service. It comes from a browser, and may lead anywhere: into our own network, too.
    fn known(&self, endpoint: &Url) -> bool {
        if endpoint.scheme() == "https"
            && endpoint.port().is_none()
            && endpoint.username().is_empty()
        {
            let host = endpoint.host_str().unwrap_or_default();
            self.config
                .services
                .iter()
                .any(|service| match service.strip_prefix('*') {
                    Some(end) => host.ends_with(end) && end.starts_with('.'),
                    None => host == service,
                })
        } else {
            // A pretend service is named with its whole origin.
            self.config
                .services
                .contains(&endpoint.origin().ascii_serialization())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_go_to_push_services_only() {
        chassis::install_cryptography();
        let config = config::Push {
            key: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw".into(),
            contact: "mailto:a@example.vn".into(),
            ..config::Push::default()
        };
        let push = Push::open(&config).unwrap();
        for (url, known) in [
            ("https://fcm.googleapis.com/fcm/send/a", true),
            ("https://hk2.notify.windows.com/w/?token=a", true),
            ("https://fcm.googleapis.com.example.org/a", false),
            ("https://evilnotify.windows.com/a", false),
            ("https://fcm.googleapis.com:8443/a", false),
            ("https://user@fcm.googleapis.com/a", false),
            ("http://fcm.googleapis.com/a", false),
            ("http://127.0.0.1:8080/", false),
            ("https://[::1]/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(push.known(&url.parse().unwrap()), known, "{url}");
        }
    }
}
