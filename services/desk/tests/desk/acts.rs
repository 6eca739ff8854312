//! Officers' and signers' acts: who may, when, and once; through the API and the pages.

use chassis::auth::Role;
use contracts::{
    desk::{DossierDecided, DossierReceived},
    scan::{PagePlace, ReadField},
};
use serde_json::{Value, json};

use crate::counter::{Counter, EXTRACT, MARITAL, dossier, submitted};

fn refusal() -> Value {
    json!({ "outcome": "refused", "reason": "Không đủ điều kiện." })
}

#[tokio::test]
async fn an_act_at_the_wrong_time_is_a_conflict_that_names_the_state() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let signer = counter.stage.officer();
    for (act, body) in [
        ("receive", json!({})),
        ("reject", json!({ "reason": "Không thuộc thẩm quyền." })),
        ("decide", refusal()),
        ("sign-off", json!({})),
    ] {
        let answer = counter.act(1, act, &signer, &body).await;
        assert_eq!(answer.status, 409, "{act}");
        let problem = answer.json();
        let (vi, en) = (
            problem["title"].as_str().unwrap(),
            problem["title_en"].as_str().unwrap(),
        );
        assert!(
            vi.contains("chờ kiểm tra thành phần hồ sơ") && en.contains("awaiting assessment"),
            "{vi} {en}"
        );
    }
    counter.awaits_reception(2).await;
    counter.does(2, "receive", &json!({})).await;
    assert_eq!(
        counter.act(2, "receive", &signer, &json!({})).await.status,
        409,
        "received once"
    );
    assert_eq!(
        counter.act(9, "receive", &signer, &json!({})).await.status,
        404
    );
}

#[tokio::test]
async fn an_officer_waits_for_the_handler_that_is_asked() {
    let mut counter = Counter::receiving_by_rule().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&crate::counter::assessed(1, 1, &[])).await;
    counter.hears(&crate::counter::paid(1)).await;
    assert_eq!(
        counter
            .act(1, "decide", &counter.officer(), &refusal())
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn only_officers_see_and_do() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    let (citizen, operator) = (
        counter.stage.citizen("066190001234"),
        counter.stage.operator(),
    );
    let id = dossier(1);
    for path in [
        "/desk/dossiers".to_owned(),
        format!("/desk/dossiers/{id}"),
        "/desk/".to_owned(),
        format!("/desk/view/{id}"),
    ] {
        for token in [&citizen, &operator] {
            assert_eq!(
                counter.stage.get(&path, Some(token)).await.status,
                403,
                "{path}"
            );
        }
        assert_eq!(counter.stage.get(&path, None).await.status, 401, "{path}");
    }
    for act in ["take", "receive", "sign-off"] {
        assert_eq!(
            counter.act(1, act, &citizen, &json!({})).await.status,
            403,
            "{act}"
        );
    }
    assert_eq!(
        counter
            .act(1, "reject", &citizen, &json!({ "reason": "a" }))
            .await
            .status,
        403
    );
    assert_eq!(
        counter.act(1, "decide", &citizen, &refusal()).await.status,
        403
    );
    assert_eq!(
        counter
            .press(&format!("/desk/view/{id}/receive"), &citizen, "key=a")
            .await
            .status,
        403
    );
    assert_eq!(counter.state(1).await, "awaiting_reception");
}

#[tokio::test]
async fn only_signers_sign_off() {
    let mut counter = Counter::open().await;
    counter.awaits_sign_off(1).await;
    let officer = counter.officer();
    assert_eq!(
        counter
            .act(1, "sign-off", &officer, &json!({}))
            .await
            .status,
        403
    );
    let page = format!("/desk/view/{}", dossier(1));
    assert_eq!(
        counter
            .press(&format!("{page}/sign-off"), &officer, "key=a")
            .await
            .status,
        403
    );
    assert!(
        !counter
            .stage
            .get(&page, Some(&officer))
            .await
            .text()
            .contains("sign-off\">"),
        "no button either"
    );
    assert_eq!(counter.does(1, "sign-off", &json!({})).await, "decided");
}

#[tokio::test]
async fn four_eyes_keep_a_proposer_from_signing() {
    let mut counter = Counter::configured(&[("DESK__FOUR_EYES", "true")]).await;
    counter.hears(&submitted(1, MARITAL)).await;
    counter.does(1, "receive", &json!({})).await;
    counter.does(1, "decide", &refusal()).await;
    let own = counter
        .act(1, "sign-off", &counter.stage.officer(), &json!({}))
        .await;
    assert_eq!(own.status, 403, "{}", own.text());
    let other = counter.person("the chairperson", &[Role::Signer]);
    assert_eq!(
        counter.act(1, "sign-off", &other, &json!({})).await.status,
        200
    );
}

