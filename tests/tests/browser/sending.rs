//! A paper sent over a line that breaks off, with JavaScript: it goes on where it was, after a new start of the phone too.

use std::path::PathBuf;

use journeys::{eventually, motcua::root, until};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    chromium::PHONE,
    line::{Fate, Line},
    people::CITIZEN,
    phone::Phone,
    portal::{Portal, behind_a_line},
    reuse::begin,
};

/// Bytes of the photo that is sent.
const SIZE: usize = 3 * 1024 * 1024;
/// After how many bytes the line gives out.
const ENOUGH: u64 = 1024 * 1024;

/// What is seen where a paper is sent.
const CHOOSER: &str = "#file-to-khai";
const SEND: &str = "form:has(#file-to-khai) .acts button";
const SAID: &str = "form:has(#file-to-khai) output";
const CANCEL: &str = "form:has(#file-to-khai) [name=cancel]";
const CHECKED: &str = "li:has(#file-to-khai) .mark:not(.warn)";

/// A photo as large as many a telephone's: a small one with remarks in it.
struct Photo {
    _folder: TempDir,
    path: PathBuf,
    sha256: String,
}

impl Photo {
    fn new() -> Self {
        let small = std::fs::read(root().join("examples/to-khai-trich-luc.jpg"));
        let small = small.expect("an example");
        let (begin, rest) = small.split_at(2);
        let mut bytes = begin.to_vec();
        let mut number = 0;
        while bytes.len() + rest.len() < SIZE {
            let remark = (0..6_000).map(|_| {
                number += 1;
                format!("{number:09}\n")
            });
            let remark: String = remark.collect();
            let length = u16::try_from(remark.len() + 2).expect("a short remark");
            bytes.extend([0xFF, 0xFE]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(remark.bytes());
        }
        bytes.extend(rest);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("Tờ khai của tôi.jpg");
        std::fs::write(&path, &bytes).expect("a photo is kept");
        Self {
            _folder: folder,
            path,
            sha256: hex::encode(Sha256::digest(&bytes)),
        }
    }
}

impl Phone {
    /// Presses what does not lead to another page at once.
    async fn tap(&self, selector: &str) {
        let pressed = self.the(selector).await.click().await;
        pressed.unwrap_or_else(|error| panic!("{selector} cannot be pressed: {error}"));
    }

    async fn send(&self, photo: &Photo) {
        self.attach(CHOOSER, &photo.path).await;
        self.tap(SEND).await;
    }

