//! Accounts by an e-mail address: opened with one, signed in to by one that is proven.

use super::{contacts::proves, second_factor::enrolled, *};

const EMAIL: &str = "vi.du@example.vn";

fn by_email() -> Value {
    json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "phone": "", "email": EMAIL,
        "password": PASSWORD,
    })
}

#[tokio::test]
async fn an_account_needs_a_telephone_or_an_e_mail_address() {
    let stage = stage().await;
    let neither = json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "password": PASSWORD,
    });
    let refused = stage.post("/identity/accounts", None, &neither).await;
    assert_eq!(
        (refused.status.as_u16(), errors(&refused)),
        (422, vec!["phone".into()])
    );
    let wrong = json!({
        "name": "Lê Thị Khác", "citizen_id": "066190004321", "phone": "113", "email": EMAIL,
        "password": PASSWORD,
    });
    let refused = stage.post("/identity/accounts", None, &wrong).await;
    assert_eq!(errors(&refused), ["phone"]);
    let opened = stage.post("/identity/accounts", None, &by_email()).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let token = token(&stage, "066190004321", PASSWORD).await;
    let claims = believed(&stage, &token).await;
    assert_eq!((claims.phone, claims.email.as_deref()), (None, Some(EMAIL)));
}

#[tokio::test]
async fn only_a_proven_e_mail_address_is_a_login_and_one_persons_only() {
    let stage = registered().await;
    stage.post("/identity/accounts", None, &by_email()).await;
    assert_eq!(signs_in(&stage, EMAIL, PASSWORD).await.status, 401);
    let second = token(&stage, "066190004321", PASSWORD).await;
    proves(&stage, &second, EMAIL).await;
    for login in [EMAIL, "Vi.Du@Example.VN", " vi.du@example.vn "] {
        let token = token(&stage, login, PASSWORD).await;
        let claims = believed(&stage, &token).await;
        assert_eq!(
            claims.citizen_id.unwrap().as_str(),
            "066190004321",
            "{login}"
        );
    }
    assert_eq!(signs_in(&stage, EMAIL, "con trâu đi sau").await.status, 401);
    // Guessing is counted on the account, whichever of its logins is tried.
    for _ in 0..5 {
        signs_in(&stage, EMAIL, "đoán mò").await;
    }
    assert_eq!(signs_in(&stage, "066190004321", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn a_password_is_not_ones_own_e_mail_address() {
    let stage = stage().await;
    let mut account = by_email();
    account["password"] = json!("VI.DU@example.vn");
    let refused = stage.post("/identity/accounts", None, &account).await;
    assert_eq!(errors(&refused), ["password"]);
}

#[tokio::test]
async fn an_operator_does_not_reset_a_citizens_second_factor_by_their_e_mail_address() {
    let mut stage = registered().await;
    let first = token(&stage, "0912345678", PASSWORD).await;
    proves(&stage, &first, EMAIL).await;
    enrolled(&mut stage, EMAIL, PASSWORD).await;
    let path = format!("/identity/officers/{EMAIL}/second-factor");
    let operator = stage.operator();
    let reset = asks(&stage, Method::DELETE, &path, Some(&operator), &json!({})).await;
    assert_eq!(reset.status, 404);
    assert_eq!(signs_in(&stage, EMAIL, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn the_page_leads_on_to_proving_and_lets_it_be_for_later() {
    let stage = stage().await;
    let filled = "key=k1&back=/intake/drafts/1&name=Lê+Thị+Khác&citizen_id=066190004321&phone=&email=vi.du@example.vn&password=con+trau+di+truoc";
    let opened = form(&stage, "/identity/register", &[], filled).await;
    let on = "/identity/contacts?back=%2Fintake%2Fdrafts%2F1";
    assert_eq!(opened.header("location"), on, "{}", opened.text());
    let cookie = opened.header("set-cookie").split(';').next().unwrap();
    let page = page(&stage, on, cookie).await.text();
    assert!(page.contains("Gửi mã đến vi.du@example.vn"), "{page}");
    assert!(page.contains("href=\"/intake/drafts/1\">Để sau"), "{page}");
    // Who has just signed in is not asked for the password again.
    assert!(!page.contains("type=\"password\""), "{page}");
}
