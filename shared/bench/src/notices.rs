//! Telling people, measured: how soon after an event its message is with a provider that takes its time, and whether what is
//! urgent waits behind a flood of what is not.
//!
//! The provider is a mail server in this process that answers each mail after a while. Events are said by a service of the
//! benchmark's own, through its outbox, as others would.

mod server;

use std::{
    collections::BTreeMap,
    future::ready,
    ops::Range,
    time::{Duration, Instant},
};

use chassis::{App, Failure, Running, Service, StartError, Tx};
use clap::{Args, Subcommand};
use contracts::{
    AccountId, Channel, Delivery, DossierId,
    desk::SupplementRequested,
    intake::{Applicant, DossierSubmitted},
    notification::{MessageDelivered, MessageUndeliverable},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    ipn::Doing,
    machine,
    parts::{Parts, Wanted},
};
use server::Server;

/// What can be measured of telling people.
#[derive(Subcommand)]
pub enum Command {
    /// Tells people of events through a provider that takes its time, at a steady rate and behind a backlog.
    Notices(Options),
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Events a second in the steady run.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds of the steady run; 0 leaves it out.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Milliseconds that the provider takes for each message.
    #[arg(long, default_value_t = 200)]
    provider_millis: u64,
    /// News that can wait, said at once before the urgent run; 0 leaves it out.
    #[arg(long, default_value_t = 100_000)]
    backlog: usize,
    /// Milliseconds between two urgent pieces of news while the backlog drains.
    #[arg(long, default_value_t = 250)]
    urgent_every_millis: u64,
    #[command(flatten)]
    parts: Wanted,
}

/// The service that tells people, lent by the program that has it: this crate names no service.
pub struct Teller {
    /// The service.
    pub service: fn() -> Service,
    /// How many events it has heard and written down so far.
    pub heard: fn(App) -> Doing<u64>,
}

/// The longest that a message may take to be with its provider in the steady run.
const SOON: Duration = Duration::from_secs(10);
/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_hours(1);
/// Who says the events.
const SAYER: &str = "bench-sayer";
/// Events said in one transaction of the backlog.
const CHUNK: usize = 500;

/// Measures it.
pub async fn run(command: Command, teller: Teller) -> Result<(), StartError> {
    let Command::Notices(options) = command;
    chassis::install_cryptography();
    println!("machine load before: {}", machine::load());
    let name = (teller.service)().name();
    let parts = Parts::open("notices", &options.parts, &[name, SAYER]).await?;
    let measured = match Town::open(&options, &teller, &parts).await {
        Ok(town) => {
            let measured = measure(&options, &town, &teller).await;
            town.close().await;
            measured
        }
        Err(error) => Err(error),
    };
    parts.close().await?;
    println!("machine load after: {}", machine::load());
    measured
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench notices: {what}"), error)
}

async fn measure(options: &Options, town: &Town, teller: &Teller) -> Result<(), StartError> {
    if options.seconds > 0 {
        steady(options, town).await?;
    }
    if options.backlog > 0 {
        drain(options, town, teller).await?;
    }
    Ok(())
}

/// The services at work, and the provider.
struct Town {
    sayer: App,
    hearer: App,
    server: Server,
    running: Running,
    stopping: CancellationToken,
}

