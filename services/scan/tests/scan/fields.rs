//! What was read on papers of a known kind: on identity cards by their codes and zones, on a declaration by its labels.

use axum::http::StatusCode;
use contracts::{DocumentId, scan::DocumentChecked};
use serde_json::Value;
use testkit::Stage;

use super::{
    ANOTHER, ONE, PHOTO, UPLOAD,
    common::{END, form},
    id, stage, verdicts,
};

/// A citizen's paper of that kind.
async fn sent(stage: &Stage, kind: &str, bytes: &[u8]) -> DocumentId {
    let parts = [
        ("file", Some("giay-to.jpg"), bytes),
        ("kind", None, kind.as_bytes()),
    ];
    let answer = form(stage, ONE, &parts, END).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    id(&answer)
}

async fn view(stage: &Stage, document: DocumentId) -> Value {
    let path = format!("{UPLOAD}/{document}");
    stage.get(&path, Some(&stage.citizen(ONE))).await.json()
}

/// Name, value and origin of each field in a view.
fn fields(view: &Value) -> Vec<(&str, &str, &str)> {
    fn text<'a>(field: &'a Value, key: &str) -> &'a str {
        field[key].as_str().unwrap_or_default()
    }
    let all = view["fields"].as_array().into_iter().flatten();
    all.map(|field| {
        (
            text(field, "name"),
            text(field, "value"),
            text(field, "origin"),
        )
    })
    .collect()
}

fn checked(verdicts: &[DocumentChecked], document: DocumentId) -> &DocumentChecked {
    let mut all = verdicts
        .iter()
        .filter(|checked| checked.document == document);
    all.next().unwrap()
}

#[tokio::test]
async fn an_identity_card_is_read_by_its_code_and_its_zone() {
    let folder = tempfile::tempdir().unwrap();
    bench::corpus::cards(1, folder.path()).unwrap();
    let file = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let truth = |name: &str| -> String {
        let truth: Value = serde_json::from_slice(&file(name)).unwrap();
        truth["code"].as_str().unwrap().to_owned()
    };
    let mut stage = stage().await;
    let front = sent(&stage, "can-cuoc", &file("card-01-front.jpg")).await;
    let back = sent(&stage, "can-cuoc", &file("card-01-back.jpg")).await;
    stage.settle().await;

    let code = truth("card-01-front.json");
    let said: Vec<&str> = code.split('|').collect();
    let shown = view(&stage, front).await;
    let read = fields(&shown);
    for (name, value) in [
        ("so_dinh_danh", said[0]),
        ("ho_ten", said[2]),
        ("gioi_tinh", said[4]),
        ("noi_thuong_tru", said[5]),
    ] {
        assert!(read.contains(&(name, value, "code")), "{name}: {read:?}");
    }
    let heard = verdicts(&stage).await;
    let heard = checked(&heard, front);
    assert_eq!(heard.kind.as_deref(), Some("can-cuoc"));
    let number = heard
        .fields
        .iter()
        .find(|field| field.name == "so_dinh_danh")
        .unwrap();
    assert!(number.certain && !number.disputed, "{number:?}");
    assert!(
        number.place.width < 500,
        "it stands in the code: {number:?}"
    );

    let shown = view(&stage, back).await;
    let read = fields(&shown);
    assert!(
        read.contains(&("so_dinh_danh", said[0], "zone")),
        "{read:?}"
    );

    let stranger = stage
        .get(&format!("{UPLOAD}/{front}"), Some(&stage.citizen(ANOTHER)))
        .await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_declaration_is_read_by_its_labels_and_never_for_certain() {
    let mut stage = stage().await;
    let document = sent(&stage, "to-khai-ban-sao-trich-luc", PHOTO).await;
    stage.settle().await;
    let shown = view(&stage, document).await;
    let read = fields(&shown);
    assert!(
        read.contains(&("so_dinh_danh_nguoi_yeu_cau", "066190001234", "print")),
        "{read:?}"
    );
    let all = shown["fields"].as_array().unwrap();
    assert!(all.iter().all(|field| field["certain"] == false), "{all:?}");
}

#[tokio::test]
async fn a_paper_of_another_kind_is_told_and_taken() {
    let mut stage = stage().await;
    let document = sent(&stage, "giay-khai-sinh", PHOTO).await;
    stage.settle().await;
    let shown = view(&stage, document).await;
    assert_eq!(shown["state"], "accepted");
    let flaws = shown["flaws"].as_array().unwrap();
    assert!(
        flaws
            .iter()
            .any(|flaw| flaw["kind"] == "other-paper" && flaw["weight"] == "advice"),
        "{flaws:?}"
    );
}
