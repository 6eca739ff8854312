//! Tesseract, the program that reads pictures of text: one process a page, so that a crash costs one page.

use std::{path::Path, time::Duration};

use unicode_normalization::UnicodeNormalization;

use crate::{
    child::{Allowance, Error, Program, Surroundings},
    domain::{Page, Source},
    picture::Grey,
};

const TESSERACT: Program = Program {
    name: "tesseract",
    package: "tesseract-ocr",
};
/// A page of the densest print is about 200 KB in this format.
const MOST: u64 = 8 * 1024 * 1024;
/// One column of text of varying sizes: what forms and certificates are read best as (measured on 24 pages).
const LAYOUT: &str = "4";

/// Reads one page in `language` (a model's name such as `vie`). A page that takes too long or ends the program is
/// unread; a missing program or model is an error.
pub async fn read(
    surroundings: &Surroundings,
    folder: &Path,
    page: Grey,
    language: &str,
    time: Duration,
) -> Result<Page, Error> {
    let dpi = page.dpi().to_string();
    let arguments = [
        "stdin", "stdout", "-l", language, "--psm", LAYOUT, "--dpi", &dpi, "tsv",
    ];
    let allowance = Allowance { time, output: MOST };
    let answer = match surroundings
        .run(
            TESSERACT,
            arguments,
            folder,
            page.into_pgm().into(),
            allowance,
        )
        .await
    {
        Ok(answer) => answer,
        Err(Error::TimedOut(_) | Error::TooMuch(_)) => return Ok(Page::unread()),
        Err(error) => return Err(error),
    };
    if answer.status.success() {
        return Ok(page_of(&String::from_utf8_lossy(&answer.output)));
    }
    if answer.complaint.contains(".traineddata")
        || answer.complaint.contains("Failed loading language")
    {
        return Err(Error::Missing {
            what: format!("The language model `{language}` of tesseract"),
            package: format!("tesseract-ocr-{language}"),
        });
    }
    match answer.status.code() {
        // Ended by a signal: a crash on this very page.
        None => Ok(Page::unread()),
        Some(_) => Err(Error::Failed {
            program: TESSERACT.name,
            status: answer.status,
        }),
    }
}

/// A word of Tesseract's table.
struct Word<'a> {
    /// Block, paragraph and line it stands in.
    place: [&'a str; 3],
    confidence: f32,
    text: &'a str,
}

/// Tesseract's table: level, page, block, paragraph, line, word, four of position, confidence, text.
fn word(row: &str) -> Option<Word<'_>> {
    let mut columns = row.splitn(12, '\t');
    if columns.next()? != "5" {
        return None;
    }
    let place = [columns.nth(1)?, columns.next()?, columns.next()?];
    let confidence: f32 = columns.nth(5)?.parse().ok()?;
    // `nan` is a number to Rust, and one of them would make a page's mean unknown.
    if !confidence.is_finite() {
        return None;
    }
    let text = columns.next()?.trim();
    (!text.is_empty()).then_some(Word {
        place,
        confidence,
        text,
    })
}

/// Puts the words together again, a line a line and an empty line between paragraphs; their mean confidence counts each
/// word by its length.
pub fn page_of(table: &str) -> Page {
    let mut text = String::new();
    let mut last: Option<[&str; 3]> = None;
    let (mut sum, mut weight) = (0.0f64, 0u32);
    for word in table.lines().filter_map(word) {
        match last {
            None => {}
            Some(place) if place == word.place => text.push(' '),
            Some(place) if place[..2] == word.place[..2] => text.push('\n'),
            Some(_) => text.push_str("\n\n"),
        }
        last = Some(word.place);
        text.extend(word.text.nfc().filter(|&c| c != '\0'));
        let length = u32::try_from(word.text.chars().count()).unwrap_or(1);
        sum += f64::from(word.confidence) * f64::from(length);
        weight += length;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a mean of percentages")]
    let confidence = (weight > 0).then(|| (sum / f64::from(weight)).clamp(0.0, 100.0) as f32);
    Page {
        source: Source::Ocr,
        text,
        confidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_become_lines_and_paragraphs_again() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t100\t100\t-1\t\n\
            5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tHọ\n\
            5\t1\t1\t1\t1\t2\t9\t0\t9\t9\t60.5\ttên:\n\
            5\t1\t1\t1\t1\t3\t9\t0\t9\t9\t0\t \n\
            5\t1\t1\t1\t2\t1\t0\t9\t9\t9\t90\tDu\u{323}\n\
            5\t1\t2\t1\t1\t1\t0\t9\t9\t9\t90\t07\n";
        let page = page_of(table);
        assert_eq!(page.text, "Họ tên:\nDụ\n\n07");
        assert!(
            page.confidence
                .is_some_and(|mean| (mean - 79.27).abs() < 0.01),
            "{:?}",
            page.confidence
        );
    }

    #[test]
    fn an_empty_page_has_no_confidence() {
        assert_eq!(
            page_of("level\tpage_num\n1\t1\t0\t0\t0\t0\t0\t0\t100\t100\t-1\t\n").confidence,
            None
        );
    }

    proptest! {
        #[test]
        fn any_table_gets_an_answer(table in "([0-9a-zễ\t\n. -]){0,400}") {
            let _ = page_of(&table);
        }
    }
}
