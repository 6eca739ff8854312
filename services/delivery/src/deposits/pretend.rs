//! A pretend national store that ships: a server on this machine that checks what it is given, keeps it once, and has bad days on
//! request. Tests and development send to it; nobody's store is reached.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};

/// What it wants to hear.
pub const TOKEN: &str = "pretend-token";

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Nothing.
    Good,
    /// It is broken; nothing is done.
    Down,
    /// It keeps what it is given, and no answer ever comes.
    Silent,
    /// It keeps what it is given, and nobody understands its answer.
    Nonsense,
    /// It wants none of it.
    Refusing,
}

#[derive(Default)]
struct Shelves {
    kept: Vec<(String, Value)>,
    asked: usize,
    days: VecDeque<Day>,
}

type Shared = Arc<Mutex<Shelves>>;

/// The store. It ends when this is dropped.
pub struct Store {
    shelves: Shared,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(shelves: &Shared) -> MutexGuard<'_, Shelves> {
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Opens it on this machine's inner address.
    pub async fn open() -> std::io::Result<Self> {
        let shelves = Shared::default();
        let routes = Router::new()
            .route("/papers", post(keep))
            .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
            .with_state(shelves.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "the pretend store ended");
            }
        });
        Ok(Self {
            shelves,
            address,
            task,
        })
    }

    /// Where papers are put.
    pub fn url(&self) -> String {
        format!("http://{}/papers", self.address)
    }

    /// What the next requests meet, one each; good days when they are used up.
    pub fn then(&self, days: impl IntoIterator<Item = Day>) {
        locked(&self.shelves).days.extend(days);
    }

    /// What it was told, in order, each once.
    pub fn kept(&self) -> Vec<Value> {
        let shelves = locked(&self.shelves);
        shelves
            .kept
            .iter()
            .map(|(_, paper)| paper.clone())
            .collect()
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        locked(&self.shelves).asked
    }
}

impl Shelves {
    /// Keeps a paper, once for each key; what it is called.
    fn keep(&mut self, key: String, paper: Value) -> String {
        let place = self.kept.iter().position(|(known, _)| *known == key);
        let place = place.unwrap_or_else(|| {
            self.kept.push((key, paper));
            self.kept.len() - 1
        });
        format!("KHO-{}", place + 1)
    }
}

/// What is wrong with a paper.
fn flaw(paper: &Value) -> Option<&'static str> {
    let text = |name: &str| paper.get(name).and_then(Value::as_str).unwrap_or_default();
    let wanted = ["number", "title", "citizenId", "organisation", "checkUrl"];
    if wanted.iter().any(|name| text(name).is_empty()) {
        return Some("something is missing");
    }
    let file = BASE64.decode(text("file")).unwrap_or_default();
    (hex::encode(Sha256::digest(&file)) != text("sha256")).then_some("the file is another one")
}

async fn keep(State(shelves): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = told("idempotency-key").unwrap_or_default().to_owned();
    let is_known = told(header::AUTHORIZATION.as_str()) == Some(&format!("Bearer {TOKEN}"));
    let (day, reference) = {
        let mut shelves = locked(&shelves);
        shelves.asked += 1;
        let day = shelves.days.pop_front().unwrap_or(Day::Good);
        match day {
            Day::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Day::Refusing => {
                let why = "this citizen has no store";
                return (StatusCode::UNPROCESSABLE_ENTITY, why).into_response();
            }
            _ => {}
        }
        if !is_known {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let paper: Value = serde_json::from_str(&body).unwrap_or_default();
        if let Some(flaw) = flaw(&paper) {
            return (StatusCode::BAD_REQUEST, flaw).into_response();
        }
        (day, shelves.keep(key, paper))
    };
    match day {
        Day::Silent => std::future::pending().await,
        Day::Nonsense => "<html>\u{0}".into_response(),
        _ => axum::Json(json!({ "reference": reference })).into_response(),
    }
}
