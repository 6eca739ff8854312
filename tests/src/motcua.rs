//! The whole system as a process of its own: the built program `motcua` at a free port, with a folder for its data.

use std::{path::PathBuf, process::Stdio, time::Duration};

use reqwest::Client;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::eventually;

/// `motcua` at work. Dropping it kills it.
pub struct Motcua {
    child: Child,
    data: TempDir,
    port: u16,
    url: String,
}

/// The built program beside this test.
///
/// # Panics
/// When it is not built.
pub fn program() -> PathBuf {
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

/// The project's root: catalogue and examples are found from there.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    listener.local_addr().expect("an address").port()
}

impl Motcua {
    /// Starts it on SQLite and the local bus, where `variables` say nothing else.
    ///
    /// # Panics
    /// When the program is not built.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        Self::start_on(data, variables).await
    }

    async fn start_on(data: TempDir, variables: &[(&str, &str)]) -> Self {
        let port = free_port().await;
        let url = format!("http://localhost:{port}");
        let log = std::fs::File::create(data.path().join("log")).expect("a log file");
        let child = Command::new(program())
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
        Self {
            child,
            data,
            port,
            url,
        }
    }

    /// Where its pages are, as browsers know it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of this machine at which it answers.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps the first operator's password.
    pub fn operator_password_file(&self) -> PathBuf {
        self.data.path().join("operator-password")
    }

    /// Waits until it is ready and tokens can be checked.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn ready(&self, client: &Client) {
        for path in ["ready", "identity/.well-known/jwks.json"] {
            let address = format!("{}/{path}", self.url);
            eventually(&format!("{address} answers"), true, async || {
                let answer = client.get(&address).send().await;
                answer.is_ok_and(|answer| answer.status().is_success())
            })
            .await;
        }
    }

    /// Tells the story over HTTP and returns what it printed.
    ///
    /// # Panics
    /// When the story stops.
    pub async fn story(&self) -> String {
        let told = Command::new(program())
            .current_dir(root())
            .args(["story", "--url", &self.url])
            .arg("--operator-password-file")
            .arg(self.operator_password_file())
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

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }

    /// Ends it as Kubernetes does, and expects that it obeys; what it has logged.
    ///
    /// # Panics
    /// When it does not end in time or not well.
    pub async fn stop(mut self) -> String {
        self.end().await;
        self.log()
    }

    /// Stops it and starts it on the same data.
    ///
    /// # Panics
    /// When it does not end in time or not well.
    pub async fn start_again(mut self) -> Self {
        self.end().await;
        Self::start_on(self.data, &[]).await
    }

    async fn end(&mut self) {
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
    }
}
