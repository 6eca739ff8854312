//! An upload as it streams in: the file goes to the store while it comes, and nothing of a refused one is kept.

mod form;

use axum::{
    body::HttpBody,
    extract::{Request, State, multipart::MultipartError},
    http::StatusCode,
    response::Response,
};
use chassis::{
    App, Failure,
    auth::Filer,
    http::{Act, Answer, Problem, page},
};
use contracts::{Refused, scan::ReadDocument};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::form::{Sent, receive};
use super::{View, share};
use crate::{
    domain::{Allowed, Fault, Refusal},
    store,
};

/// What an upload brings (`multipart/form-data`).
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form for OpenAPI; it is read as it streams in"
)]
pub struct Form {
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
    Filer(claims): Filer,
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
fn broken(error: &MultipartError, allowed: &Allowed) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return refused(&allowed.too_large());
    }
    let reason = Refused::new(
        "Tải lên bị đứt giữa chừng, xin gửi lại",
        "The upload broke off, please send it again",
    );
    refused(&Refusal::new(Fault::Malformed, reason))
}

fn not_kept(error: files::Error, allowed: &Allowed) -> Problem {
    match error {
        files::Error::TooLarge => refused(&allowed.too_large()),
        files::Error::BrokenOff(error) => match error.downcast::<MultipartError>() {
            Ok(error) => broken(&error, allowed),
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
