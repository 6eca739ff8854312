//! Starts the workers, sends the messages, counts them at the end, and says what it all cost.

use std::{
    collections::HashMap,
    process::Stdio,
    time::{Duration, Instant},
};

use chassis::{Clock, StartError};
use clap::Args;
use futures::StreamExt;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::{
    bare,
    chain::{HOPS, Hop, SINK, name},
    machine,
};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Messages sent through the chain as fast as it takes them.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Bytes of each message.
    #[arg(long, default_value_t = 1024)]
    size: usize,
    /// Messages a second for the latency figures.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// Seconds of the latency run; 0 leaves it out.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Messages that wait in the first queue before the workers start, then drained; 0 leaves it out.
    #[arg(long, default_value_t = 0)]
    backlog: usize,
    /// Keeps a writing transaction open while the backlog is drained, and measures the rate again before and after it ends.
    #[arg(long)]
    hold_transaction: bool,
    /// Leaves the bare chain out.
    #[arg(long)]
    no_bare: bool,
    /// RabbitMQ.
    #[arg(long, env = "AMQP_URL")]
    amqp_url: String,
    /// PostgreSQL.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
}

fn because(what: &str) -> impl Fn(lapin::Error) -> StartError {
    let what = what.to_owned();
    move |error| StartError::because(&what, &error)
}

fn db_because(error: sea_orm::DbErr) -> StartError {
    StartError::because("the database (DATABASE_URL)", &error)
}

/// Measures and prints.
pub async fn run(options: Options) -> Result<(), StartError> {
    println!("machine load before: {}", machine::load());
    let broker = because("the broker (AMQP_URL)");
    let bare = if options.no_bare {
        None
    } else {
        let took = bare::chain(&options.amqp_url, HOPS, options.messages, options.size)
            .await
            .map_err(&broker)?;
        let rate = per_second(options.messages * HOPS, took);
        println!("bare broker chain, {HOPS} queues, confirmed, no database: {rate:.0} hops/s");
        Some(rate)
    };

    let db = Database::connect(&options.database_url)
        .await
        .map_err(db_because)?;
    let connection = bare::connect(&options.amqp_url).await.map_err(&broker)?;
    clear(&db, &connection).await?;
    let mut workers = start_workers(&options)?;
    let measured = measure(&options, &db, &connection, &mut workers, bare).await;
    stop(&mut workers).await;
    clear(&db, &connection).await?;
    println!("machine load after: {}", machine::load());
    measured
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

async fn clear(db: &DatabaseConnection, connection: &lapin::Connection) -> Result<(), StartError> {
    for number in 1..=HOPS {
        let name = name(number)?;
        let schema = name.replace('-', "_");
        db.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))
            .await
            .map_err(db_because)?;
        for queue in [name.to_owned(), format!("{name}.dead")] {
            bare::remove(connection, &queue)
                .await
                .map_err(because("the broker"))?;
        }
    }
    bare::remove(connection, SINK)
        .await
        .map_err(because("the broker"))
}

fn start_workers(options: &Options) -> Result<Vec<Child>, StartError> {
    let (program, prefix) = crate::this_program()?;
    (1..=HOPS)
        .map(|number| {
            Command::new(&program)
                .args(prefix)
                .args(["worker", "--service", &number.to_string()])
                .env("BUS_URL", &options.amqp_url)
                .env("DATABASE_URL", &options.database_url)
                .env("DATABASE_CONNECTIONS", "4")
                .env("HTTP_LISTEN", "127.0.0.1:0")
                .env("BUS_TOPOLOGY", "none")
                // As in the images.
                .env("MALLOC_ARENA_MAX", "2")
                .env("MALLOC_MMAP_THRESHOLD_", "131072")
                .env("RUST_LOG", "warn")
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .map_err(|error| StartError::because("starting a worker", &error))
        })
        .collect()
}

