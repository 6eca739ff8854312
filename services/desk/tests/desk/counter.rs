//! A desk on a stage, the people at it, and the messages that reach it.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chassis::{auth::Role, parked::Direction};
use chrono::{DateTime, NaiveDateTime, Utc};
use contracts::{
    AccountId, Channel, Delivery, DocumentId, DossierId, ExaminationId, Message, OrderId, Vnd,
    agency::{DossierAssessed, DossierExamined, Verdict},
    delivery::ResultHandedOver,
    desk::{DossierOpened, Field},
    intake::{Applicant, DossierSubmitted, DossierSupplemented, SealedDocument},
    payment::{FeeLine, FeePaid, Method as Paid},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Answer, Stage};
use uuid::Uuid;

/// A copy of a civil-status extract: level 4, examined by a handler.
pub const EXTRACT: &str = "2.000635";
/// A certificate of marital status: level 3, examined by officers.
pub const MARITAL: &str = "1.004873";
/// The handler of extracts.
pub const HANDLER: &str = "agency-civil-status";

/// A desk alone on a stage.
pub struct Counter {
    pub stage: Stage,
    _catalogue: Option<TempDir>,
}

/// A moment as the clock on the office's wall shows it.
pub fn at(text: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    calendar::instant(local)
}

/// The `n`th dossier.
pub fn dossier(n: u128) -> DossierId {
    DossierId(Uuid::from_u128(0x1000 + n))
}

/// The order that the desk opens for the `n`th dossier's fee.
pub fn order(n: u128) -> OrderId {
    desk::domain::item::WorkItem::fee_order(dossier(n))
}

/// The `asking`th examination of the `n`th dossier.
pub fn examination(n: u128, asking: u32) -> ExaminationId {
    desk::domain::item::WorkItem::examination(dossier(n), asking)
}

fn applicant() -> Applicant {
    Applicant {
        account: Stage::account("066190001234"),
        name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        citizen_id: "066190001234".parse().unwrap(),
        phone: None,
        email: None,
        address: None,
    }
}

fn form(procedure: &str) -> BTreeMap<String, String> {
    let answers: &[(&str, &str)] = if procedure == EXTRACT {
        &[
            ("loai_giay_to", "khai_sinh"),
            ("ho_ten", "Nguyễn Thị Ví Dụ"),
            ("ngay_sinh", "1990-01-15"),
            ("quan_he", "ban_than"),
            ("so_ban_sao", "2"),
        ]
    } else {
        &[
            ("ho_ten", "Nguyễn Thị Ví Dụ"),
            ("so_dinh_danh", "066190001234"),
            ("ngay_sinh", "1990-01-15"),
            ("noi_cu_tru", "Số 12 đường Ví Dụ"),
            ("tinh_trang", "chua_ket_hon"),
            ("lan_cap", "lan_dau"),
            ("muc_dich", "ket_hon"),
            ("dien_mien", "khong"),
        ]
    };
    let answers = answers.iter();
    answers
        .map(|(field, answer)| ((*field).to_owned(), (*answer).to_owned()))
        .collect()
}

fn papers() -> Vec<SealedDocument> {
    vec![SealedDocument {
        component: "to-khai".to_owned(),
        document: DocumentId(Uuid::from_u128(5)),
        sha256: "0".repeat(64),
        read: Vec::new(),
    }]
}

/// The `n`th dossier comes in online, complete.
pub fn submitted(n: u128, procedure: &str) -> DossierSubmitted {
    DossierSubmitted {
        dossier: dossier(n),
        procedure: procedure.parse().unwrap(),
        procedure_version: 1,
        channel: Channel::Online,
        applicant: applicant(),
        form: form(procedure),
        documents: papers(),
        delivery: Delivery::Portal,
        filed_by: None,
        submitted_at: at("2026-10-08 09:00"),
    }
}

/// What is missing, and two copies at 8.000 đồng.
pub fn assessed(n: u128, round: u32, missing: &[&str]) -> DossierAssessed {
    let (unit, total) = (Vnd::new(8_000).unwrap(), Vnd::new(16_000).unwrap());
    DossierAssessed {
        dossier: dossier(n),
        round,
        missing: missing.iter().map(|text| (*text).to_owned()).collect(),
        fee: vec![FeeLine {
            label: "Phí cấp bản sao".to_owned(),
            quantity: 2,
            unit,
            amount: total,
            reduction: None,
        }],
        total,
        assessed_at: at("2026-10-08 09:15"),
    }
}

/// The fee is paid.
pub fn paid(n: u128) -> FeePaid {
    FeePaid {
        order: order(n),
        dossier: dossier(n),
        total: Vnd::new(16_000).unwrap(),
        method: Paid::Vnpay,
        paid_at: at("2026-10-08 09:20"),
    }
}

/// The handler's verdict.
pub fn examined(n: u128, asking: u32, verdict: Verdict) -> DossierExamined {
    DossierExamined {
        dossier: dossier(n),
        examination: examination(n, asking),
        handler: HANDLER.to_owned(),
        verdict,
        examined_at: at("2026-10-08 09:30"),
    }
}

/// Grant, with one line on the result.
pub fn grant() -> Verdict {
    let (label, value) = ("Họ và tên".to_owned(), "Nguyễn Thị Ví Dụ".to_owned());
    Verdict::Grant {
        result: vec![Field { label, value }],
    }
}

/// The citizen added what was asked for.
pub fn supplemented(n: u128, procedure: &str, at: DateTime<Utc>) -> DossierSupplemented {
    DossierSupplemented {
        dossier: dossier(n),
        form: form(procedure),
        documents: papers(),
        supplemented_at: at,
    }
}

