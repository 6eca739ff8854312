//! Passkeys over HTTP: one's own, and signing in by one.

use axum::{
    Json as Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chassis::{
    App, Failure,
    auth::{Claims, OwnPage},
    http::{Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::Refused;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use web::Reader;

use super::{
    second_factor::ByBoth,
    second_step::over as sign_in_over,
    sessions::{SessionView, begun},
};
use crate::{
    domain::{PASSKEYS, Place},
    pages,
    passkey_sign_in::{self, Refusal as NoEntry},
    passkeys::{self, Asked, Refusal},
    sessions::Known,
    store::passkeys::{self as rows, Kept},
};

/// The passkeys' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(begin))
        .routes(routes!(remove))
        .routes(routes!(ask))
        .routes(routes!(ask_second))
        .routes(routes!(enter))
        .route("/identity/passkeys.js", get(script))
}

/// The script that asks the browser for passkeys, to be kept by it for an hour.
async fn script() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../assets/passkeys.js"))
}

/// A passkey as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct PasskeyView {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added: DateTime<Utc>,
    /// When somebody last signed in by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<DateTime<Utc>>,
    /// Whether somebody seems to have a copy of it. It opens nothing any more.
    pub suspected: bool,
}

impl From<Kept> for PasskeyView {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id,
            name: kept.name,
            added: kept.added_at,
            used: kept.used_at,
            suspected: kept.suspected_at.is_some(),
        }
    }
}

/// Somebody's passkeys, the oldest first.
pub(crate) async fn theirs(app: &App, claims: &Claims) -> Result<Vec<PasskeyView>, Failure> {
    let kept = rows::of(app.db().reads(), claims.sub).await?;
    Ok(kept.into_iter().map(PasskeyView::from).collect())
}

/// One's own passkeys, the oldest first.
#[utoipa::path(get, path = "/identity/passkeys",
    responses((status = OK, body = Vec<PasskeyView>), (status = UNAUTHORIZED, body = Problem)))]
async fn list(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let passkeys = theirs(&app, &claims).await?;
    match reader {
        Reader::Person => pages::passkeys::list(&app, &claims, &passkeys).await,
        Reader::Program => {
            Ok(([(header::CACHE_CONTROL, "no-store")], Body(passkeys)).into_response())
        }
    }
}

/// Browsers have no passkeys here.
fn nowhere() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "Địa chỉ của hệ thống này không dùng được khóa truy cập",
        "Browsers have no passkeys at this system's address",
    )
    .detail(
        "Cần một tên miền với https; địa chỉ IP không dùng được.",
        "It takes a domain name with https; a bare IP address will not do.",
    )
}

/// There is no such challenge, or no more.
fn over() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "Lần hỏi khóa truy cập này đã quá hạn hoặc đã dùng rồi, xin làm lại",
        "This challenge is over or was used already, please begin again",
    )
}

/// It is the only second factor of somebody who must have one.
pub(crate) fn the_last() -> Refused {
    Refused::new(
        "Tài khoản cán bộ phải có xác thực hai bước, và đây là cách duy nhất còn lại. Xin thêm khóa truy cập khác hoặc bật mã trên điện thoại trước",
        "An officer must have a second factor, and this is the only one left: add another passkey or an authenticator app first",
    )
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Nowhere => nowhere(),
            Refusal::Proof(refusal) => refusal.into(),
            Refusal::Name(refused) => Self::field("name", refused),
            Refusal::Full => Self::conflict(
                &format!("Mỗi tài khoản có nhiều nhất {PASSKEYS} khóa truy cập, xin xóa bớt"),
                &format!("An account has {PASSKEYS} passkeys at most, please remove one"),
            ),
            Refusal::Over => over(),
            Refusal::Unfit => Refused::new(
                "Thiết bị trả lời không đúng nên chưa thêm được khóa truy cập. Xin thử lại hoặc dùng thiết bị khác",
                "What the device answered is not genuine: no passkey was added. Please try again, or another device",
            )
            .into(),
            Refusal::There => Self::conflict(
                "Khóa truy cập này đã được thêm rồi",
                "This passkey was added already",
            ),
            Refusal::Unknown => Self::not_found(),
            Refusal::Last => {
                let Refused { vi, en } = the_last();
                Self::conflict(&vi, &en)
            }
        }
    }
}

impl From<NoEntry> for Problem {
    fn from(refusal: NoEntry) -> Self {
        match refusal {
            NoEntry::Nowhere => nowhere(),
            NoEntry::Over => over(),
            NoEntry::SignInOver => sign_in_over(),
            NoEntry::Wrong => Self::new(
                StatusCode::UNAUTHORIZED,
                "Khóa truy cập này không mở được tài khoản nào ở đây, có thể vì đã bị xóa. Xin đăng nhập bằng mật khẩu",
                "This passkey opens no account here; it may have been removed. Please sign in by password",
            ),
            NoEntry::Copied => Self::new(
                StatusCode::UNAUTHORIZED,
                "Khóa truy cập này có dấu hiệu bị sao chép nên không dùng được nữa. Xin đăng nhập cách khác rồi xóa nó; cán bộ hãy báo người vận hành",
                "There seems to be a copy of this passkey: it opens nothing any more. Please sign in another way and remove it; officers tell an operator",
            ),
        }
    }
}

