//! Issuing results, measured: what one costs the processor from the decision to the signed file, and whether memory stays flat over many.
//!
//! The service that issues is lent by the program that has it. Decisions are said by a service of the benchmark's own, through its
//! outbox, as the desk says them; the same service hears what was issued.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chassis::{App, Failure, Running, Service, StartError, Tx};
use clap::{Args, Subcommand};
use contracts::{
    AccountId, Delivery, DossierId, ResultId,
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, Field, Outcome},
    intake::Applicant,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    ipn::Doing,
    machine,
    parts::{Parts, Wanted},
};

/// What can be measured of results.
#[derive(Subcommand)]
pub enum Command {
    /// Issues results: numbers, typesets, signs and seals each, and says so.
    Results(Options),
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// How many results, beside those that warm up.
    #[arg(long, default_value_t = 10_000)]
    results: usize,
    /// How many warm up: fonts are read, and what is kept from paper to paper is filled.
    #[arg(long, default_value_t = 500)]
    warm_up: usize,
    #[command(flatten)]
    parts: Wanted,
}

/// Results a second that one core is to draw, sign and seal.
const WANTED: f64 = 50.0;
/// Who says the decisions and hears what was issued.
const DESK: &str = "bench-desk";
/// Decisions said in one transaction.
const CHUNK: usize = 100;
/// The longest that a result is waited for.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many are drawn, signed and sealed once more, with nothing around it.
const AGAIN: usize = 500;

/// The service that issues, lent by the program that has it.
#[derive(Clone, Copy)]
pub struct Issuer {
    /// The service.
    pub service: fn() -> Service,
    /// Draws, signs and seals a result that was issued once more, and keeps nothing.
    pub again: fn(App, ResultId) -> Doing<()>,
}

/// What was issued so far.
#[derive(Default)]
struct Tally {
    issued: AtomicUsize,
    more: Notify,
    /// The newest of them.
    newest: Mutex<VecDeque<ResultId>>,
}

/// Measures it.
pub async fn run(command: Command, issuer: Issuer) -> Result<(), StartError> {
    let Command::Results(options) = command;
    chassis::install_cryptography();
    println!("machine load before: {}", machine::load());
    let parts = Parts::open(
        "results",
        &options.parts,
        &[(issuer.service)().name(), DESK],
    )
    .await?;
    let measured = match Town::open(&parts, issuer).await {
        Ok(town) => {
            let measured = measure(&options, &town).await;
            town.stopping.cancel();
            town.running.drain(Duration::from_secs(10)).await;
            measured
        }
        Err(error) => Err(error),
    };
    parts.close().await?;
    println!("machine load after: {}", machine::load());
    measured
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench results: {what}"), error)
}

/// The services at work.
struct Town {
    issuer: Issuer,
    service: App,
    desk: App,
    tally: Arc<Tally>,
    running: Running,
    stopping: CancellationToken,
}

impl Town {
    async fn open(parts: &Parts, issuer: Issuer) -> Result<Self, StartError> {
        let pretend = ["SEALS", "SIGNERS"];
        let pretend = pretend.map(|keys| (format!("DELIVERY__{keys}"), "pretend".to_owned()));
        let ground = parts.ground(pretend)?;
        let tally = Arc::<Tally>::default();
        let stopped = || StartError::new("bench results: it was told to stop before it began");
        let running = Running::start(&[(issuer.service)(), desk(tally.clone())], &ground).await?;
        let running = running.ok_or_else(stopped)?;
        let desk = running.apps().iter().find(|app| app.name() == DESK);
        let service = running.apps().iter().find(|app| app.name() != DESK);
        Ok(Self {
            issuer,
            service: service.cloned().ok_or_else(stopped)?,
            desk: desk.cloned().ok_or_else(stopped)?,
            tally,
            running,
            stopping: ground.stopping.clone(),
        })
    }

    /// Has so many results issued, a chunk of decisions ahead of what is issued, and waits for the last.
    async fn issue(&self, first: usize, count: usize) -> Result<(), StartError> {
        let before = self.tally.issued.load(Ordering::Acquire);
        for from in (0..count).step_by(CHUNK) {
            let to = count.min(from + CHUNK);
            let said: Result<(), Failure> = self
                .desk
                .transact(async |tx| {
                    for place in from..to {
                        tx.say(&decided(&tx, first + place)?);
                    }
                    Ok(())
                })
                .await;
            said.map_err(|failure| failed("saying", &failure))?;
            self.issued(before + from).await?;
        }
        self.issued(before + count).await
    }

    /// How long one takes on one core, when nothing else is done.
    async fn again(&self) -> Result<Duration, StartError> {
        let newest = self.tally.newest.lock();
        let newest = newest.unwrap_or_else(PoisonError::into_inner).clone();
        let begun = Instant::now();
        for result in &newest {
            (self.issuer.again)(self.service.clone(), *result).await?;
        }
        let count = u32::try_from(newest.len()).unwrap_or(1).max(1);
        Ok(begun.elapsed() / count)
    }

