//! Headers of the protocol, read and written.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chassis::http::Problem;
use chrono::{DateTime, Utc};
use contracts::Refused;

use super::refuse;
use crate::domain::tus::{Checksum, PIECE};

pub fn put(response: &mut Response, name: &'static str, value: &str) {
    // Numbers, ids, dates, and a header that came as one.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

pub fn is_piece(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == PIECE)
}

/// A header's text; empty where there is none.
pub fn text(headers: &HeaderMap, name: &str) -> Result<String, Problem> {
    let value = headers.get(name).map(HeaderValue::to_str).transpose();
    let reason = Refused::new("Chỉ gồm ký tự ASCII", "It has ASCII characters only");
    let value = value.map_err(|_| Problem::field(name, reason))?;
    Ok(value.unwrap_or_default().trim().to_owned())
}

/// A header's number of bytes.
pub fn number(headers: &HeaderMap, name: &str) -> Result<u64, Problem> {
    let text = text(headers, name)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| {
        let (vi, en) = (
            format!("Cần {name}, một số byte"),
            format!("{name}, a number of bytes, is needed"),
        );
        refuse(StatusCode::BAD_REQUEST, &vi, &en)
    })
}

pub fn length(headers: &HeaderMap) -> Result<u64, Problem> {
    match number(headers, "Upload-Length")? {
        0 => Err(refuse(
            StatusCode::BAD_REQUEST,
            "Tệp rỗng, không có dữ liệu",
            "The file is empty",
        )),
        length => Ok(length),
    }
}

pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Problem> {
    let name = "Upload-Checksum";
    let text = text(headers, name)?;
    let read = (!text.is_empty()).then(|| Checksum::parse(&text));
    let read = read.transpose();
    read.map_err(|reason| {
        refuse(
            StatusCode::BAD_REQUEST,
            "Không đọc được Upload-Checksum",
            "Upload-Checksum cannot be read",
        )
        .with_field(name, &reason)
    })
}

/// A moment as HTTP writes it (RFC 9110).
pub fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
