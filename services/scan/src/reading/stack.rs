//! A stack of papers: its pages looked at for codes and for whether anything is on them, and not read.

use std::{fs, io};

use bytes::Bytes;
use contracts::Refused;
use futures::{StreamExt, stream};
use tokio::task::spawn_blocking;

use super::{Error, PDF, Reader, Reading};
use crate::{
    domain::{Code, FlawKind, MediaType, Preview},
    page::{preview, survey},
    pages_of::Leaf,
    poppler::{self, Pdf},
};

/// One page of a stack.
#[derive(Debug, Default)]
pub struct StackLeaf {
    /// What its codes say.
    pub codes: Vec<String>,
    /// Whether nothing is on it.
    pub is_blank: bool,
    /// The page in small.
    pub preview: Preview,
}

impl Reader {
    /// Looks through a stack, which is a PDF.
    pub async fn stack(
        &self,
        reading: &Reading,
        bytes: Bytes,
    ) -> Result<Result<Vec<StackLeaf>, Refused>, Error> {
        let admission = self
            .surroundings
            .admit(MediaType::Pdf, bytes.clone(), self.limits);
        let admitted = match admission.await? {
            Ok(admitted) => admitted,
            Err(reason) => return Ok(Err(reason)),
        };
        if admitted.signed {
            return Ok(Err(SIGNED));
        }
        let count = u32::try_from(admitted.leaves.len()).unwrap_or(u32::MAX);
        reading.progress.send_modify(|told| told.pages = count);
        let folder = tempfile::Builder::new().prefix("scan-").tempdir()?;
        let path = folder.path().join(PDF);
        spawn_blocking(move || fs::write(path, bytes))
            .await
            .map_err(io::Error::other)??;
        let pdf = Pdf {
            surroundings: &self.surroundings,
            folder: folder.path(),
            name: PDF,
            time: self.page_time,
        };
        let leaves = (1..).zip(admitted.leaves);
        let mut seen = stream::iter(leaves)
            .map(|(number, leaf)| self.stack_leaf(reading, pdf, number, leaf))
            .buffered(self.gate.most());
        let mut pages = Vec::new();
        while let Some(page) = seen.next().await {
            pages.push(page?);
        }
        Ok(Ok(pages))
    }

    async fn stack_leaf(
        &self,
        reading: &Reading,
        pdf: Pdf<'_>,
        number: usize,
        leaf: Leaf,
    ) -> Result<StackLeaf, Error> {
        let _pass = self.gate.pass(reading.owner).await;
        let drawn = pdf.draw(number, leaf, poppler::FOR_THE_ARCHIVE).await?;
        let (drawn, codes) = self.codes(drawn).await?;
        reading.progress.send_modify(|told| told.done += 1);
        // A page that cannot be drawn is told of when its part is read.
        let Ok(picture) = drawn else {
            return Ok(StackLeaf::default());
        };
        let look = move || {
            let flaws = if codes.is_empty() {
                survey(&picture.0).flaws
            } else {
                Vec::new()
            };
            StackLeaf {
                codes: codes.into_iter().map(|code: Code| code.text).collect(),
                is_blank: flaws.iter().any(|flaw| flaw.kind == FlawKind::Blank),
                preview: preview(&picture.0, &[]),
            }
        };
        Ok(spawn_blocking(look).await.map_err(io::Error::other)?)
    }
}

const SIGNED: Refused = Refused::new(
    "Tệp này có chữ ký số: chia ra thì chữ ký không còn giá trị, xin nộp riêng từng tệp",
    "This file carries an electronic signature, which would break if it were divided: please send it by itself",
);