/// The citizen has the result.
pub fn handed_over(n: u128) -> ResultHandedOver {
    ResultHandedOver {
        result: Uuid::from_u128(0x2000 + n).into(),
        dossier: dossier(n),
        delivery: Delivery::Portal,
        handed_over_at: at("2026-10-08 16:00"),
    }
}

impl Counter {
    /// With the project's own catalogue.
    pub async fn open() -> Self {
        Self::configured(&[]).await
    }

    /// With variables.
    pub async fn configured(variables: &[(&str, &str)]) -> Self {
        let stage = Stage::configured(vec![desk::service()], variables).await;
        Self {
            stage,
            _catalogue: None,
        }
    }

    /// With a changed copy of the catalogue: in `file`, `from` is `to`.
    pub async fn changed(file: &str, from: &str, to: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue")),
            folder.path(),
        );
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let dir = folder.path().to_string_lossy().into_owned();
        let stage = Stage::configured(vec![desk::service()], &[("CATALOGUE_DIR", &dir)]).await;
        Self {
            stage,
            _catalogue: Some(folder),
        }
    }

    /// Where extracts are received by rule.
    pub async fn receiving_by_rule() -> Self {
        let file = "procedures/2.000635.yaml";
        Self::changed(file, "reception: officer", "reception: rule").await
    }

    /// The desk hears a message, as from the service that says such messages.
    pub async fn hears<M: Message>(&mut self, message: &M) {
        let source = match M::TYPE.split('.').next() {
            Some("agency") => HANDLER,
            Some(owner) => owner,
            None => "nobody",
        };
        assert!(self.stage.say(source, message).await);
        self.stage.settle().await;
    }

    /// Moves the clock to a moment.
    pub async fn until(&mut self, moment: &str) {
        let wait = at(moment) - self.stage.now();
        self.stage.advance(wait.to_std().unwrap()).await;
    }

    /// Moves the clock by seconds.
    pub async fn wait(&mut self, seconds: u64) {
        self.stage.advance(Duration::from_secs(seconds)).await;
    }

    /// A person with these roles.
    pub fn person(&self, name: &str, roles: &[Role]) -> String {
        self.stage
            .token(AccountId(Stage::account(name).0), roles, None)
    }

    /// An officer who signs nothing.
    pub fn officer(&self) -> String {
        self.person("an officer at the counter", &[Role::Officer])
    }

    /// Does an act with a body.
    pub async fn act(&self, n: u128, act: &str, token: &str, body: &Value) -> Answer {
        let path = format!("/desk/dossiers/{}/{act}", dossier(n));
        self.stage.post(&path, Some(token), body).await
    }

    /// An officer's act that must succeed; tells the state after it.
    pub async fn does(&self, n: u128, act: &str, body: &Value) -> String {
        let answer = self.act(n, act, &self.stage.officer(), body).await;
        assert_eq!(answer.status, 200, "{act}: {}", answer.text());
        answer.json()["state"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Everything about a dossier.
    pub async fn item(&self, n: u128) -> Value {
        let path = format!("/desk/dossiers/{}", dossier(n));
        let answer = self.stage.get(&path, Some(&self.officer())).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Where a dossier stands.
    pub async fn state(&self, n: u128) -> String {
        self.item(n).await["state"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// A moment of a dossier, as the clock on the office's wall shows it.
    pub async fn moment(&self, n: u128, field: &str) -> String {
        let item = self.item(n).await;
        let moment: DateTime<Utc> = item[field].as_str().unwrap_or_default().parse().unwrap();
        calendar::local(moment)
            .format("%a %Y-%m-%d %H:%M")
            .to_string()
    }

    /// The register: who did what.
    pub async fn register(&self, n: u128) -> Vec<String> {
        let item = self.item(n).await;
        let lines = item["history"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        lines
            .map(|line| {
                format!(
                    "{}: {} → {}",
                    text(&line["who"]),
                    text(&line["act"]),
                    text(&line["to"])
                )
            })
            .collect()
    }

    /// What the desk said, by name.
    pub async fn said(&self) -> Vec<String> {
        let said = self.stage.said_envelopes("desk").await;
        let said = said.into_iter().map(|envelope| envelope.wire);
        // These stories look at it by opening it.
        said.filter(|wire| wire != DossierOpened::TYPE).collect()
    }

    /// Why messages that the desk heard were parked. What it says here, nobody hears.
    pub async fn parked(&self) -> Vec<String> {
        let parked = self.stage.parked("desk").await.into_iter();
        let heard = parked.filter(|parked| parked.direction == Direction::In);
        heard.map(|parked| parked.reason).collect()
    }

    /// A dossier of extracts that waits for an officer to receive it.
    pub async fn awaits_reception(&mut self, n: u128) {
        self.hears(&submitted(n, EXTRACT)).await;
        self.hears(&assessed(n, 1, &[])).await;
        assert_eq!(self.state(n).await, "awaiting_reception");
    }

    /// A dossier of extracts with a proposed grant.
    pub async fn awaits_sign_off(&mut self, n: u128) {
        self.awaits_reception(n).await;
        self.does(n, "receive", &json!({})).await;
        self.hears(&paid(n)).await;
        self.hears(&examined(n, 1, grant())).await;
        assert_eq!(self.state(n).await, "awaiting_sign_off");
    }

    /// Presses a button on a page.
    pub async fn press(&self, path: &str, token: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.stage
            .request(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
