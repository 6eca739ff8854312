//! Other people's programs, run where they can do little harm: a clean environment, a folder of their own, bounded
//! output, and an end when time is up or nobody waits any more.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
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
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            path: std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
        }
    }
}

impl Surroundings {
    /// Runs `program` in `folder`, gives it `input`, and waits for its whole answer.
    pub async fn run(
        &self,
        program: Program,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        folder: &Path,
        input: Bytes,
        allowance: Allowance,
    ) -> Result<Answer, Error> {
        let name = program.name;
        let mut command = Command::new(name);
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", &self.path)
            .env("LC_ALL", "C.UTF-8")
            .env("TMPDIR", folder)
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        // Where the language models are, if not where they were built to be.
        if let Some(models) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", models);
        }
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing {
                what: format!("The program `{name}`"),
                package: program.package.to_owned(),
            },
            _ => Error::Io(name, error),
        })?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
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
        Ok(Answer {
            status: status.map_err(|error| Error::Io(name, error))?,
            output,
            complaint: String::from_utf8_lossy(&complaint).into_owned(),
        })
    }
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
mod tests {
    use super::*;
    use std::time::Instant;

    const SHELL: Program = Program {
        name: "sh",
        package: "dash",
    };
    const ALLOWANCE: Allowance = Allowance {
        time: Duration::from_secs(10),
        output: 1000,
    };

    async fn shell(
        script: &str,
        input: &'static [u8],
        allowance: Allowance,
    ) -> Result<Answer, Error> {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::default();
        surroundings
            .run(
                SHELL,
                ["-c", script],
                folder.path(),
                Bytes::from_static(input),
                allowance,
            )
            .await
    }

    #[tokio::test]
    async fn a_program_answers_in_a_clean_environment() {
        let answer = shell(
            "cat; pwd >&2; env | grep -c SHLVL_OF_PARENT; exit 3",
            b"in",
            ALLOWANCE,
        )
        .await
        .unwrap();
        assert_eq!(answer.output, b"in0\n");
        assert_eq!(answer.status.code(), Some(3));
        assert!(answer.complaint.contains("tmp"));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let short = Allowance {
            time: Duration::from_millis(200),
            ..ALLOWANCE
        };
        let begun = Instant::now();
        assert!(matches!(
            shell("exec sleep 60", b"", short).await,
            Err(Error::TimedOut("sh"))
        ));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_program_that_never_stops_talking_is_not_believed() {
        let answer = shell("head -c 100000 /dev/zero", b"", ALLOWANCE).await;
        assert!(matches!(answer, Err(Error::TooMuch("sh"))));
    }

    #[tokio::test]
    async fn a_program_that_does_not_listen_is_no_error() {
        static LONG: [u8; 1_000_000] = [0; 1_000_000];
        assert!(
            shell("exit 0", &LONG, ALLOWANCE)
                .await
                .unwrap()
                .status
                .success()
        );
    }

    #[tokio::test]
    async fn a_missing_program_names_its_package() {
        let nowhere = Surroundings {
            path: "/nonexistent".into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let tesseract = Program {
            name: "tesseract",
            package: "tesseract-ocr",
        };
        let error = nowhere
            .run(tesseract, ["-v"], folder.path(), Bytes::new(), ALLOWANCE)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "The program `tesseract` is missing: install it with `apt-get install tesseract-ocr`"
        );
    }
}
