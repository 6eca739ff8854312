//! The command line of a service's own binary.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use uuid::Uuid;

use crate::{
    Clock, Database, Service, StartError,
    config::{self, Settings},
    parked::{self, Act, Sight},
    run,
};

/// How many lines a list prints at once.
const PAGE: u32 = 1000;

#[derive(Parser)]
#[command(version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What can be done with one service.
#[derive(Subcommand)]
pub enum Command {
    /// Runs the service (the default).
    Run,
    /// Asks the service on this machine whether it is ready; exits with 1 when it is not.
    Healthcheck,
    /// Prints the configuration's manual: every key with its default.
    Config,
    /// Prints the OpenAPI document.
    Openapi,
    /// Messages that wait for a person.
    Parked {
        /// What to do with them.
        #[command(subcommand)]
        act: Parked,
    },
}

/// What operators do with parked messages.
#[derive(Subcommand)]
pub enum Parked {
    /// Lists them, oldest first.
    List {
        /// Only those of this wire name.
        #[arg(long)]
        kind: Option<String>,
        /// Which page, from 1.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
    /// Shows one with its body; that you looked is written to the audit.
    Inspect {
        /// The message.
        id: Uuid,
        /// The body as it is. Otherwise all in it that may be about a person is hidden.
        #[arg(long)]
        show: bool,
    },
    /// Lists who did what, newest first.
    Audit {
        /// Only with this message.
        #[arg(long)]
        message: Option<Uuid>,
        /// Which page, from 1.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
    /// Tries one again from the first step of the ladder.
    Replay {
        /// The message.
        id: Uuid,
        /// Why, for the audit.
        #[arg(long)]
        note: String,
    },
    /// Gives one up for good.
    Discard {
        /// The message.
        id: Uuid,
        /// Why, for the audit.
        #[arg(long)]
        note: String,
    },
}

/// The whole of a service's `main`.
pub fn main(service: Service) -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Run);
    exit(block_on(command_of(service, command)))
}

/// Prints why something could not be done, and gives the exit code.
pub fn exit(outcome: Result<(), StartError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. Who reads it may have read enough, as `head` has: then there is nothing left to do, and nothing went wrong.
pub fn print(line: impl Display) {
    if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
        let broken = error.kind() == io::ErrorKind::BrokenPipe;
        if !broken {
            eprintln!("printing: {error}");
        }
        std::process::exit(i32::from(!broken));
    }
}

/// Runs a future on a new runtime.
pub fn block_on<T>(future: impl Future<Output = Result<T, StartError>>) -> Result<T, StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .map_err(|error| StartError::because("starting the runtime", &error))?
        .block_on(future)
}

async fn command_of(service: Service, command: Command) -> Result<(), StartError> {
    match command {
        Command::Run => run::run(service.name(), vec![service], axum::Router::new()).await,
        Command::Healthcheck => healthcheck().await,
        Command::Config => {
            print(config::DEFAULTS);
            print(service.config_manual());
            Ok(())
        }
        Command::Openapi => {
            print(service.openapi().to_pretty_json().unwrap_or_default());
            Ok(())
        }
        Command::Parked { act } => parked_of(service.name(), act).await,
    }
}

/// Asks `/ready` on this machine.
pub async fn healthcheck() -> Result<(), StartError> {
    crate::install_cryptography();
    let settings = Settings::load(&config::process_variables())?;
    let url = format!("http://127.0.0.1:{}/ready", settings.http_listen.port());
    let client = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(3))
        .no_proxy()
        .build();
    let client = client.map_err(|error| StartError::because("an HTTP client", &error))?;
    let answer = client
        .get(&url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status);
    answer
        .map(|_| ())
        .map_err(|error| StartError::because("not ready", &error))
}

/// Acts on the parked messages of `service` in its database, whether or not the service runs.
pub async fn parked_of(service: &str, act: Parked) -> Result<(), StartError> {
    let variables = config::process_variables();
    let settings = Settings::load(&variables)?;
    let actor = variables.get("USER").map_or("command line", String::as_str);
    let db = Database::open(&settings, service).await;
    let db = db.map_err(|error| StartError::because("its database (DATABASE_URL)", &error))?;
    let done = parked_in(&db, act, actor).await;
    done.map_err(|error| StartError::because(service, &error))
}

async fn parked_in(db: &Database, act: Parked, actor: &str) -> Result<(), parked::Error> {
    let clock = Clock::system();
    let skip = |page: u32| (page - 1).saturating_mul(PAGE);
    match act {
        Parked::List { kind, page } => {
            for message in parked::find(db, kind.as_deref(), skip(page), PAGE).await? {
                print(format_args!(
                    "{}  {}  {}  attempts {}  {}",
                    message.id, message.parked_at, message.wire, message.attempts, message.reason
                ));
            }
        }
        Parked::Inspect { id, show } => {
            let sight = if show { Sight::Whole } else { Sight::Masked };
            let message = parked::inspect(db, &clock, id, sight, actor).await?;
            let text = serde_json::to_string_pretty(&message);
            print(text.unwrap_or_default());
        }
        Parked::Audit { message, page } => {
            for entry in parked::trail(db, message, skip(page), PAGE).await? {
                let action = entry.action.as_str();
                print(format_args!(
                    "{}  {}  {}  {action}  {}  {}",
                    entry.at, entry.message, entry.wire, entry.actor, entry.note
                ));
            }
        }
        Parked::Replay { id, note } => {
            parked::act(db, &clock, id, Act::Replay, actor, &note).await?;
        }
        Parked::Discard { id, note } => {
            parked::act(db, &clock, id, Act::Discard, actor, &note).await?;
        }
    }
    Ok(())
}
