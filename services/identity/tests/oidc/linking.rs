//! Whose account it is.

use std::time::Duration;

use contracts::identity::MandateEnded;

use super::*;

const NUMBER: &str = "066190001234";

#[tokio::test]
async fn who_proves_an_accounts_number_gets_it_and_whoever_opened_it_is_out() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    // Somebody waits for its owner in an account that they opened with the owner's number: signed in, with a password, their own
    // telephone, and a provider of no proof.
    let mut squatter = registered(&stage, NUMBER, "0977000222").await;
    let waiting = me(&stage, &squatter).await;
    let linked = squatter
        .link(&stage, &peer, &filled("dan-3", "urn:thu:0"))
        .await;
    assert_eq!(linked.status, 303, "{}", linked.text());

    let mut owner = Browser::default();
    let told = owner
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:2"))
        .await;
    assert_eq!(told.status, 200);
    let page = told.text();
    assert!(
        page.contains("Trước đây đã có người mở một tài khoản"),
        "{page}"
    );
    assert!(page.contains("href=\"/intake/drafts/1\""), "{page}");
    let after = me(&stage, &owner).await;
    assert_eq!(after["account"], waiting["account"]);
    assert_eq!(after["name"], "Nguyễn Thị Ví Dụ");
    assert_eq!(
        (&after["phone"], &after["email"]),
        (&json!("+84912345678"), &json!("vi.du@example.vn"))
    );
    assert_eq!(after["assurance"], 5);

    let token = squatter.token().unwrap();
    assert_eq!(stage.get("/identity/me", Some(&token)).await.status, 401);
    for login in ["0977000222", "0912345678", NUMBER] {
        assert!(by_password(&stage, login).await.is_none(), "{login}");
    }
    let again = Browser::default()
        .sign_in(&stage, &peer, BEGIN, &filled("dan-3", "urn:thu:0"))
        .await;
    assert_eq!(
        again.status,
        422,
        "another, whose name the provider does not say: {}",
        again.text()
    );
    let done = [
        "provider-linked",
        "password-withdrawn",
        "provider-withdrawn",
        "account-taken-over",
        "provider-linked",
    ];
    assert_eq!(acts(&stage).await, done);
    let again = owner
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:2"))
        .await;
    assert_eq!(again.status, 303, "told once");
}

#[tokio::test]
async fn what_a_squatter_began_to_link_is_not_finished_after_they_are_out() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut squatter = registered(&stage, NUMBER, "0977000222").await;
    let page = squatter
        .post(&stage, "/identity/providers/link", "provider=thu")
        .await
        .text();
    let (_, rest) = page.split_once("0; url=").unwrap();
    let url = rest.split('"').next().unwrap().replace("&#38;", "&");
    let back = squatter
        .through(&peer, &url, &filled("dan-3", "urn:thu:0"))
        .await;
    let mut owner = Browser::default();
    owner
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:2"))
        .await;
    let refused = squatter.open(&stage, &back).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("Đây là người khác"));
    let mine = owner.open(&stage, "/identity/providers").await.text();
    assert_eq!(mine.matches("Đã liên kết").count(), 1, "{mine}");
}

#[tokio::test]
async fn who_is_signed_in_on_the_account_whose_number_they_prove_keeps_all_of_it() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut browser = registered(&stage, NUMBER, "0977000222").await;
    let before = me(&stage, &browser).await;
    let elsewhere = by_password(&stage, "0977000222").await.unwrap();
    let told = browser
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:1"))
        .await;
    assert_eq!(told.status, 200);
    assert!(
        told.text().contains("đã được liên kết với Cổng thử"),
        "{}",
        told.text()
    );
    let after = me(&stage, &browser).await;
    assert_eq!(
        (&after["account"], &after["phone"]),
        (&before["account"], &before["phone"])
    );
    assert_eq!(after["assurance"], 4);
    let token = elsewhere.token().unwrap();
    assert_eq!(stage.get("/identity/me", Some(&token)).await.status, 401);
    assert!(by_password(&stage, "0977000222").await.is_some());
}

