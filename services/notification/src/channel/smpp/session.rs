//! One bound session: it signs in, sends within a window, answers what the provider asks, notices when nobody is there any
//! more, and takes leave.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chassis::Clock;
use futures::{FutureExt, SinkExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use rusmpp::{
    Command, CommandId, CommandStatus, Pdu,
    pdus::{DeliverSm, DeliverSmResp, SubmitSm},
    tokio_codec::CommandCodec,
};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::codec::Framed;
use uuid::Uuid;

use super::{
    Ends, pdu, receipt, taken,
    wire::{Io, Wire},
};
use crate::channel::{Receipt, config::Smpp};

/// Numbers of packets go up to here (SMPP 3.4 §3.2).
const HIGHEST: u32 = 0x7FFF_FFFF;
/// How many answers that are overdue are still listened for.
const MOST_OVERDUE: usize = 1_000;

pub(super) type Frames = Framed<Box<dyn Io>, CommandCodec>;

/// A packet to be sent, and where its answer goes.
pub(super) struct Ask {
    pub pdu: SubmitSm,
    /// Whom an answer that comes too late is about.
    pub late: Option<Uuid>,
    pub answer: oneshot::Sender<Answered>,
}

/// What became of a packet.
#[derive(Debug)]
pub(super) enum Answered {
    /// The provider answered with a status, and a name for the message.
    Said(CommandStatus, Option<String>),
    /// It was not sent.
    NotAsked(String),
    /// It was sent, and nobody knows more.
    Silence,
}

impl Ask {
    pub(super) fn not_asked(self, reason: &str) {
        // Who asked may have gone.
        let _ = self.answer.send(Answered::NotAsked(reason.to_owned()));
    }
}

/// Reaches the provider and signs in; the error says why not, without what was said.
pub(super) async fn bind(wire: &Wire, config: &Smpp) -> Result<Frames, String> {
    let mut frames = Framed::new(wire.reach().await?, CommandCodec::new());
    let bind = pdu::bind(config).map_err(|key| format!("smpp.{key} does not fit"))?;
    let patience = Duration::from_secs(config.timeout_seconds);
    let answered = timeout(patience, async {
        frames
            .send(Command::new(CommandStatus::EsmeRok, 1, bind))
            .await
            .ok()?;
        loop {
            let frame = frames.next().await?.ok()?;
            match frame.id() {
                CommandId::BindTransceiverResp | CommandId::GenericNack => {
                    return Some(frame.status());
                }
                _ => {}
            }
        }
    });
    match answered.await {
        Ok(Some(CommandStatus::EsmeRok)) => Ok(frames),
        Ok(Some(status)) => Err(format!("it does not let us in: {}", pdu::code(status))),
        Ok(None) => Err("the line broke off while signing in".into()),
        Err(_) => Err("it does not answer our signing in".into()),
    }
}

struct Pending {
    answer: oneshot::Sender<Answered>,
    late: Option<Uuid>,
    until: Instant,
}

/// A `deliver_sm` whose answer waits until what it says is written down.
type Writing = BoxFuture<'static, (u32, bool)>;

struct Session<'a> {
    frames: Frames,
    name: &'a str,
    config: &'a Smpp,
    ends: &'a mut Ends,
    number: u32,
    pending: BTreeMap<u32, Pending>,
    overdue: HashMap<u32, Uuid>,
    writing: FuturesUnordered<Writing>,
    heard: Instant,
    /// Whether we asked if somebody is there.
    asked: bool,
    leaving: Option<Instant>,
}

/// Runs a session to its end; gives why it ended.
pub(super) async fn run(frames: Frames, name: &str, config: &Smpp, ends: &mut Ends) -> String {
    let mut session = Session {
        frames,
        name,
        config,
        ends,
        number: 1,
        pending: BTreeMap::new(),
        overdue: HashMap::new(),
        writing: FuturesUnordered::new(),
        heard: Instant::now(),
        asked: false,
        leaving: None,
    };
    let reason = session.live().await;
    for pending in std::mem::take(&mut session.pending).into_values() {
        let _ = pending.answer.send(Answered::Silence);
    }
    reason
}

