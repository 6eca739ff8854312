//! The whole story on a Stage: every service, no Docker, a clock that stands still, counted at the end.

use std::time::Duration;

use all_in_one::services;
use contracts::{
    delivery::{ResultHandedOver, ResultIssued},
    desk::{DossierDecided, DossierReceived},
    intake::DossierSubmitted,
    payment::{FeeOrdered, FeePaid},
};
use serde_json::{Value, json};
use testkit::{Answer, Stage};

const CITIZEN: &str = "066190001234";

fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn expect(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    answer.json()
}

fn id(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {value}"))
        .to_owned()
}

struct Play {
    stage: Stage,
    citizen: String,
    officer: String,
}

impl Play {
    async fn open() -> Self {
        let stage = Stage::with(services()).await;
        let (citizen, officer) = (stage.citizen(CITIZEN), stage.officer());
        Self {
            stage,
            citizen,
            officer,
        }
    }

    async fn get(&self, path: &str) -> Value {
        expect(self.stage.get(path, Some(&self.citizen)).await, 200)
    }

    async fn act(&mut self, path: &str, officer: bool, body: Value, status: u16) -> Value {
        let token = if officer {
            &self.officer
        } else {
            &self.citizen
        };
        let answer = self.stage.post(path, Some(token), &body).await;
        self.stage.settle().await;
        expect(answer, status)
    }

    async fn put(&mut self, path: &str, body: &Value) -> Value {
        let request = axum::http::Request::put(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.citizen))
            .body(axum::body::Body::from(body.to_string()));
        let answer = self
            .stage
            .request(request.unwrap_or_else(|error| panic!("{error}")))
            .await;
        expect(answer, 200)
    }

    /// Uploads the form and files a dossier of `procedure` with these answers.
    async fn submit(&mut self, procedure: &str, form: Value) -> String {
        let uploaded = self
            .stage
            .upload(
                "/scan/documents",
                Some(&self.citizen),
                "to-khai.jpg",
                &example("to-khai-trich-luc.jpg"),
            )
            .await;
        let document = id(&expect(uploaded, 201), "id");
        self.stage.settle().await;
        let draft = self
            .act(
                "/intake/dossiers",
                false,
                json!({ "procedure": procedure }),
                201,
            )
            .await;
        let dossier = id(&draft, "dossier");
        let path = format!("/intake/dossiers/{dossier}");
        self.put(
            &path,
            &json!({ "form": form, "documents": { "to-khai": document }, "delivery": "portal" }),
        )
        .await;
        self.act(&format!("{path}/submit"), false, json!({}), 200)
            .await;
        dossier
    }

    /// Pays at the sandbox bank, whose notice the test carries over itself: there is no network on a Stage.
    async fn pay(&mut self, dossier: &str) {
        let order = self
            .get(&format!("/payment/dossiers/{dossier}/order"))
            .await;
        let paying = self
            .act(
                &format!("/payment/orders/{}/pay", id(&order, "order")),
                false,
                json!({}),
                201,
            )
            .await;
        let url = id(&paying, "pay_url");
        let path = url
            .split_once("/payment/")
            .map(|(_, rest)| format!("/payment/{rest}"))
            .unwrap_or_default();
        let press = axum::http::Request::post(&path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from("choice=pay"));
        let back = self
            .stage
            .request(press.unwrap_or_else(|error| panic!("{error}")))
            .await;
        assert_eq!(back.status, 303, "{}", back.text());
        self.stage.settle().await;
        let said = self.stage.said_envelopes("payment").await;
        let notice = said
            .iter()
            .rfind(|said| said.wire == "payment.notify-merchant.v1")
            .map(|said| said.body.clone());
        let notice: Value = serde_json::from_str(&notice.unwrap_or_default()).unwrap_or_default();
        // The bank says it twice, as banks do.
        for code in ["00", "02"] {
            let answer = self
                .stage
                .get(
                    &format!("/payment/vnpay/ipn?{}", id(&notice, "query")),
                    None,
                )
                .await;
            assert_eq!(answer.json()["RspCode"], code, "{}", answer.text());
            self.stage.settle().await;
        }
    }
}

fn own_birth_certificate() -> Value {
    json!({
        "loai_giay_to": "khai_sinh", "ho_ten": "Nguyễn Thị Ví Dụ", "ngay_sinh": "15/01/1990",
        "quan_he": "ban_than", "so_ban_sao": "2",
    })
}

