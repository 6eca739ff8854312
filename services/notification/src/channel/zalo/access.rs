//! The access token: kept while it is good, and had anew by one at a time.

use std::sync::Arc;

use chassis::config::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    PROVIDER,
    tokens::{TokenStore, Tokens, Unkept},
};
use crate::channel::{Untaken, config, http};

/// A token is had anew this long before it ends: a message under way must not outlive it.
const BEFORE: TimeDelta = TimeDelta::minutes(5);
/// How often saving is tried before the tokens are kept in memory to be saved with the next message.
const SAVES: u32 = 3;
/// How long who finds another one refreshing waits.
const MEANWHILE: TimeDelta = TimeDelta::seconds(5);

/// What is in memory.
#[derive(Default)]
struct Kept {
    tokens: Option<Tokens>,
    /// Tokens that were had, and could not be saved yet: they must not be used, and no others be had, until they are.
    unsaved: Option<(Uuid, Tokens)>,
}

pub(super) struct Access {
    http: reqwest::Client,
    config: config::Zalo,
    store: Arc<dyn TokenStore>,
    origin: String,
    kept: tokio::sync::Mutex<Kept>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: String,
    /// Zalo writes it as a text.
    expires_in: serde_json::Value,
}

fn down(reason: impl Into<String>) -> Untaken {
    Untaken::Down {
        provider: PROVIDER.into(),
        reason: reason.into(),
    }
}

impl From<Unkept> for Untaken {
    fn from(unkept: Unkept) -> Self {
        down(unkept.to_string())
    }
}

impl Access {
    pub(super) fn new(
        http: reqwest::Client,
        config: config::Zalo,
        store: Arc<dyn TokenStore>,
    ) -> Self {
        Self {
            origin: hex::encode(Sha256::digest(config.refresh_token.expose())),
            http,
            config,
            store,
            kept: tokio::sync::Mutex::default(),
        }
    }

    /// A token that is good, and is not the one that was refused. Who gives up waiting does not stop a renewal: the new
    /// refresh token would be lost between Zalo's answer and the store.
    pub(super) async fn token(
        self: &Arc<Self>,
        refused: Option<Secret>,
        now: DateTime<Utc>,
    ) -> Result<Secret, Untaken> {
        let access = self.clone();
        let had = tokio::spawn(async move { access.have(refused.as_ref(), now).await });
        let gone = |_| Err(down("the access token could not be had"));
        had.await.unwrap_or_else(gone)
    }

    /// Waits until no renewal is under way.
    pub(super) async fn settled(&self) {
        drop(self.kept.lock().await);
    }

    async fn have(&self, refused: Option<&Secret>, now: DateTime<Utc>) -> Result<Secret, Untaken> {
        let mut kept = self.kept.lock().await;
        if let Some((by, tokens)) = kept.unsaved.take() {
            if let Err(unkept) = self.store.save(by, &tokens).await {
                // Somebody else may have taken the lease since: then it is theirs to find out what is spent.
                kept.unsaved = Some((by, tokens));
                let again = Uuid::from_bytes(chassis::random());
                if self.store.lock(again, now, now + self.lease()).await? {
                    kept.unsaved = kept.unsaved.take().map(|(_, tokens)| (again, tokens));
                }
                return Err(unkept.into());
            }
            kept.tokens = Some(tokens);
        }
        let good = |tokens: &&Tokens| {
            tokens.until > now + BEFORE
                && Some(&tokens.access) != refused
                && tokens.origin == self.origin
        };
        if let Some(tokens) = kept.tokens.as_ref().filter(good) {
            return Ok(tokens.access.clone());
        }
        // Another replica may have had a new one.
        let saved = self.store.load().await?;
        if let Some(tokens) = saved.as_ref().filter(good) {
            let access = tokens.access.clone();
            kept.tokens = saved;
            return Ok(access);
        }
        let by = Uuid::from_bytes(chassis::random());
        if !self.store.lock(by, now, now + self.lease()).await? {
            return Err(Untaken::Limited {
                provider: PROVIDER.into(),
                until: now + MEANWHILE,
            });
        }
        // Between looking and locking it may have been had, too.
        let saved = self.store.load().await?;
        if let Some(tokens) = saved.as_ref().filter(good) {
            let access = tokens.access.clone();
            self.store.unlock(by).await?;
            kept.tokens = saved;
            return Ok(access);
        }
        let saved = saved.filter(|tokens| tokens.origin == self.origin);
        let refresh = saved.map_or_else(
            || self.config.refresh_token.clone(),
            |tokens| tokens.refresh,
        );
        let tokens = match self.refresh(&refresh, now).await {
            Ok(tokens) => tokens,
            Err(untaken) => {
                self.store.unlock(by).await?;
                return Err(untaken);
            }
        };
        self.keep(&mut kept, by, tokens).await
    }

    /// Saves first; only then is anything done with them.
    async fn keep(&self, kept: &mut Kept, by: Uuid, tokens: Tokens) -> Result<Secret, Untaken> {
        let mut last = Unkept("it was not tried".into());
        for _ in 0..SAVES {
            match self.store.save(by, &tokens).await {
                Ok(()) => {
                    let access = tokens.access.clone();
                    kept.tokens = Some(tokens);
                    return Ok(access);
                }
                Err(unkept) => last = unkept,
            }
        }
        tracing::error!(error = %last, "Zalo's new refresh token could not be saved: it is kept in memory, and lost if this process ends");
        kept.unsaved = Some((by, tokens));
        Err(last.into())
    }

    /// Longer than the call, and saving what came of it, can take.
    fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(
            i64::try_from(self.config.timeout_seconds)
                .unwrap_or(60)
                .saturating_mul(6)
                .min(3_600),
        )
    }

    async fn refresh(&self, refresh: &Secret, now: DateTime<Utc>) -> Result<Tokens, Untaken> {
        if refresh.is_empty() {
            return Err(down("zalo.refresh_token is not set"));
        }
        let mut secret = reqwest::header::HeaderValue::from_str(self.config.app_secret.expose())
            .map_err(|_| Untaken::Malformed("zalo.app_secret cannot stand in a header".into()))?;
        secret.set_sensitive(true);
        let form = [
            ("refresh_token", refresh.expose()),
            ("app_id", self.config.app_id.as_str()),
            ("grant_type", "refresh_token"),
        ];
        let request = self
            .http
            .post(&self.config.oauth_url)
            .header("secret_key", secret)
            .form(&form);
        // No message was sent: it is only the token that is not there.
        let without = |untaken| match untaken {
            Untaken::Later { reason, .. } => {
                down(format!("the access token is not renewed: {reason}"))
            }
            other => other,
        };
        let answer = http::ask(request, PROVIDER, now).await.map_err(without)?;
        let Ok(granted) = serde_json::from_slice::<Granted>(&answer.body) else {
            return Err(match answer.status.as_u16() {
                429 | 500.. => without(http::by_status(&answer, PROVIDER, now)),
                _ => down(
                    "the access token is not renewed: the refresh token is spent or wrong; set a new zalo.refresh_token",
                ),
            });
        };
        let seconds = match &granted.expires_in {
            serde_json::Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        Ok(Tokens {
            access: granted.access_token.into(),
            until: now + TimeDelta::seconds(seconds.unwrap_or(3_600).clamp(0, 86_400 * 30)),
            refresh: granted.refresh_token.into(),
            origin: self.origin.clone(),
        })
    }
}
