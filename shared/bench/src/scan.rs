//! Reads a corpus and says how well and at what cost, beside OCRmyPDF in the same run.

mod corpus;
mod peer;
mod report;
mod score;
mod weigh;

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use chassis::StartError;
use clap::{Args, Subcommand};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{corpus as papers, machine, uploads};
use corpus::Corpus;
use peer::Peer;
use report::{Card, File, Page, Read, Report, Ten};

/// What can be measured of the reading of documents.
#[derive(Subcommand)]
pub enum Command {
    /// Makes a corpus of Vietnamese pages, identity cards and hostile files, each with its truth.
    Corpus(papers::Options),
    /// Reads a corpus and says how well and at what cost, beside OCRmyPDF in the same run.
    Scan(Options),
    /// Holds many uploads open at once and says what memory each costs the service.
    Uploads(uploads::Options),
    /// Reads one file of a corpus and prints what was read.
    #[command(hide = true)]
    Read {
        /// The catalogue, by which papers are known.
        #[arg(long)]
        catalogue: PathBuf,
        /// Which one.
        file: PathBuf,
    },
    /// Runs a program and tells its cost on the last line of standard error.
    #[command(hide = true)]
    Weigh {
        /// Seconds it may take.
        #[arg(long)]
        seconds: u64,
        /// The program and its arguments.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

/// Measures it. This crate names no service: what reads documents is handed in by the program that has it.
pub async fn run(command: Command, reader: Reader) -> Result<(), StartError> {
    match command {
        Command::Corpus(options) => papers::make(&options),
        Command::Scan(options) => measure(options).await,
        Command::Uploads(options) => uploads::run(options).await,
        Command::Read { catalogue, file } => read(reader, catalogue, &file).await,
        Command::Weigh { seconds, command } => {
            weigh::weigh(&command, Duration::from_secs(seconds)).await
        }
    }
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The corpus, made by `bench corpus`.
    folder: PathBuf,
    /// Leaves OCRmyPDF out.
    #[arg(long)]
    no_peer: bool,
    /// OCRmyPDF.
    #[arg(long, default_value = "ocrmypdf")]
    peer: String,
    /// Seconds that one file may take.
    #[arg(long, default_value_t = 180)]
    patience: u64,
    /// Only this part of the corpus: pages, cards, files or ten.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// The catalogue, by which papers are known.
    #[arg(long, env = "CATALOGUE_DIR", default_value = "catalogue")]
    catalogue: PathBuf,
    /// Writes every figure there, too.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A part of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Pages,
    Cards,
    Files,
    Ten,
}

/// What the reader says of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Why it is refused, in English; none if it is taken.
    pub refused: Option<String>,
    /// The text of each page.
    pub pages: Vec<String>,
    /// What QR codes and machine-readable zones say.
    pub codes: Vec<String>,
    /// What was made out field by field, where the kind of paper is known by its head.
    pub told: Vec<Told>,
}

/// A field that was made out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// Which.
    pub name: String,
    /// What it says.
    pub value: String,
    /// Whether that is shown as certain.
    pub certain: bool,
}

/// Reads one file as the service does, with the catalogue in that folder. This crate names no service: `motcua` hands the reader in.
pub type Reader = fn(Vec<u8>, PathBuf) -> BoxFuture<'static, Result<Reading, StartError>>;

/// One file, in a process of its own that can be weighed.
async fn read(reader: Reader, catalogue: PathBuf, file: &Path) -> Result<(), StartError> {
    let bytes =
        fs::read(file).map_err(|error| StartError::because(&file.display().to_string(), &error))?;
    let reading = reader(bytes, catalogue).await?;
    let text = serde_json::to_string(&reading)
        .map_err(|error| StartError::because("the reading", &error))?;
    println!("{text}");
    Ok(())
}

