//! What owners keep for later dossiers, and until when it is valid.

use std::time::Duration;

use axum::http::{Request, StatusCode};
use contracts::{
    DocumentId,
    scan::{PaperKept, PaperReleased, ReadDocument},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use testkit::{Answer, Stage};
use uuid::Uuid;

use super::{
    ANOTHER, FORM, ONE, PHOTO,
    common::{END, form, with_paper},
    id, kept,
    record::{enclosed, record},
    stage, verdicts,
};

pub const KIND: &str = "giay-to-quan-he";

/// Sends what the stage's shorthands have no word for.
async fn send(stage: &Stage, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from(body));
    stage.request(request.unwrap()).await
}

/// An upload of that kind, checked.
pub async fn given(
    stage: &mut Stage,
    who: &str,
    kind: &str,
    name: &str,
    bytes: &[u8],
) -> DocumentId {
    let fields = [("kind", None, kind.as_bytes()), ("file", Some(name), bytes)];
    let answer = form(stage, who, &fields, END).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    stage.settle().await;
    id(&answer)
}

pub async fn consent(stage: &mut Stage, who: &str, method: &str, document: DocumentId) -> Answer {
    let path = format!("/scan/papers/{document}/consent");
    let answer = send(stage, method, &path, &stage.citizen(who), None).await;
    stage.settle().await;
    answer
}

pub async fn paper(stage: &Stage, document: DocumentId) -> Value {
    let path = format!("/scan/papers/{document}");
    stage.get(&path, Some(&stage.citizen(ONE))).await.json()
}

async fn list(stage: &Stage, who: &str) -> Vec<Value> {
    let answer = stage.get("/scan/papers", Some(&stage.citizen(who))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["papers"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test]
async fn nothing_is_kept_unless_its_owner_says_so_and_they_may_take_that_back() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "Giấy khai sinh.pdf", FORM).await;
    assert_eq!(paper(&stage, document).await["standing"], "not_kept");
    assert!(
        stage.said::<PaperKept>("scan").await.is_empty(),
        "it is off by default"
    );

    for _ in 0..2 {
        let answer = consent(&mut stage, ONE, "PUT", document).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    }
    let said = stage.said::<PaperKept>("scan").await;
    let [kept] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!((kept.document, kept.owner), (document, Stage::account(ONE)));
    assert_eq!((&*kept.kind, &*kept.name), (KIND, "Giấy khai sinh.pdf"));
    assert_eq!(
        (kept.revision, kept.valid_until, kept.first_dossier),
        (1, None, None)
    );
    let seen = paper(&stage, document).await;
    assert_eq!(
        (&seen["standing"], &seen["origin"], &seen["kind_vi"]),
        (
            &"kept".into(),
            &"uploaded".into(),
            &"Giấy tờ chứng minh quan hệ thân thích".into()
        )
    );

    for _ in 0..2 {
        let answer = consent(&mut stage, ONE, "DELETE", document).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    let said = stage.said::<PaperReleased>("scan").await;
    assert_eq!(said.iter().map(|it| it.revision).collect::<Vec<_>>(), [2]);
    assert_eq!(paper(&stage, document).await["standing"], "not_kept");
    let owner = |deed: &str| (deed.to_owned(), "owner".to_owned());
    assert_eq!(
        record(&stage, document).await,
        [owner("released"), owner("kept")]
    );
    assert_eq!(stage.said::<ReadDocument>("scan").await.len(), 1);
}

#[tokio::test]
async fn what_was_made_for_one_dossier_or_is_not_accepted_is_not_kept() {
    let mut stage = stage().await;
    let application = given(&mut stage, ONE, "to-khai", "a.pdf", FORM).await;
    let refused = consent(&mut stage, ONE, "PUT", application).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let problem = refused.json();
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|why| why.contains("riêng cho một hồ sơ")),
        "{problem}"
    );
    assert!(
        problem["detail_en"]
            .as_str()
            .is_some_and(|why| why.contains("one dossier"))
    );
    assert_eq!(paper(&stage, application).await["standing"], "one_dossier");

    let broken = given(&mut stage, ONE, KIND, "b.jpg", super::CUT).await;
    assert_eq!(
        consent(&mut stage, ONE, "PUT", broken).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        list(&stage, ONE).await.len(),
        1,
        "what is rejected is no paper to keep"
    );
}

