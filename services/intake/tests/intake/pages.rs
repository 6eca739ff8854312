//! The pages, as a browser without scripts meets them.

use axum::http::StatusCode;
use contracts::{
    DossierId,
    desk::SupplementRequested,
    intake::{DossierSubmitted, DossierSupplemented},
    scan::{DocumentChecked, FlawWeight, PageFlaw},
};
use testkit::Stage;

use crate::{
    browser::{Browser, browser},
    play::*,
};

/// The hidden key of the page's first form that has one.
fn key(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"key\" value=\"")
        .expect("a form with a key");
    rest.split('"').next().unwrap().to_owned()
}

fn answers(page: &str) -> Vec<(String, String)> {
    [
        ("key", key(page).as_str()),
        ("form.loai_giay_to", "khai_sinh"),
        ("form.ho_ten", "Nguyễn Thị Ví Dụ"),
        ("form.ngay_sinh", "15/01/1990"),
        ("form.quan_he", "ban_than"),
        ("form.so_ban_sao", "2"),
        ("delivery", "portal"),
        ("then", "next"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test]
async fn a_citizen_files_a_dossier_with_pages_alone() {
    let mut stage = stage().await;
    check(&mut stage).await;
    let browser = browser(&stage);
    let page = browser.see("/intake/procedures/2.000635").await;
    let begin = [("key", &*key(&page))];
    let opened = browser
        .post("/intake/procedures/2.000635/file", &begin)
        .await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let form = opened.header("location").to_owned();
    let twice = browser
        .post("/intake/procedures/2.000635/file", &begin)
        .await;
    assert_eq!(
        twice.header("location"),
        form,
        "two presses of the button are one draft"
    );
    let dossier = form.trim_end_matches("/form").to_owned();

    let page = browser.see(&form).await;
    let mut pairs = answers(&page);
    pairs[5].1 = "hai".to_owned();
    let saved = browser.post(&form, &borrowed(&pairs)).await;
    assert_eq!(saved.header("location"), format!("{form}?check=true"));
    let page = browser.see(saved.header("location")).await;
    assert!(page.contains("Cần một số nguyên từ 1 đến 20"), "{page}");
    assert!(
        page.contains("value=\"hai\""),
        "nothing that was typed is lost"
    );
    assert!(
        page.contains("href=\"#form.so_ban_sao\""),
        "the summary leads to the field"
    );

    let saved = browser.post(&form, &borrowed(&answers(&page))).await;
    assert_eq!(
        saved.header("location"),
        format!("{dossier}/papers"),
        "{}",
        saved.text()
    );
    let page = browser.see(&format!("{dossier}/papers")).await;
    assert!(page.contains("action=\"/scan/documents\" enctype=\"multipart/form-data\""));
    let back = format!("name=\"back\" value=\"{dossier}/attach?component=to-khai\"");
    assert!(page.contains(&back), "{page}");
    let review = browser.see(&format!("{dossier}/review")).await;
    assert!(review.contains("Hồ sơ chưa đủ để gửi"));

    let attach = format!("{dossier}/attach?component=to-khai&document={DOCUMENT}");
    for led in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://elsewhere.example"),
    ] {
        let foreign = browser.go("GET", &attach, &[led], String::new()).await;
        assert_eq!(foreign.status, 403, "another site cannot enclose anything");
    }
    let attached = browser
        .go(
            "GET",
            &attach,
            &[("sec-fetch-site", "same-origin")],
            String::new(),
        )
        .await;
    assert_eq!(
        attached.header("location"),
        format!("{dossier}/papers"),
        "{}",
        attached.text()
    );
    let review = browser.see(&format!("{dossier}/review")).await;
    assert!(review.contains("16.000 đồng"), "the fee is told before");
    let press = [("key", &*key(&review))];
    for _ in 0..2 {
        let filed = browser.post(&format!("{dossier}/review"), &press).await;
        assert_eq!(
            (filed.status, filed.header("location")),
            (StatusCode::SEE_OTHER, &*dossier),
            "{}",
            filed.text()
        );
    }
    let page = browser.see(&dossier).await;
    assert!(
        page.contains("Đã nộp, chờ tiếp nhận") && page.contains("<dd>15/01/1990</dd>"),
        "{page}"
    );
    assert!(browser.see("/intake/dossiers").await.contains(&dossier));
    stage.settle().await;
    assert_eq!(stage.said::<DossierSubmitted>("intake").await.len(), 1);
}

#[tokio::test]
async fn a_supplement_goes_the_same_way() {
    let mut stage = stage().await;
    let id = filed(&mut stage).await;
    let items = vec!["Ghi lại số bản sao.".to_owned()];
    let requested_at = stage.now();
    stage
        .say(
            "desk",
            &SupplementRequested {
                dossier: id,
                items,
                requested_at,
            },
        )
        .await;
    stage.settle().await;
    let browser = browser(&stage);
    let dossier = format!("/intake/dossiers/{id}");
    assert!(browser.see(&dossier).await.contains("Ghi lại số bản sao."));
    let page = browser.see(&format!("{dossier}/form")).await;
    assert!(page.contains("value=\"15/01/1990\"") && page.contains("Ghi lại số bản sao."));
    let mut pairs = answers(&page);
    pairs[5].1 = "5".to_owned();
    browser
        .post(&format!("{dossier}/form"), &borrowed(&pairs))
        .await;
    let review = browser.see(&format!("{dossier}/review")).await;
    let sent = browser
        .post(&format!("{dossier}/review"), &[("key", &key(&review))])
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    stage.settle().await;
    let said = stage.said::<DossierSupplemented>("intake").await;
    assert_eq!(said[0].form["so_ban_sao"], "5");
}

#[tokio::test]
async fn the_catalogue_shows_each_level_for_what_it_is() {
    let stage = stage().await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    let home = anybody.see("/intake/").await;
    for code in ["2.000635", "1.001612", "2.000815", "1.004873"] {
        assert!(
            home.contains(&format!("/intake/procedures/{code}")),
            "{code}"
        );
    }
    let found = anybody.see("/intake/?q=doc%20than").await;
    assert!(
        found.contains("1.004873") && !found.contains("1.001612"),
        "found without accents"
    );
    assert!(
        anybody
            .see("/intake/?q=zzz%3Cb%3E")
            .await
            .contains("&#60;b&#62;"),
        "what was typed stays text"
    );
    let (one, two) = (
        anybody.see("/intake/procedures/1.001612").await,
        anybody.see("/intake/procedures/2.000815").await,
    );
    assert!(one.contains("Mức độ 1") && !one.contains("<button class=\"primary\">"));
    assert!(two.contains("/intake/procedures/2.000815/print"));
    let four = anybody.see("/intake/procedures/2.000635").await;
    assert!(
        four.contains("/identity/sign-in?back=/intake/procedures/2.000635"),
        "sign in first"
    );
    for part in [
        "Giấy tờ cần có",
        "Thời hạn giải quyết",
        "8.000 đồng",
        "60/2014/QH13",
    ] {
        assert!(four.contains(part), "{part}");
    }
    let unknown = anybody
        .go("GET", "/intake/procedures/nonsense", &[], String::new())
        .await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("Không tìm thấy"));
    let json = stage.get("/intake/procedures/2.000635", None).await.json();
    assert_eq!(
        (json["level"].as_u64(), json["code"].as_str()),
        (Some(4), Some("2.000635"))
    );
    let list = stage
        .get("/intake/procedures?q=khai%20sinh", None)
        .await
        .json();
    assert_eq!(list[0]["code"], "2.000635");
}

