//! Passkeys in a real browser, with the authenticator that it pretends for tests: added on the page, and then no password is
//! typed any more.

use journeys::until;
use serde_json::{Value, json};

use crate::{
    chromium::SMALL_PHONE, line::Line, people::CITIZEN, phone::Phone, portal::Portal,
    portal::behind_a_line,
};

/// How much wider the page is than the screen.
const OVERHANG: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// A citizen on a small phone that has a fingerprint reader.
async fn with_a_reader(portal: &Portal<'_>, line: &Line) -> (Phone, Value) {
    portal.register().await;
    let citizen = portal
        .phone_with_scripts("citizen", SMALL_PHONE, line)
        .await;
    citizen.devtools("WebAuthn.enable", json!({})).await;
    let reader = json!({ "options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    } });
    let reader = citizen
        .devtools("WebAuthn.addVirtualAuthenticator", reader)
        .await["authenticatorId"]
        .take();
    (citizen, reader)
}

/// Presses a button that leads nowhere this time, and waits for what is said of it.
async fn is_told(citizen: &Phone, button: &str) -> String {
    let button = citizen.the(button).await;
    button.click().await.expect("a button to press");
    until(
        "something is said",
        |told: &String| !told.is_empty(),
        async || citizen.reads("#passkey-told").await,
    )
    .await
}

async fn fits(citizen: &Phone) {
    let overhang: i64 = citizen.ask(OVERHANG, vec![]).await;
    assert_eq!(overhang, 0, "{} is too wide", citizen.path().await);
}

async fn adds(citizen: &Phone) {
    citizen.open("/identity/sessions").await;
    citizen.press_words("Khóa truy cập").await;
    citizen.sees("Bạn chưa có khóa truy cập nào").await;
    fits(citizen).await;
    citizen.write("name", "Điện thoại nhỏ").await;
    citizen.write("password", "sai rồi").await;
    let told = is_told(citizen, "#passkey-new button").await;
    assert_eq!(told, "Mật khẩu đang dùng không đúng");
    citizen.write("password", CITIZEN.password).await;
    citizen.press("#passkey-new button").await;
    assert_eq!(citizen.path().await, "/identity/passkeys");
    citizen.sees("Điện thoại nhỏ").await;
    citizen.sees("Chưa dùng lần nào").await;
    fits(citizen).await;
}

#[tokio::test]
async fn a_passkey_is_added_on_the_page_and_signs_in_with_no_password_typed() {
    behind_a_line("passkeys", async |portal, line| {
        let (citizen, reader) = with_a_reader(portal, line).await;
        citizen.open("/identity/sign-in").await;
        fits(&citizen).await;
        let none = is_told(&citizen, "#passkey-enter").await;
        assert!(none.contains("không có khóa truy cập nào"), "{none}");
        citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
        adds(&citizen).await;

        citizen.write("name", "Lần nữa").await;
        citizen.write("password", CITIZEN.password).await;
        let twice = is_told(&citizen, "#passkey-new button").await;
        assert_eq!(twice, "Thiết bị này đã có khóa truy cập của bạn.");

        citizen.press_words("Đăng xuất").await;
        citizen
            .open("/identity/sign-in?back=/identity/passkeys")
            .await;
        citizen.press("#passkey-enter").await;
        assert_eq!(citizen.path().await, "/identity/passkeys");
        assert!(citizen.reads("header").await.contains(CITIZEN.name));
        citizen.sees("Dùng lần cuối lúc").await;

        // Whoever else has the phone does not get in.
        citizen.press_words("Đăng xuất").await;
        let stranger = json!({ "authenticatorId": reader, "isUserVerified": false });
        citizen.devtools("WebAuthn.setUserVerified", stranger).await;
        citizen.open("/identity/sign-in").await;
        let told = is_told(&citizen, "#passkey-enter").await;
        assert!(told.contains("Bạn đã dừng"), "{told}");
        let focused: String = citizen
            .ask("return document.activeElement.id", vec![])
            .await;
        assert_eq!(focused, "passkey-enter", "it may be pressed again");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_used_and_removed_by_keyboard() {
    behind_a_line("passkeys-by-keyboard", async |portal, line| {
        let (citizen, _) = with_a_reader(portal, line).await;
        citizen.open("/identity/sign-in").await;
        citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
        adds(&citizen).await;
        citizen.press_words("Đăng xuất").await;
        citizen
            .open("/identity/sign-in?back=/identity/passkeys")
            .await;
        // Behind the form's button comes ours.
        let focus = "document.querySelector('main button.primary').focus()";
        citizen.ask::<Value>(focus, vec![]).await;
        citizen.keys(thirtyfour::Key::Tab).await;
        let focused: String = citizen
            .ask("return document.activeElement.id", vec![])
            .await;
        assert_eq!(focused, "passkey-enter");
        citizen.enter().await;
        citizen.press_words("Xóa khóa “Điện thoại nhỏ”").await;
        fits(&citizen).await;
        citizen.write("password", CITIZEN.password).await;
        citizen.enter().await;
        citizen.sees("Bạn chưa có khóa truy cập nào").await;
    })
    .await;
}
