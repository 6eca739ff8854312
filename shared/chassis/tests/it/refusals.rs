//! What is refused at the edge: which field, why, in both languages, and when to come again.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use chassis::{
    App, Service,
    http::{Answer, Form, Json, Path, Problem, Query},
};
use contracts::{Delivery, DossierId, PhoneNumber, Text, Vnd};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::Stage;
use utoipa_axum::router::OpenApiRouter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Order {
    payer: Payer,
    #[serde(default)]
    lines: Vec<Vnd>,
    way: Option<Delivery>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Payer {
    phone: PhoneNumber,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only how it is read matters")]
struct Note {
    note: Text,
    copies: Option<u8>,
}

fn routes() -> OpenApiRouter<App> {
    use axum::routing::{get, post};
    async fn refuses(Path(how): Path<String>) -> Problem {
        match how.as_str() {
            "429" => Problem::new(StatusCode::TOO_MANY_REQUESTS, "Chậm lại", "Slower"),
            "429-a-minute" => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "Chậm lại", "Slower").retry_after(60)
            }
            "503" => Problem::unavailable(),
            "409-in-progress" => Problem::in_progress("Đang làm", "Being done"),
            _ => Problem::conflict("Không được", "No"),
        }
    }
    OpenApiRouter::new()
        .route("/edge/json", post(async |_: Json<Order>| Answer::nothing()))
        .route("/edge/form", post(async |_: Form<Note>| Answer::nothing()))
        .route(
            "/edge/search",
            get(async |_: Query<Note>| Answer::nothing()),
        )
        .route(
            "/edge/dossiers/{id}",
            get(async |_: Path<DossierId>| Answer::nothing()),
        )
        .route(
            "/edge/phones/{phone}",
            get(async |_: Path<PhoneNumber>| Answer::nothing()),
        )
        .route(
            "/edge/pages/{book}/{page}",
            get(async |_: Path<(String, u16)>| Answer::nothing()),
        )
        .route("/edge/refuses/{how}", get(refuses))
}

async fn stage() -> Stage {
    Stage::with(vec![Service::new("edge").serves(routes)]).await
}

async fn posted(
    stage: &Stage,
    path: &str,
    kind: Option<&str>,
    body: impl Into<Body>,
) -> testkit::Answer {
    let mut request = Request::builder().method(Method::POST).uri(path);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    stage.request(request.body(body.into()).unwrap()).await
}

async fn json(stage: &Stage, body: &str) -> testkit::Answer {
    posted(
        stage,
        "/edge/json",
        Some("application/json; charset=utf-8"),
        body.to_owned(),
    )
    .await
}

/// The only field that is wrong.
fn only(answer: &testkit::Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(1),
        "{problem}"
    );
    problem["errors"][0].clone()
}

