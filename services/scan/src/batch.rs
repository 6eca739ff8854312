//! Stacks that a counter scans in one go: divided by their cover sheets, each part asked for and filed to its dossier.

use std::time::Duration;

use bytes::Bytes;
use chassis::{App, Failure, Tx, Work, http::Problem};
use contracts::{
    AccountId, BatchId, BatchPartId, CoverSheet, DossierCode, DossierId, Refused,
    intake::{PartPlaced, PartRefused},
    scan::{DossierNamed, PartFiled, PartFound, ReadDocument},
};
use files::{Files, Kept};
use tokio::sync::watch;

use crate::{
    clamd::Opinion,
    domain::{
        FileName, MediaType, PaperKind, Provenance,
        batch::{BatchState, Cut, PartState, StackPage, cuts, open_because},
        infected,
    },
    handlers::preview_name,
    own::SplitBatch,
    reading::{Progress, Reader, Reading},
    rescan::Scanner,
    store::{
        self, Upload,
        batches::{self, Batch, BatchPart},
    },
};

/// The least time between two notes of how far a stack is.
const PAUSE: Duration = Duration::from_millis(500);

/// A stack that was divided: its pages, and each part with its file.
#[derive(Debug)]
pub struct Divided {
    pages: u32,
    parts: Vec<(Cut, Option<Kept>)>,
}

/// Divides a stack, outside any transaction; nothing where that was done before.
pub async fn split(
    command: SplitBatch,
    work: Work,
) -> Result<Option<Result<Divided, Refused>>, Failure> {
    let batch = found(batches::find(work.reads(), command.batch).await?)?;
    if batch.state != BatchState::Stored {
        return Ok(None);
    }
    let files = work.part::<Files>();
    let bytes = files.load(&batch.file.hash).await?;
    if let Some(clamd) = &work.part::<Scanner>().clamd
        && let Opinion::Found(threat) = clamd.scan(&bytes).await?
    {
        tracing::warn!(batch = %batch.id, threat, "a stack is infected");
        return Ok(Some(Err(infected())));
    }
    let reading = Reading::of(batch.officer);
    // It ends by itself when the reading is dropped.
    tokio::spawn(note(
        work.app().clone(),
        batch.id,
        reading.progress.subscribe(),
    ));
    let reader = work.part::<Reader>();
    let leaves = match reader.stack(&reading, bytes.clone()).await? {
        Ok(leaves) => leaves,
        Err(reason) => return Ok(Some(Err(reason))),
    };
    let site = work.app().settings().public("");
    let mut pages = Vec::new();
    for (number, leaf) in (1..).zip(leaves) {
        if !leaf.preview.0.is_empty() {
            let name = preview_name(number);
            files
                .keep_derived(&batch.file.hash, &name, leaf.preview.0)
                .await?;
        }
        pages.push(StackPage {
            sheet: leaf
                .codes
                .iter()
                .find_map(|code| CoverSheet::parse(&site, code)),
            is_blank: leaf.is_blank,
        });
    }
    let mut parts = Vec::new();
    for cut in cuts(&pages) {
        let file = match part_of(&reader, &files, &bytes, &cut).await? {
            Ok(file) => file,
            Err(reason) => return Ok(Some(Err(reason))),
        };
        parts.push((cut, file));
    }
    Ok(Some(Ok(Divided {
        pages: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        parts,
    })))
}

/// Keeps a part's pages as a file of their own.
async fn part_of(
    reader: &Reader,
    files: &Files,
    stack: &Bytes,
    cut: &Cut,
) -> Result<Result<Option<Kept>, Refused>, Failure> {
    let Some(pages) = cut.pages else {
        return Ok(Ok(None));
    };
    let excerpt = reader.surroundings.excerpt(stack.clone(), pages).await;
    match excerpt.map_err(crate::reading::Error::from)? {
        Ok(file) => Ok(Ok(Some(files.keep(file).await?))),
        Err(reason) => Ok(Err(reason)),
    }
}

