//! The mail server, or the folder that stands for it in development. A mail sent twice has the same Message-ID.

pub mod bounce;
pub mod dkim;

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
    address::Envelope,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
    transport::smtp,
};
use uuid::Uuid;

use self::dkim::Signer;
use super::{Attachment as File, Content, Outgoing, Taken, Untaken as NotTaken, config};

/// What a mail server is called in what is told of it.
pub const PROVIDER: &str = "smtp";
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
    /// The same as HTML.
    pub html: Option<String>,
    /// The https address by which one click ends such mails.
    pub unsubscribe: Option<String>,
    /// A file that goes with it.
    pub attachment: Option<File>,
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
    #[error("the mail cannot be put together: {0}")]
    Malformed(String),
}

enum Way {
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

/// Sends mails.
pub struct Mailer {
    way: Way,
    from: Mailbox,
    /// Where bounces go, if not to whom mails come from.
    bounces: Option<Address>,
    signer: Option<Signer>,
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
        let bounces = Some(&config.bounces)
            .filter(|bounces| !bounces.is_empty())
            .map(|bounces| bounces.parse::<Address>())
            .transpose()
            .map_err(|_| refuse("BOUNCES", "is no address like bounces@example.vn"))?;
        let signer = Signer::read(&config.dkim)
            .map_err(|why| StartError::new(format!("notification: mail.dkim.{why}")))?;
        Ok(Self {
            way,
            bounces,
            signer,
            from: from
                .map_err(|_| refuse("FROM", "is no address like Một Cửa <mot-cua@example.vn>"))?,
            rest: TimeDelta::seconds(config.rest_seconds.into()),
            rests_until: Mutex::new(DateTime::UNIX_EPOCH),
        })
    }

    /// Sends what is written as a mail. A mail server sends no receipts: what bounces comes back as mail.
    pub async fn carry(&self, outgoing: Outgoing, now: DateTime<Utc>) -> Result<Taken, NotTaken> {
        let Content::Mail {
            subject,
            text,
            html,
            unsubscribe,
            attachment,
        } = outgoing.content
        else {
            return Err(NotTaken::Malformed("it is no mail".into()));
        };
        let mail = Mail {
            id: outgoing.id,
            name: outgoing.name,
            address: outgoing.to,
            subject,
            text,
            html,
            unsubscribe,
            attachment,
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
        let (id, written_at) = (mail.id, mail.written_at);
        let message = self
            .compose(mail, to)
            .map_err(|error| Untaken::Malformed(error.to_string()))?;
        let envelope = message.envelope().clone();
        let mut bytes = message.formatted();
        if let Some(signer) = &self.signer {
            bytes = signer.sign(bytes, written_at);
        }
        match &self.way {
            Way::Folder(folder) => write(folder, id, &bytes)
                .await
                .map_err(|error| Untaken::Down(error.to_string())),
            Way::Server(server) => self.hand_to(server, &envelope, &bytes, now).await,
        }
    }

    /// Takes leave of the mail server on every line that is held open.
    pub async fn close(&self) {
        if let Way::Server(server) = &self.way {
            server.shutdown().await;
        }
    }

    async fn hand_to(
        &self,
        server: &AsyncSmtpTransport<Tokio1Executor>,
        envelope: &Envelope,
        mail: &[u8],
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
        let Err(untaken) = heard(server.send_raw(envelope, mail)).await else {
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

    fn compose(&self, mail: Mail, to: Address) -> Result<Message, Box<dyn std::error::Error>> {
        // RFC 3834: nobody's "out of office" answers a machine.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .date(mail.written_at.into())
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name), to.clone()))
            .subject(mail.subject)
            .envelope(Envelope::new(Some(self.returns_to(mail.id)?), vec![to])?)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        if let Some(address) = mail.unsubscribe {
            let [link, click] =
                unsubscribing(&address).ok_or("its address to unsubscribe is none")?;
            message = message.raw_header(link).raw_header(click);
        }
        if mail.html.is_none() && mail.attachment.is_none() {
            let plain = message
                .header(MIME_VERSION_1_0)
                .header(ContentType::TEXT_PLAIN);
            return Ok(plain.body(quoted(mail.text))?);
        }
        // What is quoted-printable never holds "=_": no text can end a part.
        let boundary = |name: &str| format!("=_{}_{name}", mail.id);
        let alternative = mail.html.map(|html| {
            MultiPart::alternative()
                .boundary(boundary("alternative"))
                .singlepart(part(ContentType::TEXT_PLAIN, mail.text.clone()))
                .singlepart(part(ContentType::TEXT_HTML, html))
        });
        let Some(file) = mail.attachment else {
            let alternative = alternative.ok_or("it has neither HTML nor a file")?;
            return Ok(message.multipart(alternative)?);
        };
        let file_type = ContentType::parse(&file.media_type)?;
        let file = Attachment::new(file.name).body(file.bytes, file_type);
        let mixed = MultiPart::mixed().boundary(boundary("mixed"));
        let mixed = match alternative {
            Some(alternative) => mixed.multipart(alternative),
            None => mixed.singlepart(part(ContentType::TEXT_PLAIN, mail.text)),
        };
        Ok(message.multipart(mixed.singlepart(file))?)
    }

    /// Where a mail comes back to: an address that names it, should nothing else in what comes back do so.
    fn returns_to(&self, id: Uuid) -> Result<Address, lettre::address::AddressError> {
        match &self.bounces {
            Some(bounces) => Address::new(format!("{}+{id}", bounces.user()), bounces.domain()),
            None => Ok(self.from.email.clone()),
        }
    }
}

fn quoted(text: String) -> Body {
    Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable)
        .unwrap_or_else(Body::new)
}

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).body(quoted(text))
}

/// RFC 2369 and, for the one click, RFC 8058. The address goes as it is: mail programs do not read it encoded.
fn unsubscribing(address: &str) -> Option<[HeaderValue; 2]> {
    let fits = address.starts_with("https://")
        && address.len() < 900
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>,".contains(&byte));
    let header = |name, value: String| {
        HeaderValue::dangerous_new_pre_encoded(
            HeaderName::new_from_ascii_str(name),
            value.clone(),
            value,
        )
    };
    fits.then(|| {
        [
            header("List-Unsubscribe", format!("<{address}>")),
            header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ),
        ]
    })
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
        Untaken::Malformed(_) => NotTaken::Malformed(reason),
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
async fn write(folder: &std::path::Path, id: Uuid, mail: &[u8]) -> std::io::Result<()> {
    let (part, whole) = (
        folder.join(format!("{id}.part")),
        folder.join(format!("{id}.eml")),
    );
    tokio::fs::write(&part, mail).await?;
    tokio::fs::rename(part, whole).await
}

#[cfg(test)]
mod tests;
