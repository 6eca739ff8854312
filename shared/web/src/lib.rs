#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

use std::{borrow::Borrow, convert::Infallible};

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderName, HeaderValue,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY},
        request::Parts,
    },
    response::{Html, IntoResponse, Response},
};
use chassis::http::Problem;
use chrono::{DateTime, NaiveDate, Utc};

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("../assets/style.css");

/// Answers the style sheet, to be kept by browsers for an hour.
pub fn style() -> impl IntoResponse {
    const HEADERS: [(HeaderName, &str); 2] = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (HEADERS, STYLE)
}

/// Renders a page.
///
/// It may show what concerns one person only, so no cache keeps it.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(error = %error, "a page cannot be shown");
        Problem::internal()
    })?;
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (VARY, HeaderValue::from_static("Accept")),
    ];
    Ok((headers, Html(html)).into_response())
}

/// Who reads the answer: a person in front of a browser, or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Wants a page.
    Person,
    /// Wants JSON.
    Program,
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut accepted = parts.headers.get_all(ACCEPT).iter();
        let page = accepted.any(|value| {
            value
                .to_str()
                .is_ok_and(|accepted| accepted.contains("text/html"))
        });
        Ok(if page { Self::Person } else { Self::Program })
    }
}

/// A moment as people in Vietnam read it: `09:15 ngày 08/10/2026`.
pub fn moment(at: impl Borrow<DateTime<Utc>>) -> String {
    calendar::local(*at.borrow())
        .format("%H:%M ngày %d/%m/%Y")
        .to_string()
}

/// The day of a moment as people in Vietnam read it: `08/10/2026`.
pub fn day(at: impl Borrow<DateTime<Utc>>) -> String {
    date(calendar::date(*at.borrow()))
}

/// A date as people in Vietnam write it: `08/10/2026`.
pub fn date(date: impl Borrow<NaiveDate>) -> String {
    date.borrow().format("%d/%m/%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(
        ext = "html",
        source = "{% extends \"base.html\" %}{% block title %}{{ text }}{% endblock %}{% block main %}<h1>{{ text }}</h1>{% endblock %}"
    )]
    struct Sample<'a> {
        text: &'a str,
    }

    #[test]
    fn a_page_stands_in_the_layout_and_what_people_wrote_stays_text() {
        let html = Sample {
            text: "<b>Hồ sơ"
        }
        .render()
        .unwrap();
        assert!(html.contains("<html lang=\"vi\">"));
        assert!(html.contains("<h1>&#60;b&#62;Hồ sơ</h1>"), "{html}");
        assert!(!html.contains("<script"), "no page needs a script");
    }

    #[test]
    fn the_style_sheet_is_small_and_asks_nobody_else() {
        assert!(STYLE.len() <= 12 * 1024, "{}", STYLE.len());
        for outside in ["url(", "@import", "http:", "https:"] {
            assert!(!STYLE.contains(outside), "{outside}");
        }
    }

    #[test]
    fn times_are_those_of_vietnam() {
        let at = DateTime::from_timestamp(1_791_396_900, 0).unwrap();
        assert_eq!(moment(at), "01:15 ngày 08/10/2026");
        assert_eq!(day(at), "08/10/2026");
        assert_eq!(
            date(NaiveDate::from_ymd_opt(2026, 2, 5).unwrap()),
            "05/02/2026"
        );
    }
}
