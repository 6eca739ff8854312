//! Where originals are kept: each under the SHA-256 of its bytes, written once, never altered.

use std::{fmt, fs, io, path::Path as Folder, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream::BoxStream};
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

mod derived;
#[cfg(test)]
mod full;
mod pieces;

/// Bytes gathered before they are written: a stream's share of memory.
pub const PART: usize = 512 * 1024;

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

/// Why a file could not be kept or given back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender sent more than allowed.
    #[error("the file is larger than allowed")]
    TooLarge,
    /// The sender hung up, or sent what can't be understood.
    #[error("the upload broke off")]
    BrokenOff(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk.
    #[error("the file store failed")]
    Store(#[source] object_store::Error),
    /// There is no room left for it.
    #[error("the file store is full")]
    Full(#[source] object_store::Error),
    /// What is stored isn't what was stored.
    #[error("the stored file no longer has its hash")]
    Altered,
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        if is_full(&error) {
            Self::Full(error)
        } else {
            Self::Store(error)
        }
    }
}

/// Whether what failed did so for want of room: on the disk, or in what its owner may use of it.
fn is_full(error: &object_store::Error) -> bool {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| {
            let kind = error.kind();
            matches!(
                kind,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        })
}

/// The store of originals.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

impl Files {
    /// Opens the store in `folder`, which is made if need be.
    pub fn open(folder: &Folder) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        // A row that names a file is committed after this: the file must not be the one to go in a power cut.
        Ok(Self {
            store: Arc::new(store.with_fsync(true)),
        })
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
        let place = Path::from_iter(["coming", &ticket.to_string()]);
        let mut upload = self.store.put_multipart(&place).await?;
        let (hash, bytes) = write(upload.as_mut(), stream, most).await?;
        Ok(Received {
            store: self.store.clone(),
            upload,
            place,
            kept: Kept { hash, bytes },
        })
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
}

/// A file that has arrived whole and is not kept yet: dropping it removes it.
pub struct Received {
    store: Arc<dyn ObjectStore>,
    upload: Box<dyn MultipartUpload>,
    place: Path,
    kept: Kept,
}

impl Received {
    /// Keeps the file under its hash; the same bytes are kept once.
    pub async fn keep(mut self) -> Result<Kept, Error> {
        self.upload.complete().await?;
        let moved = match self
            .store
            .rename_if_not_exists(&self.place, &self.kept.hash.place())
            .await
        {
            Err(object_store::Error::AlreadyExists { .. }) => self.store.delete(&self.place).await,
            moved => moved,
        };
        if let Err(error) = moved {
            // The first failure is the one to tell.
            let _ = self.store.delete(&self.place).await;
            return Err(error.into());
        }
        Ok(self.kept)
    }
}

/// Writes and hashes in one pass.
async fn write<E>(
    upload: &mut dyn MultipartUpload,
    stream: impl Stream<Item = Result<Bytes, E>>,
    most: u64,
) -> Result<(Hash, u64), Error>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut hasher = Sha256::new();
    let mut part = BytesMut::with_capacity(PART);
    let mut bytes = 0u64;
    let mut stream = std::pin::pin!(stream);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| Error::BrokenOff(error.into()))?;
        bytes += piece.len() as u64;
        if bytes > most {
            return Err(Error::TooLarge);
        }
        hasher.update(&piece);
        part.extend_from_slice(&piece);
        if part.len() >= PART {
            upload.put_part(part.split().freeze().into()).await?;
        }
    }
    if !part.is_empty() {
        upload.put_part(part.freeze().into()).await?;
    }
    Ok((Hash::of(hasher), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    type Piece = Result<Bytes, io::Error>;

    fn pieces(size: usize, count: usize) -> Vec<Piece> {
        (0..count).map(|_| Ok(Bytes::from(vec![7; size]))).collect()
    }

    const MOST: u64 = 2_000_000;

    async fn keep(files: &Files, ticket: u128, pieces: Vec<Piece>) -> Result<Kept, Error> {
        files
            .receive(Uuid::from_u128(ticket), stream::iter(pieces), MOST)
            .await?
            .keep()
            .await
    }

    /// Every file below a folder, by size.
    fn found(folder: &Folder) -> Vec<u64> {
        let mut sizes = Vec::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                sizes.extend(found(&entry.path()));
            } else {
                sizes.push(entry.metadata().unwrap().len());
            }
        }
        sizes
    }

    #[tokio::test]
    async fn a_file_is_kept_under_its_hash_and_given_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let kept = keep(&files, 1, pieces(100_000, 13)).await.unwrap();
        assert_eq!(kept.bytes, 1_300_000);
        let hex = kept.hash.as_str();
        assert!(
            folder
                .path()
                .join(format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]))
                .is_file()
        );
        assert_eq!(files.load(&kept.hash).await.unwrap(), vec![7; 1_300_000]);
        let mut streamed = 0;
        let mut stream = files.stream(&kept.hash).await.unwrap();
        while let Some(piece) = stream.next().await {
            streamed += piece.unwrap().len();
        }
        assert_eq!(streamed, 1_300_000);
    }

    #[tokio::test]
    async fn the_same_bytes_are_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let first = keep(&files, 1, pieces(10, 3)).await.unwrap();
        let again = keep(&files, 2, pieces(5, 6)).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(found(folder.path()), [30]);
    }

    #[tokio::test]
    async fn too_large_a_file_is_refused_on_the_way_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let endless = stream::repeat_with(|| Piece::Ok(Bytes::from(vec![7; 100_000])));
        let refused = files.receive(Uuid::from_u128(1), endless, MOST).await;
        assert!(matches!(refused, Err(Error::TooLarge)));
        nothing_is_left(folder.path()).await;
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let mut broken = pieces(600_000, 2);
        broken.push(Err(io::Error::other("gone")));
        assert!(matches!(
            keep(&files, 1, broken).await,
            Err(Error::BrokenOff(_))
        ));
        nothing_is_left(folder.path()).await;
    }

    #[tokio::test]
    async fn an_upload_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let stalled = stream::iter(pieces(600_000, 2)).chain(stream::pending());
        let stalled = files.receive(Uuid::from_u128(1), stalled, MOST);
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(300), stalled)
                .await
                .is_err()
        );
        nothing_is_left(folder.path()).await;
    }

    #[tokio::test]
    async fn a_file_received_but_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        drop(
            files
                .receive(Uuid::from_u128(1), stream::iter(pieces(600_000, 2)), MOST)
                .await
                .unwrap(),
        );
        nothing_is_left(folder.path()).await;
    }

    /// Removal after a drop happens on another thread.
    pub(super) async fn nothing_is_left(folder: &Folder) {
        for _ in 0..1000 {
            if found(folder).is_empty() {
                return;
            }
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        assert_eq!(found(folder), Vec::<u64>::new());
    }

    #[tokio::test]
    async fn a_file_altered_on_disk_is_not_given_for_reading() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let kept = keep(&files, 1, pieces(10, 3)).await.unwrap();
        let hex = kept.hash.as_str();
        let place = folder
            .path()
            .join(format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]));
        fs::write(place, "other").unwrap();
        assert!(matches!(files.load(&kept.hash).await, Err(Error::Altered)));
    }

    #[test]
    fn a_hash_cannot_lead_anywhere_else() {
        for text in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(Hash::parse(text), None, "{text}");
        }
        assert!(Hash::parse(&"0a".repeat(32)).is_some());
    }
}
