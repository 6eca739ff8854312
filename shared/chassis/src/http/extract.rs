//! What comes with a request, read or refused with a [`Problem`] that names the field, in both languages.

use std::error::Error as _;

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request, path::ErrorKind,
        rejection::PathRejection,
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use contracts::Refused;
use http_body_util::LengthLimitError;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Problem, reading};
use crate::App;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        be_of("application/json", request.headers())?;
        let bytes = read_body(request, app).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            // What is no value of an enum at all is called a wrong syntax too.
            let is_json = || serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
            if error.inner().is_data() || is_json() {
                reading::problem(&error)
            } else {
                not_json(error.inner())
            }
        })?;
        reader.end().map_err(|error| not_json(&error))?;
        Ok(Self(read))
    }
}

/// A posted HTML form.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        be_of("application/x-www-form-urlencoded", request.headers())?;
        urlencoded(&read_body(request, app).await?).map(Self)
    }
}

/// The query of an address: everything after its question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        urlencoded(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

fn urlencoded<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(reader).map_err(|error| reading::problem(&error))
}

/// The parameters of an address's path. What cannot be one names nothing: it is not found (404), and told which and why.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "this is what stands in its place")]
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        match read {
            Ok(read) => Ok(Self(read.0)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let raw = RawPathParams::from_request_parts(parts, state).await;
                let names = raw.map_or_else(
                    |_| Vec::new(),
                    |raw| raw.iter().map(|(name, _)| name.to_owned()).collect(),
                );
                Err(not_named(&names, error.into_kind()))
            }
            Err(error) => {
                tracing::error!(error = %error, "a handler asks for what its route does not have");
                Err(Problem::internal())
            }
        }
    }
}

/// Which of the parameters `names` is none, and why.
fn not_named(names: &[String], kind: ErrorKind) -> Problem {
    const NOT_UTF_8: Refused = Refused::new("Không phải UTF-8", "It is not UTF-8");
    let name = |place: usize| names.get(place).cloned().unwrap_or_default();
    let (name, reason) = match kind {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => (key, reading::expected(expected_type)),
        ErrorKind::ParseErrorAtIndex {
            index,
            expected_type,
            ..
        } => (name(index), reading::expected(expected_type)),
        ErrorKind::ParseError { expected_type, .. } => (name(0), reading::expected(expected_type)),
        ErrorKind::DeserializeError { key, message, .. } => (key, reading::reason(&message)),
        ErrorKind::InvalidUtf8InPathParam { key } => (key, NOT_UTF_8),
        // A value's own refusal comes without its place; all but a few paths have one parameter.
        ErrorKind::Message(message) if names.len() == 1 => (name(0), reading::reason(&message)),
        ErrorKind::Message(message) => (String::new(), reading::reason(&message)),
        mistake => {
            tracing::error!(error = %mistake, "a handler asks for what its route does not have");
            return Problem::internal();
        }
    };
    let problem = Problem::not_found();
    if name.is_empty() {
        return problem.detail(&reason.vi, &reason.en);
    }
    problem.with_field(&name, &reason)
}

/// Refuses a body that does not say that it is of `kind` (415).
fn be_of(kind: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    if sent.eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    let problem = Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        &format!("Nội dung phải là {kind}"),
        &format!("The body must be {kind}"),
    );
    Err(if sent.is_empty() {
        problem.detail(
            "Yêu cầu không ghi Content-Type",
            "The request has no Content-Type",
        )
    } else {
        problem.detail(
            &format!("Content-Type của yêu cầu là {sent}"),
            &format!("The request's Content-Type is {sent}"),
        )
    })
}

async fn read_body(request: Request, app: &App) -> Result<Bytes, Problem> {
    let limit = app.settings().http_body_limit;
    axum::body::to_bytes(request.into_body(), limit)
        .await
        .map_err(|error| {
            if error
                .source()
                .is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
            {
                too_large(limit)
            } else {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "Nội dung bị đứt giữa chừng, xin gửi lại",
                    "The body broke off, please send it again",
                )
            }
        })
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "Nội dung gửi lên quá lớn",
        "The body is too large",
    )
    .detail(
        &format!("Giới hạn là {limit} byte"),
        &format!("The limit is {limit} bytes"),
    )
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let (vi, en) = if error.is_eof() {
        (
            format!("Nội dung hết giữa chừng ở dòng {line}, cột {column}"),
            format!("It ends too early, at line {line}, column {column}"),
        )
    } else {
        (
            format!("Sai cú pháp ở dòng {line}, cột {column}"),
            format!("Its syntax is wrong at line {line}, column {column}"),
        )
    };
    Problem::new(
        StatusCode::BAD_REQUEST,
        "Nội dung không phải là JSON",
        "The body is not JSON",
    )
    .detail(&vi, &en)
}
