//! The main job by hand: a citizen registers, files, pays and fetches the result; an officer receives and signs.

use std::{collections::BTreeSet, sync::Arc};

use journeys::motcua::root;

use crate::{
    checker,
    chromium::{PHONE, SMALL_PHONE, Screen},
    inspection::Inspector,
    money::a_day_at_the_counter,
    people::{CITIZEN, Officer},
    phone::Phone,
    portal::{Portal, at_the_portal, folder},
};

const PROCEDURE: &str = "Cấp bản sao trích lục hộ tịch, bản sao giấy khai sinh";

#[tokio::test]
async fn a_citizen_and_an_officer_get_the_main_job_done_without_javascript() {
    at_the_portal("story", async |portal| tell(portal, PHONE, None).await).await;
}

#[tokio::test]
async fn every_page_is_light_named_and_fits_a_small_phone() {
    at_the_portal("pages", async |portal| {
        let inspector = Inspector::new(folder().join("pages"));
        tell(portal, SMALL_PHONE, Some(&inspector)).await;
        beside_the_story(portal, &inspector).await;
        let complaints = inspector.complaints();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        let expected: BTreeSet<String> = PAGES.map(str::to_owned).into();
        assert_eq!(inspector.paths(), expected, "the pages that were looked at");
    })
    .await;
}

/// Every page that the second telling comes by.
const PAGES: [&str; 42] = [
    "/delivery/check",
    "/delivery/check/{code}",
    "/delivery/desk",
    "/delivery/layouts",
    "/delivery/results/{id}/page",
    "/desk/",
    "/desk/view/{id}",
    "/identity/contacts",
    "/identity/passkeys",
    "/identity/password",
    "/identity/register",
    "/identity/second-factor",
    "/identity/sessions",
    "/identity/sign-in",
    "/intake/",
    "/intake/dossiers",
    "/intake/dossiers/{id}",
    "/intake/dossiers/{id}/form",
    "/intake/dossiers/{id}/papers",
    "/intake/dossiers/{id}/review",
    "/intake/procedures/1.001612",
    "/intake/procedures/1.004873",
    "/intake/procedures/2.000635",
    "/intake/procedures/2.000815",
    "/intake/procedures/2.000815/print",
    "/intake/track",
    "/notification/",
    "/notification/calls",
    "/notification/preferences",
    "/notification/webhooks/page",
    "/notification/webhooks/{id}/page",
    "/payment/",
    "/payment/bank/page",
    "/payment/ops/parked",
    "/payment/ops/parked/audit",
    "/payment/orders/{id}/page",
    "/payment/orders/{id}/transfer/page",
    "/payment/reconciliation/page",
    "/payment/refunds/page",
    "/payment/sandbox/paymentv2/vpcpay.html",
    "/payment/till/page",
    "/payment/vnpay/return",
];

/// Tells the story with two phones of this size.
async fn tell(portal: &Portal<'_>, screen: Screen, inspector: Option<&Arc<Inspector>>) {
    let officer = portal.appoint().await;
    let (citizen, desk) = tokio::join!(
        portal.phone("citizen", screen, inspector),
        portal.phone("officer", screen, inspector),
    );
    register_and_sign_in(&citizen).await;
    let dossier = file(&citizen).await;
    receive(&desk, &officer).await;
    pay(&citizen, &dossier).await;
    desk.reload_until("form[action*='/sign-off'] button").await;
    desk.press("form[action*='/sign-off'] button").await;
    desk.sees("Ký duyệt: Chủ tịch Trần Văn Mẫu").await;
    desk.press_words("Trả kết quả").await;
    desk.sees("Không có kết quả nào đang chờ trả").await;
    a_day_at_the_counter(&desk).await;
    let result = fetch_the_result(&citizen, &dossier).await;
    check_in_public(portal, screen, inspector, &result).await;
    read_the_news(&citizen).await;
    look_after_the_account(&citizen).await;
    look_after_what_was_issued(&desk).await;
}

async fn register_and_sign_in(citizen: &Phone) {
    citizen.open("/intake/").await;
    citizen.press_words("Đăng nhập").await;
    citizen.press_words("Đăng ký").await;
    for (name, text) in [
        ("name", CITIZEN.name),
        ("citizen_id", CITIZEN.number),
        ("phone", CITIZEN.phone),
        ("email", CITIZEN.email),
        ("password", CITIZEN.password),
    ] {
        citizen.write(name, text).await;
    }
    citizen.press("main button.primary").await;
    assert!(citizen.reads("header").await.contains(CITIZEN.name));
    // Their telephone may be proven later.
    citizen.press_words("Để sau").await;
    citizen.press_words("Đăng xuất").await;
    assert!(!citizen.reads("header").await.contains(CITIZEN.name));
    citizen.press_words("Đăng nhập").await;
    citizen.sign_in(CITIZEN.phone, CITIZEN.password).await;
    assert!(citizen.reads("header").await.contains(CITIZEN.name));
}

