//! One file through the same check and the same reader as an upload, for the benchmark that weighs it.

use std::path::Path;

use bytes::Bytes;
use chassis::StartError;
use contracts::Refused;
use files::Hash;
use procedure::Catalogue;

use crate::{
    archive,
    config::Config,
    domain::{CERTAIN, Finding, HEAD, Page, fields_on, media_of, paper_of},
    reading::Reading,
};

/// What becomes of a file, by the configuration as it ships.
#[derive(Debug)]
pub struct Checked {
    /// The text of each page, or why it is refused.
    pub pages: Result<Vec<String>, Refused>,
    /// What its QR codes and machine-readable zones say.
    pub codes: Vec<String>,
    /// What was made out field by field, if its head says what kind of paper it is: name, value, and whether it is certain.
    pub told: Vec<(String, String, bool)>,
}

impl Checked {
    fn refused(reason: Refused) -> Self {
        Self {
            pages: Err(reason),
            codes: Vec::new(),
            told: Vec::new(),
        }
    }
}

fn told(catalogue: &Catalogue, pages: &[Page]) -> Vec<(String, String, bool)> {
    let Some(paper) = paper_of(catalogue.papers(), pages) else {
        return Vec::new();
    };
    let told = fields_on(paper, pages).into_iter();
    told.map(|field| (field.name, field.value, field.confidence >= CERTAIN))
        .collect()
}

/// What a page's codes say, and the three lines of its zone.
fn codes(page: &Page) -> Vec<String> {
    let zone = page.zone.as_ref().map(|zone| zone.lines.join("\n"));
    let codes = page.codes.iter().map(|code| code.text.clone());
    codes.chain(zone).collect()
}

/// Checks and reads a file, and makes out what stands on it by the catalogue in that folder.
pub async fn check(bytes: Bytes, catalogue: &Path) -> Result<Checked, StartError> {
    let catalogue =
        Catalogue::load(catalogue).map_err(|error| StartError::because("the catalogue", &error))?;
    let config: Config = toml::from_str(include_str!("../config.toml"))
        .map_err(|error| StartError::because("scan's configuration", &error))?;
    let limits = config.limits();
    if bytes.len() as u64 > limits.bytes {
        return Ok(Checked::refused(limits.too_large().reason));
    }
    let kind = match media_of(bytes.get(..HEAD).unwrap_or(&bytes)) {
        Ok(kind) => kind,
        Err(refusal) => return Ok(Checked::refused(refusal.reason)),
    };
    let checked = config
        .reader()
        .check(&Reading::of(uuid::Uuid::nil().into()), kind, bytes.clone())
        .await
        .map_err(|error| StartError::because("scan's reader", &error))?;
    // What a document costs includes its archival copy.
    let original = Hash::of_bytes(&bytes);
    std::hint::black_box(archive::written(&checked.sheets, original.as_str()));
    Ok(match checked.finding {
        Finding::Unreadable(reason) => Checked::refused(reason),
        Finding::Readable(pages) => Checked {
            codes: pages.iter().flat_map(codes).collect(),
            told: told(&catalogue, &pages),
            pages: Ok(pages.into_iter().map(|page| page.text).collect()),
        },
    })
}
