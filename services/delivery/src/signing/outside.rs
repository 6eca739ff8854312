//! Calls to those outside who confirm times and tell what was revoked: bounded in time and size, never led elsewhere.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chassis::{Failure, StartError};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Url, redirect::Policy};

use crate::config::Config;

/// An HTTP client for them.
#[derive(Debug, Clone)]
pub struct Outside(reqwest::Client);

impl Outside {
    /// One that waits as long as is configured for a whole answer.
    pub fn new(config: &Config) -> Result<Self, StartError> {
        chassis::install_cryptography();
        let patience = Duration::from_secs(config.outside_seconds.max(1));
        let client = reqwest::Client::builder()
            .timeout(patience)
            .connect_timeout(patience)
            .redirect(Policy::none())
            .build();
        let client = client.map_err(|error| StartError::because("delivery: HTTP", &error))?;
        Ok(Self(client))
    }

    /// Asks a question.
    pub fn post(&self, url: &Url) -> RequestBuilder {
        self.0.post(url.clone())
    }

    /// Fetches what lies somewhere.
    pub fn get(&self, url: &Url) -> RequestBuilder {
        self.0.get(url.clone())
    }
}

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
    let mut answered = request.send().await.map_err(|error| silent(&error))?;
    let status = answered.status();
    if !status.is_success() {
        return Err(format!("it answers {}", status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answered.chunk().await.map_err(|error| silent(&error))? {
        if body.len() + chunk.len() > most {
            return Err("its answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn silent(error: &reqwest::Error) -> String {
    let what = if error.is_connect() {
        "it cannot be reached"
    } else if error.is_timeout() {
        "it did not answer in time"
    } else {
        "the line broke off"
    };
    what.to_owned()
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
