//! Files that must be refused, and odd ones that must be taken, each with the reason why.

mod bombs;
mod others;
mod pdf;
mod pictures;

use std::path::Path;

use chassis::StartError;
use image::RgbImage;
pub use pdf::of_scans;

use super::{
    Expected, Verdict,
    chance::Chance,
    forms, json,
    press::{Press, Template},
    wear, write,
};

/// A file and what is to become of it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What is to become of it.
    pub expected: Expected,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What samples are made from: a few lines of Vietnamese, as a picture at 200 dpi and as a PDF with its text.
struct Page {
    picture: RgbImage,
    jpeg: Vec<u8>,
    pdf: Vec<u8>,
}

/// Makes them all. They do not change from seed to seed.
pub fn samples() -> Result<Vec<Sample>, StartError> {
    let press = Press::new(None)?;
    let mut chance = Chance::new(0, "files");
    let mut look = press.look(&mut chance);
    look.on_dots = false;
    let data = json(&forms::short(&mut chance, look))?;
    let picture = press.picture(Template::Sheet, data.clone(), None, 200.0)?;
    let page = Page {
        jpeg: wear::jpeg(&picture.clone().into(), 85, Some(200), Vec::new())?,
        pdf: press.pdf(Template::Sheet, data)?,
        picture,
    };
    let mut samples = pictures::hostile(&page)?;
    samples.extend(bombs::pictures(&page)?);
    samples.extend(pdf::hostile(&page)?);
    samples.extend(bombs::pdfs()?);
    samples.extend(others::hostile(&page));
    samples.extend(pictures::odd(&page)?);
    samples.extend(pdf::odd(&page)?);
    Ok(samples)
}

/// Writes them, and what is to become of each.
pub fn make(folder: &Path) -> Result<usize, StartError> {
    let samples = samples()?;
    for sample in &samples {
        write(folder.join(&sample.expected.file), &sample.bytes)?;
    }
    let expected: Vec<&Expected> = samples.iter().map(|sample| &sample.expected).collect();
    write(folder.join("expected.json"), json(&expected)?)?;
    Ok(samples.len())
}

fn sample(file: &str, class: &str, verdict: Verdict, why: &str, bytes: Vec<u8>) -> Sample {
    Sample {
        expected: Expected {
            file: file.to_owned(),
            class: class.to_owned(),
            verdict,
            why: why.to_owned(),
        },
        bytes,
    }
}

/// To be refused.
fn refused(file: &str, class: &str, why: &str, bytes: Vec<u8>) -> Sample {
    sample(file, class, Verdict::Refused, why, bytes)
}

/// Odd, and to be taken.
fn taken(file: &str, why: &str, bytes: Vec<u8>) -> Sample {
    sample(file, "odd", Verdict::Taken, why, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_a_dozen_classes_and_the_same_bytes_every_time() {
        let (once, again) = (samples().unwrap(), samples().unwrap());
        let classes: BTreeSet<&str> = once
            .iter()
            .filter(|sample| sample.expected.verdict == Verdict::Refused)
            .map(|sample| sample.expected.class.as_str())
            .collect();
        assert!(classes.len() >= 12, "{classes:?}");
        let names: BTreeSet<&str> = once
            .iter()
            .map(|sample| sample.expected.file.as_str())
            .collect();
        assert_eq!(names.len(), once.len());
        for (one, other) in once.iter().zip(&again) {
            assert!(one.bytes == other.bytes, "{} changes", one.expected.file);
            // A bomb is small: that is what makes it one.
            let bomb = one.expected.class == "bomb";
            assert!(
                !bomb || one.bytes.len() < 4_000_000,
                "{} has {} bytes",
                one.expected.file,
                one.bytes.len()
            );
        }
    }
}
