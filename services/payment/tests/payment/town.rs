//! The payment service on a stage, served over a real socket because the pretend bank calls it as a bank would.

pub mod bank;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chassis::{
    App, Clock, Ground,
    auth::{Claims, Jwks, Keys, Role, Signer},
    config::{Settings, Variables},
    stage::{self, Steps},
};
use chrono::{DateTime, TimeZone, Utc};
use contracts::{
    AccountId, DossierId, Message, OrderId, Vnd,
    payment::{FeeLine, RequestFee},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

pub const SECRET: &str = "MOTCUA0TEST0SECRET0NOT0REAL00001";

pub struct Town {
    pub steps: Steps,
    pub app: App,
    pub url: String,
    clock: Clock,
    signer: Signer,
    browser: reqwest::Client,
    _data: tempfile::TempDir,
}

pub fn payer() -> AccountId {
    AccountId("0199e3a0-0000-7000-8000-000000000002".parse().unwrap())
}

pub fn order() -> OrderId {
    OrderId("0199e3a0-0000-7000-8000-000000000004".parse().unwrap())
}

pub fn dossier() -> DossierId {
    DossierId("0199e3a0-0000-7000-8000-000000000001".parse().unwrap())
}

pub fn request() -> RequestFee {
    let vnd = |dong| Vnd::new(dong).unwrap();
    RequestFee {
        order: order(),
        dossier: dossier(),
        code: "H15.50.05.13-261008-0975".parse().unwrap(),
        procedure: Some("2.000635".parse().unwrap()),
        procedure_version: Some(1),
        payer: payer(),
        payer_name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        lines: vec![FeeLine {
            label: "Bản sao trích lục hộ tịch".into(),
            quantity: 2,
            unit: vnd(8_000),
            amount: vnd(16_000),
            reduction: None,
        }],
        total: vnd(16_000),
    }
}

pub fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 8, 2, 15, 0).unwrap()
}

/// The ground of a town, its clock and who signs its tokens.
pub fn ground(
    data: &tempfile::TempDir,
    url: &str,
    more: &[(&str, &str)],
) -> (Ground, Clock, Signer) {
    // `chassis::run` does this in a process; every HTTP client asks for it, also one that speaks no TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut variables = Variables::from([
        (
            "DATA_DIR".into(),
            data.path().to_string_lossy().into_owned(),
        ),
        ("PUBLIC_URL".into(), url.to_owned()),
        (
            "CATALOGUE_DIR".into(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue").to_owned(),
        ),
        ("PAYMENT__SANDBOX__OWN_URL".into(), url.to_owned()),
    ]);
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let (clock, signer) = (Clock::held_at(morning()), Signer::new(&[7; 32]));
    let ground = Ground {
        settings: Arc::new(Settings::load(&variables).unwrap()),
        variables,
        clock: clock.clone(),
        keys: Keys::fixed(&Jwks {
            keys: vec![signer.jwk()],
        }),
        stopping: tokio_util::sync::CancellationToken::new(),
    };
    (ground, clock, signer)
}

/// Why the service does not start with these variables.
pub async fn why_not(variables: &[(&str, &str)]) -> Option<String> {
    let data = tempfile::tempdir().unwrap();
    let (ground, ..) = ground(&data, "http://127.0.0.1:1", variables);
    let opened = Steps::open(vec![payment::service()], &ground).await;
    opened.err().map(|error| error.to_string())
}

impl Town {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub async fn open_with(variables: &[(&str, &str)]) -> Self {
        Self::open_at(0, variables).await
    }

