//! Second factors over HTTP: one's own, and the reset of an officer's.

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App, Failure, Tx,
    auth::{Claims, Operator},
    http::{Act, Answer, Json, Path, Problem},
};
use chrono::{DateTime, Utc};
use contracts::Refused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use super::{
    password::wrong_password,
    sessions::{SessionView, begun},
    waits,
};
use crate::{
    domain::{Login, Place},
    pages,
    second_factor::{self, Confirmed, Enrolment, Refusal},
    sessions::{Known, no_cookie, still_open},
    store::{self, factors},
};

/// The second factors' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(state, begin, confirm))
        .routes(routes!(remove))
        .routes(routes!(reset))
}

/// How one's second factor stands.
#[derive(Serialize, ToSchema)]
pub struct FactorView {
    /// Since when it is asked for; nothing when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// How somebody's second factor stands.
pub(crate) async fn standing(app: &App, claims: &Claims) -> Result<FactorView, Failure> {
    let reads = app.db().reads();
    let factor = factors::find(reads, claims.sub).await?;
    Ok(FactorView {
        since: factor.and_then(|factor| factor.confirmed_at),
        recovery_codes: factors::codes_left(reads, claims.sub).await?,
    })
}

/// How one's own second factor stands.
#[utoipa::path(get, path = "/identity/second-factor",
    responses((status = OK, body = FactorView), (status = UNAUTHORIZED, body = Problem)))]
async fn state(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
) -> Result<Response, Problem> {
    let view = standing(&app, &claims).await?;
    match reader {
        Reader::Person => pages::second_factor::show(&claims, &view),
        Reader::Program => Ok(([(header::CACHE_CONTROL, "no-store")], Body(view)).into_response()),
    }
}

/// The code is another, or one that was used.
pub(crate) fn wrong_code() -> Refused {
    Refused::new(
        "Mã không đúng hoặc đã dùng rồi",
        "The code is wrong, or was used already",
    )
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Password => Self::field("password", wrong_password()),
            Refusal::Code => Self::field("code", wrong_code()),
            Refusal::Wait(wait) => waits(wait),
            Refusal::State => Self::conflict(
                "Việc này không hợp với tình trạng xác thực hai bước hiện nay của tài khoản",
                "This does not fit how the account's second factor stands now",
            ),
            Refusal::Weak => Self::forbidden(
                "Tài khoản đã được đối chiếu giấy tờ, còn lần đăng nhập này chỉ bằng mật khẩu. Xin đăng nhập bằng định danh điện tử, hoặc đến quầy một cửa",
                "The account's papers were checked, and this sign-in is by a password alone. Please sign in by an electronic identity, or come to the desk",
            ),
        }
    }
}

/// One's password.
#[derive(Deserialize, ToSchema)]
pub struct ByPassword {
    /// The password.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
}

/// What an authenticator app is told.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The seed in base32, to be typed in by hand.
    pub key: String,
    /// The same as an `otpauth:` address, for a QR code.
    pub otpauth: String,
}

/// Answers what an authenticator app is told.
pub(crate) fn enrolment(status: StatusCode, begun: Enrolment) -> Response {
    let view = EnrolmentView {
        key: begun.key,
        otpauth: begun.otpauth,
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Body(view)).into_response()
}

/// Begins a second factor. It is asked for from its confirmation on.
#[utoipa::path(post, path = "/identity/second-factor", request_body = ByPassword,
    responses((status = CREATED, body = EnrolmentView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn begin(
    Known(claims): Known,
    State(app): State<App>,
    Json(by): Json<ByPassword>,
) -> Result<Response, Problem> {
    let begun = second_factor::begin_with(&app, &claims, &by.password).await??;
    Ok(enrolment(StatusCode::CREATED, begun))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
pub struct ByCode {
    /// Six digits.
    #[serde(default)]
    pub code: String,
}

/// Confirms a second factor by its first code. The token is replaced by a new one; the recovery codes are shown this once.
#[utoipa::path(put, path = "/identity/second-factor", request_body = ByCode,
    responses((status = OK, body = SessionView), (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn confirm(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Json(by): Json<ByCode>,
) -> Result<Response, Problem> {
    let Confirmed { session, codes } =
        second_factor::confirm_with(&app, &claims, &by.code, &place).await??;
    begun(&app, StatusCode::OK, *session, &codes)
}

/// One's password and a code.
#[derive(Deserialize, ToSchema)]
pub struct ByBoth {
    /// The password.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
    /// Six digits of the app, or a recovery code.
    #[serde(default)]
    pub code: String,
}

/// Removes one's own second factor and ends all other sessions. The token is replaced by a new one; it ends where there must be
/// a second factor.
#[utoipa::path(post, path = "/identity/second-factor/removal", request_body = ByBoth,
    responses((status = OK, body = SessionView), (status = NO_CONTENT, description = "The session has ended, sign in again"),
        (status = UNAUTHORIZED, body = Problem), (status = CONFLICT, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn remove(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Json(by): Json<ByBoth>,
) -> Result<Response, Problem> {
    let removed = second_factor::remove_with(&app, &claims, &by.password, &by.code, &place);
    let Some(session) = removed.await?? else {
        let cookie = no_cookie(&app.settings().public_url);
        return Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response());
    };
    begun(&app, StatusCode::OK, *session, &[])
}

/// Takes away the second factor of an officer who has lost it, on record, and ends their sessions. Who they are, the operator
/// has made sure of. Nobody resets their own.
#[utoipa::path(delete, path = "/identity/officers/{login}/second-factor", params(("login" = String, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = Problem), (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem)))]
async fn reset(
    Operator(claims): Operator,
    Path(login): Path<String>,
    act: Act,
) -> Result<Response, Problem> {
    still_open(act.app(), &claims).await?;
    let login = login.parse().map(Login::Officer);
    let login = login.map_err(|_| Problem::not_found())?;
    let found = store::find(act.app().db().reads(), &login).await?;
    // A citizen's e-mail address may look like a login of this kind.
    let found = found.filter(|(account, _)| account.login.is_some());
    let (account, _) = found.ok_or_else(Problem::not_found)?;
    if account.id == claims.sub {
        return Err(Problem::forbidden(
            "Không thể tự đặt lại xác thực hai bước của chính mình: hãy dùng mã dự phòng hoặc nhờ người vận hành khác",
            "Nobody resets their own second factor: use a recovery code, or ask another operator",
        ));
    }
    let work = async |tx: Tx| {
        if second_factor::reset(&tx, account.id, claims.sub).await? {
            Ok(Answer::nothing())
        } else {
            Err(Problem::not_found())
        }
    };
    act.by(claims.sub).transact(work).await
}
