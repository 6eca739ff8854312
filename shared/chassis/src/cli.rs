//! The command line of a service's own binary.

use std::{
    fmt::Display,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use uuid::Uuid;

use crate::{
    Clock, Database, Service, StartError,
    app::audit_key,
    audit,
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
    /// The audit log: who did what.
    AuditLog {
        /// What to do with it.
        #[command(subcommand)]
        act: AuditLog,
    },
    /// Messages that wait for a person.
    Parked {
        /// What to do with them.
        #[command(subcommand)]
        act: Parked,
    },
}

/// What auditors do with a service's audit log.
#[derive(Subcommand)]
pub enum AuditLog {
    /// Lists its entries, newest first.
    List {
        /// Only what was done to this dossier or account.
        #[arg(long)]
        subject: Option<Uuid>,
        /// Which page, from 1.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
    /// Compares all of it with its own checkpoints and with those that others kept. Exits with 1 when something does not fit.
    Verify {
        /// A file with checkpoints that were kept elsewhere, one after the other, as `witnessed` prints them.
        #[arg(long)]
        checkpoints: Vec<PathBuf>,
        /// A key that its checkpoints may be signed with, as `key` prints it. This system's own when absent.
        #[arg(long)]
        key: Vec<String>,
    },
    /// Prints what its checkpoints are checked with, `name+id+key`.
    Key,
    /// Prints its newest checkpoint.
    Checkpoint,
    /// Prints the checkpoints of other services' logs that are kept here.
    Witnessed {
        /// Only of this service's log.
        #[arg(long)]
        log: Option<String>,
    },
    /// Takes the next checkpoint of another service's log as it is: after that service's database was restored.
    Readmit {
        /// The service.
        log: String,
        /// Why, for this service's own log.
        #[arg(long)]
        note: String,
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
        Command::AuditLog { act } => audit_log_of(service.name(), act).await,
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

/// Reads or verifies the audit log of `service` in its database, whether or not the service runs.
pub async fn audit_log_of(service: &str, act: AuditLog) -> Result<(), StartError> {
    let variables = config::process_variables();
    let settings = Settings::load(&variables)?;
    let db = Database::open(&settings, service).await;
    let db = db.map_err(|error| StartError::because("its database (DATABASE_URL)", &error))?;
    let failed = |error: sea_orm::DbErr| StartError::because(service, &error);
    match act {
        AuditLog::List { subject, page } => {
            let skip = (page - 1).saturating_mul(PAGE);
            for entry in audit::entries(&db, subject, skip, PAGE)
                .await
                .map_err(failed)?
            {
                let subject = entry.subject.map(|id| id.to_string()).unwrap_or_default();
                print(format_args!(
                    "{}  {}  {}  {subject}  {}  {}",
                    entry.seq, entry.at, entry.action, entry.actor, entry.detail
                ));
            }
            Ok(())
        }
        AuditLog::Verify { checkpoints, key } => {
            let keys = verifiers(&settings, service, &key)?;
            let mut outside = Vec::new();
            for file in &checkpoints {
                let text = std::fs::read_to_string(file);
                let at = |error| StartError::because(&file.display().to_string(), &error);
                outside.extend(audit::notes(&text.map_err(at)?));
            }
            let origin = audit::origin(&settings, service);
            let verified = audit::verify(&db, &origin, &keys, &outside)
                .await
                .map_err(failed)?;
            for finding in &verified.findings {
                print(finding);
            }
            let (entries, waiting) = (verified.entries, verified.waiting);
            let checkpoints = verified.checkpoints;
            print(format_args!(
                "{entries} entries against {checkpoints} checkpoints; {waiting} wait to be sealed"
            ));
            match verified.findings.len() {
                0 => Ok(()),
                wrong => Err(StartError::new(format!("{wrong} things do not fit"))),
            }
        }
        AuditLog::Key => {
            print(audit_key(service, &settings)?.verifier());
            Ok(())
        }
        AuditLog::Checkpoint => {
            print(
                audit::newest(db.reads())
                    .await
                    .map_err(failed)?
                    .unwrap_or_default(),
            );
            Ok(())
        }
        AuditLog::Witnessed { log } => {
            for kept in audit::witnessed(&db, log.as_deref())
                .await
                .map_err(failed)?
            {
                print(kept.note);
            }
            Ok(())
        }
        AuditLog::Readmit { log, note } => {
            let actor = variables.get("USER").map_or("command line", String::as_str);
            let now = Clock::system().now();
            let done = audit::readmit(&db, &log, actor.into(), &note, now).await;
            let unknown = || StartError::new(format!("{service} witnesses no log of {log}"));
            done.map_err(failed)?.then_some(()).ok_or_else(unknown)
        }
    }
}

fn verifiers(
    settings: &Settings,
    service: &str,
    given: &[String],
) -> Result<Vec<audit::Verifier>, StartError> {
    let own = match given {
        [] => vec![audit_key(service, settings)?.verifier().to_owned()],
        given => given.to_vec(),
    };
    let read = |key: &String| {
        audit::Verifier::new(key).map_err(|error| StartError::because("--key", &error))
    };
    own.iter().map(read).collect()
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
