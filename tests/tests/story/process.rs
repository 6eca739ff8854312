//! The story against `motcua` as a process of its own, heard by a collector: over the local bus, and over RabbitMQ and PostgreSQL.

use std::{collections::BTreeMap, fs};

use chassis::Clock;
use journeys::{
    eventually,
    motcua::{Motcua, program, root},
    rows::Rows,
    servers::Servers,
    until,
    wire::Raw,
};
use uuid::Uuid;

use crate::{
    collector::Collector,
    telemetry::{HEARERS, Heard, Tables},
};

/// What is the citizen's and the officer's own: the story's examples, in the forms in which they travel.
const PERSONAL: [&str; 10] = [
    "Nguyễn Thị Ví Dụ",
    "Ví Dụ",
    "066190001234",
    "0912345678",
    "912345678",
    "vi.du@example.vn",
    "vi-du-mot-cua-2026",
    "15/01/1990",
    "Trần Văn Mẫu",
    "to-khai",
];

#[test]
fn who_reads_no_more_of_what_is_printed_ends_the_program_and_nothing_went_wrong() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut motcua = std::process::Command::new(program());
    let done = motcua
        .arg("config")
        .current_dir(root())
        .stdout(writer)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && complaint.is_empty(), "{complaint}");
}

/// `motcua` with a collector beside it that misses nothing, and a view of its tables.
struct Observed {
    collector: Collector,
    motcua: Motcua,
    databases: BTreeMap<&'static str, (Rows, String)>,
}

impl Observed {
    /// Starts it and waits until it is ready. `schemas`: whether the services share a database.
    async fn start(bus: &str, database: &str, schemas: bool) -> Self {
        chassis::install_cryptography();
        let (collector, endpoint) = Collector::start().await;
        let motcua = Motcua::start(&[
            ("BUS_URL", bus),
            ("DATABASE_URL", database),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("RUST_LOG", "debug"),
        ])
        .await;
        motcua.ready(&reqwest::Client::new()).await;
        let mut databases = BTreeMap::new();
        for service in HEARERS {
            let rows = Rows::open(&database.replace("{service}", service)).await;
            let schema = service.replace('-', "_");
            let prefix = if schemas {
                format!("{schema}.")
            } else {
                String::new()
            };
            databases.insert(service, (rows.expect("the database answers"), prefix));
        }
        Self {
            collector,
            motcua,
            databases,
        }
    }

    /// Counts what the tables hold; `None` while something said is still on its way.
    async fn settled(&self) -> Option<Vec<Tables>> {
        let mut all = Vec::new();
        for (service, (rows, prefix)) in &self.databases {
            let relayed = format!(
                "SELECT CAST(CASE WHEN open = '[]' AND high >= (SELECT COALESCE(MAX(seq), 0) FROM {prefix}outbox) \
                 THEN 1 ELSE 0 END AS BIGINT) FROM {prefix}relay"
            );
            let count = async |table: &str| {
                let sql = format!("SELECT COUNT(*) FROM {prefix}{table}");
                u64::try_from(rows.number(&sql).await?).ok()
            };
            let tables = Tables {
                service,
                inbox: count("inbox").await?,
                outbox: count("outbox").await?,
                parked: count("parked").await?,
                deferred: count("deferred").await?,
            };
            if rows.number(&relayed).await? != 1 || tables.deferred > 0 {
                return None;
            }
            all.push(tables);
        }
        Some(all)
    }

