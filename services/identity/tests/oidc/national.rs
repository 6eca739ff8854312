//! A provider like the national sign-in: it publishes nothing of itself, and says who somebody is at its userinfo endpoint, by names
//! of its own.

use contracts::identity::GiverIntroduced;

use super::*;

async fn stage_of_national(peer: &Peer) -> Stage {
    let at = |path: &str| format!("{}{path}", peer.issuer);
    let (authorize, token, userinfo, jwks) = (at("/auth"), at("/token"), at("/me"), at("/jwks"));
    let key = |name: &str| format!("IDENTITY__PROVIDERS__QUOC_GIA__{name}");
    let all = [
        ("NAME", "tài khoản Định danh điện tử"),
        ("ISSUER", &peer.issuer),
        ("CLIENT_ID", "mot-cua"),
        ("CLIENT_SECRET", "s+cret/of%the&stories"),
        ("SCOPES", "openid"),
        ("ACR_VALUES", "LoA1"),
        ("CLAIMS_FROM", "userinfo"),
        ("LEVELS", "urn:thu:2=e-id-2"),
        ("ENDPOINTS__AUTHORIZE", &authorize),
        ("ENDPOINTS__TOKEN", &token),
        ("ENDPOINTS__USERINFO", &userinfo),
        ("ENDPOINTS__JWKS", &jwks),
        ("CLAIMS__SUBJECT", "TechID"),
        ("CLAIMS__NAME", "HoVaTen"),
        ("CLAIMS__CITIZEN_ID", "SoDinhDanh"),
        ("CLAIMS__PHONE", "SoDienThoai"),
        ("CLAIMS__EMAIL", "ThuDienTu"),
        ("CLAIMS__ORGANISATION", "TenDoanhNghiep"),
        ("CLAIMS__TAX_CODE", "MaSoThue"),
        ("CLAIMS__KIND", "LoaiTaiKhoan"),
    ];
    let named: Vec<_> = all
        .iter()
        .map(|(name, value)| (key(name), *value))
        .collect();
    let mut variables: Vec<_> = named
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    variables.push(("PUBLIC_URL", "http://localhost"));
    variables.push(("IDENTITY__ARGON2__MEMORY_KIB", "64"));
    let signing = "2a".repeat(32);
    variables.push(("IDENTITY__SIGNING_KEY", &signing));
    Stage::configured(vec![identity::service()], &variables).await
}

const BEGIN: &str = "/identity/oidc/quoc_gia?back=/intake/";

#[tokio::test]
async fn a_person_and_the_organisation_that_they_act_for_are_two_accounts() {
    let peer = Peer::open(&["quoc_gia"]).await;
    let stage = stage_of_national(&peer).await;
    let mut person = Browser::default();
    let entered = person
        .sign_in(&stage, &peer, BEGIN, &filled("quoc-gia-1", "urn:thu:2"))
        .await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let as_person = me(&stage, &person).await;
    assert_eq!(
        (&as_person["name"], &as_person["assurance"]),
        (&json!("Lê Thị Thử"), &json!(5))
    );
    assert_eq!(as_person["citizen_id"], "066190009999");
    let mut firm = Browser::default();
    firm.sign_in(&stage, &peer, BEGIN, &filled("quoc-gia-2", "urn:thu:2"))
        .await;
    let as_firm = me(&stage, &firm).await;
    assert_ne!(as_firm["account"], as_person["account"]);
    assert_eq!(as_firm["name"], "Công ty Ví Dụ");
    assert!(
        as_firm.get("citizen_id").is_none(),
        "the representative's number is not the organisation's"
    );
    let lines = stage
        .get("/identity/providers", firm.token().as_deref())
        .await
        .json();
    assert_eq!(lines[0]["tax_code"], "0100000001");
}

#[tokio::test]
async fn a_userinfo_endpoint_that_speaks_of_somebody_else_is_not_believed() {
    let peer = Peer::open(&["quoc_gia"]).await;
    let stage = stage_of_national(&peer).await;
    peer.does(&json!({ "userinfo": { "sub": "quoc-gia-2" } }))
        .await;
    let mut browser = Browser::default();
    let refused = browser
        .sign_in(&stage, &peer, BEGIN, &filled("quoc-gia-1", "urn:thu:2"))
        .await;
    assert_eq!(refused.status, 502);
    assert!(
        refused.text().contains("Không xác nhận được"),
        "{}",
        refused.text()
    );
    assert!(browser.token().is_none());
}

#[tokio::test]
async fn an_organisation_lets_its_representative_act_for_it_soon_after_it_signed_in() {
    let peer = Peer::open(&["quoc_gia"]).await;
    let mut stage = stage_of_national(&peer).await;
    let (mut person, mut firm) = (Browser::default(), Browser::default());
    let filled = |who| filled(who, "urn:thu:2");
    person
        .sign_in(&stage, &peer, BEGIN, &filled("quoc-gia-1"))
        .await;
    firm.sign_in(&stage, &peer, BEGIN, &filled("quoc-gia-2"))
        .await;
    let (person, firm) = (person.token().unwrap(), firm.token().unwrap());
    let wanted = json!({
        "agent": "066190009999", "agent_name": "Lê Thị Thử", "relation": "organisation",
        "acts": ["fill", "submit"], "until": "2026-12-31",
    });
    let path = "/identity/mandates";
    let given = stage.post(path, Some(&firm), &wanted).await;
    assert_eq!(given.status, 201, "{}", given.text());
    let shown = stage.get(path, Some(&person)).await.json();
    assert_eq!(shown["received"][0]["giver_name"], "Công ty Ví Dụ");
    assert!(shown["received"][0]["giver_tax_code"].is_string());
    let accept = format!(
        "{path}/{}/accept",
        given.json()["mandate"].as_str().unwrap()
    );
    let accepted = stage.post(&accept, Some(&person), &json!({})).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    stage.settle().await;
    let introduced = stage.said::<GiverIntroduced>("identity").await;
    assert_eq!(introduced[0].name.as_str(), "Công ty Ví Dụ");
    assert_eq!(introduced[0].citizen_id, None);
    assert!(introduced[0].tax_code.is_some());
    // It has no password: a browser left open gives nothing.
    stage.advance(std::time::Duration::from_mins(11)).await;
    let mut more = wanted.clone();
    more["acts"] = json!(["pay"]);
    let refused = stage.post(path, Some(&firm), &more).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
}
