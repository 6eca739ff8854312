//! Agencies that are told over HTTP, by a server that is well, is not, and comes back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Request, StatusCode, header},
    routing::post,
};
use chrono::TimeDelta;
use notification::webhooks::signature;
use serde_json::{Value, json};
use testkit::{Answer, Stage};

use super::{life, stage_with};

/// An agency: what it was told with which signature, and what it answers.
#[derive(Clone)]
struct Agency {
    told: Arc<Mutex<Vec<(String, Value, Bytes)>>>,
    answers: Arc<Mutex<StatusCode>>,
    url: String,
}

impl Agency {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let agency = Self {
            told: Arc::default(),
            answers: Arc::new(Mutex::new(StatusCode::OK)),
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route("/hook", post(hear))
            .with_state(agency.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        agency
    }

    fn answers(&self, status: StatusCode) {
        *self.answers.lock().unwrap() = status;
    }

    fn told(&self) -> Vec<(String, Value, Bytes)> {
        self.told.lock().unwrap().clone()
    }
}

async fn hear(State(agency): State<Agency>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers[signature::HEADER].to_str().unwrap().to_owned();
    let said = serde_json::from_slice(&body).unwrap();
    agency.told.lock().unwrap().push((signature, said, body));
    *agency.answers.lock().unwrap()
}

const OWN_NETWORK: (&str, &str) = ("NOTIFICATION__WEBHOOKS__PRIVATE", "true");

async fn opened(stage: &Stage, body: Value) -> (String, String) {
    let opened = stage
        .post("/notification/webhooks", Some(&stage.operator()), &body)
        .await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let text = |name: &str| opened.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn act(stage: &Stage, id: &str, what: &str) -> Value {
    let path = format!("/notification/webhooks/{id}/{what}");
    let done = stage.post(&path, Some(&stage.operator()), &json!({})).await;
    assert!(done.status.is_success(), "{what}: {}", done.text());
    done.json()
}

async fn journal(stage: &Stage, id: &str) -> Vec<Value> {
    let path = format!("/notification/webhooks/{id}/deliveries");
    let found = stage.get(&path, Some(&stage.operator())).await.json();
    found.as_array().unwrap().clone()
}

#[tokio::test]
async fn an_agency_is_told_what_it_wants_signed_and_no_person_is_named() {
    let agency = Agency::open().await;
    let mut stage = stage_with(&[OWN_NETWORK]).await;
    let events = ["desk.dossier-received.v1", "desk.supplement-requested.v1"];
    let wanted = json!({ "name": "Sở Tư pháp", "url": agency.url, "events": events, "procedures": ["2.000635"] });
    let (id, secret) = opened(&stage, wanted).await;
    let other = json!({ "name": "Sở khác", "url": agency.url, "procedures": ["1.004873"] });
    opened(&stage, other).await;
    for envelope in life(&stage, None).iter().chain(&life(&stage, None)) {
        stage.deliver(envelope.clone()).await;
    }
    stage.settle().await;
    let told = agency.told();
    let mut wires: Vec<_> = told
        .iter()
        .map(|(_, said, _)| said["type"].as_str().unwrap())
        .collect();
    wires.sort_unstable();
    assert_eq!(wires, events);
    for (signature, said, body) in &told {
        let patience = TimeDelta::minutes(5);
        assert!(signature::is_ours(
            signature,
            &secret,
            body,
            stage.now(),
            patience
        ));
        let text = said.to_string();
        assert!(!text.contains("Ví Dụ") && !text.contains("0912") && !text.contains("Tờ khai"));
        assert_eq!(said["data"]["procedure"], "2.000635");
    }
    let journal = journal(&stage, &id).await;
    assert_eq!(journal.len(), 2);
    assert!(
        journal
            .iter()
            .all(|one| one["state"] == "delivered" && one["answer"] == 200)
    );

    // Two secrets while they change, then the new one alone.
    let new = act(&stage, &id, "rotate").await["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    for settled in [false, true] {
        if settled {
            act(&stage, &id, "settle").await;
        }
        let first = journal[0]["id"].as_str().unwrap();
        let path = format!("/notification/webhooks/{id}/replay");
        let replayed = stage
            .post(&path, Some(&stage.operator()), &json!({ "from": first }))
            .await;
        assert_eq!(replayed.json()["deliveries"], 2);
        stage.settle().await;
        let (signature, said, body) = agency.told().pop().unwrap();
        let is = |secret: &str| {
            signature::is_ours(
                &signature,
                secret,
                &body,
                stage.now(),
                TimeDelta::minutes(5),
            )
        };
        assert!(is(&new));
        assert_eq!(is(&secret), !settled);
        assert!(
            told.iter().any(|(_, before, _)| before["id"] == said["id"]),
            "the same id"
        );
    }
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn an_agency_that_does_not_answer_is_tried_again_then_paused_and_told_when_it_is_back() {
    let agency = Agency::open().await;
    let pause = ("NOTIFICATION__WEBHOOKS__PAUSE_AFTER", "3");
    let mut stage = stage_with(&[OWN_NETWORK, pause]).await;
    let (id, _) = opened(&stage, json!({ "name": "Sở", "url": agency.url })).await;
    agency.answers(StatusCode::SERVICE_UNAVAILABLE);
    stage.deliver(life(&stage, None)[0].clone()).await;
    stage.settle().await;
    assert_eq!(agency.told().len(), 1);
    stage.advance(Duration::from_secs(10)).await;
    stage.advance(Duration::from_mins(1)).await;
    assert_eq!(agency.told().len(), 3);
    let list = stage
        .get("/notification/webhooks", Some(&stage.operator()))
        .await
        .json();
    assert_eq!(
        (&list[0]["is_active"], &list[0]["failures"]),
        (&json!(false), &json!(3))
    );
    assert!(list[0].get("secret").is_none());
    // What happens meanwhile waits.
    stage.deliver(life(&stage, None)[1].clone()).await;
    stage.advance(Duration::from_hours(5)).await;
    assert_eq!(agency.told().len(), 3);
    agency.answers(StatusCode::NO_CONTENT);
    act(&stage, &id, "resume").await;
    stage.settle().await;
    let journal = journal(&stage, &id).await;
    assert!(
        journal.iter().all(|one| one["state"] == "delivered"),
        "{journal:?}"
    );
    assert_eq!((agency.told().len(), &journal[0]["tries"]), (5, &json!(4)));
}

#[tokio::test]
async fn what_is_never_answered_is_given_up_after_a_day_and_stays_in_the_journal() {
    let agency = Agency::open().await;
    agency.answers(StatusCode::INTERNAL_SERVER_ERROR);
    let mut stage = stage_with(&[OWN_NETWORK]).await;
    let (id, _) = opened(&stage, json!({ "name": "Sở", "url": agency.url })).await;
    stage.deliver(life(&stage, None)[0].clone()).await;
    stage.settle().await;
    for _ in 0..30 {
        stage.advance(Duration::from_hours(1)).await;
    }
    let journal = journal(&stage, &id).await;
    assert_eq!(
        (&journal[0]["state"], &journal[0]["answer"]),
        (&json!("failed"), &json!(500))
    );
    assert_eq!(agency.told().len(), 10);
    assert!(stage.parked("notification").await.is_empty());
}

#[tokio::test]
async fn only_operators_open_one_and_none_into_our_own_network() {
    let stage = stage_with(&[]).await;
    let good = json!({ "name": "Sở", "url": "https://agency.example.vn/hook" });
    let refused = stage
        .post("/notification/webhooks", Some(&stage.officer()), &good)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for (field, value) in [
        ("url", json!("http://agency.example.vn/")),
        ("url", json!("https://10.0.0.1/")),
        ("url", json!("https://[::1]/")),
        ("name", json!(" ")),
        ("events", json!(["weather.v1"])),
        ("procedures", json!(["not a code"])),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value.clone();
        let refused = stage
            .post("/notification/webhooks", Some(&stage.operator()), &wrong)
            .await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
    }
    let unknown = format!("/notification/webhooks/{}/pause", uuid::Uuid::nil());
    let refused = stage
        .post(&unknown, Some(&stage.operator()), &json!({}))
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

async fn form(stage: &Stage, path: &str, fields: &str) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", stage.operator()),
        )
        .body(Body::from(fields.to_owned()));
    stage.request(request.unwrap()).await
}

/// The id that stands in the form for another.
fn next_of(page: &str) -> String {
    let (_, behind) = page.split_once("name=\"id\" value=\"").unwrap();
    behind.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn an_operator_keeps_agencies_by_hand() {
    let agency = Agency::open().await;
    let mut stage = stage_with(&[OWN_NETWORK]).await;
    let operator = stage.operator();
    let page = "/notification/webhooks/page";
    let refused = stage.get(page, Some(&stage.officer())).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let id = next_of(&stage.get(page, Some(&operator)).await.text());
    let fields = |url: &str| {
        let url = url.replace(':', "%3A").replace('/', "%2F");
        format!(
            "id={id}&name=S%E1%BB%9F&url={url}&procedures=2.000635%2C+1.004873&event=desk.dossier-received.v1&event=payment.fee-paid.v1"
        )
    };
    let wrong = form(&stage, page, &fields("nowhere")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = form(&stage, page, &fields(&agency.url)).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.text());
    let text = opened.text();
    let (_, secret) = text.split_once("<code>").unwrap();
    let secret = secret.split_once("</code>").unwrap().0.to_owned();
    // Pressed twice, it is one, and its secret is not shown again.
    let again = form(&stage, page, &fields(&agency.url)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let own = format!("/notification/webhooks/{id}/page");
    assert!(
        !stage
            .get(&own, Some(&operator))
            .await
            .text()
            .contains(&secret)
    );
    let list = stage
        .get("/notification/webhooks", Some(&operator))
        .await
        .json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["procedures"], json!(["2.000635", "1.004873"]));

    let press = async |what: &str| {
        let done = form(&stage, &own, &format!("act={what}")).await;
        done.status
    };
    assert_eq!(press("pause").await, StatusCode::SEE_OTHER);
    assert_eq!(press("dance").await, StatusCode::UNPROCESSABLE_ENTITY);
    let paused = stage.get(&own, Some(&operator)).await.text();
    assert!(paused.contains("Tạm dừng") && paused.contains("Tiếp tục báo"));
    assert_eq!(press("resume").await, StatusCode::SEE_OTHER);
    assert_eq!(press("rotate").await, StatusCode::OK);
    assert_eq!(press("rotate").await, StatusCode::CONFLICT);
    assert_eq!(press("settle").await, StatusCode::SEE_OTHER);

    for envelope in life(&stage, None) {
        stage.deliver(envelope).await;
    }
    stage.settle().await;
    assert_eq!(agency.told().len(), 2);
    let first = journal(&stage, &id).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = stage.get(&own, Some(&operator)).await.text();
    for words in ["Hồ sơ được tiếp nhận", "Đã nộp phí", "đã nhận, trả lời 200"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let replay = format!("act=replay&from={first}");
    let replayed = form(&stage, &own, &replay).await;
    assert_eq!(replayed.status, StatusCode::SEE_OTHER);
    stage.settle().await;
    assert_eq!(agency.told().len(), 4);
    let nobody = format!("/notification/webhooks/{}/page", uuid::Uuid::nil());
    let unknown = stage.get(&nobody, Some(&operator)).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
