//! What several stories need: a form, an upload in pieces, a catalogue with a difference, and a store with nothing left in it.

use std::{fs, path::Path, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request},
};
use tempfile::TempDir;
use testkit::{Answer, Stage};

use crate::{ONE, UPLOAD, kept};

/// A citizen's form of these fields, each with its name, file name and content; `end` is what closes it.
pub async fn form(
    stage: &Stage,
    who: &str,
    fields: &[(&str, Option<&str>, &[u8])],
    end: &str,
) -> Answer {
    let mut body = Vec::new();
    for (name, file, content) in fields {
        let file = file
            .map(|file| format!("; filename=\"{file}\""))
            .unwrap_or_default();
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                .into_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(end.as_bytes());
    let request = Request::post(UPLOAD)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {}", stage.citizen(who)))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap();
    stage.request(request).await
}

/// What closes a form.
pub const END: &str = "--b--\r\n";

/// A step of an upload of `length` bytes by the tus protocol.
pub async fn tus(
    stage: &Stage,
    method: Method,
    path: &str,
    (at, length): (usize, usize),
    body: &[u8],
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length)
        .header("upload-offset", at)
        .header("content-type", "application/offset+octet-stream")
        .body(Body::from(body.to_vec()));
    stage.request(request.unwrap()).await
}

/// Waits until nothing is kept: what an upload had written is removed on another thread.
pub async fn nothing_is_left(stage: &Stage) {
    let gone = async {
        while kept(stage) > 0 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), gone).await;
    assert!(in_time.is_ok(), "{} files are kept", kept(stage));
}

/// A stage whose catalogue is ours, but for the file of one kind of paper.
pub async fn with_paper(kind: &str, change: impl Fn(&str) -> String) -> (Stage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue");
    copy(Path::new(ours), folder.path());
    let paper = folder.path().join(format!("papers/{kind}.yaml"));
    let text = fs::read_to_string(&paper).unwrap();
    fs::write(&paper, change(&text)).unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    let settings = [("CATALOGUE_DIR", place.as_str())];
    let stage = Stage::configured(vec![scan::service()], &settings).await;
    (stage, folder)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}
