//! What is written into whose inbox, and who reads it.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use contracts::{
    desk::DossierRejected,
    notification::{MessageUndeliverable, SendMessage},
};
use serde_json::json;

use super::{
    CODE, DOSSIER, OWNER, after, files, life, mail, received, shown, stage, submitted, told,
    told_of,
};

const STRANGER: &str = "066090009999";

#[tokio::test]
async fn each_event_is_one_message_and_one_mail() {
    let mut stage = stage().await;
    let life = life(&stage, Some("vi.du@example.vn"));
    for envelope in &life {
        stage.deliver(envelope.clone()).await;
    }
    stage.settle().await;
    let told = told(&stage).await;
    let titles: Vec<&str> = told
        .iter()
        .rev()
        .map(|message| message["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "Hồ sơ đã được gửi",
            "Hồ sơ đã được tiếp nhận",
            "Cần nộp phí, lệ phí",
            "Đã nhận phí, lệ phí",
            "Cần bổ sung hồ sơ",
            "Hồ sơ đã được giải quyết",
            "Đã có kết quả",
            "Đã trả kết quả",
        ]
    );
    assert!(told.iter().all(|message| message["code"] == CODE));
    let bodies: Vec<&str> = told
        .iter()
        .rev()
        .map(|message| message["body"].as_str().unwrap())
        .collect();
    assert_eq!(
        bodies[1],
        "Hồ sơ “Cấp bản sao trích lục hộ tịch, bản sao giấy khai sinh” đã được tiếp nhận với mã \
         H15.50.05.13-261008-0975. Hẹn trả kết quả: 15:55 ngày 08/10/2026."
    );
    assert!(bodies[2].contains("16.000 đồng"), "{}", bodies[2]);
    assert!(
        bodies[3].contains("bằng tiền mặt tại quầy"),
        "{}",
        bodies[3]
    );
    assert!(
        bodies[4].contains("\n- Tờ khai có chữ ký.\nThời hạn"),
        "{}",
        bodies[4]
    );
    assert!(
        bodies[6].contains("01/TLHT-BS") && bodies[6].contains("\nMời ông (bà) đến quầy"),
        "{}",
        bodies[6]
    );
    assert!(
        told.iter()
            .all(|message| !message["title_en"].as_str().unwrap().contains('\n'))
    );

    // That a fee is to be paid need not be told any more when it is paid.
    let files = files(&stage);
    assert_eq!(files.len(), life.len() - 1);
    assert_eq!(
        stage.said::<SendMessage>("notification").await.len(),
        life.len()
    );
    for file in &files {
        let (head, _) = file.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains("Message-ID: <") && head.contains("vi.du@example.vn"),
            "{head}"
        );
    }
    assert!(files.iter().any(|file| file.contains(CODE)));
    assert!(stage.parked("notification").await.is_empty());
    assert_eq!(mail(&stage).await["state"], "taken");
    let moot = told_of(&stage).await[2].clone();
    assert_eq!(
        (&moot["state"], &moot["attempts"]),
        (&json!("superseded"), &json!([]))
    );
}

#[tokio::test]
async fn whatever_comes_twice_and_in_whatever_order_the_inbox_is_the_same() {
    let mut expected = None;
    for turn in 0..8 {
        let mut stage = stage().await;
        let mut life = life(&stage, Some("vi.du@example.vn"));
        life.rotate_left(turn);
        if turn % 2 == 1 {
            life.reverse();
        }
        for envelope in life.iter().chain(&life) {
            stage.deliver(envelope.clone()).await;
        }
        // The same event in another envelope: said again, not delivered again.
        stage.say("desk", &received()).await;
        stage.advance(chassis::stage::LONGEST_WAIT).await;
        let told = told(&stage).await;
        assert_eq!(told.len(), 8);
        assert_eq!(files(&stage).len(), 7, "each mail was written once");
        assert_eq!(
            expected.get_or_insert_with(|| told.clone()),
            &told,
            "turn {turn}"
        );
        assert!(stage.parked("notification").await.is_empty());
    }
}

