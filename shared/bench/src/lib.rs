#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod bare;
mod chain;
mod driver;
mod machine;

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
}

/// Does it.
pub async fn run(command: Command) -> Result<(), chassis::StartError> {
    match command {
        Command::Run(options) => driver::run(options).await,
        Command::Worker { service } => {
            let name = chain::name(service)?;
            chassis::run(name, vec![chain::service(service)?], axum::Router::new()).await
        }
    }
}
