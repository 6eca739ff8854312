//! What is made from an original and can be made again: it lies beside the originals, under the hash of the one it comes
//! from.

use bytes::Bytes;
use object_store::{ObjectStoreExt, path::Path};

use crate::{Error, Files, Hash};

fn place(from: &Hash, name: &str) -> Path {
    Path::from_iter(["derived", from.as_str(), name])
}

impl Files {
    /// Keeps what was made from an original, in place of what was made before.
    pub async fn keep_derived(&self, from: &Hash, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.store.put(&place(from, name), bytes.into()).await?;
        Ok(())
    }

    /// What was made from an original under that name, if anything was.
    pub async fn derived(&self, from: &Hash, name: &str) -> Result<Option<Bytes>, Error> {
        match self.store.get(&place(from, name)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
