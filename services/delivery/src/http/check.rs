//! The check that is open to all: whether a paper, or a file, was issued here and still holds.

use axum::{
    extract::{
        DefaultBodyLimit, Multipart, State,
        multipart::{Field, MultipartError},
    },
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use chassis::{
    App,
    auth::Jwks,
    http::{Path, Problem},
};
use chrono::{DateTime, Utc};
use pades::Grounds;
use procedure::Catalogue;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Reader, Visitor};

use crate::{
    config::Config,
    domain::{
        State as Standing,
        attestation::{Attestation, Deed},
        code::CheckCode,
    },
    handlers::CheckPage,
    pages, proofs,
    signing::{
        Signing,
        judge::{Busy, Judge, Worth},
    },
    store::{self, Entry, attestations},
};

/// The check's routes. The configuration, not the general limit, says how large a compared file may be.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(compare))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(check))
        .routes(routes!(keys))
        .routes(routes!(roots))
        .routes(routes!(checker))
}

/// The keys that papers' statements were ever signed with. Whoever checks papers without a line keeps a copy.
#[utoipa::path(get, path = "/delivery/check/keys", responses((status = OK, body = Jwks)))]
async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let listed = axum::Json(proofs::listed(&app).await?);
    Ok(([(header::CACHE_CONTROL, "public, max-age=3600")], listed).into_response())
}

/// The certificates in PEM of those whom this service believes when it judges signatures: for other programs that check them.
#[utoipa::path(get, path = "/delivery/check/roots", responses((status = OK, content_type = "application/x-pem-file")))]
async fn roots(State(app): State<App>) -> Result<Response, Problem> {
    let anchors = app.part::<Signing>().anchors();
    let pem = anchors.iter().map(pades::Certificate::to_pem);
    let pem: String = pem
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// A page to keep and to open without a line: it checks what a paper's QR code says by the keys listed on the day it was
/// fetched. It is a file of its own, with its script inside.
#[utoipa::path(get, path = "/delivery/check/checker", responses((status = OK, content_type = "text/html")))]
async fn checker(State(app): State<App>) -> Result<Response, Problem> {
    let listed = proofs::listed(&app).await?;
    let catalogue = app.part::<Catalogue>();
    let page = app.part::<CheckPage>();
    let names = catalogue
        .organisations()
        .iter()
        .map(|one| (one.code.to_string(), &one.name.vi));
    let html = pages::checker(&listed, names.collect(), &page.0, app.clock().now())?;
    let kept = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"kiem-tra-giay-to.html\"",
        ),
    ];
    Ok((kept, html).into_response())
}

/// What anybody may learn of a paper. The same shape whether it is known or not.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CheckView {
    /// `valid`, `revoked`, `replaced` or `unknown`.
    pub standing: &'static str,
    /// Number and symbol.
    pub number: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What it is called in English.
    pub title_en: Option<String>,
    /// The procedure's code.
    pub procedure: Option<String>,
    /// The body that issued it.
    pub organisation: Option<String>,
    /// The initials of whom it is for.
    pub initials: Option<String>,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it was taken back or replaced.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The number and symbol of the one that stands for it.
    pub replaced_by: Option<String>,
    /// Whose digital seal the PDF bears.
    pub sealed_by: Option<String>,
    /// That it was signed, numbered and sealed: by whom and when.
    pub proofs: Vec<ProofView>,
    /// SHA-256 of the PDF, lower hex.
    pub sha256: Option<String>,
    /// What the file is worth that was brought; null where none was.
    pub file: Option<FileView>,
}

/// One proof of a paper, as far as it is public.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProofView {
    /// `signed`, `numbered` or `sealed`.
    pub deed: &'static str,
    /// The signer, the body whose book it is, the name on the seal.
    pub by: String,
    /// The signer's office.
    pub title: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The level of the signature in the PDF, as PAdES names it; null where there is none.
    pub level: Option<&'static str>,
}

impl From<Attestation> for ProofView {
    fn from(proof: Attestation) -> Self {
        Self {
            deed: proof.deed.name(),
            level: proof.level(),
            by: proof.by,
            title: proof.title,
            at: proof.at,
        }
    }
}

/// What a file is worth.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileView {
    /// `unreadable`, `unsigned`, `changed`, `doubtful` or `valid`.
    pub verdict: &'static str,
    /// Its signatures.
    pub signatures: Vec<SignatureView>,
    /// The number of the paper issued here that it begins with, where something was added to one.
    pub begins_with: Option<String>,
}

/// What a signature in a file is worth.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignatureView {
    /// The name in its certificate.
    pub by: Option<String>,
    /// `valid`, `changed`, `broken`, `revoked`, `expired` or `unknown`.
    pub worth: &'static str,
    /// When it was made, as the signer says.
    pub signed_at: Option<DateTime<Utc>>,
    /// When it was there at the latest, as a timestamp authority says.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Whether the certificate signed or sealed papers here.
    pub ours: bool,
}