    /// Tells the story, waits until nothing is on its way and the gauges have seen it, stops, and checks what was heard.
    async fn tell(self, system: &'static str) {
        let printed = self.motcua.story().await;
        let mut words = printed
            .split_whitespace()
            .skip_while(|word| *word != "trace");
        let trace = words.nth(1).expect("the story names its trace").to_owned();
        until(
            "everything said has had its effect, and the gauges show it",
            Option::is_some,
            async || self.settled().await.filter(|all| self.shown(all)),
        )
        .await;
        let password = fs::read_to_string(self.motcua.operator_password_file());
        let password = password.expect("the first operator has a password");
        let tables = self.settled().await.expect("it stays so");
        let log = self.motcua.stop().await;

        let mut personal = PERSONAL.to_vec();
        personal.push(password.trim());
        for text in &personal {
            assert!(!log.contains(text), "the log names {text}");
        }
        let heard = Heard {
            collector: &self.collector,
            system,
            trace,
        };
        heard.one_trace_crosses_all_services();
        heard.every_request_is_measured();
        heard.every_message_is_counted(&tables);
        heard.every_wait_is_shown(&tables);
        heard.logs_go_with_spans();
        heard.nobody_is_named(&personal);
        if system == "rabbitmq" {
            heard.every_publish_is_timed(&tables);
        }
    }

    /// Whether the gauges, which look every few seconds, have looked since.
    fn shown(&self, all: &[Tables]) -> bool {
        all.iter().all(|tables| {
            let of = [("service", tables.service)];
            let shows = |gauge: &str, count: u64| {
                let waiting = self.collector.metric(gauge).sum(&of);
                waiting.to_string() == count.to_string()
            };
            shows("motcua.parked", tables.parked) && shows("motcua.deferred", tables.deferred)
        })
    }
}

#[tokio::test]
async fn what_is_told_of_the_story_agrees_with_the_tables_and_names_nobody() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let database = format!("sqlite://{}/{{service}}.db", data.path().display());
    let observed = Observed::start("local:", &database, false).await;
    observed.tell("local").await;
}

#[tokio::test]
async fn a_second_start_finds_the_data_of_the_first() {
    let server = Motcua::start(&[]).await;
    let first = server.story().await;
    let server = server.start_again().await;
    let second = server.story().await;
    assert!(
        first.contains("-0001, due") && second.contains("-0002, due"),
        "{first}\n{second}"
    );
    server.stop().await;
}

#[tokio::test]
async fn without_its_database_it_lives_says_that_it_is_not_ready_and_stops_when_told() {
    chassis::install_cryptography();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let database = format!("postgres://motcua:motcua@{address}/motcua");
    let server = Motcua::start(&[("DATABASE_URL", &database)]).await;
    let client = reqwest::Client::new();
    let status = async |path: &str| {
        let answer = client.get(format!("{}{path}", server.url())).send().await;
        answer.ok().map(|answer| {
            let again = answer.headers().contains_key("retry-after");
            (answer.status().as_u16(), again)
        })
    };
    eventually("it lives", Some((200, false)), async || {
        status("/live").await
    })
    .await;
    for path in ["/ready", "/intake/", "/payment/orders"] {
        assert_eq!(status(path).await, Some((503, true)), "{path}");
    }
    let log = server.stop().await;
    assert!(log.contains("DATABASE_URL"), "{log}");
}

/// With a message in it that nobody can read, and that has a citizen's name in it.
#[tokio::test]
async fn the_story_runs_over_rabbitmq_and_postgresql() {
    let servers = Servers::start().await;
    let addresses = servers.addresses();
    let observed = Observed::start(&addresses.bus, &addresses.database, true).await;
    let wire = servers.wire().await;
    let poison = Raw {
        key: "payment.request-fee.v1".to_owned(),
        headers: BTreeMap::new(),
        body: format!("{{\"payer_name\": \"{}\", \"total\": ", PERSONAL[0]).into_bytes(),
    };
    let poison = poison
        .with("cloudEvents_id", Uuid::from_u128(1).to_string())
        .with("cloudEvents_type", "payment.request-fee.v1")
        .with("cloudEvents_time", Clock::system().now().to_rfc3339())
        .with("traceparent", chassis::new_traceparent());
    wire.publish([poison]).await;
    observed.tell("rabbitmq").await;
    for service in HEARERS {
        let what = format!("nothing is left in the queue of {service}");
        eventually(&what, Some(0), async || wire.ready(service).await).await;
    }
}
