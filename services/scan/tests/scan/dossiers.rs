//! What one dossier may hold: counted by its owner's word, whoever is quicker, and by what it was filed with.

use axum::http::Request;
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::{DossierId, intake::PapersEnclosed};
use futures::future::join_all;
use testkit::{Answer, Stage};
use uuid::Uuid;

use super::{
    ANOTHER, FORM, ONE, PHOTO,
    common::{END, form},
    id,
};

const LIMITS: [(&str, &str); 2] = [
    ("SCAN__DOSSIER_MEGABYTES", "1"),
    ("SCAN__DOSSIER_PAPERS", "3"),
];

async fn stage() -> Stage {
    Stage::configured(vec![scan::service()], &LIMITS).await
}

fn dossier(number: u128) -> DossierId {
    Uuid::from_u128(number).into()
}

/// Begins an upload for a dossier as a kind of paper.
async fn begin(stage: &Stage, who: &str, dossier: DossierId, kind: &str, length: u64) -> Answer {
    let encoded = |text: &str| STANDARD.encode(text);
    let metadata = format!(
        "kind {},dossier {}",
        encoded(kind),
        encoded(&dossier.to_string())
    );
    let request = Request::post("/scan/uploads")
        .header("authorization", format!("Bearer {}", stage.citizen(who)))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length)
        .header("upload-metadata", metadata)
        .body(axum::body::Body::empty());
    stage.request(request.unwrap()).await
}

/// Sends a file whole, by a form.
async fn send(stage: &Stage, dossier: &str, kind: &str, bytes: &[u8]) -> Answer {
    let fields = [
        ("kind", None, kind.as_bytes()),
        ("dossier", None, dossier.as_bytes()),
        ("file", Some("a.jpg"), bytes),
    ];
    form(stage, ONE, &fields, END).await
}

#[tokio::test]
async fn a_dossier_holds_so_much_and_says_what_is_left() {
    let stage = stage().await;
    let one = dossier(1);
    let sent = send(&stage, &one.to_string(), "to-khai", PHOTO).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let refused = begin(&stage, ONE, one, "can-cuoc", 800_000).await;
    assert_eq!(refused.status, 413);
    let told = refused.json();
    assert_eq!(
        told["detail"],
        "Giấy tờ của hồ sơ này được nhiều nhất 1 MB: đã dùng 0,3 MB, còn 0,6 MB; hãy gửi tệp nhỏ hơn"
    );
    assert_eq!(
        told["detail_en"],
        "The papers of this dossier may have 1 MB at most: 0.3 MB are used, 0.6 MB are left; send a smaller file"
    );
    let refused = send(&stage, &one.to_string(), "can-cuoc", &[PHOTO; 3].concat()).await;
    assert_eq!(refused.status, 413, "nor in one go: {}", refused.text());

    let took = async |kind, length| {
        let begun = begin(&stage, ONE, one, kind, length).await;
        begun.status.as_u16()
    };
    assert_eq!(took("can-cuoc", 600_000).await, 201);
    assert_eq!(
        took("giay-khai-sinh", 200_000).await,
        413,
        "with what is promised"
    );
    assert_eq!(took("giay-khai-sinh", 1_000).await, 201);
    assert_eq!(
        took("phieu-ho-gia-dinh", 1_000).await,
        422,
        "a fourth paper"
    );
    let wrong = send(&stage, "ho-so-cua-toi", "to-khai", FORM).await;
    assert_eq!(wrong.status, 422, "no dossier is called so");
}

#[tokio::test]
async fn nobody_fills_anothers_dossier_and_no_dossier_fills_another() {
    let stage = stage().await;
    for (who, number) in [(ONE, 1), (ANOTHER, 1), (ONE, 2)] {
        let begun = begin(&stage, who, dossier(number), "to-khai", 1_000_000).await;
        assert_eq!(begun.status, 201, "{who}, {number}: {}", begun.text());
        let more = begin(&stage, who, dossier(number), "can-cuoc", 100_000).await;
        assert_eq!(more.status, 413, "{who}, {number}");
    }
}

#[tokio::test]
async fn a_paper_sent_again_takes_the_place_of_the_earlier_one() {
    let stage = stage().await;
    let one = dossier(1);
    for photo in [PHOTO.to_vec(), [PHOTO, b"\n"].concat()] {
        let sent = send(&stage, &one.to_string(), "to-khai", &photo).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
    }
    assert_eq!(
        begin(&stage, ONE, one, "can-cuoc", 700_000).await.status,
        201
    );
}

#[tokio::test]
async fn what_a_dossier_was_filed_with_is_what_it_has() {
    let mut stage = stage().await;
    let one = dossier(1);
    let left_out = send(&stage, &one.to_string(), "to-khai", PHOTO).await;
    assert_eq!(left_out.status, 201);
    let form = id(&send(&stage, &one.to_string(), "can-cuoc", FORM).await);
    let full = begin(&stage, ONE, one, "giay-khai-sinh", 700_000).await;
    assert_eq!(full.status, 413, "{}", full.text());
    stage.settle().await;
    let filed = |documents, minutes| PapersEnclosed {
        owner: None,
        dossier: one,
        procedure: "2.000635".parse().unwrap(),
        documents,
        enclosed_at: stage.now() + chrono::TimeDelta::minutes(minutes),
    };
    let (last, first) = (filed(vec![form], 2), filed(vec![id(&left_out), form], 1));
    // The later word comes first, and the earlier one changes nothing.
    for heard in [&last, &first, &last] {
        stage.say("intake", heard).await;
        stage.settle().await;
    }
    let more = begin(&stage, ONE, one, "giay-khai-sinh", 700_000).await;
    assert_eq!(more.status, 201, "{}", more.text());
}

#[tokio::test]
async fn of_many_who_begin_at_once_only_those_are_let_in_who_fit() {
    let stage = stage().await;
    let one = dossier(1);
    let begun = join_all((0..3).map(|_| begin(&stage, ONE, one, "to-khai", 500_000))).await;
    let mut statuses: Vec<_> = begun.iter().map(|begun| begun.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 413]);
}
