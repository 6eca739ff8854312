//! A storm of sign-ins, measured: how many a second the service lets in over HTTP beside what Argon2id alone allows on the same
//! cores, and what another page's readers notice of it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chassis::{App, Running, Service, StartError};
use clap::{Args, Subcommand};
use futures::future::join_all;
use reqwest::{Client, StatusCode, redirect::Policy};
use tokio::{net::TcpListener, sync::Mutex};

use crate::{
    ipn::Doing,
    machine,
    parts::{Parts, Wanted},
};

/// What can be measured of signing in.
#[derive(Subcommand)]
pub enum Command {
    /// Lets a crowd sign in at once, beside the same hashes with nothing around them.
    SignIns(Options),
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// How many people there are.
    #[arg(long, default_value_t = 200)]
    people: usize,
    /// How many of them try at once, each again as soon as they are answered.
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// Seconds of each part.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Readers of another page a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    #[command(flatten)]
    parts: Wanted,
}

/// Somebody's login and password.
pub type Credentials = (String, String);
/// One check of a password, with nothing around it.
pub type Check = Arc<dyn Fn() + Send + Sync>;

/// The service at which people sign in, lent by the program that has it.
pub struct Gate {
    /// The service.
    pub service: fn() -> Service,
    /// Opens accounts; gives each one's login and password.
    pub people: fn(App, usize) -> Doing<Vec<Credentials>>,
    /// One check at the cost that the service is configured with.
    pub check: fn(App) -> Doing<Check>,
}

/// Of what Argon2id allows, the share that is to be let in.
const WANTED: f64 = 0.9;
/// How much later another page may come at the 99th percentile.
const SLOWER: f64 = 1.5;
/// The page that is read beside it.
const PAGE: &str = "/identity/sign-in";

/// Measures it.
pub async fn run(command: Command, gate: Gate) -> Result<(), StartError> {
    let Command::SignIns(options) = command;
    chassis::install_cryptography();
    println!("machine load before: {}", machine::load());
    let parts = Parts::open("sign_ins", &options.parts, &[(gate.service)().name()]).await?;
    let measured = measure(&options, &parts, &gate).await;
    parts.close().await?;
    println!("machine load after: {}", machine::load());
    measured
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench sign-ins: {what}"), error)
}

async fn measure(options: &Options, parts: &Parts, gate: &Gate) -> Result<(), StartError> {
    let ground = parts.ground([])?;
    let services = [(gate.service)()];
    let running = Running::start(&services, &ground).await?;
    let running = running.ok_or_else(|| StartError::new("bench sign-ins: told to stop"))?;
    let app = running.apps()[0].clone();
    let people = (gate.people)(app.clone(), options.people).await?;
    let check = (gate.check)(app).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.map_err(|error| failed("listening", &error))?;
    let address = listener.local_addr();
    let town = Town {
        address: address.map_err(|error| failed("listening", &error))?,
        client: Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| failed("an HTTP client", &error))?,
        people,
    };
    let router = running.router(&services, &ground.settings);
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(axum::serve(listener, router).into_future());
    let measured = compare(options, &town, check).await;
    serving.abort();
    ground.stopping.cancel();
    running.drain(Duration::from_secs(10)).await;
    measured
}

/// Where people come.
struct Town {
    address: SocketAddr,
    client: Client,
    people: Vec<Credentials>,
}

