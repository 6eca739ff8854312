//! What scan does when it hears: it reads a document, and says what became of it.

use chassis::{Failure, Tx, Work};
use files::{self, Files, Hash, Kept};
use procedure::Catalogue;
use tokio::task::spawn_blocking;

use crate::{
    archive::{self, Sheet},
    child,
    clamd::{self, Opinion},
    domain::{
        Allowed, AlreadyChecked, Field, Finding, Flaw, FlawKind, Place, Weight, fields_on,
        infected, other_paper,
    },
    own::ExpireUpload,
    reading::{self, Reader, Reading},
    rescan::Scanner,
    said,
    store::{
        self, Document, archives, fields,
        safety::{self, Noted},
        uploads,
    },
};

/// What became of a document that was looked at.
#[derive(Debug)]
pub struct Seen {
    finding: Finding,
    noted: Noted,
    /// The archival copy that was kept.
    archive: Option<Kept>,
    /// What was read on it, where its kind of paper is known.
    fields: Vec<Field>,
}

/// Has a document scanned and reads it, outside any transaction.
pub async fn read(reading: &Reading, document: &Document, work: &Work) -> Result<Seen, Failure> {
    let bytes = work.part::<Files>().load(&document.hash).await?;
    let mut noted = Noted::default();
    if let Some(clamd) = &work.part::<Scanner>().clamd {
        // Asked for first: should it change meanwhile, the document is looked at again.
        noted.scanned_with = Some(clamd.version().await?);
        if let Opinion::Found(threat) = clamd.scan(&bytes).await? {
            tracing::warn!(document = %document.id, threat, "an uploaded document is infected");
            noted.threat = Some(threat);
            return Ok(Seen {
                finding: Finding::Unreadable(infected()),
                noted,
                archive: None,
                fields: Vec::new(),
            });
        }
    }
    let (kind, catalogue) = (document.kind.clone(), work.part::<Catalogue>());
    let reader = work.part::<Reader>();
    let paper = kind.as_deref().and_then(|kind| catalogue.paper(kind));
    let reader = Reader {
        limits: Allowed::of(reader.limits, paper).limits,
        ..(*reader).clone()
    };
    let mut checked = reader.check(reading, document.media_type, bytes).await?;
    let (finding, fields) =
        spawn_blocking(move || recognised(kind.as_deref(), checked.finding, &catalogue))
            .await
            .map_err(Failure::retry)?;
    checked.finding = finding;
    let files = work.part::<Files>();
    for (number, page) in (1..).zip(checked.finding.pages_mut()) {
        let preview = std::mem::take(&mut page.preview.0);
        if !preview.is_empty() {
            let name = preview_name(number);
            files.keep_derived(&document.hash, &name, preview).await?;
        }
    }
    noted.signed = checked.signed;
    let archive = match checked.sheets {
        // What is signed is its own copy: any other would not be signed.
        sheets if checked.signed || sheets.is_empty() => None,
        sheets => Some(keep_archive(files.as_ref(), &document.hash, sheets).await?),
    };
    Ok(Seen {
        finding: checked.finding,
        noted,
        archive,
        fields,
    })
}

/// What stands on a paper of a known kind; and if it is of another, that is a flaw of its first page.
fn recognised(
    kind: Option<&str>,
    mut finding: Finding,
    catalogue: &Catalogue,
) -> (Finding, Vec<Field>) {
    let Some(paper) = kind.and_then(|kind| catalogue.paper(kind)) else {
        return (finding, Vec::new());
    };
    if other_paper(paper, catalogue.papers(), finding.pages()).is_some()
        && let Some(first) = finding.pages_mut().first_mut()
    {
        first.flaws.push(Flaw {
            kind: FlawKind::OtherPaper,
            weight: Weight::Advice,
            place: Place::WHOLE,
        });
    }
    let fields = fields_on(paper, finding.pages());
    (finding, fields)
}

/// Writes the archival copy and keeps it beside the original.
async fn keep_archive(files: &Files, hash: &Hash, sheets: Vec<Sheet>) -> Result<Kept, Failure> {
    let original = hash.as_str().to_owned();
    let copy = spawn_blocking(move || archive::written(&sheets, &original))
        .await
        .map_err(Failure::retry)?;
    let kept = Kept {
        hash: Hash::of_bytes(&copy),
        bytes: copy.len() as u64,
    };
    files.keep_derived(hash, ARCHIVE, copy).await?;
    Ok(kept)
}

/// Under which name the archival copy is kept.
pub const ARCHIVE: &str = "archive.pdf";

/// Under which name a page's preview is kept.
pub fn preview_name(page: usize) -> String {
    format!("preview-{page}.jpg")
}

/// Saves the verdict and says it; the first one stands.
pub async fn judge(document: &Document, seen: Seen, tx: Tx) -> Result<(), Failure> {
    let Seen {
        finding,
        noted,
        archive,
        fields,
    } = seen;
    let verdict = match document.state.judge(&finding) {
        Ok(verdict) => verdict,
        Err(AlreadyChecked(_)) => return Ok(()),
    };
    if !store::judge(tx.db(), document.id, verdict, &finding, tx.now()).await? {
        return Ok(());
    }
    safety::note(tx.db(), document.id, &noted).await?;
    fields::add(tx.db(), document.id, &fields).await?;
    if let Some(copy) = &archive {
        archives::add(tx.db(), document.id, copy).await?;
    }
    tx.part::<Scanner>().begin_rescans(&tx).await?;
    tx.say(&said::judged(document, &finding, &fields, tx.now()));
    Ok(())
}

/// Removes what has come of an upload whose time is over, outside any transaction. Of one that has ended nothing lies there.
pub async fn clear(command: ExpireUpload, work: Work) -> Result<(), Failure> {
    work.part::<Files>().remove_pieces(command.upload).await?;
    Ok(())
}

/// Forgets the upload; a document that it has become stays.
pub async fn forget(command: ExpireUpload, (): (), tx: Tx) -> Result<(), Failure> {
    uploads::forget(tx.db(), command.upload).await?;
    Ok(())
}

impl From<reading::Error> for Failure {
    fn from(error: reading::Error) -> Self {
        match error {
            // Whoever installs it mends all documents at once: nothing is held against this one.
            reading::Error::Program(
                missing @ (child::Error::Missing { .. } | child::Error::Unfenced(_)),
            ) => Self::down("document reading", missing.to_string()),
            error => Self::retry(error),
        }
    }
}

impl From<clamd::Error> for Failure {
    fn from(error: clamd::Error) -> Self {
        match error {
            // All documents wait for it alike: nothing is held against this one.
            clamd::Error::Away(_) => Self::down("virus scanner", error.to_string()),
            clamd::Error::Slow | clamd::Error::Limit(_) | clamd::Error::Senseless(_) => {
                Self::retry(error)
            }
        }
    }
}
