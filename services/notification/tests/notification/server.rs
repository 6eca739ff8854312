//! A mail server that speaks just enough SMTP, on a port of this machine.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// The server and what it took.
#[derive(Clone)]
pub struct Server {
    port: u16,
    taken: Arc<Mutex<Vec<String>>>,
    recipient: Arc<Mutex<&'static str>>,
    /// Whether it takes mails and never says so.
    is_silent: Arc<AtomicBool>,
    /// Said when a mail is there.
    came: Arc<Notify>,
    /// How many took leave.
    left: Arc<AtomicUsize>,
}

impl Server {
    /// Listens on any port.
    pub async fn open() -> Self {
        Self::at(0).await
    }

    /// Listens on `port`.
    pub async fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            recipient: Arc::new(Mutex::new("250 2.1.5 fine")),
            is_silent: Arc::default(),
            came: Arc::default(),
            left: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().talk(stream));
            }
        });
        server
    }

    /// A port that nobody listens on.
    pub async fn nowhere() -> u16 {
        TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From now on it takes mails and does not say so.
    pub fn falls_silent(&self) {
        self.is_silent.store(true, Ordering::SeqCst);
    }

    /// Until a mail is there.
    pub async fn mail_came(&self) {
        self.came.notified().await;
    }

    /// What it answers to any recipient from now on.
    pub fn answers(&self, reply: &'static str) {
        *self.recipient.lock().unwrap() = reply;
    }

    /// How many took leave instead of just going.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }

    /// The mails it took.
    pub fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    async fn talk(self, stream: TcpStream) {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut mail: Option<String> = None;
        let mut reply = "220 catcher ESMTP";
        loop {
            if !reply.is_empty()
                && writer
                    .write_all(format!("{reply}\r\n").as_bytes())
                    .await
                    .is_err()
            {
                return;
            }
            let Ok(Some(line)) = lines.next_line().await else {
                return;
            };
            if let Some(text) = &mut mail {
                if line == "." {
                    self.taken.lock().unwrap().push(mail.take().unwrap());
                    self.came.notify_one();
                    if self.is_silent.load(Ordering::SeqCst) {
                        std::future::pending::<()>().await;
                    }
                    reply = "250 2.0.0 taken";
                } else {
                    text.push_str(&line);
                    text.push('\n');
                    reply = "";
                }
                continue;
            }
            reply = match line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "EHLO" => "250-catcher\r\n250 8BITMIME",
                "RCPT" => *self.recipient.lock().unwrap(),
                "DATA" => {
                    mail = Some(String::new());
                    "354 go on"
                }
                "QUIT" => {
                    self.left.fetch_add(1, Ordering::SeqCst);
                    "221 bye"
                }
                _ => "250 fine",
            };
        }
    }
}