/// Saves what a stack was divided into, and asks where each part with a sheet may go.
pub async fn divided(
    command: SplitBatch,
    divided: Option<Result<Divided, Refused>>,
    tx: Tx,
) -> Result<(), Failure> {
    let Some(divided) = divided else {
        return Ok(());
    };
    let pages = divided.as_ref().map(|divided| divided.pages);
    let outcome = pages.map_err(Clone::clone);
    if !batches::conclude(tx.db(), command.batch, &outcome, tx.now()).await? {
        return Ok(());
    }
    let parts = divided.map(|divided| divided.parts).unwrap_or_default();
    for (number, (cut, file)) in (1..).zip(parts) {
        let mut part = BatchPart {
            id: tx.new_id().into(),
            batch: command.batch,
            number,
            sheet: cut.sheet,
            pages: cut.pages,
            dossier: cut.says.as_ref().map(|says| says.dossier),
            code: None,
            component: cut.says.as_ref().and_then(|says| says.component.clone()),
            paper: None,
            replaces: false,
            question: 0,
            state: match &file {
                None => PartState::Empty,
                Some(_) => PartState::Open,
            },
            file,
            reason: open_because(&cut),
            choices: Vec::new(),
            document: None,
            settled_by: None,
            settled_at: None,
        };
        if part.state.is_open() && part.reason.is_none() {
            ask(&tx, &mut part);
        }
        batches::add_part(tx.db(), &part).await?;
    }
    Ok(())
}

/// Asks the dossier's service about a part whose dossier is known.
fn ask(tx: &Tx, part: &mut BatchPart) {
    let dossier = match (&part.code, part.dossier) {
        (Some(code), _) => DossierNamed::Code(code.clone()),
        (None, Some(id)) => DossierNamed::Id(id),
        (None, None) => return,
    };
    part.state = PartState::Asked;
    part.reason = None;
    part.question += 1;
    tx.say(&PartFound {
        part: part.id,
        batch: part.batch,
        dossier,
        component: part.component.clone(),
        replaces: part.replaces,
        question: part.question,
        found_at: tx.now(),
    });
}

/// A part that is asked about, if the answer is to its latest question.
async fn asked(tx: &Tx, id: BatchPartId, question: u32) -> Result<Option<BatchPart>, Failure> {
    let part = batches::hold_part(tx.db(), id).await?;
    let part = part.ok_or_else(|| Failure::park("there is no such part of a batch"))?;
    Ok(Some(part).filter(|part| part.question == question))
}

/// The dossier takes a part: it becomes a document of the dossier's owner, and is read like any other.
pub async fn placed(heard: PartPlaced, tx: Tx) -> Result<(), Failure> {
    let Some(mut part) = asked(&tx, heard.part, heard.question).await? else {
        return Ok(());
    };
    let (PartState::Asked, Some(file)) = (part.state, part.file.clone()) else {
        return Ok(());
    };
    let batch = found(batches::find(tx.db(), part.batch).await?)?;
    let upload = Upload {
        owner: heard.owner,
        kind: PaperKind::parse(&heard.kind).ok(),
        name: FileName::of(Some(&format!("{}.pdf", heard.component)), MediaType::Pdf),
        file,
        media_type: MediaType::Pdf,
    };
    let (document, is_new) = store::add(tx.db(), tx.new_id().into(), &upload, tx.now()).await?;
    if is_new {
        store::came_from(tx.db(), document.id, Provenance::Counter).await?;
        tx.say(&ReadDocument {
            document: document.id,
        });
    }
    part.state = PartState::Filed;
    part.dossier = Some(heard.dossier);
    part.component = Some(heard.component.clone());
    part.paper = Some((heard.paper_vi, heard.paper_en));
    part.document = Some(document.id);
    batches::save_part(tx.db(), &part).await?;
    tx.say(&PartFiled {
        part: part.id,
        batch: batch.id,
        document: document.id,
        dossier: heard.dossier,
        component: heard.component,
        replaces: part.replaces,
        question: part.question,
        officer: batch.officer,
        officer_name: batch.officer_name,
        filed_at: tx.now(),
    });
    Ok(())
}

