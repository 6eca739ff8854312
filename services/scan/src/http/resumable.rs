//! Uploads that break off and go on: the tus protocol, version 1.0.0, for whatever client speaks it.

mod growth;
mod head;

use axum::{
    Json,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Filer},
    http::{Act, Answer, Path, Problem},
};
use chrono::{DateTime, Utc};
use files::Files;
use procedure::Catalogue;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::{
    growth::Growth,
    head::{checksum, http_date, is_piece, length, number, put, text},
};
use super::{share, upload::refused};
use crate::{
    config::Config,
    domain::{
        Allowed,
        tus::{CHECKSUMS, EXTENSIONS, Metadata, PIECE, VERSION},
    },
    own::ExpireUpload,
    store::uploads::{self, Coming},
};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
const EXPIRES: &str = "upload-expires";
const METADATA: &str = "upload-metadata";
/// Which document the upload has become: our own word beside the protocol's.
const DOCUMENT: &str = "motcua-document";

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(capabilities, begin))
        .routes(routes!(stand, state, append, end, by_other_name))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(spoken))
}

/// What breaks the protocol's own rules, with the protocol's own status.
enum Protocol {
    WrongVersion,
    WrongOffset,
    TooMuch,
    ChecksumMismatch,
    Expired,
}

impl From<Protocol> for Problem {
    fn from(protocol: Protocol) -> Self {
        // 460 is the protocol's.
        let mismatch = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
        let (status, vi, en) = match protocol {
            Protocol::WrongVersion => (
                StatusCode::PRECONDITION_FAILED,
                "Chỉ nhận giao thức tus phiên bản 1.0.0 (Tus-Resumable)",
                "Only version 1.0.0 of the tus protocol is spoken (Tus-Resumable)",
            ),
            Protocol::WrongOffset => (
                StatusCode::CONFLICT,
                "Upload-Offset không phải là số byte đã nhận; hãy hỏi lại rồi gửi tiếp",
                "Upload-Offset is not the number of bytes received; ask again and go on",
            ),
            Protocol::TooMuch => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "Gửi nhiều byte hơn Upload-Length đã báo",
                "More bytes were sent than Upload-Length announced",
            ),
            Protocol::ChecksumMismatch => (
                mismatch,
                "Phần này bị hỏng trên đường truyền (Upload-Checksum không khớp); xin gửi lại",
                "This piece was damaged on the way (Upload-Checksum does not match); send it again",
            ),
            Protocol::Expired => (
                StatusCode::GONE,
                "Lần tải lên này đã quá hạn, xin bắt đầu lại",
                "This upload has expired, please begin again",
            ),
        };
        refuse(status, vi, en)
    }
}

fn refuse(status: StatusCode, vi: &str, en: &str) -> Problem {
    Problem::new(status, vi, en)
}

/// Every request names the version, every answer does, and no answer is kept by a cache.
async fn spoken(request: Request, next: Next) -> Response {
    let of_protocol = !matches!(*request.method(), Method::OPTIONS | Method::GET);
    let version = request.headers().get(RESUMABLE);
    let mut response = if of_protocol && version.is_none_or(|version| version != VERSION) {
        Problem::from(Protocol::WrongVersion).into_response()
    } else {
        next.run(request).await
    };
    let own = HeaderValue::from_static(VERSION);
    let headers = response.headers_mut();
    headers.insert("tus-version", own.clone());
    headers.insert(RESUMABLE, own);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What is spoken here, and how large a file may be.
#[utoipa::path(options, path = "/scan/uploads", responses((status = NO_CONTENT, description = "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm")))]
async fn capabilities(State(app): State<App>) -> impl IntoResponse {
    let most = app.config::<Config>().limits().bytes.to_string();
    let headers = [
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", CHECKSUMS.to_owned()),
        ("tus-max-size", most),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// Begins an upload of `Upload-Length` bytes; `Upload-Metadata` may name `filename`, `kind` and `dossier`. A body is its first piece.
#[utoipa::path(post, path = "/scan/uploads",
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = CREATED, description = "Location is where it goes on; Upload-Expires until when"),
        (status = BAD_REQUEST, body = Problem),
        (status = PRECONDITION_FAILED, body = Problem, description = "Another version of the protocol"),
        (status = PAYLOAD_TOO_LARGE, body = Problem, description = "The file, or all that this person or the dossier keeps here, would be too large"),
        (status = UNPROCESSABLE_ENTITY, body = Problem, description = "Metadata that cannot be read, or a dossier that has as many papers as it may"),
        (status = INSUFFICIENT_STORAGE, body = Problem, description = "The store is full"),
    ))]
