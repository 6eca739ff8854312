//! Zalo's tokens, and how replicas keep from spending the same one twice.
//!
//! The refresh token is good for one use: Zalo answers with a new access token and a new refresh token, and the old one is
//! spent. So (1) only one replica may refresh at a time, (2) the new refresh token must be saved before anything is done with
//! what came along, and (3) when a replica dies in between, the next one must find out what can be found out.
//!
//! A database transaction held open over the call would do (1), but its commit may fail after the call, and the new token would
//! be lost. Hence a lease: [`TokenStore::lock`] writes who refreshes and until when, in a short transaction of its own; the call
//! is made; [`TokenStore::save`] writes the tokens and ends the lease, again in a short transaction, which can be tried again.
//! The lease is six times as long as the call may take, so that it cannot run out under a living holder. A holder that died
//! leaves a lease which runs out; who takes the next tries the same refresh token: either Zalo never heard of the first try, or
//! it says that the token is spent, and a person has to give a new one (the reason says so).
//!
//! In a database: one row `zalo_tokens (id, tokens, held_by, held_until)`, and
//! - lock: `UPDATE … SET held_by = :by, held_until = :until WHERE id = 1 AND (held_by IS NULL OR held_until <= :now)`; when that
//!   touched no row, somebody else holds it;
//! - save: `UPDATE … SET tokens = :tokens, held_by = NULL WHERE id = 1 AND held_by = :by`; when that touched no row, the lease was
//!   lost, which is an error;
//! - unlock: `UPDATE … SET held_by = NULL WHERE id = 1 AND held_by = :by`.
//!
//! What is saved holds secrets: it is encrypted by who saves it, or the database is trusted with it.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use chassis::config::Secret;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The tokens of an Official Account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// What messages are sent with.
    pub access: Secret,
    /// Until when.
    pub until: DateTime<Utc>,
    /// What the next ones are had for, once.
    pub refresh: Secret,
    /// The fingerprint of the configured refresh token that these descend from: another one in the configuration means that a
    /// person gave a new one.
    pub origin: String,
}

/// Tokens as they are saved; to be had by [`Tokens::write`] only, so that nobody prints them by accident.
#[derive(Serialize, Deserialize)]
struct Written {
    access: String,
    until: DateTime<Utc>,
    refresh: String,
    origin: String,
}

impl Tokens {
    /// The tokens as JSON, to be saved. Holds secrets.
    pub fn write(&self) -> String {
        let written = Written {
            access: self.access.expose().to_owned(),
            until: self.until,
            refresh: self.refresh.expose().to_owned(),
            origin: self.origin.clone(),
        };
        serde_json::json!(written).to_string()
    }

    /// Reads what was saved; nothing for what was not.
    pub fn read(text: &str) -> Option<Self> {
        let written: Written = serde_json::from_str(text).ok()?;
        Some(Self {
            access: written.access.into(),
            until: written.until,
            refresh: written.refresh.into(),
            origin: written.origin,
        })
    }
}

/// The store cannot be reached, or the lease is lost.
#[derive(Debug, thiserror::Error)]
#[error("the store of Zalo's tokens: {0}")]
pub struct Unkept(pub String);

/// Where the tokens are kept, for all replicas.
pub trait TokenStore: Send + Sync {
    /// The tokens as last saved.
    fn load(&self) -> BoxFuture<'_, Result<Option<Tokens>, Unkept>>;

