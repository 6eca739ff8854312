//! Signals against forged dossiers: officers see and note them, and they change nothing that may be done.

use chassis::{audit, auth::Role};
use contracts::{
    DossierId,
    intake::{Signal, SignalLevel, SignalsFound},
};
use serde_json::{Value, json};

use crate::counter::{
    Counter, EXTRACT, MARITAL, assessed, dossier, examined, grant, handed_over, paid, submitted,
};

/// What intake found about the `n`th dossier.
fn found(n: u128, revision: u32, score: u8, level: SignalLevel) -> SignalsFound {
    SignalsFound {
        dossier: dossier(n),
        revision,
        score,
        level,
        signals: vec![Signal {
            code: "file_spread".to_owned(),
            weight: score,
            why_vi: format!("Tệp «Tờ khai» giống hệt tệp trong hồ sơ của {score} người khác."),
            why_en: "The very file.".to_owned(),
            advice_vi: "Yêu cầu bản chính.".to_owned(),
            advice_en: "Ask for the original.".to_owned(),
            dossiers: vec![dossier(2), dossier(99)],
        }],
        found_at: crate::counter::at("2026-10-08 09:01"),
    }
}

fn high(n: u128) -> SignalsFound {
    found(n, 1, 100, SignalLevel::High)
}

async fn page(counter: &Counter, path: &str) -> String {
    let answer = counter.stage.get(path, Some(&counter.officer())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn what_was_found_stands_at_the_top_of_the_page_in_words_and_in_the_data() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(2, EXTRACT)).await;
    counter.hears(&high(1)).await;
    counter.hears(&submitted(1, EXTRACT)).await;

    let data = counter.item(1).await;
    assert_eq!(data["attention"], json!({ "score": 100, "level": "high" }));
    let signals = &data["signals"];
    assert_eq!(signals["revision"], 1);
    assert_eq!(signals["signals"][0]["code"], "file_spread");
    assert_eq!(
        signals["signals"][0]["dossiers"],
        json!([{ "dossier": dossier(2), "code": null }]),
        "what is filed elsewhere is not named"
    );

    let view = page(&counter, &format!("/desk/view/{}", dossier(1))).await;
    let top = view
        .find("Dấu hiệu cần đối chiếu: mức cao (100/100)")
        .unwrap();
    assert!(top < view.find("<dt>Thủ tục</dt>").unwrap());
    for text in [
        "Chưa có cán bộ nào xem",
        "không phải căn cứ để từ chối",
        "giống hệt tệp trong hồ sơ của 100 người khác.",
        "Yêu cầu bản chính.",
        &format!("href=\"/desk/view/{}\"", dossier(2)),
    ] {
        assert!(view.contains(text), "{text}: {view}");
    }
    assert!(!view.contains(&dossier(99).to_string()));
    let other = page(&counter, &format!("/desk/view/{}", dossier(2))).await;
    assert!(!other.contains("Dấu hiệu cần đối chiếu"), "{other}");
    assert_eq!(counter.item(2).await["attention"], Value::Null);
}

#[tokio::test]
async fn the_latest_word_counts_in_whatever_order_they_come() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let mut nothing = found(1, 3, 0, SignalLevel::None);
    nothing.signals.clear();
    for heard in [
        found(1, 2, 40, SignalLevel::Medium),
        nothing,
        found(1, 1, 15, SignalLevel::Low),
    ] {
        counter.hears(&heard).await;
    }
    let data = counter.item(1).await;
    assert_eq!(data["attention"], json!({ "score": 0, "level": "none" }));
    let view = page(&counter, &format!("/desk/view/{}", dossier(1))).await;
    assert!(view.contains("Không có dấu hiệu cần đối chiếu"), "{view}");
}