async fn begin(Filer(claims): Filer, act: Act, request: Request) -> Result<Response, Problem> {
    let app = act.app().clone();
    let headers = request.headers();
    let metadata = Metadata::parse(&text(headers, METADATA)?)
        .map_err(|reason| Problem::field("Upload-Metadata", reason))?;
    let checksum = checksum(headers)?;
    let has_piece = is_piece(headers);
    let coming = Coming {
        id: app.clock().new_id(),
        owner: claims.sub,
        metadata,
        length: length(headers)?,
        received: 0,
        media_type: None,
        document: None,
        expires_at: app.clock().now() + app.config::<Config>().upload_life(),
    };
    let fits = allowed(&app, &coming.metadata).take_length(coming.length);
    fits.map_err(|refusal| refused(&refusal))?;
    let place = format!("/scan/uploads/{}", coming.id);
    let expires = http_date(coming.expires_at);
    let begun = coming.clone();
    let work = async |tx: Tx| {
        let (owner, claim) = (begun.owner, begun.metadata.claim());
        share::promise(&tx, owner, claim.as_ref(), begun.length).await?;
        uploads::begin(tx.db(), &begun, tx.now()).await?;
        let expire = ExpireUpload { upload: begun.id };
        tx.send_at(begun.expires_at, &expire);
        Ok(Answer::nothing())
    };
    act.by(claims.sub).transact(work).await?;
    let coming = if has_piece {
        Growth::new(app, coming, checksum)
            .take(request.into_body())
            .await?
    } else {
        coming
    };
    let mut response = standing(&coming);
    *response.status_mut() = StatusCode::CREATED;
    put(&mut response, "location", &place);
    put(&mut response, EXPIRES, &expires);
    Ok(response)
}

/// What a paper of the kind that its sender names may be.
fn allowed(app: &App, metadata: &Metadata) -> Allowed {
    let catalogue = app.part::<Catalogue>();
    let kind = metadata.kind.as_ref();
    let kind = kind.and_then(|kind| catalogue.paper(kind.as_str()));
    Allowed::of(app.config::<Config>().limits(), kind)
}

/// How many bytes of an upload are safe.
#[utoipa::path(head, path = "/scan/uploads/{id}", params(("id" = Uuid, Path)),
    responses((status = OK, description = "Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires, and Motcua-Document once it is one"), (status = NOT_FOUND), (status = GONE)))]
async fn stand(
    Filer(claims): Filer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let coming = mine(&app, &claims, id).await?;
    let mut response = standing(&coming);
    *response.status_mut() = StatusCode::OK;
    put(&mut response, LENGTH, &coming.length.to_string());
    put(&mut response, EXPIRES, &http_date(coming.expires_at));
    if !coming.metadata.header.is_empty() {
        put(&mut response, METADATA, &coming.metadata.header);
    }
    Ok(response)
}

/// An upload and where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct UploadView {
    /// Its id.
    id: Uuid,
    /// Bytes of the whole file.
    length: u64,
    /// Bytes that are safe.
    received: u64,
    /// The document it has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Uuid>,
    /// Until when it can go on.
    expires_at: DateTime<Utc>,
}

/// The same as JSON, for who does not speak the protocol.
#[utoipa::path(get, path = "/scan/uploads/{id}", params(("id" = Uuid, Path)),
    responses((status = OK, body = UploadView), (status = NOT_FOUND, body = Problem), (status = GONE, body = Problem)))]
