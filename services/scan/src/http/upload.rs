//! An upload as it streams in: the file goes to the store while it comes, and nothing of a refused one is kept.

use axum::{
    body::{Body, HttpBody},
    extract::{
        FromRequest, Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
    response::Response,
};
use bytes::{Bytes, BytesMut};
use chassis::{
    App, Failure,
    auth::Citizen,
    http::{Act, Answer, Problem, page},
};
use contracts::{AccountId, DossierId, Refused, scan::ReadDocument};
use files::{self, Files, Received};
use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::Limited;
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{View, share};
use crate::{
    config::Config,
    domain::{Claim, Fault, FileName, HEAD, Limits, MediaType, PaperKind, Refusal, tus},
    store::{self, Upload},
};

/// What an upload brings (`multipart/form-data`).
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form for OpenAPI; it is read as it streams in"
)]
struct Form {
    /// The file: PDF, JPEG, PNG, TIFF, WebP or HEIC, told by its content.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What the paper is, e.g. `to-khai`: 1 to 60 plain letters, digits, dots, dashes and underscores.
    kind: Option<String>,
    /// For which dossier it is: the dossier's id. It counts against what one dossier may hold.
    dossier: Option<Uuid>,
    /// Where a browser goes on: a path on this site, to which `document={id}` is added.
    back: Option<String>,
}

/// Uploads a document. The same bytes sent again are the same document.
#[utoipa::path(
    post,
    path = "/scan/documents",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = CREATED, body = View, description = "Stored; it will be checked and read"),
        (status = OK, body = View, description = "These bytes are this person's document already"),
        (status = SEE_OTHER, description = "For a browser that said where to go on"),
        (status = BAD_REQUEST, body = Problem, description = "No file, an empty one, or a broken upload"),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, description = "A kind of file that is not taken"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "A field is wrong"),
        (status = INSUFFICIENT_STORAGE, body = Problem, description = "The store is full"),
    )
)]
pub async fn add(
    Citizen(claims): Citizen,
    act: Act,
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let is_browser = page::is_wanted(request.headers());
    // Where nobody said how long it is: whether there is room for anything at all.
    let length = request.body().size_hint().lower().max(1);
    share::look(&app, claims.sub, None, length).await?;
    let Sent {
        upload,
        claim,
        back,
    } = receive(&app, claims.sub, request).await?;
    let back = back.filter(|_| is_browser);
    act.by(claims.sub)
        .about(&upload.file.hash.as_str())
        .transact(|tx| async move {
            share::take(&tx, upload.owner, claim.as_ref(), &upload.file).await?;
            let (document, is_new) =
                store::add(tx.db(), tx.new_id().into(), &upload, tx.now()).await?;
            if let Some(claim) = &claim {
                let (owner, now) = (upload.owner, tx.now());
                store::quota::claim(tx.db(), owner, claim, document.id, now).await?;
            }
            if is_new {
                tx.say(&ReadDocument {
                    document: document.id,
                });
            }
            if let Some(back) = back {
                let joint = if back.contains('?') { '&' } else { '?' };
                return Ok(Answer::see_other(format!(
                    "{back}{joint}document={}",
                    document.id
                )));
            }
            let status = if is_new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let place = format!("/scan/documents/{}", document.id);
            Ok(Answer::json(status, &View::from(document)).header("location", place))
        })
        .await
}

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
    timeout(
        config.upload_time(),
        read(app, owner, config.limits(), request),
    )
    .await
    .map_err(|_| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "Tải lên quá lâu, xin thử lại khi mạng tốt hơn",
            "The upload took too long, please try again on a better connection",
        )
    })?
}

async fn read(
    app: &App,
    owner: AccountId,
    limits: Limits,
    request: Request,
) -> Result<Sent, Problem> {
    let most = usize::try_from(limits.bytes + AROUND).unwrap_or(usize::MAX);
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
    let (mut file, mut kind, mut dossier, mut back) = (None, None, None, None);
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| broken(&error, &limits))?
    {
        match field.name() {
            Some("file") if file.is_none() => file = Some(receive_file(app, &limits, field).await?),
            Some("kind") if kind.is_none() => kind = receive_kind(field, &limits).await?,
            Some("dossier") if dossier.is_none() => {
                dossier = receive_dossier(field, &limits).await?
            }
            Some("back") if back.is_none() => back = receive_back(field, &limits).await?,
            name => {
                let name: String = name.unwrap_or_default().chars().take(40).collect();
                let reason = Refused::new(
                    "Biểu mẫu chỉ có một mục file, một mục kind, một mục dossier và một mục back",
                    "The form has one field `file`, one `kind`, one `dossier` and one `back`, and no other",
                );
                return Err(Problem::field(&name, reason));
            }
        }
    }
    let Some((received, name, media_type)) = file else {
        let reason = Refused::new("Thiếu tệp (mục file)", "The file is missing (field `file`)");
        return Err(refused(&Refusal::new(Fault::Malformed, reason)));
    };
    let file = received
        .keep()
        .await
        .map_err(|error| not_kept(error, &limits))?;
    let claim = dossier.map(|dossier| Claim {
        dossier,
        kind: kind.clone(),
    });
    let upload = Upload {
        owner,
        kind,
        name,
        file,
        media_type,
    };
    Ok(Sent {
        upload,
        claim,
        back,
    })
}