#[tokio::test]
async fn without_an_address_the_inbox_alone_is_told() {
    let mut stage = stage().await;
    stage.say("intake", &submitted(None)).await;
    let rejected = DossierRejected {
        dossier: DOSSIER,
        reason: "Không thuộc thẩm quyền.".into(),
        rejected_at: after(1),
    };
    stage.say("desk", &rejected).await;
    stage.settle().await;
    let told = told(&stage).await;
    assert_eq!(told.len(), 2);
    assert!(
        told[0]["body"]
            .as_str()
            .unwrap()
            .ends_with("Lý do: Không thuộc thẩm quyền.")
    );
    assert_eq!(mail(&stage).await, json!(null));
    assert!(files(&stage).is_empty());
    let told = told_of(&stage).await;
    let states: Vec<_> = told.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, [&json!("exhausted"), &json!("called")]);
    // Of what is for the record nobody was missed: the inbox is all there is. Of what is urgent they are.
    let missed = stage.said::<MessageUndeliverable>("notification").await;
    assert_eq!((missed.len(), missed[0].call), (1, true));
}

#[tokio::test]
async fn what_is_no_address_fails_and_the_inbox_is_told_all_the_same() {
    let mut stage = stage().await;
    stage.say("intake", &submitted(Some("không có@@"))).await;
    stage.settle().await;
    assert_eq!(told(&stage).await.len(), 1);
    let mail = mail(&stage).await;
    assert_eq!(
        (mail["state"].as_str(), mail["code"].as_str()),
        (Some("failed"), Some("553"))
    );
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn everybody_reads_their_own_inbox_only() {
    let mut stage = stage().await;
    stage.say("intake", &submitted(None)).await;
    stage.say("desk", &received()).await;
    stage.settle().await;
    let before = shown(&stage).await;
    assert_eq!(before["unread"], 2);
    let (owner, stranger) = (stage.citizen(OWNER), stage.citizen(STRANGER));
    let other = stage
        .get("/notification/messages", Some(&stranger))
        .await
        .json();
    assert_eq!(other, json!({ "unread": 0, "messages": [] }));
    assert_eq!(
        stage.get("/notification/messages", None).await.status,
        StatusCode::UNAUTHORIZED
    );

    let path = format!(
        "/notification/messages/{}/read",
        before["messages"][0]["id"].as_str().unwrap()
    );
    assert_eq!(
        stage.post(&path, Some(&stranger), &json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        stage.post(&path, Some(&owner), &json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    let read_at = shown(&stage).await["messages"][0]["read_at"].clone();
    stage.advance(Duration::from_mins(5)).await;
    assert_eq!(
        stage.post(&path, Some(&owner), &json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    let after = shown(&stage).await;
    assert_eq!(
        (after["unread"].as_u64(), &after["messages"][0]["read_at"]),
        (Some(1), &read_at)
    );

    let skipped = stage
        .get("/notification/messages?skip=1", Some(&owner))
        .await
        .json();
    assert_eq!(skipped["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_inbox_page_needs_no_script() {
    let mut stage = stage().await;
    let owner = stage.citizen(OWNER);
    assert!(
        stage
            .get("/notification/", Some(&owner))
            .await
            .text()
            .contains("Chưa có thư nào")
    );
    let rejected = DossierRejected {
        dossier: DOSSIER,
        reason: "<b>Sai</b>".into(),
        rejected_at: after(1),
    };
    stage.say("intake", &submitted(None)).await;
    stage.say("desk", &rejected).await;
    stage.settle().await;
    let page = stage.get("/notification/", Some(&owner)).await.text();
    assert!(
        page.contains("2 thư chưa đọc") && page.contains("&#60;b&#62;Sai"),
        "{page}"
    );
    let id = shown(&stage).await["messages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/notification/inbox/{id}/read"))
        .header(header::AUTHORIZATION, format!("Bearer {owner}"));
    let answer = stage.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, &*format!("/notification/#m-{id}"))
    );
    assert!(
        stage
            .get("/notification/", Some(&owner))
            .await
            .text()
            .contains("1 thư chưa đọc")
    );
}

#[tokio::test]
async fn officers_see_how_a_mail_fared_and_only_the_shape_of_its_address() {
    let mut stage = stage().await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let path = format!("/notification/dossiers/{DOSSIER}");
    assert_eq!(
        stage.get(&path, Some(&stage.citizen(OWNER))).await.status,
        StatusCode::FORBIDDEN
    );
    let mail = mail(&stage).await;
    assert_eq!(mail["address"], "v•••@example.vn");
    assert_eq!(
        (mail["attempts"].as_u64(), mail["state"].as_str()),
        (Some(1), Some("taken"))
    );
}
