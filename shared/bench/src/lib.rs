#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod bare;
mod chain;
pub mod corpus;
mod driver;
mod machine;
pub mod scan;

use std::{path::PathBuf, time::Duration};

use chassis::StartError;
use clap::Subcommand;

pub use chain::{HOPS, service};

/// What can be measured.
#[derive(Subcommand)]
pub enum Command {
    /// Starts five workers, sends messages through them, and prints the figures.
    Run(driver::Options),
    /// Runs one of the five services until it is told to stop.
    Worker {
        /// Which one, from 1 to 5.
        #[arg(long)]
        service: usize,
    },
    /// Makes a corpus of Vietnamese pages, identity cards and hostile files, each with its truth.
    Corpus(corpus::Options),
    /// Reads a corpus and says how well and at what cost, beside OCRmyPDF in the same run.
    Scan(scan::Options),
    /// Reads one file of a corpus and prints what was read.
    #[command(hide = true)]
    Read {
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

/// Does it. This crate names no service: what reads documents is handed in by the program that has it.
pub async fn run(command: Command, reader: Option<scan::Reader>) -> Result<(), StartError> {
    let reader = || {
        reader.ok_or_else(|| StartError::new("this program has no reader: run `motcua bench scan`"))
    };
    match command {
        Command::Run(options) => driver::run(options).await,
        Command::Corpus(options) => corpus::make(&options),
        Command::Scan(options) => {
            reader()?;
            scan::measure(options).await
        }
        Command::Read { file } => scan::read(reader()?, &file).await,
        Command::Weigh { seconds, command } => {
            scan::weigh(&command, Duration::from_secs(seconds)).await
        }
        Command::Worker { service } => {
            let name = chain::name(service)?;
            chassis::run(name, vec![chain::service(service)?], axum::Router::new()).await
        }
    }
}

/// This program and what leads to its benchmarks: it is `bench` or `motcua bench`.
fn this_program() -> Result<(PathBuf, &'static [&'static str]), StartError> {
    let program = std::env::current_exe()
        .map_err(|error| StartError::because("finding this program", &error))?;
    let alone = program.file_name().is_some_and(|name| name == "bench");
    Ok((program, if alone { &[] } else { &["bench"] }))
}
