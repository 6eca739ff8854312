//! The operators' pages: what is parked is seen, shown, replayed and given up, and none of it without a trace.

use axum::{
    body::Body,
    http::{Method, Request},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use testkit::{Answer, Stage};

use crate::sample::{Mood, POISON, echo, effects, fee, till};

const LIST: &str = "/till/ops/parked";
/// The person in every parked `RequestFee`.
const PERSON: &str = "Nguyễn Thị Ví Dụ";

/// An operator with a browser.
struct Browser<'a> {
    stage: &'a Stage,
    token: String,
    site: &'static str,
}

impl<'a> Browser<'a> {
    fn new(stage: &'a Stage) -> Self {
        let (token, site) = (stage.operator(), "same-origin");
        Self { stage, token, site }
    }

    async fn go(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("accept", "text/html,*/*")
            .header("cookie", format!("motcua_session={}", self.token))
            .header("sec-fetch-site", self.site)
            .header("content-type", "application/x-www-form-urlencoded");
        self.stage
            .request(request.body(Body::from(body)).unwrap())
            .await
    }

    async fn see(&self, path: &str) -> String {
        let answer = self.go(Method::GET, path, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/html"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        answer.text()
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.go(Method::POST, path, form).await
    }
}

async fn with_poison(count: usize) -> Stage {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    for _ in 0..count {
        stage.say("desk", &fee(POISON)).await;
    }
    stage.settle().await;
    stage
}

async fn one(stage: &Stage) -> String {
    format!("{LIST}/{}", stage.parked("till").await[0].id)
}

/// The trail of all messages, newest first, as action and note.
async fn trail(stage: &Stage) -> Vec<(String, String)> {
    let rows = stage
        .get(&format!("{LIST}/audit"), Some(&stage.operator()))
        .await
        .json();
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (text(row, "action"), text(row, "note")))
        .collect()
}

fn entry(action: &str, note: &str) -> (String, String) {
    (action.to_owned(), note.to_owned())
}

#[tokio::test]
async fn the_list_shows_fifty_a_page_and_can_be_narrowed_to_a_kind() {
    let mut stage = with_poison(52).await;
    let mut newer = stage.seal("desk", &fee(1));
    newer.wire = "payment.request-fee.v2".to_owned();
    newer.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    stage.deliver(newer).await;
    stage.settle().await;
    let browser = Browser::new(&stage);

    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    let first = browser.see(LIST).await;
    assert_eq!(rows(&first), 50);
    // The head names the operator, whose name on a stage is everybody's.
    let main = first.split("<main").nth(1).unwrap();
    assert!(main.contains("thirteen is not served here") && !main.contains(PERSON));
    assert!(first.contains("Tất cả (53)") && first.contains("payment.request-fee.v1 (52)"));
    assert!(!first.contains("rel=\"prev\""));
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let next = next.replace("&#38;", "&").replace("&amp;", "&");
    let second = browser.see(&format!("{LIST}{next}")).await;
    assert_eq!(rows(&second), 3);
    assert!(second.contains("rel=\"prev\"") && !second.contains("rel=\"next\""));

    let narrowed = browser
        .see(&format!("{LIST}?kind=payment.request-fee.v2"))
        .await;
    assert_eq!(rows(&narrowed), 1);
    assert!(narrowed.contains("0af7651916cd43dd8448eb211c80319c"));
    assert!(narrowed.contains("<option value=\"payment.request-fee.v2\" selected>"));

    let operator = stage.operator();
    let path = format!("{LIST}?kind=payment.request-fee.v1&page=2&limit=40");
    let page = stage.get(&path, Some(&operator)).await.json();
    assert_eq!(page.as_array().map(Vec::len), Some(12));
    let wrong = stage
        .get(&format!("{LIST}?limit=all"), Some(&operator))
        .await;
    assert_eq!(
        (wrong.status.as_u16(), &wrong.json()["errors"][0]["field"]),
        (422, &json!("limit"))
    );
}

