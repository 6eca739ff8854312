//! Files in a folder and in a bucket: the same promises on both grounds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, io, time::Duration};

use bytes::Bytes;
use files::{Error, Files, Hash, Kept, OpenError, PART};
use futures::{StreamExt, stream};
use tempfile::TempDir;
use testkit::{Bucket, Day};
use uuid::Uuid;

type Piece = Result<Bytes, io::Error>;

const MOST: u64 = 30_000_000;
/// S3 takes no smaller part but the last.
const S3_PART: u64 = 5 * 1024 * 1024;

/// Where files lie.
enum Ground {
    Folder(TempDir),
    Bucket(Bucket),
}

impl Ground {
    async fn each() -> [Self; 2] {
        [
            Self::Folder(tempfile::tempdir().unwrap()),
            Self::Bucket(Bucket::open().await),
        ]
    }

    async fn open(&self) -> Result<Files, OpenError> {
        match self {
            Self::Folder(folder) => {
                let url = format!("file:{}", folder.path().display());
                Files::at(&url, &BTreeMap::new()).await
            }
            Self::Bucket(bucket) => {
                let variables = bucket.variables();
                let all = variables
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Files::at("s3://papers/scan", &all.collect()).await
            }
        }
    }

    /// Every file there is, by size: what is half done and not seen by the store's own list included.
    async fn sizes(&self, files: &Files) -> Vec<u64> {
        match self {
            Self::Folder(folder) => on_disk(folder.path()),
            Self::Bucket(bucket) => {
                let half_done = bucket.unfinished().into_iter().map(|_| 0);
                let all = files
                    .all()
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|(_, bytes)| bytes);
                all.chain(half_done).collect()
            }
        }
    }

    /// Removal after a drop happens on another thread.
    async fn nothing_is_left(&self, files: &Files) {
        let empty = async {
            while !self.sizes(files).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(20), empty)
            .await
            .is_err()
        {
            panic!("left: {:?}", self.sizes(files).await);
        }
    }
}

fn on_disk(folder: &std::path::Path) -> Vec<u64> {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            sizes.extend(on_disk(&entry.path()));
        } else {
            sizes.push(entry.metadata().unwrap().len());
        }
    }
    sizes
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// Bytes that are the same nowhere.
fn pieces(size: usize, count: usize) -> Vec<Piece> {
    let piece = |number: usize| {
        (0..size)
            .map(|at| low_byte(at / 7 + number))
            .collect::<Vec<_>>()
    };
    (0..count).map(|number| Ok(piece(number).into())).collect()
}

fn whole(pieces: &[Piece]) -> Vec<u8> {
    pieces
        .iter()
        .flat_map(|piece| piece.as_ref().unwrap().to_vec())
        .collect()
}

async fn keep(files: &Files, ticket: u128, pieces: Vec<Piece>) -> Result<Kept, Error> {
    let received = files.receive(Uuid::from_u128(ticket), stream::iter(pieces), MOST);
    received.await?.keep().await
}

#[tokio::test]
async fn a_file_is_kept_under_its_hash_and_given_back_whole() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        // Shorter than a piece; of several; longer than a large part, which it does not fill up.
        for (size, count) in [(1_000, 3), (100_000, 13), (1_000_000, 13)] {
            let pieces = pieces(size, count);
            let bytes = whole(&pieces);
            let kept = keep(&files, 1, pieces).await.unwrap();
            assert_eq!(
                (kept.bytes, &kept.hash),
                (bytes.len() as u64, &Hash::of_bytes(&bytes))
            );
            assert_eq!(files.load(&kept.hash).await.unwrap(), bytes);
            let mut streamed = Vec::new();
            let mut stream = files.stream(&kept.hash).await.unwrap();
            while let Some(piece) = stream.next().await {
                streamed.extend_from_slice(&piece.unwrap());
            }
            assert!(streamed == bytes);
            let hex = kept.hash.as_str();
            let place = format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]);
            let found = async || {
                let all = files.all().await.unwrap();
                all.iter()
                    .map(|(place, _)| place.clone())
                    .collect::<Vec<_>>()
            };
            assert!(found().await.contains(&place));
            let left = async {
                while found()
                    .await
                    .iter()
                    .any(|place| place.starts_with("coming"))
                {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), left)
                .await
                .unwrap();
        }
        if let Ground::Bucket(bucket) = &ground {
            assert_eq!(bucket.parts(), [S3_PART, S3_PART, 13_000_000 - 2 * S3_PART]);
            assert_eq!(bucket.unfinished(), Vec::<std::path::PathBuf>::new());
        }
    }
}

