//! A pretend certification authority: whoever signs gets a key whose certificate says that it is only a trial. It is kept in
//! delivery's own database, so that every replica and every start has the same one.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use chassis::{App, Failure, StartError, random};
use chrono::TimeDelta;
use pades::{Certificate, testing::Authority};

use super::{Signing, keys::Key};
use crate::store::pretend as kept;

/// Longest common name by X.520, in letters.
const LONGEST_NAME: usize = 64;

/// The authority, once it is loaded, and the keys that it gave.
#[derive(Default)]
pub struct Pretend {
    authority: OnceLock<Authority>,
    keys: Mutex<BTreeMap<String, Arc<Key>>>,
}

/// Without the keys.
impl fmt::Debug for Pretend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pretend").finish_non_exhaustive()
    }
}

impl Pretend {
    /// Its root, where it is in use.
    pub fn root(&self) -> Option<Certificate> {
        self.authority
            .get()
            .map(|authority| authority.root().clone())
    }

    /// A key for somebody, or for a body's seal: the same one until the process ends.
    pub fn key(&self, name: &str) -> Result<Arc<Key>, Failure> {
        let authority = self.authority.get();
        let authority = authority
            .ok_or_else(|| Failure::too_early("the pretend authority is not loaded yet"))?;
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(name) {
            return Ok(key.clone());
        }
        let common_name: String = format!("Thử nghiệm: {name}")
            .chars()
            .take(LONGEST_NAME)
            .collect();
        let signer = authority
            .lasting_signer(&common_name)
            .map_err(|error| Failure::park(format!("a pretend key for {name}: {error}")))?;
        let key = Arc::new(Key {
            signer,
            picture: None,
        });
        keys.insert(name.to_owned(), key.clone());
        Ok(key)
    }
}

/// Finds the pretend authority where it is in use, making one at the very first start.
pub async fn load(app: App) -> Result<(), StartError> {
    let signing = app.part::<Signing>();
    if !signing.pretends() {
        return Ok(());
    }
    let away = |failure: Failure| {
        StartError::because("delivery: the pretend authority", &failure).passing()
    };
    let text = find(&app).await.map_err(away)?;
    // Each process counts its certificates from a place of its own.
    let serial = u64::from_be_bytes(random::<8>()) >> 1;
    let authority = Authority::restored(&text, serial)
        .map_err(|error| StartError::because("delivery: the pretend authority", &error))?;
    // A start that is tried again finds the same one.
    let _ = signing.pretend.authority.set(authority);
    Ok(())
}

async fn find(app: &App) -> Result<String, Failure> {
    if let Some(text) = kept::kept(app.db().reads()).await? {
        return Ok(text);
    }
    // Decisions of before its day are signed too.
    let from = app.clock().now() - TimeDelta::days(365);
    let made = Authority::new(from).and_then(|authority| authority.to_pem());
    let made = made.map_err(|error| Failure::park(error.to_string()))?;
    app.transact(async |tx| Ok(kept::keep(tx.db(), made).await?))
        .await?;
    // Not always the one just made: another replica may have been quicker.
    let kept = kept::kept(app.db().reads()).await?;
    kept.ok_or_else(|| Failure::too_early("the pretend authority that was just kept is not there"))
}
