//! The way there and back.

use super::*;

#[tokio::test]
async fn a_person_signs_in_there_and_comes_back_to_where_they_were() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    let page = browser
        .open(&stage, "/identity/sign-in?back=/intake/drafts/1")
        .await
        .text();
    let link = "<a class=\"button\" href=\"/identity/oidc/thu?back=%2Fintake%2Fdrafts%2F1\">Đăng nhập bằng Cổng thử</a>";
    assert!(page.contains(link), "{page}");
    let away = browser.open(&stage, BEGIN).await;
    let url: url::Url = away.header("location").parse().unwrap();
    let asked: std::collections::HashMap<_, _> = url.query_pairs().collect();
    assert_eq!(
        asked["redirect_uri"],
        "http://localhost/identity/oidc/thu/callback"
    );
    assert_eq!(
        (&*asked["response_type"], &*asked["code_challenge_method"]),
        ("code", "S256")
    );
    let set = away.header("set-cookie");
    assert!(
        set.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{set}"
    );
    let back = browser
        .through(&peer, url.as_str(), &filled("dan-1", "urn:thu:2"))
        .await;
    let entered = browser.open(&stage, &back).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/intake/drafts/1"),
        "{}",
        entered.text()
    );
    let first = me(&stage, &browser).await;
    assert_eq!(first["name"], "Nguyễn Thị Ví Dụ");
    assert_eq!(first["citizen_id"], "066190001234");
    assert_eq!(first["phone"], "+84912345678", "{first}");
    assert_eq!(first["assurance"], 5);
    assert_eq!(first["roles"], json!(["citizen"]));
    let mut another = Browser::default();
    another
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:1"))
        .await;
    let again = me(&stage, &another).await;
    assert_eq!(again["account"], first["account"]);
    assert_eq!(again["assurance"], 4, "as surely as at this very sign-in");
    assert_eq!(acts(&stage).await, ["opened-by-provider"]);
}

#[tokio::test]
async fn programs_are_told_who_else_people_may_sign_in_with() {
    let stage = staged("https://sso.example.vn", &[]).await;
    let told = stage.get("/identity/oidc", None).await.json();
    let line = json!({
        "id": "thu", "name": "Cổng thử", "name_en": "The trial portal", "begin": "/identity/oidc/thu",
    });
    assert_eq!(told, json!([line]));
    assert_eq!(stage.get("/identity/oidc/khac", None).await.status, 404);
}

#[tokio::test]
async fn who_says_no_there_is_told_so_and_may_try_again() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    let denied = browser
        .sign_in(&stage, &peer, BEGIN, &json!({ "deny": true }))
        .await;
    assert_eq!(denied.status, 403);
    let page = denied.text();
    assert!(page.contains("Bạn đã không đồng ý"), "{page}");
    assert!(
        page.contains("/identity/sign-in?back=%2Fintake%2Fdrafts%2F1"),
        "{page}"
    );
    assert!(browser.token().is_none());
    let entered = browser
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:1"))
        .await;
    assert_eq!(entered.status, 303);
    assert!(browser.token().is_some());
}

#[tokio::test]
async fn who_is_not_signed_in_there_and_must_not_be_asked_does_not_come_in() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    let path = format!("{BEGIN}&prompt=none");
    let refused = browser.sign_in(&stage, &peer, &path, &json!({})).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Bạn chưa đăng nhập ở Cổng thử"));
    assert!(browser.token().is_none());
}

#[tokio::test]
async fn a_step_up_asks_again_and_begins_a_surer_session_in_place_of_the_old_one() {
    let (peer, stage, mut browser) = entered().await;
    let old = browser.token().unwrap();
    assert_eq!(me(&stage, &browser).await["assurance"], 4);
    let step_up = "/identity/oidc/thu?acr=urn:thu:2&prompt=login&max_age=0&back=/intake/dossiers";

    let weak = browser
        .sign_in(&stage, &peer, step_up, &filled("dan-1", "urn:thu:1"))
        .await;
    assert_eq!(weak.status, 403);
    assert!(weak.text().contains("Mức xác thực chưa đủ"));
    assert_eq!(browser.token().unwrap(), old);
    browser.forget_there();
    let other = browser
        .sign_in(&stage, &peer, step_up, &filled("dan-2", "urn:thu:2"))
        .await;
    assert_eq!(other.status, 409);
    assert!(
        other.text().contains("Đây là người khác"),
        "{}",
        other.text()
    );
    assert_eq!(me(&stage, &browser).await["assurance"], 4);

    browser.forget_there();
    let surer = browser
        .sign_in(&stage, &peer, step_up, &filled("dan-1", "urn:thu:2"))
        .await;
    assert_eq!(
        (surer.status, surer.header("location")),
        (StatusCode::SEE_OTHER, "/intake/dossiers"),
        "{}",
        surer.text()
    );
    assert_eq!(me(&stage, &browser).await["assurance"], 5);
    assert_eq!(stage.get("/identity/me", Some(&old)).await.status, 401);

    let unknown = browser
        .open(&stage, "/identity/oidc/thu?acr=urn:thu:9")
        .await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test]
async fn two_sign_ins_side_by_side_in_one_browser_do_not_disturb_each_other() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    let fill = filled("dan-1", "urn:thu:1");
    let one = browser
        .open(&stage, BEGIN)
        .await
        .header("location")
        .to_owned();
    let two = browser.open(&stage, "/identity/oidc/thu?back=/desk/").await;
    let two = two.header("location").to_owned();
    let one = browser.through(&peer, &one, &fill).await;
    let two = browser.through(&peer, &two, &fill).await;
    let second = browser.open(&stage, &two).await;
    assert_eq!(second.header("location"), "/desk/");
    let first = browser.open(&stage, &one).await;
    let page = first.text();
    assert_eq!(first.header("location"), "/intake/drafts/1", "{page}");
}

#[tokio::test]
async fn nobody_is_led_to_another_site_afterwards() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = Browser::default();
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
    ] {
        let path = format!("/identity/oidc/thu?back={back}");
        let entered = browser
            .sign_in(&stage, &peer, &path, &filled("dan-1", "urn:thu:1"))
            .await;
        assert_eq!(entered.header("location"), "/intake/", "{back}");
    }
}
