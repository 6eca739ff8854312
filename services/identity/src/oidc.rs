//! Signing in elsewhere (OpenID Connect): the providers that are configured, what they publish of themselves and their keys.
//!
//! Nothing is asked of a provider before somebody wants to sign in there: one that is away keeps nobody from starting.

pub mod begin;
pub mod callback;
pub mod config;
pub mod jws;
pub mod linking;
pub mod logout;
pub mod rules;
mod talk;

use std::{collections::BTreeMap, time::Duration};

use chassis::{Setup, StartError};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{
    config::Config,
    domain::Assurance,
    oidc::{
        config::{ClientAuth, is_address},
        jws::{Key, Sealed, Unbelieved},
        rules::Claims,
    },
    sandbox,
};

/// So long counts what a provider published; then it is asked again.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// How soon an unknown key makes its keys be fetched again.
const REFETCH: TimeDelta = TimeDelta::seconds(10);
/// The longest that an answer of a provider is waited for. Two or three of them fit in what a request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nobody came in, as far as it is the provider's doing.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It cannot be reached, does not answer in time, or says that it cannot.
    #[error("it is away: {0}")]
    Away(String),
    /// What it answers is not understood.
    #[error("it answers something else: {0}")]
    Garbage(String),
    /// What it says is not to be believed.
    #[error("what it says is not believed: {0}")]
    Disbelieved(String),
}

impl From<Unbelieved> for Trouble {
    fn from(unbelieved: Unbelieved) -> Self {
        Self::Disbelieved(unbelieved.to_string())
    }
}

impl From<rules::Broken> for Trouble {
    fn from(broken: rules::Broken) -> Self {
        Self::Disbelieved(broken.to_string())
    }
}

/// What a provider publishes of itself (OpenID Connect Discovery 1.0).
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    /// Where somebody signs out there.
    pub end_session_endpoint: Option<String>,
    /// Whether it names itself when it sends a browser back (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// What is given in the configuration, where it publishes nothing.
    fn given(provider: &config::Provider) -> Option<Self> {
        let endpoints = &provider.endpoints;
        let some = |url: &String| (!url.is_empty()).then(|| url.clone());
        provider.is_described().then(|| Self {
            issuer: provider.issuer.clone(),
            authorization_endpoint: endpoints.authorize.clone(),
            token_endpoint: endpoints.token.clone(),
            userinfo_endpoint: some(&endpoints.userinfo),
            jwks_uri: endpoints.jwks.clone(),
            end_session_endpoint: some(&endpoints.end_session),
            authorization_response_iss_parameter_supported: false,
        })
    }

    /// Whether it is of this issuer, and names only places where anybody may be sent.
    fn is_of(&self, issuer: &str) -> Result<(), Trouble> {
        if self.issuer != issuer {
            return Err(Trouble::Garbage("it publishes another issuer".to_owned()));
        }
        let some = [&self.userinfo_endpoint, &self.end_session_endpoint];
        let all = [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.jwks_uri,
        ];
        let mut all = all.into_iter().chain(some.into_iter().flatten());
        if all.all(|url| is_address(url)) {
            Ok(())
        } else {
            let reason = "it publishes an endpoint that is no https address";
            Err(Trouble::Garbage(reason.to_owned()))
        }
    }
}

/// What is known of a provider, and since when.
#[derive(Default)]
struct Known {
    metadata: Option<(Metadata, DateTime<Utc>)>,
    keys: Option<(Vec<Key>, DateTime<Utc>)>,
}

/// A provider that is configured.
pub struct Provider {
    /// What addresses call it.
    pub id: String,
    /// How it is configured.
    pub config: config::Provider,
    /// Where it sends browsers back to.
    pub redirect_uri: String,
    levels: Vec<(String, Assurance)>,
    given: Option<Metadata>,
    client: reqwest::Client,
    known: Mutex<Known>,
}