async fn receive_file(
    app: &App,
    limits: &Limits,
    mut field: Field<'_>,
) -> Result<(Received, FileName, MediaType), Problem> {
    let sent_name = field.file_name().map(str::to_owned);
    let mut head = BytesMut::new();
    while head.len() < HEAD {
        match field
            .chunk()
            .await
            .map_err(|error| broken(&error, limits))?
        {
            Some(piece) => head.extend_from_slice(&piece),
            None => break,
        }
    }
    let media_type = MediaType::of(&head).map_err(|refusal| refused(&refusal))?;
    let head = stream::once(std::future::ready(Ok::<Bytes, MultipartError>(
        head.freeze(),
    )));
    let received = app
        .part::<Files>()
        .receive(
            app.clock().new_id(),
            head.chain(field.into_stream()),
            limits.bytes,
        )
        .await
        .map_err(|error| not_kept(error, limits))?;
    Ok((
        received,
        FileName::of(sent_name.as_deref(), media_type),
        media_type,
    ))
}

/// An empty field is one that a page left out.
async fn receive_kind(field: Field<'_>, limits: &Limits) -> Result<Option<PaperKind>, Problem> {
    let Some(text) = receive_text(field, limits).await? else {
        return Ok(None);
    };
    PaperKind::parse(&text)
        .map(Some)
        .map_err(|reason| Problem::field("kind", reason))
}

async fn receive_dossier(field: Field<'_>, limits: &Limits) -> Result<Option<DossierId>, Problem> {
    let text = receive_text(field, limits).await?;
    let dossier = text.map(|text| tus::dossier(&text)).transpose();
    dossier.map_err(|reason| Problem::field("dossier", reason))
}

async fn receive_back(field: Field<'_>, limits: &Limits) -> Result<Option<String>, Problem> {
    let Some(text) = receive_text(field, limits).await? else {
        return Ok(None);
    };
    let path = chassis::http::own_path(&text).map(str::to_owned);
    let reason = Refused::new(
        "Phải là một đường dẫn trên trang này",
        "It must be a path on this site",
    );
    path.map(Some).ok_or_else(|| Problem::field("back", reason))
}

/// A short text; more of it is not read.
async fn receive_text(mut field: Field<'_>, limits: &Limits) -> Result<Option<String>, Problem> {
    let mut text = BytesMut::new();
    while let Some(piece) = field
        .chunk()
        .await
        .map_err(|error| broken(&error, limits))?
    {
        text.extend_from_slice(&piece);
        if text.len() > 4096 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    Ok((!text.is_empty()).then_some(text))
}

/// A refusal of the file, with the status that fits its fault.
pub fn refused(refusal: &Refusal) -> Problem {
    let status = match refusal.fault {
        Fault::Malformed => StatusCode::BAD_REQUEST,
        Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Fault::TooManyPapers => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::NotTaken => StatusCode::UNSUPPORTED_MEDIA_TYPE,
    };
    Problem::new(
        status,
        "Không nhận được tệp này",
        "This file cannot be taken",
    )
    .detail(&refusal.reason.vi, &refusal.reason.en)
    .with_field("file", &refusal.reason)
}

/// The sender's connection broke, or sent what is no form.
fn broken(error: &MultipartError, limits: &Limits) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return refused(&limits.too_large());
    }
    let reason = Refused::new(
        "Tải lên bị đứt giữa chừng, xin gửi lại",
        "The upload broke off, please send it again",
    );
    refused(&Refusal::new(Fault::Malformed, reason))
}

fn not_kept(error: files::Error, limits: &Limits) -> Problem {
    match error {
        files::Error::TooLarge => refused(&limits.too_large()),
        files::Error::BrokenOff(error) => match error.downcast::<MultipartError>() {
            Ok(error) => broken(&error, limits),
            Err(error) => Failure::retry(files::Error::BrokenOff(error)).into(),
        },
        error => store_failed(error),
    }
}

/// Seconds after which a full store may have room again: somebody has to make it.
const ROOM: u64 = 300;

/// The store could not keep what came: what is safe already stays so, and nothing is half done.
pub fn store_failed(error: files::Error) -> Problem {
    if !matches!(error, files::Error::Full(_)) {
        return Failure::from(error).into();
    }
    tracing::error!(%error, "an upload is refused");
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "Kho giấy tờ đã đầy nên chưa nhận được tệp này",
        "The store of papers is full, so that this file cannot be taken now",
    )
    .detail(
        "Những gì đã nhận vẫn được giữ; xin thử lại sau ít phút",
        "What was received before is kept; please try again in a few minutes",
    )
    .retry_after(ROOM)
}