/// From the catalogue to a dossier that is filed; its path.
async fn file(citizen: &Phone) -> String {
    citizen.press_words(PROCEDURE).await;
    assert_eq!(citizen.path().await, "/intake/procedures/2.000635");
    citizen.press_words("Nộp hồ sơ trực tuyến").await;
    fill_in(citizen).await;
    citizen
        .attach(
            "input[type=file]",
            &root().join("examples/to-khai-trich-luc.jpg"),
        )
        .await;
    citizen.press_words("Tải lên").await;
    citizen.reload_until(".mark.good").await;
    citizen.sees("Đã nhận").await;
    citizen.press_words("Tiếp tục").await;
    citizen.sees(CITIZEN.name).await;
    citizen.sees("15/01/1990").await;
    citizen.press_words("Nộp hồ sơ").await;
    citizen.sees("chờ tiếp nhận").await;
    citizen.path().await
}

/// Answers what a page asks, page by page, until there is nothing more to answer.
async fn fill_in(citizen: &Phone) {
    let written = [
        ("form.ho_ten", CITIZEN.name),
        ("form.ngay_sinh", "15/01/1990"),
        ("form.so_ban_sao", "2"),
    ];
    let chosen = [
        ("form.loai_giay_to", "khai_sinh"),
        ("form.quan_he", "ban_than"),
        ("delivery", "portal"),
    ];
    // A page that asks nothing of this is wrong, so there are no more pages than answers.
    for _ in written.iter().chain(&chosen) {
        for (name, text) in written {
            if citizen.has(&format!("[name='{name}']")).await {
                citizen.write(name, text).await;
            }
        }
        for (name, value) in chosen {
            if citizen.has(&format!("[name='{name}']")).await {
                citizen.choose(name, value).await;
            }
        }
        citizen.press_words("Lưu và tiếp tục").await;
        if citizen.path().await.ends_with("/papers") {
            return;
        }
    }
    panic!("the form does not end: {}", citizen.reads("main").await);
}

async fn receive(desk: &Phone, officer: &Officer) {
    desk.open("/identity/sign-in?back=/desk/").await;
    desk.sign_in(officer.login, officer.password).await;
    desk.reload_until("tbody a").await;
    desk.press("tbody a").await;
    desk.sees(CITIZEN.name).await;
    // It may be received when the agency's handler has said that it is complete.
    desk.reload_until("form[action*='/receive'] button").await;
    desk.press("form[action*='/receive'] button.primary").await;
    desk.sees("Hồ sơ H").await;
}

async fn pay(citizen: &Phone, dossier: &str) {
    citizen.open(dossier).await;
    citizen.reload_until("a[href*='/payment/orders/']").await;
    citizen.sees("Phải nộp 16.000").await;
    citizen.press_words("Nộp phí").await;
    let order = citizen.path().await;
    citizen.press_words("Chuyển khoản bằng mã VietQR").await;
    citizen.sees("LE PHI HO SO").await;
    citizen.open(&order).await;
    citizen.press("main button.primary").await;
    citizen.sees("16.000").await;
    citizen.press("button[value=pay]").await;
    citizen.sees("Xem khoản phí").await;
    citizen.press_words("Xem khoản phí").await;
    citizen.reload_until("main:not(:has(form))").await;
    citizen.sees("Đã nộp").await;
}

/// The result's bytes.
async fn fetch_the_result(citizen: &Phone, dossier: &str) -> Vec<u8> {
    citizen.open(dossier).await;
    citizen.reload_until("a[href*='/delivery/results/']").await;
    citizen.reload_until(".box.good").await;
    citizen.sees("Bạn đã nhận kết quả").await;
    citizen.press_words("kiểm tra bằng mã").await;
    citizen.sees("còn giá trị").await;
    citizen.open(dossier).await;
    let result = citizen.download("Tải kết quả").await;
    assert!(result.starts_with(b"%PDF-"), "the result is a PDF file");
    result
}

