//! What delivery makes of decisions: numbers, papers, messages.

use contracts::{
    Delivery,
    delivery::{RenderResult, ResultHandedOver, ResultIssued},
    desk::{DossierDecided, Field, Outcome},
};

use super::{close, decided, issued, pdfs, stage, words};

#[tokio::test]
async fn a_granted_dossier_gets_one_numbered_paper_that_the_portal_hands_over() {
    let mut stage = stage().await;
    let issued = issued(&mut stage, 1, Delivery::Portal).await;
    assert_eq!(issued.number, "01/TLHT-BS");
    let kept = pdfs(&stage.folder().join("delivery"));
    assert_eq!(kept.len(), 1);
    assert_eq!(files::Hash::of_bytes(&kept[0]).as_str(), issued.sha256);
    let words = words(&kept[0]);
    let link = format!("http://localhost:8080/delivery/check/{}", issued.check_code);
    for expected in [
        "ỦY BAN NHÂN DÂN PHƯỜNG MẪU",
        "Số: 01/TLHT-BS",
        "Phường Mẫu, ngày 08 tháng 10 năm 2026",
        "BẢN SAO TRÍCH LỤC HỘ TỊCH",
        "Nguyễn Thị Ví Dụ",
        "CHỦ TỊCH",
        "Trần Văn Mẫu",
        &issued.check_code,
        &link,
    ] {
        assert!(
            words.contains(&close(expected)),
            "{expected:?} is not in {words}"
        );
    }
    let handed_over = stage.said::<ResultHandedOver>("delivery").await;
    assert_eq!(handed_over.len(), 1);
    assert_eq!(
        (handed_over[0].result, handed_over[0].delivery),
        (issued.result, Delivery::Portal)
    );
    assert!(stage.parked("delivery").await.is_empty());
}

#[tokio::test]
async fn a_refused_dossier_gets_a_numbered_notice_with_the_reason() {
    let mut stage = stage().await;
    let refused = DossierDecided {
        outcome: Outcome::Refused {
            reason: "Không tìm thấy trong sổ hộ tịch".into(),
        },
        ..decided(1, Delivery::Portal)
    };
    stage.say("desk", &refused).await;
    stage.settle().await;
    assert_eq!(
        stage.said::<ResultIssued>("delivery").await[0].number,
        "01/TB-TCHS"
    );
    let words = words(&pdfs(&stage.folder().join("delivery"))[0]);
    for expected in [
        "THÔNG BÁO TỪ CHỐI GIẢI QUYẾT HỒ SƠ",
        "Không tìm thấy trong sổ hộ tịch",
        "01/TB-TCHS",
    ] {
        assert!(
            words.contains(&close(expected)),
            "{expected:?} is not in {words}"
        );
    }
}

#[tokio::test]
async fn a_decision_heard_again_and_a_rendering_asked_again_change_nothing() {
    let mut stage = stage().await;
    let first = issued(&mut stage, 1, Delivery::Counter).await;
    let same = stage.seal("desk", &decided(1, Delivery::Counter));
    stage.deliver(same.clone()).await;
    stage.deliver(same).await;
    let render = RenderResult {
        result: first.result,
        dossier: first.dossier,
    };
    stage.say("delivery", &render).await;
    stage.settle().await;
    assert_eq!(stage.said::<ResultIssued>("delivery").await, [first]);
    assert_eq!(stage.said::<RenderResult>("delivery").await.len(), 1);
    assert_eq!(pdfs(&stage.folder().join("delivery")).len(), 1);
}

#[tokio::test]
async fn numbers_have_no_gaps_whatever_is_heard_twice_or_cannot_be_done() {
    let mut stage = stage().await;
    for dossier in [3, 1, 2] {
        let envelope = stage.seal("desk", &decided(dossier, Delivery::Counter));
        stage.deliver(envelope.clone()).await;
        stage.say("desk", &decided(dossier, Delivery::Portal)).await;
        let unknown = DossierDecided {
            procedure_version: 99,
            ..decided(dossier + 100, Delivery::Counter)
        };
        stage.say("desk", &unknown).await;
        stage.deliver(envelope).await;
    }
    stage.settle().await;
    let mut numbers: Vec<String> = stage
        .said::<ResultIssued>("delivery")
        .await
        .into_iter()
        .map(|said| said.number)
        .collect();
    numbers.sort();
    assert_eq!(numbers, ["01/TLHT-BS", "02/TLHT-BS", "03/TLHT-BS"]);
    assert_eq!(stage.parked("delivery").await.len(), 3);
}

#[tokio::test]
async fn each_book_and_each_year_has_numbers_of_its_own() {
    let mut stage = stage().await;
    issued(&mut stage, 1, Delivery::Counter).await;
    let marriage = DossierDecided {
        procedure: "1.004873".parse().unwrap(),
        ..decided(2, Delivery::Counter)
    };
    let next_year = DossierDecided {
        decided_at: "2026-12-31T17:00:00Z".parse().unwrap(),
        ..decided(3, Delivery::Counter)
    };
    stage.say("desk", &marriage).await;
    stage.say("desk", &next_year).await;
    stage.settle().await;
    let said = stage.said::<ResultIssued>("delivery").await;
    let numbers: Vec<&str> = said.iter().map(|said| said.number.as_str()).collect();
    assert_eq!(numbers, ["01/TLHT-BS", "01/XNTTHN", "01/TLHT-BS"]);
}

#[tokio::test]
async fn what_cannot_be_printed_is_parked_and_its_reason_names_the_field_only() {
    let mut stage = stage().await;
    let unprintable = DossierDecided {
        outcome: Outcome::Granted {
            result: vec![Field {
                label: "Tên".into(),
                value: "bí mật 漢".into(),
            }],
        },
        ..decided(1, Delivery::Portal)
    };
    stage.say("desk", &unprintable).await;
    stage.settle().await;
    let parked = stage.parked("delivery").await;
    assert_eq!(parked.len(), 1);
    let told = serde_json::to_string(&parked[0].reason).unwrap();
    assert!(
        told.contains("body[0]") && !told.contains("bí mật"),
        "{told}"
    );
    assert!(stage.said::<ResultIssued>("delivery").await.is_empty());
}
