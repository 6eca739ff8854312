//! Everything that is asked over HTTP, of every service at once.

use std::cell::RefCell;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Uri, header},
};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use testkit::{Answer, Stage};
use tokio::runtime::{Builder, Runtime};

use super::{parts, text};

const CITIZEN: &str = "066190001234";
/// Requests after which the services begin anew, so that what they keep doesn't grow without end.
const MANY: u32 = 5_000;
/// The longest problem. No answer repeats what it was sent at length.
const PROBLEM: usize = 16 * 1024;

thread_local! {
    static EDGE: RefCell<Option<Edge>> = const { RefCell::new(None) };
}

struct Edge {
    stage: Stage,
    runtime: Runtime,
    /// A draft of the citizen's, so that more can be asked for than what is not there.
    draft: String,
    asked: u32,
}

impl Edge {
    fn open() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let cheap = [
            ("IDENTITY__ARGON2__MEMORY_KIB", "8"),
            ("IDENTITY__ARGON2__ITERATIONS", "1"),
        ];
        let stage = runtime.block_on(Stage::configured(all_in_one::services(), &cheap));
        let (citizen, procedure) = (stage.citizen(CITIZEN), json!({ "procedure": "2.000635" }));
        let opened = runtime.block_on(stage.post("/intake/dossiers", Some(&citizen), &procedure));
        let draft = opened.json()["dossier"]
            .as_str()
            .expect("a draft")
            .to_owned();
        Self {
            stage,
            runtime,
            draft,
            asked: 0,
        }
    }

    fn ask(&mut self, request: Request<Body>) -> Answer {
        self.asked += 1;
        self.runtime.block_on(self.stage.request(request))
    }
}

/// A request: `METHOD target`, a line `name: value` for each header, an empty line, the body. `as: citizen` (or `officer`,
/// `operator`) stands for that person's token, `{draft}` in the target for a draft of the citizen's. Nothing that is asked is a
/// failure of ours, and every refusal is a problem that says why and, where the content is at fault, in which field.
pub fn http(bytes: &[u8]) {
    EDGE.with_borrow_mut(|edge| {
        if edge.as_ref().is_some_and(|edge| edge.asked >= MANY) {
            *edge = None;
        }
        let edge = edge.get_or_insert_with(Edge::open);
        let (head, body) = parts(bytes, b"\n\n");
        if let Some(request) = request(head, body, edge) {
            let posted = request.method() == Method::POST;
            let reads_json = posted && READS_JSON.contains(&request.uri().path());
            let answer = edge.ask(request);
            answered(&answer);
            if reads_json && answer.status.is_success() {
                let whole = serde_json::from_slice::<IgnoredAny>(body);
                assert!(whole.is_ok(), "what is no JSON is taken");
            }
        }
    });
}

/// Where a POST is taken for its JSON alone.
const READS_JSON: [&str; 3] = [
    "/identity/accounts",
    "/identity/officers",
    "/intake/dossiers",
];

fn request(head: &[u8], body: &[u8], edge: &Edge) -> Option<Request<Body>> {
    let stage = &edge.stage;
    let mut lines = head.split(|byte| *byte == b'\n');
    let (method, target) = parts(lines.next()?, b" ");
    let target = text(target)?.replace("{draft}", &edge.draft);
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = Method::from_bytes(method).ok()?;
    let uri = Uri::try_from(target).ok()?;
    *request.uri_mut() = Some(uri).filter(|uri| uri.path().starts_with('/'))?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static("localhost"));
    for line in lines {
        let (name, value) = parts(line, b": ");
        let token = match (name, value) {
            (b"as", b"citizen") => stage.citizen(CITIZEN),
            (b"as", b"officer") => stage.officer(),
            (b"as", b"operator") => stage.operator(),
            _ => {
                let name = HeaderName::from_bytes(name).ok()?;
                headers.append(name, HeaderValue::from_bytes(value).ok()?);
                continue;
            }
        };
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
        headers.insert(header::AUTHORIZATION, bearer);
    }
    Some(request)
}

fn answered(answer: &Answer) {
    let told = || format!("{} {}", answer.status, answer.text());
    assert!(!answer.status.is_server_error(), "{}", told());
    assert!(
        answer.body.len() <= 1024 * 1024,
        "{} bytes",
        answer.body.len()
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let kind = answer.header("content-type");
    if kind == "application/problem+json" {
        problem(answer);
    } else if answer.status.is_client_error() && kind.starts_with("text/plain") {
        panic!("a refusal in somebody else's words: {}", told());
    } else if kind.starts_with("text/html") {
        // Pages of ours have these scripts and no other: any more would be somebody else's.
        let page = answer.text().to_lowercase();
        let ours = ["/intake/upload.js", "/identity/passkeys.js"].map(|script| {
            page.matches(&format!("<script src=\"{script}\" defer"))
                .count()
        });
        assert_eq!(
            page.matches("<script").count(),
            ours.iter().sum::<usize>(),
            "{page}"
        );
    }
    let location = answer.header("location");
    let elsewhere = location.starts_with("//") || !location.starts_with(['/', 'h']);
    assert!(location.is_empty() || !elsewhere, "sent to {location}");
}

fn problem(answer: &Answer) {
    let problem = answer.json();
    let told = || format!("{} {problem}", answer.status);
    assert!(answer.body.len() <= PROBLEM, "{} bytes", answer.body.len());
    assert_eq!(problem["status"], answer.status.as_u16(), "{}", told());
    let says = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    assert!(
        says(&problem["title"]) && says(&problem["title_en"]),
        "{}",
        told()
    );
    let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |error: &Value| ["field", "vi", "en"].iter().all(|key| says(&error[key]));
    assert!(errors.iter().all(named), "{}", told());
    if answer.status.as_u16() == 422 {
        assert!(
            !errors.is_empty() || says(&problem["detail"]),
            "which field? {}",
            told()
        );
    }
}
