//! The national store of citizens' papers (Kho quản lý dữ liệu điện tử của tổ chức, cá nhân) as a port: each result is put there
//! when it is issued, and told of when it counts no more. Off without an address.

pub mod pretend;

use std::collections::BTreeMap;

use chassis::{Setup, StartError, config::Secret};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    config::Config,
    outside::{self, Answer, Away, cut},
};

/// The longest that the store's own name of a paper is, and what it says when it refuses one.
const LONGEST: usize = 300;

/// How the store is reached and spoken to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Whether a pretend store takes its place where it has no address.
    pub pretend: bool,
    /// Its address; empty for none.
    pub url: String,
    /// POST, PUT, …
    pub method: String,
    /// What proves who we are, for the place {token} in a header.
    pub token: Secret,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON whose texts hold places.
    pub body: String,
    /// Where the answer has its name of the paper: a JSON pointer.
    pub reference: String,
    /// What it calls a result that is valid, revoked or replaced.
    pub words: Words,
    /// The longest that it may take to answer, in seconds.
    pub timeout_seconds: u64,
}

/// What the store calls the standing of a result.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// It counts.
    pub issued: String,
    /// It was taken back.
    pub revoked: String,
    /// Another one stands for it.
    pub replaced: String,
}

/// What the places of a body are filled in with.
pub type Values<'a> = [(&'static str, &'a str); 15];

/// The names of the places.
const PLACES: [&str; 15] = [
    "key",
    "state",
    "dossier",
    "number",
    "title",
    "citizen_id",
    "name",
    "organisation",
    "organisation_name",
    "issued_at",
    "check_url",
    "sha256",
    "reason",
    "replaced_by",
    "file",
];

/// What became of a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is there; under that name.
    There(String),
    /// It will not be kept, and why.
    Refused(String),
}

/// The line to the store.
pub struct Store {
    http: reqwest::Client,
    url: Option<Url>,
    method: Method,
    body: Value,
    shape: Shape,
    /// Lives as long as this does.
    _pretend: Option<pretend::Store>,
}

fn refuse(key: &str, why: &str) -> StartError {
    StartError::new(format!("delivery: DELIVERY__STORE__{key} {why}"))
}

impl Store {
    /// Made when the service starts.
    pub async fn open(setup: Setup) -> Result<Self, StartError> {
        let mut shape = setup.config::<Config>().store.clone();
        let mut store = None;
        if shape.pretend && shape.url.trim().is_empty() {
            let opened = pretend::Store::open().await;
            let opened = opened
                .map_err(|error| StartError::because("delivery: its pretend store", &error))?;
            shape.url = opened.url();
            shape.token = pretend::TOKEN.into();
            store = Some(opened);
        }
        Self::with(shape, store)
    }

    fn with(shape: Shape, pretend: Option<pretend::Store>) -> Result<Self, StartError> {
        let url = match shape.url.trim() {
            "" => None,
            url => Some(Url::parse(url).map_err(|_| refuse("URL", "is no address"))?),
        };
        if shape.timeout_seconds == 0 {
            return Err(refuse("TIMEOUT_SECONDS", "is at least 1"));
        }
        let body: Value =
            serde_json::from_str(&shape.body).map_err(|_| refuse("BODY", "is no JSON"))?;
        let blank = PLACES.map(|name| (name, ""));
        if let Err(name) = fill(&body, &blank) {
            return Err(refuse(
                "BODY",
                &format!("has a place {name} that there is not"),
            ));
        }
        for name in shape.headers.keys() {
            if reqwest::header::HeaderName::try_from(name).is_err() {
                return Err(refuse("HEADERS", &format!("names no header {name}")));
            }
        }
        let method = shape.method.parse();
        Ok(Self {
            http: outside::client(shape.timeout_seconds)?,
            method: method.map_err(|_| refuse("METHOD", "is no method"))?,
            url,
            body,
            shape,
            _pretend: pretend,
        })
    }

