//! A paper is checked where there is no line: by a page that was fetched once and is opened as a file.

use journeys::until;
use testkit::qr;

use crate::{
    chromium::{PHONE, Scripts},
    phone::Phone,
    portal::Portal,
};

const SAID: &str = "#found:not([hidden])";

/// Checks a result by the page that `visitor` fetches, as it is and tampered with.
pub async fn without_a_line(portal: &Portal<'_>, visitor: &Phone, result: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    visitor.open("/delivery/check").await;
    let page = visitor.download("Tải trang kiểm tra về máy").await;
    std::fs::write(folder.path().join("checker.html"), page).expect("the page is kept");
    let window = portal.chromium.window("nobody", PHONE, Scripts::On).await;
    let home = format!("file://{}", folder.path().display());
    let offline = Phone::new(window, &home, None).await;
    let text = qr::on_paper(result);
    let said = check(&offline, &text).await;
    for words in ["Chữ ký đúng", "NGUYỄN THỊ VÍ DỤ", "H15.50.05"] {
        assert!(
            said.to_uppercase().contains(&words.to_uppercase()),
            "no “{words}”: {said}"
        );
    }
    let (rest, signature) = text.rsplit_once('.').expect("a signature");
    let (address, said) = rest.rsplit_once('.').expect("what is signed");
    let middle = said.len() / 2;
    let other = if said.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let forged = format!(
        "{address}.{}{other}{}.{signature}",
        &said[..middle],
        &said[middle + 1..]
    );
    for (text, words) in [
        (forged.as_str(), "Chữ ký KHÔNG đúng"),
        ("https://mot-cua.example.vn/#a.b.c", "không phải mã QR"),
    ] {
        let said = check(&offline, text).await;
        // A changed letter may also leave nothing that can be read.
        assert!(
            said.contains(words) || said.contains("không phải mã QR"),
            "{said}"
        );
    }
}

async fn check(offline: &Phone, text: &str) -> String {
    offline.open("/checker.html").await;
    offline.write("text", text).await;
    let button = offline.the("button").await;
    button.click().await.expect("a button to press");
    let told = async || offline.has(SAID).await;
    until("the page says what it found", |there| *there, told).await;
    offline.reads(SAID).await
}
