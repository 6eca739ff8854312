#![doc = include_str!("../README.md")]

mod derived;
mod error;
mod gather;
mod ground;
mod pieces;
mod received;
mod service;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt, future, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use error::Error;
pub use gather::Gather;
pub use ground::OpenError;
use received::Parts;
pub use received::Received;
pub use service::open;

/// Bytes gathered before they are written: a stream's share of memory.
pub const PART: usize = 256 * 1024;

/// The name of a file: the SHA-256 of its bytes, lower hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hash(String);

impl Hash {
    /// Takes 64 lower hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash of these bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of(Sha256::new_with_prefix(bytes))
    }

    fn of(hasher: Sha256) -> Self {
        Self(hex::encode(hasher.finalize()))
    }

    fn place(&self) -> Path {
        Path::from_iter(["sha256", &self.0[..2], &self.0[2..4], &self.0])
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file that is now safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub hash: Hash,
    /// Its size.
    pub bytes: u64,
}

/// The store of one service's files.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    parts: Parts,
}

impl Files {
    /// Files in a store that takes parts of any size, as a folder does.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            parts: Parts::Any,
        }
    }

    /// Keeps a file that is whole already under its hash.
    pub async fn keep(&self, bytes: Bytes) -> Result<Kept, Error> {
        let kept = Kept {
            hash: Hash::of_bytes(&bytes),
            bytes: bytes.len() as u64,
        };
        let place = kept.hash.place();
        if !self.has(&place).await? {
            self.store.put(&place, bytes.into()).await?;
        }
        Ok(kept)
    }

    /// Receives what `stream` brings, up to `most` bytes: written under `ticket` (unique to this upload) and hashed in
    /// one pass. Of an upload that fails or is given up nothing is left.
    pub async fn receive<E>(
        &self,
        ticket: Uuid,
        stream: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Received, Error>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match self.parts {
            Parts::Any => self.write(ticket, stream, most).await,
            Parts::Large(_) => self.stage(ticket, stream, most).await,
        }
    }

    /// A whole file, checked against its hash.
    pub async fn load(&self, hash: &Hash) -> Result<Bytes, Error> {
        let bytes = self.store.get(&hash.place()).await?.bytes().await?;
        if Hash::of_bytes(&bytes) == *hash {
            Ok(bytes)
        } else {
            Err(Error::Altered)
        }
    }

    /// A file piece by piece.
    pub async fn stream(
        &self,
        hash: &Hash,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, Error> {
        Ok(self.store.get(&hash.place()).await?.into_stream())
    }

    /// Removes what was being received before `moment` and was never kept: the process that received it is gone.
    pub async fn sweep(&self, moment: DateTime<Utc>) -> Result<usize, Error> {
        let coming = self.store.list(Some(&received::coming()));
        let old = coming.try_filter_map(move |object| {
            let old = object.last_modified < moment;
            future::ready(Ok(old.then_some(object.location)))
        });
        self.remove(old.boxed()).await
    }

    /// Removes all of these. What is not there is removed.
    async fn remove(
        &self,
        places: BoxStream<'static, Result<Path, object_store::Error>>,
    ) -> Result<usize, Error> {
        let mut removed = 0;
        let mut all = self.store.delete_stream(places);
        while let Some(one) = all.next().await {
            error::gone(one.map(drop))?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Every object that is there, by place, with its size in bytes: for tests.
    #[doc(hidden)]
    pub async fn all(&self) -> Result<Vec<(String, u64)>, Error> {
        let all = self.store.list(None);
        let mut found: Vec<_> = all
            .map(|object| object.map(|object| (object.location.to_string(), object.size)))
            .try_collect()
            .await?;
        found.sort();
        Ok(found)
    }

    async fn has(&self, place: &Path) -> Result<bool, Error> {
        match self.store.head(place).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_cannot_lead_anywhere_else() {
        for text in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(Hash::parse(text), None, "{text}");
        }
        assert!(Hash::parse(&"0a".repeat(32)).is_some());
    }
}
