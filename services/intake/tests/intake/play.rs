//! The stage with what these tests do often.

use std::{fs, path::Path};

use contracts::{
    AccountId, DocumentId, DossierId,
    scan::{DocumentChecked, Verdict},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Answer, Stage};
use uuid::Uuid;

pub const CITIZEN: &str = "066190001234";
pub const OTHER: &str = "001304005678";
pub const DOCUMENT: DocumentId = DocumentId(Uuid::from_u128(7));

pub async fn stage() -> Stage {
    Stage::with(vec![intake::service()]).await
}

/// On a changed copy of the catalogue: in `file`, `from` is `to`.
pub async fn changed(file: &str, from: &str, to: &str) -> (Stage, TempDir) {
    changed_at(file, from, to, &[]).await
}

/// The same with variables.
pub async fn changed_at(
    file: &str,
    from: &str,
    to: &str,
    variables: &[(&str, &str)],
) -> (Stage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue");
    copy(Path::new(ours), folder.path());
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(&path, text.replace(from, to)).unwrap();
    let dir = folder.path().to_string_lossy().into_owned();
    let catalogue = [("CATALOGUE_DIR", dir.as_str())];
    let variables = [&catalogue, variables].concat();
    let stage = Stage::configured(vec![intake::service()], &variables).await;
    (stage, folder)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

pub fn accepted(stage: &Stage, document: DocumentId, owner: AccountId) -> DocumentChecked {
    DocumentChecked {
        document,
        owner,
        sha256: "a".repeat(64),
        media_type: "image/jpeg".to_owned(),
        bytes: 1_000,
        pages: 1,
        letters: 200,
        verdict: Verdict::Accepted,
        flaws: Vec::new(),
        kind: None,
        fields: Vec::new(),
        checked_at: stage.now(),
    }
}

/// The citizen's document is checked and good.
pub async fn check(stage: &mut Stage) {
    let heard = accepted(stage, DOCUMENT, Stage::account(CITIZEN));
    assert!(stage.say("scan", &heard).await);
    stage.settle().await;
}

pub async fn open(stage: &Stage, citizen: &str) -> DossierId {
    let token = stage.citizen(citizen);
    let answer = stage
        .post(
            "/intake/dossiers",
            Some(&token),
            &json!({ "procedure": "2.000635" }),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["state"], "draft");
    answer.json()["dossier"].as_str().unwrap().parse().unwrap()
}

pub fn full() -> Value {
    json!({
        "form": {
            "loai_giay_to": "khai_sinh",
            "ho_ten": "Nguyễn Thị Ví Dụ",
            "ngay_sinh": "15/01/1990",
            "quan_he": "ban_than",
            "so_ban_sao": "2",
        },
        "documents": { "to-khai": DOCUMENT },
        "delivery": "portal",
    })
}

/// Sends JSON with any method.
pub async fn send(stage: &Stage, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = axum::http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from(body.to_string()))
        .unwrap();
    stage.request(request).await
}

pub async fn save(stage: &Stage, id: DossierId, body: &Value) -> Answer {
    send(
        stage,
        "PUT",
        &format!("/intake/dossiers/{id}"),
        &stage.citizen(CITIZEN),
        body,
    )
    .await
}

pub async fn submit(stage: &Stage, id: DossierId) -> Answer {
    let token = stage.citizen(CITIZEN);
    stage
        .post(
            &format!("/intake/dossiers/{id}/submit"),
            Some(&token),
            &json!({}),
        )
        .await
}

pub async fn show(stage: &Stage, id: DossierId) -> Value {
    let token = stage.citizen(CITIZEN);
    let answer = stage
        .get(&format!("/intake/dossiers/{id}"), Some(&token))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A filed dossier.
pub async fn filed(stage: &mut Stage) -> DossierId {
    check(stage).await;
    let id = open(stage, CITIZEN).await;
    assert_eq!(save(stage, id, &full()).await.status, 200);
    let answer = submit(stage, id).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    id
}

/// The wrong fields of a problem, each with its two reasons.
pub fn wrong(answer: &Answer) -> Vec<(String, String, String)> {
    let problem = answer.json();
    let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| (text(error, "field"), text(error, "vi"), text(error, "en")))
        .collect()
}

pub fn wrong_fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{}", answer.text());
    wrong(answer).into_iter().map(|(field, ..)| field).collect()
}
