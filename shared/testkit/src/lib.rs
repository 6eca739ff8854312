#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a Stage is used in tests only and fails them by panicking"
)]

mod bucket;
mod changed;
pub mod qr;
pub mod routes;
pub mod totp;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chassis::{
    App, Clock, Envelope, Ground, Service,
    auth::{Claims, Jwks, Keys, Role, Signer},
    config::{Settings, Variables},
    stage::{Steps, envelope},
};
use chrono::{DateTime, TimeZone, Utc};
use contracts::{AccountId, Assurance, Message};
use http_body_util::BodyExt;
use serde::Serialize;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

pub use bucket::{Bucket, Day};
pub use changed::changed_catalogue;

/// Services on a stage.
pub struct Stage {
    steps: Steps,
    ground: Ground,
    clock: Clock,
    settings: Arc<Settings>,
    router: Router,
    signer: Signer,
    folder: Option<TempDir>,
}

/// What an endpoint answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// When a stage's clock starts: a working Thursday, 09:15 in Vietnam.
pub fn start_of_play() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, 2, 15, 0)
        .single()
        .expect("a real moment")
}

impl Stage {
    /// Puts services on a stage with their default configuration.
    pub async fn with(services: Vec<Service>) -> Self {
        Self::configured(services, &[]).await
    }

    /// Puts services on a stage with environment variables such as `("PAYMENT__SANDBOX__ENABLED", "false")`.
    pub async fn configured(services: Vec<Service>, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut all = Variables::from([
            (
                "DATA_DIR".to_owned(),
                folder.path().to_string_lossy().into_owned(),
            ),
            (
                "DATABASE_URL".to_owned(),
                "sqlite://{data_dir}/{service}.db".to_owned(),
            ),
            ("CATALOGUE_DIR".to_owned(), catalogue_dir()),
        ]);
        all.extend(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let settings = Arc::new(Settings::load(&all).expect("the settings"));
        let signer = Signer::new(&[42; 32]);
        let clock = Clock::held_at(start_of_play());
        let ground = Ground {
            settings: settings.clone(),
            variables: all,
            clock: clock.clone(),
            keys: Keys::fixed(&Jwks {
                keys: vec![signer.jwk()],
            }),
            stopping: CancellationToken::new(),
        };
        let steps = Steps::open(services, &ground)
            .await
            .expect("the services open");
        let router = steps.router(&settings);
        Self {
            steps,
            ground,
            clock,
            settings,
            router,
            signer,
            folder: Some(folder),
        }
    }

    /// Ends everything where it stands and opens `services` on the same rows, as a process does that comes after one that
    /// was killed.
    pub async fn open_again(&mut self, services: Vec<Service>) {
        self.steps.kill().await;
        let steps = Steps::open(services, &self.ground).await;
        self.steps = steps.expect("the services open again");
        self.router = self.steps.router(&self.settings);
    }

    /// The ground's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The folder that holds everything; gone with the stage.
    pub fn folder(&self) -> &std::path::Path {
        self.folder
            .as_ref()
            .expect("the folder lives as long as the stage")
            .path()
    }

    /// A running service.
    pub fn app(&self, service: &str) -> &App {
        self.steps
            .app(service)
            .expect("the service is on the stage")
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Delivers a message as if `source` had said it. `false` when no service on the stage hears it.
    pub async fn say<M: Message>(&self, source: &str, message: &M) -> bool {
        let any = self
            .steps
            .apps()
            .first()
            .expect("a service is on the stage");
        self.deliver(envelope(any, source, message).expect("a message that can be said"))
            .await
    }

    /// Seals a message as if `source` had said it, to be delivered as often and in whatever order a test likes.
    pub fn seal<M: Message>(&self, source: &str, message: &M) -> Envelope {
        let any = self
            .steps
            .apps()
            .first()
            .expect("a service is on the stage");
        envelope(any, source, message).expect("a message that can be said")
    }

    /// Delivers an envelope. `false` when no service on the stage hears it.
    pub async fn deliver(&self, envelope: Envelope) -> bool {
        self.steps.deliver(envelope).await
    }

    /// Runs until no inbox, outbox, scheduled or deferred row is due. What nobody on the stage hears is not waited for.
    pub async fn settle(&mut self) {
        self.steps.settle().await.expect("the stage settles");
    }

    /// Moves the clock and settles: deadlines fire, deferred messages are tried again.
    pub async fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.settle().await;
    }

    /// Everything of type `M` that `service` has said, in order.
    pub async fn said<M: Message>(&self, service: &str) -> Vec<M> {
        self.said_envelopes(service)
            .await
            .iter()
            .filter(|envelope| envelope.wire == M::TYPE)
            .map(|envelope| serde_json::from_str(&envelope.body).expect("a body of its own type"))
            .collect()
    }

    /// Everything that `service` has said, in order.
    pub async fn said_envelopes(&self, service: &str) -> Vec<Envelope> {
        self.steps
            .said(self.app(service))
            .await
            .expect("the outbox reads")
    }

    /// Erases from a service's outbox what housekeeping would have erased by now.
    pub async fn erase(&self, service: &str) {
        let erased = self.steps.erase(self.app(service)).await;
        erased.expect("housekeeping");
    }

    /// The messages that `service` has parked.
    pub async fn parked(&self, service: &str) -> Vec<chassis::parked::Parked> {
        self.steps
            .parked(self.app(service))
            .await
            .expect("the parked messages read")
    }

    /// A token for a person with `roles`.
    pub fn token(&self, account: AccountId, roles: &[Role], citizen_id: Option<&str>) -> String {
        self.sign(&self.claims(account, roles, citizen_id))
    }

    /// The same for a person who is known so surely.
    pub fn token_at(
        &self,
        known: Assurance,
        account: AccountId,
        roles: &[Role],
        citizen_id: Option<&str>,
    ) -> String {
        self.sign(&Claims {
            assurance: known.level(),
            ..self.claims(account, roles, citizen_id)
        })
    }

    /// A token that says so.
    pub fn sign(&self, claims: &Claims) -> String {
        self.signer.sign(claims)
    }

    /// What a token says that nobody has changed.
    pub fn claims(&self, account: AccountId, roles: &[Role], citizen_id: Option<&str>) -> Claims {
        let now = self.clock.now().timestamp();
        Claims {
            sub: account,
            name: "Nguyễn Thị Ví Dụ".parse().expect("a name"),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            assurance: Assurance::ContactProven.level(),
            citizen_id: citizen_id.map(|id| id.parse().expect("a citizen id")),
            phone: Some("0912345678".parse().expect("a phone number")),
            email: Some("vi.du@example.vn".to_owned()),
            title: roles.contains(&Role::Signer).then(|| "Chủ tịch".to_owned()),
            posts: None,
            sid: Uuid::nil(),
            iat: now,
            exp: now + 365 * 86_400,
        }
    }

    /// The account of the citizen with `citizen_id`: the same every time.
    pub fn account(citizen_id: &str) -> AccountId {
        AccountId(Uuid::new_v5(&Uuid::NAMESPACE_OID, citizen_id.as_bytes()))
    }

    /// A citizen's token.
    pub fn citizen(&self, citizen_id: &str) -> String {
        self.token(
            Self::account(citizen_id),
            &[Role::Citizen],
            Some(citizen_id),
        )
    }

    /// A citizen's token who is known so surely.
    pub fn citizen_at(&self, known: Assurance, citizen_id: &str) -> String {
        let account = Self::account(citizen_id);
        self.token_at(known, account, &[Role::Citizen], Some(citizen_id))
    }

    /// An officer's token; this one also signs decisions.
    pub fn officer(&self) -> String {
        self.token(
            Self::account("an officer"),
            &[Role::Officer, Role::Signer],
            None,
        )
    }

    /// An operator's token.
    pub fn operator(&self) -> String {
        self.token(Self::account("an operator"), &[Role::Operator], None)
    }

    /// Sends any request.
    pub async fn request(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router never fails");
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body
                .collect()
                .await
                .expect("the body arrives")
                .to_bytes()
                .to_vec(),
        }
    }

