//! One's own contacts over HTTP: which are proven, and proving one by a code.

use axum::{
    Json as Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::{
    App,
    http::{FieldError, Json, Problem, Query},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{Refused, notification::CodePurpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::Reader;

use super::{
    password::wrong_password,
    seconds,
    sessions::{SessionView, begun},
    waits,
};
use crate::{
    codes,
    contacts::{self, Line, Refusal},
    domain::Place,
    pages,
    sessions::Known,
};

/// The contacts' routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(state, confirm))
        .routes(routes!(ask))
        .routes(routes!(again))
}

/// A contact of one's own.
#[derive(Serialize, ToSchema)]
pub struct ContactLine {
    /// `phone` or `email`.
    pub kind: &'static str,
    /// It.
    pub contact: String,
    /// Since when it is proven; nothing when it is only said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<DateTime<Utc>>,
    /// From when on a code to it stands for its owner, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_from: Option<DateTime<Utc>>,
}

impl From<&Line> for ContactLine {
    fn from(line: &Line) -> Self {
        Self {
            kind: line.contact.kind().name(),
            contact: line.contact.text().to_owned(),
            proven_at: line.proven_at,
            counts_from: line.counts_from,
        }
    }
}

/// Where to go afterwards.
#[derive(Deserialize)]
struct Onward {
    #[serde(default)]
    back: String,
}

/// One's own telephone and e-mail address, and which of them are proven.
#[utoipa::path(get, path = "/identity/contacts", params(("back" = Option<String>, Query, description = "Where to go afterwards")),
    responses((status = OK, body = Vec<ContactLine>), (status = UNAUTHORIZED, body = Problem)))]
async fn state(
    Known(claims): Known,
    State(app): State<App>,
    reader: Reader,
    Query(onward): Query<Onward>,
) -> Result<Response, Problem> {
    match reader {
        Reader::Person => pages::contacts::show(&app, &claims, &onward.back).await,
        Reader::Program => {
            let lines = contacts::lines(&app, claims.sub).await?;
            let lines: Vec<ContactLine> = lines.iter().map(ContactLine::from).collect();
            Ok(([(header::CACHE_CONTROL, "no-store")], Body(lines)).into_response())
        }
    }
}

/// No code may be asked for now.
pub(crate) fn later(wait: TimeDelta) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Đã xin nhiều mã, xin đợi rồi xin lại",
        "Too many codes were asked for, please wait and ask again",
    )
    .retry_after(seconds(wait))
}

/// The code is another.
pub(crate) fn wrong_code(left: u32) -> Refused {
    Refused::because(
        format!("Mã không đúng, còn thử được {left} lần"),
        format!("The code is wrong, {left} more may be tried"),
    )
}

/// Too many were wrong.
pub(crate) fn void() -> Refused {
    Refused::new(
        "Nhập sai quá nhiều lần, mã này không dùng được nữa. Xin gửi mã khác",
        "Too many were wrong, this code is void. Ask for another",
    )
}

/// There is no such code, or no more.
pub(crate) fn over() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "Mã này đã hết hạn hoặc đã dùng, xin làm lại từ đầu",
        "This code is over or was used, please begin again",
    )
}

/// Another account has proven a contact.
pub(crate) fn taken() -> Refused {
    Refused::new(
        "Một tài khoản khác đã xác nhận liên hệ này. Nếu là tài khoản của bạn, hãy đăng nhập tài khoản đó",
        "Another account has proven this contact. If it is yours, sign in there",
    )
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Field(error) => Self::fields(vec![error]),
            Refusal::Password => Self::field("password", wrong_password()),
            Refusal::Code(left) => Self::field("code", wrong_code(left)),
            Refusal::Void => Self::field("code", void()),
            Refusal::Over => over(),
            Refusal::Wait(wait) => waits(wait),
            Refusal::Later(wait) => later(wait),
            Refusal::Taken => Self::fields(vec![FieldError::new("contact", &taken())]),
        }
    }
}

/// A contact to be proven.
#[derive(Deserialize, ToSchema)]
pub struct ToProve {
    /// A mobile number or an e-mail address.
    #[serde(default)]
    pub contact: String,
    /// The password; not needed for the contact that one registered with, nor within five minutes of signing in.
    #[serde(default)]
    #[schema(format = Password)]
    pub password: String,
    /// Where to go afterwards, for the page.
    #[serde(default)]
    pub back: String,
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub struct CodeOnItsWay {
    /// Names it. Only who holds this can answer.
    pub ticket: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When another may be asked for, at the earliest.
    pub again_at: DateTime<Utc>,
    /// Whether it is known that it did not arrive.
    pub failed: bool,
}

/// Answers that a code is on its way.
pub(crate) async fn on_its_way(
    app: &App,
    status: StatusCode,
    purpose: CodePurpose,
    ticket: &str,
) -> Result<Response, Problem> {
    let standing = codes::standing(app, ticket, purpose).await?;
    let standing = standing.ok_or_else(over)?;
    let view = CodeOnItsWay {
        ticket: ticket.to_owned(),
        expires_at: standing.expires_at,
        again_at: standing.again_at,
        failed: standing.failed,
    };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], Body(view)).into_response())
}

/// Sends a code to a contact of one's own.
#[utoipa::path(post, path = "/identity/contacts/codes", request_body = ToProve,
    responses((status = CREATED, body = CodeOnItsWay), (status = UNAUTHORIZED, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn ask(
    Known(claims): Known,
    State(app): State<App>,
    Json(wanted): Json<ToProve>,
) -> Result<Response, Problem> {
    let begun = contacts::begin(&app, &claims, &wanted.contact, &wanted.password);
    let ticket = begun.await??;
    on_its_way(
        &app,
        StatusCode::CREATED,
        CodePurpose::ProveContact,
        &ticket,
    )
    .await
}

/// Names a code.
#[derive(Deserialize, ToSchema)]
pub struct CodeTicket {
    /// As it was answered.
    #[serde(default)]
    pub ticket: String,
}

/// Sends another code in place of the one before.
#[utoipa::path(post, path = "/identity/contacts/codes/again", request_body = CodeTicket,
    responses((status = OK, body = CodeOnItsWay), (status = UNAUTHORIZED, body = Problem), (status = GONE, body = Problem),
        (status = TOO_MANY_REQUESTS, body = Problem)))]
async fn again(
    Known(claims): Known,
    State(app): State<App>,
    Json(named): Json<CodeTicket>,
) -> Result<Response, Problem> {
    contacts::again(&app, &claims, &named.ticket).await??;
    let purpose = CodePurpose::ProveContact;
    on_its_way(&app, StatusCode::OK, purpose, &named.ticket).await
}

/// A code with what names it.
#[derive(Deserialize, ToSchema)]
pub struct TicketAndCode {
    /// As it was answered.
    #[serde(default)]
    pub ticket: String,
    /// The six digits.
    #[serde(default)]
    pub code: String,
}

/// Proves a contact by its code. The token is replaced by a new one, unless it is surer than that.
#[utoipa::path(put, path = "/identity/contacts", request_body = TicketAndCode,
    responses((status = OK, body = SessionView), (status = NO_CONTENT, description = "It is proven, and the session goes on as it is"),
        (status = UNAUTHORIZED, body = Problem), (status = GONE, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
async fn confirm(
    Known(claims): Known,
    State(app): State<App>,
    place: Place,
    Json(by): Json<TicketAndCode>,
) -> Result<Response, Problem> {
    let confirmed = contacts::confirm(&app, &claims, &by.ticket, &by.code, &place).await??;
    match confirmed.session {
        Some(session) => begun(&app, StatusCode::OK, *session, &[]),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