#[tokio::test]
async fn a_level_two_form_is_filled_in_to_be_printed_and_not_kept() {
    let stage = stage().await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    let path = "/intake/procedures/2.000815/print";
    assert!(anybody.see(path).await.contains("form.so_trang"));
    let wrong = anybody
        .post(path, &[("form.ho_ten", "Nguyễn Thị Ví Dụ")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Vui lòng điền mục này") && wrong.text().contains("Nguyễn Thị Ví Dụ")
    );
    let form = std::fs::read_to_string(
        stage
            .settings()
            .catalogue_dir
            .join("procedures/2.000815.yaml"),
    )
    .unwrap();
    let form = procedure::Description::from_yaml(&form).unwrap();
    let examples = form.form.iter().map(|field| {
        let example = match &field.kind {
            procedure::description::FieldKind::Choice { options } => options[0].value.clone(),
            _ => field.example.clone().unwrap_or_else(|| "1".to_owned()),
        };
        (format!("form.{}", field.id), example)
    });
    let filled: Vec<(String, String)> = examples.collect();
    let printed = anybody.post(path, &borrowed(&filled)).await;
    assert_eq!(printed.status, 200, "{}", printed.text());
    assert!(
        printed
            .text()
            .contains("Người yêu cầu (ký và ghi rõ họ tên)")
    );
    assert_eq!(
        anybody
            .go(
                "GET",
                "/intake/procedures/1.001612/print",
                &[],
                String::new()
            )
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn pages_that_need_a_person_lead_to_the_sign_in() {
    let stage = stage().await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    let answer = anybody
        .go("GET", "/intake/dossiers", &[], String::new())
        .await;
    assert_eq!(
        answer.header("location"),
        "/identity/sign-in?back=%2Fintake%2Fdossiers"
    );
    let other = Browser {
        stage: &stage,
        token: Some(stage.citizen(OTHER)),
    };
    let id: DossierId = open(&stage, CITIZEN).await;
    for page in ["", "/form", "/papers", "/review"] {
        let answer = other
            .go(
                "GET",
                &format!("/intake/dossiers/{id}{page}"),
                &[],
                String::new(),
            )
            .await;
        assert_eq!(answer.status, 404, "{page}");
    }
    let page = browser(&stage).see(&format!("/intake/dossiers/{id}")).await;
    assert!(page.contains("Nháp, chưa nộp"));
    let gone = browser(&stage)
        .post(
            &format!("/intake/dossiers/{id}/discard"),
            &[("key", &key(&page))],
        )
        .await;
    assert_eq!(gone.header("location"), "/intake/dossiers");
}

#[tokio::test]
async fn tracking_and_the_style_sheet_are_for_anybody() {
    let stage = stage().await;
    let anybody = Browser {
        stage: &stage,
        token: None,
    };
    assert!(
        anybody
            .see("/intake/track")
            .await
            .contains("Số định danh của người nộp")
    );
    let none = anybody
        .post("/intake/track", &[("code", "x"), ("citizen_id", CITIZEN)])
        .await;
    assert!(
        none.text().contains("Không có hồ sơ nào"),
        "{}",
        none.text()
    );
    assert!(!none.text().contains(CITIZEN));
    let style = stage.get("/intake/style.css", None).await;
    assert_eq!(
        (style.header("content-type"), style.header("cache-control")),
        ("text/css; charset=utf-8", "public, max-age=3600")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_picture_is_told_with_the_picture() {
    let mut stage = stage().await;
    let flaw = |page, kind: &str, advice_vi: &str| PageFlaw {
        page,
        kind: kind.to_owned(),
        weight: FlawWeight::Advice,
        advice_vi: advice_vi.to_owned(),
        advice_en: String::new(),
    };
    let heard = DocumentChecked {
        flaws: vec![
            flaw(2, "dark", "Chụp lại ở nơi sáng hơn"),
            flaw(2, "cut", "Chụp lại cho thấy đủ bốn mép giấy"),
            flaw(3, "blur", "Chụp lại, giữ máy thật chắc"),
        ],
        ..accepted(&stage, DOCUMENT, Stage::account(CITIZEN))
    };
    stage.say("scan", &heard).await;
    stage.settle().await;
    let id = open(&stage, CITIZEN).await;
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    let browser = Browser {
        token: Some(stage.citizen(CITIZEN)),
        stage: &stage,
    };
    let page = browser.see(&format!("/intake/dossiers/{id}/papers")).await;
    assert!(
        page.contains(
            "<b>Trang 2.</b> Chụp lại ở nơi sáng hơn. Chụp lại cho thấy đủ bốn mép giấy."
        ),
        "{page}"
    );
    assert!(page.contains("<b>Trang 3.</b> Chụp lại, giữ máy thật chắc."));
    assert_eq!(page.matches("<figure").count(), 2, "one picture a page");
    let picture = format!("src=\"/scan/documents/{DOCUMENT}/pages/2/preview\"");
    assert!(page.contains(&picture), "{page}");
    assert!(page.contains("Tệp này dùng được"), "advice is no refusal");
}

/// No page moves by itself under somebody's hands: what may have changed is looked at again by a link.
#[tokio::test]
async fn the_papers_may_be_looked_at_again_while_there_is_nothing_to_do_but_wait() {
    let mut stage = stage().await;
    let id = open(&stage, CITIZEN).await;
    let mut answers = full();
    answers["documents"] = serde_json::json!({});
    assert_eq!(save(&stage, id, &answers).await.status, 200);
    let again = "<a href=\"\">Xem lại</a>";
    let papers = format!("/intake/dossiers/{id}/papers");
    let browser = Browser {
        token: Some(stage.citizen(CITIZEN)),
        stage: &stage,
    };
    assert!(
        !browser.see(&papers).await.contains(again),
        "a file is to be chosen"
    );
    assert_eq!(save(&stage, id, &full()).await.status, 200);
    let page = browser.see(&papers).await;
    assert!(
        page.contains("Đang kiểm tra") && page.contains(again),
        "{page}"
    );
    let heard = accepted(&stage, DOCUMENT, Stage::account(CITIZEN));
    stage.say("scan", &heard).await;
    stage.settle().await;
    let browser = Browser {
        token: Some(stage.citizen(CITIZEN)),
        stage: &stage,
    };
    let page = browser.see(&papers).await;
    assert!(page.contains("Đã nhận") && !page.contains(again), "{page}");
}
