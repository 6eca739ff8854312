//! Papers that a citizen keeps: which are offered, what one press does, and in whatever order scan's words about them are heard.

use std::time::Duration;

use contracts::{
    DocumentId, DossierId,
    intake::{DossierSubmitted, PapersEnclosed},
    scan::{DocumentChecked, PaperKept, PaperReleased, Verdict},
};
use serde_json::{Value, json};
use testkit::Stage;
use uuid::Uuid;

use crate::{browser::browser, play::*};

const KIND: &str = "giay-to-quan-he";
const PROOF: DocumentId = DocumentId(Uuid::from_u128(8));
const BUTTON: &str = "Dùng giấy tờ này";

fn kept(stage: &Stage, owner: &str, revision: u32) -> PaperKept {
    PaperKept {
        document: PROOF,
        owner: Stage::account(owner),
        kind: KIND.to_owned(),
        name: "Giấy khai sinh của con.jpg".to_owned(),
        given_at: stage.now(),
        valid_until: None,
        first_dossier: None,
        revision,
        kept_at: stage.now(),
    }
}

fn released(stage: &Stage, revision: u32) -> PaperReleased {
    PaperReleased {
        document: PROOF,
        owner: Stage::account(CITIZEN),
        revision,
        released_at: stage.now(),
    }
}

/// An application for one's child, who is asked for a proof of kinship.
fn for_a_child() -> Value {
    let mut body = full();
    body["form"]["quan_he"] = json!("con");
    body
}

/// A draft for a child, whose application is checked already.
async fn draft(stage: &mut Stage) -> DossierId {
    check(stage).await;
    let id = open(stage, CITIZEN).await;
    assert_eq!(save(stage, id, &for_a_child()).await.status, 200);
    id
}

/// The proof is accepted and kept by its owner.
async fn keep(stage: &mut Stage, heard: &PaperKept) {
    let owner = heard.owner;
    stage.say("scan", &accepted(stage, PROOF, owner)).await;
    stage.say("scan", heard).await;
    stage.settle().await;
}

fn papers(id: DossierId) -> String {
    format!("/intake/dossiers/{id}/papers")
}

async fn is_offered(stage: &Stage, id: DossierId) -> bool {
    browser(stage).see(&papers(id)).await.contains(BUTTON)
}

/// Presses the button that stands beside the offer; where the browser is led, or why it is not.
async fn press(stage: &Stage, id: DossierId, component: &str) -> (u16, String) {
    let document = PROOF.to_string();
    let form = [
        ("key", "a"),
        ("component", component),
        ("document", &*document),
    ];
    let answer = browser(stage)
        .post(&format!("{}/reuse", papers(id)), &form)
        .await;
    let told = match answer.header("location") {
        "" => answer.text(),
        location => location.to_owned(),
    };
    (answer.status.as_u16(), told)
}