    /// Takes the lease until then, under a name of one's own. False when somebody else has it.
    fn lock(
        &self,
        by: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'_, Result<bool, Unkept>>;

    /// Saves tokens for good and ends the lease. An error when the lease is lost, or nothing could be saved.
    fn save(&self, by: Uuid, tokens: &Tokens) -> BoxFuture<'_, Result<(), Unkept>>;

    /// Ends the lease without saving anything.
    fn unlock(&self, by: Uuid) -> BoxFuture<'_, Result<(), Unkept>>;
}

#[derive(Default)]
struct State {
    tokens: Option<Tokens>,
    /// Who holds the lease, and until when.
    lease: Option<(Uuid, DateTime<Utc>)>,
}

/// A store for one process: in memory, and in a file where one is named.
#[derive(Default)]
pub struct OwnStore {
    file: Option<PathBuf>,
    state: Mutex<State>,
}

impl OwnStore {
    /// In memory only.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// In a file, which is written whole or not at all, readable by this user only.
    pub fn in_file(file: PathBuf) -> Self {
        Self {
            file: Some(file),
            ..Self::default()
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for OwnStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Tokens>, Unkept>> {
        Box::pin(async {
            let Some(file) = self.file.as_ref().filter(|_| self.state().tokens.is_none()) else {
                return Ok(self.state().tokens.clone());
            };
            match tokio::fs::read_to_string(file).await {
                Ok(text) => {
                    let tokens = Tokens::read(&text);
                    self.state().tokens.clone_from(&tokens);
                    Ok(tokens)
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Unkept(error.to_string())),
            }
        })
    }

    fn lock(
        &self,
        by: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'_, Result<bool, Unkept>> {
        Box::pin(async move {
            let held = &mut self.state().lease;
            let free = held.is_none_or(|(_, until)| until <= now);
            if free {
                *held = Some((by, until));
            }
            Ok(free)
        })
    }

    fn save(&self, by: Uuid, tokens: &Tokens) -> BoxFuture<'_, Result<(), Unkept>> {
        let tokens = tokens.clone();
        Box::pin(async move {
            if self.state().lease.is_none_or(|(holder, _)| holder != by) {
                return Err(Unkept("the lease is lost".into()));
            }
            if let Some(file) = &self.file {
                write(file, tokens.write())
                    .await
                    .map_err(|error| Unkept(error.to_string()))?;
            }
            *self.state() = State {
                tokens: Some(tokens),
                lease: None,
            };
            Ok(())
        })
    }

    fn unlock(&self, by: Uuid) -> BoxFuture<'_, Result<(), Unkept>> {
        Box::pin(async move {
            let held = &mut self.state().lease;
            if held.is_some_and(|(holder, _)| holder == by) {
                *held = None;
            }
            Ok(())
        })
    }
}

async fn write(file: &std::path::Path, text: String) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let part = file.with_extension("part");
    let mut open = tokio::fs::OpenOptions::new();
    let mut written = open
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .await?;
    written.write_all(text.as_bytes()).await?;
    written.sync_all().await?;
    tokio::fs::rename(part, file).await
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn tokens() -> Tokens {
        Tokens {
            access: "a".into(),
            until: DateTime::UNIX_EPOCH,
            refresh: "r".into(),
            origin: "o".into(),
        }
    }

    #[tokio::test]
    async fn one_holds_the_lease_until_it_is_given_back_or_runs_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("zalo.json");
        for store in [OwnStore::in_memory(), OwnStore::in_file(file.clone())] {
            let (one, other, now) = (Uuid::from_u128(1), Uuid::from_u128(2), DateTime::UNIX_EPOCH);
            let until = now + TimeDelta::minutes(1);
            assert_eq!(store.load().await.unwrap(), None);
            assert!(store.lock(one, now, until).await.unwrap());
            assert!(!store.lock(other, now, until).await.unwrap());
            assert!(
                store.save(other, &tokens()).await.is_err(),
                "it does not hold the lease"
            );
            store.save(one, &tokens()).await.unwrap();
            assert_eq!(store.load().await.unwrap(), Some(tokens()));
            assert!(store.lock(other, now, until).await.unwrap());
            assert!(
                store
                    .lock(one, until, until + TimeDelta::minutes(1))
                    .await
                    .unwrap(),
                "the other died"
            );
            assert!(
                store.save(other, &tokens()).await.is_err(),
                "and comes back too late"
            );
            store.unlock(one).await.unwrap();
            assert!(store.lock(other, now, until).await.unwrap());
        }
        assert_eq!(
            OwnStore::in_file(file.clone()).load().await.unwrap(),
            Some(tokens())
        );
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(file).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn tokens_are_not_printed() {
        assert!(!format!("{:?}", tokens()).contains("\"r\""));
        assert_eq!(Tokens::read(&tokens().write()), Some(tokens()));
        assert_eq!(Tokens::read("{}"), None);
    }
}