    /// Waits until these words are said where a paper is sent.
    async fn hears(&self, words: &str) {
        let said = |said: &String| said.contains(words);
        until(&format!("“{words}” is said"), said, || self.reads(SAID)).await;
    }
}

/// A citizen with a draft at its page of papers.
async fn citizen(portal: &Portal<'_>, line: &Line) -> (Phone, String) {
    portal.register().await;
    let citizen = portal.phone_with_scripts("citizen", PHONE, line).await;
    citizen.open("/identity/sign-in").await;
    citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
    let papers = begin(&citizen).await;
    (citizen, papers)
}

/// What scan answers the citizen, and nothing where there is nothing.
async fn asked(portal: &Portal<'_>, citizen: &Phone, path: &str) -> Option<Value> {
    let session = citizen.web().get_named_cookie("motcua_session").await;
    let session = session.expect("the citizen is signed in");
    let address = format!("{}{path}", portal.motcua.url());
    let request = portal.client.get(address).bearer_auth(session.value);
    let answer = request.send().await.expect("an answer");
    answer.status().is_success().then_some(())?;
    Some(answer.json().await.expect("JSON"))
}

/// The photo has come whole, once, and the browser is where the form would have led it.
async fn has_arrived(portal: &Portal<'_>, citizen: &Phone, papers: &str, photo: &Photo) {
    eventually("the paper is enclosed", true, || citizen.has(CHECKED)).await;
    assert_eq!(citizen.path().await, papers);
    let documents = asked(portal, citizen, "/scan/documents").await;
    let documents = documents.expect("the citizen's documents");
    let [document] = documents.as_array().expect("a list").as_slice() else {
        panic!("one document is expected: {documents}");
    };
    assert_eq!(document["sha256"], *photo.sha256);
    assert_eq!(document["kind"], "to-khai-ban-sao-trich-luc");
    assert_eq!(document["name"], "Tờ khai của tôi.jpg");
}

/// What the line has carried since `before` is the photo, and little of it twice.
fn was_sent_about_once(line: &Line, before: u64) {
    let sent = line.sent() - before;
    assert!(sent < SIZE as u64 * 3 / 2, "{sent} bytes of {SIZE}");
}

#[tokio::test]
async fn a_paper_goes_on_where_the_line_broke_off() {
    behind_a_line("cut", async |portal, line| {
        let (citizen, papers) = citizen(portal, line).await;
        let (photo, before) = (Photo::new(), line.sent());
        line.after(ENOUGH, Fate::Cut);
        citizen.send(&photo).await;
        citizen.hears("Trang này tự thử lại").await;
        assert!(line.is_dead());
        let share: f64 = citizen
            .ask(
                "return document.querySelector('form:has(#file-to-khai) progress').position",
                vec![],
            )
            .await;
        assert!(share > 0.0 && share < 1.0, "{share}");
        line.mend();
        has_arrived(portal, &citizen, &papers, &photo).await;
        was_sent_about_once(line, before);
    })
    .await;
}

#[tokio::test]
async fn a_paper_goes_on_after_the_page_was_loaded_again() {
    behind_a_line("reload", async |portal, line| {
        let (citizen, papers) = citizen(portal, line).await;
        let (photo, before) = (Photo::new(), line.sent());
        line.after(ENOUGH, Fate::Cut);
        citizen.send(&photo).await;
        citizen.hears("Trang này tự thử lại").await;
        line.mend();
        // The phone has been switched off and on.
        citizen.open("/intake/").await;
        citizen.open(&papers).await;
        citizen.hears("Hãy chọn lại đúng tệp đó").await;
        // What is said now is gone with the page: it is kept for us.
        let listen = "new MutationObserver(() => { sessionStorage.said += document.querySelector(arguments[0]).value; })
            .observe(document.querySelector(arguments[0]), { childList: true })";
        citizen.ask::<Value>(listen, vec![SAID.into()]).await;
        citizen.send(&photo).await;
        has_arrived(portal, &citizen, &papers, &photo).await;
        was_sent_about_once(line, before);
        let said: String = citizen.ask("return sessionStorage.said", vec![]).await;
        assert!(said.contains("Đang gửi tiếp từ chỗ đã dừng"), "{said}");
        citizen.open(&papers).await;
        assert_eq!(citizen.reads(SAID).await, "", "nothing is unfinished");
    })
    .await;
}

#[tokio::test]
async fn a_paper_is_refused_in_the_citizens_words_and_sending_can_be_cancelled() {
    behind_a_line("cancel", async |portal, line| {
        let (citizen, papers) = citizen(portal, line).await;
        let wrong = root().join("examples/khong-phai-anh.jpg");
        citizen.attach(CHOOSER, &wrong).await;
        citizen.tap(SEND).await;
        citizen.hears("PDF").await;
        assert!(citizen.has(&format!("{SAID}.error")).await);

        let photo = Photo::new();
        line.after(ENOUGH, Fate::HeldUp);
        citizen.send(&photo).await;
        eventually("the line is held up", false, async || line.is_doomed()).await;
        let upload = "return Object.keys(localStorage).map(key => localStorage[key].split(' ')[0])";
        let uploads: Vec<String> = citizen.ask(upload, vec![]).await;
        let [upload] = uploads.as_slice() else {
            panic!("one upload is remembered: {uploads:?}");
        };
        assert!(asked(portal, &citizen, upload).await.is_some());
        citizen.tap(CANCEL).await;
        citizen.hears("Đã hủy").await;
        let gone = async || asked(portal, &citizen, upload).await.is_none();
        eventually("nothing of it is kept", true, gone).await;
        let focused = "return document.activeElement.matches(arguments[0])";
        eventually("the focus is not lost", true, async || {
            citizen.ask(focused, vec![CHOOSER.into()]).await
        })
        .await;
        citizen.open(&papers).await;
        assert_eq!(citizen.reads(SAID).await, "");
        assert!(!citizen.has(CHECKED).await);
    })
    .await;
}

#[tokio::test]
async fn two_papers_are_sent_at_once_and_neither_breaks_off_the_other() {
    behind_a_line("together", async |portal, line| {
        let (citizen, papers) = citizen(portal, line).await;
        let photo = Photo::new();
        citizen.send(&photo).await;
        let other = root().join("examples/to-khai-trich-luc.pdf");
        citizen.attach("#file-giay-to-quan-he", &other).await;
        citizen
            .tap("form:has(#file-giay-to-quan-he) .acts button")
            .await;
        for component in ["to-khai", "giay-to-quan-he"] {
            let enclosed = format!("li:has(#file-{component}) .mark:not(.warn)");
            eventually(&format!("{component} is enclosed"), true, async || {
                citizen.has(&enclosed).await
            })
            .await;
        }
        assert_eq!(citizen.path().await, papers);
        let documents = asked(portal, &citizen, "/scan/documents").await;
        let documents = documents.expect("the citizen's documents");
        assert_eq!(documents.as_array().map(Vec::len), Some(2));
    })
    .await;
}
