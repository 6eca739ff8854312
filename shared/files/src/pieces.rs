//! The pieces of a file that does not come in one go: each is safe by itself, and all become one file at the end.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use uuid::Uuid;

use crate::{Error, Files, Received, error::gone};

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
    ) -> impl Stream<Item = Result<Bytes, object_store::Error>> + use<> {
        let places = names.into_iter().map(|name| place(upload, name));
        one_after_another(self.store.clone(), places.collect())
    }

    /// Makes one file of pieces, hashing it in the same pass.
    pub async fn assemble(
        &self,
        ticket: Uuid,
        upload: Uuid,
        names: Vec<Uuid>,
    ) -> Result<Received, Error> {
        self.together(ticket, self.pieces(upload, names)).await
    }

    /// Removes one piece.
    pub async fn remove_piece(&self, upload: Uuid, name: Uuid) -> Result<(), Error> {
        gone(self.store.delete(&place(upload, name)).await)
    }

    /// Removes all pieces of an upload, those that no row names among them.
    pub async fn remove_pieces(&self, upload: Uuid) -> Result<(), Error> {
        let found = self.store.list(Some(&folder(upload)));
        self.remove(found.map_ok(|piece| piece.location).boxed())
            .await?;
        Ok(())
    }
}

/// The bytes of objects, one after another.
pub fn one_after_another(
    store: Arc<dyn ObjectStore>,
    places: Vec<Path>,
) -> impl Stream<Item = Result<Bytes, object_store::Error>> {
    let read = move |place| {
        let store = store.clone();
        async move { Ok::<_, object_store::Error>(store.get(&place).await?.into_stream()) }
    };
    stream::iter(places).then(read).try_flatten()
}
