//! Calls to the outside world over HTTP: a whole answer of a bounded length, or that there is none.

use std::time::Duration;

use chassis::StartError;
use reqwest::{StatusCode, redirect::Policy};
use serde::de::DeserializeOwned;

/// More than anybody outside has to say.
const LONGEST: usize = 4 * 1024 * 1024;

/// Why there is no answer to go by. Whether what was asked is done is not known.
#[derive(Debug, thiserror::Error)]
pub enum Away {
    /// It cannot be reached.
    #[error("it cannot be reached")]
    Unreachable,
    /// It was asked and did not answer whole, or in time.
    #[error("it was asked and did not answer")]
    Silent,
    /// It answers that it cannot now, or that it does not know us.
    #[error("it answers {0}")]
    Busy(StatusCode),
    /// It says more than is listened to.
    #[error("its answer is too long")]
    TooLong,
    /// Nobody understands its answer.
    #[error("its answer cannot be understood")]
    Nonsense,
}

impl From<reqwest::Error> for Away {
    /// An error of the client's prints the address, which may hold a secret: only its kind is kept.
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unreachable
        } else {
            Self::Silent
        }
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// What it said.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Away> {
        serde_json::from_slice(&self.body).map_err(|_| Away::Nonsense)
    }

    /// Whether it may do later what it did not do now: it is busy, broken, or wants other credentials, which an operator mends.
    pub fn is_for_later(&self) -> bool {
        self.status.is_server_error()
            || matches!(
                self.status,
                StatusCode::UNAUTHORIZED
                    | StatusCode::FORBIDDEN
                    | StatusCode::NOT_FOUND
                    | StatusCode::METHOD_NOT_ALLOWED
                    | StatusCode::REQUEST_TIMEOUT
                    | StatusCode::TOO_MANY_REQUESTS
            )
            || self.status.is_redirection()
    }
}

/// A client that waits at most so long for a whole answer and follows nobody elsewhere with a secret in its hands.
pub fn client(seconds: u64) -> Result<reqwest::Client, StartError> {
    chassis::install_cryptography();
    let timeout = Duration::from_secs(seconds);
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .redirect(Policy::none())
        .build()
        .map_err(|error| StartError::because("delivery: its HTTP client", &error))
}

/// Asks somebody who has as much to say as anybody.
pub async fn ask(request: reqwest::RequestBuilder) -> Result<Answer, Away> {
    ask_within(request, LONGEST).await
}

/// Asks for an answer of at most so many bytes.
pub async fn ask_within(request: reqwest::RequestBuilder, most: usize) -> Result<Answer, Away> {
    let mut answered = request.send().await?;
    let status = answered.status();
    let mut body = Vec::new();
    while let Some(chunk) = answered.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(Away::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// A text from outside, cut to what a row and a page can hold.
pub fn cut(text: &str, most: usize) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(most).collect::<String>().trim().to_owned()
}