#[tokio::test]
async fn one_press_encloses_a_kept_paper_and_scan_is_told_when_it_is_filed() {
    let mut stage = stage().await;
    let earlier = filed(&mut stage).await;
    let id = draft(&mut stage).await;
    assert!(!is_offered(&stage, id).await, "nothing is kept");
    let heard = PaperKept {
        first_dossier: Some(earlier),
        valid_until: Some("2027-04-08".parse().unwrap()),
        ..kept(&stage, CITIZEN, 1)
    };
    keep(&mut stage, &heard).await;
    let page = browser(&stage).see(&papers(id)).await;
    for words in [
        "Dùng giấy tờ đã có",
        "Giấy khai sinh của con.jpg",
        "gửi ngày 08/10/2026",
        "Cấp bản sao trích lục hộ tịch, bản sao giấy khai sinh”",
        "đến hết ngày 08/04/2027",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(
        page.matches(BUTTON).count(),
        1,
        "for the paper of its kind and no other"
    );

    for _ in 0..2 {
        let place = format!("{}#documents.{KIND}", papers(id));
        assert_eq!(press(&stage, id, KIND).await, (303, place));
    }
    let page = browser(&stage).see(&papers(id)).await;
    assert_eq!(
        page.matches("Đã nhận").count(),
        2,
        "it is checked already: {page}"
    );
    assert!(!page.contains(BUTTON));
    assert_eq!(submit(&stage, id).await.status, 200);

    let said = stage.said::<DossierSubmitted>("intake").await;
    let sealed = said.last().unwrap().documents.clone();
    assert!(
        sealed.iter().any(|paper| paper.document == PROOF),
        "{sealed:?}"
    );
    let told = stage.said::<PapersEnclosed>("intake").await;
    assert_eq!(told.len(), 2, "each dossier is told of once");
    assert_eq!((told[0].dossier, told[1].dossier), (earlier, id));
    let named: Vec<_> = sealed.iter().map(|paper| paper.document).collect();
    assert_eq!(told[1].documents, named);
    submit(&stage, id).await;
    assert_eq!(stage.said::<PapersEnclosed>("intake").await.len(), 2);
}

#[tokio::test]
async fn what_is_anothers_of_another_kind_or_rejected_is_neither_offered_nor_taken() {
    let mut stage = stage().await;
    let id = draft(&mut stage).await;
    let (status, told) = press(&stage, id, KIND).await;
    assert_eq!(status, 422, "{told}");
    assert!(told.contains("không còn được giữ"), "{told}");

    let heard = kept(&stage, OTHER, 1);
    keep(&mut stage, &heard).await;
    assert!(!is_offered(&stage, id).await, "it is another's");
    assert_eq!(press(&stage, id, KIND).await.0, 422);

    let mut stage = crate::play::stage().await;
    let id = draft(&mut stage).await;
    let heard = kept(&stage, CITIZEN, 1);
    keep(&mut stage, &heard).await;
    assert!(is_offered(&stage, id).await);
    let (status, told) = press(&stage, id, "to-khai").await;
    assert!(status == 422 && told.contains("loại khác"), "{told}");
    stage.advance(Duration::from_secs(1)).await;
    let taken_back = DocumentChecked {
        verdict: Verdict::Rejected {
            reason_vi: "Tệp có mã độc".to_owned(),
            reason_en: "Malicious".to_owned(),
        },
        ..accepted(&stage, PROOF, Stage::account(CITIZEN))
    };
    stage.say("scan", &taken_back).await;
    stage.settle().await;
    assert!(!is_offered(&stage, id).await, "it was taken back");
}

#[tokio::test]
async fn a_paper_is_offered_until_its_last_day_and_not_filed_after_it() {
    let mut stage = stage().await;
    let id = draft(&mut stage).await;
    let heard = PaperKept {
        valid_until: Some("2026-10-09".parse().unwrap()),
        ..kept(&stage, CITIZEN, 1)
    };
    keep(&mut stage, &heard).await;
    stage.advance(Duration::from_hours(24)).await;
    assert!(is_offered(&stage, id).await, "its last day");
    assert_eq!(press(&stage, id, KIND).await.0, 303);
    stage.advance(Duration::from_hours(24)).await;
    let answer = submit(&stage, id).await;
    assert_eq!(wrong_fields(&answer), [format!("documents.{KIND}")]);
    assert!(wrong(&answer)[0].1.contains("hết hạn ngày 09/10/2026"));
    let page = browser(&stage).see(&papers(id)).await;
    assert!(page.contains("đã hết hạn ngày 09/10/2026"), "{page}");
    assert!(!page.contains(BUTTON), "{page}");
    let review = browser(&stage)
        .see(&format!("/intake/dossiers/{id}/review"))
        .await;
    assert!(review.contains("đã hết hạn ngày 09/10/2026"), "{review}");
    assert!(stage.said::<PapersEnclosed>("intake").await.is_empty());
}

#[tokio::test]
async fn a_paper_that_is_released_stays_in_the_draft_that_has_it_and_is_offered_to_no_other() {
    let mut stage = stage().await;
    let id = draft(&mut stage).await;
    let heard = kept(&stage, CITIZEN, 1);
    keep(&mut stage, &heard).await;
    assert_eq!(press(&stage, id, KIND).await.0, 303);
    let other = draft(&mut stage).await;
    assert!(is_offered(&stage, other).await);
    stage.say("scan", &released(&stage, 2)).await;
    stage.settle().await;
    assert!(!is_offered(&stage, other).await);
    assert_eq!(submit(&stage, id).await.status, 200);
}

/// Late, early, twice: the highest revision counts.
#[tokio::test]
async fn any_order_of_scans_words_ends_the_same() {
    for order in [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ] {
        let mut stage = stage().await;
        let id = draft(&mut stage).await;
        stage
            .say("scan", &accepted(&stage, PROOF, Stage::account(CITIZEN)))
            .await;
        let words = [
            stage.seal("scan", &kept(&stage, CITIZEN, 1)),
            stage.seal("scan", &released(&stage, 2)),
            stage.seal(
                "scan",
                &PaperKept {
                    name: "Bản mới.jpg".to_owned(),
                    ..kept(&stage, CITIZEN, 3)
                },
            ),
        ];
        for place in order.into_iter().chain(order) {
            stage.deliver(words[place - 1].clone()).await;
        }
        stage.settle().await;
        let page = browser(&stage).see(&papers(id)).await;
        assert!(page.contains("Bản mới.jpg"), "{order:?}: {page}");
        stage.say("scan", &released(&stage, 4)).await;
        stage.say("scan", &kept(&stage, CITIZEN, 3)).await;
        stage.settle().await;
        assert!(!is_offered(&stage, id).await, "{order:?}");
    }
}

/// Consent is asked for in words, once the paper is accepted, and only where it can be used again.
#[tokio::test]
async fn keeping_is_offered_after_the_upload_and_off_by_default() {
    let mut stage = stage().await;
    let id = draft(&mut stage).await;
    let ask = "Giữ giấy tờ này để dùng lại cho hồ sơ sau";
    let page = browser(&stage).see(&papers(id)).await;
    assert!(
        !page.contains(ask),
        "an application is for one dossier: {page}"
    );
    assert!(page.contains(&format!("name=\"kind\" value=\"{KIND}\"")));
    let mut body = for_a_child();
    body["documents"][KIND] = json!(PROOF);
    assert_eq!(save(&stage, id, &body).await.status, 200);
    assert!(
        !browser(&stage).see(&papers(id)).await.contains(ask),
        "it is not checked yet"
    );
    stage
        .say("scan", &accepted(&stage, PROOF, Stage::account(CITIZEN)))
        .await;
    stage.settle().await;
    let page = browser(&stage).see(&papers(id)).await;
    assert!(page.contains(ask), "{page}");
    assert!(page.contains(&format!("action=\"/scan/papers/{PROOF}/keep\"")));
    let back = format!("name=\"back\" value=\"{}#documents.{KIND}\"", papers(id));
    assert!(page.contains(&back), "{page}");
    // The browser is back before scan's word has come.
    let page = browser(&stage)
        .see(&format!("{}?kept={PROOF}", papers(id)))
        .await;
    assert!(
        !page.contains(ask) && page.contains("Đang giữ để dùng lại"),
        "{page}"
    );
    let heard = kept(&stage, CITIZEN, 1);
    keep(&mut stage, &heard).await;
    let page = browser(&stage).see(&papers(id)).await;
    assert!(
        !page.contains(ask) && page.contains("Xem hoặc thôi giữ"),
        "{page}"
    );
}