/// What shows once more who wants a new passkey, and what it is to be called.
#[derive(Deserialize, ToSchema)]
pub struct NewPasskey {
    /// What its owner calls it: 1 to 60 characters.
    #[serde(default)]
    pub name: String,
    /// The password.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
    /// Six digits of the app, or a recovery code, where there is an authenticator app.
    #[serde(default)]
    pub code: String,
}

/// What a browser asks its passkeys.
#[derive(Serialize, ToSchema)]
pub struct ChallengeView {
    /// Names the challenge. Good once, and not for long.
    pub ticket: String,
    /// Until when it may be answered.
    pub expires_at: DateTime<Utc>,
    /// The `publicKey` of what `navigator.credentials` takes (WebAuthn); its bytes are written in base64url.
    #[schema(value_type = Object)]
    pub options: Value,
}

pub(super) fn challenge(asked: Asked) -> Response {
    let view = ChallengeView {
        ticket: asked.ticket,
        expires_at: asked.expires_at,
        options: asked.options,
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::CREATED, headers, Body(view)).into_response()
}

/// A device's answer to a challenge.
#[derive(Deserialize, ToSchema)]
pub struct DeviceAnswer {
    /// As it was given with the challenge.
    #[serde(default)]
    pub ticket: String,
    /// The `PublicKeyCredential`, as its `toJSON()` has it (WebAuthn).
    #[serde(default)]
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// Begins to add a passkey: answers what the browser asks the device for.
#[utoipa::path(post, path = "/identity/passkeys/challenge", request_body = NewPasskey,
    responses((status = CREATED, body = ChallengeView), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Json(new): Json<NewPasskey>,
) -> Result<Response, Problem> {
    let NewPasskey {
        name,
        password,
        code,
    } = new;
    let asked = passkeys::begin_with(&app, &claims, &password, &code, &name).await??;
    Ok(challenge(asked))
}

/// Adds the passkey that the device has made.
#[utoipa::path(post, path = "/identity/passkeys", request_body = DeviceAnswer,
    responses((status = CREATED, body = PasskeyView), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem), (status = GONE, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn add(
    Known(claims): Known,
    State(app): State<App>,
    Json(answer): Json<DeviceAnswer>,
) -> Result<Response, Problem> {
    let added = passkeys::add_with(&app, &claims, &answer.ticket, &answer.credential).await??;
    Ok((StatusCode::CREATED, Body(PasskeyView::from(added))).into_response())
}

/// Removes one of one's own passkeys and ends all other sessions.
#[utoipa::path(post, path = "/identity/passkeys/{id}/removal", params(("id" = Uuid, Path)), request_body = ByBoth,
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn remove(
    Known(claims): Known,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(by): Json<ByBoth>,
) -> Result<StatusCode, Problem> {
    passkeys::remove_with(&app, &claims, id, &by.password, &by.code).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a passkey to sign in by. The browser finds which of them there are: no login is given.
#[utoipa::path(post, path = "/identity/sessions/passkey/challenge",
    responses((status = CREATED, body = ChallengeView), (status = NOT_FOUND, body = Problem)))]
async fn ask(_: OwnPage, State(app): State<App>) -> Result<Response, Problem> {
    Ok(challenge(passkey_sign_in::ask(&app).await??))
}

/// Names a sign-in that waits for a second step; browsers have it in a cookie.
#[derive(Deserialize, ToSchema)]
pub struct WaitingSignIn {
    /// As it was answered to the password.
    pub ticket: Option<String>,
}

/// Asks for a passkey as the second step, of whoever has given their password.
#[utoipa::path(post, path = "/identity/sessions/second-step/passkey", request_body = WaitingSignIn,
    responses((status = CREATED, body = ChallengeView), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem)))]
async fn ask_second(
    _: OwnPage,
    State(app): State<App>,
    headers: HeaderMap,
    Json(sign_in): Json<WaitingSignIn>,
) -> Result<Response, Problem> {
    let ticket = sign_in.ticket.as_deref();
    let ticket = ticket.or_else(|| pages::second_step::ticket(&app, &headers));
    let asked = passkey_sign_in::ask_second(&app, ticket.unwrap_or_default());
    Ok(challenge(asked.await??))
}

/// Signs in by a passkey, which is two factors by itself.
#[utoipa::path(post, path = "/identity/sessions/passkey", request_body = DeviceAnswer,
    responses((status = CREATED, body = SessionView), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem),
        (status = GONE, body = Problem)))]
async fn enter(
    _: OwnPage,
    State(app): State<App>,
    place: Place,
    Json(answer): Json<DeviceAnswer>,
) -> Result<Response, Problem> {
    let session = passkey_sign_in::answer(&app, &answer.ticket, &answer.credential, &place);
    begun(&app, StatusCode::CREATED, *session.await??, &[])
}
