//! A dossier whose papers together are more than one may have is not filed, and says so before.

use testkit::Stage;

use crate::{browser::browser, play::*};

#[tokio::test]
async fn a_dossier_with_too_much_in_it_is_not_filed() {
    let limits = [("INTAKE__DOSSIER_MEGABYTES", "1")];
    let mut stage = Stage::configured(vec![intake::service()], &limits).await;
    let mut heard = accepted(&stage, DOCUMENT, Stage::account(CITIZEN));
    heard.bytes = 1024 * 1024 + 1;
    stage.say("scan", &heard).await;
    stage.settle().await;
    let id = open(&stage, CITIZEN).await;
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    let review = browser(&stage)
        .see(&format!("/intake/dossiers/{id}/review"))
        .await;
    let told = "Giấy tờ kèm theo có tất cả 2 MB, nhiều nhất 1 MB";
    assert!(review.contains(told), "{review}");
    assert!(!review.contains(">Nộp hồ sơ</button>"), "{review}");
    let answer = submit(&stage, id).await;
    assert_eq!(wrong_fields(&answer), ["documents"]);
    assert!(answer.text().contains("The papers have 2 MB together"));

    heard.bytes = 1024 * 1024;
    heard.checked_at += chrono::TimeDelta::seconds(1);
    stage.say("scan", &heard).await;
    stage.settle().await;
    assert_eq!(submit(&stage, id).await.status, 200);
}
