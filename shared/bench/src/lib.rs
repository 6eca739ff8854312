#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod bare;
mod chain;
#[cfg(feature = "documents")]
pub mod corpus;
mod driver;
#[cfg(feature = "documents")]
pub mod ipn;
mod machine;
#[cfg(feature = "documents")]
pub mod notices;
#[cfg(feature = "documents")]
pub mod parts;
#[cfg(feature = "documents")]
pub mod results;
#[cfg(feature = "documents")]
pub mod scan;
#[cfg(feature = "documents")]
pub mod sign_ins;
#[cfg(feature = "documents")]
mod uploads;

use std::path::PathBuf;

use chassis::StartError;
use clap::Subcommand;

pub use chain::{HOPS, service};

/// What can be measured of the hop.
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
}

/// Measures it.
pub async fn run(command: Command) -> Result<(), StartError> {
    match command {
        Command::Run(options) => driver::run(options).await,
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
