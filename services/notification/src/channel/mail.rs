//! The mail server, or the folder that stands for it in development. A mail sent twice has the same Message-ID.

use std::{
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chassis::StartError;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};
use uuid::Uuid;

use super::{Content, Outgoing, Taken, Untaken as NotTaken, config};

/// What a mail server is called in what is told of it.
const PROVIDER: &str = "smtp";
/// The mailbox name is not allowed (RFC 5321): also our own answer to an address that is none.
const NO_SUCH_ADDRESS: u16 = 553;

/// A mail as it leaves.
pub struct Mail {
    /// Names it for ever.
    pub id: Uuid,
    /// The recipient's name.
    pub name: String,
    /// The recipient's address, as they wrote it.
    pub address: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it was written: its date, however late it is sent.
    pub written_at: DateTime<Utc>,
}

/// Why a mail was not taken. Never quotes the server, whose answer may name the recipient.
#[derive(Debug, thiserror::Error)]
pub enum Untaken {
    /// The server answered, with this code.
    #[error("the mail server answered {0}")]
    Answered(u16),
    /// The server cannot be reached or understood.
    #[error("the mail server cannot be reached: {0}")]
    Down(String),
    /// The server could not be reached a moment ago, and is left alone.
    #[error("the mail server could not be reached a moment ago")]
    Resting,
    /// The mail cannot be written down as one: a mistake of ours.
    #[error("the mail cannot be put together")]
    Malformed(#[from] lettre::error::Error),
}

enum Way {
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

/// Sends mails.
pub struct Mailer {
    way: Way,
    from: Mailbox,
    rest: TimeDelta,
    /// Until when a server that could not be reached is left alone: many mails that wait must not each wait for it.
    rests_until: Mutex<DateTime<Utc>>,
}

impl Mailer {
    /// Reads the configuration; `folder` takes the mails when no server is named.
    pub async fn open(config: &config::Mail, folder: PathBuf) -> Result<Self, StartError> {
        let refuse = |key: &str, why: &str| {
            StartError::new(format!("notification: NOTIFICATION__SMTP__{key} {why}"))
        };
        let from = config.from.parse::<Mailbox>();
        let way = if config.url.is_empty() {
            let made = tokio::fs::create_dir_all(&folder).await;
            made.map_err(|error| {
                StartError::because("notification: its folder for mails (DATA_DIR)", &error)
            })?;
            Way::Folder(folder)
        } else {
            // What is wrong is not repeated: the address may hold a password.
            let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.url)
                .map_err(|_| refuse("URL", "is no smtp:// or smtps:// address"))?;
            let patience = Duration::from_secs(config.timeout_seconds);
            Way::Server(Box::new(server.timeout(Some(patience)).build()))
        };
        Ok(Self {
            way,
            from: from
                .map_err(|_| refuse("FROM", "is no address like Một Cửa <mot-cua@example.vn>"))?,
            rest: TimeDelta::seconds(config.rest_seconds.into()),
            rests_until: Mutex::new(DateTime::UNIX_EPOCH),
        })
    }

    /// Sends what is written as a mail. A mail server sends no receipts: what bounces comes back as mail.
    pub async fn carry(&self, outgoing: Outgoing, now: DateTime<Utc>) -> Result<Taken, NotTaken> {
        let Content::Mail { subject, text, .. } = outgoing.content else {
            return Err(NotTaken::Malformed("it is no mail".into()));
        };
        let mail = Mail {
            id: outgoing.id,
            name: outgoing.name,
            address: outgoing.to,
            subject,
            text,
            written_at: outgoing.written_at,
        };
        let id = mail.id;
        self.send(mail, now).await.map_err(told)?;
        Ok(Taken {
            provider: PROVIDER.into(),
            reference: Some(id.to_string()),
            confirmed: false,
        })
    }

    /// Sends a mail.
    pub async fn send(&self, mail: Mail, now: DateTime<Utc>) -> Result<(), Untaken> {
        // Addresses beyond ASCII need what few servers offer (RFC 6531); better refused here than by half of them.
        let address = mail
            .address
            .parse::<Address>()
            .ok()
            .filter(|address| address.to_string().is_ascii());
        let to = address.ok_or(Untaken::Answered(NO_SUCH_ADDRESS))?;
        let id = mail.id;
        let message = self.compose(mail, to)?;
        match &self.way {
            Way::Folder(folder) => write(folder, id, &message)
                .await
                .map_err(|error| Untaken::Down(error.to_string())),
            Way::Server(server) => self.hand_to(server, message, now).await,
        }
    }

    async fn hand_to(
        &self,
        server: &AsyncSmtpTransport<Tokio1Executor>,
        message: Message,
        now: DateTime<Utc>,
    ) -> Result<(), Untaken> {
        if now
            < *self
                .rests_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        {
            return Err(Untaken::Resting);
        }
        let Err(untaken) = heard(server.send(message)).await else {
            return Ok(());
        };
        if matches!(untaken, Untaken::Down(_)) {
            *self
                .rests_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = now + self.rest;
        }
        Err(untaken)
    }

