//! A provider of text messages over SMPP 3.4: one line, held open as a transceiver.

pub mod pdu;
pub mod receipt;
mod session;
mod wire;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use chassis::StartError;
use chrono::{DateTime, TimeDelta, Utc};
use rusmpp::CommandStatus;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use self::wire::Io;
use self::{
    pdu::Meant,
    session::{Answered, Ask},
    wire::Wire,
};
use super::{
    Outgoing, Receipt, Taken, Untaken,
    config::Smpp,
    http::unanswered,
    sms::{Phone, text},
};

/// How often a further part of a message is tried again when the provider is at its limit.
const PART_TRIES: u32 = 10;

/// A receipt, and the word to be given once it is written down.
pub(super) type Told = (Receipt, oneshot::Sender<()>);
/// Hears what an answer that came too late says of a message: what it was taken as, or that it was not.
pub(super) type Late = Arc<dyn Fn(Uuid, Option<Taken>) + Send + Sync>;

/// How the line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Connecting,
    Bound,
    Broken(String),
}

/// One provider's line.
pub struct Line {
    name: String,
    config: Smpp,
    asks: mpsc::Sender<Ask>,
    state: watch::Receiver<State>,
    closing: CancellationToken,
    closed: CancellationToken,
    reference: AtomicU8,
}

/// What the task that holds the line has to do with the rest of the world.
struct Ends {
    asks: mpsc::Receiver<Ask>,
    state: watch::Sender<State>,
    closing: CancellationToken,
    told: mpsc::Sender<Told>,
    late: Late,
}

impl Line {
    /// Reads the configuration and begins to hold the line; that the provider is not there yet is no error.
    pub(super) fn open(
        name: &str,
        config: &Smpp,
        told: mpsc::Sender<Told>,
        late: Late,
    ) -> Result<Self, StartError> {
        let refuse = |key: &str, why: &str| {
            StartError::new(format!(
                "notification: the SMS provider {name}: smpp.{key} {why}"
            ))
        };
        let wire = Wire::read(config).map_err(|(key, why)| refuse(key, &why))?;
        pdu::bind(config).map_err(|key| refuse(key, "is longer than SMPP allows, or not ASCII"))?;
        pdu::source(config)
            .map_err(|key| refuse(key, "is longer than SMPP allows, or not ASCII"))?;
        // One ask waits at most: what waits longer is told so at once.
        let (asks, asked) = mpsc::channel(1);
        let (state, seen) = watch::channel(State::Connecting);
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        let ends = Ends {
            asks: asked,
            state,
            closing: closing.clone(),
            told,
            late,
        };
        let held = hold(name.to_owned(), config.clone(), wire, ends);
        let done = closed.clone().drop_guard();
        tokio::spawn(async move {
            held.await;
            drop(done);
        });
        Ok(Self {
            name: name.to_owned(),
            config: config.clone(),
            asks,
            state: seen,
            closing,
            closed,
            reference: AtomicU8::new(0),
        })
    }

    /// Hands a text to the provider, in as many parts as it takes.
    pub async fn send(
        &self,
        outgoing: &Outgoing,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let number = Phone::Bare
            .write(&outgoing.to)
            .ok_or_else(|| Untaken::Refused {
                provider: self.name.clone(),
                code: "number".into(),
                reason: "it is no telephone number".into(),
            })?;
        let text = if self.config.accents {
            text.to_owned()
        } else {
            text::unaccented(text)
        };
        let reference = self.reference.fetch_add(1, Ordering::Relaxed);
        let parts = pdu::submits(&self.config, &number, &text, reference, outgoing.urgent)
            .map_err(|why| Untaken::Malformed(why.to_owned()))?;
        let last = parts.len() - 1;
        let mut tries = 0;
        let mut parts = parts.into_iter().enumerate().peekable();
        while let Some((at, part)) = parts.peek() {
            let late = (*at == last).then_some(outgoing.id);
            match (*at, self.submit(part.clone(), late, now).await) {
                (at, Ok(taken)) if at == last => return Ok(taken),
                (_, Ok(_)) => {
                    parts.next();
                }
                // The beginning is under way: what is missing goes after it, as soon as it may.
                (1.., Err(Untaken::Limited { .. })) if tries < PART_TRIES => {
                    tries += 1;
                    sleep(Duration::from_secs(self.config.limited_seconds.into())).await;
                }
                (0, Err(untaken)) => return Err(untaken),
                (1.., Err(_)) => {
                    return Err(unanswered(
                        &self.name,
                        "only the beginning of the text was taken",
                    ));
                }
            }
        }
        Err(Untaken::Malformed("it has no part".into()))
    }

