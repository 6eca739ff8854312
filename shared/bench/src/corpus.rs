//! Makes the corpus: Vietnamese pages with their truth, worn in eight ways; identity cards; files that are hostile or odd.

mod camera;
mod cards;
mod chance;
mod files;
mod forms;
mod people;
mod press;
mod sheet;
mod wear;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chassis::StartError;
use clap::Args;
use serde::{Deserialize, Serialize};

use chance::Chance;
pub use files::{Sample, of_scans, samples};
use press::Press;
use wear::Wear;

/// What to make.
#[derive(Args)]
pub struct Options {
    /// The folder it goes to.
    folder: PathBuf,
    /// Pages of each of the eight classes.
    #[arg(long, default_value_t = 3)]
    pages: u32,
    /// The same seed makes the same corpus.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder of .ttf and .otf faces to set pages in, beside the embedded ones.
    #[arg(long)]
    fonts: Option<PathBuf>,
}

/// What a page says of itself, beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PageTruth {
    /// How it was worn.
    pub class: String,
    /// Which form it is.
    pub form: String,
    /// What exactly was done to it.
    pub done: String,
    /// What is to be read from it, by name.
    pub fields: std::collections::BTreeMap<String, String>,
}

/// What a card's side says of itself, beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CardTruth {
    /// What its code says: the QR code of a front, the three lines of a back.
    pub code: String,
    /// What was done to it.
    pub done: String,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// It is taken as it is, or with what is active in it taken out.
    Taken,
    /// It is refused with its reason.
    Refused,
}

/// What is to become of a hostile or odd file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Expected {
    /// Its name, which may lie about its kind.
    pub file: String,
    /// What sort of trouble it is.
    pub class: String,
    /// What is to become of it.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

/// Where a class of pages stands, from the easiest to the hardest.
pub fn rank(class: &str) -> usize {
    Wear::ALL
        .iter()
        .position(|wear| wear.name() == class)
        .unwrap_or(usize::MAX)
}

/// Makes it.
pub fn make(options: &Options) -> Result<(), StartError> {
    let press = Press::new(options.fonts.as_deref())?;
    let folder = &options.folder;
    pages(&press, options, &made(folder, "pages")?)?;
    cards::make(&press, options.seed, &made(folder, "cards")?)?;
    ten(&press, options.seed, folder)?;
    let count = files::make(&made(folder, "files")?)?;
    println!("{count} hostile and odd files");
    Ok(())
}

/// The identity cards of a corpus alone, each with its truth.
pub fn cards(seed: u64, folder: &Path) -> Result<(), StartError> {
    cards::make(&Press::new(None)?, seed, folder)
}

/// A clean scan of ten pages in one PDF, as a copier makes it: pictures alone.
fn ten(press: &Press, seed: u64, folder: &Path) -> Result<(), StartError> {
    let mut scans = Vec::new();
    for turn in 0..10 {
        let mut chance = Chance::new(seed, &format!("ten-{turn}"));
        let (_, fill_in) = forms::ALL[turn % forms::ALL.len()];
        let look = press.look(&mut chance);
        let mut sheet = fill_in(&mut chance, look);
        let drawn = press.sheet(&mut sheet, 200.0)?;
        scans.push(wear::jpeg(&drawn.into(), 85, Some(200), Vec::new())?);
    }
    write(folder.join("ten-pages.pdf"), files::of_scans(&scans)?)
}

fn made(folder: &Path, name: &str) -> Result<PathBuf, StartError> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)
        .map_err(|error| StartError::because("making the corpus's folder", &error))?;
    Ok(folder)
}

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) -> Result<(), StartError> {
    fs::write(&path, bytes)
        .map_err(|error| StartError::because(&format!("writing {}", path.display()), &error))
}

fn json(value: &impl Serialize) -> Result<String, StartError> {
    serde_json::to_string_pretty(value).map_err(|error| StartError::because("writing JSON", &error))
}

/// Dots an inch that pages are drawn at before they are worn.
const DRAWN: f32 = 300.0;

fn pages(press: &Press, options: &Options, folder: &Path) -> Result<(), StartError> {
    for (class, wear) in Wear::ALL.into_iter().enumerate() {
        for turn in 0..options.pages {
            let name = format!("{}-{:02}", wear.name(), turn + 1);
            let mut chance = Chance::new(options.seed, &name);
            // Every class meets other forms, and over the classes all forms come about as often.
            let at = (class + usize::try_from(turn).unwrap_or_default() * 2) % forms::ALL.len();
            let (form, fill_in) = forms::ALL[at];
            let look = press.look(&mut chance);
            let mut sheet = fill_in(&mut chance, look);
            let drawn = press.sheet(&mut sheet, DRAWN)?;
            let worn = wear.wear(&drawn, turn, &mut chance)?;
            let truth = PageTruth {
                class: wear.name().to_owned(),
                form: form.to_owned(),
                done: worn.done,
                fields: sheet
                    .fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect(),
            };
            write(folder.join(format!("{name}.jpg")), worn.jpeg)?;
            write(folder.join(format!("{name}.txt")), sheet.truth())?;
            write(folder.join(format!("{name}.json")), json(&truth)?)?;
            println!("{name}: {form}, {}", truth.done);
        }
    }
    Ok(())
}
