//! The timestamp authority that confirms when a signature was there (RFC 3161 over HTTP).

use chassis::{Failure, StartError, config::Secret};
use chrono::{DateTime, Utc};
use pades::{Timestamp, TimestampRequest};
use reqwest::{Url, header};

use super::outside::{self, Rest};
use crate::config;

/// More than any timestamp takes, in bytes.
const LONGEST: usize = 64 << 10;
/// What is told to be down.
const NAME: &str = "the timestamp authority";

/// The authority.
#[derive(Debug)]
pub struct Clock {
    http: reqwest::Client,
    url: Url,
    login: Option<(String, Secret)>,
    rest: Rest,
}

impl Clock {
    /// The one that is configured; `None` for no address.
    pub fn open(
        config: &config::Timestamp,
        http: &reqwest::Client,
    ) -> Result<Option<Self>, StartError> {
        if config.url.trim().is_empty() {
            return Ok(None);
        }
        let url = outside::address(&config.url).ok_or_else(|| {
            StartError::new(
                "delivery: DELIVERY__TIMESTAMP__URL must begin with http:// or https://",
            )
        })?;
        let login = (config.user.clone(), config.password.clone());
        Ok(Some(Self {
            http: http.clone(),
            url,
            login: Some(login).filter(|(user, _)| !user.is_empty()),
            rest: Rest::new(NAME),
        }))
    }

    /// Has the time of a signature confirmed. Whatever is wrong with the answer, another may be right: the result waits.
    pub async fn confirm(
        &self,
        question: &TimestampRequest,
        now: DateTime<Utc>,
    ) -> Result<Timestamp, Failure> {
        self.rest.is_over(now)?;
        let mut request = self
            .http
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/timestamp-query")
            .header(header::ACCEPT, "application/timestamp-reply")
            .body(question.as_der().to_vec());
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, Some(password.expose().trim()));
        }
        let answer = outside::answer(request, LONGEST).await;
        let answer = answer.map_err(|why| self.rest.begin(&why, now))?;
        let confirmed = question.check(&answer);
        confirmed.map_err(|error| self.rest.begin(&error.to_string(), now))
    }
}