#[tokio::test]
async fn two_people_never_see_or_touch_each_others_papers() {
    let mut stage = stage().await;
    let mine = given(&mut stage, ONE, KIND, "a.pdf", FORM).await;
    let theirs = given(&mut stage, ANOTHER, KIND, "a.pdf", FORM).await;
    assert_ne!(
        mine, theirs,
        "the same bytes of two people are two documents"
    );
    assert_eq!(kept(&stage), 1, "of one file");
    consent(&mut stage, ONE, "PUT", mine).await;
    let stranger = stage.citizen(ANOTHER);
    for (method, path, body) in [
        ("GET", "", None),
        ("GET", "/record", None),
        ("PUT", "/consent", None),
        ("DELETE", "/consent", None),
        (
            "PUT",
            "/validity",
            Some(json!({ "valid_until": "2027-01-01" })),
        ),
        ("DELETE", "", None),
    ] {
        let path = format!("/scan/papers/{mine}{path}");
        let answer = send(&stage, method, &path, &stranger, body.clone()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        // Nor is it an officer's business what somebody keeps.
        let answer = send(&stage, method, &path, &stage.officer(), body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    let ids = async |who| {
        let papers = list(&stage, who).await;
        papers.iter().map(|it| it["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(ONE).await, [json!(mine)]);
    assert_eq!(ids(ANOTHER).await, [json!(theirs)]);
    assert_eq!(paper(&stage, mine).await["standing"], "kept");
}

/// A stage in whose catalogue papers of this kind are good for six months.
async fn where_they_expire() -> (Stage, tempfile::TempDir) {
    with_paper(KIND, |text| format!("{text}validity: {{ months: 6 }}\n")).await
}

#[tokio::test]
async fn a_paper_expires_by_its_kind_or_sooner_by_its_owners_word() {
    let (mut stage, _folder) = where_they_expire().await;
    let document = given(&mut stage, ONE, KIND, "a.pdf", FORM).await;
    consent(&mut stage, ONE, "PUT", document).await;
    let date = async |stage: &Stage, until: Value| {
        let path = format!("/scan/papers/{document}/validity");
        let body = json!({ "valid_until": until });
        send(stage, "PUT", &path, &stage.citizen(ONE), Some(body)).await
    };
    let too_late = date(&stage, "2027-04-09".into()).await;
    assert_eq!(too_late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        too_late.text().contains("08/04/2027"),
        "{}",
        too_late.text()
    );
    assert_eq!(
        date(&stage, "2026-10-31".into()).await.status,
        StatusCode::NO_CONTENT
    );
    stage.settle().await;
    let said = stage.said::<PaperKept>("scan").await;
    let told: Vec<_> = said
        .iter()
        .map(|kept| kept.valid_until.unwrap().to_string())
        .collect();
    assert_eq!(told, ["2027-04-08", "2026-10-31"]);
    // Its last day is 31 October in Vietnam; the stage began at 09:15 on the 8th.
    for (hours, standing) in [(23 * 24, "kept"), (15, "expired")] {
        stage.advance(Duration::from_hours(hours)).await;
        assert_eq!(paper(&stage, document).await["standing"], standing);
    }
    assert_eq!(
        date(&stage, Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
    let seen = paper(&stage, document).await;
    assert_eq!(
        (&seen["standing"], &seen["valid_until"]),
        (&"kept".into(), &"2027-04-08".into())
    );
    stage.advance(Duration::from_hours(200 * 24)).await;
    assert_eq!(paper(&stage, document).await["standing"], "expired");
    assert_eq!(
        stage.said::<PaperReleased>("scan").await.len(),
        0,
        "others can count days too"
    );
    // Consent is taken back at any time, that of an expired paper too.
    for path in [
        "/scan/papers".to_owned(),
        format!("/scan/papers/{document}"),
    ] {
        let request = Request::get(&path)
            .header("accept", "text/html")
            .header("cookie", format!("motcua_session={}", stage.citizen(ONE)))
            .body(axum::body::Body::empty());
        let page = stage.request(request.unwrap()).await.text();
        assert!(page.contains("Đã hết hạn"), "{page}");
        assert!(page.contains(&format!("{document}/release")), "{page}");
    }
    assert_eq!(
        consent(&mut stage, ONE, "DELETE", document).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(stage.said::<PaperReleased>("scan").await.len(), 1);
}

#[tokio::test]
async fn a_paper_off_the_list_is_kept_no_more_its_record_stays_and_it_comes_back_when_it_is_sent_again()
 {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "a.pdf", FORM).await;
    consent(&mut stage, ONE, "PUT", document).await;
    let path = format!("/scan/papers/{document}");
    let citizen = stage.citizen(ONE);
    assert_eq!(
        send(&stage, "DELETE", &path, &citizen, None).await.status,
        StatusCode::NO_CONTENT
    );
    stage.settle().await;
    assert!(list(&stage, ONE).await.is_empty());
    assert_eq!(stage.said::<PaperReleased>("scan").await.len(), 1);
    assert_eq!(
        consent(&mut stage, ONE, "PUT", document).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(paper(&stage, document).await["removed"], true);
    let owner = |deed: &str| (deed.to_owned(), "owner".to_owned());
    assert_eq!(
        record(&stage, document).await,
        [owner("removed"), owner("kept")]
    );

    assert_eq!(given(&mut stage, ONE, KIND, "a.pdf", FORM).await, document);
    assert_eq!(list(&stage, ONE).await.len(), 1);
    assert_eq!(
        paper(&stage, document).await["standing"],
        "not_kept",
        "consent is not guessed"
    );
    assert_eq!(verdicts(&stage).await.len(), 1, "and it was read once");
}

#[tokio::test]
async fn a_long_list_comes_in_parts() {
    let stage = stage().await;
    let rows = stage.app("scan").db().reads();
    let owner = Stage::account(ONE).0.simple();
    for number in 0..45 {
        let sql = format!(
            "INSERT INTO documents (id, owner, kind, name, sha256, bytes, media_type, state, stored_at) VALUES \
             (X'{number:032x}', X'{owner}', '{KIND}', 'a.pdf', '{number:064x}', 1, 'application/pdf', 'accepted', '2026-10-01 00:00:{number:02}+00:00')"
        );
        rows.execute_unprepared(&sql).await.unwrap();
    }
    let (mut skip, mut seen) = (Some(0), Vec::new());
    while let Some(from) = skip {
        let answer = stage
            .get(
                &format!("/scan/papers?skip={from}"),
                Some(&stage.citizen(ONE)),
            )
            .await;
        let part = answer.json();
        seen.extend(
            part["papers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].clone()),
        );
        skip = part["older"].as_u64();
    }
    let expected: Vec<_> = (0..45)
        .rev()
        .map(|number| json!(Uuid::from_u128(number)))
        .collect();
    assert_eq!(seen, expected);
}

/// The pages do the same by posted forms alone.
#[tokio::test]
async fn on_the_pages_a_paper_is_kept_dated_released_and_removed_by_buttons() {
    let mut stage = stage().await;
    let document = given(&mut stage, ONE, KIND, "Giấy khai sinh.pdf", FORM).await;
    let application = given(&mut stage, ONE, "to-khai", "a.jpg", PHOTO).await;
    for paper in [document, application] {
        stage.say("intake", &enclosed(&stage, 7, paper, 0)).await;
    }
    stage.settle().await;
    let cookie = format!("motcua_session={}", stage.citizen(ONE));
    let go = async |method: &str, path: &str, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &cookie)
            .body(axum::body::Body::from(body));
        stage.request(request.unwrap()).await
    };
    let own = format!("/scan/papers/{document}");
    let page = go("GET", "/scan/papers", "").await.text();
    for words in [
        "Giấy tờ chứng minh quan hệ thân thích",
        "Giấy khai sinh.pdf",
        "Không giữ",
        "Cấp bản sao trích lục hộ tịch",
        ">Tờ khai cấp bản sao trích lục hộ tịch</a>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("<script"));
    let kept = go(
        "POST",
        &format!("{own}/keep"),
        "key=a&back=/intake/dossiers/1/papers%23documents.x",
    )
    .await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
    let back = format!("/intake/dossiers/1/papers?kept={document}#documents.x");
    assert_eq!(kept.header("location"), back);
    assert!(
        go("GET", "/scan/papers", "")
            .await
            .text()
            .contains("Đang giữ")
    );
    let elsewhere = go(
        "POST",
        &format!("{own}/keep"),
        "key=b&back=https://elsewhere.example/",
    )
    .await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);

    let dated = go(
        "POST",
        &format!("{own}/date"),
        "key=c&valid_until=2026-12-31",
    )
    .await;
    assert_eq!(dated.header("location"), own);
    let page = go("GET", &own, "").await.text();
    for words in [
        "đến hết ngày 31/12/2026",
        "Thôi giữ",
        "Nộp cùng hồ sơ",
        "Đồng ý giữ để dùng lại",
        "Ghi lại hạn dùng",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let wrong = go("POST", &format!("{own}/date"), "key=d&valid_until=mai").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    for _ in 0..2 {
        let released = go("POST", &format!("{own}/release"), "key=e").await;
        assert_eq!(released.header("location"), own);
    }
    assert!(go("GET", &own, "").await.text().contains("Không giữ"));
    let removed = go("POST", &format!("{own}/remove"), "key=f").await;
    assert_eq!(removed.header("location"), "/scan/papers");
    let page = go("GET", "/scan/papers", "").await.text();
    assert!(!page.contains(&own), "{page}");
    assert!(
        go("GET", &own, "")
            .await
            .text()
            .contains("Bạn đã bỏ giấy tờ này")
    );
}
