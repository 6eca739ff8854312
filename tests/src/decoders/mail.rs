//! What a mail server says.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

use futures::FutureExt;
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::{AsyncSmtpConnection, AsyncTokioStream},
        extension::ClientId,
    },
};
use notification::channel::mail::{Untaken, heard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::fenced;

const RECIPIENT: &str = "vi.du@example.vn";

/// The server's side of a talk in which we send one mail. A mail counts as sent only when the server takes it, and what is
/// written down of a failure never names the recipient.
pub fn smtp(bytes: &[u8]) {
    let heard = fenced(|| heard(talk(bytes.to_vec())).now_or_never());
    let heard = heard.expect("what panics is told as well");
    let untaken = match heard.expect("a server that has said all") {
        Ok(positive) => {
            assert!(positive, "the server did not take it");
            return;
        }
        Err(untaken) => untaken,
    };
    if let Untaken::Answered(code) = untaken {
        assert!(!(200..300).contains(&code), "{code} is no failure");
    }
    let written = untaken.to_string();
    assert!(!written.contains(RECIPIENT), "{written}");
    assert!(written.len() <= 500, "{written}");
}

async fn talk(says: Vec<u8>) -> Result<bool, Error> {
    let server = Server { says, said: 0 };
    let hello = ClientId::Domain("mot-cua.example".to_owned());
    let mut talk = AsyncSmtpConnection::connect_with_transport(Box::new(server), &hello).await?;
    let address = |text: &str| text.parse().expect("an address");
    let envelope = Envelope::new(Some(address("a@example.vn")), vec![address(RECIPIENT)]);
    let envelope = envelope.expect("a recipient");
    let answer = talk.send(&envelope, b"Subject: x\r\n\r\nx\r\n").await?;
    Ok(answer.is_positive())
}

/// A server that has said all it will say, and listens to nothing.
struct Server {
    says: Vec<u8>,
    said: usize,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let end = self.says.len().min(self.said + into.remaining());
        into.put_slice(&self.says[self.said..end]);
        self.said = end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncTokioStream for Server {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 25).into())
    }
}
