//! One file through the same check and the same reader as an upload, for the benchmark that weighs it.

use bytes::Bytes;
use chassis::StartError;
use contracts::Refused;

use crate::{
    archive,
    config::Config,
    domain::{Finding, HEAD, MediaType},
    files::Hash,
    reading::Reading,
};

/// What becomes of a file, by the configuration as it ships.
#[derive(Debug)]
pub struct Checked {
    /// The text of each page, or why it is refused.
    pub pages: Result<Vec<String>, Refused>,
    /// What its QR codes and machine-readable zones say.
    pub codes: Vec<String>,
}

impl Checked {
    fn refused(reason: Refused) -> Self {
        Self {
            pages: Err(reason),
            codes: Vec::new(),
        }
    }
}

/// Checks and reads a file.
pub async fn check(bytes: Bytes) -> Result<Checked, StartError> {
    let config: Config = toml::from_str(include_str!("../config.toml"))
        .map_err(|error| StartError::because("scan's configuration", &error))?;
    let limits = config.limits();
    if bytes.len() as u64 > limits.bytes {
        return Ok(Checked::refused(limits.too_large().reason));
    }
    let kind = match MediaType::of(bytes.get(..HEAD).unwrap_or(&bytes)) {
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
            pages: Ok(pages.into_iter().map(|page| page.text).collect()),
            codes: Vec::new(),
        },
    })
}
