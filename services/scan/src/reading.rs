//! The whole check of one document: lay out its pages, read each, say what was found. Pages are read side by side, one a
//! core, and come out in order.

use std::{fs, io, path::Path, time::Duration};

use bytes::Bytes;
use contracts::{AccountId, Refused};
use futures::{StreamExt, stream};
use tokio::{sync::watch, task::spawn_blocking, time::Instant};

use crate::{
    archive::{A4, Sheet},
    child::{Error as Child, Surroundings},
    domain::{Code, Finding, Limits, MediaType, Page},
    heif,
    pages_of::Leaf,
    picture::Picture,
    poppler,
};

mod gate;
mod page;
mod stack;

pub use gate::Gate;
use page::{Paper, Read, born_digital, made_right};

/// How documents are read.
#[derive(Debug, Clone)]
pub struct Reader {
    /// What a document may hold.
    pub limits: Limits,
    /// Tesseract's language model.
    pub language: String,
    /// Time for each program and page.
    pub page_time: Duration,
    /// Time after which the pages not yet read stay unread.
    pub document_time: Duration,
    /// How programs are run.
    pub surroundings: Surroundings,
    /// What all pages of this process go through.
    pub gate: Gate,
}

/// Whose document is read, and who is told how far that is.
#[derive(Debug)]
pub struct Reading {
    /// Whose turns its pages take.
    pub owner: AccountId,
    /// Where it is told.
    pub progress: watch::Sender<Progress>,
}

/// How far the reading of a document is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pages done.
    pub done: u32,
    /// Pages it has; 0 while that is not known.
    pub pages: u32,
}

impl Reading {
    /// A reading of that person's document.
    pub fn of(owner: AccountId) -> Self {
        let (progress, _) = watch::channel(Progress::default());
        Self { owner, progress }
    }
}

/// Why nothing can be said about a document yet: never the document's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is missing or broken.
    #[error("a program that reads documents is not to be had")]
    Program(#[from] Child),
    /// The disk has no room, or such.
    #[error("there is no place to work in")]
    Place(#[from] io::Error),
}

/// What checking and reading a document brought to light.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What it is good for.
    pub finding: Finding,
    /// Whether it carries an electronic signature.
    pub signed: bool,
    /// Its pages for the archival copy; none where one of them could not be looked at.
    pub sheets: Vec<Sheet>,
}

impl Reader {
    /// Checks and reads a document.
    pub async fn check(
        &self,
        reading: &Reading,
        kind: MediaType,
        bytes: Bytes,
    ) -> Result<Checked, Error> {
        let admission = self.surroundings.admit(kind, bytes.clone(), self.limits);
        let admitted = match admission.await? {
            Ok(admitted) => admitted,
            Err(reason) => {
                return Ok(Checked {
                    finding: Finding::Unreadable(reason),
                    signed: false,
                    sheets: Vec::new(),
                });
            }
        };
        let read = self.read(reading, kind, bytes, admitted.leaves).await?;
        let (finding, sheets) = match read {
            Ok(read) => {
                let (pages, sheets): (Vec<Page>, Vec<_>) = read.into_iter().unzip();
                let whole: Option<Vec<Sheet>> = sheets.into_iter().collect();
                (Finding::Readable(pages), whole.unwrap_or_default())
            }
            Err(reason) => (Finding::Unreadable(reason), Vec::new()),
        };
        Ok(Checked {
            finding,
            signed: admitted.signed,
            sheets,
        })
    }

