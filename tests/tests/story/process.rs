//! The story against `motcua` as a process of its own: over the local bus with telemetry, and over RabbitMQ and PostgreSQL.

use std::{collections::BTreeSet, path::PathBuf, process::Stdio, time::Duration};

use journeys::{eventually, servers::Servers};
use tokio::process::{Child, Command};

use crate::collector::Collector;

/// The built program beside this test.
fn motcua() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let program = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>")
        .join("motcua");
    assert!(
        program.exists(),
        "{} is missing: build the workspace first",
        program.display()
    );
    program
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

struct Server {
    child: Child,
    data: tempfile::TempDir,
    url: String,
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    listener.local_addr().expect("an address").port()
}

impl Server {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let port = free_port().await;
        let url = format!("http://localhost:{port}");
        let log = std::fs::File::create(data.path().join("log")).expect("a log file");
        let child = Command::new(motcua())
            .current_dir(root())
            .env("DATA_DIR", data.path())
            .env("HTTP_LISTEN", format!("127.0.0.1:{port}"))
            .env("PUBLIC_URL", &url)
            .env("JWKS_URL", format!("http://127.0.0.1:{port}/identity/.well-known/jwks.json"))
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "debug,sqlx=info,sea_orm=info,hyper=info,lapin=info,h2=info,reqwest=info,typst=info")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("motcua starts");
        Self { child, data, url }
    }

    /// Tells the story and returns what it printed.
    async fn story(&self) -> String {
        let told = Command::new(motcua())
            .current_dir(root())
            .args(["story", "--url", &self.url])
            .arg("--operator-password-file")
            .arg(self.data.path().join("operator-password"))
            .arg("--result")
            .arg(self.data.path().join("result.pdf"))
            .output()
            .await
            .expect("the story runs");
        let printed = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(
            told.status.success(),
            "{printed}\n{}\n{}",
            String::from_utf8_lossy(&told.stderr),
            self.log()
        );
        printed
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }

    /// Ends it as Kubernetes does, and expects that it obeys.
    async fn stop(mut self) -> String {
        let id = self.child.id().expect("it runs").to_string();
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .expect("kill");
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        assert!(
            ended.expect("it stops in time").expect("it ends").success(),
            "{}",
            self.log()
        );
        self.log()
    }
}

#[tokio::test]
async fn one_trace_shows_a_dossier_crossing_all_services_and_no_log_names_a_person() {
    let (collector, endpoint) = Collector::start().await;
    let server = Server::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    let printed = server.story().await;
    let trace = printed
        .lines()
        .rfind(|line| line.trim_start().starts_with("trace"))
        .unwrap_or_default();
    let trace = trace
        .split_whitespace()
        .nth(1)
        .expect("the story names its trace")
        .to_owned();
    let log = server.stop().await;
    let all: BTreeSet<String> = [
        "scan",
        "intake",
        "desk",
        "payment",
        "delivery",
        "notification",
        "agency-civil-status",
    ]
    .map(str::to_owned)
    .into();
    eventually(
        "one trace crosses all services that hear messages",
        all,
        async || collector.services_in(&trace),
    )
    .await;
    for personal in [
        "Nguyễn Thị Ví Dụ",
        "Ví Dụ",
        "066190001234",
        "912345678",
        "vi.du@example.vn",
        "vi-du-mot-cua-2026",
        "to-khai",
    ] {
        assert!(!log.contains(personal), "the log names {personal}");
    }
}

#[tokio::test]
async fn a_second_start_finds_the_data_of_the_first() {
    let server = Server::start(&[]).await;
    let first = server.story().await;
    let second = server.story().await;
    assert!(
        first.contains("-0001, due") && second.contains("-0002, due"),
        "{first}\n{second}"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_story_runs_over_rabbitmq_and_postgresql() {
    let servers = Servers::start().await;
    let addresses = servers.addresses();
    let server = Server::start(&[
        ("BUS_URL", &addresses.bus),
        ("DATABASE_URL", &addresses.database),
    ])
    .await;
    server.story().await;
    server.stop().await;
}