#[tokio::test]
async fn a_copy_of_a_birth_certificate_from_upload_to_handed_over_result() {
    let mut play = Play::open().await;
    let dossier = play.submit("2.000635", own_birth_certificate()).await;
    assert_eq!(
        play.get(&format!("/intake/dossiers/{dossier}")).await["state"],
        "submitted"
    );

    play.act(
        &format!("/desk/dossiers/{dossier}/receive"),
        true,
        json!({}),
        200,
    )
    .await;
    let received = play.get(&format!("/intake/dossiers/{dossier}")).await;
    assert_eq!(received["code"], "H15.50.05.13-261008-0001");
    assert_eq!(received["money"]["total"], 16_000);

    play.pay(&dossier).await;
    play.act(
        &format!("/desk/dossiers/{dossier}/sign-off"),
        true,
        json!({}),
        200,
    )
    .await;

    let ended = play.get(&format!("/intake/dossiers/{dossier}")).await;
    assert_eq!(
        (&ended["state"], &ended["national_status"]),
        (&json!("returned"), &json!(10))
    );
    assert_eq!(ended["money"]["state"], "paid");
    assert_eq!(ended["delivery"]["state"], "handed_over");
    let result = play
        .get(&format!("/delivery/dossiers/{dossier}/result"))
        .await;
    let file = play
        .stage
        .get(
            &format!("/delivery/results/{}/file", id(&result, "result")),
            Some(&play.citizen),
        )
        .await;
    assert!(file.body.starts_with(b"%PDF-"));
    let check = play
        .stage
        .get(
            &format!("/delivery/check/{}", id(&result, "check_code")),
            None,
        )
        .await;
    assert_eq!(check.json()["number"], result["number"]);

    // Counted: everything was said once, nothing is parked, the ledger sums to zero.
    assert_eq!(play.stage.said::<DossierSubmitted>("intake").await.len(), 1);
    assert_eq!(play.stage.said::<DossierReceived>("desk").await.len(), 1);
    assert_eq!(play.stage.said::<FeeOrdered>("payment").await.len(), 1);
    assert_eq!(play.stage.said::<FeePaid>("payment").await.len(), 1);
    assert_eq!(play.stage.said::<DossierDecided>("desk").await.len(), 1);
    assert_eq!(play.stage.said::<ResultIssued>("delivery").await.len(), 1);
    assert_eq!(
        play.stage.said::<ResultHandedOver>("delivery").await.len(),
        1
    );
    for service in services() {
        assert_eq!(
            play.stage.parked(service.name()).await.len(),
            0,
            "{}",
            service.name()
        );
    }
    let ledger = play
        .stage
        .get("/payment/ops/ledger", Some(&play.stage.operator()))
        .await;
    assert_eq!(ledger.status, 200, "{}", ledger.text());
}

#[tokio::test]
async fn every_message_twice_and_backwards_ends_the_same() {
    let mut play = Play::open().await;
    let dossier = play.submit("2.000635", own_birth_certificate()).await;
    play.act(
        &format!("/desk/dossiers/{dossier}/receive"),
        true,
        json!({}),
        200,
    )
    .await;
    play.pay(&dossier).await;
    play.act(
        &format!("/desk/dossiers/{dossier}/sign-off"),
        true,
        json!({}),
        200,
    )
    .await;
    let before = play.get(&format!("/intake/dossiers/{dossier}")).await;
    let mut all = Vec::new();
    for service in services() {
        all.extend(play.stage.said_envelopes(service.name()).await);
    }
    // What payment says to the bank is a call to the outside, which a Stage has not.
    all.retain(|said| {
        said.wire != "payment.notify-merchant.v1" && said.wire != "payment.check-attempt.v1"
    });
    for said in all.into_iter().rev() {
        assert!(play.stage.deliver(said).await);
    }
    play.stage.settle().await;
    assert_eq!(
        play.get(&format!("/intake/dossiers/{dossier}")).await,
        before
    );
    assert_eq!(play.stage.said::<ResultIssued>("delivery").await.len(), 1);
}

#[tokio::test]
async fn a_fee_may_be_paid_in_cash_at_the_counter() {
    let mut play = Play::open().await;
    let dossier = play.submit("2.000635", own_birth_certificate()).await;
    play.act(
        &format!("/desk/dossiers/{dossier}/receive"),
        true,
        json!({}),
        200,
    )
    .await;
    let order = play
        .get(&format!("/payment/dossiers/{dossier}/order"))
        .await;
    play.act(
        &format!("/payment/orders/{}/cash", id(&order, "order")),
        true,
        json!({}),
        200,
    )
    .await;
    play.act(
        &format!("/desk/dossiers/{dossier}/sign-off"),
        true,
        json!({}),
        200,
    )
    .await;
    assert_eq!(
        play.get(&format!("/intake/dossiers/{dossier}")).await["state"],
        "returned"
    );
}

#[tokio::test]
async fn what_the_register_does_not_hold_is_not_granted() {
    let mut play = Play::open().await;
    let mut form = own_birth_certificate();
    form["ngay_sinh"] = "16/01/1990".into();
    let dossier = play.submit("2.000635", form).await;
    play.act(
        &format!("/desk/dossiers/{dossier}/receive"),
        true,
        json!({}),
        200,
    )
    .await;
    play.pay(&dossier).await;
    let shown = expect(
        play.stage
            .get(&format!("/desk/dossiers/{dossier}"), Some(&play.officer))
            .await,
        200,
    );
    assert_ne!(
        shown["state"], "awaiting_sign_off",
        "nothing is granted that the register does not hold: {shown}"
    );
    play.stage.advance(Duration::from_hours(1)).await;
    for service in services() {
        assert_eq!(
            play.stage.parked(service.name()).await.len(),
            0,
            "{}",
            service.name()
        );
    }
}