#[tokio::test]
async fn who_proves_nothing_links_after_signing_in_as_before() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    registered(&stage, NUMBER, "0977000222").await;
    let weak = filled("dan-1", "urn:thu:0");
    let mut browser = Browser::default();
    let refused = browser.sign_in(&stage, &peer, BEGIN, &weak).await;
    assert_eq!(refused.status, 409);
    let page = refused.text();
    assert!(
        page.contains("chưa chứng minh được số ấy là của bạn"),
        "{page}"
    );
    assert!(
        page.contains("/identity/sign-in?back=%2Fidentity%2Fproviders"),
        "{page}"
    );
    assert!(browser.token().is_none());

    let mut browser = by_password(&stage, "0977000222").await.unwrap();
    let page = browser.open(&stage, "/identity/providers").await.text();
    assert!(page.contains("Liên kết với Cổng thử"), "{page}");
    let linked = browser.link(&stage, &peer, &weak).await;
    assert_eq!(
        (linked.status, linked.header("location")),
        (StatusCode::SEE_OTHER, "/identity/providers")
    );
    let account = me(&stage, &browser).await["account"].clone();
    let mut another = Browser::default();
    let entered = another.sign_in(&stage, &peer, BEGIN, &weak).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let me = me(&stage, &another).await;
    assert_eq!((&me["account"], &me["assurance"]), (&account, &json!(1)));
}

#[tokio::test]
async fn nobody_links_a_person_of_another_number_or_of_another_account() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut one = registered(&stage, NUMBER, "0977000222").await;
    let refused = one.link(&stage, &peer, &filled("dan-2", "urn:thu:2")).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("Số định danh không khớp"),
        "{}",
        refused.text()
    );
    one.forget_there();
    let linked = one.link(&stage, &peer, &filled("dan-3", "urn:thu:0")).await;
    assert_eq!(linked.status, 303, "{}", linked.text());
    let form = "key=k2&name=Lê+Thị+Khác&citizen_id=066190007777&phone=0977000333&password=con+trâu+đi+trước";
    let mut two = Browser::default();
    two.post(&stage, "/identity/register", form).await;
    let refused = two.link(&stage, &peer, &filled("dan-3", "urn:thu:0")).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("Đã liên kết với tài khoản khác"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn a_link_is_undone_unless_it_is_the_only_way_in() {
    let peer = Peer::open(&["thu"]).await;
    let mut stage = stage_of(&peer).await;
    let mut without = Browser::default();
    without
        .sign_in(&stage, &peer, BEGIN, &filled("dan-2", "urn:thu:1"))
        .await;
    let id_of = async |stage: &Stage, browser: &Browser| {
        let lines = stage
            .get("/identity/providers", browser.token().as_deref())
            .await
            .json();
        lines[0]["id"].as_str().unwrap().to_owned()
    };
    let id = id_of(&stage, &without).await;
    let unlink = "/identity/providers/unlink";
    let refused = without.post(&stage, unlink, &format!("id={id}")).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("không đăng nhập được nữa"),
        "{}",
        refused.text()
    );

    let mut with = registered(&stage, NUMBER, "0977000222").await;
    assert_eq!(
        with.post(&stage, unlink, &format!("id={id}")).await.status,
        404,
        "another's"
    );
    with.link(&stage, &peer, &filled("dan-1", "urn:thu:1"))
        .await;
    let mut there = Browser::default();
    there
        .sign_in(&stage, &peer, BEGIN, &filled("dan-1", "urn:thu:1"))
        .await;
    let mine = id_of(&stage, &with).await;
    let done = with.post(&stage, unlink, &format!("id={mine}")).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/identity/providers")
    );
    let token = there.token().unwrap();
    assert_eq!(
        stage.get("/identity/me", Some(&token)).await.status,
        401,
        "what it brought ends"
    );
    assert_eq!(me(&stage, &with).await["assurance"], 1);

    stage.advance(Duration::from_mins(11)).await;
    for (path, form) in [
        (unlink, format!("id={mine}")),
        ("/identity/providers/link", "provider=thu".into()),
    ] {
        let again = with.post(&stage, path, &form).await;
        assert_eq!(
            again.header("location"),
            "/identity/sign-in?back=%2Fidentity%2Fproviders"
        );
    }
}

#[tokio::test]
async fn no_other_site_begins_to_link() {
    let stage = staged("https://sso.example.vn", &[]).await;
    let browser = registered(&stage, NUMBER, "0977000222").await;
    for path in ["/identity/providers/link", "/identity/providers/unlink"] {
        let request = axum::http::Request::post(path)
            .header("host", "localhost")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(
                "cookie",
                format!("motcua_session={}", browser.token().unwrap()),
            );
        let posted = stage
            .request(request.body("provider=thu".into()).unwrap())
            .await;
        assert_eq!(posted.status, 403, "{path}");
    }
}

