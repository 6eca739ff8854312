//! A pretend message centre that speaks SMPP 3.4.

mod took;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use futures::{SinkExt, StreamExt};
use rusmpp::{
    Command, CommandId, CommandStatus, Pdu,
    pdus::{BindTransceiver, BindTransceiverResp, DeliverSm, SubmitSm, SubmitSmResp},
    tokio_codec::CommandCodec,
    types::{COctetString, OctetString},
    values::EsmClass,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::Framed;

pub use self::took::Took;
use super::{Day, Days, locked};
use crate::channel::smpp::Io;

/// Whom it lets in.
pub const SYSTEM_ID: &str = "pretend";
/// And by which password.
pub const PASSWORD: &str = "pretend8";

/// A header that announces less than itself.
const NONSENSE: [u8; 16] = [0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1];

enum Out {
    Say(Box<Command>),
    Nonsense,
    Close,
}

/// A receipt that is owed until it is acknowledged.
struct Owed {
    number: u32,
    deliver: DeliverSm,
}

#[derive(Default)]
struct Desk {
    took: Mutex<Vec<Took>>,
    days: Days,
    line: Mutex<Option<mpsc::UnboundedSender<Out>>>,
    owed: Mutex<Vec<Owed>>,
    acknowledged: Mutex<Vec<u32>>,
    number: AtomicU32,
    binds: AtomicU32,
    enquiries: AtomicU32,
    enquired: AtomicU32,
    farewells: AtomicU32,
    waiting: AtomicU32,
    most_waiting: AtomicU32,
    deaf: AtomicBool,
    tells: AtomicBool,
    /// Changes with everything that happens.
    happened: watch::Sender<u64>,
}

/// The message centre. It ends when this is dropped.
pub struct Centre {
    address: SocketAddr,
    desk: Arc<Desk>,
    task: JoinHandle<()>,
}

impl Centre {
    /// Starts it in the clear.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_with(None).await
    }

    /// Starts it, within TLS if that is given.
    pub async fn start_with(tls: Option<TlsAcceptor>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk::default());
        let task = tokio::spawn(listen(listener, tls, desk.clone()));
        Ok(Self {
            address,
            desk,
            task,
        })
    }

    /// Its address, as `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What it took, packet by packet.
    pub fn took(&self) -> Vec<Took> {
        locked(&self.desk.took).clone()
    }

    /// What the next messages meet.
    pub fn days(&self) -> &Days {
        &self.desk.days
    }

    /// How often somebody signed in, and how often they took leave.
    pub fn visits(&self) -> (u32, u32) {
        (
            self.desk.binds.load(Ordering::SeqCst),
            self.desk.farewells.load(Ordering::SeqCst),
        )
    }

    /// How often it was asked whether it is there, and how often it heard the same when it asked.
    pub fn enquiries(&self) -> (u32, u32) {
        (
            self.desk.enquiries.load(Ordering::SeqCst),
            self.desk.enquired.load(Ordering::SeqCst),
        )
    }

    /// How many messages wait for an answer now.
    pub fn waiting(&self) -> u32 {
        self.desk.waiting.load(Ordering::SeqCst)
    }

    /// Waits until something is so: asks again whenever something happened.
    pub async fn until(&self, done: impl Fn(&Self) -> bool) {
        let mut happened = self.desk.happened.subscribe();
        while !done(self) {
            if happened.changed().await.is_err() {
                return;
            }
        }
    }

    /// The most messages that waited for an answer at once.
    pub fn most_waiting(&self) -> u32 {
        self.desk.most_waiting.load(Ordering::SeqCst)
    }

    /// The statuses by which its receipts were acknowledged, in order.
    pub fn acknowledged(&self) -> Vec<u32> {
        locked(&self.desk.acknowledged).clone()
    }

    /// Hears nothing any more, without closing the line, or hears again.
    pub fn be_deaf(&self, deaf: bool) {
        self.desk.deaf.store(deaf, Ordering::SeqCst);
    }

    /// Asks whether the other side is there.
    pub fn enquire(&self) {
        let number = self.desk.next_number();
        self.desk.out(Out::Say(Box::new(Command::new(
            CommandStatus::EsmeRok,
            number,
            Pdu::EnquireLink,
        ))));
    }

    /// Breaks the line.
    pub fn hang_up(&self) {
        self.desk.out(Out::Close);
    }

    /// Tells by a receipt what became of a message; it is owed until it is acknowledged, and told again at the next signing in.
    pub fn tell(&self, reference: &str, state: &str, error: &str) {
        self.desk.tell(reference, state, error);
    }

    /// From now on tells of every message by itself that it arrived, if a receipt is wanted.
    pub fn tell_all(&self) {
        self.desk.tells.store(true, Ordering::SeqCst);
    }

    /// A person answers a brand name.
    pub fn reply(&self, text: &str) {
        self.desk.deliver(EsmClass::from(0), text.as_bytes());
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.hang_up();
        self.task.abort();
    }
}

