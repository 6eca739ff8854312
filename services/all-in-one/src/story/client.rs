//! HTTP as the story needs it: JSON with a token, an upload, a browser's way through the sandbox bank, and patience.

use std::{path::Path, time::Duration};

use chassis::StartError;
use reqwest::{RequestBuilder, header, multipart};
use serde_json::Value;

/// Why the story stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

impl Trouble {
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self(StartError::because("HTTP", &error).to_string())
    }
}

/// A text field of an answer.
pub fn text(value: &Value, field: &str) -> Result<String, Trouble> {
    value[field]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Trouble::new(format!("an answer has no {field}: {value}")))
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    body: Value,
}

impl Answer {
    /// The body, when the status is as it should be.
    pub fn expect(self, status: u16, what: &str) -> Result<Value, Trouble> {
        if self.status == status {
            Ok(self.body)
        } else {
            Err(Trouble::new(format!(
                "{what}: answered {} {}",
                self.status, self.body
            )))
        }
    }
}

pub struct Client {
    http: reqwest::Client,
    base: String,
    patience: Duration,
    /// The whole story is one trace.
    traceparent: String,
}

impl Client {
    pub fn new(base: &str, patience: Duration) -> Result<Self, StartError> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .no_proxy()
            .build()
            .map_err(|error| StartError::because("an HTTP client", &error))?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            patience,
            traceparent: chassis::new_traceparent(),
        })
    }

    /// The id of the trace that the story is.
    pub fn trace_id(&self) -> &str {
        self.traceparent.get(3..35).unwrap_or_default()
    }

    /// Asks again and again until something is there.
    pub async fn until<T>(
        &self,
        what: &str,
        ask: impl AsyncFn(&Self) -> Result<Option<T>, Trouble>,
    ) -> Result<T, Trouble> {
        let asking = async {
            let mut wait = Duration::from_millis(20);
            loop {
                if let Some(found) = ask(self).await? {
                    return Ok(found);
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_millis(500));
            }
        };
        tokio::time::timeout(self.patience, asking)
            .await
            .unwrap_or_else(|_| {
                Err(Trouble::new(format!(
                    "waited {} s in vain until {what}",
                    self.patience.as_secs()
                )))
            })
    }

    /// Whether the system answers that it is ready; one that is not up yet answers nothing.
    pub async fn ready(&self) -> Result<Option<()>, Trouble> {
        let answer = self.http.get(format!("{}/ready", self.base)).send().await;
        let ready = answer.is_ok_and(|answer| answer.status().is_success());
        let keys = self
            .http
            .get(format!("{}/identity/.well-known/jwks.json", self.base))
            .send()
            .await;
        Ok((ready && keys.is_ok_and(|answer| answer.status().is_success())).then_some(()))
    }

    async fn send(&self, request: RequestBuilder, token: Option<&str>) -> Result<Answer, Trouble> {
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request
            .header("traceparent", &self.traceparent)
            .send()
            .await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok(Answer {
            status,
            body: serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
        })
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, Trouble> {
        self.send(self.http.get(format!("{}{path}", self.base)), token)
            .await
    }

    pub async fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Result<Answer, Trouble> {
        self.send(
            self.http.post(format!("{}{path}", self.base)).json(body),
            token,
        )
        .await
    }

    pub async fn put(
        &self,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Result<Answer, Trouble> {
        self.send(
            self.http.put(format!("{}{path}", self.base)).json(body),
            token,
        )
        .await
    }

    pub async fn upload(
        &self,
        path: &str,
        token: &str,
        file: &Path,
        bytes: Vec<u8>,
    ) -> Result<Value, Trouble> {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let form =
            multipart::Form::new().part("file", multipart::Part::bytes(bytes).file_name(name));
        let answer = self
            .send(
                self.http
                    .post(format!("{}{path}", self.base))
                    .multipart(form),
                Some(token),
            )
            .await?;
        // 200: the same bytes were there already.
        let status = if answer.status == 200 { 200 } else { 201 };
        answer.expect(status, "uploading")
    }

    pub async fn download(&self, path: &str, token: &str) -> Result<Vec<u8>, Trouble> {
        let answer = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth(token)
            .send()
            .await?;
        Ok(answer.error_for_status()?.bytes().await?.to_vec())
    }

    /// What a browser does at the bank: opens the page, presses the button, comes back. Returns what the way back shows.
    pub async fn pay_at_sandbox_bank(&self, address: &str) -> Result<String, Trouble> {
        let page = self
            .http
            .get(address)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        if !page.contains("value=\"pay\"") {
            return Err(Trouble::new("the sandbox bank's page has no button to pay"));
        }
        let pressed = self
            .http
            .post(address)
            .form(&[("choice", "pay")])
            .send()
            .await?;
        let back = pressed
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let back = back.ok_or_else(|| {
            Trouble::new(format!(
                "the sandbox bank did not send us back: {}",
                pressed.status()
            ))
        })?;
        let shown = self
            .http
            .get(back)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let title = shown
            .split("<h1")
            .nth(1)
            .and_then(|rest| rest.split_once('>'))
            .map(|(_, rest)| rest);
        Ok(title
            .and_then(|rest| rest.split('<').next())
            .unwrap_or_default()
            .trim()
            .to_owned())
    }
}
