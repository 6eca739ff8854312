//! A form with a file as it streams in: what it says of the file comes first or last, and holds for it either way.

use axum::{
    body::{Body, HttpBody},
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
};
use bytes::{Bytes, BytesMut};
use chassis::{App, http::Problem};
use contracts::{AccountId, DossierId, Refused};
use files::{Files, Received};
use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::Limited;
use procedure::Catalogue;
use tokio::time::timeout;

use super::{broken, not_kept, refused};
use crate::{
    config::Config,
    domain::{
        Allowed, Claim, Fault, FileName, HEAD, Limits, MediaType, PaperKind, Refusal, media_of, tus,
    },
    http::share,
    store::Upload,
};

/// What a form may hold beside its file: boundaries, headers, the other fields.
const AROUND: u64 = 64 * 1024;

/// An upload, and the page on this site that it came from.
pub struct Sent {
    /// What came.
    pub upload: Upload,
    /// For which dossier it is.
    pub claim: Option<Claim>,
    /// Where a browser goes on.
    pub back: Option<String>,
}

/// Receives an upload of `owner` whole, or says what is wrong with it.
pub async fn receive(app: &App, owner: AccountId, request: Request) -> Result<Sent, Problem> {
    let config = app.config::<Config>();
    let form = Form {
        app,
        owner,
        limits: config.limits(),
        length: request.body().size_hint().lower(),
        kind: None,
        dossier: None,
        back: None,
    };
    let received = timeout(config.upload_time(), form.receive(request)).await;
    received.map_err(|_| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "Tải lên quá lâu, xin thử lại khi mạng tốt hơn",
            "The upload took too long, please try again on a better connection",
        )
    })?
}

/// A form, as far as it has come.
struct Form<'a> {
    app: &'a App,
    owner: AccountId,
    /// What is taken of any paper.
    limits: Limits,
    /// Bytes of all of it, as far as its sender said; else nothing.
    length: u64,
    kind: Option<PaperKind>,
    dossier: Option<DossierId>,
    back: Option<String>,
}

/// A form's file.
struct File {
    received: Received,
    bytes: u64,
    name: FileName,
    media_type: MediaType,
}

