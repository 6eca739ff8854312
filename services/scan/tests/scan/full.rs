//! A disk that fills up, for tests: what uploads come to on it, and once there is room again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use axum::http::Method;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
    local::LocalFileSystem, path::Path,
};
use testkit::{Answer, Stage};

use files::{Files, Hash, PART};

use crate::{
    ONE, PHOTO,
    common::{self, nothing_is_left},
};

/// Bytes that still fit on the disk.
#[derive(Debug, Clone, Default)]
struct Room(Arc<AtomicUsize>);

impl Room {
    fn is(&self, bytes: usize) {
        self.0.store(bytes, Ordering::SeqCst);
    }

    /// Takes room for what is written, or says what a full disk says.
    fn take(&self, payload: &PutPayload) -> Result<()> {
        let less = |left: usize| left.checked_sub(payload.content_length());
        let taken = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        taken.map(drop).map_err(|_| object_store::Error::Generic {
            store: "full",
            source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
        })
    }
}

#[derive(Debug)]
struct Disk {
    below: LocalFileSystem,
    room: Room,
}

impl std::fmt::Display for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a disk that fills up")
    }
}

#[async_trait]
impl ObjectStore for Disk {
    async fn put_opts(&self, to: &Path, what: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.room.take(&what)?;
        self.below.put_opts(to, what, how).await
    }

    async fn put_multipart_opts(
        &self,
        to: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let below = self.below.put_multipart_opts(to, how).await?;
        let room = self.room.clone();
        Ok(Box::new(Writing { below, room }))
    }

    async fn get_opts(&self, from: &Path, how: GetOptions) -> Result<GetResult> {
        self.below.get_opts(from, how).await
    }

    fn delete_stream(
        &self,
        all: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.below.delete_stream(all)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.below.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.below.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.below.copy_opts(from, to, how).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, how: RenameOptions) -> Result<()> {
        self.below.rename_opts(from, to, how).await
    }
}

#[derive(Debug)]
struct Writing {
    below: Box<dyn MultipartUpload>,
    room: Room,
}

#[async_trait]
impl MultipartUpload for Writing {
    fn put_part(&mut self, what: PutPayload) -> UploadPart {
        match self.room.take(&what) {
            Ok(()) => self.below.put_part(what),
            Err(full) => Box::pin(std::future::ready(Err(full))),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.below.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.below.abort().await
    }
}

/// A service whose files lie on such a disk, and the room on it.
async fn stage() -> (Stage, Room) {
    let room = Room::default();
    let given = room.clone();
    let service = scan::service().provides(move |setup: chassis::Setup| {
        let room = given.clone();
        async move {
            let folder = setup.data_dir();
            std::fs::create_dir_all(&folder).unwrap();
            let below = LocalFileSystem::new_with_prefix(folder).unwrap();
            let store = Arc::new(Disk { below, room });
            Ok(Files::over(store))
        }
    });
    (Stage::with(vec![service]).await, room)
}

/// A file of three parts, the last of them short.
fn file() -> Vec<u8> {
    let mut file = PHOTO.to_vec();
    file.resize(2 * PART + 1000, 0);
    file
}

async fn kept(stage: &Stage) -> Vec<(String, u64)> {
    stage.app("scan").part::<Files>().all().await.unwrap()
}

async fn tus(stage: &Stage, method: Method, path: &str, at: usize, body: &[u8]) -> Answer {
    common::tus(stage, method, path, (at, file().len()), body).await
}

fn is_refused_for_want_of_room(answer: &Answer) {
    assert_eq!(answer.status, 507, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "300");
    let said = answer.json();
    assert!(said["title"].as_str().unwrap().contains("đã đầy"));
    assert!(said["title_en"].as_str().unwrap().contains("is full"));
}

/// What came before the disk was full counts, the sum of its parts finds no room either, and then all of it does.
#[tokio::test]
async fn an_upload_waits_for_room_and_loses_nothing() {
    let (stage, room) = stage().await;
    let file = file();
    room.is(PART + 1);
    let begun = tus(&stage, Method::POST, "/scan/uploads", 0, &[]).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let place = begun.header("location").to_owned();
    is_refused_for_want_of_room(&tus(&stage, Method::PATCH, &place, 0, &file).await);
    let stands = tus(&stage, Method::HEAD, &place, 0, &[]).await;
    assert_eq!(stands.header("upload-offset"), PART.to_string());

    room.is(PART + 1000 + PART);
    let rest = tus(&stage, Method::PATCH, &place, PART, &file[PART..]).await;
    is_refused_for_want_of_room(&rest);
    let stands = tus(&stage, Method::HEAD, &place, 0, &[]).await;
    assert_eq!(stands.header("upload-offset"), (2 * PART).to_string());
    let parts = kept(&stage).await;
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert!(parts.iter().all(|(place, _)| place.starts_with("pieces/")));

    room.is(usize::MAX);
    let rest = tus(&stage, Method::PATCH, &place, 2 * PART, &file[2 * PART..]).await;
    assert_eq!(rest.status, 204, "{}", rest.text());
    assert!(!rest.header("motcua-document").is_empty());
    assert_eq!(kept(&stage).await.len(), 1);
    let files = stage.app("scan").part::<Files>();
    assert_eq!(files.load(&Hash::of_bytes(&file)).await.unwrap(), file);
}

#[tokio::test]
async fn an_upload_in_one_go_that_finds_no_room_leaves_nothing_and_can_come_again() {
    let (stage, room) = stage().await;
    let token = stage.citizen(ONE);
    let send = async || {
        let path = "/scan/documents";
        stage.upload(path, Some(&token), "a.jpg", &file()).await
    };
    room.is(PART + 1);
    is_refused_for_want_of_room(&send().await);
    nothing_is_left(&stage).await;
    room.is(usize::MAX);
    let answer = send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(kept(&stage).await.len(), 1);
}
