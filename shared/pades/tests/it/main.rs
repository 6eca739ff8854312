//! Signatures as others see them: Poppler's pdfsig, pyHanko, qpdf, and our own check.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod appearances;
mod documents;
mod hostile;
mod judges;
mod keys;
mod ocsp;
mod several;
mod signing;
mod tampering;
mod timestamps;
mod token;

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use pades::testing::Authority;
use pades::{Grounds, Request};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// When everything here is signed.
fn signing_time() -> DateTime<Utc> {
    at("2026-02-05T07:03:07Z")
}

/// Making one takes a while.
fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new(at("2026-01-01T00:00:00Z")).unwrap())
}

fn grounds() -> Grounds {
    Grounds {
        anchors: vec![authority().root().clone()],
        ..Grounds::default()
    }
}

fn request(field: &str) -> Request {
    Request::new(field, signing_time())
}
