//! From one channel to the next, over the real protocols against the pretend providers that ship.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use contracts::notification::{MessageDelivered, Way};
use notification::channel::sandbox::{Day, sms::Gateway};
use serde_json::{Value, json};
use testkit::Stage;

use super::{CODE, OWNER, files, life, stage_with, submitted, told_of};

const SECRET: &str = "told";

/// SMS through a pretend gateway that sends reports, then mail.
async fn stage_by_sms(gateway: &Gateway) -> Stage {
    let url = gateway.url("esms");
    let of = |key: &str| format!("NOTIFICATION__SMS__PROVIDERS__GATE__HTTP__{key}");
    let names = [
        "PRESET",
        "URL",
        "BRAND",
        "REPORTS_SECRET",
        "VALUES__API_KEY",
        "VALUES__SECRET_KEY",
    ];
    let names = names.map(of);
    let values = [
        "esms",
        url.as_str(),
        "MOTCUA",
        SECRET,
        "k",
        "pretend-password",
    ];
    let mut variables: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values).collect();
    variables.push(("NOTIFICATION__URGENT__CHANNELS", "sms mail"));
    stage_with(&variables).await
}

/// A supplement is asked for.
async fn asked(stage: &mut Stage) {
    let life = life(stage, Some("vi.du@example.vn"));
    for place in [0, 1, 4] {
        stage.deliver(life[place].clone()).await;
    }
    stage.settle().await;
}

async fn supplement(stage: &Stage) -> Value {
    told_of(stage).await.pop().unwrap()
}

#[tokio::test]
async fn a_report_ends_the_ladder_and_without_one_the_next_rung_comes() {
    for reported in [true, false] {
        let gateway = Gateway::start().await.unwrap();
        let mut stage = stage_by_sms(&gateway).await;
        asked(&mut stage).await;
        let took = gateway.took();
        assert_eq!(took.len(), 1, "only what is urgent goes by SMS");
        assert_eq!(took[0].phone, "84912345678");
        let text = &took[0].text;
        assert!(
            text.starts_with(&format!("Ho so {CODE} can bo sung")),
            "{text}"
        );
        assert!(text.len() <= 160 && !text.contains("Nguyen"), "{text}");
        let mails = files(&stage).len();
        if reported {
            for query in gateway.reports(SECRET) {
                let path = format!("/notification/receipts/sms/gate?{query}");
                let answer = stage.get(&path, None).await;
                assert_eq!(answer.status, StatusCode::NO_CONTENT);
            }
        }
        for query in gateway.reports("guessed") {
            let path = format!("/notification/receipts/sms/gate?{query}");
            assert_eq!(stage.get(&path, None).await.status, StatusCode::FORBIDDEN);
        }
        stage.advance(Duration::from_mins(30)).await;
        let told = supplement(&stage).await;
        assert_eq!(told["state"], "delivered");
        let states: Vec<_> = told["attempts"].as_array().unwrap().iter().collect();
        let delivered = stage.said::<MessageDelivered>("notification").await;
        let last = delivered.last().unwrap();
        if reported {
            assert_eq!(
                (states.len(), &states[0]["state"]),
                (1, &json!("delivered"))
            );
            assert_eq!((last.way, last.confirmed), (Way::Sms, true));
            assert_eq!(files(&stage).len(), mails);
        } else {
            assert_eq!(
                (states.len(), &states[0]["state"], &states[1]["state"]),
                (2, &json!("taken"), &json!("taken"))
            );
            assert_eq!((last.way, last.confirmed), (Way::Mail, false));
            assert_eq!(files(&stage).len(), mails + 1);
        }
        assert_eq!(gateway.took().len(), 1);
        assert!(stage.parked("notification").await.is_empty());
    }
}

/// What became of each attempt, by channel: they may be of the same moment.
fn attempts(told: &Value) -> Vec<String> {
    let attempts = told["attempts"].as_array().unwrap().iter();
    let each = attempts.map(|one| format!("{} {}", one["channel"], one["state"]));
    let mut each: Vec<String> = each.collect();
    each.sort_unstable();
    each
}

#[tokio::test]
async fn a_number_that_does_not_exist_is_the_next_rungs_turn_at_once() {
    let gateway = Gateway::start().await.unwrap();
    gateway.days().then([Day::NoSuchPerson]);
    let mut stage = stage_by_sms(&gateway).await;
    asked(&mut stage).await;
    let told = supplement(&stage).await;
    assert_eq!(told["state"], "delivered");
    assert_eq!(attempts(&told), [r#""mail" "taken""#, r#""sms" "failed""#]);
}

#[tokio::test]
async fn a_browser_that_takes_no_notes_is_forgotten_and_the_mail_does_it() {
    let mut stage = stage_with(&[
        (
            "NOTIFICATION__PUSH__KEY",
            "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        ),
        ("NOTIFICATION__PUSH__CONTACT", "mailto:mot-cua@example.vn"),
        ("NOTIFICATION__LOW__CHANNELS", "push mail"),
    ])
    .await;
    let owner = stage.citizen(OWNER);
    // No push service that the configuration names.
    let browser: Value = json!({
        "endpoint": "https://push.example.com/send/abc",
        "keys": { "p256dh": "BNc", "auth": "tBHI" }
    });
    let kept = stage
        .post("/notification/push/subscribe", Some(&owner), &browser)
        .await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    stage
        .say("intake", &submitted(Some("vi.du@example.vn")))
        .await;
    stage.settle().await;
    let told = told_of(&stage).await;
    assert_eq!(
        attempts(&told[0]),
        [r#""mail" "taken""#, r#""push" "failed""#]
    );
    assert_eq!(files(&stage).len(), 1);
    let page = stage
        .get("/notification/preferences", Some(&owner))
        .await
        .text();
    assert!(!page.contains("<dd>1</dd>"));
}

#[tokio::test]
async fn a_mail_that_came_back_is_handed_in_by_an_operator_only() {
    let stage = stage_with(&[]).await;
    let hand_in = async |token: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/notification/receipts/mail")
            .header(header::CONTENT_TYPE, "message/rfc822")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from("Subject: out of office\r\n\r\nx"));
        stage.request(request.unwrap()).await.status
    };
    assert_eq!(hand_in(&stage.operator()).await, StatusCode::NO_CONTENT);
    assert_eq!(hand_in(&stage.citizen(OWNER)).await, StatusCode::FORBIDDEN);
    let unknown = stage
        .get("/notification/receipts/sms/nobody?x=1", None)
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