async fn stop(workers: &mut [Child]) {
    for worker in workers.iter_mut() {
        let _ = worker.kill().await;
    }
}

async fn measure(
    options: &Options,
    db: &DatabaseConnection,
    connection: &lapin::Connection,
    workers: &mut Vec<Child>,
    bare_rate: Option<f64>,
) -> Result<(), StartError> {
    let broker = because("the broker (AMQP_URL)");
    let channel = bare::confirming(connection).await.map_err(&broker)?;
    wait_for_workers(db).await?;
    bare::fresh_queue(&channel, SINK).await.map_err(&broker)?;
    bare::bind(&channel, SINK, &format!("bench.hop.v1.{SINK}"))
        .await
        .map_err(&broker)?;
    let sinking = connection.create_channel().await.map_err(&broker)?;
    let mut sink = Sink {
        chunks: bare::consume(&sinking, SINK)
            .await
            .map_err(&broker)?
            .ready_chunks(1000),
        seen: HashMap::new(),
        latencies: Vec::new(),
    };
    // A little run first: connections, statements and pages are warm.
    send_and_count(options, &channel, &mut sink, 500).await?;
    sink.latencies.clear();
    let before = Spent::now(db, workers).await?;
    let took = send_and_count(options, &channel, &mut sink, options.messages).await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let spent = Spent::now(db, workers).await?.since(&before);
    report(options, took, &spent, bare_rate);

    if options.seconds > 0 {
        sink.latencies.clear();
        let count = usize::try_from(options.seconds * options.rate).unwrap_or_default();
        send_at_rate(options, &channel, &mut sink, count).await?;
        sink.latencies.sort_unstable();
        let p = |p| machine::percentile(&sink.latencies, p);
        println!(
            "latency of five hops at {}/s: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
            options.rate,
            p(0.5),
            p(0.9),
            p(0.99),
            p(1.0)
        );
    }
    say_memory(workers);
    let peak = per_second(options.messages, took);
    let holding = if options.hold_transaction {
        Some((hold(&options.database_url).await?, Instant::now()))
    } else {
        None
    };
    if options.backlog > 0 {
        drain_backlog(options, &channel, &mut sink, workers, peak).await?;
        say_memory(workers);
    }
    if let Some((transaction, since)) = holding {
        let held = since.elapsed().as_secs();
        let took = send_and_count(options, &channel, &mut sink, options.messages).await?;
        let under = per_second(options.messages, took);
        transaction.rollback().await.map_err(db_because)?;
        let took = send_and_count(options, &channel, &mut sink, options.messages).await?;
        let after = per_second(options.messages, took);
        println!(
            "with a transaction open for {} min {} s: {:.2} of the peak, {:.2} of the rate after it ended",
            held / 60,
            held % 60,
            under / peak,
            under / after
        );
    }
    check(db, &sink).await
}

fn say_memory(workers: &[Child]) {
    let pids = || workers.iter().filter_map(Child::id);
    let resident: f64 = pids().map(machine::resident).sum();
    let proportional: f64 = pids().map(machine::proportional).sum();
    println!(
        "memory of the five workers: {resident:.0} MiB resident; {proportional:.0} MiB with the pages they share counted once"
    );
}

/// What waits while the workers are down is drained when they are back.
async fn drain_backlog(
    options: &Options,
    channel: &lapin::Channel,
    sink: &mut Sink,
    workers: &mut Vec<Child>,
    peak: f64,
) -> Result<(), StartError> {
    stop(workers).await;
    let clock = Clock::system();
    let waiting = (0..options.backlog).map(|_| message(options, &clock));
    bare::publish_all(channel, "motcua", waiting)
        .await
        .map_err(because("sending"))?;
    println!("{} messages wait", options.backlog);
    let goal = sink.seen.len() + options.backlog;
    let started = Instant::now();
    *workers = start_workers(options)?;
    while sink.seen.len() < goal {
        sink.take(&clock).await?;
    }
    let took = started.elapsed();
    println!(
        "backlog drained in {:.0} s, the workers' start included: {:.0} hops/s, {:.2} of the peak",
        took.as_secs_f64(),
        per_second(options.backlog * HOPS, took),
        per_second(options.backlog, took) / peak
    );
    Ok(())
}

