//! The process in which strangers' bytes are decoded: this same program, started again behind a [`Fence`], which then becomes
//! the program asked for (Poppler, Tesseract, libheif), or does one [`Task`] with this program's own decoders.
//!
//! The seam. A decoder of our own gets an arm in [`Task`], an arm in [`perform`] and, if it answers with more than bytes, one
//! in [`Reply`]; it is called by [`Surroundings::work`](crate::child::Surroundings::work), as `admit` and `decode` below are.
//! It may panic, spin, or eat all the memory it gets: that ends its process, and is a verdict on that file.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::OnceLock,
    time::Duration,
};

use bytes::Bytes;
use contracts::Refused;
use serde::{Deserialize, Serialize};

use crate::{
    admission::{self, Admitted},
    bare,
    child::{Allowance, Error, Surroundings},
    codes,
    domain::{Code, Limits, MediaType, unreadable},
    excerpt,
    fence::{Enforced, Fence, MEMORY},
    heif,
    pages_of::Leaf,
    picture::{self, Grey, Picture},
    reading,
};

/// The first argument of a worker.
pub const WORKER: &str = "scan-worker";
/// How a worker ends that could not be fenced in, or not become what it should: no fault of any file's.
pub const UNFENCED: u8 = 125;
/// Time for one task: the largest file taken needs about two seconds.
const OPENING: Duration = Duration::from_secs(30);
/// Time to look for codes in one picture: a tenth of a second is usual.
const LOOKING: Duration = Duration::from_secs(10);
/// What a decoded picture has beside its pixels: a header.
const HEADER: u64 = 1024;

/// Set where this very program can be a worker.
static OWN: OnceLock<()> = OnceLock::new();

/// One piece of work on a file's bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Task {
    /// Does nothing but say what the fence is worth.
    Report,
    /// Whether the file may come in.
    Admit { kind: MediaType, limits: Limits },
    /// One page of a picture file.
    Decode {
        kind: MediaType,
        leaf: Leaf,
        limits: Limits,
    },
    /// The file without what it tells about its maker.
    Bare { kind: MediaType },
    /// The QR codes in a picture of shades of grey.
    Codes,
    /// Pages of a PDF, from 1, as a PDF of their own.
    Excerpt { first: u32, last: u32 },
}

impl Task {
    /// Bytes of addresses it may use: a file's structure needs little, its pixels more.
    pub fn memory(self) -> u64 {
        match self {
            Self::Report | Self::Admit { .. } => MEMORY / 2,
            Self::Decode { .. } | Self::Bare { .. } | Self::Codes | Self::Excerpt { .. } => MEMORY,
        }
    }
}

/// What a task says beside the bytes it gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// The fence.
    Fence(Enforced),
    /// The file may come in.
    Admitted(Admitted),
    /// The bytes are all.
    Bytes,
    /// What was found.
    Codes(Vec<Code>),
}

/// What a task ends with: a reply and bytes, or why the file can't be used.
pub type Done = Result<(Reply, Vec<u8>), Refused>;

/// Does one task. This is called in the worker only.
fn perform(task: Task, input: Vec<u8>, enforced: Enforced) -> Done {
    match task {
        Task::Report => Ok((Reply::Fence(enforced), Vec::new())),
        Task::Admit { kind, limits } => {
            let admitted = admission::admit(kind, &input, &limits)?;
            Ok((Reply::Admitted(admitted), Vec::new()))
        }
        Task::Decode { kind, leaf, limits } => {
            let picture = picture::decode(kind, input, leaf, &limits)?;
            Ok((Reply::Bytes, picture.into_ppm()))
        }
        Task::Bare { kind } => Ok((Reply::Bytes, bare::bare(kind, input)?)),
        Task::Excerpt { first, last } => Ok((Reply::Bytes, excerpt::excerpt(&input, first, last)?)),
        Task::Codes => {
            let picture = Grey::from_pgm(&input).ok_or_else(unreadable)?;
            Ok((Reply::Codes(codes::find(&picture.0)), Vec::new()))
        }
    }
}

/// Tasks as the reading of a document asks for them.
impl Surroundings {
    /// Whether a file may come in, and what it holds.
    pub async fn admit(
        &self,
        kind: MediaType,
        bytes: Bytes,
        limits: Limits,
    ) -> Result<Result<Admitted, Refused>, Error> {
        let allowance = Allowance {
            time: OPENING,
            output: 1024 * 1024,
        };
        let task = Task::Admit { kind, limits };
        let done = self.work(task, bytes, allowance).await?;
        Ok(done.and_then(|(reply, _)| match reply {
            Reply::Admitted(admitted) => Ok(admitted),
            _ => Err(unreadable()),
        }))
    }

    /// One page of a picture file.
    pub async fn decode(
        &self,
        kind: MediaType,
        bytes: Bytes,
        leaf: Leaf,
        limits: Limits,
    ) -> Result<Result<Picture, Refused>, Error> {
        let allowance = Allowance {
            time: OPENING,
            output: 3 * limits.pixels + HEADER,
        };
        let task = Task::Decode { kind, leaf, limits };
        let done = self.work(task, bytes, allowance).await?;
        Ok(done.and_then(|(_, file)| Picture::from_ppm(&file).ok_or_else(unreadable)))
    }

