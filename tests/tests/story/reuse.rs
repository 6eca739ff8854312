//! A paper given once and used twice, across scan, intake and desk: one file, one reading, and all of it on its record.

use axum::{body::Body, http::Request};
use contracts::{
    intake::DossierSubmitted,
    scan::{DocumentChecked, ReadDocument},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const CITIZEN: &str = "066190001234";
const KIND: &str = "giay-to-quan-he";

struct Play {
    stage: Stage,
    citizen: String,
}

impl Play {
    async fn send(&mut self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", kind)
            .header("authorization", format!("Bearer {}", self.citizen))
            .body(Body::from(body))
            .expect("a request");
        let answer = self.stage.request(request).await;
        self.stage.settle().await;
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{path}: {}",
            answer.text()
        );
        answer
    }

    async fn json(&mut self, method: &str, path: &str, body: Value) -> Value {
        let body = body.to_string().into_bytes();
        self.send(method, path, "application/json", body)
            .await
            .json()
    }

    /// Uploads an example for a component; its document.
    async fn upload(&mut self, kind: &str, name: &str) -> String {
        let path = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).expect("an example");
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), &file, b"\r\n--b--\r\n"].concat();
        let answer = self
            .send(
                "POST",
                "/scan/documents",
                "multipart/form-data; boundary=b",
                body,
            )
            .await;
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A draft for the citizen's child, with the application enclosed.
    async fn draft(&mut self, application: &str) -> String {
        let chosen = json!({ "procedure": "2.000635" });
        let opened = self.json("POST", "/intake/dossiers", chosen).await;
        let dossier = opened["dossier"].as_str().expect("an id").to_owned();
        let form = json!({
            "loai_giay_to": "khai_sinh", "ho_ten": "Nguyễn Thị Ví Dụ", "ngay_sinh": "15/01/1990", "quan_he": "con", "so_ban_sao": "1",
        });
        let documents = json!({ "to-khai": application });
        let all = json!({ "form": form, "documents": documents, "delivery": "portal" });
        self.json("PUT", &format!("/intake/dossiers/{dossier}"), all)
            .await;
        dossier
    }

    async fn enclose(&mut self, act: &str, dossier: &str, document: &str) {
        let path = format!("/intake/dossiers/{dossier}/papers/{act}");
        let body = format!("key={dossier}&component={KIND}&document={document}");
        self.send(
            "POST",
            &path,
            "application/x-www-form-urlencoded",
            body.into_bytes(),
        )
        .await;
    }

    async fn submit(&mut self, dossier: &str) {
        let path = format!("/intake/dossiers/{dossier}/submit");
        self.json("POST", &path, json!({})).await;
    }
}

#[tokio::test]
async fn a_paper_is_scanned_once_and_used_in_two_dossiers() {
    let services = vec![scan::service(), intake::service(), desk::service()];
    let stage = Stage::with(services).await;
    let citizen = stage.citizen(CITIZEN);
    let mut play = Play { stage, citizen };
    let application = play.upload("to-khai", "to-khai-trich-luc.jpg").await;
    let proof = play.upload(KIND, "to-khai-trich-luc.pdf").await;
    play.json("PUT", &format!("/scan/papers/{proof}/consent"), json!({}))
        .await;

    let mut dossiers = Vec::new();
    for _ in 0..2 {
        let dossier = play.draft(&application).await;
        play.enclose("reuse", &dossier, &proof).await;
        play.submit(&dossier).await;
        play.stage.advance(std::time::Duration::from_mins(1)).await;
        dossiers.push(dossier);
    }

    let submitted = play.stage.said::<DossierSubmitted>("intake").await;
    for one in &submitted {
        let sealed = one.documents.iter().find(|paper| paper.component == KIND);
        assert_eq!(sealed.expect("the paper").document.to_string(), proof);
    }
    assert_eq!(submitted.len(), 2);
    // Two files were uploaded, and each was read once.
    assert_eq!(play.stage.said::<ReadDocument>("scan").await.len(), 2);
    assert_eq!(play.stage.said::<DocumentChecked>("scan").await.len(), 2);

    // An officer opens it as the desk's page leads to it.
    let officer = play.stage.officer();
    let page = format!("/desk/view/{}", dossiers[1]);
    let page = play.stage.get(&page, Some(&officer)).await.text();
    let link = format!("/scan/documents/{proof}/file?dossier={}", dossiers[1]);
    assert!(page.contains(&link), "{page}");
    assert_eq!(play.stage.get(&link, Some(&officer)).await.status, 200);

    let path = format!("/scan/papers/{proof}/record");
    let record = play.stage.get(&path, Some(&play.citizen)).await.json();
    let lines = record["lines"].as_array().expect("lines");
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let dossier = line["dossier"].as_str().unwrap_or_default();
            (line["deed"].as_str().unwrap_or_default(), dossier)
        })
        .collect();
    let (first, second) = (&*dossiers[0], &*dossiers[1]);
    let expected = [
        ("viewed_file", second),
        ("enclosed", second),
        ("enclosed", first),
        ("kept", ""),
    ];
    assert_eq!(told, expected);
    for service in ["scan", "intake", "desk"] {
        assert!(play.stage.parked(service).await.is_empty(), "{service}");
    }
}
