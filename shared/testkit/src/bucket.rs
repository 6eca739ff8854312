//! A bucket on an S3 server that speaks the whole protocol, signatures included, and can have its bad days.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use s3s::{auth::SimpleAuth, service::S3Service, service::S3ServiceBuilder};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// What the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Its work.
    Good,
    /// Answers everything with 503.
    Busy,
    /// Has no room: answers whatever writes with 507.
    Full,
}

/// The bucket `papers`, empty at first.
pub struct Bucket {
    folder: TempDir,
    address: SocketAddr,
    served: Served,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Served {
    s3: S3Service,
    day: Arc<Mutex<Day>>,
    /// Bytes of each part of an upload that came.
    parts: Arc<Mutex<Vec<u64>>>,
}

const NAME: &str = "papers";
const KEY: &str = "motcua";
const SECRET: &str = "not-a-secret";

impl Bucket {
    /// Starts the server.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(NAME)).expect("the bucket");
        let store = s3s_fs::FileSystem::new(folder.path()).expect("a store");
        let mut s3 = S3ServiceBuilder::new(store);
        s3.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let mut bucket = Self {
            folder,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            served: Served {
                s3: s3.build(),
                day: Arc::new(Mutex::new(Day::Good)),
                parts: Arc::default(),
            },
            stop: CancellationToken::new(),
        };
        bucket.start().await;
        bucket
    }

    /// Serves again, where it served before.
    pub async fn start(&mut self) {
        let listener = tokio::net::TcpListener::bind(self.address).await;
        let listener = listener.expect("the server's port");
        self.address = listener.local_addr().expect("the server's address");
        self.stop = CancellationToken::new();
        let app = Router::new()
            .fallback(answer)
            .with_state(self.served.clone());
        let stopped = self.stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let serving = axum::serve(listener, app).into_future();
            tokio::select! { _ = serving => {}, () = stopped => {} }
        });
    }

    /// Nobody listens any more.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// What the server does from now on.
    pub fn has(&self, day: Day) {
        *self.served.day.lock().expect("the day") = day;
    }

    /// The variables that lead a service here.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STORE_URL", format!("s3://{NAME}/{{service}}")),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "vn-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    /// Bytes of each part of an upload that came, in their order.
    pub fn parts(&self) -> Vec<u64> {
        self.served.parts.lock().expect("the parts").clone()
    }

    /// Uploads in parts that were begun and neither completed nor aborted: what is paid for and never seen.
    pub fn unfinished(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.folder.path()).expect("the server's folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.contains("upload") {
                found.push(path);
            }
        }
        found
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn answer(State(served): State<Served>, request: Request) -> Response {
    let day = *served.day.lock().expect("the day");
    let writes = !request.method().is_safe() && request.method() != "DELETE";
    match day {
        Day::Busy => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Day::Full if writes => return StatusCode::INSUFFICIENT_STORAGE.into_response(),
        _ => {}
    }
    let query = request.uri().query().unwrap_or_default();
    if query.contains("partNumber=") {
        let length = request.headers().get("content-length");
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut parts = served.parts.lock().expect("the parts");
        parts.push(length.unwrap_or_default());
    }
    match served
        .s3
        .call(request.map(s3s::Body::http_body_unsync))
        .await
    {
        Ok(answer) => answer.map(Body::new),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