async fn state(
    Filer(claims): Filer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<UploadView>, Problem> {
    let coming = mine(&app, &claims, id).await?;
    Ok(Json(UploadView {
        id,
        length: coming.length,
        received: coming.received,
        document: coming.document.map(|document| document.0),
        expires_at: coming.expires_at,
    }))
}

/// Goes on with an upload at `Upload-Offset`. The last piece makes it a document, which `Motcua-Document` names.
#[utoipa::path(patch, path = "/scan/uploads/{id}", params(("id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = NO_CONTENT, description = "Upload-Offset, Upload-Expires"),
        (status = CONFLICT, body = Problem, description = "Upload-Offset is another"),
        (status = GONE, body = Problem),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, body = Problem, description = "Not a piece, or a kind of file that is not taken"),
        (status = 460, body = Problem, description = "Upload-Checksum does not match"),
        (status = INSUFFICIENT_STORAGE, body = Problem, description = "The store is full; what came before is kept"),
    ))]
async fn append(
    Filer(claims): Filer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    grow(&app, &claims, id, &parts.headers, body).await
}

async fn grow(
    app: &App,
    claims: &Claims,
    id: Uuid,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !is_piece(headers) {
        let (vi, en) = (
            format!("Nội dung phải là {PIECE}"),
            format!("The body must be {PIECE}"),
        );
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &vi, &en));
    }
    let offset = number(headers, "Upload-Offset")?;
    let checksum = checksum(headers)?;
    let coming = mine(app, claims, id).await?;
    if offset != coming.received {
        return Err(Protocol::WrongOffset.into());
    }
    let coming = if coming.document.is_some() {
        coming
    } else {
        Growth::new(app.clone(), coming, checksum)
            .take(body)
            .await?
    };
    let mut response = standing(&coming);
    put(&mut response, EXPIRES, &http_date(coming.expires_at));
    Ok(response)
}

/// Gives an upload up: nothing of it is kept. A document that it has become stays.
#[utoipa::path(delete, path = "/scan/uploads/{id}", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem)))]
async fn end(
    Filer(claims): Filer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    mine(&app, &claims, id).await?;
    end_upload(&app, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// PATCH and DELETE for those whose network lets only POST pass: `X-HTTP-Method-Override` names which.
#[utoipa::path(post, path = "/scan/uploads/{id}", params(("id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = NO_CONTENT), (status = METHOD_NOT_ALLOWED, body = Problem)))]
async fn by_other_name(
    citizen: Filer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let meant = text(&parts.headers, "x-http-method-override")?;
    match meant.as_str() {
        "PATCH" => grow(&app, &citizen.0, id, &parts.headers, body).await,
        "DELETE" => end(citizen, State(app), Path(id)).await,
        _ => Err(refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "X-HTTP-Method-Override là PATCH hoặc DELETE",
            "X-HTTP-Method-Override is PATCH or DELETE",
        )),
    }
}

/// Removes an upload with all that has come of it.
pub(super) async fn end_upload(app: &App, id: Uuid) -> Result<(), Failure> {
    let forget = async |tx: Tx| Ok(uploads::forget(tx.db(), id).await?);
    app.transact(forget).await?;
    remove_pieces(app, id).await;
    Ok(())
}

/// What cannot be removed now goes when the upload's time is over.
async fn remove_pieces(app: &App, id: Uuid) {
    if let Err(error) = app.part::<Files>().remove_pieces(id).await {
        tracing::warn!(upload = %id, error = %error, "pieces are left until their upload expires");
    }
}

/// The upload of who asks; to others there is none.
async fn mine(app: &App, claims: &Claims, id: Uuid) -> Result<Coming, Problem> {
    let coming = uploads::find(app.db().reads(), id).await?;
    let coming = coming.filter(|coming| coming.owner == claims.sub);
    let coming = coming.ok_or_else(Problem::not_found)?;
    if coming.document.is_none() && coming.expires_at <= app.clock().now() {
        return Err(Protocol::Expired.into());
    }
    Ok(coming)
}

/// How far an upload is, as answered to who sent a piece of it.
fn standing(coming: &Coming) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, OFFSET, &coming.received.to_string());
    if let Some(document) = coming.document {
        put(&mut response, DOCUMENT, &document.to_string());
    }
    response
}
