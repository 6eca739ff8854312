#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod visitor;

use std::{any::Any, borrow::Borrow, convert::Infallible};

use askama::Template;
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderName,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
            X_CONTENT_TYPE_OPTIONS,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use chassis::http::{Problem, page};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::Vnd;

pub use visitor::Visitor;

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("../assets/style.css");

/// The picture that browsers show beside a page's title. Without one named in the page they ask for one that is not there.
pub const ICON: &str = include_str!("../assets/icon.svg");

/// The script that sends a form's file in pieces, where JavaScript is there. Forms for it carry `data-tus`, where uploads begin,
/// and include `sending.html`.
pub const UPLOAD: &str = include_str!("../assets/upload.js");

/// The script that loads a page again when what it shows has changed, where JavaScript is there. It carries `data-of`, where
/// that is told as JSON, and `data-state`, how it stood.
pub const LIVE: &str = include_str!("../assets/live.js");

/// Answers the style sheet, to be kept by browsers for an hour.
pub fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", STYLE)
}

/// Answers the icon, to be kept as long.
pub fn icon() -> impl IntoResponse {
    asset("image/svg+xml", ICON)
}

/// Answers the script for uploads, to be kept as long.
pub fn upload() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", UPLOAD)
}

/// Answers the script for pages that change, to be kept as long.
pub fn live() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", LIVE)
}

fn asset(kind: &'static str, content: &'static str) -> impl IntoResponse {
    const KEPT: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=3600");
    ([(CONTENT_TYPE, kind), KEPT], content)
}

/// Renders a page for `visitor`, whom its head names. A page in the layout can be rendered in no other way.
///
/// It may show what concerns one person only, so no cache keeps it.
pub fn page(visitor: impl Into<Visitor>, template: &impl Template) -> Result<Response, Problem> {
    let values: (&str, &dyn Any) = ("visitor", &visitor.into());
    page::answer(template.render_with_values(&values))
}

/// A PDF that the browser shows; `name` is what it is called when it is saved.
pub fn pdf(name: &str, bytes: impl Into<Body>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("inline; filename=\"{name}\""),
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
        // A browser's own PDF viewer is an embedded object with styles of its own.
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'".to_owned(),
        ),
    ];
    (headers, bytes.into()).into_response()
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
        Ok(if page::is_wanted(&parts.headers) {
            Self::Person
        } else {
            Self::Program
        })
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

/// An amount that may be below zero, as people in Vietnam read it: `−1.000 đồng`.
pub fn dong(amount: i64) -> String {
    let sign = if amount < 0 { "−" } else { "" };
    match Vnd::new(amount.saturating_abs()) {
        Ok(size) => format!("{sign}{size}"),
        Err(_) => format!("{amount} đồng"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    // The layout names this crate as the services do.
    use crate as web;

    #[derive(Template)]
    #[template(
        ext = "html",
        source = "{% extends \"base.html\" %}{% block title %}{{ text }}{% endblock %}{% block main %}<h1>{{ text }}</h1>{% endblock %}"
    )]
    struct Sample<'a> {
        text: &'a str,
    }

    fn shown_to(visitor: Visitor) -> String {
        let sample = Sample {
            text: "<b>Hồ sơ"
        };
        let values: (&str, &dyn Any) = ("visitor", &visitor);
        sample.render_with_values(&values).unwrap()
    }

    fn signed_in(officer: bool) -> Visitor {
        Visitor::SignedIn {
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            officer,
        }
    }

    #[test]
    fn a_page_stands_in_the_layout_and_what_people_wrote_stays_text() {
        let html = shown_to(Visitor::Stranger);
        assert!(html.contains("<html lang=\"vi\">"));
        assert!(html.contains("<h1>&#60;b&#62;Hồ sơ</h1>"), "{html}");
        assert!(!html.contains("<script"), "the layout needs no script");
    }

    #[test]
    fn the_head_says_who_is_signed_in_and_nothing_where_it_cannot_be_told() {
        let said = |visitor| {
            let html = shown_to(visitor);
            ["Ví Dụ", "Đăng xuất", "Đăng nhập", "/desk/"].map(|words| html.contains(words))
        };
        assert_eq!(said(signed_in(false)), [true, true, false, false]);
        assert_eq!(said(signed_in(true)), [true, true, false, true]);
        assert_eq!(said(Visitor::Stranger), [false, false, true, false]);
        assert_eq!(said(Visitor::Unknown), [false; 4]);
    }

    #[test]
    fn a_page_that_does_not_know_its_visitor_is_not_rendered_at_all() {
        assert!(Sample { text: "" }.render().is_err());
    }

    #[test]
    fn the_style_sheet_is_small_and_asks_nobody_else() {
        assert!(STYLE.len() <= 12 * 1024, "{}", STYLE.len());
        for outside in ["url(", "@import", "http:", "https:"] {
            assert!(!STYLE.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_script_for_uploads_is_small_and_asks_nobody_else() {
        assert!(UPLOAD.len() <= 4 * 1024, "{}", UPLOAD.len());
        for outside in ["http:", "https:", "import", "eval", "Function"] {
            assert!(!UPLOAD.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_script_for_uploads_is_understood_by_telephones_of_2017() {
        let newer = [
            // ES2018 to ES2023: one of these, and an old telephone reads nothing of the script.
            "...",
            "for await",
            "async *",
            "catch {",
            "/s.",
            "(?<",
            "\\p{",
            "?.",
            "??",
            "||=",
            "&&=",
            "#",
            "class ",
            "static ",
            "import(",
            "0n",
            "1n",
            "0_", // and what a browser of then has not got:
            ".finally(",
            ".flat",
            "fromEntries",
            "trimStart",
            "trimEnd",
            "matchAll",
            "replaceAll",
            ".at(",
            "allSettled",
            "Promise.any",
            "globalThis",
            "AbortController",
            "structuredClone",
            "hasOwn",
            "findLast",
            "crypto",
        ];
        for syntax in newer {
            assert!(!UPLOAD.contains(syntax), "{syntax}");
        }
    }

    #[test]
    fn what_the_script_for_uploads_says_stands_in_its_template() {
        let words = include_str!("../templates/sending.html");
        let kebab = |name: &str| {
            let letters = name.chars();
            letters.fold(String::new(), |kebab, letter| match letter {
                'A'..='Z' => format!("{kebab}-{}", letter.to_ascii_lowercase()),
                letter => format!("{kebab}{letter}"),
            })
        };
        let used = UPLOAD.split("words.").skip(1).map(|rest| {
            let end = rest.find(|letter: char| !letter.is_alphabetic());
            &rest[..end.unwrap_or(rest.len())]
        });
        let used: Vec<_> = used.collect();
        assert!(used.len() >= 8, "{used:?}");
        for name in used {
            assert!(
                words.contains(&format!("data-{}=\"", kebab(name))),
                "{name}"
            );
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
