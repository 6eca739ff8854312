//! A timestamp authority and issuers' lists over HTTP, on good days and bad ones.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{Delivery, delivery::ResultIssued};
use pades::{
    Certificate,
    testing::{Authority, Clock},
};
use serde_json::json;
use testkit::Stage;

use super::{
    decided, issued,
    signing::{Keys, grounds, keep, pdf, pdfsig, pyhanko},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Day {
    Good,
    Error,
    Garbage,
    TooMuch,
    Silent,
}

/// Those outside: a timestamp authority, and an issuer whose lists can be fetched.
struct Outside {
    authority: Authority,
    clock: Clock,
    day: Mutex<Day>,
    lists: Mutex<Vec<Vec<u8>>>,
    /// Whether the issuer's list can be had; its responder answers in any case.
    lists_certificates: AtomicBool,
    /// What the responder says is revoked.
    revoked: Mutex<Vec<Certificate>>,
    fetched: AtomicUsize,
}

type Shared = State<Arc<Outside>>;

fn now() -> DateTime<Utc> {
    testkit::start_of_play()
}

async fn weather(day: Day) -> Option<Response> {
    match day {
        Day::Good => None,
        Day::Error => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Day::Garbage => Some("<html>Bảo trì</html>".into_response()),
        Day::TooMuch => Some(vec![0; 9 << 20].into_response()),
        Day::Silent => std::future::pending().await,
    }
}

async fn confirm(State(outside): Shared, headers: HeaderMap, question: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/timestamp-query");
    assert_eq!(headers["authorization"], "Basic bW90Y3VhOm3huq10");
    let day = *outside.day.lock().unwrap();
    if let Some(bad) = weather(day).await {
        return bad;
    }
    outside
        .clock
        .answer_at(&question, now())
        .unwrap()
        .into_response()
}

async fn list(outside: &Outside, which: usize) -> Response {
    outside.fetched.fetch_add(1, Ordering::SeqCst);
    let day = *outside.day.lock().unwrap();
    if let Some(bad) = weather(day).await {
        return bad;
    }
    outside.lists.lock().unwrap()[which].clone().into_response()
}

async fn of_issuer(State(outside): Shared) -> Response {
    if !outside.lists_certificates.load(Ordering::SeqCst) {
        return StatusCode::NOT_FOUND.into_response();
    }
    list(&outside, 0).await
}

async fn of_root(State(outside): Shared) -> Response {
    list(&outside, 1).await
}

async fn respond(State(outside): Shared, headers: HeaderMap, question: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/ocsp-request");
    let revoked = outside.revoked.lock().unwrap().clone();
    let answer = outside.authority.respond(&question, &revoked, now());
    answer.unwrap().into_response()
}

impl Outside {
    async fn open() -> (Arc<Self>, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let authority = Authority::reached_at(now() - TimeDelta::days(30), &base).unwrap();
        let outside = Arc::new(Self {
            clock: authority.clock(now()).unwrap(),
            lists: Mutex::new(authority.revoked(&[], now()).unwrap()),
            authority,
            day: Mutex::new(Day::Good),
            lists_certificates: AtomicBool::new(true),
            revoked: Mutex::default(),
            fetched: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .route("/tsp", post(confirm))
            .route("/issuer.crl", get(of_issuer))
            .route("/root.crl", get(of_root))
            .route("/ocsp", post(respond))
            .with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (outside, base)
    }

    fn keys(&self) -> Keys {
        let keys = Keys::by(&self.authority);
        let root = self.authority.root().to_pem().unwrap();
        fs::write(keys.path("anchors/root.pem"), root).unwrap();
        keys
    }

    fn set(&self, day: Day) {
        *self.day.lock().unwrap() = day;
    }
}

async fn stage(keys: &Keys, base: &str, fetch: &str) -> Stage {
    let (anchors, url) = (keys.path("anchors"), format!("{base}/tsp"));
    let more = [
        ("DELIVERY__ANCHORS", anchors.to_str().unwrap()),
        ("DELIVERY__OUTSIDE_SECONDS", "1"),
        ("DELIVERY__TIMESTAMP__URL", &url),
        ("DELIVERY__TIMESTAMP__USER", "motcua"),
        ("DELIVERY__TIMESTAMP__PASSWORD", "mật"),
        ("DELIVERY__REVOCATION__FETCH", fetch),
    ];
    keys.stage(&more).await
}

async fn levels(stage: &Stage, paper: &ResultIssued) -> Vec<serde_json::Value> {
    let check = format!("/delivery/check/{}", paper.check_code);
    let told = stage.get(&check, None).await.json();
    let proofs = told["proofs"].as_array().unwrap().iter();
    proofs.map(|proof| proof["level"].clone()).collect()
}

#[tokio::test]
async fn an_authority_confirms_when_a_result_was_signed() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    let mut stage = stage(&keys, &base, "false").await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let pdf = pdf(&stage, &paper).await;
    let root = outside.authority.root();
    let found = pades::verify(&pdf, &grounds(root), now()).unwrap();
    assert!(pades::all_valid(&found), "{found:?}");
    assert!(found.iter().all(|one| one.confirmed_at == Some(now())));
    let path = keep(&keys, &pdf);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(pyhanko(&path, root), "valid: NguoiKy B-T, CoQuan B-T");
    assert_eq!(
        levels(&stage, &paper).await,
        [json!("B-T"), json!(null), json!("B-T")]
    );
    assert_eq!(outside.fetched.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_issuers_say_is_kept_in_the_file_and_asked_once() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    let mut stage = stage(&keys, &base, "true").await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let first = pdf(&stage, &paper).await;
    let root = outside.authority.root();
    let path = keep(&keys, &first);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(pyhanko(&path, root), "valid: NguoiKy B-LT, CoQuan B-LT");
    assert_eq!(
        levels(&stage, &paper).await,
        [json!("B-LT"), json!(null), json!("B-LT")]
    );
    let told = stage
        .upload("/delivery/check", None, "a.pdf", &first)
        .await
        .json();
    assert_eq!(
        (&told["standing"], &told["file"]["verdict"]),
        (&json!("valid"), &json!("valid"))
    );
    issued(&mut stage, 2, Delivery::Portal).await;
    assert_eq!(
        outside.fetched.load(Ordering::SeqCst),
        2,
        "the issuer's list and the root's"
    );
}

#[tokio::test]
async fn while_the_authority_is_away_a_result_waits_and_is_never_issued_with_less() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    let mut stage = stage(&keys, &base, "false").await;
    outside.set(Day::Error);
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    for day in [Day::Garbage, Day::TooMuch, Day::Silent] {
        outside.set(day);
        stage.advance(Duration::from_hours(1)).await;
        let said = stage.said::<ResultIssued>("delivery").await;
        assert!(said.is_empty(), "{day:?}");
        assert!(stage.parked("delivery").await.is_empty(), "{day:?}");
    }
    outside.set(Day::Good);
    stage.advance(Duration::from_hours(1)).await;
    let said = stage.said::<ResultIssued>("delivery").await;
    assert_eq!(said.len(), 1);
    assert_eq!(levels(&stage, &said[0]).await[2], "B-T");
}

#[tokio::test]
async fn a_list_that_is_out_of_date_lets_a_result_wait() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    let old = outside.authority.revoked(&[], now() - TimeDelta::days(20));
    *outside.lists.lock().unwrap() = old.unwrap();
    let mut stage = stage(&keys, &base, "true").await;
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    assert!(stage.said::<ResultIssued>("delivery").await.is_empty());
    let new = outside.authority.revoked(&[], now()).unwrap();
    *outside.lists.lock().unwrap() = new;
    stage.advance(Duration::from_hours(1)).await;
    assert_eq!(stage.said::<ResultIssued>("delivery").await.len(), 1);
}

#[tokio::test]
async fn a_certificate_that_was_revoked_signs_nothing() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    let seal = fs::read_to_string(keys.path("seals/H15.50.05.pem")).unwrap();
    let seal = Certificate::from_pem(&seal).unwrap().remove(0);
    let revoked = outside.authority.revoked(&[seal], now()).unwrap();
    *outside.lists.lock().unwrap() = revoked;
    let mut stage = stage(&keys, &base, "true").await;
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    assert!(stage.said::<ResultIssued>("delivery").await.is_empty());
    let parked = stage.parked("delivery").await;
    let reason = &parked[0].history.last().unwrap().reason;
    assert!(reason.contains("was revoked"), "{reason}");
}