/// The dossier does not take a part as it was asked for: an officer has to look.
pub async fn refused(heard: PartRefused, tx: Tx) -> Result<(), Failure> {
    let Some(mut part) = asked(&tx, heard.part, heard.question).await? else {
        return Ok(());
    };
    if matches!(part.state, PartState::Asked | PartState::Filed) {
        part.state = PartState::Open;
        part.reason = Some(Refused::because(heard.reason_vi, heard.reason_en));
        part.choices = heard.choices;
        batches::save_part(tx.db(), &part).await?;
    }
    Ok(())
}

/// Where an officer says that a part belongs.
#[derive(Debug, Clone, Default)]
pub struct Whither {
    /// The dossier, by its code or id; none leaves the one that is known.
    pub dossier: Option<DossierNamed>,
    /// The component.
    pub component: Option<String>,
    /// Whether it takes the place of what is there.
    pub replaces: bool,
}

/// An officer says where a part belongs: the dossier's service is asked about that.
pub async fn settle(
    tx: &Tx,
    officer: AccountId,
    id: BatchPartId,
    whither: Whither,
) -> Result<BatchPart, Problem> {
    let mut part = open_part(tx, id).await?;
    match whither.dossier {
        Some(DossierNamed::Id(id)) => name(&mut part, Some(id), None),
        Some(DossierNamed::Code(code)) => name(&mut part, None, Some(code)),
        None => {}
    }
    if part.dossier.is_none() && part.code.is_none() {
        return Err(Problem::field("dossier", NO_DOSSIER));
    }
    part.component = whither.component;
    part.replaces = whither.replaces;
    part.settled_by = Some(officer);
    part.settled_at = Some(tx.now());
    ask(tx, &mut part);
    batches::save_part(tx.db(), &part).await?;
    Ok(part)
}

fn name(part: &mut BatchPart, id: Option<DossierId>, code: Option<DossierCode>) {
    part.dossier = id;
    part.code = code;
    part.choices = Vec::new();
}

/// An officer sets a part aside: it goes nowhere, and the stack's original still holds it.
pub async fn set_aside(tx: &Tx, officer: AccountId, id: BatchPartId) -> Result<BatchPart, Problem> {
    let mut part = open_part(tx, id).await?;
    part.state = PartState::Dropped;
    part.settled_by = Some(officer);
    part.settled_at = Some(tx.now());
    batches::save_part(tx.db(), &part).await?;
    Ok(part)
}

async fn open_part(tx: &Tx, id: BatchPartId) -> Result<BatchPart, Problem> {
    let part = batches::hold_part(tx.db(), id).await?;
    let part = part.ok_or_else(Problem::not_found)?;
    if part.state.is_open() {
        return Ok(part);
    }
    Err(Problem::conflict(
        "Phần này không chờ ai xem nữa",
        "This part does not wait for anybody to look any more",
    ))
}

fn found(batch: Option<Batch>) -> Result<Batch, Failure> {
    batch.ok_or_else(|| Failure::park("there is no such batch"))
}

/// Writes down how far a stack is, for as long as it is being divided.
async fn note(app: App, id: BatchId, mut told: watch::Receiver<Progress>) {
    while told.changed().await.is_ok() {
        let progress = *told.borrow_and_update();
        let note = async |tx: Tx| Ok(batches::note(tx.db(), id, progress).await?);
        if let Err(error) = app.transact(note).await {
            // Whoever watches sees it a little later.
            tracing::debug!(batch = %id, %error, "how far a stack is could not be noted");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

const NO_DOSSIER: Refused = Refused::new("Hãy nhập mã hồ sơ", "Please give the dossier's code");
