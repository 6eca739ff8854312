//! Poppler's programs: the text a PDF carries, and its pages as pictures.

use std::{path::Path, time::Duration};

use bytes::Bytes;
use contracts::Refused;
use unicode_normalization::UnicodeNormalization;

use crate::{
    child::{Allowance, Error, Program, Surroundings},
    domain::{Word, letters},
    pages_of::Leaf,
    picture::Picture,
    tesseract,
};

const PDFTOTEXT: Program = Program {
    name: "pdftotext",
    package: "poppler-utils",
};
const PDFTOPPM: Program = Program {
    name: "pdftoppm",
    package: "poppler-utils",
};
/// Letters from which on a page counts as born digital: fewer are stamps and page numbers laid over a picture.
const BORN_DIGITAL: usize = 50;
/// A page of text, and then some.
const MOST_TEXT: u64 = 4 * 1024 * 1024;
/// Dots an inch that print is read best at.
pub const FOR_READING: f32 = 300.0;
/// Dots an inch at which a page whose text is known is kept: printed again, it reads like the first.
pub const FOR_THE_ARCHIVE: f32 = 200.0;
/// Pixels drawn at most: A3 at 300 dpi and a margin. Larger sheets are drawn coarser.
const DRAWN: f32 = 20_000_000.0;
/// The longest side drawn, in pixels.
const LONGEST: f32 = 10_000.0;

/// A PDF in a folder of its own, so that only one page at a time is in memory.
#[derive(Debug, Clone, Copy)]
pub struct Pdf<'a> {
    /// How programs are run.
    pub surroundings: &'a Surroundings,
    /// The folder.
    pub folder: &'a Path,
    /// The file's name in it.
    pub name: &'a str,
    /// Time for each program and page.
    pub time: Duration,
}

impl Pdf<'_> {
    /// The text page `number` (from 1) carries, if it carries enough to have been born digital.
    pub async fn text(&self, number: usize) -> Result<Option<String>, Error> {
        let page = number.to_string();
        let arguments = [
            "-f", &page, "-l", &page, "-layout", "-nopgbrk", "-enc", "UTF-8", "-q", self.name, "-",
        ];
        let allowance = Allowance {
            time: self.time,
            output: MOST_TEXT,
        };
        match self
            .surroundings
            .run(PDFTOTEXT, arguments, self.folder, Bytes::new(), allowance)
            .await
        {
            Ok(answer) if answer.status.success() => {
                let text: String = String::from_utf8_lossy(&answer.output)
                    .nfc()
                    .filter(|&c| c != '\0')
                    .collect();
                Ok((letters(&text) > BORN_DIGITAL).then(|| tidy(&text)))
            }
            // What it can't find is looked for in the picture.
            Ok(_) | Err(Error::TimedOut(_) | Error::TooMuch(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The words page `number` (from 1) carries, each where it stands; none where that can't be told.
    pub async fn words(&self, number: usize) -> Result<Vec<Word>, Error> {
        let page = number.to_string();
        let arguments = [
            "-f", &page, "-l", &page, "-tsv", "-enc", "UTF-8", "-q", self.name, "-",
        ];
        let allowance = Allowance {
            time: self.time,
            output: MOST_TEXT,
        };
        let run = self
            .surroundings
            .run(PDFTOTEXT, arguments, self.folder, Bytes::new(), allowance);
        match run.await {
            // The same table as Tesseract's.
            Ok(answer) if answer.status.success() => {
                Ok(tesseract::page_of(&String::from_utf8_lossy(&answer.output)).words)
            }
            Ok(_) | Err(Error::TimedOut(_) | Error::TooMuch(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Page `number` (from 1) drawn in colour at `finest` dots an inch or what keeps it within bounds, or why it can't be.
    pub async fn draw(
        &self,
        number: usize,
        leaf: Leaf,
        finest: f32,
    ) -> Result<Result<Picture, Refused>, Error> {
        let (page, dpi) = (number.to_string(), dpi(leaf, finest).to_string());
        let arguments = ["-f", &page, "-l", &page, "-r", &dpi, "-q", self.name];
        let allowance = Allowance {
            time: self.time,
            // The size asked for is rounded up by a row and a column.
            output: 2 * 3 * 20_000_000,
        };
        let undrawable = || {
            Refused::because(
                format!(
                    "Trang {number} của tệp PDF không vẽ ra được; hãy in lại ra PDF hoặc quét lại"
                ),
                format!(
                    "Page {number} of the PDF cannot be drawn; print it to PDF again or scan it again"
                ),
            )
        };
        match self
            .surroundings
            .run(PDFTOPPM, arguments, self.folder, Bytes::new(), allowance)
            .await
        {
            Ok(answer) => match answer.status.code() {
                Some(0) => Ok(Picture::from_ppm(&answer.output).ok_or_else(undrawable)),
                // 1: cannot open; 3: not permitted; 99: other; none: a crash. All of them the file's doing.
                Some(1 | 3 | 99) | None => Ok(Err(undrawable())),
                Some(_) => Err(Error::Failed {
                    program: PDFTOPPM.name,
                    status: answer.status,
                }),
            },
            Err(Error::TimedOut(_) | Error::TooMuch(_)) => Ok(Err(undrawable())),
            Err(error) => Err(error),
        }
    }
}

/// Dots an inch a page is drawn at: the finest wanted, or what keeps a huge sheet within bounds.
fn dpi(leaf: Leaf, finest: f32) -> u32 {
    let (width, height) = match leaf {
        Leaf::Drawn { width, height } => (width, height),
        Leaf::Picture { .. } => (1.0, 1.0),
    };
    let (wide, tall) = (width / 72.0 * finest, height / 72.0 * finest);
    let smaller = (DRAWN / (wide * tall))
        .sqrt()
        .min(LONGEST / wide.max(tall))
        .min(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 300"
    )]
    let dpi = (finest * smaller).floor().clamp(1.0, finest) as u32;
    dpi
}

/// Without the spaces that only keep columns apart on paper's right side, or more than one empty line.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: f32, height: f32) -> u32 {
        dpi(Leaf::Drawn { width, height }, FOR_READING)
    }

    #[test]
    fn ordinary_sheets_are_drawn_at_three_hundred() {
        assert_eq!(drawn(595.0, 842.0), 300);
        assert_eq!(drawn(842.0, 1191.0), 300);
        assert_eq!(drawn(243.0, 153.0), 300);
    }

    #[test]
    fn huge_sheets_are_drawn_coarser_and_within_bounds() {
        for (width, height) in [
            (2384.0, 3370.0),
            (14_400.0, 14_400.0),
            (1.0, 14_400.0),
            (1e9, 1e9),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "at most 300")]
            let dpi = drawn(width, height) as f32;
            assert!((1.0..300.0).contains(&dpi), "{width} x {height}: {dpi}");
            assert!(dpi <= 1.0 || (width / 72.0 * dpi) * (height / 72.0 * dpi) <= DRAWN);
        }
    }

    #[test]
    fn columns_are_kept_and_emptiness_is_not() {
        assert_eq!(tidy("\n\na  b   \n\n\n\n c\n\n"), "a  b\n\n c");
    }
}
