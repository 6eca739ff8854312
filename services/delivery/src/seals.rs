//! The agencies' seals: whose key signs a result's file for the body that decides.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use chassis::{Failure, StartError};
use chrono::{DateTime, Utc};
use pades::{Protection, Request, Signer};

use crate::{config::Config, store::Entry};

/// The field that a seal stands in.
const FIELD: &str = "CoQuan";

/// The seals by the code of their body. Without a folder there is none, and results bear no seal.
#[derive(Debug, Default)]
pub struct Seals {
    folder: Option<PathBuf>,
    by_body: BTreeMap<String, Signer>,
}

/// A file that is sealed, or one that nobody seals here.
#[derive(Debug)]
pub struct Sealed {
    /// The file.
    pub pdf: Vec<u8>,
    /// The common name of whose seal it is, and the moment that the seal names.
    pub by: Option<(String, DateTime<Utc>)>,
}

impl Seals {
    /// Reads every seal in the folder that is configured: `CODE.p12` with its password in `CODE.password`, or `CODE.pem` with key and
    /// certificates. What cannot be read is refused by its name; passwords and keys are not repeated.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let folder = config.seals.trim();
        if folder.is_empty() {
            return Ok(Self::default());
        }
        let folder = PathBuf::from(folder);
        let refuse = |path: &Path, why: &dyn std::fmt::Display| {
            StartError::new(format!(
                "delivery: DELIVERY__SEALS: {}: {why}",
                path.display()
            ))
        };
        let mut by_body = BTreeMap::new();
        for file in fs::read_dir(&folder).map_err(|error| refuse(&folder, &error))? {
            let path = file.map_err(|error| refuse(&folder, &error))?.path();
            let code = path.file_stem().and_then(|stem| stem.to_str());
            let read = match path.extension().and_then(|kind| kind.to_str()) {
                Some("p12" | "pfx") => from_pkcs12(&path),
                Some("pem") => from_pem(&path),
                _ => continue,
            };
            let signer = read.map_err(|why| refuse(&path, &why))?;
            by_body.insert(code.unwrap_or_default().to_owned(), signer);
        }
        Ok(Self {
            folder: Some(folder),
            by_body,
        })
    }

    /// Seals a result's file for the body whose result it is, at the moment of its numbering. Work for the processor.
    pub fn seal(&self, pdf: Vec<u8>, entry: &Entry) -> Result<Sealed, Failure> {
        let Some(folder) = &self.folder else {
            return Ok(Sealed { pdf, by: None });
        };
        let body = &entry.book.organisation;
        let signer = self.by_body.get(body).ok_or_else(|| {
            let folder = folder.display();
            Failure::park(format!("there is no seal of {body} in {folder}"))
        })?;
        let name = signer.chain().own().common_name();
        let request = Request {
            reason: Some(format!("Phát hành văn bản số {}", entry.number)),
            location: Some(entry.paper.head().place.clone()),
            protection: Protection::CertifyFinal,
            ..Request::new(FIELD, entry.numbered_at)
        };
        let sealed = pades::sign(&pdf, signer, &request);
        Ok(Sealed {
            pdf: sealed.map_err(|error| {
                Failure::park(format!("the seal of {body} cannot be set: {error}"))
            })?,
            by: Some((name.unwrap_or_else(|| body.clone()), entry.numbered_at)),
        })
    }
}

type Why = Box<dyn std::error::Error>;

fn from_pkcs12(path: &Path) -> Result<Signer, Why> {
    let password = fs::read_to_string(path.with_extension("password"))
        .map_err(|error| format!("its password (CODE.password): {error}"))?;
    let password = password.trim_end_matches(['\r', '\n']);
    Ok(Signer::from_pkcs12(&fs::read(path)?, password)?)
}

fn from_pem(path: &Path) -> Result<Signer, Why> {
    let text = fs::read_to_string(path)?;
    Ok(Signer::from_pem(&text, &text)?)
}
