//! Checked documents over HTTP: the code that somebody reads to an officer, and the officer's check.

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure,
    auth::{Citizen, Officer},
    http::{FieldError, Json, Problem},
};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{AccountId, Refused};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use crate::{
    document_checks::{self, Asked, Differs, Refusal, Shown},
    pages,
    sessions::{Known, still_open},
    store::document_checks::{self as rows, Check},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(standing, show))
        .routes(routes!(form, check))
}

/// What an officer has checked, as the account's owner sees it.
#[derive(Serialize, ToSchema)]
pub struct CheckView {
    /// The kind of document.
    pub kind: String,
    /// Who checked it.
    pub officer: String,
    /// When.
    pub checked_at: DateTime<Utc>,
    /// The document's last day; nothing for one that is good for life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            kind: check.kind,
            officer: check.officer_name,
            checked_at: check.checked_at,
            expires_on: check.expires_on,
        }
    }
}

/// How somebody's documents stand.
#[derive(Serialize, ToSchema)]
pub struct DocumentsView {
    /// What was checked, the newest first.
    pub checks: Vec<CheckView>,
    /// Whether a code can be shown: there is a second factor or a passkey by which the owner shows later that the account is theirs.
    pub ready: bool,
}

/// How somebody's documents stand.
pub(crate) async fn documents(app: &App, account: AccountId) -> Result<DocumentsView, Failure> {
    let checks = rows::of(app.db().reads(), account).await?;
    Ok(DocumentsView {
        checks: checks.into_iter().map(CheckView::from).collect(),
        ready: document_checks::can_show(app, account).await?,
    })
}

/// How one's own documents stand.
#[utoipa::path(get, path = "/identity/document-check",
    responses((status = OK, body = DocumentsView), (status = UNAUTHORIZED, body = Problem)))]
async fn standing(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let view = documents(&app, claims.sub).await?;
    match reader {
        Reader::Person => pages::document_checks::standing(&claims, &view, None),
        Reader::Program => Ok(([(header::CACHE_CONTROL, "no-store")], Body(view)).into_response()),
    }
}

/// A code to be read to an officer.
#[derive(Serialize, ToSchema)]
pub struct CodeView {
    /// The code.
    pub code: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Nothing of theirs would show later that the account is theirs.
pub(crate) fn unready() -> Problem {
    Problem::conflict(
        "Trước hết hãy bật xác thực hai bước hoặc thêm khóa truy cập: nhờ đó lần sau bạn chứng minh được tài khoản là của mình",
        "First turn on a second factor or add a passkey: by it you show later that the account is yours",
    )
}

/// Makes the code by which an officer finds one's account, in place of the one before. It is shown this once.
#[utoipa::path(post, path = "/identity/document-check",
    responses((status = CREATED, body = CodeView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem)))]
async fn show(
    Citizen(claims): Citizen,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    still_open(&app, &claims).await?;
    let shown = document_checks::show(&app, &claims)
        .await?
        .ok_or_else(unready)?;
    if reader == Reader::Person {
        let view = documents(&app, claims.sub).await?;
        return pages::document_checks::standing(&claims, &view, Some(&shown));
    }
    let Shown { code, expires_at } = shown;
    let view = CodeView {
        code: code.to_string(),
        expires_at,
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Body(view)).into_response())
}

/// The officer's form.
#[utoipa::path(get, path = "/identity/document-checks",
    responses((status = OK, content_type = "text/html"), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem)))]
async fn form(Officer(claims): Officer, State(app): State<App>) -> Result<Response, Problem> {
    still_open(&app, &claims).await?;
    pages::document_checks::form(&claims)
}

/// What an officer has before them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentCheck {
    /// What the account's owner reads to them.
    pub code: String,
    /// What the QR code on the identity card says: seven fields between strokes.
    pub card: String,
    /// The card's last day; nothing for one that is good for life.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// That the officer has looked at the person, and it is the one on the card.
    pub seen: bool,
}

/// The field that a refusal is about, with its reason. Of the account nothing is said but which field differs.
pub(crate) fn reasons(refusal: &Refusal) -> Vec<FieldError> {
    let one = |field: &str, vi: &'static str, en: &'static str| {
        vec![FieldError::new(field, &Refused::new(vi, en))]
    };
    match refusal {
        Refusal::Code => one(
            "code",
            "Mã không đúng hoặc đã quá hạn, xin nhờ công dân lấy mã mới",
            "The code is wrong or over, please have a new one shown",
        ),
        Refusal::Card => one(
            "card",
            "Đây không phải nội dung mã QR của căn cước: bảy mục cách nhau bằng dấu |",
            "This is not what the QR code of an identity card says: seven fields between strokes",
        ),
        Refusal::Contradicts => one(
            "card",
            "Số định danh không khớp với năm sinh hoặc giới tính ghi trên căn cước",
            "The number contradicts the year of birth or the sex on the card",
        ),
        Refusal::Expired => one(
            "expires_on",
            "Căn cước đã hết hạn hoặc có ngày cấp trong tương lai",
            "The card is good no more, or was issued in the future",
        ),
        Refusal::Unseen => one(
            "seen",
            "Cán bộ phải nhìn người và so với ảnh trên căn cước",
            "The officer has to look at the person and compare them with the card",
        ),
        Refusal::Own => one(
            "code",
            "Không tự đối chiếu tài khoản của chính mình, xin nhờ cán bộ khác",
            "Nobody checks their own account, please ask a colleague",
        ),
        Refusal::Staff => one(
            "code",
            "Đây là tài khoản của người làm việc ở đây, không phải của công dân",
            "This is the account of somebody who works here, not a citizen's",
        ),
        Refusal::NumberTaken => one(
            "card",
            "Số định danh này đã thuộc một tài khoản khác",
            "Another account has this number",
        ),
        Refusal::Differs(fields) => fields
            .iter()
            .map(|field| match field {
                Differs::Name => FieldError::new(
                    "name",
                    &Refused::new(
                        "Họ tên trên căn cước khác với tài khoản",
                        "The name on the card is not the account's",
                    ),
                ),
                Differs::Number => FieldError::new(
                    "number",
                    &Refused::new(
                        "Số định danh trên căn cước khác với tài khoản",
                        "The number on the card is not the account's",
                    ),
                ),
            })
            .collect(),
    }
}

/// Checks a card at the counter. The account of whose it is counts as checked from then on, and the officer's name stands there.
#[utoipa::path(post, path = "/identity/document-checks", request_body = DocumentCheck,
    responses((status = CREATED, body = CheckView), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn check(
    Officer(claims): Officer,
    State(app): State<App>,
    Json(asked): Json<DocumentCheck>,
) -> Result<Response, Problem> {
    still_open(&app, &claims).await?;
    let asked = Asked {
        code: &asked.code,
        card: &asked.card,
        expires_on: asked.expires_on,
        seen: asked.seen,
    };
    match document_checks::check(&app, &claims, &asked).await? {
        Ok(check) => Ok((StatusCode::CREATED, Body(CheckView::from(check))).into_response()),
        Err(refusal) => Err(Problem::fields(reasons(&refusal))),
    }
}
