//! libheif's program, which turns a phone's HEIC picture into a JPEG that the rest can read, upright.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use bytes::Bytes;
use contracts::Refused;
use tokio::task::spawn_blocking;

use crate::{
    child::{Allowance, Answer, Error, Program, Surroundings},
    domain::unreadable,
    reading,
};

/// Its name since libheif 1.18, and the one before.
const PROGRAMS: [Program; 2] = [
    Program {
        name: "heif-dec",
        package: "libheif-examples",
    },
    Program {
        name: "heif-convert",
        package: "libheif-examples",
    },
];
/// The largest JPEG that is taken from it: twice what the largest picture comes to.
const MOST: u64 = 128 * 1024 * 1024;
/// What it tells about its progress.
const CHATTER: u64 = 64 * 1024;

/// The picture as a JPEG, or why it can't be.
pub async fn to_jpeg(
    surroundings: &Surroundings,
    bytes: Bytes,
    time: Duration,
) -> Result<Result<Bytes, Refused>, reading::Error> {
    let folder = tempfile::Builder::new().prefix("scan-").tempdir()?;
    let folder = folder.path();
    let input = folder.join("picture.heic");
    spawn_blocking(move || fs::write(input, bytes))
        .await
        .map_err(io::Error::other)??;
    match run(surroundings, folder, time).await {
        Ok(answer) if answer.status.success() => {}
        Ok(_) | Err(Error::TimedOut(_) | Error::TooMuch(_)) => return Ok(Err(unreadable())),
        Err(error) => return Err(error.into()),
    }
    // A file of several pictures becomes several files: the first is the one that was taken.
    let outputs = ["picture.jpg", "picture-1.jpg"].map(|name| folder.join(name));
    let read = move || outputs.iter().find_map(|path| read(path).ok());
    let jpeg = spawn_blocking(read).await.map_err(io::Error::other)?;
    Ok(jpeg.map(Bytes::from).ok_or_else(unreadable))
}

/// Reads what a program wrote, which may be in a stranger's hands: a file of its own and no link to anybody else's, and not more
/// than a picture can have.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.len() > MOST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn run(surroundings: &Surroundings, folder: &Path, time: Duration) -> Result<Answer, Error> {
    let allowance = Allowance {
        time,
        output: CHATTER,
    };
    let mut missing = None;
    for program in PROGRAMS {
        let arguments = ["-q", "95", "picture.heic", "picture.jpg"];
        match surroundings
            .run(program, arguments, folder, Bytes::new(), allowance)
            .await
        {
            Err(error @ Error::Missing { .. }) => missing = Some(error),
            ran => return ran,
        }
    }
    Err(missing.unwrap_or(Error::TimedOut(PROGRAMS[0].name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admission::admit,
        domain::{Limits, MediaType},
        pages_of::Leaf,
        picture,
    };

    const PHOTO: &[u8] = include_bytes!("../../../examples/to-khai-trich-luc.heic");
    const LIMITS: Limits = Limits {
        bytes: 50 * 1024 * 1024,
        pages: 100,
        pixels: 80_000_000,
    };

    async fn to_jpeg_within(bytes: &'static [u8]) -> Result<Bytes, Refused> {
        let (surroundings, time) = (Surroundings::default(), Duration::from_secs(30));
        to_jpeg(&surroundings, Bytes::from_static(bytes), time)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_phones_picture_becomes_one_that_is_read() {
        let admitted = admit(MediaType::Heic, PHOTO, &LIMITS).unwrap();
        let jpeg = to_jpeg_within(PHOTO).await.unwrap();
        let grey = picture::decode(MediaType::Jpeg, jpeg.to_vec(), admitted.leaves[0], &LIMITS);
        let [Leaf::Picture { width, height, .. }] = admitted.leaves[..] else {
            panic!("{admitted:?}")
        };
        assert_eq!((width, height), (1900, 2620));
        assert!(grey.is_ok());
    }

    #[tokio::test]
    async fn a_picture_cut_short_is_unreadable() {
        assert_eq!(
            to_jpeg_within(&PHOTO[..PHOTO.len() / 2]).await,
            Err(unreadable())
        );
    }

    #[test]
    fn what_a_hijacked_program_links_to_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        fs::write(&own, "picture").unwrap();
        std::os::unix::fs::symlink(&own, &other).unwrap();
        assert_eq!(read(&own).unwrap(), b"picture");
        assert!(read(&other).is_err() && read(folder.path()).is_err());
    }
}
