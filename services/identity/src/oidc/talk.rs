//! Calls to a provider over HTTP: what it answers whole, in time and in a size that anybody can mean.

use std::time::Duration;

use chassis::StartError;
use reqwest::{RequestBuilder, StatusCode, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Metadata, Provider, Trouble, rules::Claims};

/// More than any provider has to say.
const LONGEST_ANSWER: usize = 256 * 1024;

/// A client that follows nobody elsewhere with a secret in its hands.
pub fn client(timeout: Duration) -> Result<reqwest::Client, StartError> {
    chassis::install_cryptography();
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(Policy::none())
        .build()
        .map_err(|error| StartError::because("identity: the HTTP client", &error))
}

async fn ask(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), Trouble> {
    let mut answered = request.send().await.map_err(|error| silent(&error))?;
    let status = answered.status();
    if status.is_server_error() {
        return Err(Trouble::Away(format!("it answers {}", status.as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answered.chunk().await.map_err(|error| silent(&error))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Trouble::Garbage("its answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

/// An error of the client's prints the address: only its kind is told.
fn silent(error: &reqwest::Error) -> Trouble {
    let reason = if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "the line broke off"
    };
    Trouble::Away(reason.to_owned())
}

/// What it answers to a question that everybody may ask.
pub async fn body(request: RequestBuilder) -> Result<Vec<u8>, Trouble> {
    match ask(request).await? {
        (StatusCode::OK, body) => Ok(body),
        (status, _) => Err(Trouble::Garbage(format!("it answers {}", status.as_u16()))),
    }
}

/// The same as JSON.
pub async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Trouble> {
    read(&body(request).await?)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    // What it said is not repeated: it may say who somebody is.
    let read = serde_json::from_slice(body);
    read.map_err(|_| Trouble::Garbage("its answer is not what the protocol says".to_owned()))
}

/// What a code is redeemed for.
#[derive(Deserialize)]
pub struct Tokens {
    /// Opens the userinfo endpoint.
    pub access_token: String,
    /// Says who signed in.
    pub id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Redeems a code.
pub async fn redeem(
    provider: &Provider,
    metadata: &Metadata,
    code: &str,
    verifier: &str,
) -> Result<Tokens, Trouble> {
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", provider.redirect_uri.clone()),
        ("code_verifier", verifier.to_owned()),
    ];
    let request = provider.client.post(&metadata.token_endpoint);
    match ask(provider.as_client(request, form)).await? {
        (StatusCode::OK, body) => read(&body),
        (status, body) => Err(match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => {
                let named = refusal.error.bytes().all(|byte| byte.is_ascii_graphic());
                let error = if named { refusal.error.as_str() } else { "?" };
                Trouble::Disbelieved(format!("it takes the code for nothing ({error})"))
            }
            Err(_) => Trouble::Garbage(format!("it answers {} to a code", status.as_u16())),
        }),
    }
}

/// Asks who signed in.
pub async fn userinfo(
    provider: &Provider,
    metadata: &Metadata,
    access_token: &str,
) -> Result<Claims, Trouble> {
    let url = metadata.userinfo_endpoint.as_ref();
    let url = url.ok_or_else(|| Trouble::Garbage("it has no userinfo endpoint".to_owned()))?;
    json(provider.client.get(url).bearer_auth(access_token)).await
}

/// Where somebody signs out there, if anywhere.
pub fn end_session(
    provider: &Provider,
    metadata: &Metadata,
    id_token: Option<&str>,
    back: &str,
) -> Option<String> {
    let mut url: url::Url = metadata.end_session_endpoint.as_ref()?.parse().ok()?;
    {
        let mut query = url.query_pairs_mut();
        if let Some(id_token) = id_token {
            query.append_pair("id_token_hint", id_token);
        }
        query.append_pair("client_id", &provider.config.client_id);
        query.append_pair("post_logout_redirect_uri", back);
    }
    Some(url.into())
}