#[tokio::test]
async fn who_works_here_links_by_hand_and_is_no_surer_than_by_a_password() {
    let peer = Peer::open(&["thu"]).await;
    let stage = stage_of(&peer).await;
    let mut officer = Browser::default();
    let form = "login=operator&password=người+đầu+tiên&back=/desk/";
    assert_eq!(
        officer.post(&stage, "/identity/sign-in", form).await.status,
        303
    );
    let linked = officer
        .link(&stage, &peer, &filled("dan-2", "urn:thu:2"))
        .await;
    assert_eq!(linked.status, 303, "{}", linked.text());
    let mut browser = Browser::default();
    browser
        .sign_in(&stage, &peer, BEGIN, &filled("dan-2", "urn:thu:2"))
        .await;
    let me = me(&stage, &browser).await;
    assert_eq!(
        (&me["roles"], &me["assurance"]),
        (&json!(["operator"]), &json!(1))
    );
    assert!(me.get("citizen_id").is_none(), "{me}");
}

#[tokio::test]
async fn who_works_here_and_must_have_a_second_factor_is_asked_for_it() {
    let peer = Peer::open(&["thu"]).await;
    let required = [("IDENTITY__OFFICERS_SECOND_FACTOR", "required")];
    let mut stage = staged(&peer.issuer, &required).await;
    let mut officer = Browser::default();
    let form = "login=operator&password=người+đầu+tiên&back=/desk/";
    let half = officer.post(&stage, "/identity/sign-in", form).await;
    let second = half.header("location").to_owned();
    let page = officer.open(&stage, &second).await.text();
    let (_, rest) = page.split_once("<code id=\"key\">").unwrap();
    let key = rest.split('<').next().unwrap().to_owned();
    let shown = code(&key, stage.now());
    let step = "/identity/sign-in/code";
    let whole = officer
        .post(&stage, step, &format!("code={shown}&back=/desk/"))
        .await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    let fill = filled("dan-2", "urn:thu:2");
    let linked = officer.link(&stage, &peer, &fill).await;
    assert_eq!(linked.status, 303, "{}", linked.text());

    let mut browser = Browser::default();
    let half = browser.sign_in(&stage, &peer, BEGIN, &fill).await;
    assert!(
        half.header("location")
            .starts_with("/identity/sign-in/code"),
        "{}",
        half.text()
    );
    assert!(browser.token().is_none());
    stage.advance(Duration::from_secs(30)).await;
    let shown = code(&key, stage.now());
    let whole = browser
        .post(&stage, step, &format!("code={shown}&back=/desk/"))
        .await;
    assert_eq!(whole.header("location"), "/desk/");
    assert_eq!(me(&stage, &browser).await["assurance"], 2);
    // What waited for its second step is the provider's to end, too.
    let token = browser.token().unwrap();
    browser
        .sign_out_there(&peer, &format!("{}/session/end", peer.issuer))
        .await;
    let form = format!("logout_token={}", peer.logout_token().await);
    let path = "/identity/oidc/thu/backchannel-logout";
    let said = Browser::default().post(&stage, path, &form).await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(stage.get("/identity/me", Some(&token)).await.status, 401);
}

#[tokio::test]
async fn what_a_squatter_let_others_do_is_over_when_the_account_goes_to_its_owner() {
    let peer = Peer::open(&["thu"]).await;
    let mut stage = stage_of(&peer).await;
    let squatter = registered(&stage, NUMBER, "0977000222").await;
    let friend = registered(&stage, "066205004321", "0987654321").await;
    let wanted = json!({
        "agent": "066205004321", "agent_name": "Nguyễn Văn Giả", "relation": "other", "acts": ["view"],
        "until": "2026-12-31", "password": "con trâu đi trước",
    });
    let (path, squatter) = ("/identity/mandates", squatter.token().unwrap());
    let given = stage.post(path, Some(&squatter), &wanted).await;
    assert_eq!(given.status, 201, "{}", given.text());
    let mandate = given.json()["mandate"].as_str().unwrap().to_owned();
    let accept = format!("{path}/{mandate}/accept");
    let friend = friend.token().unwrap();
    let accepted = stage.post(&accept, Some(&friend), &json!({})).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    let person = filled("dan-1", "urn:thu:2");
    Browser::default()
        .sign_in(&stage, &peer, BEGIN, &person)
        .await;
    stage.settle().await;
    let ended = stage.said::<MandateEnded>("identity").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].mandate.to_string(), mandate);
}