#[tokio::test]
async fn two_receives_with_one_key_are_one_code() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    let path = format!("/desk/dossiers/{}/receive", dossier(1));
    let (token, key) = (counter.stage.officer(), [("idempotency-key", "a-key")]);
    let one = counter
        .stage
        .post_with(&path, Some(&token), &key, &json!({}))
        .await;
    let two = counter
        .stage
        .post_with(&path, Some(&token), &key, &json!({}))
        .await;
    assert_eq!(
        (one.status, two.status),
        (axum::http::StatusCode::OK, axum::http::StatusCode::OK)
    );
    assert_eq!(one.json(), two.json());
    assert_eq!(one.json()["code"], "H15.50.05.13-261008-0001");
    assert_eq!(counter.stage.said::<DossierReceived>("desk").await.len(), 1);
}

#[tokio::test]
async fn a_dossier_is_the_pools_until_an_officer_takes_it() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    assert_eq!(
        counter.item(1).await["owner"],
        json!({ "account": null, "name": null })
    );
    let officer = counter.officer();
    for _ in 0..2 {
        assert_eq!(
            counter.act(1, "take", &officer, &json!({})).await.status,
            200
        );
    }
    assert_eq!(counter.item(1).await["owner"]["name"], "Nguyễn Thị Ví Dụ");
    let taken = counter
        .register(1)
        .await
        .into_iter()
        .filter(|line| line.contains(": take"))
        .count();
    assert_eq!(taken, 1);
    counter
        .does(1, "reject", &json!({ "reason": "Không thuộc thẩm quyền." }))
        .await;
    assert_eq!(
        counter
            .act(1, "take", &counter.stage.officer(), &json!({}))
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn what_an_officer_writes_is_checked() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, MARITAL)).await;
    counter.does(1, "receive", &json!({})).await;
    let long = vec![json!({ "label": "a", "value": "b".repeat(3_900) }); 7];
    for wrong in [
        json!({ "outcome": "granted", "result": [] }),
        json!({ "outcome": "granted", "result": long }),
        json!({ "outcome": "granted", "result": [{ "label": "", "value": "b" }] }),
        json!({ "outcome": "refused", "reason": " " }),
        json!({ "outcome": "postponed" }),
        json!({ "outcome": "refused", "reason": "a", "result": [] }),
    ] {
        let answer = counter.act(1, "decide", &counter.officer(), &wrong).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
    }
    assert_eq!(counter.state(1).await, "under_examination_by_officer");
}

#[tokio::test]
async fn the_pages_show_the_work_and_their_buttons_do_it_once() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, MARITAL)).await;
    let token = counter.stage.officer();
    let list = counter.stage.get("/desk/", Some(&token)).await.text();
    assert!(
        list.contains("Cấp Giấy xác nhận tình trạng hôn nhân") && list.contains("chờ tiếp nhận"),
        "{list}"
    );
    let page = format!("/desk/view/{}", dossier(1));
    let view = counter.stage.get(&page, Some(&token)).await.text();
    for text in [
        "Tiếp nhận hồ sơ",
        "/scan/documents/00000000-0000-0000-0000-000000000005/file",
        "10.000 đồng",
        "15/01/1990",
        "Chưa đăng ký kết hôn với ai",
    ] {
        assert!(view.contains(text), "{text}: {view}");
    }
    for _ in 0..2 {
        let answer = counter
            .press(&format!("{page}/receive"), &token, "key=one")
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, page.as_str())
        );
    }
    let view = counter.stage.get(&page, Some(&token)).await.text();
    let (_, rest) = view.split_once("name=\"decided\" value=\"").unwrap();
    let (draft, after) = rest.split_once("\">").unwrap();
    assert!(
        after.contains("formaction=\"/delivery/preview\""),
        "{after}"
    );
    let draft: DossierDecided = serde_json::from_str(&draft.replace("&#34;", "\"")).unwrap();
    assert_eq!(
        (
            draft.procedure.to_string().as_str(),
            draft.signer_title.as_str()
        ),
        (MARITAL, "Chủ tịch")
    );
    assert_eq!(
        counter
            .press(&format!("{page}/receive"), &token, "key=two")
            .await
            .status,
        409
    );
    assert_eq!(
        counter
            .press(&format!("{page}/take"), &token, "key=take")
            .await
            .status,
        303
    );
    let wrong = counter
        .press(
            &format!("{page}/grant"),
            &token,
            "key=three&result=kh%C3%B4ng",
        )
        .await;
    assert_eq!(wrong.status, 422);
    let result = "key=four&result=T%C3%ACnh+tr%E1%BA%A1ng%3A+Ch%C6%B0a+k%E1%BA%BFt+h%C3%B4n";
    assert_eq!(
        counter
            .press(&format!("{page}/grant"), &token, result)
            .await
            .status,
        303
    );
    let view = counter.stage.get(&page, Some(&token)).await.text();
    assert!(
        view.contains("Chưa kết hôn") && view.contains("Ký duyệt"),
        "{view}"
    );
    assert_eq!(
        counter
            .press(&format!("{page}/refuse"), &token, "key=five&reason=Sai")
            .await
            .status,
        303
    );
    assert_eq!(
        counter
            .press(&format!("{page}/sign-off"), &token, "key=six")
            .await
            .status,
        303
    );
    let view = counter.stage.get(&page, Some(&token)).await.text();
    assert!(
        view.contains("Không giải quyết") && view.contains("đúng hạn"),
        "{view}"
    );
    let main = view.split("<main").nth(1).unwrap_or_default();
    assert!(!main.contains("<form"), "nothing is left to do: {main}");
}

