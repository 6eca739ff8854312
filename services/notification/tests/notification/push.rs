//! Browsers that somebody wants to be noted in.

use axum::http::StatusCode;
use serde_json::json;

use super::{OWNER, stage, stage_with};

/// A private key, for tests only.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const ENDPOINT: &str = "https://push.example.com/send/abc";

fn browser(endpoint: &str) -> serde_json::Value {
    json!({ "endpoint": endpoint, "expirationTime": null, "keys": { "p256dh": "BNc-xyz_1", "auth": "tBHI" } })
}

#[tokio::test]
async fn a_browser_is_kept_once_and_is_whose_it_was_last() {
    let stage = stage().await;
    let (owner, other) = (stage.citizen(OWNER), stage.citizen("066090009999"));
    let browser = browser(ENDPOINT);
    for token in [&owner, &owner, &other] {
        let kept = stage.post("/notification/push/subscribe", Some(token), &browser);
        assert_eq!(kept.await.status, StatusCode::NO_CONTENT);
    }
    let count = async |token: &str| {
        let page = stage
            .get("/notification/preferences", Some(token))
            .await
            .text();
        page.contains("<dd>1</dd>")
    };
    assert!(!count(&owner).await && count(&other).await);
    // Nobody turns off another's.
    let endpoint = json!({ "endpoint": ENDPOINT });
    for (token, is_there) in [(&owner, true), (&other, false), (&other, false)] {
        let off = stage.post("/notification/push/unsubscribe", Some(token), &endpoint);
        assert_eq!(off.await.status, StatusCode::NO_CONTENT);
        assert_eq!(count(&other).await, is_there);
    }
    let stranger = stage.post("/notification/push/subscribe", None, &browser);
    assert_eq!(stranger.await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_push_service_of_our_own_network_is_refused() {
    let stage = stage().await;
    let owner = stage.citizen(OWNER);
    let mut odd = browser(ENDPOINT);
    odd["keys"]["auth"] = json!("<script>");
    for wrong in [
        browser("http://push.example.com/x"),
        browser("https://127.0.0.1/x"),
        browser("https://169.254.169.254/latest"),
        browser(&format!("https://push.example.com/{}", "a".repeat(1_000))),
        odd,
    ] {
        let refused = stage
            .post("/notification/push/subscribe", Some(&owner), &wrong)
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn the_inbox_offers_notes_only_where_there_is_a_key_and_with_no_script_inside() {
    let (without, with) = (
        stage().await,
        stage_with(&[
            ("NOTIFICATION__PUSH__KEY", KEY),
            ("NOTIFICATION__PUSH__CONTACT", "mailto:mot-cua@example.vn"),
        ])
        .await,
    );
    let inbox = async |stage: &testkit::Stage| {
        stage
            .get("/notification/", Some(&stage.citizen(OWNER)))
            .await
            .text()
    };
    assert!(!inbox(&without).await.contains("<script"));
    let page = inbox(&with).await;
    assert!(
        page.contains("src=\"/notification/push.js\" defer data-key=\"B"),
        "{page}"
    );
    for path in ["/notification/push.js", "/notification/worker.js"] {
        let script = with.get(path, None).await;
        assert!(
            script.header("content-type").starts_with("text/javascript"),
            "{path}"
        );
    }
}
