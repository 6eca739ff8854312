//! What delivery says when it hears, what it hands out, and to whom.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "delivery/assurance.rs"]
mod assurance;
#[path = "delivery/confirmed.rs"]
mod confirmed;
#[path = "delivery/counter.rs"]
mod counter;
#[path = "delivery/deposits.rs"]
mod deposits;
#[path = "delivery/hears.rs"]
mod hears;
#[path = "delivery/judged.rs"]
mod judged;
#[path = "delivery/openings.rs"]
mod openings;
#[path = "delivery/post.rs"]
mod post;
#[path = "delivery/pretend.rs"]
mod pretend;
#[path = "delivery/previews.rs"]
mod previews;
#[path = "delivery/proofs.rs"]
mod proofs;
#[path = "delivery/replaced.rs"]
mod replaced;
#[path = "delivery/seals.rs"]
mod seals;
#[path = "delivery/serves.rs"]
mod serves;
#[path = "delivery/signing.rs"]
mod signing;
#[path = "delivery/token.rs"]
mod token;
#[path = "delivery/unclaimed.rs"]
mod unclaimed;
#[path = "delivery/visible.rs"]
mod visible;

use std::{fs, path::Path};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use contracts::{
    Delivery, DossierId,
    delivery::ResultIssued,
    desk::{DossierDecided, Field, Outcome},
    intake::Applicant,
};
use testkit::{Answer, Stage};
use uuid::Uuid;

const OWNER: &str = "066090001234";
/// Whose account signed the decision.
const SIGNER: &str = "an officer";

async fn stage() -> Stage {
    Stage::with(vec![delivery::service()]).await
}

fn decided(dossier: u128, delivery: Delivery) -> DossierDecided {
    DossierDecided {
        dossier: DossierId(Uuid::from_u128(dossier)),
        code: format!("H15.50.05.13-261008-{dossier:04}").parse().unwrap(),
        procedure: "2.000635".parse().unwrap(),
        procedure_version: 1,
        organisation: "H15.50.05.13".parse().unwrap(),
        applicant: Applicant {
            account: Stage::account(OWNER),
            name: "Nguyễn Thị Ví Dụ".parse().unwrap(),
            citizen_id: OWNER.parse().unwrap(),
            phone: None,
            email: None,
            address: None,
        },
        delivery,
        copies: 2,
        outcome: Outcome::Granted {
            result: vec![Field {
                label: "Họ, chữ đệm, tên".into(),
                value: "Nguyễn Thị Ví Dụ".into(),
            }],
        },
        signed_by: "Trần Văn Mẫu".parse().unwrap(),
        signer: Some(Stage::account(SIGNER)),
        signer_title: "Chủ tịch".into(),
        decided_at: testkit::start_of_play(),
    }
}

async fn issued(stage: &mut Stage, dossier: u128, delivery: Delivery) -> ResultIssued {
    stage.say("desk", &decided(dossier, delivery)).await;
    stage.settle().await;
    let said = stage.said::<ResultIssued>("delivery").await;
    said.into_iter()
        .find(|issued| issued.dossier.0.as_u128() == dossier)
        .unwrap()
}

/// Sends a form as a browser does.
async fn post_form(stage: &Stage, path: &str, token: &str, form: &[(&str, &str)]) -> Answer {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.finish()));
    stage.request(request.unwrap()).await
}

/// The words of a PDF without its spaces, which a PDF places rather than writes.
fn words(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    close(&document.extract_text(&pages).unwrap())
}

fn close(text: &str) -> String {
    text.split_whitespace().collect()
}

fn pdfs(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(pdfs(&entry.path()));
        } else {
            found.push(fs::read(entry.path()).unwrap());
        }
    }
    found
}