#[tokio::test]
async fn a_value_that_refuses_itself_is_named_with_its_reason_in_both_languages() {
    let stage = stage().await;
    let good = r#"{ "payer": { "phone": "0912345678" } }"#;
    assert_eq!(json(&stage, good).await.status, 204);
    let answer = json(&stage, r#"{ "payer": { "phone": "113" } }"#).await;
    assert_eq!(answer.status, 422);
    let reason = "113".parse::<PhoneNumber>().unwrap_err();
    assert_eq!(
        only(&answer),
        json!({ "field": "payer.phone", "vi": reason.vi, "en": reason.en })
    );
    let answer = json(
        &stage,
        r#"{ "payer": { "phone": "0912345678" }, "lines": [1, -1] }"#,
    )
    .await;
    let reason = Vnd::new(-1).unwrap_err();
    assert_eq!(
        only(&answer),
        json!({ "field": "lines[1]", "vi": reason.vi, "en": reason.en })
    );
}

#[tokio::test]
async fn a_field_that_is_missing_unknown_or_of_another_kind_is_named() {
    let stage = stage().await;
    for (body, field, vi, en) in [
        (
            r#"{ "payer": {} }"#,
            "payer.phone",
            "Thiếu mục này",
            "This field is missing",
        ),
        (
            r#"{ "payeur": {} }"#,
            "payeur",
            "Không có mục này. Các mục: payer, lines, way",
            "There is no such field. The fields: payer, lines, way",
        ),
        (
            r#"{ "payer": { "phone": 912345678 } }"#,
            "payer.phone",
            "Cần một chuỗi ký tự",
            "A string is expected",
        ),
        (
            r#"{ "payer": { "phone": "0912345678" }, "way": 7 }"#,
            "way",
            "Cần một trong các giá trị cho trước",
            "One of the given values is expected",
        ),
    ] {
        let answer = json(&stage, body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(only(&answer), json!({ "field": field, "vi": vi, "en": en }));
    }
    let whole = json(&stage, "7").await;
    assert_eq!(whole.status, 422);
    assert_eq!(whole.json()["detail"], "Cần một đối tượng");
    assert_eq!(whole.json()["detail_en"], "An object is expected");
}

#[tokio::test]
async fn what_is_no_json_too_large_or_of_another_media_type_is_told_apart() {
    let stage = stage().await;
    for (body, vi, en) in [
        (
            "",
            "Nội dung hết giữa chừng ở dòng 1, cột 0",
            "It ends too early, at line 1, column 0",
        ),
        (
            "{ \"payer\":",
            "Nội dung hết giữa chừng ở dòng 1, cột 10",
            "It ends too early, at line 1, column 10",
        ),
        (
            "{\n oops }",
            "Sai cú pháp ở dòng 2, cột 2",
            "Its syntax is wrong at line 2, column 2",
        ),
    ] {
        let answer = json(&stage, body).await;
        assert_eq!(answer.status, 400, "{body}");
        let problem = answer.json();
        assert_eq!(problem["title_en"], "The body is not JSON");
        assert_eq!(
            (&problem["detail"], &problem["detail_en"]),
            (&json!(vi), &json!(en))
        );
    }
    let good = r#"{ "payer": { "phone": "0912345678" } }"#;
    let more = json(&stage, &format!("{good} and more")).await;
    assert_eq!(more.status, 400, "what follows a body is not ignored");

    let large = json(&stage, &format!("\"{}\"", "x".repeat(300_000))).await;
    assert_eq!(large.status, 413);
    assert_eq!(large.json()["detail"], "Giới hạn là 262144 byte");
    assert_eq!(large.json()["detail_en"], "The limit is 262144 bytes");

    for (kind, detail) in [
        (
            Some("text/plain"),
            "The request's Content-Type is text/plain",
        ),
        (
            Some("application/jsonp"),
            "The request's Content-Type is application/jsonp",
        ),
        (None, "The request has no Content-Type"),
    ] {
        let other = posted(&stage, "/edge/json", kind, good).await;
        assert_eq!(other.status, 415);
        assert_eq!(other.json()["title"], "Nội dung phải là application/json");
        assert_eq!(other.json()["detail_en"], detail);
    }
    let spelled = posted(&stage, "/edge/json", Some("Application/JSON"), good).await;
    assert_eq!(spelled.status, 204, "media types have no case");
}

#[tokio::test]
async fn a_form_and_a_query_are_refused_in_the_same_way() {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    let stage = stage().await;
    assert_eq!(
        posted(&stage, "/edge/form", FORM, "note=xin+ch%C3%A0o&copies=2")
            .await
            .status,
        204
    );
    let empty = "".parse::<Text>().unwrap_err();
    for (pairs, field, vi, en) in [
        ("note=", "note", &*empty.vi, &*empty.en),
        ("copies=2", "note", "Thiếu mục này", "This field is missing"),
        (
            "note=x&copies=two",
            "copies",
            "Cần một số nguyên",
            "A whole number is expected",
        ),
        (
            "note=x&copies=",
            "copies",
            "Cần một số nguyên",
            "A whole number is expected",
        ),
        (
            "note=x&copies=300",
            "copies",
            "Giá trị ngoài phạm vi cho phép",
            "The value is out of range",
        ),
        (
            "note=x&note=y",
            "note",
            "Mục này có nhiều hơn một lần",
            "This field is there more than once",
        ),
    ] {
        let form = posted(&stage, "/edge/form", FORM, pairs).await;
        let query = stage.get(&format!("/edge/search?{pairs}"), None).await;
        for answer in [form, query] {
            assert_eq!(answer.status, 422, "{pairs}");
            assert_eq!(
                only(&answer),
                json!({ "field": field, "vi": vi, "en": en }),
                "{pairs}"
            );
        }
    }
    let other = posted(&stage, "/edge/form", Some("application/json"), "{}").await;
    assert_eq!(other.status, 415);
    let large = posted(&stage, "/edge/form", FORM, "x".repeat(300_000)).await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn a_path_that_names_nothing_is_not_found_and_its_parameter_named() {
    let stage = stage().await;
    let phone = "113".parse::<PhoneNumber>().unwrap_err();
    for (path, field, vi, en) in [
        (
            "/edge/dossiers/seven",
            "id",
            "Cần một mã UUID",
            "A UUID is expected",
        ),
        ("/edge/phones/113", "phone", &*phone.vi, &*phone.en),
        (
            "/edge/phones/%FF",
            "phone",
            "Không phải UTF-8",
            "It is not UTF-8",
        ),
        (
            "/edge/pages/atlas/seven",
            "page",
            "Cần một số nguyên",
            "A whole number is expected",
        ),
    ] {
        let answer = stage.get(path, None).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            only(&answer),
            json!({ "field": field, "vi": vi, "en": en }),
            "{path}"
        );
    }
    assert_eq!(stage.get("/edge/phones/0912345678", None).await.status, 204);
    assert_eq!(stage.get("/edge/pages/atlas/7", None).await.status, 204);
}

#[tokio::test]
async fn a_browser_reads_the_field_and_the_reason_on_a_page() {
    let stage = stage().await;
    let request = Request::get("/edge/search?note=x&copies=%3Cb%3E").header("accept", "text/html");
    let answer = stage.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("<b>copies</b>: Cần một số nguyên"), "{page}");
    assert!(page.contains("A whole number is expected"), "{page}");
}

#[tokio::test]
async fn whoever_is_told_not_now_is_told_when() {
    let stage = stage().await;
    for (how, after) in [
        ("429", "5"),
        ("429-a-minute", "60"),
        ("503", "5"),
        ("409-in-progress", "3"),
        ("409", ""),
    ] {
        let path = format!("/edge/refuses/{how}");
        let answer = stage.get(&path, None).await;
        assert_eq!(answer.header("retry-after"), after, "{how}");
        let request = Request::get(&path).header("accept", "text/html");
        let page = stage.request(request.body(Body::empty()).unwrap()).await;
        assert!(page.header("content-type").starts_with("text/html"));
        assert_eq!(page.header("retry-after"), after, "{how} on a page");
    }
    stage
        .app("edge")
        .db()
        .reads()
        .clone()
        .close()
        .await
        .unwrap();
    let ready = stage.get("/ready", None).await;
    assert_eq!(
        (ready.status.as_u16(), ready.header("retry-after")),
        (503, "5")
    );
    assert!(
        ready.text().contains("edge"),
        "it is said whose database is away"
    );
}