    /// Reads the pages of a document that may come in.
    async fn read(
        &self,
        reading: &Reading,
        kind: MediaType,
        bytes: Bytes,
        leaves: Vec<Leaf>,
    ) -> Result<Result<Vec<Read>, Refused>, Error> {
        let room = bytes.len() / leaves.len().max(1) * 6 / 5;
        let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        reading.progress.send_modify(|told| told.pages = count);
        let folder = tempfile::Builder::new().prefix("scan-").tempdir()?;
        let (kind, bytes) = match kind {
            MediaType::Heic => {
                match heif::to_jpeg(&self.surroundings, bytes, self.page_time).await? {
                    Ok(jpeg) => (MediaType::Jpeg, jpeg),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            MediaType::Pdf => {
                let path = folder.path().join(PDF);
                spawn_blocking(move || fs::write(path, bytes))
                    .await
                    .map_err(io::Error::other)??;
                // Drawn from the disk: many documents are in hand at once.
                (kind, Bytes::new())
            }
            kind => (kind, bytes),
        };
        let document = Opened {
            kind,
            bytes,
            folder: folder.path(),
            end: Instant::now() + self.document_time,
            room,
        };
        let leaves = leaves.into_iter().enumerate();
        let mut read = stream::iter(leaves)
            .map(|(at, leaf)| self.leaf(reading, &document, at, leaf))
            .buffered(self.gate.most());
        let mut pages = Vec::new();
        // The first page that can't be used ends it all: those behind it are let go.
        while let Some(page) = read.next().await {
            match page? {
                Ok(page) => pages.push(page),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(pages))
    }

    /// Reads one page when it is its owner's turn.
    async fn leaf(
        &self,
        reading: &Reading,
        document: &Opened<'_>,
        at: usize,
        leaf: Leaf,
    ) -> Result<Result<Read, Refused>, Error> {
        let _pass = self.gate.pass(reading.owner).await;
        let page = if Instant::now() >= document.end {
            Ok((Page::unread(), None))
        } else {
            self.open(document, at + 1, leaf).await?
        };
        reading.progress.send_modify(|told| told.done += 1);
        Ok(page)
    }

    /// Draws or decodes page `number` (from 1) and reads it.
    async fn open(
        &self,
        document: &Opened<'_>,
        number: usize,
        leaf: Leaf,
    ) -> Result<Result<Read, Refused>, Error> {
        let paper = |longer| Paper {
            longer,
            room: document.room,
        };
        let (paper, picture) = match leaf {
            Leaf::Drawn { width, height } => {
                let paper = paper(width.max(height));
                let pdf = poppler::Pdf {
                    surroundings: &self.surroundings,
                    folder: document.folder,
                    name: PDF,
                    time: self.page_time,
                };
                if let Some(text) = pdf.text(number).await? {
                    let words = pdf.words(number).await?;
                    let drawn = pdf.draw(number, leaf, poppler::FOR_THE_ARCHIVE).await?;
                    let (drawn, codes) = self.codes(drawn).await?;
                    return Ok(Ok(born_digital(text, words, drawn, codes, paper).await));
                }
                (paper, pdf.draw(number, leaf, poppler::FOR_READING).await?)
            }
            Leaf::Picture { .. } => {
                let bytes = document.bytes.clone();
                let kind = document.kind;
                let decoded = self.surroundings.decode(kind, bytes, leaf, self.limits);
                (paper(A4), decoded.await?)
            }
        };
        let (picture, codes) = self.codes(picture).await?;
        let made = match picture {
            Ok(picture) => made_right(picture, codes).await,
            Err(reason) => Err(reason),
        };
        match made {
            Ok(made) => Ok(Ok(self.page(document.folder, made, paper).await?)),
            Err(reason) => Ok(Err(reason)),
        }
    }

    /// The QR codes in a picture, if there is one.
    async fn codes(
        &self,
        picture: Result<Picture, Refused>,
    ) -> Result<(Result<Picture, Refused>, Vec<Code>), Error> {
        let Ok(picture) = picture else {
            return Ok((picture, Vec::new()));
        };
        let grey = spawn_blocking(move || (picture.grey(), picture)).await;
        let (grey, picture) = grey.map_err(io::Error::other)?;
        let codes = self.surroundings.codes(grey).await?;
        Ok((Ok(picture), codes))
    }
}

/// A PDF's name in the folder of its document.
const PDF: &str = "document.pdf";

/// A document about to be read.
struct Opened<'a> {
    kind: MediaType,
    /// A picture file's; a PDF lies in the folder.
    bytes: Bytes,
    folder: &'a Path,
    /// From when on pages stay unread.
    end: Instant,
    /// Bytes that the archival copy of one page may take: a little more than the page brought.
    room: usize,
}

#[cfg(test)]
mod tests;