    /// Answers at a port too, until the test ends: for what calls itself.
    pub fn serves(&self, listener: tokio::net::TcpListener) {
        let serving = axum::serve(listener, self.router.clone());
        tokio::spawn(async move { serving.await });
    }

    /// Everything that answers here.
    pub fn routes(&self) -> Vec<routes::Route> {
        routes::of(&self.router)
    }

    /// GETs `path`.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(Method::GET, path, token, &[], Body::empty())
            .await
    }

    /// POSTs JSON to `path`.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &impl Serialize) -> Answer {
        self.post_with(path, token, &[], body).await
    }

    /// POSTs JSON with more headers, such as `Idempotency-Key`.
    pub async fn post_with(
        &self,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        let body = serde_json::to_vec(body).expect("a body that serialises");
        self.send(Method::POST, path, token, &all, Body::from(body))
            .await
    }

    /// POSTs one file as multipart form data.
    pub async fn upload(
        &self,
        path: &str,
        token: Option<&str>,
        file_name: &str,
        bytes: &[u8],
    ) -> Answer {
        let boundary = "motcua-boundary";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        self.send(
            Method::POST,
            path,
            token,
            &[("content-type", &kind)],
            Body::from(body),
        )
        .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.request(request.body(body).expect("a well-formed request"))
            .await
    }
}

/// The project's own catalogue, wherever a test runs from.
fn catalogue_dir() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue").to_owned()
}
