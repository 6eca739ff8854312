//! The pieces of a file that does not come in one go: each is safe by itself, and all become one file at the end.

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use uuid::Uuid;

use super::{Error, Files, Received};

fn folder(upload: Uuid) -> Path {
    Path::from_iter(["pieces", &upload.to_string()])
}

fn place(upload: Uuid, name: Uuid) -> Path {
    folder(upload).join(name.to_string())
}

impl Files {
    /// Keeps a piece under a name that no other has.
    pub async fn put_piece(&self, upload: Uuid, name: Uuid, bytes: Bytes) -> Result<(), Error> {
        self.store.put(&place(upload, name), bytes.into()).await?;
        Ok(())
    }

    /// The bytes of pieces, one after another.
    pub fn pieces(
        &self,
        upload: Uuid,
        names: Vec<Uuid>,
    ) -> impl Stream<Item = Result<Bytes, object_store::Error>> {
        let store = self.store.clone();
        let read = move |name| {
            let store = store.clone();
            async move {
                let piece = store.get(&place(upload, name)).await?;
                Ok::<_, object_store::Error>(piece.into_stream())
            }
        };
        stream::iter(names).then(read).try_flatten()
    }

    /// Makes one file of pieces, hashing it in the same pass.
    pub async fn assemble(
        &self,
        ticket: Uuid,
        upload: Uuid,
        names: Vec<Uuid>,
    ) -> Result<Received, Error> {
        let pieces = self.pieces(upload, names).map_err(Error::from);
        let received = self.receive(ticket, pieces, u64::MAX).await;
        received.map_err(|error| match error {
            // It is not the sender who hung up, but the store.
            Error::BrokenOff(source) => match source.downcast::<Error>() {
                Ok(store) => *store,
                Err(source) => Error::BrokenOff(source),
            },
            error => error,
        })
    }

    /// Removes one piece.
    pub async fn remove_piece(&self, upload: Uuid, name: Uuid) -> Result<(), Error> {
        gone(self.store.delete(&place(upload, name)).await)
    }

    /// Removes all pieces of an upload, those that no row names among them.
    pub async fn remove_pieces(&self, upload: Uuid) -> Result<(), Error> {
        let mut found = self.store.list(Some(&folder(upload)));
        while let Some(piece) = found.try_next().await? {
            gone(self.store.delete(&piece.location).await)?;
        }
        Ok(())
    }
}

/// What is not there is removed.
fn gone(removed: Result<(), object_store::Error>) -> Result<(), Error> {
    match removed {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => Ok(removed?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_become_one_file_in_their_order_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let (upload, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = [7, 5, 6].map(Uuid::from_u128);
        for (name, text) in names.into_iter().zip(["một ", "cửa ", "mở"]) {
            files.put_piece(upload, name, text.into()).await.unwrap();
            files.put_piece(other, name, text.into()).await.unwrap();
        }
        let ticket = Uuid::from_u128(3);
        let whole = files.assemble(ticket, upload, names.to_vec()).await;
        let kept = whole.unwrap().keep().await.unwrap();
        assert_eq!(files.load(&kept.hash).await.unwrap(), "một cửa mở");
        files.remove_pieces(upload).await.unwrap();
        files.remove_pieces(upload).await.unwrap();
        files.remove_piece(upload, names[0]).await.unwrap();
        let lost = files.assemble(ticket, upload, names.to_vec()).await;
        assert!(matches!(lost.map(drop), Err(Error::Store(_))));
        assert!(files.assemble(ticket, other, names.to_vec()).await.is_ok());
    }
}