/// Measures and prints.
async fn measure(options: Options) -> Result<(), StartError> {
    let folder = fs::canonicalize(&options.folder)
        .map_err(|error| StartError::because("the corpus's folder", &error))?;
    let catalogue = fs::canonicalize(&options.catalogue)
        .map_err(|error| StartError::because("the catalogue (--catalogue)", &error))?;
    let corpus = Corpus::open(&folder)?;
    let wanted = |part| options.only.is_none_or(|only| only == part);
    let peer = if options.no_peer {
        None
    } else {
        Peer::find(&options.peer).await
    };
    let limit = Duration::from_secs(options.patience);
    let mut report = Report {
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        load_before: machine::load(),
        peer: peer.as_ref().map(|peer| peer.version.clone()),
        ..Report::default()
    };
    if wanted(Part::Pages) {
        for page in &corpus.pages {
            report
                .pages
                .push(read_page(page, peer.as_ref(), &catalogue, limit).await?);
        }
    }
    if wanted(Part::Cards) {
        for card in &corpus.cards {
            let (reading, cost) = weighed(&card.file, &catalogue, limit).await?;
            let codes = reading.unwrap_or_default().codes;
            report.cards.push(Card {
                name: card.name.clone(),
                read: codes.contains(&card.truth),
                codes,
                cost,
            });
        }
    }
    if wanted(Part::Files) {
        for file in &corpus.files {
            let (reading, cost) = weighed(
                &corpus.folder.join("files").join(&file.file),
                &catalogue,
                limit,
            )
            .await?;
            report.files.push(File::judged(file, reading, cost));
        }
    }
    if let Some(ten) = corpus.ten.as_ref().filter(|_| wanted(Part::Ten)) {
        let (reading, cost) = weighed(ten, &catalogue, limit).await?;
        report.ten = Some(Ten {
            pages: reading.map_or(0, |reading| reading.pages.len()),
            cost,
        });
    }
    report.load_after = machine::load();
    println!("{report}");
    if options.no_peer {
        println!("OCRmyPDF was left out (--no-peer).");
    } else if report.peer.is_none() {
        println!(
            "OCRmyPDF is not installed (`{}` not found): no ratios. Debian has it as `ocrmypdf`.",
            options.peer
        );
    }
    if let Some(path) = options.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| StartError::because("--json", &error))?;
        fs::write(path, text).map_err(|error| StartError::because("--json", &error))?;
    }
    Ok(())
}

/// Ours and the peer one after the other, so that both meet the same machine.
async fn read_page(
    page: &corpus::Page,
    peer: Option<&Peer>,
    catalogue: &Path,
    limit: Duration,
) -> Result<Page, StartError> {
    let (reading, cost) = weighed(&page.file, catalogue, limit).await?;
    let reading = reading.unwrap_or_default();
    let text = reading.pages.join("\n");
    let theirs = match peer {
        None => None,
        Some(peer) => {
            let answer = peer.read(&page.file, limit).await?;
            if answer.code != Some(0) {
                eprintln!("{}: the peer ended with {:?}", page.name, answer.code);
            }
            Some(Read::scored(
                &page.text,
                &page.truth.fields,
                &answer.text,
                answer.cost,
            ))
        }
    };
    let ours = Read::scored(&page.text, &page.truth.fields, &text, cost);
    eprintln!(
        "{}: {:.1} %{}",
        page.name,
        ours.characters.share() * 100.0,
        theirs
            .as_ref()
            .map(|theirs| format!(", the peer {:.1} %", theirs.characters.share() * 100.0))
            .unwrap_or_default()
    );
    Ok(Page {
        name: page.name.clone(),
        class: page.truth.class.clone(),
        fields: page.truth.fields.len(),
        told: score::told(&page.truth.fields, &page.text, &reading.told),
        ours,
        theirs,
    })
}

/// One file through the reader, on the scale; no reading if it crashed or took longer than it may.
async fn weighed(
    file: &Path,
    catalogue: &Path,
    limit: Duration,
) -> Result<(Option<Reading>, weigh::Cost), StartError> {
    let (this, prefix) = crate::this_program()?;
    let mut arguments: Vec<&OsStr> = prefix.iter().map(OsStr::new).collect();
    arguments.extend([
        OsStr::new("read"),
        OsStr::new("--catalogue"),
        catalogue.as_os_str(),
    ]);
    arguments.push(file.as_os_str());
    let run = weigh::run(this.as_os_str(), &arguments, &std::env::temp_dir(), limit).await?;
    let reading = match run.code {
        Some(0) => serde_json::from_slice(&run.output).ok(),
        // No programs, no models: nothing that a figure could be made of.
        Some(1) => {
            return Err(StartError::new(format!(
                "{}: the reader has no answer",
                file.display()
            )));
        }
        // A crash.
        Some(_) | None => None,
    };
    Ok((reading, run.cost))
}