/// Anybody who is shown the file may ask whether it is genuine.
async fn check_in_public(
    portal: &Portal<'_>,
    screen: Screen,
    inspector: Option<&Arc<Inspector>>,
    result: &[u8],
) {
    let stranger = portal.phone("stranger", screen, inspector).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ket-qua.pdf");
    std::fs::write(&file, result).expect("the file is handed on");
    stranger.open("/delivery/check").await;
    stranger.attach("input[type=file]", &file).await;
    stranger.press_words("So sánh tệp").await;
    stranger.sees("còn giá trị").await;
    checker::without_a_line(portal, &stranger, result).await;
}

async fn read_the_news(citizen: &Phone) {
    citizen.press_words("Hộp thư").await;
    citizen.reload_until("main li:nth-of-type(5)").await;
    let unread = citizen
        .web()
        .find_all(thirtyfour::By::Css("form[action$='/read']"))
        .await;
    let unread = unread.expect("the inbox").len();
    citizen.press("form[action$='/read'] button").await;
    citizen.sees(&format!("{} thư chưa đọc", unread - 1)).await;
    citizen.open("/notification/preferences").await;
    citizen.press_words("Hồ sơ của tôi").await;
    citizen.sees(PROCEDURE).await;
}

/// Where the citizen is signed in, and by what.
async fn look_after_the_account(citizen: &Phone) {
    citizen.press_words(CITIZEN.name).await;
    citizen.sees("Chính là nơi này").await;
    citizen.press_words("Khóa truy cập").await;
    citizen.sees("Bạn chưa có khóa truy cập nào").await;
    citizen.sees("bằng trình duyệt mới có bật JavaScript").await;
    citizen.press_words("Xác thực hai bước").await;
    citizen.sees("Bật xác thực hai bước").await;
    citizen.press_words("Nơi đang đăng nhập").await;
    citizen.press_words("Đổi mật khẩu").await;
    citizen.sees("mọi nơi khác").await;
}

/// What officers see of a result that is out, and of news that nobody got.
async fn look_after_what_was_issued(desk: &Phone) {
    desk.open("/delivery/desk?q=01/TLHT-BS").await;
    desk.press("main ul a").await;
    desk.sees("Còn giá trị").await;
    desk.sees("Thay thế bằng văn bản đã sửa").await;
    desk.press_words("Gọi điện").await;
    desk.sees("Không có cuộc gọi nào đang chờ").await;
    desk.open("/delivery/layouts").await;
    desk.sees("Bản sao trích lục hộ tịch, mẫu trich-luc-ho-tich")
        .await;
}

/// An operator has an agency told, pauses it, goes on, and changes its secret.
async fn have_an_agency_told(operator: &Phone) {
    operator.open("/notification/").await;
    operator.press_words("Cơ quan được báo tin").await;
    operator.write("name", "Sở Tư pháp mẫu").await;
    operator
        .write("url", "https://so-tu-phap.example.vn/mot-cua")
        .await;
    operator.write("procedures", "2.000635").await;
    operator.choose("event", "desk.dossier-received.v1").await;
    operator.press_words("Thêm").await;
    operator.sees("chỉ hiện một lần này").await;
    operator.press_words("Cơ quan được báo tin").await;
    operator.press_words("Sở Tư pháp mẫu").await;
    operator.sees("Hồ sơ được tiếp nhận").await;
    operator.sees("Chưa có tin nào").await;
    operator.press_words("Tạm dừng").await;
    operator.sees("Tin mới được giữ lại").await;
    operator.press_words("Tiếp tục báo").await;
    operator.press_words("Đổi khóa ký").await;
    operator.press_words("Bỏ khóa cũ").await;
    operator.sees("Đang báo").await;
}

/// What anybody may open without a dossier.
async fn beside_the_story(portal: &Portal<'_>, inspector: &Arc<Inspector>) {
    let visitor = portal.phone("visitor", SMALL_PHONE, Some(inspector)).await;
    for path in [
        "/intake/?q=ho+kinh+doanh",
        "/intake/?q=khong-co-gi",
        "/intake/track",
        "/intake/procedures/1.001612",
        "/intake/procedures/1.004873",
        "/intake/procedures/2.000815",
        "/intake/procedures/2.000815/print",
    ] {
        visitor.open(path).await;
    }
    visitor
        .open("/identity/sign-in?back=/payment/ops/parked")
        .await;
    visitor
        .sign_in("operator", &portal.operator_password())
        .await;
    visitor.sees("Không có thông điệp nào").await;
    visitor.press_words("Nhật ký").await;
    have_an_agency_told(&visitor).await;
}
