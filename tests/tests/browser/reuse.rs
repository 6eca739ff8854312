//! A paper given once: kept by its owner, used in another dossier without another picture, and its record read; without JavaScript,
//! and the second time without a pointer.

use journeys::motcua::root;

use crate::{
    chromium::{PHONE, SMALL_PHONE},
    inspection::Inspector,
    people::CITIZEN,
    phone::Phone,
    portal::{at_the_portal, folder},
};

const KIND: &str = "Giấy tờ chứng minh quan hệ thân thích";

/// A draft for the citizen's child, at its page of papers; the page's path.
pub async fn begin(citizen: &Phone) -> String {
    citizen.open("/intake/procedures/2.000635").await;
    citizen.press_words("Nộp hồ sơ trực tuyến").await;
    for (name, text) in [
        ("form.ho_ten", CITIZEN.name),
        ("form.ngay_sinh", "15/01/1990"),
        ("form.so_ban_sao", "1"),
    ] {
        citizen.write(name, text).await;
    }
    for (name, value) in [
        ("form.loai_giay_to", "khai_sinh"),
        ("form.quan_he", "con"),
        ("delivery", "portal"),
    ] {
        citizen.choose(name, value).await;
    }
    citizen.press_words("Lưu và tiếp tục").await;
    citizen.path().await
}

/// Uploads a file for a component, and waits until it is checked.
async fn upload(citizen: &Phone, component: &str, file: &str) {
    let chooser = format!("#file-{component}");
    citizen
        .attach(&chooser, &root().join("examples").join(file))
        .await;
    citizen.press(&format!("form:has({chooser}) button")).await;
    let accepted = format!("li:has({chooser}) .mark.good");
    citizen.reload_until(&accepted).await;
}

#[tokio::test]
async fn a_paper_given_once_is_used_again_and_its_owner_reads_who_looked() {
    at_the_portal("reuse", async |portal| {
        portal.register().await;
        let officer = portal.appoint().await;
        let inspector = Inspector::new(folder().join("reuse"));
        let citizen = portal.phone("citizen", SMALL_PHONE, Some(&inspector)).await;
        citizen.open("/identity/sign-in").await;
        citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;

        let papers = begin(&citizen).await;
        upload(&citizen, "to-khai", "to-khai-trich-luc.jpg").await;
        upload(&citizen, "giay-to-quan-he", "to-khai-trich-luc.pdf").await;
        citizen
            .press_words("Giữ giấy tờ này để dùng lại cho hồ sơ sau")
            .await;
        citizen.sees("Xem hoặc thôi giữ").await;
        assert_eq!(citizen.path().await, papers);
        citizen.press_words("Tiếp tục").await;
        citizen.press_words("Nộp hồ sơ").await;
        let filed = citizen.path().await;

        // An officer looks at it for that dossier.
        let desk = portal.phone("officer", PHONE, None).await;
        desk.open("/identity/sign-in?back=/desk/").await;
        desk.sign_in(officer.login, officer.password).await;
        desk.reload_until("tbody a").await;
        desk.press("tbody a").await;
        let file = desk.download(KIND).await;
        assert!(file.starts_with(b"%PDF-"), "the paper is a PDF file");

        // Another dossier, without a pointer.
        let again = begin(&citizen).await;
        let offer = "form[action$='/papers/reuse'] button";
        citizen.reload_until(offer).await;
        citizen.sees("Dùng giấy tờ đã có").await;
        citizen.sees("to-khai-trich-luc.pdf").await;
        citizen.follow(offer).await;
        assert_eq!(citizen.path().await, again);
        citizen.sees("Đã nhận").await;
        assert!(!citizen.has(offer).await);

        citizen.press("a.brand").await;
        citizen.press_words("Giấy tờ của tôi").await;
        citizen.sees(KIND).await;
        citizen.sees("Đang giữ để dùng lại").await;
        citizen.press_words(KIND).await;
        citizen
            .sees("Cán bộ Trần Văn Mẫu: Xem tệp, cho hồ sơ")
            .await;
        assert!(citizen.has(&format!("a[href='{filed}']")).await);
        citizen.write("valid_until", "31/12/2027").await;
        citizen.follow("form[action$='/date'] button").await;
        citizen.sees("Có giá trị đến hết ngày 31/12/2027").await;
        citizen.press_words("Thôi giữ").await;
        citizen.sees("Không giữ").await;
        citizen.sees("Thôi giữ để dùng lại").await;
        let complaints = inspector.complaints();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    })
    .await;
}
