//! A browser with no JavaScript, which carries the cookies of both sites and is led from one to the other.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::Value;
use testkit::{Answer, Stage};

use crate::peer::Peer;

/// What the site sends browsers back to.
const SITE: &str = "http://localhost";

type Cookies = BTreeMap<String, String>;

/// A browser.
#[derive(Default)]
pub struct Browser {
    /// Cookies of this site.
    pub here: Cookies,
    there: Cookies,
}

fn keep(cookies: &mut Cookies, set: &str) {
    let pair = set.split(';').next().unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    if value.is_empty() {
        cookies.remove(name);
    } else {
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

fn written(cookies: &Cookies) -> String {
    let pairs = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("; ")
}

impl Browser {
    async fn ask(&mut self, stage: &Stage, method: Method, path: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", written(&self.here));
        let request = request.body(Body::from(form.to_owned())).unwrap();
        let answer = stage.request(request).await;
        for set in answer.headers.get_all("set-cookie") {
            keep(&mut self.here, set.to_str().unwrap());
        }
        answer
    }

    /// Opens a page of this site.
    pub async fn open(&mut self, stage: &Stage, path: &str) -> Answer {
        self.ask(stage, Method::GET, path, "").await
    }

    /// Posts a form of this site.
    pub async fn post(&mut self, stage: &Stage, path: &str, form: &str) -> Answer {
        self.ask(stage, Method::POST, path, form).await
    }

    /// The session's token, if somebody is signed in.
    pub fn token(&self) -> Option<String> {
        self.here.get("motcua_session").cloned()
    }

    /// Nobody is signed in at the provider any more, and it does not know this browser: another takes it.
    pub fn forget_there(&mut self) {
        self.there.clear();
    }

    /// Asks the provider: whither it leads, and its page.
    pub async fn there(
        &mut self,
        peer: &Peer,
        request: reqwest::RequestBuilder,
    ) -> (Option<String>, String) {
        let request = request.header("cookie", written(&self.there));
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            keep(&mut self.there, set.to_str().unwrap());
        }
        let location = answer.headers().get("location");
        let location = location.map(|location| location.to_str().unwrap().to_owned());
        let location = location.map(|location| match location.strip_prefix('/') {
            Some(path) => format!("{}/{path}", peer.issuer),
            None => location,
        });
        (location, answer.text().await.unwrap())
    }

    /// Goes through the provider's pages and fills in its form with `fill`. Answers where it sends the browser back to.
    pub async fn through(&mut self, peer: &Peer, url: &str, fill: &Value) -> String {
        let mut at = url.to_owned();
        for _ in 0..6 {
            let request = if at.contains("/interaction/") {
                peer.client.post(&at).body(fill.to_string())
            } else {
                peer.client.get(&at)
            };
            let (location, page) = self.there(peer, request).await;
            at = location.unwrap_or_else(|| panic!("{at} leads nowhere: {page}"));
            if let Some(path) = at.strip_prefix(SITE) {
                return path.to_owned();
            }
        }
        panic!("the provider leads in a circle: {at}");
    }

    /// Begins at a page of this site and comes back from the provider, without opening where it leads back to.
    pub async fn back(&mut self, stage: &Stage, peer: &Peer, path: &str, fill: &Value) -> String {
        let away = self.open(stage, path).await;
        assert_eq!(away.status, 303, "{}", away.text());
        let url = away.header("location").to_owned();
        self.through(peer, &url, fill).await
    }

    /// Signs in at the provider, from a page of this site and back to it.
    pub async fn sign_in(
        &mut self,
        stage: &Stage,
        peer: &Peer,
        path: &str,
        fill: &Value,
    ) -> Answer {
        let back = self.back(stage, peer, path, fill).await;
        self.open(stage, &back).await
    }

    /// Links the provider of these stories with the account that is signed in.
    pub async fn link(&mut self, stage: &Stage, peer: &Peer, fill: &Value) -> Answer {
        let page = self
            .post(stage, "/identity/providers/link", "provider=thu")
            .await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let (_, rest) = text.split_once("0; url=").unwrap();
        let url = rest.split('"').next().unwrap();
        let url = url.replace("&#38;", "&").replace("&amp;", "&");
        let back = self.through(peer, &url, fill).await;
        self.open(stage, &back).await
    }

    /// Ends the session at the provider, as somebody does at its own page or is led there by `url`.
    pub async fn sign_out_there(&mut self, peer: &Peer, url: &str) -> Option<String> {
        let (_, page) = self.there(peer, peer.client.get(url)).await;
        let (_, rest) = page.split_once("name=\"xsrf\" value=\"").unwrap();
        let xsrf = rest.split('"').next().unwrap().to_owned();
        let confirm = format!("{}/session/end/confirm", peer.issuer);
        let form = [("xsrf", xsrf.as_str()), ("logout", "yes")];
        let (location, _) = self
            .there(peer, peer.client.post(confirm).form(&form))
            .await;
        location
    }
}
