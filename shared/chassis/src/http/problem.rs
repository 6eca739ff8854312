//! Problems (RFC 9457): what a caller is told when something cannot be done, in Vietnamese and English.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use contracts::Refused;
use sea_orm::DbErr;
use serde::Serialize;

use super::page;
use crate::{Failure, auth::StepUp};

/// Seconds after which the system may be less busy, or a caller may come again.
const BUSY: u64 = 5;
/// Seconds after which what is in progress may be done.
const IN_PROGRESS: u64 = 3;

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field, as a path: `applicant.phone`.
    pub field: String,
    /// The reason in Vietnamese.
    pub vi: String,
    /// The reason in English.
    pub en: String,
}

impl FieldError {
    /// `reason` refuses `field`.
    pub fn new(field: impl Into<String>, reason: &Refused) -> Self {
        Self {
            field: field.into(),
            vi: reason.vi.clone().into_owned(),
            en: reason.en.clone().into_owned(),
        }
    }
}

/// A refusal, as `application/problem+json`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    status: u16,
    title: String,
    title_en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_en: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up: Option<Box<StepUp>>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    /// A refusal with its title in both languages.
    pub fn new(status: StatusCode, vi: &str, en: &str) -> Self {
        Self {
            kind: "about:blank",
            status: status.as_u16(),
            title: vi.to_owned(),
            title_en: en.to_owned(),
            detail: None,
            detail_en: None,
            errors: Vec::new(),
            traceparent: crate::telemetry::traceparent(),
            step_up: None,
            retry_after: matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            )
            .then_some(BUSY),
        }
    }

    /// Says in how many seconds to try again (`Retry-After`), where that is known better than the few that a 429, a 503 and
    /// what is in progress say of themselves.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says more, in both languages.
    #[must_use]
    pub fn detail(mut self, vi: &str, en: &str) -> Self {
        self.detail = Some(vi.to_owned());
        self.detail_en = Some(en.to_owned());
        self
    }

    /// Names the field that the refusal is about, in both languages.
    #[must_use]
    pub fn with_field(mut self, field: &str, reason: &Refused) -> Self {
        self.errors.push(FieldError::new(field, reason));
        self
    }

    /// Fields are wrong (422).
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Có mục chưa đúng, xin xem lại",
            "Some fields are wrong, please look again",
        );
        problem.errors = errors;
        problem
    }

    /// One field is wrong (422).
    pub fn field(field: &str, reason: Refused) -> Self {
        Self::fields(vec![FieldError::new(field, &reason)])
    }

    /// Nobody is signed in (401).
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Xin đăng nhập trước",
            "Please sign in first",
        )
    }

    /// The person is known less surely than this needs (401): a program is told so as RFC 9470 has it, a browser is led to where its owner
    /// shows more.
    pub(crate) fn step_up(asked: StepUp) -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "Việc này cần xác thực ở mức cao hơn",
            "This needs you to be known more surely",
        )
        .detail(
            &format!("Bạn cần {}. Xin mở {}", asked.needed.vi(), asked.page),
            &format!("It takes {}. Please open {}", asked.needed.en(), asked.page),
        );
        problem.step_up = Some(Box::new(asked));
        problem
    }

    /// The person may not do this (403).
    pub fn forbidden(vi: &str, en: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, vi, en)
    }

    /// There is no such thing, or not for this person (404).
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Không tìm thấy", "Not found")
    }

    /// It contradicts the state of things (409).
    pub fn conflict(vi: &str, en: &str) -> Self {
        Self::new(StatusCode::CONFLICT, vi, en)
    }

    /// It is being done already, or waits for something that is (409): it passes by itself, try again in a few seconds.
    pub fn in_progress(vi: &str, en: &str) -> Self {
        Self::conflict(vi, en).retry_after(IN_PROGRESS)
    }

    /// Not now (503); try again in a few seconds.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Hệ thống đang bận, xin thử lại sau ít giây",
            "The system is busy, please try again in a few seconds",
        )
    }

    /// Our fault (500). What happened is in the log under the trace.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Hệ thống có lỗi, dữ liệu của bạn không bị mất",
            "Something failed on our side; nothing of yours is lost",
        )
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = self.step_up.as_ref().map(|asked| asked.challenge());
            let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, &refused.vi, &refused.en)
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        Failure::from(error).into()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let chain = std::error::Error::source(&failure).map(ToString::to_string);
        tracing::error!(error = %failure, source = chain, "a request could not be finished");
        if failure.is_for_want_of_a_dependency() {
            Self::unavailable()
        } else {
            Self::internal()
        }
    }
}

/// A browser gets a page instead of JSON, and the way to sign in, or to show more, instead of a 401.
pub(super) async fn for_people(request: Request, next: Next) -> Response {
    let wants_page = page::is_wanted(request.headers());
    let target = request
        .uri()
        .path_and_query()
        .map(|path| path.as_str().to_owned())
        .unwrap_or_default();
    let safe = request.method().is_safe();
    let response = next.run(request).await;
    if !wants_page {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>().cloned() else {
        return response;
    };
    if let Some(asked) = &problem.step_up {
        return Redirect::to(&asked.page).into_response();
    }
    if problem.status() == StatusCode::UNAUTHORIZED && safe {
        let back: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
        return Redirect::to(&format!("/identity/sign-in?back={back}")).into_response();
    }
    let Ok(shown) = page::render(&ProblemPage { problem: &problem }) else {
        return response;
    };
    let mut shown = (problem.status(), shown).into_response();
    for name in [header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}