#[tokio::test]
async fn a_page_to_reject_asks_for_a_reason() {
    let mut counter = Counter::open().await;
    counter.awaits_reception(1).await;
    let (token, page) = (
        counter.officer(),
        format!("/desk/view/{}/reject", dossier(1)),
    );
    assert_eq!(
        counter.press(&page, &token, "key=a&reason=").await.status,
        422
    );
    assert_eq!(
        counter
            .press(&page, &token, "key=a&reason=Sai")
            .await
            .status,
        303
    );
    assert_eq!(counter.state(1).await, "rejected");
}

#[tokio::test]
async fn an_office_that_nobody_knows_is_refused_at_the_start() {
    use chassis::config::{Settings, Variables};
    let folder = tempfile::tempdir().unwrap();
    let variables = Variables::from([
        (
            "DATA_DIR".to_owned(),
            folder.path().to_string_lossy().into_owned(),
        ),
        (
            "CATALOGUE_DIR".to_owned(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue").to_owned(),
        ),
        ("ORGANISATION".to_owned(), "H99".to_owned()),
    ]);
    let ground = chassis::Ground {
        settings: Settings::load(&variables).unwrap().into(),
        variables,
        clock: chassis::Clock::held_at(testkit::start_of_play()),
        keys: chassis::auth::Keys::fixed(&chassis::auth::Jwks::default()),
        stopping: tokio_util::sync::CancellationToken::new(),
    };
    let refused = chassis::App::open(&desk::service(), &ground)
        .await
        .err()
        .map(|error| error.to_string());
    assert_eq!(
        refused.as_deref(),
        Some("ORGANISATION: catalogue/organisations.yaml has no H99")
    );
}

#[tokio::test]
async fn what_papers_say_stands_beside_the_answers() {
    let mut counter = Counter::open().await;
    let read = |name: &str, value: &str, certain| ReadField {
        name: name.to_owned(),
        value: value.to_owned(),
        confidence: if certain { 99 } else { 85 },
        certain,
        disputed: false,
        page: 2,
        place: PagePlace {
            left: 0,
            top: 0,
            width: 1000,
            height: 1000,
        },
    };
    let mut dossier_in = submitted(1, EXTRACT);
    dossier_in.documents[0].read = vec![
        read("ho_ten", "NGUYỄN THỊ VÍ DỤNG", false),
        read("ngay_sinh", "1990-01-15", true),
    ];
    let document = dossier_in.documents[0].document;
    counter.hears(&dossier_in).await;
    let officer = counter.officer();
    let page = counter
        .stage
        .get(&format!("/desk/view/{}", dossier(1)), Some(&officer))
        .await
        .text();
    assert_eq!(page.matches("Khác</span>").count(), 1, "{page}");
    assert_eq!(page.matches("Khớp</span>").count(), 1, "{page}");
    assert!(page.contains("NGUYỄN THỊ VÍ DỤNG"));
    assert_eq!(page.matches("máy đọc, chưa chắc").count(), 1, "{page}");
    assert!(page.contains(&format!("/scan/documents/{document}/pages/2/preview")));
}
