//! Whoever is known less surely than an act needs is told so: a program by RFC 9470, a browser by being led on.

use axum::{
    body::Body,
    http::{Method, Request},
};
use chassis::{
    App, Service,
    auth::{Person, demand},
    http::{Answer, Problem},
};
use contracts::Assurance;
use serde_json::json;
use testkit::Stage;
use utoipa_axum::router::OpenApiRouter;

const CITIZEN: &str = "066190001234";
const LED: &str = "/identity/step-up?assurance=3&back=%2Fsafe%2Fdoor%3Fof%3D1";

fn routes() -> OpenApiRouter<App> {
    async fn open(Person(claims): Person) -> Result<Answer, Problem> {
        demand(&claims, Assurance::DocumentChecked, "/safe/door?of=1")?;
        Ok(Answer::nothing())
    }
    OpenApiRouter::new().route("/safe/door", axum::routing::get(open).post(open))
}

async fn asks(stage: &Stage, method: Method, known: Assurance, accept: &str) -> testkit::Answer {
    let request = Request::builder()
        .method(method)
        .uri("/safe/door")
        .header("host", "localhost")
        .header("accept", accept)
        .header(
            "authorization",
            format!("Bearer {}", stage.citizen_at(known, CITIZEN)),
        );
    stage.request(request.body(Body::empty()).unwrap()).await
}

async fn stage() -> Stage {
    Stage::with(vec![Service::new("safe").serves(routes)]).await
}

#[tokio::test]
async fn a_program_is_told_which_levels_would_do_and_where_to_go_in_both_languages() {
    let stage = stage().await;
    let refused = asks(
        &stage,
        Method::POST,
        Assurance::ContactProven,
        "application/json",
    )
    .await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer error=\"insufficient_user_authentication\", error_description=\"The person is known less surely than this needs\", \
         acr_values=\"document-checked e-id-1 e-id-2\""
    );
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let told = refused.json();
    assert_eq!(
        told["step_up"],
        json!({
            "needed": "document-checked", "needed_level": 3, "present": "contact-proven", "present_level": 2, "page": LED,
        })
    );
    assert_eq!(told["title"], "Việc này cần xác thực ở mức cao hơn");
    assert_eq!(told["title_en"], "This needs you to be known more surely");
    let detail = |key: &str| told[key].as_str().unwrap().to_owned();
    assert!(detail("detail").contains("đối chiếu căn cước") && detail("detail").contains(LED));
    assert!(detail("detail_en").contains("an officer has checked"));
}

#[tokio::test]
async fn a_browser_is_led_to_show_more_whatever_it_sent() {
    let stage = stage().await;
    for method in [Method::GET, Method::POST] {
        let led = asks(&stage, method, Assurance::SelfAsserted, "text/html").await;
        assert_eq!((led.status.as_u16(), led.header("location")), (303, LED));
    }
}

#[tokio::test]
async fn who_is_known_surely_enough_is_not_asked() {
    let stage = stage().await;
    for known in [
        Assurance::DocumentChecked,
        Assurance::EidOne,
        Assurance::EidTwo,
    ] {
        let done = asks(&stage, Method::POST, known, "text/html").await;
        assert_eq!(done.status, 204);
    }
}

#[tokio::test]
async fn nobody_at_all_is_asked_to_sign_in_first() {
    let stage = stage().await;
    let refused = stage.get("/safe/door", None).await;
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert!(refused.json().get("step_up").is_none());
}
