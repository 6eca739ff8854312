//! A browser as far as pages without scripts need one.

use axum::{body::Body, http::Request};
use testkit::{Answer, Stage};

use crate::play::*;

/// A browser that runs no scripts.
pub struct Browser<'a> {
    pub stage: &'a Stage,
    pub token: Option<String>,
}

impl Browser<'_> {
    pub async fn go(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", "text/html,*/*;q=0.8");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("cookie", format!("motcua_session={token}"));
        }
        self.stage
            .request(request.body(Body::from(body)).unwrap())
            .await
    }

    pub async fn see(&self, path: &str) -> String {
        let answer = self
            .go(
                "GET",
                path,
                &[("sec-fetch-site", "same-origin")],
                String::new(),
            )
            .await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let page = answer.text();
        assert!(page.starts_with("<!doctype html>"), "{path}");
        let own = |name: &str| {
            page.matches(&format!("<script src=\"/intake/{name}.js\" defer"))
                .count()
        };
        let scripts = page.matches("<script").count();
        assert_eq!(scripts, own("upload") + own("live"), "{path}");
        page
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| {
            let bytes = text.bytes();
            bytes.fold(String::new(), |all, byte| all + &format!("%{byte:02X}"))
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.go("POST", path, &headers, pairs.join("&")).await
    }
}

/// The citizen's.
pub fn browser(stage: &Stage) -> Browser<'_> {
    Browser {
        stage,
        token: Some(stage.citizen(CITIZEN)),
    }
}
