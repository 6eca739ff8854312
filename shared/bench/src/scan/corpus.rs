//! The corpus as it lies in its folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chassis::StartError;
use serde::de::DeserializeOwned;

use crate::corpus::{CardTruth, Expected, PageTruth};

/// All of it; a part that is not there is empty.
pub struct Corpus {
    pub folder: PathBuf,
    pub pages: Vec<Page>,
    pub cards: Vec<Card>,
    pub files: Vec<Expected>,
    /// The clean file of ten pages.
    pub ten: Option<PathBuf>,
}

/// A page with its truth.
pub struct Page {
    pub name: String,
    pub file: PathBuf,
    pub text: String,
    pub truth: PageTruth,
}

/// A card's side with what its code says.
pub struct Card {
    pub name: String,
    pub file: PathBuf,
    pub truth: String,
}

impl Corpus {
    /// Reads its truth.
    pub fn open(folder: &Path) -> Result<Self, StartError> {
        let mut pages = Vec::new();
        for (name, file) in pictures(&folder.join("pages"))? {
            let truth = file.with_extension("txt");
            pages.push(Page {
                text: fs::read_to_string(&truth).map_err(|error| unreadable(&truth, &error))?,
                truth: parsed(&file.with_extension("json"))?,
                name,
                file,
            });
        }
        // Classes from the easiest to the hardest, as they are made.
        pages
            .sort_by_key(|page: &Page| (crate::corpus::rank(&page.truth.class), page.name.clone()));
        let mut cards = Vec::new();
        for (name, file) in pictures(&folder.join("cards"))? {
            let truth: CardTruth = parsed(&file.with_extension("json"))?;
            cards.push(Card {
                name,
                file,
                truth: truth.code,
            });
        }
        let expected = folder.join("files/expected.json");
        let ten = folder.join("ten-pages.pdf");
        let corpus = Self {
            files: if expected.exists() {
                parsed(&expected)?
            } else {
                Vec::new()
            },
            ten: ten.exists().then_some(ten),
            folder: folder.to_owned(),
            pages,
            cards,
        };
        if corpus.pages.is_empty() && corpus.cards.is_empty() && corpus.files.is_empty() {
            return Err(StartError::new(format!(
                "{} holds no corpus; make one with `bench corpus {}`",
                folder.display(),
                folder.display()
            )));
        }
        Ok(corpus)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> StartError {
    StartError::because(&path.display().to_string(), error)
}

fn parsed<T: DeserializeOwned>(path: &Path) -> Result<T, StartError> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| StartError::because(&path.display().to_string(), &error))
}

/// The pictures of a folder by name; of no folder, none.
fn pictures(folder: &Path) -> Result<Vec<(String, PathBuf)>, StartError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found: Vec<_> = fs::read_dir(folder)
        .map_err(|error| unreadable(folder, &error))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "jpg"))
        .map(|path| {
            (
                path.file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .collect();
    found.sort();
    Ok(found)
}
