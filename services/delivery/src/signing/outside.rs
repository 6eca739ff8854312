//! Calls to those outside who confirm times and tell what was revoked: bounded in time and size, never led elsewhere.

use std::sync::{Mutex, PoisonError};

use chassis::Failure;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Url};

use crate::outside::{self, Answer};

/// How long somebody who did not answer is left alone, so that those who wait do not wait for them one by one.
const REST: TimeDelta = TimeDelta::seconds(15);

/// Somebody outside who may be away.
#[derive(Debug)]
pub struct Rest {
    name: &'static str,
    until: Mutex<Option<DateTime<Utc>>>,
}

impl Rest {
    /// Somebody, by what they are called.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            until: Mutex::new(None),
        }
    }

    /// Refuses while they are left alone.
    pub fn is_over(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) if now < until => Err(self.down("it did not answer a moment ago")),
            _ => Ok(()),
        }
    }

    /// They failed just now.
    pub fn begin(&self, why: &str, now: DateTime<Utc>) -> Failure {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + REST);
        self.down(why)
    }

    fn down(&self, why: &str) -> Failure {
        Failure::down(self.name, format!("{}: {why}", self.name))
    }
}

/// An address that may be called: of the web, and naming a host.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_of_the_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_of_the_web.then_some(url)
}

/// The body of an answer of at most so many bytes, or why there is none. Addresses are not repeated: they may hold a secret.
pub async fn answer(request: RequestBuilder, most: usize) -> Result<Vec<u8>, String> {
    let answer = outside::ask_within(request, most).await;
    let Answer { status, body } = answer.map_err(|away| away.to_string())?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(format!("it answers {}", status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_called() {
        assert!(address("http://tsa.example/tsp").is_some());
        assert!(address(" https://tsa.example ").is_some());
        for other in [
            "ldap://ca.example/cn=CA",
            "file:///etc/passwd",
            "tsa.example",
            "",
        ] {
            assert!(address(other).is_none(), "{other}");
        }
    }
}
