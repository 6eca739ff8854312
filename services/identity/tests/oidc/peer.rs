//! The provider of these stories, as a process, and where it says by itself that somebody has signed out.

use std::{path::Path, process::Stdio, time::Duration};

use axum::{Router, routing::post};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::timeout,
};

/// Longer than this nothing takes on any machine.
const LONG: Duration = Duration::from_mins(1);

/// A running provider.
pub struct Peer {
    /// Who it is.
    pub issuer: String,
    /// Asks it as a browser does that follows nobody by itself.
    pub client: reqwest::Client,
    caught: Mutex<mpsc::UnboundedReceiver<String>>,
    /// Ends with this.
    _process: Child,
}

impl Peer {
    /// Starts one in the time of a stage. It sends browsers back to `providers` of that stage.
    pub async fn open(providers: &[&str]) -> Self {
        chassis::install_cryptography();
        let (catcher, caught) = catch().await;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = Command::new(root.join("../../scripts/oidc-provider"))
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&modules.stderr);
        assert!(modules.status.success(), "{said}");
        let modules = String::from_utf8(modules.stdout).unwrap();
        let back = |id: &&str| format!("http://localhost/identity/oidc/{id}/callback");
        let given = json!({
            "now": testkit::start_of_play().timestamp_millis(),
            "redirect_uris": providers.iter().map(back).collect::<Vec<_>>(),
            "post_logout": "http://localhost/intake/",
            "logout_catcher": catcher,
        });
        let mut process = Command::new("node")
            .arg(root.join("tests/oidc/peer.mjs"))
            .arg(given.to_string())
            .env("NODE_PATH", modules.trim())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = timeout(LONG, lines.next_line()).await.unwrap().unwrap();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(LONG)
            .build();
        Self {
            issuer: issuer.unwrap(),
            client: client.unwrap(),
            caught: Mutex::new(caught),
            _process: process,
        }
    }

    /// What it does wrong from now on.
    pub async fn does(&self, wrong: &Value) {
        let url = format!("{}/control", self.issuer);
        let answer = self.client.post(url).body(wrong.to_string()).send().await;
        assert!(answer.unwrap().status().is_success());
    }

    /// The next logout token that it sends.
    pub async fn logout_token(&self) -> String {
        let mut caught = self.caught.lock().await;
        let form = timeout(LONG, caught.recv()).await.unwrap().unwrap();
        form.strip_prefix("logout_token=").unwrap().to_owned()
    }
}

/// Takes what a provider says by itself, in place of a service on a stage, which no network reaches.
async fn catch() -> (String, mpsc::UnboundedReceiver<String>) {
    let (sender, caught) = mpsc::unbounded_channel();
    let take = move |form: String| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(form);
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/logout", post(take));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}/logout"), caught)
}