#[tokio::test]
async fn where_there_is_no_list_the_issuers_responder_is_asked() {
    let (outside, base) = Outside::open().await;
    outside.lists_certificates.store(false, Ordering::SeqCst);
    let keys = outside.keys();
    let mut stage = stage(&keys, &base, "true").await;
    let paper = issued(&mut stage, 1, Delivery::Portal).await;
    let first = pdf(&stage, &paper).await;
    let path = keep(&keys, &first);
    assert_eq!(pdfsig(&path), [true, true]);
    assert_eq!(
        pyhanko(&path, outside.authority.root()),
        "valid: NguoiKy B-LT, CoQuan B-LT"
    );
    let officers = pades::verify(&first, &grounds(outside.authority.root()), now()).unwrap();
    let officers = officers[0].certificate.clone().unwrap();
    outside.revoked.lock().unwrap().push(officers);
    stage.say("desk", &decided(2, Delivery::Portal)).await;
    stage.settle().await;
    let parked = stage.parked("delivery").await;
    let reason = &parked[0].history.last().unwrap().reason;
    assert!(
        reason.contains("Trần Văn Mẫu") && reason.contains("was revoked"),
        "{reason}"
    );
}

#[tokio::test]
async fn no_host_is_asked_that_neither_an_own_key_nor_an_operator_names() {
    let (outside, base) = Outside::open().await;
    let keys = outside.keys();
    // Another issuer's seal, put there after the start is none of ours: here the lists of the root lie elsewhere.
    let other = Authority::reached_at(now() - TimeDelta::days(30), "http://lists.example").unwrap();
    let clock = other.clock(now()).unwrap();
    let elsewhere = Arc::new(Outside {
        authority: other,
        clock,
        day: Mutex::new(Day::Good),
        lists: Mutex::new(Vec::new()),
        lists_certificates: AtomicBool::new(true),
        revoked: Mutex::default(),
        fetched: AtomicUsize::new(0),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tsp = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/tsp", post(confirm))
        .with_state(elsewhere);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let mut stage = stage(&keys, &tsp, "true").await;
    stage.say("desk", &decided(1, Delivery::Portal)).await;
    stage.settle().await;
    let parked = stage.parked("delivery").await;
    let reason = &parked[0].history.last().unwrap().reason;
    assert!(
        reason.contains("lists.example") && reason.contains("DELIVERY__REVOCATION__HOSTS"),
        "{reason}"
    );
    assert!(base.starts_with("http://127.0.0.1"));
}

#[test]
fn lists_are_fetched_only_for_times_that_are_confirmed() {
    let toml = include_str!("../../config.toml").replacen("fetch = false", "fetch = true", 1);
    let refused = delivery::signing::Signing::open(&toml::from_str(&toml).unwrap());
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("DELIVERY__TIMESTAMP__URL"), "{said}");
}
