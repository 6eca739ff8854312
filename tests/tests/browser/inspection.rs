//! What every page must be: small, of this site alone, in Vietnamese, named for those who do not see it, without barriers, and as
//! wide as a phone.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use serde_json::json;

use crate::{
    barriers::barriers,
    phone::{Phone, picture},
    traffic::{self, Fetched},
};

/// Bytes of the first page somebody opens, with all it brings along.
const FIRST_VIEW: u64 = 60_000;
/// The same of any page, with nothing kept from an earlier one.
const ANY_PAGE: u64 = 100_000;

/// Roles of what people operate or look at, and which needs a name for those who only hear it.
const NAMED: [&str; 11] = [
    "button",
    "checkbox",
    "combobox",
    "image",
    "link",
    "listbox",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "textbox",
];

/// Looks at every page that comes to a phone, and remembers what is wrong with it.
pub struct Inspector {
    pictures: PathBuf,
    seen: Mutex<Vec<Seen>>,
}

struct Seen {
    path: String,
    complaints: Vec<String>,
}

/// What a page says of itself.
#[derive(Deserialize)]
struct Facts {
    lang: String,
    title: String,
    headings: usize,
    mains: usize,
    /// Of the window.
    width: f64,
    /// Of all that is in it.
    content: f64,
    /// What is too wide.
    wide: Vec<String>,
    /// Scripts, handlers and styles inside the page.
    inline: Vec<String>,
    /// Identifiers that two things have.
    twice: Vec<String>,
}

const FACTS: &str = r"
    const root = document.documentElement, all = [...document.querySelectorAll('*')];
    const name = one => one.outerHTML.split('>')[0] + '>';
    const ids = all.map(one => one.id).filter(id => id);
    const inline = one => one.matches('script:not([src]), style') ||
        one.getAttributeNames().some(attribute => attribute === 'style' || attribute.startsWith('on'));
    return {
        lang: root.lang, title: document.title.trim(),
        headings: document.querySelectorAll('h1').length, mains: document.querySelectorAll('main').length,
        width: root.clientWidth, content: root.scrollWidth,
        wide: root.scrollWidth > root.clientWidth
            ? all.filter(one => one.getBoundingClientRect().right > root.clientWidth).map(name) : [],
        inline: all.filter(inline).map(name),
        twice: ids.filter((id, place) => ids.indexOf(id) !== place),
    };";

impl Inspector {
    /// Keeps a picture of each page in this folder, for whoever wants to judge its looks.
    pub fn new(pictures: PathBuf) -> Arc<Self> {
        if let Err(error) = std::fs::remove_dir_all(&pictures) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
        std::fs::create_dir_all(&pictures).expect("a folder for pictures");
        Arc::new(Self {
            pictures,
            seen: Mutex::default(),
        })
    }

    /// From now on nothing is kept from one page to the next: each is weighed as if it came first.
    pub async fn begin(&self, phone: &Phone) {
        let off = json!({ "cacheDisabled": true });
        phone.devtools("Network.setCacheDisabled", off).await;
        self.fetched(phone).await;
    }

    async fn fetched(&self, phone: &Phone) -> Vec<Fetched> {
        let log = phone.web().get_log("performance").await;
        traffic::fetched(&log.expect("a log of the network"))
    }

    /// Looks at the page that has just come.
    pub async fn look_at(&self, phone: &Phone) {
        let path = without_ids(&phone.path().await);
        let mut complaints = facts(phone.ask(FACTS, vec![]).await);
        complaints.extend(nameless(phone).await);
        complaints.extend(barriers(phone).await);
        let fetched = self.fetched(phone).await;
        complaints.extend(strange(&fetched, phone.home()));
        complaints.extend(page(traffic::last_page(&fetched), self.limit()));
        let console = phone.web().browser_log().await.expect("the console");
        complaints.extend(
            console
                .into_iter()
                .map(|entry| format!("console: {}", entry.message)),
        );
        let file = self.picture_of(&path);
        let png = picture(phone.web()).await.expect("a picture of the page");
        std::fs::write(file, png).expect("a picture is kept");
        let mut seen = self.seen.lock().expect("no panic while locked");
        seen.push(Seen { path, complaints });
    }

