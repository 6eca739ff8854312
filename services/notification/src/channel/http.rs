//! A call to a provider over HTTP: what came back, or whether it is known that nothing was done.

use std::time::Duration;

use chassis::StartError;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{StatusCode, header, redirect::Policy};

use super::{UNANSWERED, Untaken};

/// More than any provider has to say.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Longer than this nobody is waited for, whatever they ask.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// What a provider answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// When it wants to be asked again, if it says so.
    pub again: Option<DateTime<Utc>>,
    /// Where what it made can be found, if it says so.
    pub location: Option<String>,
    /// What it said.
    pub body: Vec<u8>,
}

/// A client that waits at most so long for a whole answer and follows nobody elsewhere with a secret in its hands.
pub fn client(timeout: Duration) -> Result<reqwest::Client, StartError> {
    chassis::install_cryptography();
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .redirect(Policy::none())
        .build()
        .map_err(|error| StartError::because("notification: the HTTP client", &error))
}

/// Whether a provider can be asked at `url` at all.
pub fn is_address(url: &str) -> bool {
    let address = url.parse::<reqwest::Url>();
    address.is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

/// Asks. What could not be reached is [`Untaken::Down`]: nothing was done. What was reached and did not answer whole may
/// have done it.
pub async fn ask(
    request: reqwest::RequestBuilder,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<Answer, Untaken> {
    let mut answered = request
        .send()
        .await
        .map_err(|error| silent(provider, &error))?;
    let status = answered.status();
    let again = answered
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| later(value.to_str().ok()?, now));
    let location = answered.headers().get(header::LOCATION);
    let location = location
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = answered
        .chunk()
        .await
        .map_err(|error| silent(provider, &error))?
    {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(unanswered(provider, "its answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        again,
        location,
        body,
    })
}

/// It was asked, and may have done it.
pub fn unanswered(provider: &str, reason: &str) -> Untaken {
    Untaken::Later {
        provider: provider.to_owned(),
        code: UNANSWERED.to_owned(),
        reason: reason.to_owned(),
    }
}

/// An error of the client's prints the address, which may hold a secret: only its kind is told.
fn silent(provider: &str, error: &reqwest::Error) -> Untaken {
    if error.is_connect() {
        Untaken::Down {
            provider: provider.to_owned(),
            reason: "it cannot be reached".to_owned(),
        }
    } else if error.is_builder() {
        Untaken::Malformed("the request cannot be put together".to_owned())
    } else if error.is_timeout() {
        unanswered(provider, "it was asked and did not answer in time")
    } else {
        unanswered(provider, "it was asked and the line broke off")
    }
}

/// What a status says when the body says nothing that is understood.
pub fn by_status(answer: &Answer, provider: &str, now: DateTime<Utc>) -> Untaken {
    let provider_ = provider.to_owned();
    let reason = format!("it answers {}", answer.status.as_u16());
    match answer.status.as_u16() {
        429 => Untaken::Limited {
            provider: provider_,
            until: answer.again.unwrap_or(now + TimeDelta::minutes(1)),
        },
        503 => match answer.again {
            Some(until) => Untaken::Limited {
                provider: provider_,
                until,
            },
            None => Untaken::Down {
                provider: provider_,
                reason,
            },
        },
        400 | 411 | 413 | 415 | 422 => Untaken::Malformed(reason),
        // Who is in between says that who is behind did not answer: it may have done it.
        502 | 504 | 500 | 200..=299 => unanswered(provider, &reason),
        _ => Untaken::Down {
            provider: provider_,
            reason,
        },
    }
}

/// `Retry-After`: seconds, or a date.
fn later(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let until = match text.parse::<u32>() {
        Ok(seconds) => now.checked_add_signed(TimeDelta::seconds(seconds.into()))?,
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc(),
    };
    Some(until.clamp(now, now + LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date_and_has_an_end() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(later("30", now), Some(now + TimeDelta::seconds(30)));
        assert_eq!(
            later("Thu, 01 Jan 1970 00:02:00 GMT", now),
            Some(now + TimeDelta::minutes(2))
        );
        assert_eq!(later("4294967295", now), Some(now + LONGEST_WAIT));
        assert_eq!(later("soon", now), None);
    }
}