/// What became of those who tried.
#[derive(Default)]
struct Storm {
    entered: AtomicUsize,
    shed: AtomicUsize,
    waited: Mutex<Vec<i64>>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few thousand")]
async fn compare(options: &Options, town: &Town, check: Check) -> Result<(), StartError> {
    let time = Duration::from_secs(options.seconds);
    let limit = alone(check, time).await?;
    let calm = town.readers(options, time).await?;
    let storm = Storm::default();
    let over = AtomicBool::new(false);
    let crowd = join_all((0..options.at_once).map(|one| town.comes(one, &storm, &over)));
    let reading = async {
        let read = town.readers(options, time).await;
        over.store(true, Ordering::Release);
        read
    };
    let began = Instant::now();
    let (came, read) = tokio::join!(crowd, reading);
    came.into_iter().collect::<Result<(), _>>()?;
    let (entered, took) = (storm.entered.into_inner(), began.elapsed().as_secs_f64());
    let (rate, beside) = (entered as f64 / took, read?);
    let mut waited = storm.waited.into_inner();
    waited.sort_unstable();
    let ms = |sorted: &[i64], p| machine::percentile(sorted, p);
    let share = rate / limit;
    println!("Argon2id alone: {limit:.1} checks a second");
    println!(
        "sign-ins: {rate:.1} a second, {share:.2} of that (wanted: {WANTED}); waited {:.0} ms (half), {:.0} ms (99 %)",
        ms(&waited, 0.5),
        ms(&waited, 0.99)
    );
    println!("sent away politely: {}", storm.shed.into_inner());
    let (before, during) = (ms(&calm, 0.99), ms(&beside, 0.99));
    println!(
        "another page, 99 %: {before:.1} ms in the calm, {during:.1} ms in the storm, {:.2} times (wanted: at most {SLOWER}); half: {:.1} and {:.1} ms",
        during / before,
        ms(&calm, 0.5),
        ms(&beside, 0.5)
    );
    Ok(())
}

/// How many checks a second all cores make with nothing around them.
#[expect(clippy::cast_precision_loss, reason = "counts of a few thousand")]
async fn alone(check: Check, time: Duration) -> Result<f64, StartError> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let one = |_| {
        let check = check.clone();
        tokio::task::spawn_blocking(move || {
            let (began, mut done) = (Instant::now(), 0_usize);
            while began.elapsed() < time {
                check();
                done += 1;
            }
            done as f64 / began.elapsed().as_secs_f64()
        })
    };
    let rates = join_all((0..cores).map(one)).await;
    let rates = rates.into_iter().collect::<Result<Vec<f64>, _>>();
    Ok(rates
        .map_err(|error| failed("hashing", &error))?
        .iter()
        .sum())
}

impl Town {
    /// Somebody who signs in again and again until it is over.
    async fn comes(&self, one: usize, storm: &Storm, over: &AtomicBool) -> Result<(), StartError> {
        let (login, password) = &self.people[one % self.people.len()];
        let url = format!("http://{}/identity/sessions", self.address);
        let body = serde_json::json!({ "login": login, "password": password });
        let mut mine = Vec::new();
        while !over.load(Ordering::Acquire) {
            let asked = Instant::now();
            let answer = self.client.post(&url).json(&body).send().await;
            let status = answer
                .map_err(|error| failed("signing in", &error))?
                .status();
            match status {
                StatusCode::CREATED => {
                    storm.entered.fetch_add(1, Ordering::Relaxed);
                    mine.push(i64::try_from(asked.elapsed().as_micros()).unwrap_or(i64::MAX));
                }
                StatusCode::SERVICE_UNAVAILABLE => {
                    storm.shed.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                other => {
                    return Err(StartError::new(format!(
                        "bench sign-ins: answered with {other}"
                    )));
                }
            }
        }
        storm.waited.lock().await.append(&mut mine);
        Ok(())
    }

    /// How long another page takes, in sorted microseconds, asked for at its times whether or not those before have come.
    async fn readers(&self, options: &Options, time: Duration) -> Result<Vec<i64>, StartError> {
        let began = Instant::now();
        let beat = Duration::from_secs(1) / options.rate.max(1);
        let count = u32::try_from(time.as_millis() / beat.as_millis().max(1)).unwrap_or(u32::MAX);
        let one = async |place: u32| {
            tokio::time::sleep_until((began + beat * place).into()).await;
            let asked = Instant::now();
            let url = format!("http://{}{PAGE}", self.address);
            let answer = self
                .client
                .get(url)
                .header("accept", "text/html")
                .send()
                .await;
            let answer = answer.and_then(reqwest::Response::error_for_status);
            let page = answer.map_err(|error| failed(PAGE, &error))?.bytes().await;
            page.map_err(|error| failed(PAGE, &error))?;
            Ok(i64::try_from(asked.elapsed().as_micros()).unwrap_or(i64::MAX))
        };
        let answers = join_all((0..count).map(one)).await;
        let mut latencies = answers
            .into_iter()
            .collect::<Result<Vec<_>, StartError>>()?;
        latencies.sort_unstable();
        Ok(latencies)
    }
}