    async fn issued(&self, wanted: usize) -> Result<(), StartError> {
        let late = |_| {
            let issued = self.tally.issued.load(Ordering::Acquire);
            StartError::new(format!(
                "bench results: {issued} of {wanted} are issued, and no more in two minutes"
            ))
        };
        while self.tally.issued.load(Ordering::Acquire) < wanted {
            let more = self.tally.more.notified();
            if self.tally.issued.load(Ordering::Acquire) < wanted {
                tokio::time::timeout(PATIENCE, more).await.map_err(late)?;
            }
        }
        Ok(())
    }
}

/// Says what the desk would, counts what was issued, and hears what others would hear.
fn desk(tally: Arc<Tally>) -> Service {
    Service::new(DESK)
        .says::<DossierDecided>()
        .hears(|_: ResultHandedOver, _: Tx| std::future::ready(Ok(())))
        .hears(move |issued: ResultIssued, _: Tx| {
            let mut newest = tally.newest.lock().unwrap_or_else(PoisonError::into_inner);
            newest.push_back(issued.result);
            if newest.len() > AGAIN {
                newest.pop_front();
            }
            drop(newest);
            tally.issued.fetch_add(1, Ordering::AcqRel);
            tally.more.notify_one();
            std::future::ready(Ok(()))
        })
}

/// A decision of a dossier of its own, whose result has a name of its own and fits one page.
fn decided(tx: &Tx, number: usize) -> Result<DossierDecided, Failure> {
    let field = |label: &str, value: String| Field {
        label: label.to_owned(),
        value,
    };
    let account = Uuid::from_u128(number as u128 + 1);
    Ok(DossierDecided {
        dossier: DossierId(account),
        code: format!("H15.50.05.13-260101-{number:04}")
            .parse()
            .map_err(Failure::retry)?,
        procedure: "2.000635".parse().map_err(Failure::retry)?,
        procedure_version: 1,
        organisation: "H15.50.05.13".parse().map_err(Failure::retry)?,
        applicant: Applicant {
            account: AccountId(account),
            name: "Nguyễn Thị Ví Dụ".parse().map_err(Failure::retry)?,
            citizen_id: "066190001234".parse().map_err(Failure::retry)?,
            phone: None,
            email: None,
            address: None,
        },
        delivery: Delivery::Portal,
        copies: 1,
        outcome: Outcome::Granted {
            result: vec![
                field("Loại giấy tờ", "Giấy khai sinh (bản sao)".to_owned()),
                field("Số", format!("{}/2015", number + 1)),
                field("Ngày đăng ký", "20/01/2015".to_owned()),
                field("Nơi đăng ký", "Ủy ban nhân dân phường Mẫu".to_owned()),
                field("Họ, chữ đệm, tên", "Nguyễn Thị Ví Dụ".to_owned()),
                field("Ngày, tháng, năm sinh", "15/01/2015".to_owned()),
                field("Nơi sinh", "Bệnh viện đa khoa tỉnh Mẫu".to_owned()),
                field("Quê quán", "Phường Mẫu, tỉnh Mẫu".to_owned()),
            ],
        },
        signed_by: "Trần Văn Mẫu".parse().map_err(Failure::retry)?,
        signer_title: "Chủ tịch".to_owned(),
        signer: Some(AccountId(Uuid::from_u128(3))),
        decided_at: tx.now(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
const fn number(count: usize) -> f64 {
    count as f64
}

async fn measure(options: &Options, town: &Town) -> Result<(), StartError> {
    /// How often memory is looked at.
    const LOOKS: usize = 20;
    let own = std::process::id();
    town.issue(0, options.warm_up).await?;
    let mut memory = vec![machine::resident(own)];
    let (cpu, begun) = (machine::cpu(own), Instant::now());
    let each = (options.results / LOOKS).max(1);
    let mut done = 0;
    while done < options.results {
        let count = each.min(options.results - done);
        town.issue(options.warm_up + done, count).await?;
        done += count;
        memory.push(machine::resident(own));
    }
    let (cpu, took) = (machine::cpu(own).saturating_sub(cpu), begun.elapsed());
    let a_core = number(done) / cpu.as_secs_f64();
    println!(
        "{done} results in {:.0} s: {:.1} a second; {:.2} ms of CPU each, its messages and what this process does for the database included",
        took.as_secs_f64(),
        number(done) / took.as_secs_f64(),
        cpu.as_secs_f64() * 1000.0 / number(done)
    );
    println!("that is {a_core:.1} a second and core");
    let alone = town.again().await?;
    println!(
        "drawn, signed and sealed with nothing around it, one after the other: {:.2} ms each, {:.1} a second, {:.2} of the {WANTED} that are wanted",
        alone.as_secs_f64() * 1000.0,
        1.0 / alone.as_secs_f64(),
        1.0 / alone.as_secs_f64() / WANTED
    );
    let (first, last) = (memory[0], memory[memory.len() - 1]);
    let most = memory.iter().copied().fold(0.0, f64::max);
    println!(
        "memory: {first:.0} MiB after the warm-up, {last:.0} MiB in the end ({:.2} of it), {most:.0} MiB at most",
        last / first
    );
    Ok(())
}