    fn limit(&self) -> u64 {
        let seen = self.seen.lock().expect("no panic while locked");
        if seen.is_empty() {
            FIRST_VIEW
        } else {
            ANY_PAGE
        }
    }

    fn picture_of(&self, path: &str) -> PathBuf {
        let seen = self.seen.lock().expect("no panic while locked");
        let words: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let name = format!("{:02}-{}.png", seen.len() + 1, words.join("-"));
        Path::join(&self.pictures, name)
    }

    /// Where it has been.
    pub fn paths(&self) -> BTreeSet<String> {
        let seen = self.seen.lock().expect("no panic while locked");
        seen.iter().map(|page| page.path.clone()).collect()
    }

    /// What is wrong, page by page.
    pub fn complaints(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("no panic while locked");
        let of = |page: &Seen| {
            let path = page.path.clone();
            let complaints = page.complaints.clone().into_iter();
            complaints.map(move |complaint| format!("{path}: {complaint}"))
        };
        seen.iter().flat_map(of).collect()
    }
}

/// A path with `{id}` instead of every identifier in it, and `{code}` instead of a paper's check code.
fn without_ids(path: &str) -> String {
    if path.starts_with("/delivery/check/") {
        return "/delivery/check/{code}".to_owned();
    }
    let part = |part: &str| {
        let id = part.len() == 36 && part.bytes().filter(|byte| *byte == b'-').count() == 4;
        if id {
            "{id}".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn facts(facts: Facts) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |wrong: bool, what: String| {
        if wrong {
            complaints.push(what);
        }
    };
    complain(
        facts.lang != "vi",
        format!("its language is “{}”, not vi", facts.lang),
    );
    complain(facts.title.is_empty(), "it has no title".to_owned());
    complain(
        facts.headings != 1,
        format!("{} first headings, not one", facts.headings),
    );
    complain(
        facts.mains != 1,
        format!("{} main parts, not one", facts.mains),
    );
    complain(
        facts.content > facts.width,
        format!(
            "{} px wide in a window of {}: {:?}",
            facts.content, facts.width, facts.wide
        ),
    );
    complain(
        !facts.inline.is_empty(),
        format!("scripts or styles inside the page: {:?}", facts.inline),
    );
    complain(
        !facts.twice.is_empty(),
        format!("identifiers used twice: {:?}", facts.twice),
    );
    complaints
}

/// What a screen reader would meet without a name.
async fn nameless(phone: &Phone) -> Vec<String> {
    let tree = phone
        .devtools("Accessibility.getFullAXTree", json!({}))
        .await;
    let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
    assert!(!nodes.is_empty(), "the accessibility tree can be read");
    let role = |node: &serde_json::Value| {
        node["role"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let nameless = nodes.iter().filter(|node| {
        let name = node["name"]["value"].as_str().unwrap_or_default();
        node["ignored"] != true && NAMED.contains(&role(node).as_str()) && name.trim().is_empty()
    });
    nameless
        .map(|node| format!("a {} without a name", role(node)))
        .collect()
}

/// What came from elsewhere, or not at all.
fn strange(fetched: &[Fetched], home: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for one in fetched {
        for address in &one.addresses {
            let own = address
                .strip_prefix(home)
                .is_some_and(|path| path.starts_with('/'));
            if !own && !address.starts_with("data:") {
                complaints.push(format!("{address} is of another site"));
            }
        }
        if let Some(failure) = &one.failure {
            complaints.push(format!("{:?}: {failure}", one.addresses));
        } else if one.status >= 400 {
            complaints.push(format!("{:?}: answered {}", one.addresses, one.status));
        }
    }
    complaints
}

/// The page itself: its policy, and its weight with all it brought along.
fn page(fetched: &[Fetched], limit: u64) -> Vec<String> {
    let Some(page) = fetched.first() else {
        return vec!["it was not seen to come over the network".to_owned()];
    };
    let mut complaints = Vec::new();
    if !page.policy.contains("default-src 'none'") || page.policy.contains("'unsafe-") {
        complaints.push(format!("its content security policy is “{}”", page.policy));
    }
    let bytes: u64 = fetched.iter().map(|one| one.bytes).sum();
    if page.bytes == 0 || bytes > limit {
        complaints.push(format!("{bytes} bytes, at most {limit} are allowed"));
    }
    complaints
}
