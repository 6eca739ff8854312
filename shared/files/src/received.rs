//! A file on its way: written as it comes and hashed in the same pass.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use object_store::{MultipartUpload, ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::{Error, Files, Gather, Hash, Kept, PART, pieces};

/// What parts a store takes a file in.
#[derive(Debug, Clone)]
pub enum Parts {
    /// Of any size: what comes is written as it comes.
    Any,
    /// Large ones only. What comes is kept in small pieces first, however slowly, and put together at the end, by few at a
    /// time: so that no stream holds a large part in memory.
    Large(Room),
}

/// The memory for large parts.
#[derive(Debug, Clone)]
pub struct Room {
    part: usize,
    turns: Arc<Semaphore>,
}

impl Parts {
    /// Parts of `part` bytes, `together` of them in memory at once.
    pub fn large(part: usize, together: usize) -> Self {
        Self::Large(Room {
            part,
            turns: Arc::new(Semaphore::new(together)),
        })
    }
}

/// Where what is being received lies.
pub fn coming() -> Path {
    Path::from("coming")
}

/// A file that has arrived whole and is not kept yet: dropping it removes it.
pub struct Received {
    files: Files,
    whole: Whole,
    kept: Kept,
}

enum Whole {
    /// No longer than a part.
    Small(Bytes, Option<OwnedSemaphorePermit>),
    Parts(Written),
}

impl Received {
    /// Keeps the file under its hash; the same bytes are kept once.
    pub async fn keep(self) -> Result<Kept, Error> {
        let (files, place) = (self.files, self.kept.hash.place());
        match self.whole {
            Whole::Small(bytes, _turn) => return files.keep(bytes).await,
            Whole::Parts(written) => {
                let whole = written.complete().await?;
                if let Err(error) = files.bring(&whole, &place).await {
                    // The first failure is the one to tell.
                    let _ = files.store.delete(&whole).await;
                    return Err(error);
                }
            }
        }
        Ok(self.kept)
    }
}

impl Files {
    /// Moves a whole file to its place, or removes it where the same is there already.
    async fn bring(&self, from: &Path, place: &Path) -> Result<(), Error> {
        if self.has(place).await? {
            self.store.delete(from).await?;
        } else {
            self.store.rename(from, place).await?;
        }
        Ok(())
    }

    /// Writes what comes in parts as the store takes them.
    pub(crate) async fn write<E>(
        &self,
        ticket: Uuid,
        stream: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Received, Error>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (size, turn) = match &self.parts {
            Parts::Any => (PART, None),
            Parts::Large(room) => {
                let turn = room.turns.clone().acquire_owned().await;
                (room.part, turn.ok())
            }
        };
        let mut incoming = Incoming::new(stream, most, size);
        let mut written: Option<Written> = None;
        let last = loop {
            match incoming.next().await? {
                Next::Part(part) => {
                    if let Some(written) = &mut written {
                        written.put(part).await?;
                    } else {
                        let begun = Written::begin(self, ticket).await?;
                        written.insert(begun).put(part).await?;
                    }
                }
                Next::Last(part) => break part,
            }
        };
        let (hash, bytes) = incoming.whole();
        let whole = match written {
            None => Whole::Small(last, turn),
            Some(mut written) => {
                if !last.is_empty() {
                    written.put(last).await?;
                }
                Whole::Parts(written)
            }
        };
        Ok(Received {
            files: self.clone(),
            whole,
            kept: Kept { hash, bytes },
        })
    }

    /// Keeps what comes in small pieces, then puts them together.
    pub(crate) async fn stage<E>(
        &self,
        ticket: Uuid,
        stream: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Received, Error>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut incoming = Incoming::new(stream, most, PART);
        let mut staged = Staged {
            files: self.clone(),
            places: Vec::new(),
        };
        loop {
            match incoming.next().await? {
                Next::Part(part) => staged.put(ticket, part).await?,
                Next::Last(part) if staged.places.is_empty() => {
                    let (hash, bytes) = incoming.whole();
                    return Ok(Received {
                        files: self.clone(),
                        whole: Whole::Small(part, None),
                        kept: Kept { hash, bytes },
                    });
                }
                Next::Last(part) => {
                    if !part.is_empty() {
                        staged.put(ticket, part).await?;
                    }
                    break;
                }
            }
        }
        let pieces = pieces::one_after_another(self.store.clone(), staged.places.clone());
        self.together(ticket, pieces).await
    }