impl Town {
    async fn open(options: &Options, teller: &Teller, parts: &Parts) -> Result<Self, StartError> {
        let server = Server::open(Duration::from_millis(options.provider_millis)).await;
        let server = server.map_err(|error| failed("its provider", &error))?;
        let mut more = vec![
            ("NOTIFICATION__SMTP__URL".to_owned(), server.url()),
            ("NOTIFICATION__QUIET_FROM".to_owned(), String::new()),
            ("NOTIFICATION__QUIET_TO".to_owned(), String::new()),
        ];
        for urgency in ["URGENT", "NORMAL", "LOW"] {
            let name = format!("NOTIFICATION__{urgency}__CHANNELS");
            more.push((name, "mail".to_owned()));
        }
        let ground = parts.ground(more)?;
        let services = [(teller.service)(), sayer()];
        let stopped = || StartError::new("bench notices: it was told to stop before it began");
        let running = Running::start(&services, &ground).await?;
        let running = running.ok_or_else(stopped)?;
        let app = |is_sayer| {
            let mut apps = running.apps().iter();
            let app = apps.find(|app| (app.name() == SAYER) == is_sayer);
            app.cloned().ok_or_else(stopped)
        };
        Ok(Self {
            sayer: app(true)?,
            hearer: app(false)?,
            running,
            server,
            stopping: ground.stopping.clone(),
        })
    }

    async fn close(self) {
        self.stopping.cancel();
        self.running.drain(Duration::from_secs(10)).await;
    }

    /// Says that dossiers were filed, all in one transaction: news that can wait.
    async fn file(&self, numbers: Range<usize>) -> Result<(), StartError> {
        let said: Result<(), Failure> = self
            .sayer
            .transact(async |tx| {
                for number in numbers {
                    tx.say(&submitted(&tx, number)?);
                }
                Ok(())
            })
            .await;
        said.map_err(|failure| failed("saying", &failure))
    }

    /// Says that a dossier needs a supplement: urgent news.
    async fn ask(&self, number: usize) -> Result<(), StartError> {
        let said: Result<(), Failure> = self
            .sayer
            .transact(async |tx| {
                tx.say(&SupplementRequested {
                    dossier: dossier(number),
                    items: vec!["Tờ khai có chữ ký.".to_owned()],
                    requested_at: tx.now(),
                });
                Ok(())
            })
            .await;
        said.map_err(|failure| failed("saying", &failure))
    }
}

/// Says what others would, and hears what intake hears of it, with nothing to do.
fn sayer() -> Service {
    Service::new(SAYER)
        .hears_many(|_: Vec<MessageDelivered>, _: Tx| ready(Ok(())))
        .hears_many(|_: Vec<MessageUndeliverable>, _: Tx| ready(Ok(())))
        .says::<DossierSubmitted>()
        .says::<SupplementRequested>()
}

fn dossier(number: usize) -> DossierId {
    DossierId(Uuid::from_u128(number as u128 + 1))
}

fn submitted(tx: &Tx, number: usize) -> Result<DossierSubmitted, Failure> {
    let applicant = Applicant {
        account: AccountId(Uuid::from_u128(number as u128 + 1)),
        name: "Nguyễn Thị Ví Dụ".parse().map_err(Failure::retry)?,
        citizen_id: "066090001234".parse().map_err(Failure::retry)?,
        phone: None,
        // By which the provider knows the message.
        email: Some(format!("n{number}@example.vn")),
        address: None,
    };
    Ok(DossierSubmitted {
        dossier: dossier(number),
        procedure: "2.000635".parse().map_err(Failure::retry)?,
        procedure_version: 1,
        channel: Channel::Online,
        applicant,
        form: BTreeMap::new(),
        documents: Vec::new(),
        delivery: Delivery::Portal,
        filed_by: None,
        submitted_at: tx.now(),
    })
}

/// Figures of waits, in milliseconds.
fn waits(waits: &[Duration]) -> String {
    let micros = |wait: &Duration| i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    let mut sorted: Vec<i64> = waits.iter().map(micros).collect();
    sorted.sort_unstable();
    let at = |p| machine::percentile(&sorted, p);
    format!(
        "half {:.0} ms, 99 in 100 {:.0} ms, longest {:.0} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of some hundred thousands"
)]
const fn number(count: usize) -> f64 {
    count as f64
}

