//! What was read on papers: offered in an empty form, held against a full one, and sealed as far as the form asks.

use contracts::{
    DocumentId,
    intake::DossierSubmitted,
    scan::{DocumentChecked, PagePlace, ReadField, Verdict},
};
use testkit::Stage;
use uuid::Uuid;

use crate::{browser::browser, play::*};

const PAPER: &str = "to-khai-ban-sao-trich-luc";

fn read(name: &str, value: &str) -> ReadField {
    ReadField {
        name: name.to_owned(),
        value: value.to_owned(),
        confidence: 88,
        certain: false,
        disputed: false,
        page: 1,
        place: PagePlace {
            left: 100,
            top: 200,
            width: 300,
            height: 20,
        },
    }
}

/// The citizen's declaration, read.
fn declaration(stage: &Stage, document: DocumentId, name: &str) -> DocumentChecked {
    DocumentChecked {
        kind: Some(PAPER.to_owned()),
        fields: vec![
            read("ho_ten", name),
            read("ngay_sinh", "1990-01-15"),
            read("dan_toc", "Kinh"),
        ],
        ..accepted(stage, document, Stage::account(CITIZEN))
    }
}

#[tokio::test]
async fn an_empty_form_is_filled_in_from_a_paper_that_is_named() {
    let mut stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    let path = format!("/intake/dossiers/{id}/form");
    let page = browser(&stage).see(&path).await;
    assert!(page.contains("Điền nhanh từ ảnh giấy tờ"), "{page}");
    assert!(!page.contains("LÊ THỊ NGỌC"));

    let waiting = browser(&stage)
        .see(&format!("{path}?document={}", DOCUMENT.0))
        .await;
    assert!(waiting.contains("Đang đọc giấy tờ"), "{waiting}");
    assert!(waiting.contains("/intake/live.js") && waiting.contains("Xem lại"));

    let rejected = DocumentChecked {
        verdict: Verdict::Rejected {
            reason_vi: "Ảnh quá tối".to_owned(),
            reason_en: "Too dark".to_owned(),
        },
        ..declaration(
            &stage,
            DocumentId(Uuid::from_u128(9)),
            "TÊN KHÔNG DÙNG ĐƯỢC",
        )
    };
    stage.say("scan", &rejected).await;
    let foreign = DocumentChecked {
        owner: Stage::account(OTHER),
        ..declaration(&stage, DocumentId(Uuid::from_u128(10)), "TÊN NGƯỜI KHÁC")
    };
    stage.say("scan", &foreign).await;
    stage
        .say("scan", &declaration(&stage, DOCUMENT, "LÊ THỊ NGỌC"))
        .await;
    stage.settle().await;
    let page = browser(&stage)
        .see(&format!("{path}?document={}", DOCUMENT.0))
        .await;
    assert!(page.contains("value=\"LÊ THỊ NGỌC\""), "{page}");
    assert!(page.contains("value=\"15/01/1990\""), "{page}");
    assert!(
        page.contains("Đọc từ “Tờ khai cấp bản sao trích lục hộ tịch”"),
        "{page}"
    );
    assert!(!page.contains("/intake/live.js"));
}

#[tokio::test]
async fn an_answer_that_the_enclosed_paper_contradicts_is_shown_and_may_be_filed() {
    let mut stage = stage().await;
    stage
        .say("scan", &declaration(&stage, DOCUMENT, "NGUYỄN THỊ VÍ DỤNG"))
        .await;
    stage.settle().await;
    let id = open(&stage, CITIZEN).await;
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    let review = browser(&stage)
        .see(&format!("/intake/dossiers/{id}/review"))
        .await;
    assert!(
        review.contains("Tờ khai và giấy tờ ghi khác nhau"),
        "{review}"
    );
    assert!(review.contains("NGUYỄN THỊ VÍ DỤNG"), "{review}");
    let form = browser(&stage)
        .see(&format!("/intake/dossiers/{id}/form"))
        .await;
    assert!(form.contains("ghi: <b>NGUYỄN THỊ VÍ DỤNG</b>"), "{form}");
    assert!(
        form.contains("value=\"Nguyễn Thị Ví Dụ\""),
        "what was typed stays"
    );

    assert_eq!(submit(&stage, id).await.status, 200);
    let said = stage.said::<DossierSubmitted>("intake").await;
    let sealed: Vec<&str> = said[0].documents[0]
        .read
        .iter()
        .map(|read| read.name.as_str())
        .collect();
    assert_eq!(
        sealed,
        ["ho_ten", "ngay_sinh"],
        "no more than the form asks for"
    );
}
