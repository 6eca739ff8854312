//! How a page is answered, by the services and by the chassis itself: problems, and what operators see.

use askama::Template;
use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, CACHE_CONTROL, VARY},
    },
    response::{Html, IntoResponse, Response},
};

use super::Problem;

/// Whether the reader is a person in front of a browser.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|accepted| accepted.contains("text/html"))
    })
}

/// Answers a rendered page. It may show what concerns one person only, so no cache keeps it.
pub fn answer(rendered: askama::Result<String>) -> Result<Response, Problem> {
    let html = rendered.map_err(|error| {
        tracing::error!(error = %error, "a page cannot be shown");
        Problem::internal()
    })?;
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (VARY, HeaderValue::from_static("Accept")),
    ];
    Ok((headers, Html(html)).into_response())
}

pub(super) fn render(template: &impl Template) -> Result<Response, Problem> {
    answer(template.render())
}