    /// At a port that its variables name; 0 for any.
    pub async fn open_at(port: u16, variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (ground, clock, signer) = ground(&data, &url, variables);
        let steps = Steps::open(vec![payment::service()], &ground)
            .await
            .unwrap();
        let router = steps.router(&ground.settings);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let app = steps.app("payment").unwrap().clone();
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            steps,
            app,
            url,
            clock,
            signer,
            browser: browser.build().unwrap(),
            _data: data,
        }
    }

    /// A town where the fee is ordered.
    pub async fn with_order() -> Self {
        let mut town = Self::open().await;
        town.hears(&request()).await;
        town
    }

    pub async fn hears<M: Message>(&mut self, message: &M) {
        let envelope = stage::envelope(&self.app, "desk", message).unwrap();
        assert!(self.steps.deliver(envelope).await);
        self.settle().await;
    }

    pub async fn settle(&mut self) {
        self.steps.settle().await.unwrap();
    }

    pub async fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.settle().await;
    }

    pub async fn said<M: Message>(&self) -> Vec<M> {
        let all = self.steps.said(&self.app).await.unwrap();
        let of_type = all.into_iter().filter(|envelope| envelope.wire == M::TYPE);
        of_type
            .map(|envelope| serde_json::from_str(&envelope.body).unwrap())
            .collect()
    }

    fn token(&self, account: AccountId, role: Role) -> String {
        let claims = Claims {
            sub: account,
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            roles: BTreeSet::from([role]),
            assurance: 1,
            citizen_id: None,
            phone: None,
            email: None,
            title: None,
            posts: None,
            sid: uuid::Uuid::nil(),
            iat: 0,
            exp: 4_000_000_000,
        };
        self.signer.sign(&claims)
    }

    fn role_of(&self, who: Role) -> String {
        let account = if who == Role::Citizen {
            payer()
        } else {
            AccountId(uuid::Uuid::from_u128(9))
        };
        self.token(account, who)
    }

    pub async fn get(&self, who: Role, path: &str) -> (u16, Value) {
        let request = self
            .browser
            .get(format!("{}{path}", self.url))
            .bearer_auth(self.role_of(who));
        answer(request).await
    }

    pub async fn post(&self, who: Role, path: &str, body: Value) -> (u16, Value) {
        let request = self
            .browser
            .post(format!("{}{path}", self.url))
            .bearer_auth(self.role_of(who));
        answer(request.json(&body)).await
    }

    /// As one officer among others.
    pub async fn post_by(&self, officer: u128, path: &str, body: Value) -> (u16, Value) {
        let account = AccountId(uuid::Uuid::from_u128(officer));
        let request = self.browser.post(format!("{}{path}", self.url));
        let token = self.token(account, Role::Officer);
        answer(request.bearer_auth(token).json(&body)).await
    }

    /// The bytes of a file, as its payer gets it.
    pub async fn file(&self, path: &str) -> Vec<u8> {
        let request = self.browser.get(format!("{}{path}", self.url));
        let request = request.bearer_auth(self.role_of(Role::Citizen));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().to_vec()
    }

    pub async fn post_once(&self, key: &str, path: &str) -> (u16, Value) {
        let request = self
            .browser
            .post(format!("{}{path}", self.url))
            .bearer_auth(self.role_of(Role::Citizen));
        answer(request.header("idempotency-key", key)).await
    }

    pub async fn stranger_gets(&self, path: &str) -> (u16, Value) {
        let token = self.token(AccountId(uuid::Uuid::from_u128(8)), Role::Citizen);
        answer(
            self.browser
                .get(format!("{}{path}", self.url))
                .bearer_auth(token),
        )
        .await
    }

    /// A page as its payer's browser shows it.
    pub async fn page(&self, address: &str) -> String {
        let address = if address.starts_with('/') {
            format!("{}{address}", self.url)
        } else {
            address.to_owned()
        };
        let request = self
            .browser
            .get(address)
            .bearer_auth(self.role_of(Role::Citizen));
        let response = request.header("accept", "text/html").send().await.unwrap();
        response.text().await.unwrap()
    }

    /// The content policy that a page comes with.
    pub async fn policy(&self, path: &str) -> String {
        let request = self
            .browser
            .get(format!("{}{path}", self.url))
            .bearer_auth(self.role_of(Role::Citizen));
        let response = request.send().await.unwrap();
        response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Sends a page's form as its payer's browser does; gives where it is sent on to.
    pub async fn submit(&self, path: &str, form: &[(&str, &str)]) -> String {
        self.submit_as(Role::Citizen, path, form).await
    }

    /// The same as somebody else.
    pub async fn submit_as(&self, who: Role, path: &str, form: &[(&str, &str)]) -> String {
        let request = self
            .browser
            .post(format!("{}{path}", self.url))
            .bearer_auth(self.role_of(who));
        let response = request.form(form).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// One column of texts from the service's tables.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let db = self.app.db().reads();
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }

    /// Begins a visit to the gateway; gives its address.
    pub async fn begins_to_pay(&self) -> String {
        let (status, body) = self
            .post(
                Role::Citizen,
                &format!("/payment/orders/{}/pay", order()),
                Value::Null,
            )
            .await;
        assert_eq!(status, 201, "{body}");
        body["pay_url"].as_str().unwrap().to_owned()
    }

    /// Presses a button at the bank and lets everything settle; gives where the browser is sent back to.
    pub async fn presses(&mut self, pay_url: &str, choice: &str) -> String {
        let response = self
            .browser
            .post(pay_url)
            .form(&[("choice", choice)])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
        let back = response.headers()["location"].to_str().unwrap().to_owned();
        self.settle().await;
        back
    }

    /// Says a notification; gives the RspCode.
    pub async fn notifies(&self, query: &str) -> String {
        let (status, body) = answer(
            self.browser
                .get(format!("{}/payment/vnpay/ipn?{query}", self.url)),
        )
        .await;
        assert_eq!(status, 200);
        body["RspCode"].as_str().unwrap().to_owned()
    }

    pub async fn order(&self) -> Value {
        let (status, body) = self
            .get(Role::Citizen, &format!("/payment/orders/{}", order()))
            .await;
        assert_eq!(status, 200);
        body
    }

    /// The books, as a line a kind of money, after checking that they balance.
    pub async fn books(&self) -> String {
        let (status, body) = self.get(Role::Operator, "/payment/ops/ledger").await;
        assert_eq!(status, 200);
        assert_eq!(
            (&body["balanced"], &body["sum"]),
            (&Value::Bool(true), &Value::from(0)),
            "{body}"
        );
        let accounts = body["accounts"].as_array().unwrap().iter();
        let lines = accounts.filter(|account| account["books"] != 0);
        lines
            .map(|account| {
                format!(
                    "{} {}",
                    account["account"].as_str().unwrap(),
                    account["books"]
                )
            })
            .collect::<Vec<_>>()
            .join(", ")
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (
        response.status().as_u16(),
        response.json().await.unwrap_or(Value::Null),
    )
}