/// A worker is there when its service has migrated and consumes: its tables exist and its queue is declared.
async fn wait_for_workers(db: &DatabaseConnection) -> Result<(), StartError> {
    let sql =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name LIKE 'motcua-bench_%-relay'";
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .map_err(db_because)?;
        let there: i64 = row
            .map_or(Ok(0), |row| row.try_get_by_index(0))
            .map_err(db_because)?;
        if usize::try_from(there).is_ok_and(|there| there >= HOPS) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(StartError::new("the workers did not start within 60 s"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn hold(url: &str) -> Result<sea_orm::DatabaseTransaction, StartError> {
    use sea_orm::TransactionTrait;
    let db = Database::connect(url).await.map_err(db_because)?;
    let transaction = db.begin().await.map_err(db_because)?;
    transaction
        .execute_unprepared("SELECT pg_current_xact_id()")
        .await
        .map_err(db_because)?;
    Ok(transaction)
}

struct Sink {
    chunks: futures::stream::ReadyChunks<lapin::Consumer>,
    seen: HashMap<Uuid, u32>,
    latencies: Vec<i64>,
}

impl Sink {
    async fn take(&mut self, clock: &Clock) -> Result<(), StartError> {
        let broker = because("the sink");
        let wait = tokio::time::timeout(Duration::from_secs(30), self.chunks.next()).await;
        let chunk = wait
            .ok()
            .flatten()
            .ok_or_else(|| StartError::new("no message arrived for 30 s: messages are lost"))?;
        let now = clock.now().timestamp_micros();
        for delivery in chunk.iter().flatten() {
            let hop: Hop = serde_json::from_slice(&delivery.data)
                .map_err(|error| StartError::because("a message", &error))?;
            *self.seen.entry(hop.dossier.0).or_default() += 1;
            self.latencies.push(now - hop.sent_at);
        }
        bare::acknowledge(chunk).await.map_err(broker)
    }
}

fn message(options: &Options, clock: &Clock) -> (String, BasicProperties, Vec<u8>) {
    let (id, now) = (clock.new_id(), clock.now());
    let mut hop = Hop {
        to: "bench-1".to_owned(),
        dossier: id.into(),
        sent_at: now.timestamp_micros(),
        filler: String::new(),
    };
    let bare = serde_json::to_vec(&hop).unwrap_or_default().len();
    hop.filler = "x".repeat(options.size.saturating_sub(bare));
    let mut headers = FieldTable::default();
    let texts = [
        ("cloudEvents_id", id.to_string()),
        ("cloudEvents_type", "bench.hop.v1".to_owned()),
        ("cloudEvents_source", "bench".to_owned()),
        ("cloudEvents_time", now.to_rfc3339()),
    ];
    for (name, text) in texts {
        headers.insert(name.into(), AMQPValue::LongString(text.into()));
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_headers(headers);
    (
        "bench.hop.v1.bench-1".to_owned(),
        properties,
        serde_json::to_vec(&hop).unwrap_or_default(),
    )
}

async fn send_and_count(
    options: &Options,
    channel: &lapin::Channel,
    sink: &mut Sink,
    count: usize,
) -> Result<Duration, StartError> {
    let clock = Clock::system();
    let goal = sink.seen.len() + count;
    let started = Instant::now();
    let sending = bare::publish_all(
        channel,
        "motcua",
        (0..count).map(|_| message(options, &clock)),
    );
    let counting = async {
        while sink.seen.len() < goal {
            sink.take(&clock).await?;
        }
        Ok::<_, StartError>(())
    };
    let (sent, counted) = tokio::join!(sending, counting);
    sent.map_err(because("sending"))?;
    counted?;
    Ok(started.elapsed())
}

async fn send_at_rate(
    options: &Options,
    channel: &lapin::Channel,
    sink: &mut Sink,
    count: usize,
) -> Result<(), StartError> {
    let clock = Clock::system();
    let goal = sink.seen.len() + count;
    let sending = async {
        let mut beat = tokio::time::interval(Duration::from_secs(1) / options.rate.max(1));
        for _ in 0..count {
            beat.tick().await;
            bare::publish_all(channel, "motcua", std::iter::once(message(options, &clock))).await?;
        }
        Ok(())
    };
    let counting = async {
        while sink.seen.len() < goal {
            sink.take(&clock).await?;
        }
        Ok::<_, StartError>(())
    };
    let (sent, counted) = tokio::join!(sending, counting);
    sent.map_err(because("sending"))?;
    counted
}

/// Every message arrived, and had its effect in each service exactly once.
async fn check(db: &DatabaseConnection, sink: &Sink) -> Result<(), StartError> {
    let sent = sink.seen.len();
    let repeated = sink.seen.values().filter(|times| **times > 1).count();
    for number in 1..=HOPS {
        let schema = name(number)?.replace('-', "_");
        let sql = format!("SELECT COUNT(*), COALESCE(SUM(times), 0)::bigint FROM {schema}.passed");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .map_err(db_because)?;
        let row = row.ok_or_else(|| StartError::new("no answer from the database"))?;
        let (rows, times): (i64, i64) = (
            row.try_get_by_index(0).map_err(db_because)?,
            row.try_get_by_index(1).map_err(db_because)?,
        );
        if usize::try_from(rows) != Ok(sent) || rows != times {
            return Err(StartError::new(format!(
                "{schema}: {sent} messages, {rows} rows, {times} effects"
            )));
        }
    }
    println!(
        "exactly once: {sent} messages, {sent} effects in each of the {HOPS} services; {repeated} delivered to the sink more than once"
    );
    Ok(())
}

struct Spent {
    workers: Duration,
    postgres: Duration,
    rabbitmq: Duration,
    commits: i64,
}

impl Spent {
    async fn now(db: &DatabaseConnection, workers: &[Child]) -> Result<Self, StartError> {
        let sql = "SELECT SUM(xact_commit)::bigint FROM pg_stat_database";
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .map_err(db_because)?;
        Ok(Self {
            workers: workers.iter().filter_map(Child::id).map(machine::cpu).sum(),
            postgres: machine::cpu_by_name("postgres"),
            rabbitmq: machine::cpu_by_name("beam.smp"),
            commits: row
                .map_or(Ok(0), |row| row.try_get_by_index(0))
                .map_err(db_because)?,
        })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            workers: self.workers.saturating_sub(before.workers),
            postgres: self.postgres.saturating_sub(before.postgres),
            rabbitmq: self.rabbitmq.saturating_sub(before.rabbitmq),
            commits: self.commits - before.commits,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn report(options: &Options, took: Duration, spent: &Spent, bare: Option<f64>) {
    let hops = options.messages * HOPS;
    let rate = per_second(hops, took);
    println!(
        "chassis chain: {rate:.0} hops/s, {:.0} dossiers/s ({} messages of {} bytes in {:.2} s)",
        per_second(options.messages, took),
        options.messages,
        options.size,
        took.as_secs_f64()
    );
    if let Some(bare) = bare {
        println!("ratio to the bare chain: {:.2}", rate / bare);
    }
    let each = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / hops as f64;
    println!(
        "CPU ms a hop: workers {:.3} + PostgreSQL {:.3} + RabbitMQ {:.3} = {:.3}",
        each(spent.workers),
        each(spent.postgres),
        each(spent.rabbitmq),
        each(spent.workers) + each(spent.postgres) + each(spent.rabbitmq)
    );
    println!("commits a hop: {:.4}", spent.commits as f64 / hops as f64);
}