#[tokio::test]
async fn a_body_is_masked_until_show_is_pressed_and_each_look_is_written_down() {
    let stage = with_poison(1).await;
    let (browser, one) = (Browser::new(&stage), one(&stage).await);
    let body = |page: &str| {
        page.split("<pre>")
            .nth(1)
            .unwrap()
            .split("</pre>")
            .next()
            .unwrap()
            .to_owned()
    };

    let masked = browser.see(&one).await;
    assert!(!body(&masked).contains(PERSON), "{masked}");
    assert!(
        body(&masked).contains("payer_name") && body(&masked).contains("H15.50.05.13-261008-0975")
    );
    assert!(masked.contains("Xem, đã che (inspect)") && !masked.contains("Xem đầy đủ (show)</td>"));

    let whole = browser.post(&format!("{one}/page/show"), &[]).await;
    assert_eq!(whole.status, 200);
    assert!(body(&whole.text()).contains(PERSON));
    assert!(
        whole.text().contains("Xem đầy đủ (show)</td>"),
        "its own trail shows that it was looked at"
    );

    let operator = stage.operator();
    let masked = stage.get(&one, Some(&operator)).await;
    assert!(!masked.text().contains(PERSON) && masked.text().contains("payer_name"));
    let whole = stage
        .get(&format!("{one}?show=true"), Some(&operator))
        .await;
    assert!(whole.text().contains(PERSON));

    let looks = [("show", ""), ("inspect", ""), ("show", ""), ("inspect", "")];
    assert_eq!(
        trail(&stage).await,
        looks.map(|(action, note)| entry(action, note))
    );
    let rows = stage
        .get(&format!("{LIST}/audit"), Some(&operator))
        .await
        .json();
    assert_eq!(rows[0]["actor"], Stage::account("an operator").to_string());
    assert_eq!(rows[0]["actor_name"], PERSON);
    assert_eq!(rows[0]["body_sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_message_is_replayed_by_a_button_and_two_presses_are_one_act() {
    let mut stage = Stage::with(vec![till(&Mood::default()), echo()]).await;
    let mut torn = stage.seal("desk", &fee(1));
    let whole = torn.body.clone();
    torn.body.truncate(20);
    stage.deliver(torn.clone()).await;
    stage.settle().await;
    let one = one(&stage).await;
    let rows = stage.app("till").db().reads();
    let envelope = chassis::Envelope {
        body: whole,
        ..torn
    };
    let mended = serde_json::to_string(&envelope).unwrap();
    let sql = Statement::from_sql_and_values(
        rows.get_database_backend(),
        "UPDATE parked SET envelope = $1",
        [mended.into()],
    );
    rows.execute_raw(sql).await.unwrap();

    let browser = Browser::new(&stage);
    let page = browser.see(&one).await;
    let key = page
        .split("name=\"key\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(key.ends_with("-replay"));
    let path = format!("{one}/page/replay");
    let empty = browser.post(&path, &[("key", key), ("note", "  ")]).await;
    assert_eq!(empty.status, 422, "a reason is asked for");
    assert!(empty.text().contains("<b>note</b>"), "{}", empty.text());
    for _ in 0..2 {
        let done = browser
            .post(&path, &[("key", key), ("note", "đã sửa bên gửi")])
            .await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, LIST));
    }
    let list = browser.see(LIST).await;
    assert!(list.contains("Không có thông điệp nào") && list.contains("đã sửa bên gửi"));
    assert_eq!(
        trail(&stage).await,
        [entry("replay", "đã sửa bên gửi"), entry("inspect", "")]
    );
    stage.settle().await;
    assert_eq!(effects(stage.app("till")).await, 1);
}

#[tokio::test]
async fn a_message_is_given_up_by_a_button_but_not_by_another_site() {
    let stage = with_poison(1).await;
    let (mut browser, one) = (Browser::new(&stage), one(&stage).await);
    let path = format!("{one}/page/discard");
    let form = [("key", "a-key"), ("note", "thông điệp thử")];
    browser.site = "cross-site";
    assert_eq!(browser.post(&path, &form).await.status, 403);
    assert_eq!(
        browser.post(&format!("{one}/page/show"), &[]).await.status,
        403
    );
    assert_eq!(stage.parked("till").await.len(), 1);
    browser.site = "same-origin";
    assert_eq!(browser.post(&path, &form).await.status, 303);
    assert!(stage.parked("till").await.is_empty());
    assert_eq!(browser.go(Method::GET, &one, &[]).await.status, 404);
    let message = one.rsplit('/').next().unwrap();
    let gone = browser
        .see(&format!("{LIST}/audit?message={message}"))
        .await;
    assert!(
        gone.contains("Hủy bỏ (discard)")
            && gone.contains("thông điệp thử")
            && gone.contains(PERSON)
    );
}

#[tokio::test]
async fn the_pages_are_for_operators_alone() {
    let stage = with_poison(1).await;
    let (mut browser, one) = (Browser::new(&stage), one(&stage).await);
    browser.token = stage.officer();
    for path in [LIST, &format!("{LIST}/audit"), &one] {
        assert_eq!(
            browser.go(Method::GET, path, &[]).await.status,
            403,
            "{path}"
        );
    }
    assert_eq!(
        browser.post(&format!("{one}/page/show"), &[]).await.status,
        403
    );
    browser.token = String::new();
    let asked = browser.go(Method::GET, LIST, &[]).await;
    assert_eq!(
        (asked.status.as_u16(), asked.header("location")),
        (303, "/identity/sign-in?back=%2Ftill%2Fops%2Fparked")
    );
    assert!(trail(&stage).await.is_empty());
}

#[tokio::test]
async fn nobody_changes_or_removes_a_row_of_the_audit() {
    let stage = with_poison(1).await;
    Browser::new(&stage).see(&one(&stage).await).await;
    let rows = stage.app("till").db().reads();
    for sql in [
        "UPDATE parked_audit SET actor = 'nobody'",
        "DELETE FROM parked_audit",
    ] {
        let refused = rows.execute_unprepared(sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(trail(&stage).await, [entry("inspect", "")]);
}
