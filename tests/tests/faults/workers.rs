//! Real processes are killed by signal 9 while messages flow through them.

use std::{
    collections::HashSet,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use journeys::{eventually, process::Addresses, servers::Servers, wire::Raw};
use serde_json::json;
use tokio::process::{Child, Command};
use uuid::Uuid;

const WORKERS: usize = bench::HOPS;
const COUNT: u32 = 1_000;
const SEED: u64 = 20_261_124;

/// A small generator, so that a run can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn program() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.set_file_name("bench");
    assert!(
        path.is_file(),
        "the program `bench` is not built; run `cargo build --workspace` first, as scripts/test does"
    );
    path
}

fn start(number: usize, addresses: &Addresses) -> Child {
    Command::new(program())
        .args(["worker", "--service", &number.to_string()])
        .env("BUS_URL", &addresses.bus)
        .env("BUS_TOPOLOGY", "none")
        .env("DATABASE_URL", &addresses.database)
        .env("DATABASE_CONNECTIONS", "4")
        .env("HTTP_LISTEN", "127.0.0.1:0")
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the worker starts")
}

fn message(number: u32) -> (Uuid, Raw) {
    let id = Uuid::from_u128(u128::from(number) + 1);
    let hop = json!({ "to": "bench-1", "dossier": id, "sent_at": 0, "filler": "x".repeat(200) });
    let raw = Raw {
        key: "bench.hop.v1.bench-1".to_owned(),
        headers: std::collections::BTreeMap::new(),
        body: hop.to_string().into_bytes(),
    };
    let raw = raw
        .with("cloudEvents_id", id.to_string())
        .with("cloudEvents_type", "bench.hop.v1");
    (id, raw)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_worker_processes_each_killed_by_signal_9_pass_every_message_exactly_once() {
    let servers = Servers::start().await;
    let (addresses, rows, wire) = (
        servers.addresses(),
        servers.rows().await,
        servers.wire().await,
    );
    let mut workers: Vec<Child> = (1..=WORKERS)
        .map(|number| start(number, &addresses))
        .collect();
    let mut sink = wire.listen("bench-sink", "bench.hop.v1.bench-sink").await;
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let seeing = seen.clone();
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = sink.next().await {
            let hop: serde_json::Value = serde_json::from_slice(&delivery.data).unwrap();
            let id: Uuid = hop["dossier"].as_str().unwrap().parse().unwrap();
            seeing.lock().unwrap().insert(id);
        }
    });

    let mut chance = Chance(SEED);
    let mut kills: Vec<(u64, usize)> = (0..WORKERS)
        .map(|worker| (50 + chance.below(900), worker))
        .collect();
    kills.sort_unstable();
    let mut beat = tokio::time::interval(Duration::from_millis(8));
    for number in 0..COUNT {
        beat.tick().await;
        wire.publish([message(number).1]).await;
        while kills
            .first()
            .is_some_and(|(moment, _)| *moment <= u64::from(number))
        {
            let (_, worker) = kills.remove(0);
            workers[worker].kill().await.expect("it was alive");
            workers[worker] = start(worker + 1, &addresses);
        }
    }
    assert!(kills.is_empty(), "every worker was killed once");

    let all: HashSet<Uuid> = (0..COUNT).map(|number| message(number).0).collect();
    eventually(
        "every message comes out at the end",
        all.len(),
        async || seen.lock().unwrap().len(),
    )
    .await;
    assert_eq!(*seen.lock().unwrap(), all);
    for number in 1..=WORKERS {
        let schema = format!("bench_{number}");
        let sums = format!("SELECT SUM(times)::bigint FROM {schema}.passed");
        assert_eq!(
            rows.count(&schema, "passed").await,
            Some(i64::from(COUNT)),
            "messages in {schema}, seed {SEED}"
        );
        assert_eq!(
            rows.number(&sums).await,
            Some(i64::from(COUNT)),
            "effects in {schema}, seed {SEED}"
        );
        assert_eq!(
            rows.count(&schema, "parked").await,
            Some(0),
            "parked in {schema}"
        );
    }
}