impl Desk {
    fn next_number(&self) -> u32 {
        // Far from the numbers of the other side, so that a mix-up shows.
        0x4000_0000 + self.number.fetch_add(1, Ordering::SeqCst)
    }

    fn tell(&self, reference: &str, state: &str, error: &str) {
        let text = format!(
            "id:{reference} sub:001 dlvrd:001 submit date:2611271029 done date:2611271030 \
             stat:{state} err:{error} text:"
        );
        self.deliver(EsmClass::from(0b0000_0100), text.as_bytes());
    }

    fn deliver(&self, class: EsmClass, text: &[u8]) {
        let Ok(message) = OctetString::from_slice(text) else {
            return;
        };
        let deliver = DeliverSm::builder()
            .esm_class(class)
            .short_message(message)
            .build();
        let number = self.next_number();
        locked(&self.owed).push(Owed {
            number,
            deliver: deliver.clone(),
        });
        self.say(CommandStatus::EsmeRok, number, deliver);
    }

    fn say(&self, status: CommandStatus, number: u32, pdu: impl Into<Pdu>) {
        self.out(Out::Say(Box::new(Command::new(status, number, pdu))));
    }

    fn out(&self, out: Out) {
        if let Some(line) = locked(&self.line).as_ref() {
            // A line that is gone takes nothing.
            let _ = line.send(out);
        }
    }

    fn take(&self, submit: &SubmitSm) -> String {
        let mut took = locked(&self.took);
        let reference = format!("{:08X}", took.len() + 1);
        took.push(Took::read(submit, &reference));
        reference
    }
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Arc<Desk>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (desk, tls) = (desk.clone(), tls.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            if let Some(io) = within(tls, stream).await {
                serve(Framed::new(io, CommandCodec::new()), &desk).await;
                desk.happened.send_modify(|count| *count += 1);
            }
        });
    }
}

async fn within(tls: Option<TlsAcceptor>, stream: TcpStream) -> Option<Box<dyn Io>> {
    match tls {
        None => Some(Box::new(stream)),
        Some(tls) => Some(Box::new(tls.accept(stream).await.ok()?)),
    }
}

