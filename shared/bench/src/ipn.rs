//! What a bank's notification (IPN) costs: said over HTTP to the payment service on PostgreSQL, beside the same statements on
//! the same server with nothing around them.

mod bare;
mod report;
mod shop;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use chassis::{App, Failure, Service, StartError, Tx};
use clap::{Args, Subcommand};
use contracts::payment::{FeeOrdered, FeePaid, ReceiptIssued};
use futures::future::{BoxFuture, Ready, join_all, ready};
use tokio::sync::Mutex;

use crate::machine;
use report::Report;
use shop::Shop;

/// What can be measured of paying.
#[derive(Subcommand)]
pub enum Command {
    /// Says a bank's notifications to the payment service, beside the same statements with nothing around them.
    Ipn(Options),
    /// Runs the payment service, with somebody who hears what it says.
    #[command(hide = true)]
    Payment,
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Orders, each paid by one notification, as fast as the service takes them.
    #[arg(long, default_value_t = 4_000)]
    orders: usize,
    /// Notifications under way at once.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// Of a hundred notifications, how many are said a second time.
    #[arg(long, default_value_t = 20)]
    repeats: usize,
    /// Notifications a second for the latency figures.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds of the latency run; 0 leaves it out.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// PostgreSQL. A database of its own (`motcua_bench_ipn`) is made there and dropped again.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
}

/// What the lent service does.
pub type Doing<T> = BoxFuture<'static, Result<T, StartError>>;

/// The payment service, lent by the program that has it: this crate names no service.
pub struct Merchant {
    /// The service.
    pub service: fn() -> Service,
    /// Opens orders with an attempt each, and gives the bank's signed notification that pays each.
    pub orders: fn(App, usize) -> Doing<Vec<String>>,
    /// Whether the ledger sums to zero and every account is what the records say.
    pub balanced: fn(App) -> Doing<bool>,
}

/// Measures it.
pub async fn run(command: Command, merchant: Merchant) -> Result<(), StartError> {
    match command {
        Command::Ipn(options) => measure(&options, &merchant).await,
        Command::Payment => {
            let services = vec![(merchant.service)(), hearer()];
            chassis::run("payment", services, axum::Router::new()).await
        }
    }
}

/// Hears what a paid order is told of, as desk and intake would, and does nothing with it.
fn hearer() -> Service {
    Service::new("bench-hearer")
        .hears(|_: FeeOrdered, _: Tx| nothing())
        .hears(|_: FeePaid, _: Tx| nothing())
        .hears(|_: ReceiptIssued, _: Tx| nothing())
}

fn nothing() -> Ready<Result<(), Failure>> {
    ready(Ok(()))
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench ipn: {what}"), error)
}

/// One thing that is said, and what is answered: here the service's reply to a notification, or a transaction of the peer.
pub(crate) trait Till: Sync {
    /// Says notification `number`; whether it was news.
    fn say(&self, number: usize) -> impl Future<Output = Result<bool, StartError>> + Send;
}

/// What a run came to.
pub(crate) struct Run {
    /// How long it took.
    pub took: Duration,
    /// How long each answer took, in microseconds, sorted.
    pub latencies: Vec<i64>,
}

async fn measure(options: &Options, merchant: &Merchant) -> Result<(), StartError> {
    chassis::install_cryptography();
    println!("machine load before: {}", machine::load());
    let timed = usize::try_from(options.rate * options.seconds).unwrap_or_default();
    let warm = options.orders / 20 + 1;
    let all = warm + options.orders + timed;
    let shop = Shop::open(options, merchant, all).await?;
    let measured = compare(options, &shop, merchant, warm, timed).await;
    shop.close().await?;
    println!("machine load after: {}", machine::load());
    measured
}

async fn compare(
    options: &Options,
    shop: &Shop,
    merchant: &Merchant,
    warm: usize,
    timed: usize,
) -> Result<(), StartError> {
    let peer = bare::Peer::open(shop).await?;
    let (fast, slow) = (warm + options.orders, warm + options.orders + timed);
    hurry(&peer, options, 0, warm).await?;
    let bare = hurry(&peer, options, warm, fast).await?;
    let bare_beat = keep_time(&peer, options, fast, slow).await?;

    let service = shop.start().await?;
    hurry(&service, options, 0, warm).await?;
    shop.receipts(warm).await?;
    let before = shop.spent(&service).await?;
    let run = hurry(&service, options, warm, fast).await?;
    let said = Instant::now();
    shop.receipts(fast).await?;
    let behind = said.elapsed();
    let after = shop.spent(&service).await?;
    let beat = keep_time(&service, options, fast, slow).await?;
    shop.receipts(slow).await?;
    drop(service);
    let report = Report {
        options,
        run: &run,
        bare: &bare,
        behind,
        spent: after.since(&before),
    };
    report.print();
    report::beat(options, &beat, &bare_beat);
    shop.check(merchant, slow).await
}

/// Whether notification `number` is said twice.
fn is_repeated(options: &Options, number: usize) -> bool {
    number % 100 < options.repeats
}

/// Says notifications as fast as they are answered.
async fn hurry(
    till: &impl Till,
    options: &Options,
    from: usize,
    to: usize,
) -> Result<Run, StartError> {
    let (next, latencies) = (AtomicUsize::new(from), Mutex::new(Vec::new()));
    let started = Instant::now();
    let one = async || {
        let mut mine = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= to {
                latencies.lock().await.append(&mut mine);
                return Ok::<(), StartError>(());
            }
            mine.push(timed(till, number, true).await?);
            if is_repeated(options, number) {
                mine.push(timed(till, number, false).await?);
            }
        }
    };
    let clients = join_all((0..options.at_once).map(|_| one())).await;
    clients.into_iter().collect::<Result<(), _>>()?;
    let took = started.elapsed();
    let mut latencies = latencies.into_inner();
    latencies.sort_unstable();
    Ok(Run { took, latencies })
}

/// Says notifications at their times, whether or not those before are answered.
async fn keep_time(
    till: &impl Till,
    options: &Options,
    from: usize,
    to: usize,
) -> Result<Run, StartError> {
    let started = Instant::now();
    let beat = Duration::from_secs(1) / options.rate.max(1);
    let one = async |number: usize| {
        let place = u32::try_from(number - from).unwrap_or_default();
        tokio::time::sleep_until((started + beat * place).into()).await;
        timed(till, number, true).await
    };
    let answers = join_all((from..to).map(one)).await;
    let mut latencies = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    latencies.sort_unstable();
    Ok(Run {
        took: started.elapsed(),
        latencies,
    })
}

/// Says one and times it; it has to be news the first time and known the second.
async fn timed(till: &impl Till, number: usize, news: bool) -> Result<i64, StartError> {
    let asked = Instant::now();
    if till.say(number).await? != news {
        return Err(StartError::new(format!(
            "bench ipn: notification {number} should have been {}",
            if news { "news" } else { "known" }
        )));
    }
    Ok(i64::try_from(asked.elapsed().as_micros()).unwrap_or(i64::MAX))
}
