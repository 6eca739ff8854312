//! Pretend providers that ship: servers on this machine that speak the real protocols, remember what they took, and have bad
//! days on request. Tests and development send to them; nobody is reached.

pub mod push;
pub mod smpp;
pub mod sms;
pub mod town;
pub mod zalo;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Nothing.
    Good,
    /// The answer takes so long.
    Slow(Duration),
    /// It is at its limit and wants to be asked again after so many seconds; nothing is done.
    Throttled(u32),
    /// The message is taken, and the line breaks before the answer.
    Dropped,
    /// The message is taken, and no answer ever comes.
    Silent,
    /// It does not know who is asking.
    WrongCredentials,
    /// It is down; nothing is done.
    Down,
    /// It answers, and nobody understands it.
    Nonsense,
    /// There is nobody at this number.
    NoSuchPerson,
}

/// The days to come, one a request; good ones when they are used up.
#[derive(Debug, Clone, Default)]
pub struct Days(Arc<Mutex<VecDeque<Day>>>);

impl Days {
    /// What the next requests meet.
    pub fn then(&self, days: impl IntoIterator<Item = Day>) {
        locked(&self.0).extend(days);
    }

    /// The next one.
    pub fn next(&self) -> Day {
        locked(&self.0).pop_front().unwrap_or(Day::Good)
    }
}

/// A server over HTTP on a port of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts it on this machine's inner address.
    pub async fn start(routes: Router) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "a pretend provider ended");
            }
        });
        Ok(Self { address, task })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer of a day on which nothing is done; nothing on others.
pub(crate) fn refused(day: Day) -> Option<Response> {
    match day {
        Day::Throttled(seconds) => {
            let again = [(header::RETRY_AFTER, HeaderValue::from(seconds))];
            Some((StatusCode::TOO_MANY_REQUESTS, again).into_response())
        }
        Day::Down => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        _ => None,
    }
}

/// The answer, as the day has it.
pub(crate) async fn answered(day: Day, answer: Response) -> Response {
    match day {
        Day::Slow(long) => {
            tokio::time::sleep(long).await;
            answer
        }
        Day::Silent => std::future::pending().await,
        Day::Dropped => {
            let broken = futures::stream::iter([Err::<Vec<u8>, _>(std::io::Error::other(
                "the line breaks",
            ))]);
            Body::from_stream(broken).into_response()
        }
        Day::Nonsense => "<html>\u{0}".into_response(),
        _ => answer,
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