    /// Whether there is a store.
    pub const fn is_there(&self) -> bool {
        self.url.is_some()
    }

    /// What the store calls things.
    pub const fn words(&self) -> &Words {
        &self.shape.words
    }

    /// Puts a result there, or tells what became of it. Said twice with one key, it is done once.
    pub async fn tell(&self, values: &Values<'_>) -> Result<Kept, Away> {
        let url = self.url.clone().ok_or(Away::Unreachable)?;
        let body = fill(&self.body, values).map_err(|_| Away::Nonsense)?;
        let mut request = self.http.request(self.method.clone(), url).json(&body);
        for (name, value) in &self.shape.headers {
            let mut value = value.replace("{token}", self.shape.token.expose());
            if let Some((_, key)) = values.iter().find(|(name, _)| *name == "key") {
                value = value.replace("{key}", key);
            }
            request = request.header(name, value);
        }
        let answer = outside::ask(request).await?;
        if answer.is_for_later() {
            return Err(Away::Busy(answer.status));
        }
        self.kept(&answer)
    }

    /// What an answer means.
    fn kept(&self, answer: &Answer) -> Result<Kept, Away> {
        // What it has already under this key is there.
        if !answer.status.is_success() && answer.status != StatusCode::CONFLICT {
            let why = cut(&String::from_utf8_lossy(&answer.body), LONGEST);
            return Ok(Kept::Refused(format!("{} {why}", answer.status.as_u16())));
        }
        let said: Value = answer.json()?;
        let reference = match said.pointer(&self.shape.reference) {
            Some(Value::String(text)) => cut(text, LONGEST),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        if reference.is_empty() {
            return Err(Away::Nonsense);
        }
        Ok(Kept::There(reference))
    }
}

/// Fills in the places of a body's texts; the name of one that there is not. What a value holds is not looked at again.
fn fill(body: &Value, values: &Values<'_>) -> Result<Value, String> {
    Ok(match body {
        Value::String(text) => {
            let value = |name: &str| {
                let found = values.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| *value)
            };
            let filled = procedure::notices::fill_in(text, value);
            Value::String(filled.map_err(|error| error.to_string())?)
        }
        Value::Array(all) => {
            let all = all.iter().map(|one| fill(one, values));
            Value::Array(all.collect::<Result<_, _>>()?)
        }
        Value::Object(all) => {
            let all = all
                .iter()
                .map(|(name, one)| Ok((name.clone(), fill(one, values)?)));
            Value::Object(all.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let table: toml::Table = toml::from_str(include_str!("../config.toml")).unwrap();
        serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Shape)) -> String {
        let mut shape = config().store;
        change(&mut shape);
        Store::with(shape, None).err().unwrap().to_string()
    }

    #[test]
    fn a_wrong_shape_is_told_by_its_key() {
        assert!(Store::with(config().store, None).is_ok_and(|store| !store.is_there()));
        assert!(refused(|shape| shape.url = "nowhere".into()).contains("STORE__URL"));
        assert!(refused(|shape| shape.body = "{".into()).contains("STORE__BODY"));
        let told = refused(|shape| shape.body = r#"{"a": ["{weather}"]}"#.into());
        assert!(told.contains("weather"), "{told}");
        let told = refused(|shape| {
            shape.headers.insert("a b".into(), String::new());
        });
        assert!(told.contains("STORE__HEADERS"), "{told}");
        assert!(refused(|shape| shape.method = "P O".into()).contains("STORE__METHOD"));
    }

    #[test]
    fn what_a_value_holds_is_no_place_and_ends_no_text() {
        let body = serde_json::json!({ "a": ["x {name}", 1], "b": null });
        let mut values = PLACES.map(|name| (name, ""));
        values[6].1 = "\"{key}\" \\";
        assert_eq!(
            fill(&body, &values).unwrap(),
            serde_json::json!({ "a": ["x \"{key}\" \\", 1], "b": null })
        );
    }
}
