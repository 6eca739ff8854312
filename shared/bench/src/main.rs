//! The hop's benchmark as a program of its own, without the services that it does not measure and what they need.

use clap::Parser;

#[derive(Parser)]
#[command(version, about = "The hop, measured")]
struct Cli {
    #[command(subcommand)]
    command: bench::Command,
}

fn main() -> std::process::ExitCode {
    chassis::cli::exit(chassis::cli::block_on(bench::run(Cli::parse().command)))
}
