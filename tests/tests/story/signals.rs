//! One paper in the dossiers of two people, across intake and desk: officers are told of it in both, and both are received like any other.

use contracts::{
    Assurance, DocumentId,
    scan::{DocumentChecked, Verdict},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};
use uuid::Uuid;

const PEOPLE: [&str; 2] = ["066190001234", "001304005678"];

fn succeeded(answer: &Answer) -> Value {
    assert!(answer.status.is_success(), "{}", answer.text());
    answer.json()
}

/// Somebody files a copy of the same picture.
async fn files(stage: &mut Stage, citizen: &str) -> String {
    let (known, account) = (Assurance::DocumentChecked, Stage::account(citizen));
    let token = stage.citizen_at(known, citizen);
    let document = DocumentId(Uuid::new_v5(&account.0, b"to-khai"));
    let checked = DocumentChecked {
        document,
        owner: account,
        kind: None,
        sha256: "a".repeat(64),
        media_type: "image/jpeg".to_owned(),
        bytes: 1_000,
        pages: 1,
        letters: 200,
        verdict: Verdict::Accepted,
        flaws: Vec::new(),
        fields: Vec::new(),
        checked_at: stage.now(),
    };
    stage.say("scan", &checked).await;
    stage.settle().await;
    let chosen = json!({ "procedure": "1.004873" });
    let opened = stage.post("/intake/dossiers", Some(&token), &chosen).await;
    let opened = succeeded(&opened);
    let dossier = opened["dossier"].as_str().expect("an id").to_owned();
    let form = json!({
        "ho_ten": "Nguyễn Thị Ví Dụ", "so_dinh_danh": citizen, "ngay_sinh": "15/01/1990",
        "noi_cu_tru": "Số 12 đường Ví Dụ", "tinh_trang": "chua_ket_hon", "lan_cap": "lan_dau",
        "muc_dich": "ket_hon", "dien_mien": "khong",
    });
    let all = json!({ "form": form, "documents": { "to-khai": document }, "delivery": "counter" });
    let request = axum::http::Request::put(format!("/intake/dossiers/{dossier}"))
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from(all.to_string()));
    succeeded(&stage.request(request.expect("a request")).await);
    let path = format!("/intake/dossiers/{dossier}/submit");
    succeeded(&stage.post(&path, Some(&token), &json!({})).await);
    stage.settle().await;
    dossier
}

#[tokio::test]
async fn officers_are_told_of_one_file_in_two_peoples_dossiers_and_decide_as_ever() {
    let mut stage = Stage::with(vec![intake::service(), desk::service()]).await;
    let mut dossiers = Vec::new();
    for citizen in PEOPLE {
        dossiers.push(files(&mut stage, citizen).await);
    }
    let officer = stage.officer();
    let list = stage
        .get("/desk/dossiers?signals=low", Some(&officer))
        .await;
    assert_eq!(succeeded(&list).as_array().map(Vec::len), Some(2));
    for (dossier, other) in [(0, 1), (1, 0)].map(|(one, two)| (&dossiers[one], &dossiers[two])) {
        let path = format!("/desk/dossiers/{dossier}");
        let item = succeeded(&stage.get(&path, Some(&officer)).await);
        let signal = &item["signals"]["signals"][0];
        assert_eq!(signal["code"], "same_file");
        assert_eq!(signal["dossiers"][0]["dossier"], json!(other));
        let looked = json!({ "revision": item["signals"]["revision"], "finding": "explained", "note": "Hai vợ chồng." });
        let path = format!("{path}/signals");
        succeeded(&stage.post(&path, Some(&officer), &looked).await);
        let path = format!("/desk/dossiers/{dossier}/receive");
        let received = succeeded(&stage.post(&path, Some(&officer), &json!({})).await);
        assert_eq!(received["state"], "under_examination_by_officer");
        stage.settle().await;
    }
    let token = stage.citizen(PEOPLE[1]);
    let path = format!("/intake/dossiers/{}", dossiers[1]);
    let own = stage.get(&path, Some(&token)).await.text();
    assert!(
        !own.contains("same_file") && !own.contains("attention"),
        "{own}"
    );
}