#[tokio::test]
async fn lists_are_narrowed_and_sorted_by_signals() {
    let mut counter = Counter::open().await;
    for n in 1..=4 {
        counter.hears(&submitted(n, EXTRACT)).await;
    }
    counter.hears(&found(2, 1, 15, SignalLevel::Low)).await;
    counter.hears(&found(3, 1, 100, SignalLevel::High)).await;
    counter.hears(&found(4, 1, 45, SignalLevel::Medium)).await;
    let token = counter.officer();
    for (asked, expected) in [
        ("", vec![1, 2, 3, 4]),
        ("?sort=signals", vec![3, 4, 2, 1]),
        ("?signals=low", vec![2, 3, 4]),
        ("?signals=medium&sort=signals", vec![3, 4]),
        ("?signals=high&state=awaiting_assessment", vec![3]),
        ("?signals=high&state=received", vec![]),
    ] {
        let list = counter
            .stage
            .get(&format!("/desk/dossiers{asked}"), Some(&token))
            .await;
        let list = list.json();
        let ids = list
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["dossier"].clone());
        let expected: Vec<Value> = expected.into_iter().map(|n| json!(dossier(n))).collect();
        assert_eq!(ids.collect::<Vec<_>>(), expected, "{asked}");
        let page = page(&counter, &format!("/desk/{asked}")).await;
        let shown = (1..=4).filter(|n| page.contains(&dossier(*n).to_string()));
        assert_eq!(shown.count(), expected.len(), "{asked}");
    }
    let list = page(&counter, "/desk/?signals=high&sort=signals").await;
    assert!(
        list.contains("cao (100/100)") && list.contains("nhiều nhất xếp trước"),
        "{list}"
    );
    for wrong in ["?signals=none", "?signals=much", "?sort=name"] {
        let answer = counter
            .stage
            .get(&format!("/desk/dossiers{wrong}"), Some(&token))
            .await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn an_officer_notes_what_they_found_once_and_on_record() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&high(1)).await;
    let officer = counter.person("Lê Văn An", &[Role::Officer]);
    let view = format!("/desk/view/{}", dossier(1));
    let form =
        "key=k&revision=1&finding=originals_checked&note=%C4%90%C3%A3+xem+b%E1%BA%A3n+ch%C3%ADnh";
    for _ in 0..2 {
        let pressed = counter
            .press(&format!("{view}/signals"), &officer, form)
            .await;
        assert_eq!(
            (pressed.status.as_u16(), pressed.header("location")),
            (303, &*view)
        );
    }
    let suspected = json!({ "revision": 1, "finding": "forgery_suspected", "note": "Dấu mờ." });
    let answer = counter.act(1, "signals", &officer, &suspected).await;
    assert_eq!(answer.status, 200, "{}", answer.text());

    let notes = counter.item(1).await["signals"]["notes"].clone();
    let findings: Vec<&Value> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| &note["finding"])
        .collect();
    assert_eq!(findings, ["originals_checked", "forgery_suspected"]);
    let seen = page(&counter, &view).await;
    for text in [
        "Cán bộ đã xem các dấu hiệu này",
        "Đã xem bản chính",
        "nghi giả mạo",
        "Dấu mờ.",
    ] {
        assert!(seen.contains(text), "{text}: {seen}");
    }
    let register = counter.register(1).await;
    assert!(
        register.contains(&"Nguyễn Thị Ví Dụ: note_papers → awaiting_assessment".to_owned()),
        "{register:?}"
    );
    let db = counter.stage.app("desk").db();
    let entries = audit::entries(db, Some(dossier(1).0), 0, 100)
        .await
        .unwrap();
    let on_record: Vec<_> = entries
        .iter()
        .filter(|entry| entry.action == "desk.papers-looked-at")
        .collect();
    assert_eq!(on_record.len(), 2);
    assert_eq!(
        on_record[0].detail,
        "{\"finding\":\"forgery_suspected\",\"signals\":1}"
    );

    counter.hears(&found(1, 2, 90, SignalLevel::High)).await;
    let stale = counter.act(1, "signals", &officer, &suspected).await;
    assert_eq!(stale.status, 409, "nobody notes what they have not seen");
    let seen = page(&counter, &view).await;
    assert!(
        seen.contains("Chưa có cán bộ nào xem") && seen.contains("trước khi có dấu hiệu mới"),
        "{seen}"
    );
}

#[tokio::test]
async fn what_an_officer_notes_is_checked_and_needs_no_signals() {
    let mut counter = Counter::open().await;
    counter.hears(&submitted(1, EXTRACT)).await;
    let officer = counter.officer();
    let right = json!({ "revision": 0, "finding": "forgery_suspected", "note": "Dấu mờ." });
    for (field, value) in [
        ("finding", json!("fake")),
        ("note", json!(" ")),
        ("revision", json!(-1)),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value;
        assert_eq!(
            counter.act(1, "signals", &officer, &wrong).await.status,
            422,
            "{field}"
        );
    }
    assert_eq!(
        counter.act(9, "signals", &officer, &right).await.status,
        404
    );
    let citizen = counter.person("Nguyễn Thị Ví Dụ", &[Role::Citizen]);
    assert_eq!(
        counter.act(1, "signals", &citizen, &right).await.status,
        403
    );
    assert_eq!(
        counter.act(1, "signals", &officer, &right).await.status,
        200
    );
    let seen = page(&counter, &format!("/desk/view/{}", dossier(1))).await;
    assert!(
        seen.contains("nghi giả mạo") && seen.contains("Dấu mờ."),
        "{seen}"
    );
}

/// Takes an extract from filing to its result, and a certificate to its refusal, and tells every step.
async fn course(signals: bool) -> (Vec<String>, Vec<String>) {
    let mut counter = Counter::open().await;
    if signals {
        counter.hears(&high(1)).await;
        counter.hears(&high(2)).await;
    }
    counter.hears(&submitted(1, EXTRACT)).await;
    counter.hears(&assessed(1, 1, &[])).await;
    counter.does(1, "take", &json!({})).await;
    if signals {
        let suspected = json!({ "revision": 1, "finding": "forgery_suspected", "note": "Dấu mờ." });
        counter.does(1, "signals", &suspected).await;
    }
    counter.does(1, "receive", &json!({})).await;
    counter.hears(&paid(1)).await;
    counter.hears(&examined(1, 1, grant())).await;
    counter.does(1, "sign-off", &json!({})).await;
    counter.hears(&handed_over(1)).await;

    counter.hears(&submitted(2, MARITAL)).await;
    counter.does(2, "receive", &json!({})).await;
    let refusal = json!({ "outcome": "refused", "reason": "Chưa đủ điều kiện." });
    counter.does(2, "decide", &refusal).await;
    counter.does(2, "sign-off", &json!({})).await;
    assert!(counter.parked().await.is_empty());
    let mut steps = counter.register(1).await;
    steps.extend(counter.register(2).await);
    steps.retain(|step| !step.contains("note_papers"));
    (steps, counter.said().await)
}

#[tokio::test]
async fn the_highest_score_goes_through_every_act_like_no_score_at_all() {
    let (plain, with) = (course(false).await, course(true).await);
    assert!(
        plain
            .0
            .iter()
            .any(|step| step.ends_with("hand_over → returned"))
    );
    assert_eq!(plain, with);
}

#[tokio::test]
async fn signals_of_a_dossier_that_never_comes_wait_and_do_no_harm() {
    let mut counter = Counter::open().await;
    counter.hears(&high(7)).await;
    assert!(counter.parked().await.is_empty());
    let path = format!("/desk/view/{}", DossierId(dossier(7).0));
    assert_eq!(
        counter
            .stage
            .get(&path, Some(&counter.officer()))
            .await
            .status,
        404
    );
}
