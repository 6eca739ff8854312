//! What becomes of mails, with a server that is well, refuses, or is not there.

use std::time::Duration;

use contracts::notification::SendMessage;
use serde_json::json;
use testkit::Stage;

use super::{mail, received, server::Server, submitted, told};

async fn stage_with(url: &str) -> Stage {
    super::stage_with(&[("NOTIFICATION__SMTP__URL", url)]).await
}

#[tokio::test]
async fn a_mail_goes_over_smtp_once() {
    let server = Server::open().await;
    let mut stage = stage_with(&server.url()).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let asked = stage.said::<SendMessage>("notification").await;
    // Asked again by another envelope, as after a crash between the server's answer and the acknowledgement.
    stage.say("notification", &asked[0]).await;
    stage.settle().await;
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert!(
        taken[0].contains("Message-ID: <") && taken[0].contains("@example.vn>"),
        "{}",
        taken[0]
    );
    assert_eq!(mail(&stage).await["attempts"], 1);
}

#[tokio::test]
async fn a_recipient_that_the_server_refuses_is_not_tried_again() {
    let server = Server::open().await;
    server.answers("550 5.1.1 <vi.du@example.vn>: no such user");
    let mut stage = stage_with(&server.url()).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    stage.advance(chassis::stage::LONGEST_WAIT).await;
    let mail = mail(&stage).await;
    assert_eq!(
        (mail["state"].as_str(), mail["code"].as_str()),
        (Some("failed"), Some("550"))
    );
    assert_eq!(
        (mail["attempts"].as_u64(), &mail["provider"]),
        (Some(1), &json!("smtp"))
    );
    assert!(server.taken().is_empty() && stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn a_full_box_is_tried_again_until_it_takes_the_mail() {
    let server = Server::open().await;
    server.answers("450 4.2.1 later");
    let mut stage = stage_with(&server.url()).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    assert_eq!(mail(&stage).await["state"], "later");
    server.answers("250 2.1.5 fine");
    stage.advance(Duration::from_mins(1)).await;
    let mail = mail(&stage).await;
    assert_eq!(
        (mail["state"].as_str(), mail["attempts"].as_u64()),
        (Some("taken"), Some(2))
    );
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_holds_mails_up_and_loses_none() {
    let port = Server::nowhere().await;
    let mut stage = stage_with(&format!("smtp://127.0.0.1:{port}")).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.say("desk", &received()).await;
    stage.settle().await;
    assert_eq!(
        told(&stage).await.len(),
        2,
        "the inbox does not wait for the mail server"
    );
    for _ in 0..20 {
        stage.advance(Duration::from_secs(30)).await;
    }
    let held_up = mail(&stage).await;
    assert_eq!(
        (held_up["state"].as_str(), &held_up["code"]),
        (Some("later"), &json!(null))
    );
    assert!(
        stage.parked("notification").await.is_empty(),
        "no attempt is used up"
    );
    let server = Server::at(port).await;
    // It was left alone for longer and longer, a quarter of an hour at the most, and is then tried with one mail.
    for _ in 0..40 {
        stage.advance(Duration::from_secs(30)).await;
    }
    assert_eq!(server.taken().len(), 2);
    assert_eq!(mail(&stage).await["state"], "taken");
}

#[tokio::test]
async fn a_server_that_wants_a_sign_in_fails_nobodys_mail() {
    let server = Server::open().await;
    server.answers("530 5.7.0 authentication required");
    let mut stage = stage_with(&server.url()).await;
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    assert_eq!(mail(&stage).await["state"], "later");
    assert!(stage.parked("notification").await.is_empty());
}