    /// The QR codes in a picture; none where looking for them ends its worker.
    pub async fn codes(&self, picture: Grey) -> Result<Vec<Code>, Error> {
        let allowance = Allowance {
            time: LOOKING,
            output: 1024 * 1024,
        };
        let done = self
            .work(Task::Codes, picture.into_pgm().into(), allowance)
            .await?;
        Ok(match done {
            Ok((Reply::Codes(codes), _)) => Code::believed(codes),
            _ => Vec::new(),
        })
    }

    /// A file as people other than its owner get it, and of what kind that is: a HEIC picture becomes a JPEG, which every
    /// browser shows.
    pub async fn bare(
        &self,
        kind: MediaType,
        bytes: Bytes,
    ) -> Result<Result<(MediaType, Vec<u8>), Refused>, reading::Error> {
        let (kind, bytes) = match kind {
            MediaType::Heic => match heif::to_jpeg(self, bytes, OPENING).await? {
                Ok(jpeg) => (MediaType::Jpeg, jpeg),
                Err(reason) => return Ok(Err(reason)),
            },
            kind => (kind, bytes),
        };
        let allowance = Allowance {
            time: OPENING,
            // Written anew, a PDF may be a little larger.
            output: 2 * bytes.len() as u64 + 1024 * 1024,
        };
        let task = Task::Bare { kind };
        let done = self.work(task, bytes, allowance).await?;
        Ok(done.map(|(_, bytes)| (kind, bytes)))
    }

    /// Pages of a PDF, from 1, as a PDF of their own.
    pub async fn excerpt(
        &self,
        bytes: Bytes,
        (first, last): (u32, u32),
    ) -> Result<Result<Bytes, Refused>, Error> {
        let allowance = Allowance {
            time: OPENING,
            output: 2 * bytes.len() as u64 + 1024 * 1024,
        };
        let done = self
            .work(Task::Excerpt { first, last }, bytes, allowance)
            .await?;
        Ok(done.map(|(_, bytes)| bytes.into()))
    }

    /// What this machine's fence is worth.
    pub async fn report(&self) -> Result<Enforced, Error> {
        let allowance = Allowance {
            time: OPENING,
            output: 1024,
        };
        let done = self.work(Task::Report, Bytes::new(), allowance).await?;
        match done {
            Ok((Reply::Fence(enforced), _)) => Ok(enforced),
            _ => Err(Error::Unfenced(
                "it does not say what it is worth".to_owned(),
            )),
        }
    }
}

/// The program that workers are: this one, or for a test's program, which cannot be one, the newest built beside it.
pub fn program() -> Option<PathBuf> {
    if OWN.get().is_some() {
        // Whatever has been installed in its place since: this very program.
        return Some("/proc/self/exe".into());
    }
    let here = std::env::current_exe().ok()?;
    let folders = here.ancestors().skip(1).take(2);
    let beside =
        folders.flat_map(|folder| ["scan", "motcua", WORKER].map(|name| folder.join(name)));
    let built = beside.filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)));
    built.max().map(|(_, path)| path)
}

/// To be called first in `main` by every program that runs this service: does a worker's work if it was started as one.
pub fn worker() -> Option<ExitCode> {
    if OWN.set(()).is_err() {
        return None;
    }
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != WORKER {
        return None;
    }
    Some(work(arguments).unwrap_or_else(|error| {
        eprintln!("{WORKER}: {error}");
        ExitCode::from(UNFENCED)
    }))
}

fn work(mut arguments: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let fence = arguments.next().unwrap_or_default();
    let fence: Fence = serde_json::from_str(&fence.to_string_lossy())?;
    let enforced = fence.enter()?;
    if let Some(program) = arguments.next() {
        return Err(Command::new(program).args(arguments).exec());
    }
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    let end = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let task: Task = serde_json::from_slice(&input[..end])?;
    input.drain(..=end.min(input.len().saturating_sub(1)));
    let done = perform(task, input, enforced);
    let (said, bytes) = match done {
        Ok((reply, bytes)) => (Ok(reply), bytes),
        Err(Refused { vi, en }) => (Err((vi, en)), Vec::new()),
    };
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &said)?;
    output.write_all(b"\n")?;
    output.write_all(&bytes)?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What goes to a worker: the task, a line's end, the file.
pub fn written(task: Task, input: &[u8]) -> Result<Bytes, serde_json::Error> {
    let mut file = serde_json::to_vec(&task)?;
    file.push(b'\n');
    file.extend_from_slice(input);
    Ok(file.into())
}

/// What comes from a worker, in the same form. None where it is none of that: the worker may be in a stranger's hands.
pub fn read(mut answer: Vec<u8>) -> Option<Done> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let said: Result<Reply, (String, String)> = serde_json::from_slice(&answer[..end]).ok()?;
    answer.drain(..=end);
    Some(match said {
        Ok(reply) => Ok((reply, answer)),
        Err((vi, en)) => Err(Refused::because(vi, en)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_answer_is_read_or_not(answer in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(answer.clone());
            let _ = read([b"{\"Ok\":\"Bytes\"}\n", answer.as_slice()].concat()).map(|done| {
                assert!(done.is_ok_and(|(_, bytes)| bytes == answer));
            });
        }
    }
}
