//! The provider: a mail server that takes its time, and knows a message by its recipient's number.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The server and when it took what.
#[derive(Clone)]
pub struct Server {
    port: u16,
    wait: Duration,
    taken: Arc<Mutex<HashMap<usize, Instant>>>,
}

impl Server {
    /// Listens on any port; each mail takes `wait`.
    pub async fn open(wait: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let server = Self {
            port: listener.local_addr()?.port(),
            wait,
            taken: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().talk(stream));
            }
        });
        Ok(server)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<usize, Instant>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what it took.
    pub fn forget(&self) {
        self.held().clear();
    }

    /// How many recipients below `number` have something.
    pub fn count_below(&self, number: usize) -> usize {
        self.held().keys().filter(|taken| **taken < number).count()
    }

    /// When each recipient got their last message, once there are `count` of them.
    pub async fn taken(&self, count: usize, patience: Duration) -> HashMap<usize, Instant> {
        let until = Instant::now() + patience;
        while self.held().len() < count && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.held().clone()
    }

    async fn talk(self, stream: TcpStream) {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let (mut reply, mut number, mut is_mail) = ("220 bench", None, false);
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
            if is_mail {
                reply = "";
                if line == "." {
                    tokio::time::sleep(self.wait).await;
                    self.held()
                        .extend(number.take().map(|number| (number, Instant::now())));
                    (is_mail, reply) = (false, "250 taken");
                }
                continue;
            }
            reply = match line.get(..4).unwrap_or_default() {
                "EHLO" => "250-bench\r\n250 8BITMIME",
                "RCPT" => {
                    let mut digits = line.split(|c: char| !c.is_ascii_digit());
                    number = digits.find_map(|part| part.parse().ok());
                    "250 fine"
                }
                "DATA" => {
                    is_mail = true;
                    "354 go on"
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
        }
    }
}
