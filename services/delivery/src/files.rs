//! Where issued papers are kept: each under the SHA-256 of its bytes, so that keeping one twice is keeping it once.

use std::{fs, io, path::Path as Folder};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, local::LocalFileSystem, path::Path};
use sha2::{Digest, Sha256};

/// A paper that is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The SHA-256 of its bytes, lower hex.
    pub sha256: String,
    /// Its size.
    pub bytes: i64,
}

/// Why a paper could not be kept or given back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error("the file store failed")]
    Store(#[from] object_store::Error),
    /// What is stored is not what was stored.
    #[error("the stored file no longer has its hash")]
    Altered,
}

/// The store of papers.
#[derive(Debug)]
pub struct Files {
    store: LocalFileSystem,
}

/// The SHA-256 of some bytes, lower hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn place(sha256: &str) -> Path {
    Path::from_iter(["sha256", sha256.get(..2).unwrap_or_default(), sha256])
}

impl Files {
    /// Opens the store in `folder`, which is made if need be.
    pub fn open(folder: &Folder) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        // A row that names a file is committed after this: the file must not be the one to go in a power cut.
        Ok(Self {
            store: store.with_fsync(true),
        })
    }

    /// Keeps a paper under its hash.
    pub async fn keep(&self, paper: Vec<u8>) -> Result<Kept, Error> {
        let sha256 = sha256(&paper);
        let bytes = i64::try_from(paper.len()).unwrap_or(i64::MAX);
        let once = PutMode::Create.into();
        match self
            .store
            .put_opts(&place(&sha256), paper.into(), once)
            .await
        {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(Kept { sha256, bytes }),
            Err(error) => Err(error.into()),
        }
    }

    /// A paper, if it still is what was kept.
    pub async fn load(&self, hash: &str) -> Result<Bytes, Error> {
        let bytes = self.store.get(&place(hash)).await?.bytes().await?;
        if sha256(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(Error::Altered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_paper_kept_twice_is_kept_once_and_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let first = files.keep(b"%PDF-1.7".to_vec()).await.unwrap();
        assert_eq!(files.keep(b"%PDF-1.7".to_vec()).await.unwrap(), first);
        assert_eq!(files.load(&first.sha256).await.unwrap(), "%PDF-1.7");
    }

    #[tokio::test]
    async fn a_paper_altered_on_disk_is_not_given_out() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let kept = files.keep(b"%PDF-1.7".to_vec()).await.unwrap();
        let path = folder.path().join(place(&kept.sha256).as_ref());
        fs::write(path, "forged").unwrap();
        assert!(matches!(
            files.load(&kept.sha256).await,
            Err(Error::Altered)
        ));
    }
}
