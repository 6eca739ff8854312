//! The timestamp authority that confirms when a signature was there (RFC 3161 over HTTP).

use chassis::{Failure, StartError};
use pades::{Timestamp, TimestampRequest};
use reqwest::{Url, header};

use super::outside::{self, Outside};
use crate::config;

/// More than any timestamp takes, in bytes.
const LONGEST: usize = 64 << 10;
/// What is told to be down.
const NAME: &str = "the timestamp authority";

/// The authority.
#[derive(Debug)]
pub struct Clock {
    outside: Outside,
    url: Url,
    login: Option<(String, String)>,
}

impl Clock {
    /// The one that is configured; `None` for no address.
    pub fn open(config: &config::Timestamp, outside: &Outside) -> Result<Option<Self>, StartError> {
        if config.url.trim().is_empty() {
            return Ok(None);
        }
        let url = outside::address(&config.url).ok_or_else(|| {
            StartError::new(
                "delivery: DELIVERY__TIMESTAMP__URL must begin with http:// or https://",
            )
        })?;
        let login = (config.user.clone(), config.password.trim().to_owned());
        Ok(Some(Self {
            outside: outside.clone(),
            url,
            login: Some(login).filter(|(user, _)| !user.is_empty()),
        }))
    }

    /// Has the time of a signature confirmed. Whatever is wrong with the answer, another may be right: the result waits.
    pub async fn confirm(&self, question: &TimestampRequest) -> Result<Timestamp, Failure> {
        let mut request = self
            .outside
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/timestamp-query")
            .header(header::ACCEPT, "application/timestamp-reply")
            .body(question.as_der().to_vec());
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, Some(password));
        }
        let answer = outside::answer(request, LONGEST)
            .await
            .map_err(|why| Failure::down(NAME, format!("{NAME}: {why}")))?;
        question
            .check(&answer)
            .map_err(|error| Failure::down(NAME, error.to_string()))
    }
}
