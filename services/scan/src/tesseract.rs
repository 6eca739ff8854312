//! Tesseract, the program that reads pictures of text: one process a page, so that a crash costs one page.

use std::{path::Path, time::Duration};

use unicode_normalization::UnicodeNormalization;

use crate::{
    child::{Allowance, Error, Program, Surroundings},
    domain::{Page, Place, Source, Word, ZONE_LETTERS},
    picture::Grey,
};

const TESSERACT: Program = Program {
    name: "tesseract",
    package: "tesseract-ocr",
};
/// A page of the densest print is about 200 KB in this format.
const MOST: u64 = 8 * 1024 * 1024;
/// More than any page has, across or down.
const MOST_PIXELS: f32 = 65_535.0;
/// One column of text of varying sizes: what forms and certificates are read best as (measured on 24 pages).
const LAYOUT: &str = "4";
/// One even block of text: what the lines of a zone are.
const BLOCK: &str = "6";
/// The model for capitals and digits, which comes with the program.
const PLAIN: &str = "eng";

/// Reads what stands on a strip of print by which machines know an identity card.
pub async fn zone(
    surroundings: &Surroundings,
    folder: &Path,
    strip: Grey,
    time: Duration,
) -> Result<String, Error> {
    let letters = format!("tessedit_char_whitelist={ZONE_LETTERS}");
    let arguments = [
        "stdin", "stdout", "-l", PLAIN, "--psm", BLOCK, "--dpi", "300", "-c", &letters,
    ];
    let answer = answer(surroundings, folder, strip, PLAIN, arguments, time).await?;
    Ok(answer.map_or_else(String::new, |answer| {
        String::from_utf8_lossy(&answer).into_owned()
    }))
}

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
    let table = answer(surroundings, folder, page, language, arguments, time).await?;
    Ok(table.map_or_else(Page::unread, |table| {
        page_of(&String::from_utf8_lossy(&table))
    }))
}

/// What Tesseract says of a picture; nothing where the picture takes too long or ends it.
async fn answer<'a>(
    surroundings: &Surroundings,
    folder: &Path,
    picture: Grey,
    language: &str,
    arguments: impl IntoIterator<Item = &'a str>,
    time: Duration,
) -> Result<Option<Vec<u8>>, Error> {
    let allowance = Allowance { time, output: MOST };
    let input = picture.into_pgm().into();
    let answer = match surroundings
        .run(TESSERACT, arguments, folder, input, allowance)
        .await
    {
        Ok(answer) => answer,
        Err(Error::TimedOut(_) | Error::TooMuch(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if answer.status.success() {
        return Ok(Some(answer.output));
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
        // Ended by a signal: a crash on this very picture.
        None => Ok(None),
        Some(_) => Err(Error::Failed {
            program: TESSERACT.name,
            status: answer.status,
        }),
    }
}

/// A word of Tesseract's table.
struct Row<'a> {
    /// Block, paragraph and line it stands in.
    place: [&'a str; 3],
    /// Left, top, width and height in pixels.
    area: [f32; 4],
    confidence: f32,
    text: &'a str,
}

/// Tesseract's table: level, page, block, paragraph, line, word, four of position, confidence, text.
fn row(row: &str) -> Option<Row<'_>> {
    let mut columns = row.splitn(12, '\t');
    if columns.next()? != "5" {
        return None;
    }
    let place = [columns.nth(1)?, columns.next()?, columns.next()?];
    columns.next()?;
    let area = area(&mut columns)?;
    let confidence: f32 = columns.next()?.parse().ok()?;
    // `nan` is a number to Rust, and one of them would make a page's mean unknown.
    if !confidence.is_finite() {
        return None;
    }
    let text = columns.next()?.trim();
    (!text.is_empty()).then_some(Row {
        place,
        area,
        confidence,
        text,
    })
}

fn area<'a>(columns: &mut impl Iterator<Item = &'a str>) -> Option<[f32; 4]> {
    let mut side = || {
        // Poppler's table has fractions.
        let side: f32 = columns.next()?.parse().ok()?;
        (0.0..=MOST_PIXELS).contains(&side).then_some(side)
    };
    Some([side()?, side()?, side()?, side()?])
}

/// The size of the page, which the table begins with.
fn size(table: &str) -> Option<(f32, f32)> {
    let page = table.lines().find(|row| row.starts_with("1\t"))?;
    let [.., width, height] = area(&mut page.split('\t').skip(6))?;
    (width > 0.0 && height > 0.0).then_some((width, height))
}

/// Puts the words together again, a line a line and an empty line between paragraphs; their mean confidence counts each
/// word by its length.
pub fn page_of(table: &str) -> Page {
    let (width, height) = size(table).unwrap_or((f32::from(u16::MAX), f32::from(u16::MAX)));
    let mut text = String::new();
    let mut words = Vec::new();
    let mut line = 0;
    let mut last: Option<[&str; 3]> = None;
    let (mut sum, mut weight) = (0.0f64, 0u32);
    for row in table.lines().filter_map(row) {
        match last {
            None => {}
            Some(place) if place == row.place => text.push(' '),
            Some(place) => {
                text.push_str(if place[..2] == row.place[..2] {
                    "\n"
                } else {
                    "\n\n"
                });
                line += 1;
            }
        }
        last = Some(row.place);
        let word: String = row.text.nfc().filter(|&c| c != '\0').collect();
        text.push_str(&word);
        let length = u32::try_from(row.text.chars().count()).unwrap_or(1);
        sum += f64::from(row.confidence) * f64::from(length);
        weight += length;
        let [left, top, across, down] = row.area;
        words.push(Word {
            text: word,
            confidence: row.confidence.clamp(0.0, 100.0),
            place: Place::clamped(left / width, top / height, across / width, down / height),
            line,
        });
    }
    #[expect(clippy::cast_possible_truncation, reason = "a mean of percentages")]
    let confidence = (weight > 0).then(|| (sum / f64::from(weight)).clamp(0.0, 100.0) as f32);
    Page {
        text,
        confidence,
        words,
        ..Page::of(Source::Ocr)
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
        let words: Vec<_> = page
            .words
            .iter()
            .map(|word| {
                (
                    word.text.as_str(),
                    word.line,
                    word.place.left,
                    word.place.width,
                )
            })
            .collect();
        assert_eq!(
            words,
            [
                ("Họ", 0, 0.0, 0.09),
                ("tên:", 0, 0.09, 0.09),
                ("Dụ", 1, 0.0, 0.09),
                ("07", 2, 0.0, 0.09)
            ]
        );
    }

    #[test]
    fn the_table_that_poppler_writes_is_read_too() {
        let table = "1\t1\t0\t0\t0\t0\t0.000000\t0.000000\t200.000000\t400.500000\t-1\t###PAGE###\n\
            5\t1\t0\t0\t0\t0\t50.00\t100.125\t25.50\t40.05\t100\tHọ\n";
        let page = page_of(table);
        assert_eq!(page.text, "Họ");
        assert_eq!(page.words[0].place, Place::clamped(0.25, 0.25, 0.1275, 0.1));
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
            let page = page_of(&table);
            prop_assert!(page.words.iter().all(|word| word.place.is_within()));
        }
    }
}
