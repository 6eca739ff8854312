//! A pretend push service, with the browsers that subscribe to it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chassis::Clock;
use p256::SecretKey;
use serde_json::{Value, json};

use super::{Day, Days, Server, answered, locked, refused};
use crate::channel::push::{encryption, vapid};

/// A note that reached its browser.
#[derive(Debug, Clone, PartialEq)]
pub struct Took {
    /// Which browser, by number.
    pub browser: usize,
    /// What it says.
    pub note: Value,
    /// How long it is kept for a browser that is off, in seconds.
    pub ttl: String,
    /// How urgent it is.
    pub urgency: String,
    /// What takes the place of what.
    pub topic: String,
    /// Whom it came from.
    pub contact: String,
}

struct Browser {
    key: SecretKey,
    auth: [u8; 16],
    /// The key that it subscribed for.
    server: String,
}

struct Desk {
    origin: Mutex<String>,
    clock: Clock,
    browsers: Mutex<Vec<Browser>>,
    took: Mutex<Vec<Took>>,
    days: Days,
}

/// The pretend push service.
pub struct Service {
    server: Server,
    desk: Arc<Desk>,
}

impl Service {
    /// Starts it; statements are good or not by this clock.
    pub async fn start(clock: Clock) -> std::io::Result<Self> {
        let desk = Arc::new(Desk {
            origin: Mutex::default(),
            clock,
            browsers: Mutex::default(),
            took: Mutex::default(),
            days: Days::default(),
        });
        let routes = Router::new().fallback(post(take)).with_state(desk.clone());
        let server = Server::start(routes).await?;
        *locked(&desk.origin) = server.url();
        Ok(Self { server, desk })
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        self.server.url()
    }

    /// What it took, in order.
    pub fn took(&self) -> Vec<Took> {
        locked(&self.desk.took).clone()
    }

    /// What the next notes meet.
    pub fn days(&self) -> &Days {
        &self.desk.days
    }

    /// A browser subscribes for a server's key; what it gives, as JSON.
    pub fn subscribe(&self, server: &str) -> String {
        let mut browsers = locked(&self.desk.browsers);
        let key = loop {
            if let Ok(key) = SecretKey::from_slice(&chassis::random::<32>()) {
                break key;
            }
        };
        let auth: [u8; 16] = chassis::random();
        let subscription = json!({
            "endpoint": format!("{}/send/{}", self.origin(), browsers.len()),
            "expirationTime": null,
            "keys": {"p256dh": BASE64.encode(key.public_key().to_sec1_bytes()), "auth": BASE64.encode(auth)},
        });
        browsers.push(Browser {
            key,
            auth,
            server: server.to_owned(),
        });
        subscription.to_string()
    }
}

async fn take(
    State(desk): State<Arc<Desk>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let day = desk.days.next();
    if let Some(refused) = refused(day) {
        return refused;
    }
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let said = vapid::check(&text("authorization"), desk.clock.now());
    let Some((server, claims)) = said.filter(|_| day != Day::WrongCredentials) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if claims.get("aud").and_then(Value::as_str) != Some(locked(&desk.origin).as_str()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let number = uri
        .path()
        .strip_prefix("/send/")
        .and_then(|number| number.parse::<usize>().ok());
    let note = {
        let browsers = locked(&desk.browsers);
        let Some((number, browser)) = number
            .and_then(|number| Some((number, browsers.get(number)?)))
            .filter(|_| day != Day::NoSuchPerson)
        else {
            return StatusCode::GONE.into_response();
        };
        if browser.server != server {
            return StatusCode::FORBIDDEN.into_response();
        }
        if text("content-encoding") != "aes128gcm" || text("ttl").parse::<u32>().is_err() {
            return StatusCode::BAD_REQUEST.into_response();
        }
        let note = encryption::decrypt(&body, &browser.key, &browser.auth).ok();
        note.and_then(|note| serde_json::from_slice(&note).ok())
            .map(|note| (number, note))
    };
    let Some((browser, note)) = note else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    locked(&desk.took).push(Took {
        browser,
        note,
        ttl: text("ttl"),
        urgency: text("urgency"),
        topic: text("topic"),
        contact: claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    });
    let place = format!(
        "{}/message/{}",
        locked(&desk.origin),
        locked(&desk.took).len()
    );
    answered(
        day,
        (StatusCode::CREATED, [(header::LOCATION, place)]).into_response(),
    )
    .await
}
