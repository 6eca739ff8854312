//! A line to the broker that can be made to lose what the service sends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

pub struct Line {
    address: String,
    swallowing: Arc<AtomicBool>,
    listening: JoinHandle<()>,
}

impl Line {
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, swallowing) = (
            listener.local_addr().unwrap().to_string(),
            Arc::new(AtomicBool::new(false)),
        );
        let (server, losing) = (server.to_owned(), swallowing.clone());
        let listening = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&server).await else {
                    continue;
                };
                let ((from_service, to_service), (from_broker, to_broker)) =
                    (near.into_split(), far.into_split());
                tokio::spawn(carry(from_service, to_broker, losing.clone()));
                tokio::spawn(carry(from_broker, to_service, Arc::default()));
            }
        });
        Self {
            address,
            swallowing,
            listening,
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on nothing that a service sends arrives.
    pub fn swallow(&self) {
        self.swallowing.store(true, Ordering::SeqCst);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallowing: Arc<AtomicBool>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if swallowing.load(Ordering::SeqCst) {
            continue;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    // The other end learns that this one is gone.
    let _ = to.shutdown().await;
}
