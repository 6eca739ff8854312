//! OCRmyPDF, the peer, in the same run and on the same machine: figures of another day or machine say nothing.

use std::{ffi::OsStr, fs, path::Path, time::Duration};

use chassis::StartError;
use tokio::process::Command;

use super::weigh::{self, Cost};

/// A peer that is installed.
pub struct Peer {
    program: String,
    /// What it calls itself.
    pub version: String,
}

/// What it made of a page.
pub struct Answer {
    /// The text it read; empty if it gave up.
    pub text: String,
    /// What that cost.
    pub cost: Cost,
    /// Its exit code.
    pub code: Option<i32>,
}

impl Peer {
    /// Looks for it.
    pub async fn find(program: &str) -> Option<Self> {
        let answer = Command::new(program).arg("--version").output().await.ok()?;
        let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        answer.status.success().then(|| Self {
            program: program.to_owned(),
            version,
        })
    }

    /// Reads a picture of a page with it, as its manual advises for photos and scans.
    pub async fn read(&self, page: &Path, limit: Duration) -> Result<Answer, StartError> {
        let folder =
            tempfile::tempdir().map_err(|error| StartError::because("a folder", &error))?;
        let (width, height) = image::image_dimensions(page)
            .map_err(|error| StartError::because("a page's size", &error))?;
        // It asks for the density; A4 is what is on the picture.
        let dpi = (f64::from(width.min(height)) / 8.268).round().to_string();
        let arguments = [
            "--deskew",
            "--rotate-pages",
            "--language",
            "vie",
            "--jobs",
            "1",
            "--image-dpi",
            &dpi,
            "--sidecar",
            "page.txt",
        ]
        .map(OsStr::new);
        let ends = [page.as_os_str(), OsStr::new("page.pdf")];
        let run = weigh::run(
            OsStr::new(&self.program),
            &[arguments.as_slice(), &ends].concat(),
            folder.path(),
            limit,
        )
        .await?;
        let text = fs::read_to_string(folder.path().join("page.txt")).unwrap_or_default();
        Ok(Answer {
            text,
            cost: run.cost,
            code: run.code,
        })
    }
}