    fn compose(&self, mail: Mail, to: Address) -> Result<Message, lettre::error::Error> {
        let Mail {
            id,
            name,
            subject,
            text,
            written_at,
            ..
        } = mail;
        let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable);
        // RFC 3834: nobody's "out of office" answers a machine.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .date(written_at.into())
            .from(self.from.clone())
            .to(Mailbox::new(Some(name), to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .body(body.unwrap_or_else(Body::new))
    }
}

/// What a server's answer means for one mail, by its reply code (RFC 5321, RFC 4954).
fn told(untaken: Untaken) -> NotTaken {
    let provider = PROVIDER.to_owned();
    let reason = untaken.to_string();
    match untaken {
        Untaken::Answered(code @ 550..=599) => NotTaken::Refused {
            provider,
            code: code.to_string(),
            reason,
        },
        // All else is about the server: 421, it closes; 454 and 530 to 538, it wants another sign-in; 500 to 504, it does
        // not understand us; 521, it takes no mail; or no answer that the protocol knows.
        Untaken::Answered(code) if (400..=453).contains(&code) && code != 421 => NotTaken::Later {
            provider,
            code: code.to_string(),
            reason,
        },
        Untaken::Malformed(error) => NotTaken::Malformed(error.to_string()),
        Untaken::Answered(_) | Untaken::Down(_) | Untaken::Resting => {
            NotTaken::Down { provider, reason }
        }
    }
}

/// What a talk with the server comes to. lettre panics at some nonsense (a line of spaces among the server's extensions),
/// which is the server's fault and must be told like any other.
pub async fn heard<T>(talk: impl Future<Output = Result<T, smtp::Error>>) -> Result<T, Untaken> {
    match AssertUnwindSafe(talk).catch_unwind().await {
        Ok(ended) => ended.map_err(|error| read(&error)),
        Err(_) => Err(Untaken::Down("its answer makes no sense".to_owned())),
    }
}

fn read(error: &smtp::Error) -> Untaken {
    match error.status() {
        Some(code) => Untaken::Answered(code.into()),
        // An answer that cannot be read might still name the recipient.
        None if error.is_response() => Untaken::Down("its answer makes no sense".to_owned()),
        None => Untaken::Down(error.to_string()),
    }
}

/// Writes a mail as a file, whole or not at all; the same mail is one file.
async fn write(folder: &std::path::Path, id: Uuid, message: &Message) -> std::io::Result<()> {
    let (part, whole) = (
        folder.join(format!("{id}.part")),
        folder.join(format!("{id}.eml")),
    );
    tokio::fs::write(&part, message.formatted()).await?;
    tokio::fs::rename(part, whole).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, from: &str) -> config::Mail {
        config::Mail {
            url: url.to_owned(),
            from: from.to_owned(),
            timeout_seconds: 1,
            rest_seconds: 1,
        }
    }

    fn mail(address: &str) -> Mail {
        Mail {
            id: Uuid::from_u128(7),
            name: "Nguyễn Thị Ví Dụ".to_owned(),
            address: address.to_owned(),
            subject: "Đã có kết quả – hồ sơ H15-261008-0001".to_owned(),
            text: "Kính gửi".to_owned(),
            written_at: DateTime::UNIX_EPOCH,
        }
    }

    async fn refusal(url: &str, from: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let opened = Mailer::open(&config(url, from), folder.path().join("mail")).await;
        opened.err().map(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_wrong_configuration_is_refused_by_key_and_without_its_password() {
        let from = "Một Cửa <a@example.vn>";
        for url in [
            "",
            "smtp://h:25",
            "smtp://u:p@h?tls=required",
            "smtps://u:p@h",
            "smtps://h:465",
        ] {
            assert_eq!(refusal(url, from).await, None, "{url}");
        }
        for url in [
            "http://u:secret@h",
            "smtp://",
            "h:25",
            "smtp://u:secret@h?tls=perhaps",
        ] {
            let reason = refusal(url, from).await.unwrap();
            assert!(
                reason.contains("NOTIFICATION__SMTP__URL") && !reason.contains("secret"),
                "{reason}"
            );
        }
        assert!(
            refusal("", "nobody")
                .await
                .unwrap()
                .contains("NOTIFICATION__SMTP__FROM")
        );
    }

    #[test]
    fn a_wrong_password_is_nobodys_address() {
        for code in [550, 551, 552, 553, 554, 556] {
            assert!(
                matches!(told(Untaken::Answered(code)), NotTaken::Refused { .. }),
                "{code}"
            );
        }
        for code in [421, 454, 500, 502, 503, 530, 534, 535, 538, 0, 354] {
            assert!(
                matches!(told(Untaken::Answered(code)), NotTaken::Down { .. }),
                "{code}"
            );
        }
        assert!(matches!(
            told(Untaken::Answered(450)),
            NotTaken::Later { .. }
        ));
    }

    #[tokio::test]
    async fn the_same_mail_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::open(&config("", "a@example.vn"), folder.path().to_owned())
            .await
            .unwrap();
        let path = folder.path().join(format!("{}.eml", Uuid::from_u128(7)));
        let mut files = Vec::new();
        for _ in 0..2 {
            mailer
                .send(mail("vi.du@example.vn"), DateTime::UNIX_EPOCH)
                .await
                .unwrap();
            files.push(std::fs::read_to_string(&path).unwrap());
        }
        assert_eq!(files[0], files[1]);
        assert!(
            files[0].contains(&format!("Message-ID: <{}@example.vn>", Uuid::from_u128(7))),
            "{}",
            files[0]
        );
        assert!(files[0].contains("Auto-Submitted: auto-generated"));
        assert!(files[0].contains("Date: Thu, 01 Jan 1970 00:00:00 +0000"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_and_cannot_add_a_header() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = Mailer::open(&config("", "a@example.vn"), folder.path().to_owned())
            .await
            .unwrap();
        for address in ["", "nobody", "a@b\r\nBcc: c@d", "a b@c", "đ@example.vn"] {
            let refused = mailer.send(mail(address), DateTime::UNIX_EPOCH).await;
            assert!(
                matches!(refused, Err(Untaken::Answered(NO_SUCH_ADDRESS))),
                "{address:?}"
            );
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