impl CheckView {
    /// What the public learns of what was found, and of the one that stands for it. A result whose file is not made yet is not
    /// known yet.
    fn of(found: Option<Entry>, successor: Option<Entry>, proofs: Vec<Attestation>) -> Self {
        let Some((entry, (hash, issued_at))) = found.and_then(|entry| {
            let issued = entry.issued.clone()?;
            Some((entry, issued))
        }) else {
            return Self {
                standing: "unknown",
                ..Self::default()
            };
        };
        Self {
            standing: match entry.state {
                Standing::Revoked => "revoked",
                Standing::Replaced => "replaced",
                Standing::Numbered | Standing::Issued | Standing::HandedOver => "valid",
            },
            number: Some(entry.number),
            title: Some(entry.title),
            title_en: Some(entry.title_en),
            procedure: Some(entry.procedure),
            organisation: Some(entry.organisation_name),
            initials: Some(entry.initials),
            issued_at: Some(issued_at),
            revoked_at: entry.revoked_at,
            replaced_by: successor.map(|other| other.number),
            sealed_by: proofs
                .iter()
                .find(|proof| proof.deed == Deed::Sealed)
                .map(|proof| proof.by.clone()),
            proofs: proofs.into_iter().map(ProofView::from).collect(),
            sha256: Some(hash.to_string()),
            file: None,
        }
    }

    /// The same, with the one that stands for it looked up.
    async fn told(app: &App, found: Option<Entry>) -> Result<Self, Problem> {
        let successor = found.as_ref().and_then(|entry| entry.replaced_by);
        let successor = match successor {
            Some(other) => store::entry(app.db().reads(), other).await?,
            None => None,
        };
        let proofs = match &found {
            Some(entry) => attestations::of(app.db().reads(), entry.id).await?,
            None => Vec::new(),
        };
        Ok(Self::of(found, successor, proofs))
    }

    fn answer(self, reader: Reader, visitor: Visitor) -> Result<Response, Problem> {
        let status = if self.standing == "unknown" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        Ok(match reader {
            Reader::Person => (status, pages::checked(visitor, &self)?).into_response(),
            Reader::Program => (status, axum::Json(self)).into_response(),
        })
    }
}

/// Checks a paper by its code: open to all. A code has sixty random bits, so it cannot be found by trying.
#[utoipa::path(get, path = "/delivery/check/{code}", params(("code" = String, Path)),
    responses((status = OK, body = CheckView), (status = NOT_FOUND, body = CheckView)))]
async fn check(
    State(app): State<App>,
    Path(code): Path<String>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let found = match code.parse::<CheckCode>() {
        Ok(code) => store::by_code(app.db().reads(), &code).await?,
        Err(_) => None,
    };
    CheckView::told(&app, found).await?.answer(reader, visitor)
}

/// A file to be compared with what was issued.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form")]
struct CompareForm {
    /// The PDF.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Checks a file: whether exactly these bytes were issued, and what the signatures in it are worth. Open to all; nothing of the file
/// is kept.
#[utoipa::path(post, path = "/delivery/check", request_body(content = CompareForm, content_type = "multipart/form-data"),
    responses((status = OK, body = CheckView), (status = NOT_FOUND, body = CheckView)))]
async fn compare(
    State(app): State<App>,
    reader: Reader,
    visitor: Visitor,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let limit = app.config::<Config>().compare_limit;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() == Some("file") {
            let file = whole(field, limit).await?;
            let sha256 = hex::encode(Sha256::digest(&file));
            let found = store::by_hash(app.db().reads(), &sha256).await?;
            let mut view = CheckView::told(&app, found).await?;
            view.file = Some(judged(&app, file, &sha256).await?);
            return view.answer(reader, visitor);
        }
    }
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "Xin chọn một tệp",
        "Please choose a file",
    ))
}

fn unreadable(_: MultipartError) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "Không đọc được tệp",
        "The file cannot be read",
    )
}

/// A file that was brought, no larger than is allowed.
async fn whole(mut field: Field<'_>, limit: usize) -> Result<Bytes, Problem> {
    let mut file = BytesMut::new();
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        if file.len() + piece.len() > limit {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Tệp quá lớn",
                "The file is too large",
            ));
        }
        file.extend_from_slice(&piece);
    }
    Ok(file.freeze())
}

/// What the signatures of a file are worth now, and whether it is one of ours with something added.
async fn judged(app: &App, file: Bytes, sha256: &str) -> Result<FileView, Problem> {
    let grounds = Grounds {
        anchors: app.part::<Signing>().anchors(),
        ..Grounds::default()
    };
    let judging = app.part::<Judge>();
    let judging = judging.judge(file, grounds, app.clock().now()).await;
    let judged = judging.map_err(|Busy| Problem::unavailable())?;
    let mut begins_with = None;
    for beginning in judged.beginnings.iter().filter(|hash| *hash != sha256) {
        let known = store::by_hash(app.db().reads(), beginning).await?;
        begins_with = known.map(|entry| entry.number).or(begins_with);
    }
    let mut signatures = Vec::new();
    for found in &judged.signatures {
        let ours = match &found.certificate {
            Some(one) => attestations::is_ours(app.db().reads(), &one.fingerprint()).await?,
            None => false,
        };
        signatures.push(SignatureView {
            by: found.name(),
            worth: Worth::of(found).name(),
            signed_at: found.signed_at,
            confirmed_at: found.confirmed_at,
            ours,
        });
    }
    Ok(FileView {
        verdict: judged.verdict.name(),
        signatures,
        begins_with,
    })
}
