//! What notification writes when it hears, into which inbox, and what becomes of its mails.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "notification/calls.rs"]
mod calls;
#[path = "notification/closing.rs"]
mod closing;
#[path = "notification/codes.rs"]
mod codes;
#[path = "notification/hand_over.rs"]
mod hand_over;
#[path = "notification/inbox.rs"]
mod inbox;
#[path = "notification/ladder.rs"]
mod ladder;
#[path = "notification/mails.rs"]
mod mails;
#[path = "notification/once.rs"]
mod once;
#[path = "notification/push.rs"]
mod push;
#[path = "notification/rungs.rs"]
mod rungs;
#[path = "notification/server.rs"]
mod server;
#[path = "notification/upgrade.rs"]
mod upgrade;
#[path = "notification/webhooks.rs"]
mod webhooks;
#[path = "notification/wishes.rs"]
mod wishes;

use std::{collections::BTreeMap, fs};

use chassis::Envelope;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    Channel, Delivery, DossierId, OrderId, ResultId, Vnd,
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, DossierReceived, Outcome, SupplementRequested},
    intake::{Applicant, DossierSubmitted},
    payment::{FeeOrdered, FeePaid, Method as Paid},
};
use serde_json::{Value, json};
use testkit::{Stage, start_of_play};
use uuid::Uuid;

const OWNER: &str = "066090001234";
const DOSSIER: DossierId = DossierId(Uuid::from_u128(1));
const CODE: &str = "H15.50.05.13-261008-0975";

/// Mails alone, so that nothing depends on what else is there.
const MAILS_ALONE: [(&str, &str); 3] = [
    ("NOTIFICATION__URGENT__CHANNELS", "mail"),
    ("NOTIFICATION__NORMAL__CHANNELS", "mail"),
    ("NOTIFICATION__LOW__CHANNELS", "mail"),
];

async fn stage() -> Stage {
    stage_with(&[]).await
}

async fn stage_with(variables: &[(&str, &str)]) -> Stage {
    let all = [&MAILS_ALONE, variables].concat();
    Stage::configured(vec![notification::service()], &all).await
}

fn after(minutes: i64) -> DateTime<Utc> {
    start_of_play() + TimeDelta::minutes(minutes)
}

fn applicant(email: Option<&str>) -> Applicant {
    Applicant {
        account: Stage::account(OWNER),
        name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
        citizen_id: OWNER.parse().unwrap(),
        phone: Some("0912345678".parse().unwrap()),
        email: email.map(Into::into),
        address: None,
    }
}

fn submitted(email: Option<&str>) -> DossierSubmitted {
    DossierSubmitted {
        dossier: DOSSIER,
        procedure: "2.000635".parse().unwrap(),
        procedure_version: 1,
        channel: Channel::Online,
        applicant: applicant(email),
        form: BTreeMap::new(),
        documents: Vec::new(),
        delivery: Delivery::Portal,
        submitted_at: after(0),
    }
}

fn received() -> DossierReceived {
    DossierReceived {
        dossier: DOSSIER,
        code: CODE.parse().unwrap(),
        organisation: "H15.50.05.13".parse().unwrap(),
        received_at: after(1),
        due_at: after(400),
    }
}

/// A whole dossier's life, in order.
fn life(stage: &Stage, email: Option<&str>) -> Vec<Envelope> {
    let (order, total) = (OrderId(Uuid::from_u128(2)), Vnd::new(16_000).unwrap());
    let result = ResultId(Uuid::from_u128(3));
    vec![
        stage.seal("intake", &submitted(email)),
        stage.seal("desk", &received()),
        stage.seal(
            "payment",
            &FeeOrdered {
                order,
                dossier: DOSSIER,
                total,
                ordered_at: after(2),
            },
        ),
        stage.seal(
            "payment",
            &FeePaid {
                order,
                dossier: DOSSIER,
                total,
                method: Paid::Cash,
                paid_at: after(3),
            },
        ),
        stage.seal(
            "desk",
            &SupplementRequested {
                dossier: DOSSIER,
                items: vec!["Tờ khai có chữ ký.".into()],
                requested_at: after(4),
            },
        ),
        stage.seal(
            "desk",
            &DossierDecided {
                dossier: DOSSIER,
                code: CODE.parse().unwrap(),
                procedure: "2.000635".parse().unwrap(),
                procedure_version: 1,
                organisation: "H15.50.05.13".parse().unwrap(),
                applicant: applicant(email),
                delivery: Delivery::Counter,
                copies: 2,
                outcome: Outcome::Granted { result: Vec::new() },
                signed_by: "Trần Văn Mẫu".parse().unwrap(),
                signer: None,
                signer_title: "Chủ tịch".into(),
                decided_at: after(5),
            },
        ),
        stage.seal(
            "delivery",
            &ResultIssued {
                result,
                dossier: DOSSIER,
                number: "01/TLHT-BS".into(),
                sha256: "00".repeat(32),
                check_code: "7K3M-Q2XV-9TRP".into(),
                delivery: Delivery::Counter,
                issued_at: after(6),
            },
        ),
        stage.seal(
            "delivery",
            &ResultHandedOver {
                result,
                dossier: DOSSIER,
                delivery: Delivery::Counter,
                handed_over_at: after(7),
            },
        ),
    ]
}

async fn shown(stage: &Stage) -> Value {
    stage
        .get("/notification/messages", Some(&stage.citizen(OWNER)))
        .await
        .json()
}

/// The inbox without what each telling makes anew.
async fn told(stage: &Stage) -> Vec<Value> {
    let mut shown = shown(stage).await;
    let messages = shown["messages"].as_array_mut().unwrap();
    for message in messages.iter_mut() {
        message["id"] = json!(null);
    }
    std::mem::take(messages)
}

/// How the mail of the first message fared; null when there is none.
async fn mail(stage: &Stage) -> Value {
    told_of(stage).await[0]["attempts"][0].clone()
}

/// What officers see of all that was told.
async fn told_of(stage: &Stage) -> Vec<Value> {
    let path = format!("/notification/dossiers/{DOSSIER}");
    let told = stage.get(&path, Some(&stage.officer())).await.json();
    told["messages"].as_array().unwrap().clone()
}

fn files(stage: &Stage) -> Vec<String> {
    let folder = stage.folder().join("notification/mail");
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| fs::read_to_string(entry.path()).unwrap())
        .collect()
}