    /// Makes one file of pieces that the store holds.
    pub(crate) async fn together(
        &self,
        ticket: Uuid,
        pieces: impl Stream<Item = Result<Bytes, object_store::Error>>,
    ) -> Result<Received, Error> {
        let pieces = pieces.map(|piece| piece.map_err(Error::from));
        let received = self.write(ticket, pieces, u64::MAX).await;
        received.map_err(|error| match error {
            // It is not the sender who hung up, but the store.
            Error::BrokenOff(source) => match source.downcast::<Error>() {
                Ok(store) => *store,
                Err(source) => Error::BrokenOff(source),
            },
            error => error,
        })
    }
}

/// What comes, cut into parts and hashed.
struct Incoming<S> {
    stream: S,
    most: u64,
    /// What came and is in no part yet.
    piece: Bytes,
    gather: Gather,
    hasher: Sha256,
    bytes: u64,
}

enum Next {
    /// Exactly as long as asked for.
    Part(Bytes),
    /// What is left at the end: no longer than that.
    Last(Bytes),
}

impl<S, E> Incoming<std::pin::Pin<Box<S>>>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn new(stream: S, most: u64, size: usize) -> Self {
        Self {
            stream: Box::pin(stream),
            most,
            piece: Bytes::new(),
            gather: Gather::parts_of(size),
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    // S3's kin want all parts but the last to be of one size.
    async fn next(&mut self) -> Result<Next, Error> {
        loop {
            while !self.piece.is_empty() {
                if let Some(part) = self.gather.take(&mut self.piece) {
                    return Ok(Next::Part(part));
                }
            }
            let Some(piece) = self.stream.next().await else {
                return Ok(Next::Last(self.gather.rest()));
            };
            self.piece = piece.map_err(|error| Error::BrokenOff(error.into()))?;
            self.bytes += self.piece.len() as u64;
            if self.bytes > self.most {
                return Err(Error::TooLarge);
            }
            self.hasher.update(&self.piece);
        }
    }
}

impl<S> Incoming<S> {
    fn whole(self) -> (Hash, u64) {
        (Hash::of(self.hasher), self.bytes)
    }
}

/// Parts that are written and are no file yet: dropping them removes them.
struct Written {
    place: Path,
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Written {
    async fn begin(files: &Files, ticket: Uuid) -> Result<Self, Error> {
        let place = coming().join(ticket.to_string());
        let upload = files.store.put_multipart(&place).await?;
        Ok(Self {
            place,
            upload: Some(upload),
        })
    }

    async fn put(&mut self, part: Bytes) -> Result<(), Error> {
        if let Some(upload) = &mut self.upload {
            upload.put_part(part.into()).await?;
        }
        Ok(())
    }

    /// Makes a file of them; where it lies.
    async fn complete(mut self) -> Result<Path, Error> {
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(std::mem::take(&mut self.place))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            in_the_background(async move { upload.abort().await });
        }
    }
}

/// Pieces of a file that is being received: dropping them removes them.
struct Staged {
    files: Files,
    places: Vec<Path>,
}

impl Staged {
    async fn put(&mut self, ticket: Uuid, piece: Bytes) -> Result<(), Error> {
        // Some stores cannot have one object's name go on after a slash in another's.
        let place = coming().join(format!("{ticket}.{}", self.places.len()));
        self.places.push(place.clone());
        self.files.store.put(&place, piece.into()).await?;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let (files, places) = (self.files.clone(), std::mem::take(&mut self.places));
        if places.is_empty() {
            return;
        }
        in_the_background(async move {
            let places = stream::iter(places).map(Ok).boxed();
            files.remove(places).await.map(drop)
        });
    }
}

/// Cleans up after what was given up. What cannot be removed now, [`Files::sweep`] removes later.
fn in_the_background<E: std::fmt::Display>(
    work: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, "something received and not kept is left for the next sweep");
            }
        });
    }
}