impl Session<'_> {
    async fn live(&mut self) -> String {
        loop {
            let closing = self.ends.closing.clone();
            let window = usize::try_from(self.config.window.max(1)).unwrap_or(1);
            let room = self.pending.len() < window && self.leaving.is_none();
            let next = self.next_due();
            let went_on = tokio::select! {
                frame = self.frames.next() => match frame {
                    Some(Ok(frame)) => self.hear(frame).await,
                    Some(Err(_)) => Err("it says what is no SMPP".into()),
                    None => Err("it closed the line".into()),
                },
                Some(ask) = self.ends.asks.recv(), if room => self.submit(ask).await,
                Some((number, written)) = self.writing.next() => {
                    let status = if written {
                        CommandStatus::EsmeRok
                    } else {
                        CommandStatus::EsmeRxTAppn
                    };
                    self.say(status, number, DeliverSmResp::default()).await
                },
                () = sleep_until(next) => self.due().await,
                () = closing.cancelled(), if self.leaving.is_none() => {
                    self.leaving = Some(Instant::now() + self.patience());
                    Ok(())
                },
            };
            if let Err(reason) = went_on {
                return reason;
            }
            if self.leaving.is_some() && self.pending.is_empty() {
                return self.leave().await;
            }
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.config.timeout_seconds)
    }

    /// When something has to be done unless the provider speaks first.
    fn next_due(&self) -> Instant {
        let quiet = Duration::from_secs(self.config.enquire_seconds.into());
        let silence = self.heard
            + if self.asked {
                quiet + self.patience()
            } else {
                quiet
            };
        let answers = self.pending.values().map(|pending| pending.until);
        answers
            .chain(self.leaving)
            .chain([silence])
            .min()
            .unwrap_or(silence)
    }

    async fn due(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let late: Vec<u32> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.until <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in late {
            if let Some(pending) = self.pending.remove(&number) {
                if let Some(id) = pending.late.filter(|_| self.overdue.len() < MOST_OVERDUE) {
                    self.overdue.insert(number, id);
                }
                let _ = pending.answer.send(Answered::Silence);
            }
        }
        if self.leaving.is_some_and(|until| until <= now) {
            return Err("we took leave".into());
        }
        let quiet = Duration::from_secs(self.config.enquire_seconds.into());
        if self.asked && self.heard + quiet + self.patience() <= now {
            return Err("nobody is there any more".into());
        }
        if !self.asked && self.heard + quiet <= now {
            self.asked = true;
            let number = self.next_number();
            return self
                .say(CommandStatus::EsmeRok, number, Pdu::EnquireLink)
                .await;
        }
        Ok(())
    }

    fn next_number(&mut self) -> u32 {
        self.number = if self.number >= HIGHEST {
            1
        } else {
            self.number + 1
        };
        self.number
    }

    async fn say(
        &mut self,
        status: CommandStatus,
        number: u32,
        pdu: impl Into<Pdu>,
    ) -> Result<(), String> {
        let said = self.frames.send(Command::new(status, number, pdu));
        match timeout(Duration::from_secs(self.config.timeout_seconds), said).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err("the line broke off".into()),
            Err(_) => Err("it does not take what we say".into()),
        }
    }

    async fn submit(&mut self, ask: Ask) -> Result<(), String> {
        // Who asked does not wait any more: it counts as not sent, and so it must not be.
        if ask.answer.is_closed() {
            return Ok(());
        }
        let number = self.next_number();
        let until = Instant::now() + self.patience();
        let pending = Pending {
            answer: ask.answer,
            late: ask.late,
            until,
        };
        // Before it is sent: whatever happens then, somebody is told.
        self.pending.insert(number, pending);
        self.say(CommandStatus::EsmeRok, number, ask.pdu).await
    }

    async fn hear(&mut self, frame: Command) -> Result<(), String> {
        self.heard = Instant::now();
        self.asked = false;
        let (status, number) = (frame.status(), frame.sequence_number());
        match (frame.id(), frame.pdu()) {
            (CommandId::SubmitSmResp, body) => {
                let reference = match body {
                    Some(Pdu::SubmitSmResp(body)) => {
                        let name = body.message_id().as_str();
                        Some(receipt::of_answer(name, self.config.receipts))
                    }
                    _ => None,
                };
                self.answered(number, status, reference);
                Ok(())
            }
            (CommandId::GenericNack, _) => {
                self.answered(number, status, None);
                Ok(())
            }
            (CommandId::DeliverSm, Some(Pdu::DeliverSm(deliver))) => {
                self.delivered(number, deliver).await
            }
            (CommandId::EnquireLink, _) => {
                self.say(CommandStatus::EsmeRok, number, Pdu::EnquireLinkResp)
                    .await
            }
            (CommandId::EnquireLinkResp, _) => Ok(()),
            (CommandId::Unbind, _) => {
                let _ = self
                    .say(CommandStatus::EsmeRok, number, Pdu::UnbindResp)
                    .await;
                Err("it took leave".into())
            }
            // An answer to nothing is nothing.
            (id, _) if u32::from(id) & 0x8000_0000 != 0 => Ok(()),
            _ => {
                self.say(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack)
                    .await
            }
        }
    }

    fn answered(&mut self, number: u32, status: CommandStatus, reference: Option<String>) {
        if let Some(pending) = self.pending.remove(&number) {
            let said = Answered::Said(status, reference.clone());
            let unheard = pending.answer.send(said).is_err();
            if let Some(id) = pending.late.filter(|_| unheard) {
                self.late(id, status, reference);
            }
        } else if let Some(id) = self.overdue.remove(&number) {
            self.late(id, status, reference);
        }
    }

    /// An answer for which nobody waits any more still says whether the message may be sent again.
    fn late(&self, id: Uuid, status: CommandStatus, reference: Option<String>) {
        let was_taken = status == CommandStatus::EsmeRok;
        (self.ends.late)(id, was_taken.then(|| taken(self.name, reference)));
    }

    async fn delivered(&mut self, number: u32, deliver: &DeliverSm) -> Result<(), String> {
        let Some(read) = receipt::read(deliver) else {
            // A person's reply to a brand name, or a receipt that says nothing: nobody waits for it.
            return self
                .say(CommandStatus::EsmeRok, number, DeliverSmResp::default())
                .await;
        };
        let receipt = Receipt {
            provider: self.name.to_owned(),
            reference: receipt::of_receipt(&read.reference, self.config.receipts),
            outcome: read.outcome,
            at: read.at.unwrap_or_else(|| Clock::system().now()),
        };
        let (word, written) = oneshot::channel();
        match self.ends.told.try_send((receipt, word)) {
            Ok(()) => {
                self.writing.push(
                    written
                        .map(move |written| (number, written.is_ok()))
                        .boxed(),
                );
                Ok(())
            }
            // Nobody writes fast enough: the provider keeps it and tells again.
            Err(_) => {
                self.say(
                    CommandStatus::EsmeRmsgqful,
                    number,
                    DeliverSmResp::default(),
                )
                .await
            }
        }
    }

    /// Takes leave and waits for the farewell, so that the provider does not take us for lost.
    async fn leave(&mut self) -> String {
        let number = self.next_number();
        if self
            .say(CommandStatus::EsmeRok, number, Pdu::Unbind)
            .await
            .is_ok()
        {
            let farewell = async {
                while let Some(Ok(frame)) = self.frames.next().await {
                    if frame.id() == CommandId::UnbindResp {
                        break;
                    }
                }
            };
            let _ = timeout(Duration::from_secs(self.config.timeout_seconds), farewell).await;
        }
        "we took leave".into()
    }
}
