//! HTTP as the story needs it: JSON with a token, an upload, a browser's way through the sandbox bank, and patience.

use std::{path::Path, time::Duration};

use chassis::StartError;
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, header, multipart};
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

/// A field that is a moment, as people in Vietnam read it.
pub fn moment(value: &Value, field: &str) -> Result<String, Trouble> {
    let written = text(value, field)?;
    let at: DateTime<Utc> = written
        .parse()
        .map_err(|_| Trouble::new(format!("{field} is no moment: {written}")))?;
    Ok(web::moment(at))
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

/// Somebody at the system's door: nobody in particular, or whoever a token names.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    patience: Duration,
    /// The whole story is one trace.
    traceparent: String,
    token: Option<String>,
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
            token: None,
        })
    }

    /// The same door, entered by whoever `token` names.
    pub fn signed_in(&self, token: String) -> Self {
        Self {
            token: Some(token),
            ..self.clone()
        }
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

    /// Asks again and again until `path` is found and `enough`.
    pub async fn until_found(
        &self,
        what: &str,
        path: &str,
        enough: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        self.until(what, async |client| {
            let answer = client.get(path).await?;
            if answer.status == 404 {
                return Ok(None);
            }
            let found = answer.expect(200, what)?;
            Ok(enough(&found).then_some(found))
        })
        .await
    }

    /// Whether the system answers that it is ready; one that is not up yet answers nothing.
    pub async fn ready(&self) -> Result<Option<()>, Trouble> {
        for path in ["/ready", "/identity/.well-known/jwks.json"] {
            let answer = self.request(Method::GET, path).send().await;
            if !answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// A request as part of the story, by whoever this is.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("traceparent", &self.traceparent);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Result<Answer, Trouble> {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn upload(&self, path: &str, file: &Path, bytes: Vec<u8>) -> Result<Value, Trouble> {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let part = multipart::Part::bytes(bytes).file_name(name);
        let form = multipart::Form::new().part("file", part);
        let answer = answer(self.request(Method::POST, path).multipart(form)).await?;
        // 200: the same bytes were there already.
        let status = if answer.status == 200 { 200 } else { 201 };
        answer.expect(status, "uploading")
    }

    pub async fn download(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let answer = self.request(Method::GET, path).send().await?;
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

/// Sends a request and reads its answer: JSON, or else text.
async fn answer(request: RequestBuilder) -> Result<Answer, Trouble> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
    })
}
