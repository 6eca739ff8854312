//! Signing out there too, and what the provider says by itself.

use super::*;

async fn says(stage: &Stage, token: &str) -> testkit::Answer {
    let mut provider = Browser::default();
    let form = format!("logout_token={token}");
    let path = "/identity/oidc/thu/backchannel-logout";
    provider.post(stage, path, &form).await
}

async fn is_in(stage: &Stage, token: &str) -> bool {
    stage.get("/identity/me", Some(token)).await.status == StatusCode::OK
}

#[tokio::test]
async fn who_signs_out_here_is_shown_how_to_sign_out_there_too() {
    let (peer, stage, mut browser) = entered().await;
    let token = browser.token().unwrap();
    let out = browser.post(&stage, "/identity/sign-out", "").await;
    assert_eq!(out.status, 200);
    assert!(browser.token().is_none());
    assert!(!is_in(&stage, &token).await);
    let page = out.text();
    let (_, rest) = page.split_once("class=\"button primary\" href=\"").unwrap();
    let url = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(
        url.starts_with(&peer.issuer) && url.contains("id_token_hint="),
        "{url}"
    );
    let back = browser.sign_out_there(&peer, &url).await;
    assert_eq!(back.as_deref(), Some("http://localhost/intake/"));
    // It tells us, too: nothing is left to end.
    let said = says(&stage, &peer.logout_token().await).await;
    assert_eq!(said.status, 200, "{}", said.text());
}

#[tokio::test]
async fn who_came_in_by_password_signs_out_as_ever() {
    let stage = staged("https://sso.example.vn", &[]).await;
    let mut browser = registered(&stage, "066190001234", "0977000222").await;
    let out = browser.post(&stage, "/identity/sign-out", "").await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/intake/")
    );
}

#[tokio::test]
async fn a_provider_ends_the_sessions_that_it_brought_and_no_others() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let fill = filled("dan-1", "urn:thu:1");
    let (mut one, mut two) = (Browser::default(), Browser::default());
    one.sign_in(&stage, &peer, BEGIN, &fill).await;
    two.sign_in(&stage, &peer, BEGIN, &fill).await;
    let (first, second) = (one.token().unwrap(), two.token().unwrap());
    let end = format!("{}/session/end", peer.issuer);
    one.sign_out_there(&peer, &end).await;
    let token = peer.logout_token().await;
    assert!(is_in(&stage, &first).await);
    let mut forged = token.clone();
    forged.replace_range(token.len() - 20..token.len() - 10, "AAAAAAAAAA");
    for refused in ["", "bia", &forged] {
        let said = says(&stage, refused).await;
        assert_eq!(said.status, 400, "{refused}");
        assert_eq!(said.json()["error"], "invalid_request");
    }
    assert!(is_in(&stage, &first).await);

    let said = says(&stage, &token).await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(said.header("cache-control"), "no-store");
    assert!(!is_in(&stage, &first).await);
    assert!(is_in(&stage, &second).await, "another session there");
    let again = says(&stage, &token).await;
    assert_eq!(again.status, 400, "a logout token counts once");
}

#[tokio::test]
async fn an_id_token_ends_nothing() {
    let (_peer, stage, mut browser) = entered().await;
    let token = browser.token().unwrap();
    let page = browser.post(&stage, "/identity/sign-out", "").await.text();
    let (_, rest) = page.split_once("id_token_hint=").unwrap();
    let id_token = rest.split('&').next().unwrap();
    assert_eq!(id_token.split('.').count(), 3);
    let said = says(&stage, id_token).await;
    assert_eq!(said.status, 400);
    assert!(!is_in(&stage, &token).await);
}