#[tokio::test]
async fn the_same_bytes_are_kept_once() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let bytes = whole(&pieces(6_000_000, 1));
        let in_pieces = |size| {
            bytes
                .chunks(size)
                .map(|piece| Ok(piece.to_vec().into()))
                .collect()
        };
        let first = keep(&files, 1, in_pieces(100_000)).await.unwrap();
        assert_eq!(keep(&files, 2, in_pieces(70_000)).await.unwrap(), first);
        assert_eq!(files.keep(bytes.into()).await.unwrap(), first);
        let sizes: Vec<u64> = files
            .all()
            .await
            .unwrap()
            .into_iter()
            .map(|(_, bytes)| bytes)
            .collect();
        let once = sizes.iter().filter(|size| **size == 6_000_000).count();
        assert_eq!(once, 1, "{sizes:?}");
    }
}

#[tokio::test]
async fn too_large_a_file_is_refused_on_the_way_and_leaves_nothing() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let endless = stream::repeat_with(|| Piece::Ok(Bytes::from(vec![7; 100_000])));
        let refused = files.receive(Uuid::from_u128(1), endless, 2_000_000).await;
        assert!(matches!(refused, Err(Error::TooLarge)));
        ground.nothing_is_left(&files).await;
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let mut broken = pieces(600_000, 2);
        broken.push(Err(io::Error::other("gone")));
        let kept = keep(&files, 1, broken).await;
        assert!(matches!(kept, Err(Error::BrokenOff(_))));
        ground.nothing_is_left(&files).await;
    }
}

#[tokio::test]
async fn an_upload_given_up_leaves_nothing() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let stalled = stream::iter(pieces(600_000, 2)).chain(stream::pending());
        let stalled = files.receive(Uuid::from_u128(1), stalled, MOST);
        let given_up = tokio::time::timeout(Duration::from_millis(300), stalled).await;
        assert!(given_up.is_err());
        ground.nothing_is_left(&files).await;
    }
}

#[tokio::test]
async fn a_file_received_but_not_kept_leaves_nothing() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        for (size, count) in [(600_000, 2), (1_000_000, 12)] {
            let coming = stream::iter(pieces(size, count));
            drop(
                files
                    .receive(Uuid::from_u128(1), coming, MOST)
                    .await
                    .unwrap(),
            );
            ground.nothing_is_left(&files).await;
        }
    }
}

#[tokio::test]
async fn pieces_become_one_file_in_their_order_and_go() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let (upload, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names: Vec<Uuid> = (0..23).rev().map(Uuid::from_u128).collect();
        let mut bytes = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let piece = vec![low_byte(number); PART - number];
            bytes.extend_from_slice(&piece);
            files.put_piece(upload, *name, piece.into()).await.unwrap();
        }
        files
            .put_piece(other, names[0], "một cửa".into())
            .await
            .unwrap();
        let ticket = Uuid::from_u128(3);
        let together = files.assemble(ticket, upload, names.clone()).await;
        let kept = together.unwrap().keep().await.unwrap();
        assert!(files.load(&kept.hash).await.unwrap() == bytes);
        files.remove_pieces(upload).await.unwrap();
        files.remove_pieces(upload).await.unwrap();
        files.remove_piece(upload, names[0]).await.unwrap();
        let lost = files.assemble(ticket, upload, names.clone()).await;
        assert!(matches!(lost.map(drop), Err(Error::Store(_))));
        assert!(files.assemble(ticket, other, vec![names[0]]).await.is_ok());
    }
}

