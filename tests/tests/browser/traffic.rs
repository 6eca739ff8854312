//! What a browser fetched for a page, from its own log of the network.

use serde_json::Value;
use thirtyfour::BrowserLogEntry;

/// One thing fetched; a redirection is part of what it leads to.
#[derive(Debug, Default)]
pub struct Fetched {
    id: String,
    /// All addresses asked, the last one answered.
    pub addresses: Vec<String>,
    /// `Document`, `Stylesheet`, …
    pub kind: String,
    /// Of the last answer; 0 before it came.
    pub status: u64,
    /// Of the last answer.
    pub policy: String,
    /// Heads and bodies as they came over the wire, compressed if they were.
    pub bytes: u64,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// What was fetched since the log was read last, in the order of beginning.
pub fn fetched(log: &[BrowserLogEntry]) -> Vec<Fetched> {
    let mut all: Vec<Fetched> = Vec::new();
    for entry in log {
        let entry: Value = serde_json::from_str(&entry.message).expect("an event in JSON");
        let (event, told) = (&entry["message"], &entry["message"]["params"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let bytes = |value: &Value| value["encodedDataLength"].as_f64().unwrap_or_default();
        let id = text(&told["requestId"]);
        let known = all.iter_mut().rfind(|one| one.id == id);
        match (event["method"].as_str().unwrap_or_default(), known) {
            ("Network.requestWillBeSent", Some(one)) => {
                one.addresses.push(text(&told["request"]["url"]));
                one.add(bytes(&told["redirectResponse"]));
            }
            ("Network.requestWillBeSent", None) => all.push(Fetched {
                id,
                addresses: vec![text(&told["request"]["url"])],
                kind: text(&told["type"]),
                ..Fetched::default()
            }),
            ("Network.responseReceived", Some(one)) => {
                let answer = &told["response"];
                one.status = answer["status"].as_u64().unwrap_or_default();
                one.policy = header(answer, "content-security-policy");
            }
            ("Network.loadingFinished", Some(one)) => one.add(bytes(told)),
            // What becomes a download, or is left before it has come, is called off and not wrong.
            ("Network.loadingFailed", Some(one)) if told["canceled"] != true => {
                one.failure = Some(text(&told["errorText"]));
            }
            _ => {}
        }
    }
    all
}

/// The last page that was fetched and, after it, all that it brought along.
pub fn last_page(fetched: &[Fetched]) -> &[Fetched] {
    let page = fetched.iter().rposition(|one| one.kind == "Document");
    page.map_or(&[], |page| &fetched[page..])
}

fn header(answer: &Value, name: &str) -> String {
    let headers = answer["headers"].as_object().into_iter().flatten();
    let mut named = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let value = named.next().and_then(|(_, value)| value.as_str());
    value.unwrap_or_default().to_owned()
}

impl Fetched {
    fn add(&mut self, bytes: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of bytes, told as a number of JavaScript"
        )]
        let bytes = bytes as u64;
        self.bytes += bytes;
    }
}
