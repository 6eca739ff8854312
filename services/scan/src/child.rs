//! Processes in which strangers' files are opened, run where they can do little harm: behind a fence, in a clean environment
//! and a folder of their own, with bounded output, and an end of the whole group when time is up or nobody waits any more.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use bytes::Bytes;
use contracts::Refused;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    domain::unreadable,
    fence::{Fence, MEMORY},
    worker::{self, Done, Task, UNFENCED, WORKER},
};

/// The most that is kept of what a program complains about.
const COMPLAINT: u64 = 4 * 1024;

/// A program and the Debian package it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Its name, looked for on the path.
    pub name: &'static str,
    /// What to install to have it.
    pub package: &'static str,
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there: the operator's matter, not the document's.
    #[error("{what} is missing: install it with `apt-get install {package}`")]
    Missing {
        /// The program or language model.
        what: String,
        /// The Debian package it comes in.
        package: String,
    },
    /// It could not be fenced in, and so was not run.
    #[error("no fence could be put around a program: {0}")]
    Unfenced(String),
    /// It ran longer than it may.
    #[error("{0} took too long")]
    TimedOut(&'static str),
    /// It said more than it may.
    #[error("{0} wrote more than it may")]
    TooMuch(&'static str),
    /// It ended by itself in a way that says nothing about the document.
    #[error("{program} failed ({status})")]
    Failed {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
    /// It could not be started or spoken to.
    #[error("{0} could not be run")]
    Io(&'static str, #[source] io::Error),
}

/// What a program answered.
#[derive(Debug)]
pub struct Answer {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, whole.
    pub output: Vec<u8>,
    /// The beginning of what it complained about, for telling causes apart. Never logged: it may quote the document.
    pub complaint: String,
}

/// What one run may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Time by the wall clock.
    pub time: Duration,
    /// Bytes of standard output.
    pub output: u64,
}

/// The surroundings that programs are run in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where programs are looked for.
    pub path: OsString,
    /// The program that workers are; none where there is none, and then nothing is opened at all.
    pub worker: Option<PathBuf>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
            worker: worker::program(),
        }
    }
}

impl Surroundings {
    /// Runs `program` in `folder`, gives it `input`, and waits for its whole answer.
    ///
    /// From then on the folder is a stranger's: what has to be in it is written before, and what is read from it afterwards may
    /// be a link to anywhere.
    pub async fn run(
        &self,
        program: Program,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        folder: &Path,
        input: Bytes,
        allowance: Allowance,
    ) -> Result<Answer, Error> {
        let name = program.name;
        let found = self.find(name).ok_or_else(|| Error::Missing {
            what: format!("The program `{name}`"),
            package: program.package.to_owned(),
        })?;
        let mut command = self.fenced(folder, allowance, MEMORY)?;
        command.arg(found).args(arguments);
        converse(name, command, input, allowance).await
    }

    /// Has a worker do a task, in a folder that nobody else uses. However it ends that does not answer, it is a verdict on the
    /// file it was given.
    pub async fn work(
        &self,
        task: Task,
        input: Bytes,
        allowance: Allowance,
    ) -> Result<Done, Error> {
        let folder = tempfile::Builder::new().prefix("scan-").tempdir();
        let folder = folder.map_err(|error| Error::Io(WORKER, error))?;
        let command = self.fenced(folder.path(), allowance, task.memory())?;
        let input = worker::written(task, &input)
            .map_err(|error| Error::Io(WORKER, io::Error::other(error)))?;
        match converse(WORKER, command, input, allowance).await {
            Ok(answer) if answer.status.success() => {
                Ok(worker::read(answer.output).unwrap_or_else(|| Err(unreadable())))
            }
            Ok(_) | Err(Error::TooMuch(_)) => Ok(Err(unreadable())),
            Err(Error::TimedOut(_)) => Ok(Err(takes_too_long())),
            Err(error) => Err(error),
        }
    }

    /// The program of that name on the path.
    fn find(&self, name: &str) -> Option<PathBuf> {
        let all = std::env::split_paths(&self.path).map(|folder| folder.join(name));
        let is_program = |path: &PathBuf| {
            let found = path.metadata();
            found.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        };
        all.into_iter().find(is_program)
    }

