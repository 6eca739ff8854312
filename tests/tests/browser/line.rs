//! The line between a phone and the system: it counts what is sent, and can be cut, held up and mended.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::sync::CancellationToken;

/// What becomes of a line when enough has gone over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes dead, for whoever uses it, until it is mended.
    Cut,
    /// Nothing more of that one connection arrives; others do.
    HeldUp,
}

/// A line at work. It belongs to the test that made it.
#[derive(Clone)]
pub struct Line {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Where it leads to.
    to: Option<SocketAddr>,
    /// Bytes that phones have sent.
    sent: u64,
    /// What happens after how many more bytes.
    doom: Option<(u64, Fate)>,
    is_dead: bool,
    /// Ends the connections there are.
    ending: CancellationToken,
}

impl Line {
    /// A line that leads nowhere yet.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let line = Self {
            port: listener.local_addr().expect("an address").port(),
            state: Arc::new(Mutex::new(State {
                to: None,
                sent: 0,
                doom: None,
                is_dead: false,
                ending: CancellationToken::new(),
            })),
        };
        tokio::spawn(line.clone().serve(listener));
        line
    }

    /// Its near end, as browsers know it.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Leads to a port of this machine.
    pub fn lead_to(&self, port: u16) {
        self.lock().to = Some(([127, 0, 0, 1], port).into());
    }

    /// Says what happens after so many more bytes from phones.
    pub fn after(&self, bytes: u64, fate: Fate) {
        self.lock().doom = Some((bytes, fate));
    }

    /// Whether it is cut now.
    pub fn is_dead(&self) -> bool {
        self.lock().is_dead
    }

    /// Whether what was to happen has not happened yet.
    pub fn is_doomed(&self) -> bool {
        self.lock().doom.is_some()
    }

    /// Makes it work again.
    pub fn mend(&self) {
        self.lock().is_dead = false;
    }

    /// Bytes that phones have sent over it, heads of requests included.
    pub fn sent(&self) -> u64 {
        self.lock().sent
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((near, _)) = listener.accept().await {
            let (to, ending) = {
                let state = self.lock();
                let to = state.to.filter(|_| !state.is_dead);
                (to, state.ending.clone())
            };
            let Some(to) = to else { continue };
            let line = self.clone();
            tokio::spawn(ending.run_until_cancelled_owned(async move {
                line.connect(near, to).await;
            }));
        }
    }

    async fn connect(self, near: TcpStream, to: SocketAddr) {
        let Ok(far) = TcpStream::connect(to).await else {
            return;
        };
        let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
        tokio::select! {
            () = self.up(from_near, to_far) => {}
            () = down(from_far, to_near) => {}
        }
    }

    async fn up(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut bytes, mut held_up) = (vec![0; 16 * 1024], false);
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            if held_up {
                continue;
            }
            match self.passes(read as u64) {
                None if to.write_all(&bytes[..read]).await.is_ok() => {}
                Some(Fate::HeldUp) => held_up = true,
                _ => return,
            }
        }
    }

    /// Counts bytes that are about to pass; what happens to them, if they do not.
    fn passes(&self, bytes: u64) -> Option<Fate> {
        let mut state = self.lock();
        match state.doom {
            Some((left, fate)) if left < bytes => {
                state.doom = None;
                if fate == Fate::Cut {
                    state.is_dead = true;
                    std::mem::take(&mut state.ending).cancel();
                }
                return Some(fate);
            }
            Some((left, fate)) => state.doom = Some((left - bytes, fate)),
            None => {}
        }
        state.sent += bytes;
        None
    }
}

async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