async fn serve(mut frames: Framed<Box<dyn Io>, CommandCodec>, desk: &Arc<Desk>) {
    let (line, mut outs) = mpsc::unbounded_channel();
    loop {
        desk.happened.send_modify(|count| *count += 1);
        tokio::select! {
            out = outs.recv() => match out {
                Some(Out::Say(command)) => {
                    if command.id() == CommandId::SubmitSmResp {
                        desk.waiting.fetch_sub(1, Ordering::SeqCst);
                    }
                    if frames.send(*command).await.is_err() {
                        return;
                    }
                }
                Some(Out::Nonsense) => {
                    if frames.get_mut().write_all(&NONSENSE).await.is_err() {
                        return;
                    }
                    if frames.get_mut().flush().await.is_err() {
                        return;
                    }
                }
                Some(Out::Close) | None => return,
            },
            frame = frames.next() => match frame {
                Some(Ok(frame)) => {
                    if !desk.deaf.load(Ordering::SeqCst) && !hear(desk, &line, &frame) {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}

/// Hears a packet; whether the line goes on.
fn hear(desk: &Arc<Desk>, line: &mpsc::UnboundedSender<Out>, frame: &Command) -> bool {
    let number = frame.sequence_number();
    let say = |status, pdu: Pdu| {
        line.send(Out::Say(Box::new(Command::new(status, number, pdu))))
            .is_ok()
    };
    match frame.pdu() {
        Some(Pdu::BindTransceiver(bind)) => {
            let status = known(bind);
            if !say(status, BindTransceiverResp::default().into())
                || status != CommandStatus::EsmeRok
            {
                return status != CommandStatus::EsmeRok;
            }
            desk.binds.fetch_add(1, Ordering::SeqCst);
            desk.waiting.store(0, Ordering::SeqCst);
            *locked(&desk.line) = Some(line.clone());
            for owed in locked(&desk.owed).iter() {
                desk.out(Out::Say(Box::new(Command::new(
                    CommandStatus::EsmeRok,
                    owed.number,
                    owed.deliver.clone(),
                ))));
            }
            true
        }
        Some(Pdu::SubmitSm(submit)) => {
            let waiting = desk.waiting.fetch_add(1, Ordering::SeqCst) + 1;
            desk.most_waiting.fetch_max(waiting, Ordering::SeqCst);
            submitted(desk, line, number, submit)
        }
        Some(Pdu::EnquireLink) => {
            desk.enquiries.fetch_add(1, Ordering::SeqCst);
            say(CommandStatus::EsmeRok, Pdu::EnquireLinkResp)
        }
        Some(Pdu::EnquireLinkResp) => {
            desk.enquired.fetch_add(1, Ordering::SeqCst);
            true
        }
        Some(Pdu::DeliverSmResp(_)) => {
            let status = frame.status();
            locked(&desk.acknowledged).push(u32::from(status));
            if status == CommandStatus::EsmeRok {
                locked(&desk.owed).retain(|owed| owed.number != number);
            }
            true
        }
        Some(Pdu::Unbind) => {
            desk.farewells.fetch_add(1, Ordering::SeqCst);
            say(CommandStatus::EsmeRok, Pdu::UnbindResp)
        }
        _ => true,
    }
}

fn known(bind: &BindTransceiver) -> CommandStatus {
    if bind.system_id.as_str() != SYSTEM_ID {
        CommandStatus::EsmeRinvsysid
    } else if bind.password.as_str() != PASSWORD {
        CommandStatus::EsmeRinvpaswd
    } else {
        CommandStatus::EsmeRok
    }
}

fn submitted(
    desk: &Arc<Desk>,
    line: &mpsc::UnboundedSender<Out>,
    number: u32,
    submit: &SubmitSm,
) -> bool {
    let refuse = |status| {
        let answer = Command::new(status, number, SubmitSmResp::default());
        line.send(Out::Say(Box::new(answer))).is_ok()
    };
    let taken = || {
        let mut reference = desk.take(submit).into_bytes();
        reference.push(0);
        let body = SubmitSmResp::new(
            COctetString::from_vec(reference).unwrap_or_default(),
            Vec::new(),
        );
        Out::Say(Box::new(Command::new(CommandStatus::EsmeRok, number, body)))
    };
    match desk.days.next() {
        Day::Good => {
            let told = line.send(taken()).is_ok();
            let wanted = locked(&desk.took)
                .last()
                .filter(|took| took.wants_receipt)
                .cloned();
            if let Some(took) = wanted.filter(|_| desk.tells.load(Ordering::SeqCst)) {
                desk.tell(&took.reference, "DELIVRD", "000");
            }
            told
        }
        Day::Slow(long) => {
            let (answer, line) = (taken(), line.clone());
            tokio::spawn(async move {
                tokio::time::sleep(long).await;
                line.send(answer)
            });
            true
        }
        Day::Throttled(_) => refuse(CommandStatus::EsmeRthrottled),
        Day::NoSuchPerson => refuse(CommandStatus::EsmeRinvdstadr),
        Day::WrongCredentials => refuse(CommandStatus::EsmeRinvsrcadr),
        Day::Down => refuse(CommandStatus::EsmeRsyserr),
        Day::Dropped => {
            taken();
            false
        }
        Day::Silent => {
            taken();
            true
        }
        Day::Nonsense => {
            taken();
            line.send(Out::Nonsense).is_ok()
        }
    }
}