    /// A worker about to start, still without what it shall do.
    fn fenced(&self, folder: &Path, allowance: Allowance, memory: u64) -> Result<Command, Error> {
        let worker = self.worker.as_ref().ok_or_else(|| {
            let why = "its `main` calls no `scan::worker`, and no program that does is beside it";
            Error::Unfenced(why.to_owned())
        })?;
        // Where the language models are, if not where they were built to be.
        let models = std::env::var_os("TESSDATA_PREFIX");
        let fence = Fence {
            folder: folder.to_owned(),
            readable: self
                .readable()
                .chain(models.iter().map(PathBuf::from))
                .collect(),
            // A program of several threads uses more than the clock's; one that spins is ended by either.
            seconds: allowance.time.as_secs() + 1,
            memory,
        };
        let fence = serde_json::to_string(&fence)
            .map_err(|error| Error::Io(WORKER, io::Error::other(error)))?;
        let mut command = Command::new(worker);
        command
            .args([WORKER, &fence])
            .current_dir(folder)
            .env_clear()
            .env("PATH", &self.path)
            .env("LC_ALL", "C.UTF-8")
            .env("TMPDIR", folder)
            .env("OMP_THREAD_LIMIT", "1")
            .env("RAYON_NUM_THREADS", "1")
            // Each takes addresses, of which there are not many.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(models) = models {
            command.env("TESSDATA_PREFIX", models);
        }
        Ok(command)
    }

    /// Where programs on the path and what belongs to them lie: `/opt/x/bin`, and so `/opt/x/lib` and `/opt/x/share`.
    fn readable(&self) -> impl Iterator<Item = PathBuf> {
        std::env::split_paths(&self.path).flat_map(|folder| {
            let beside = |name| folder.parent().map(|parent| parent.join(name));
            let beside = ["lib", "lib64", "libexec", "share"].map(beside);
            let beside: Vec<_> = beside.into_iter().flatten().collect();
            std::iter::once(folder.clone()).chain(beside)
        })
    }
}

fn takes_too_long() -> Refused {
    Refused::new(
        "Tệp mở quá lâu; hãy quét lại ở 300 dpi hoặc in ra PDF rồi gửi bản mới",
        "The file takes too long to open; scan it again at 300 dpi or print it to PDF, and send that",
    )
}

/// A program's group: what it has started ends with it.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Most often there is nobody left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Starts a program, gives it `input`, and waits for its whole answer.
async fn converse(
    name: &'static str,
    mut command: Command,
    input: Bytes,
    allowance: Allowance,
) -> Result<Answer, Error> {
    let mut child = command.spawn().map_err(|error| Error::Io(name, error))?;
    let _group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // A program that has read enough hangs up: no fault of ours.
            let _ = stdin.write_all(&input).await;
        }
    };
    let hear = keep(stdout, allowance.output);
    let complain = keep(stderr, COMPLAINT);
    let whole = async {
        let ((), output, complaint) = tokio::join!(give, hear, complain);
        let status = child.wait().await;
        (output, complaint, status)
    };
    let (output, complaint, status) = timeout(allowance.time, whole)
        .await
        .map_err(|_| Error::TimedOut(name))?;
    let (output, over) = output.map_err(|error| Error::Io(name, error))?;
    if over {
        return Err(Error::TooMuch(name));
    }
    let (complaint, _) = complaint.map_err(|error| Error::Io(name, error))?;
    let complaint = String::from_utf8_lossy(&complaint).into_owned();
    let status = status.map_err(|error| Error::Io(name, error))?;
    if status.code() == Some(UNFENCED.into()) && complaint.starts_with(WORKER) {
        return Err(Error::Unfenced(complaint));
    }
    Ok(Answer {
        status,
        output,
        complaint,
    })
}

/// Reads to the end, keeps the first `most` bytes, and tells whether there were more.
async fn keep(stream: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<(Vec<u8>, bool)> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else {
        return Ok((kept, false));
    };
    (&mut stream).take(most).read_to_end(&mut kept).await?;
    let rest = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok((kept, rest > 0))
}

#[cfg(test)]
mod tests;
