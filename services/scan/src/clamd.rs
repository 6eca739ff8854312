//! ClamAV's daemon, spoken to over its own protocol: a document goes to it whole, in pieces, and comes to no file of its own.

use std::{io, path::PathBuf, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// Bytes sent in one piece.
const PIECE: usize = 64 * 1024;
/// The longest answer that is read.
const ANSWER: u64 = 4096;

/// Where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// The daemon.
#[derive(Debug, Clone)]
pub struct Clamd {
    address: Address,
    time: Duration,
}

/// What it says about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// It knows nothing against it.
    Clean,
    /// It knows what it is, by this name.
    Found(String),
}

/// Why it says nothing. Never a reason to take a document for clean.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be reached, or it hung up.
    #[error("the virus scanner cannot be reached")]
    Away(#[source] io::Error),
    /// It takes too long.
    #[error("the virus scanner took too long")]
    Slow,
    /// The document is more than it looks through, so that it has not looked.
    #[error("the document is beyond the virus scanner's limits ({0})")]
    Limit(String),
    /// It answers what nobody understands.
    #[error("the virus scanner answered `{0}`")]
    Senseless(String),
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

impl Clamd {
    /// The daemon at `address`: `host:port`, or the path of its socket. None for the empty address: then nothing is scanned.
    pub fn at(address: &str, time: Duration) -> Option<Self> {
        let address = match address.trim() {
            "" => return None,
            path if path.starts_with('/') => Address::Unix(path.into()),
            address => Address::Tcp(address.strip_prefix("tcp://").unwrap_or(address).to_owned()),
        };
        Some(Self { address, time })
    }

    /// Its version and that of its signatures, e.g. `ClamAV 1.4.3/27500/Thu Jan 1 00:00:00 2026`.
    pub async fn version(&self) -> Result<String, Error> {
        let answer = self.ask(b"zVERSION\0", None).await?;
        if answer.starts_with("ClamAV ") {
            Ok(answer)
        } else {
            Err(Error::Senseless(answer))
        }
    }

    /// Has a document looked through.
    pub async fn scan(&self, document: &Bytes) -> Result<Opinion, Error> {
        let answer = self.ask(b"zINSTREAM\0", Some(document)).await?;
        opinion(&answer)
    }

    async fn ask(&self, command: &[u8], document: Option<&Bytes>) -> Result<String, Error> {
        let asked = timeout(self.time, self.converse(command, document)).await;
        asked.map_err(|_| Error::Slow)?.map_err(Error::Away)
    }

    async fn converse(&self, command: &[u8], document: Option<&Bytes>) -> io::Result<String> {
        let mut line: Box<dyn Line> = match &self.address {
            Address::Tcp(address) => Box::new(TcpStream::connect(address.as_str()).await?),
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        };
        let sent = send(line.as_mut(), command, document).await;
        // It says that a document is too large and hangs up in the midst of it: what it said is worth more than that it did.
        let mut answer = Vec::new();
        let read = line.take(ANSWER).read_to_end(&mut answer).await;
        if answer.is_empty() {
            sent?;
            read?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let answer = String::from_utf8_lossy(&answer);
        let answer = answer.split(['\0', '\n']).next().unwrap_or_default();
        Ok(answer.trim().chars().take(200).collect())
    }
}

/// Each piece behind its length in four bytes, the highest first; an empty one is the end.
async fn send(line: &mut dyn Line, command: &[u8], document: Option<&Bytes>) -> io::Result<()> {
    line.write_all(command).await?;
    if let Some(document) = document {
        for piece in document.chunks(PIECE) {
            let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
            line.write_all(&length.to_be_bytes()).await?;
            line.write_all(piece).await?;
        }
        line.write_all(&[0; 4]).await?;
    }
    line.flush().await
}

/// Reads the answer to a document. Only the one word that says so makes it clean.
pub fn opinion(answer: &str) -> Result<Opinion, Error> {
    if answer.contains("size limit exceeded") || answer.contains("Heuristics.Limits.Exceeded") {
        return Err(Error::Limit(answer.to_owned()));
    }
    match answer.strip_prefix("stream: ") {
        Some("OK") => Ok(Opinion::Clean),
        Some(said) => match said.strip_suffix(" FOUND") {
            Some(name) if !name.trim().is_empty() => Ok(Opinion::Found(name.trim().to_owned())),
            _ => Err(Error::Senseless(answer.to_owned())),
        },
        None => Err(Error::Senseless(answer.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_its_own_word_makes_a_document_clean() {
        assert!(matches!(opinion("stream: OK"), Ok(Opinion::Clean)));
        let found = opinion("stream: Eicar-Test-Signature FOUND").unwrap();
        assert_eq!(found, Opinion::Found("Eicar-Test-Signature".to_owned()));
        for limit in [
            "INSTREAM size limit exceeded. ERROR",
            "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
        ] {
            assert!(matches!(opinion(limit), Err(Error::Limit(_))), "{limit}");
        }
        for senseless in [
            "",
            "OK",
            "stream: ",
            "stream:  FOUND",
            "stream: OK FOUND ERROR",
            "UNKNOWN COMMAND",
            "stream: Can't allocate memory ERROR",
        ] {
            assert!(
                matches!(opinion(senseless), Err(Error::Senseless(_))),
                "{senseless}"
            );
        }
    }

    #[test]
    fn an_address_is_a_host_or_a_path_and_nothing_is_off() {
        let at = |text| Clamd::at(text, Duration::ZERO).map(|clamd| clamd.address);
        assert_eq!(at(" "), None);
        assert_eq!(
            at("/run/clamav/clamd.ctl"),
            Some(Address::Unix("/run/clamav/clamd.ctl".into()))
        );
        assert_eq!(
            at("clamd:3310"),
            Some(Address::Tcp("clamd:3310".to_owned()))
        );
        assert_eq!(
            at("tcp://clamd:3310"),
            Some(Address::Tcp("clamd:3310".to_owned()))
        );
    }

    proptest! {
        #[test]
        fn no_other_answer_is_clean(answer in "(stream: )?[ -~]{0,40}") {
            if answer != "stream: OK" {
                prop_assert!(!matches!(opinion(&answer), Ok(Opinion::Clean)));
            }
        }
    }
}