async fn steady(options: &Options, town: &Town) -> Result<(), StartError> {
    let count = usize::try_from(options.rate * options.seconds).unwrap_or_default();
    // Dossiers of this run have numbers of their own.
    let first = 10_000_000;
    let beat = Duration::from_secs(1) / options.rate.max(1);
    let (started, mut said) = (Instant::now(), Vec::with_capacity(count));
    for place in 0..count {
        let due = started + beat * u32::try_from(place).unwrap_or_default();
        tokio::time::sleep_until(due.into()).await;
        town.file(first + place..first + place + 1).await?;
        said.push(Instant::now());
    }
    let rate = number(count) / started.elapsed().as_secs_f64();
    let all = town.server.taken(count, PATIENCE).await;
    town.server.forget();
    let waited: Vec<Duration> = (0..count)
        .filter_map(|place| {
            Some(
                all.get(&(first + place))?
                    .saturating_duration_since(said[place]),
            )
        })
        .collect();
    let soon = waited.iter().filter(|wait| **wait <= SOON).count();
    println!(
        "steady: {count} events at {rate:.0} a second, a provider that takes {} ms: {:.2} % with it within {} s; {}",
        options.provider_millis,
        number(soon) * 100.0 / number(count.max(1)),
        SOON.as_secs(),
        waits(&waited)
    );
    Ok(())
}

async fn drain(options: &Options, town: &Town, teller: &Teller) -> Result<(), StartError> {
    // The dossiers that urgent news is about are known before the flood; more than there is time to ask for.
    let (urgent, most) = (
        20_000_000,
        (options.backlog / 40).max(200).next_multiple_of(CHUNK),
    );
    for from in (0..most).step_by(CHUNK) {
        town.file(urgent + from..urgent + from + CHUNK).await?;
    }
    town.server.taken(most, PATIENCE).await;
    town.server.forget();
    let before = (teller.heard)(town.hearer.clone()).await?;
    let started = Instant::now();
    let flood = async {
        for from in (0..options.backlog).step_by(CHUNK) {
            let to = options.backlog.min(from + CHUNK);
            town.file(from..to).await?;
        }
        Ok(started.elapsed())
    };
    let hearing = async {
        let all = before + u64::try_from(options.backlog).unwrap_or(u64::MAX);
        while (teller.heard)(town.hearer.clone()).await? < all && started.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(started.elapsed())
    };
    let asking = ask(options, town, urgent..urgent + most, started);
    let (said, heard, asked) = tokio::try_join!(flood, hearing, asking)?;
    let took = started.elapsed();
    let all = town.server.taken(options.backlog + asked.len(), PATIENCE);
    let all = all.await;
    println!(
        "backlog: {} said in {:.0} s, heard after {:.0} s, with the provider after {:.0} s: {:.0} a second",
        options.backlog,
        said.as_secs_f64(),
        heard.as_secs_f64(),
        took.as_secs_f64(),
        number(options.backlog) / took.as_secs_f64()
    );
    let report = |what: &str, asked: &[(usize, Instant)]| {
        let waited: Vec<Duration> = asked
            .iter()
            .filter_map(|(number, at)| Some(all.get(number)?.saturating_duration_since(*at)))
            .collect();
        let figures = waits(&waited);
        println!(
            "urgent {what}: {} of {}; {figures}",
            waited.len(),
            asked.len()
        );
    };
    let heard_by = asked.partition_point(|(_, at)| *at < started + heard);
    report("while the backlog is heard", &asked[..heard_by]);
    report("while it is told", &asked[heard_by..]);
    Ok(())
}

/// Says urgent news again and again until the backlog is with the provider; when each was said.
async fn ask(
    options: &Options,
    town: &Town,
    mut numbers: Range<usize>,
    started: Instant,
) -> Result<Vec<(usize, Instant)>, StartError> {
    let mut asked = Vec::new();
    while town.server.count_below(options.backlog) < options.backlog && started.elapsed() < PATIENCE
    {
        if let Some(number) = numbers.next() {
            town.ask(number).await?;
            asked.push((number, Instant::now()));
        }
        tokio::time::sleep(Duration::from_millis(options.urgent_every_millis)).await;
    }
    Ok(asked)
}