#[tokio::test]
async fn what_a_dead_process_was_receiving_is_swept_and_nothing_else() {
    for ground in Ground::each().await {
        let files = ground.open().await.unwrap();
        let kept = keep(&files, 1, pieces(1_000, 1)).await.unwrap();
        files
            .put_piece(Uuid::from_u128(1), Uuid::from_u128(1), "một".into())
            .await
            .unwrap();
        let coming = stream::iter(pieces(600_000, 12));
        let received = files
            .receive(Uuid::from_u128(2), coming, MOST)
            .await
            .unwrap();
        std::mem::forget(received);
        let now = chassis::Clock::system().now();
        assert_eq!(
            files.sweep(now - chrono::TimeDelta::days(1)).await.unwrap(),
            0
        );
        files.sweep(now + chrono::TimeDelta::days(1)).await.unwrap();
        let left = files.all().await.unwrap();
        assert!(
            left.iter().all(|(place, _)| !place.starts_with("coming/")),
            "{left:?}"
        );
        assert_eq!(left.len(), 2);
        assert!(files.load(&kept.hash).await.is_ok());
    }
}

#[tokio::test]
async fn a_file_altered_on_disk_is_not_given_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path()).unwrap();
    let kept = keep(&files, 1, pieces(10, 3)).await.unwrap();
    let hex = kept.hash.as_str();
    let place = folder
        .path()
        .join(format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]));
    std::fs::write(place, "other").unwrap();
    assert!(matches!(files.load(&kept.hash).await, Err(Error::Altered)));
}

#[tokio::test]
async fn a_bucket_that_is_away_or_full_is_told_apart_from_a_file_that_is_not_there() {
    let mut ground = Ground::Bucket(Bucket::open().await);
    let files = ground.open().await.unwrap();
    let nobody = Hash::of_bytes(b"nobody");
    assert!(matches!(files.load(&nobody).await, Err(Error::Store(_))));
    assert!(matches!(files.derived(&nobody, "a").await, Ok(None)));
    let Ground::Bucket(bucket) = &mut ground else {
        unreachable!()
    };
    for day in [Day::Busy, Day::Full] {
        bucket.has(day);
        let kept = keep(&files, 1, pieces(600_000, 2)).await;
        match day {
            Day::Full => assert!(matches!(kept, Err(Error::Full(_))), "{kept:?}"),
            _ => assert!(matches!(kept, Err(Error::Away(_))), "{kept:?}"),
        }
    }
    bucket.has(Day::Good);
    let kept = keep(&files, 2, pieces(600_000, 2)).await.unwrap();
    bucket.stop();
    assert!(matches!(files.load(&kept.hash).await, Err(Error::Away(_))));
    assert!(matches!(
        files.derived(&nobody, "a").await,
        Err(Error::Away(_))
    ));
    bucket.start().await;
    assert!(files.load(&kept.hash).await.is_ok());
}

#[tokio::test]
async fn a_store_that_cannot_be_is_refused_at_the_start_and_one_that_is_away_is_not() {
    let bucket = Bucket::open().await;
    let variables: BTreeMap<String, String> = bucket
        .variables()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for url in ["papers", "http://papers/scan", "s3:", "s3:///scan"] {
        let opened = Files::at(url, &variables).await;
        assert!(matches!(opened, Err(OpenError::Address)), "{url}");
    }
    let missing = Files::at("s3://nowhere/scan", &variables).await;
    assert!(matches!(missing, Err(OpenError::Bucket(_))));
    let mut wrong = variables.clone();
    wrong.insert("AWS_SECRET_ACCESS_KEY".to_owned(), "guessed".to_owned());
    let refused = Files::at("s3://papers/scan", &wrong).await;
    assert!(matches!(refused, Err(OpenError::Bucket(_))));
    let mut odd = variables.clone();
    odd.insert("AWS_CONDITIONAL_PUT".to_owned(), "perhaps".to_owned());
    assert!(matches!(
        Files::at("s3://papers/scan", &odd).await,
        Err(OpenError::Setting(_))
    ));
    bucket.stop();
    assert!(Files::at("s3://papers/scan", &variables).await.is_ok());
}
