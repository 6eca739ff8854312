//! What a stream costs: many uploads under way at once, none of them done, and the memory that the service takes for them.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chassis::StartError;
use clap::Args;
use futures::{StreamExt, future::try_join_all, stream};
use reqwest::{Body, Client, Response};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::{machine, this_program};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Uploads under way at once.
    #[arg(long, default_value_t = 100)]
    streams: usize,
    /// The size of each, in MiB.
    #[arg(long, default_value_t = 12)]
    megabytes: usize,
}

const MIB: usize = 1024 * 1024;
/// Bytes that a client sends at once.
const PIECE: usize = 16 * 1024;

/// Measures it: against a service of its own, with `STORE_URL` and the rest as the environment says.
pub async fn run(options: Options) -> Result<(), StartError> {
    let folder = tempfile::tempdir().map_err(|error| failed("a folder", &error))?;
    let before = machine::load();
    let service = Service::start(folder.path(), &options)?;
    let measured = measure(&service, &options).await;
    let (idle, busy) = measured.map_err(|error| failed("the uploads", &error))?;
    #[expect(clippy::cast_precision_loss, reason = "some hundred streams")]
    let each = (busy - idle) / options.streams as f64;
    println!(
        "{} uploads of {} MiB under way at once, load average {before} before and {} after",
        options.streams,
        options.megabytes,
        machine::load()
    );
    println!("memory of the service without them: {idle:.1} MiB, with them: {busy:.1} MiB");
    println!("a stream: {each:.2} MiB (limit 1.00)");
    Ok(())
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::because(&format!("bench uploads: {what}"), error)
}

/// The service's own memory without and with the uploads, in MiB.
async fn measure(service: &Service, options: &Options) -> Result<(f64, f64), reqwest::Error> {
    chassis::install_cryptography();
    let client = Client::new();
    let url = &service.url;
    let is_ready = async || {
        let ready = client.get(format!("{url}/ready")).send().await;
        ready.is_ok_and(|ready| ready.status().is_success())
    };
    while !is_ready().await {
        sleep(Duration::from_millis(100)).await;
    }
    let token = sign_in(&client, url).await?;
    // One alone first: what the first one wakes up is not the price of the others.
    let warm = Uploads::begin(&client, url, &token, 1, options.megabytes).await?;
    warm.finish().await?;
    let idle = machine::resident(service.child.id());
    let uploads = Uploads::begin(&client, url, &token, options.streams, options.megabytes).await?;
    let mut busy: f64 = 0.0;
    for tenth in 1..10 {
        uploads.come_to(options.megabytes * MIB / 10 * tenth).await;
        busy = busy.max(machine::resident(service.child.id()));
    }
    uploads.finish().await?;
    Ok((idle, busy.max(machine::resident(service.child.id()))))
}

async fn sign_in(client: &Client, url: &str) -> Result<String, reqwest::Error> {
    let (login, password) = ("0912345678", "vi-du-mot-cua-2026");
    let account = json!({ "name": "Nguyễn Thị Ví Dụ", "citizen_id": "066190001234", "phone": login, "password": password });
    let made = client
        .post(format!("{url}/identity/accounts"))
        .json(&account);
    made.send().await?.error_for_status()?;
    let session = json!({ "login": login, "password": password });
    let session = client
        .post(format!("{url}/identity/sessions"))
        .json(&session);
    let session: Value = session.send().await?.error_for_status()?.json().await?;
    Ok(session["token"].as_str().unwrap_or_default().to_owned())
}

/// Uploads that go on as far as they are let.
struct Uploads {
    /// Bytes that each may have sent.
    far: watch::Sender<usize>,
    sent: Vec<watch::Receiver<usize>>,
    answers: Vec<tokio::task::JoinHandle<Result<Response, reqwest::Error>>>,
    bytes: usize,
}

impl Uploads {
    async fn begin(
        client: &Client,
        url: &str,
        token: &str,
        count: usize,
        megabytes: usize,
    ) -> Result<Self, reqwest::Error> {
        let bytes = megabytes * MIB;
        let (far, _) = watch::channel(0);
        let begun = (0..count).map(|_| {
            let request = client
                .post(format!("{url}/scan/uploads"))
                .bearer_auth(token);
            let request = request.header("tus-resumable", "1.0.0");
            request.header("upload-length", bytes).send()
        });
        let mut uploads = Self {
            far,
            sent: Vec::new(),
            answers: Vec::new(),
            bytes,
        };
        for (number, begun) in try_join_all(begun).await?.into_iter().enumerate() {
            let begun = begun.error_for_status()?;
            let place = begun.headers().get("location");
            let place = place.and_then(|place| place.to_str().ok());
            let place = format!("{url}{}", place.unwrap_or_default());
            let (tell, sent) = watch::channel(0);
            uploads.sent.push(sent);
            let body = body(uploads.far.subscribe(), tell, bytes, number);
            let request = client.patch(place).bearer_auth(token).body(body);
            let request = request
                .header("tus-resumable", "1.0.0")
                .header("upload-offset", 0)
                .header("content-type", "application/offset+octet-stream");
            uploads.answers.push(tokio::spawn(request.send()));
        }
        Ok(uploads)
    }

    /// Lets each go on until this many bytes are on their way, and waits for it.
    async fn come_to(&self, bytes: usize) {
        self.far.send_replace(bytes);
        for sent in &self.sent {
            let _ = sent.clone().wait_for(|sent| *sent >= bytes).await;
        }
    }

    async fn finish(self) -> Result<(), reqwest::Error> {
        self.come_to(self.bytes).await;
        for answer in self.answers {
            if let Ok(answer) = answer.await {
                answer?.error_for_status()?;
            }
        }
        Ok(())
    }
}

/// A file like a photo in its first bytes and like no other in the rest, sent as far as it may be.
fn body(
    far: watch::Receiver<usize>,
    tell: watch::Sender<usize>,
    bytes: usize,
    number: usize,
) -> Body {
    let pieces = stream::unfold((far, tell, 0), move |(mut far, tell, at)| async move {
        tell.send_replace(at);
        if at == bytes {
            return None;
        }
        if far.wait_for(|far| *far > at).await.is_err() {
            return None;
        }
        let mut piece = vec![0; PIECE.min(bytes - at)];
        piece[..8].copy_from_slice(&(number + at).to_le_bytes());
        if at == 0 {
            piece[..4].copy_from_slice(&[0xff, 0xd8, 0xff, 0xe0]);
        }
        let now = at + piece.len();
        Some((Ok::<_, std::io::Error>(piece), (far, tell, now)))
    });
    Body::wrap_stream(pieces.boxed())
}

/// A service of one's own: killed when dropped.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(folder: &std::path::Path, options: &Options) -> Result<Self, StartError> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(|error| failed("a port", &error))?.port();
        let url = format!("http://localhost:{port}");
        let all = (options.streams + 1) * options.megabytes;
        let (program, _) = this_program()?;
        let child = Command::new(program)
            // As the images set it.
            .env("MALLOC_ARENA_MAX", "2")
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .env("DATA_DIR", folder)
            .env("HTTP_LISTEN", format!("127.0.0.1:{port}"))
            .env("PUBLIC_URL", &url)
            .env("JWKS_URL", format!("{url}/identity/.well-known/jwks.json"))
            .env("SCAN__PERSON_MEGABYTES", (2 * all).to_string())
            .env(
                "SCAN__PERSON_UPLOADS",
                (2 * options.streams + 2).to_string(),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| failed("the service", &error))?;
        Ok(Self { child, url })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