    async fn submit(
        &self,
        pdu: rusmpp::pdus::SubmitSm,
        late: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let down = |reason: String| Untaken::Down {
            provider: self.name.clone(),
            reason,
        };
        let patience = Duration::from_secs(self.config.timeout_seconds);
        let mut state = self.state.clone();
        let settled = timeout(
            patience,
            state.wait_for(|state| *state != State::Connecting),
        )
        .await;
        match settled.map(|settled| settled.map(|state| state.clone())) {
            Ok(Ok(State::Bound)) => {}
            Ok(Ok(State::Broken(reason))) => return Err(down(reason)),
            _ => return Err(down("there is no line".into())),
        }
        let (answer, answered) = oneshot::channel();
        if self
            .asks
            .send_timeout(Ask { pdu, late, answer }, patience)
            .await
            .is_err()
        {
            return Err(Untaken::Limited {
                provider: self.name.clone(),
                until: now + TimeDelta::seconds(self.config.limited_seconds.into()),
            });
        }
        match answered.await {
            Ok(Answered::Said(status, reference)) => self.read(status, reference, now),
            Ok(Answered::NotAsked(reason)) => Err(down(reason)),
            Ok(Answered::Silence) | Err(_) => Err(unanswered(
                &self.name,
                "it was asked and did not answer in time",
            )),
        }
    }

    fn read(
        &self,
        status: CommandStatus,
        reference: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Taken, Untaken> {
        let provider = self.name.clone();
        let code = pdu::code(status);
        let reason = format!("the provider's status {code}");
        Err(match pdu::meaning(status, &self.config.codes) {
            Meant::Taken => return Ok(taken(&provider, reference)),
            Meant::Refused => Untaken::Refused {
                provider,
                code,
                reason,
            },
            Meant::Later => Untaken::Later {
                provider,
                code,
                reason,
            },
            Meant::Limited => Untaken::Limited {
                provider,
                until: now + TimeDelta::seconds(self.config.limited_seconds.into()),
            },
            Meant::Down => Untaken::Down { provider, reason },
            Meant::Malformed => Untaken::Malformed(format!("{provider}: {reason}")),
        })
    }

    /// Takes leave: what was asked is still waited for, nothing more is taken.
    pub async fn close(&self) {
        self.closing.cancel();
        self.closed.cancelled().await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

fn taken(provider: &str, reference: Option<String>) -> Taken {
    let reference = reference.filter(|reference| !reference.is_empty());
    Taken {
        provider: provider.to_owned(),
        confirmed: reference.is_none(),
        reference,
    }
}

/// Holds the line for as long as it is wanted.
async fn hold(name: String, config: Smpp, wire: Wire, mut ends: Ends) {
    let closing = ends.closing.clone();
    let (least, most) = (
        Duration::from_secs(config.reconnect_seconds.into()),
        Duration::from_secs(config.longest_reconnect_seconds.into()),
    );
    let mut wait = least;
    while !closing.is_cancelled() {
        let reason = match tokio::select! {
            () = closing.cancelled() => break,
            bound = session::bind(&wire, &config) => bound,
        } {
            Ok(framed) => {
                wait = least;
                ends.state.send_replace(State::Bound);
                session::run(framed, &name, &config, &mut ends).await
            }
            Err(reason) => reason,
        };
        if closing.is_cancelled() {
            break;
        }
        tracing::warn!(
            provider = name,
            reason,
            "there is no line to a provider of text messages"
        );
        ends.state.send_replace(State::Broken(reason.clone()));
        let waited = sleep(wait);
        tokio::pin!(waited);
        loop {
            tokio::select! {
                () = &mut waited => break,
                () = closing.cancelled() => break,
                Some(ask) = ends.asks.recv() => ask.not_asked(&reason),
            }
        }
        wait = (wait * 2).min(most);
        ends.state.send_replace(State::Connecting);
    }
    ends.state
        .send_replace(State::Broken("we are closing".into()));
    ends.asks.close();
    while let Some(ask) = ends.asks.recv().await {
        ask.not_asked("we are closing");
    }
}
