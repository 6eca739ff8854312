//! The command line of the whole system.

use std::process::ExitCode;

use all_in_one::{entering, gateway, generate, issuing, paying, reading, services, story, telling};
use chassis::{StartError, cli};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "motcua",
    version,
    about = "Một Cửa: Vietnam's one-stop public services"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every service in this process (the default).
    Run,
    /// Passes requests on to services that run elsewhere, by the first segment of the path.
    Gateway(gateway::Options),
    /// Takes a scanned document through a whole level-4 dossier over HTTP, as a citizen and an officer would.
    Story(story::Options),
    /// Asks the process on this machine whether it is ready.
    Healthcheck,
    /// Prints every configuration key with its default.
    Config,
    /// Writes the documents that are generated from the code; run in the project's root.
    Generate,
    /// A service's audit log: who did what.
    AuditLog {
        /// Whose.
        #[arg(long)]
        service: String,
        /// What to do with it.
        #[command(subcommand)]
        act: cli::AuditLog,
    },
    /// Messages that wait for a person.
    Parked {
        /// Whose.
        #[arg(long)]
        service: String,
        /// What to do with them.
        #[command(subcommand)]
        act: cli::Parked,
    },
    /// Measures the hop between services, the reading of documents, being paid, telling people, and signing in.
    Bench {
        /// What to measure.
        #[command(subcommand)]
        command: Bench,
    },
}

/// What can be measured.
#[derive(Subcommand)]
enum Bench {
    #[command(flatten)]
    Hop(bench::Command),
    #[command(flatten)]
    Documents(bench::scan::Command),
    #[command(flatten)]
    Paying(bench::ipn::Command),
    #[command(flatten)]
    Telling(bench::notices::Command),
    #[command(flatten)]
    Issuing(bench::results::Command),
    #[command(flatten)]
    Entering(bench::sign_ins::Command),
}

fn main() -> ExitCode {
    if let Some(code) = scan::worker() {
        return code;
    }
    let command = Cli::parse().command.unwrap_or(Command::Run);
    cli::exit(cli::block_on(done(command)))
}

/// The service that goes by this name.
fn known(service: &str) -> Result<&str, StartError> {
    let is_known = services().iter().any(|known| known.name() == service);
    let unknown = || StartError::new(format!("--service: there is no service {service}"));
    is_known.then_some(service).ok_or_else(unknown)
}

async fn done(command: Command) -> Result<(), StartError> {
    match command {
        Command::Run => chassis::run("motcua", services(), all_in_one::beside()).await,
        Command::Gateway(options) => gateway::run(options).await,
        Command::Story(options) => story::run(options).await,
        Command::Healthcheck => cli::healthcheck().await,
        Command::Config => {
            cli::print(chassis::config::DEFAULTS);
            for service in services() {
                cli::print(format_args!("# ---- {}", service.name()));
                cli::print(service.config_manual());
            }
            Ok(())
        }
        Command::Generate => generate::write(),
        Command::AuditLog { service, act } => cli::audit_log_of(known(&service)?, act).await,
        Command::Parked { service, act } => cli::parked_of(known(&service)?, act).await,
        Command::Bench { command } => match command {
            Bench::Hop(command) => bench::run(command).await,
            Bench::Documents(command) => bench::scan::run(command, reading::one).await,
            Bench::Paying(command) => bench::ipn::run(command, paying::MERCHANT).await,
            Bench::Telling(command) => bench::notices::run(command, telling::TELLER).await,
            Bench::Issuing(command) => bench::results::run(command, issuing::ISSUER).await,
            Bench::Entering(command) => bench::sign_ins::run(command, entering::GATE).await,
        },
    }
}