impl Form<'_> {
    async fn receive(mut self, request: Request) -> Result<Sent, Problem> {
        let most = usize::try_from(self.limits.bytes + AROUND).unwrap_or(usize::MAX);
        let request = request.map(|body| Body::new(Limited::new(body, most)));
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| {
            refused(&Refusal::new(
                Fault::Malformed,
                Refused::new(
                    "Hãy gửi tệp bằng multipart/form-data",
                    "Send the file as multipart/form-data",
                ),
            ))
        })?;
        let mut file = None;
        while let Some(field) = form.next_field().await.map_err(|e| self.broken(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "file" if file.is_none() => file = Some(self.file(field).await?),
                "kind" if self.kind.is_none() => self.kind = self.field(field).await?,
                "dossier" if self.dossier.is_none() => self.dossier = self.field(field).await?,
                "back" if self.back.is_none() => {
                    self.back = self.field::<OwnPath>(field).await?.map(|path| path.0);
                }
                name => return Err(not_asked(name)),
            }
        }
        let Some(File {
            received,
            bytes,
            name,
            media_type,
        }) = file
        else {
            let reason = Refused::new("Thiếu tệp (mục file)", "The file is missing (field `file`)");
            return Err(refused(&Refusal::new(Fault::Malformed, reason)));
        };
        // What was said after the file came holds for it too; what is dropped here is not kept.
        let allowed = self.allowed();
        allowed
            .take_media(media_type)
            .and_then(|()| allowed.take_length(bytes))
            .map_err(|refusal| refused(&refusal))?;
        let file = received.keep().await;
        let file = file.map_err(|error| not_kept(error, &allowed))?;
        Ok(Sent {
            claim: self.claim(),
            upload: Upload {
                owner: self.owner,
                kind: self.kind,
                name,
                file,
                media_type,
            },
            back: self.back,
        })
    }

    /// What the file may be, by what is known of it so far.
    fn allowed(&self) -> Allowed {
        let catalogue = self.app.part::<Catalogue>();
        let kind = self.kind.as_ref();
        Allowed::of(
            self.limits,
            kind.and_then(|kind| catalogue.paper(kind.as_str())),
        )
    }

    fn claim(&self) -> Option<Claim> {
        let kind = self.kind.clone();
        self.dossier.map(|dossier| Claim { dossier, kind })
    }

    /// Receives the file. What would be too much is refused before, as far as its length is told.
    async fn file(&self, mut field: Field<'_>) -> Result<File, Problem> {
        let allowed = self.allowed();
        let told = self.length.saturating_sub(AROUND);
        let fits = allowed.take_length(told);
        fits.map_err(|refusal| refused(&refusal))?;
        if let Some(claim) = self.claim() {
            share::look(self.app, self.owner, Some(&claim), told.max(1)).await?;
        }
        let sent_name = field.file_name().map(str::to_owned);
        let mut head = BytesMut::new();
        while head.len() < HEAD {
            match field.chunk().await.map_err(|e| self.broken(&e))? {
                Some(piece) => head.extend_from_slice(&piece),
                None => break,
            }
        }
        let media_type = media_of(&head).and_then(|media_type| {
            allowed.take_media(media_type)?;
            Ok(media_type)
        });
        let media_type = media_type.map_err(|refusal| refused(&refusal))?;
        let head = stream::once(std::future::ready(Ok::<Bytes, MultipartError>(
            head.freeze(),
        )));
        let mut bytes = 0;
        let pieces = head.chain(field);
        let pieces = pieces.inspect_ok(|piece| bytes += piece.len() as u64);
        let (ticket, most) = (self.app.clock().new_id(), allowed.limits.bytes);
        let received = self.app.part::<Files>().receive(ticket, pieces, most).await;
        Ok(File {
            received: received.map_err(|error| not_kept(error, &allowed))?,
            bytes,
            name: FileName::of(sent_name.as_deref(), media_type),
            media_type,
        })
    }

    /// A field that says something of the file. An empty one is one that a page left out.
    async fn field<T: Said>(&self, mut field: Field<'_>) -> Result<Option<T>, Problem> {
        let name = field.name().unwrap_or_default().to_owned();
        let mut text = BytesMut::new();
        while let Some(piece) = field.chunk().await.map_err(|e| self.broken(&e))? {
            text.extend_from_slice(&piece);
            if text.len() > LONGEST {
                break;
            }
        }
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        let said = (!text.is_empty()).then(|| T::read(&text)).transpose();
        said.map_err(|reason| Problem::field(&name, reason))
    }

    fn broken(&self, error: &MultipartError) -> Problem {
        broken(error, &self.allowed())
    }
}

/// The longest text of a field, in bytes; more of it is not read.
const LONGEST: usize = 4096;

/// Something that a form says of its file.
trait Said: Sized {
    fn read(text: &str) -> Result<Self, Refused>;
}

impl Said for PaperKind {
    fn read(text: &str) -> Result<Self, Refused> {
        Self::parse(text)
    }
}

impl Said for DossierId {
    fn read(text: &str) -> Result<Self, Refused> {
        tus::dossier(text)
    }
}

/// A path on this site.
struct OwnPath(String);

impl Said for OwnPath {
    fn read(text: &str) -> Result<Self, Refused> {
        let path = chassis::http::own_path(text).map(|path| Self(path.to_owned()));
        path.ok_or(Refused::new(
            "Phải là một đường dẫn trên trang này",
            "It must be a path on this site",
        ))
    }
}

fn not_asked(name: &str) -> Problem {
    let name: String = name.chars().take(40).collect();
    let reason = Refused::new(
        "Biểu mẫu chỉ có một mục file, một mục kind, một mục dossier và một mục back",
        "The form has one field `file`, one `kind`, one `dossier` and one `back`, and no other",
    );
    Problem::field(&name, reason)
}