impl Provider {
    /// What it publishes of itself. What was known before counts on while it is away.
    pub async fn metadata(&self, now: DateTime<Utc>) -> Result<Metadata, Trouble> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let before = self.known.lock().await.metadata.clone();
        if let Some((metadata, at)) = &before
            && now - at < KEPT
        {
            return Ok(metadata.clone());
        }
        match self.discover().await {
            Ok(metadata) => {
                self.known.lock().await.metadata = Some((metadata.clone(), now));
                Ok(metadata)
            }
            Err(trouble) => match before {
                Some((metadata, _)) => {
                    tracing::warn!(provider = self.id, error = %trouble, "what a provider publishes cannot be fetched: what it was counts on");
                    Ok(metadata)
                }
                None => Err(trouble),
            },
        }
    }

    async fn discover(&self) -> Result<Metadata, Trouble> {
        let issuer = self.config.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = talk::json(self.client.get(url)).await?;
        metadata.is_of(&self.config.issuer)?;
        Ok(metadata)
    }

    /// What was signed says, if a key of the provider's signed it. An unknown key makes its keys be fetched again: it may have
    /// changed them.
    pub async fn open<'a>(
        &self,
        sealed: &'a Sealed<'_>,
        now: DateTime<Utc>,
    ) -> Result<&'a Claims, Trouble> {
        let known = self.known.lock().await.keys.clone();
        let fresh = known.filter(|(_, at)| now - at < KEPT);
        if let Some((keys, at)) = &fresh {
            match sealed.open(keys) {
                Err(Unbelieved::UnknownKey) if now - at >= REFETCH => {}
                other => return Ok(other?),
            }
        }
        let metadata = self.metadata(now).await?;
        let body = talk::body(self.client.get(&metadata.jwks_uri)).await?;
        let keys = jws::keys(&body);
        let keys = keys.ok_or_else(|| Trouble::Garbage("its keys are no list of keys".into()))?;
        let opened = sealed.open(&keys);
        self.known.lock().await.keys = Some((keys, now));
        Ok(opened?)
    }

    /// What a context of the provider's is here.
    pub fn level(&self, acr: Option<&str>) -> Assurance {
        let known = self
            .levels
            .iter()
            .find(|(known, _)| Some(known.as_str()) == acr);
        known.map_or(self.config.level, |(_, level)| *level)
    }

    /// The least sure of its contexts whose level leads where somebody wants to go, nothing in it where every one does; `None` when
    /// none does.
    pub fn least(&self, leads: impl Fn(Assurance) -> bool) -> Option<Option<&str>> {
        let named = self.levels.iter();
        if leads(self.config.level) && self.levels.iter().all(|(_, level)| leads(*level)) {
            return Some(None);
        }
        let enough = named.filter(|(_, level)| leads(*level));
        let least = enough.min_by_key(|(_, level)| *level);
        least.map(|(acr, _)| Some(acr.as_str()))
    }

    /// Whether this context may be asked for: one whose level is known.
    pub fn knows(&self, acr: &str) -> bool {
        self.levels.iter().any(|(known, _)| known == acr)
    }

    /// A request to one of its endpoints that says who we are.
    fn as_client(
        &self,
        request: reqwest::RequestBuilder,
        mut form: Vec<(&'static str, String)>,
    ) -> reqwest::RequestBuilder {
        let (id, secret) = (&self.config.client_id, &self.config.client_secret);
        if !secret.is_empty() && self.config.client_auth == ClientAuth::Basic {
            // Each part as in a form (RFC 6749, section 2.3.1).
            let encode =
                |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            return request
                .basic_auth(encode(id), Some(encode(secret.expose())))
                .form(&form);
        }
        form.push(("client_id", id.clone()));
        if !secret.is_empty() {
            form.push(("client_secret", secret.expose().to_owned()));
        }
        request.form(&form)
    }
}

/// All providers, in the order of their ids.
pub struct Providers(BTreeMap<String, Provider>);

impl Providers {
    /// Those that are configured, if all of them can work.
    pub fn load(setup: &Setup) -> Result<Self, StartError> {
        let config = setup.config::<Config>();
        let client = talk::client(PATIENCE)?;
        let mut configured = config.providers.clone();
        if config.sandbox.enabled {
            configured.insert(sandbox::ID.to_owned(), sandbox::provider(setup.settings()));
        }
        let mut all = BTreeMap::new();
        for (id, provider) in &configured {
            provider.check(id)?;
            let path = format!("/identity/oidc/{id}/callback");
            let provider = Provider {
                id: id.clone(),
                redirect_uri: setup.settings().public(&path),
                levels: provider.read_levels(id)?,
                given: Metadata::given(provider),
                config: provider.clone(),
                client: client.clone(),
                known: Mutex::default(),
            };
            all.insert(id.clone(), provider);
        }
        Ok(Self(all))
    }

    /// One of them.
    pub fn find(&self, id: &str) -> Option<&Provider> {
        self.0.get(id)
    }

    /// The one that is this issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0
            .values()
            .find(|provider| provider.config.issuer == issuer)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Provider> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_publishes_counts_only_of_itself_and_over_tls() {
        let metadata = Metadata {
            issuer: "https://sso.example.vn".to_owned(),
            authorization_endpoint: "https://sso.example.vn/auth".to_owned(),
            token_endpoint: "https://sso.example.vn/token".to_owned(),
            userinfo_endpoint: None,
            jwks_uri: "https://keys.example.vn/".to_owned(),
            end_session_endpoint: None,
            authorization_response_iss_parameter_supported: true,
        };
        assert!(metadata.is_of("https://sso.example.vn").is_ok());
        assert!(metadata.is_of("https://sso.example.vn/").is_err());
        let plain = Metadata {
            end_session_endpoint: Some("http://sso.example.vn/end".to_owned()),
            ..metadata
        };
        assert!(plain.is_of("https://sso.example.vn").is_err());
    }
}
